//! The kinds of findings, one row each.

use super::{Invariant, Remedy, Severity};
use crate::domain::State;

/// The remedy where a repair would have to guess.
const LEFT: &str = "left alone";

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The collection does not exist.
    CollectionMissing,
    /// The organization's collection does not exist, and another collection has its name.
    CollectionReplaced,
    /// The collection has the organization's marker and another UUID: it was restored, or the server moved it.
    CollectionRestored,
    /// The collection has another name, and its own name is free.
    CollectionElsewhere {
        /// That name.
        at: String,
    },
    /// The collection has another name, and its own name is taken.
    CollectionDisplaced {
        /// That name.
        at: String,
    },
    /// The record names a collection that belongs to another organization or to tenantry itself.
    CollectionOfAnother {
        /// The name of that collection.
        at: String,
    },
    /// The collection counts its documents wrong: another program wrote them.
    CollectionCount {
        /// The counted number.
        counted: i64,
        /// The actual number.
        there: i64,
    },
    /// The collection does not exist, and a view or a time series has its name.
    CollectionBlocked {
        /// That name.
        at: String,
    },
    /// The record names no collection that tenantry could have created.
    RecordUnusable,
    /// The record has an id or an epoch that tenantry never writes, so no write reaches it.
    RecordUnreadable,
    /// A collection without an organization.
    Orphan,
    /// Records of an earlier service.
    NotAdopted {
        /// How many there are.
        records: u64,
    },
    /// A collection that a create was filling and that was never acknowledged.
    LeftAside,
    /// A collection with a name for deleted organizations that no organization has.
    LeftInTrash,
    /// The account of the organization's admin does not exist, or belongs to another organization.
    AdminMissing,
    /// The email in the record is not the email that the admin signs in with.
    AdminEmailDiffers {
        /// The email that the admin signs in with.
        account: String,
    },
    /// The admin of a deleted organization still occupies its email.
    AdminKeepsEmail {
        /// That email.
        email: String,
    },
    /// An admin without organization.
    AdminAbandoned {
        /// The email of the account.
        email: String,
    },
    /// An operator whose creation was interrupted.
    OperatorPending {
        /// The email of the account.
        email: String,
    },
    /// The stored number of operators is wrong. It protects the last operator.
    OperatorCount {
        /// The stored number.
        counted: i64,
        /// The actual number.
        there: i64,
    },
    /// A reservation without an owner.
    ReservationDead {
        /// Its key.
        key: String,
    },
    /// A name, collection or email that is not reserved for the organization or operator that has it.
    ReservationMissing {
        /// Its key.
        key: String,
    },
    /// A name, collection or email is reserved for an owner other than its holder.
    ReservationOfAnother {
        /// Its key.
        key: String,
    },
    /// By the current rules two names or emails are the same; both keep their older keys.
    KeysMeet {
        /// The name or email as shown.
        shown: String,
        /// The key that both have by the current rules.
        key: String,
    },
    /// An operation that has not ended within its lease and a minute.
    Silent {
        /// The state in which it left the organization.
        state: State,
        /// The server's refusal to finish the operation, in a sentence.
        refusal: Option<String>,
    },
    /// An operation whose record lacks data to finish it or to roll it back.
    OperationUnreadable {
        /// The state in which it left the organization.
        state: State,
    },
    /// The record has a state that this version does not know.
    StateUnknown,
    /// The marker names another organization, or none.
    MarkerOfAnother,
    /// The marker is missing.
    MarkerMissing,
}

/// Rule, severity, remedy and the two titles of a kind of problem.
struct Row(Invariant, Severity, Remedy, &'static str, &'static str);

impl Problem {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        use Invariant::{I1, I2, I3, I4, I5, I6};
        use Remedy::{Account, Choose, Leave, Safe};
        use Severity::{Error, Warning};
        match self {
            Self::CollectionMissing =>
                Row(I1, Error, Choose, "collection missing", "choose: an empty one"),
            Self::CollectionReplaced =>
                Row(I1, Error, Choose, "collection replaced", "choose: take that one"),
            Self::CollectionRestored => Row(I1, Error, Safe, "collection restored", "record its UUID"),
            Self::CollectionElsewhere { .. } =>
                Row(I1, Error, Safe, "collection under another name", "rename it back"),
            Self::CollectionDisplaced { .. } => Row(I1, Error, Leave, "collection displaced", LEFT),
            Self::CollectionOfAnother { .. } => Row(I1, Error, Leave, "collection of another", LEFT),
            Self::CollectionBlocked { .. } => Row(I1, Error, Leave, "collection name taken", LEFT),
            Self::CollectionCount { .. } =>
                Row(I1, Warning, Safe, "documents miscounted", "count again"),
            Self::RecordUnreadable => Row(I1, Error, Leave, "record unreadable", LEFT),
            Self::RecordUnusable => Row(I1, Error, Leave, "record names no collection", LEFT),
            Self::Orphan => Row(I2, Warning, Leave, "orphaned collection", LEFT),
            Self::NotAdopted { .. } => Row(I2, Warning, Leave, "records not adopted", LEFT),
            Self::LeftAside => Row(I2, Warning, Safe, "leftover of a create", "drop it"),
            Self::LeftInTrash => Row(I2, Warning, Leave, "leftover of a delete", LEFT),
            Self::AdminMissing => Row(I3, Error, Account, "admin missing", "create the account"),
            Self::AdminEmailDiffers { .. } =>
                Row(I3, Error, Safe, "admin's email differs", "correct the record"),
            Self::AdminKeepsEmail { .. } =>
                Row(I3, Warning, Safe, "deleted admin keeps email", "free the email"),
            Self::AdminAbandoned { .. } => Row(I3, Warning, Safe, "admin of no organization", "remove it"),
            Self::OperatorPending { .. } => Row(I3, Warning, Safe, "operator half added", "remove it"),
            // With a stored number too high, the last operator could be removed; with one too low, one operator more
            // must stay.
            Self::OperatorCount { counted, there } =>
                Row(I3, if counted > there { Error } else { Warning }, Safe, "operator count wrong", "count again"),
            Self::ReservationDead { .. } => Row(I4, Warning, Safe, "unused reservation", "release it"),
            Self::ReservationMissing { .. } => Row(I4, Error, Safe, "not reserved", "reserve it"),
            Self::ReservationOfAnother { .. } => Row(I4, Error, Leave, "reserved for another", LEFT),
            Self::KeysMeet { .. } => Row(I4, Warning, Leave, "same as another", LEFT),
            Self::Silent { .. } => Row(I5, Error, Safe, "operation stuck", "finish it"),
            Self::OperationUnreadable { .. } => Row(I5, Error, Leave, "operation unreadable", LEFT),
            Self::StateUnknown => Row(I5, Error, Leave, "state unknown", LEFT),
            Self::MarkerOfAnother => Row(I6, Warning, Safe, "marker of another", "write it again"),
            Self::MarkerMissing => Row(I6, Warning, Safe, "marker missing", "write it again"),
        }
    }

    /// The rule that is broken.
    pub fn invariant(&self) -> Invariant {
        self.row().0
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.row().1
    }

    /// What can be done about it.
    pub fn remedy(&self) -> Remedy {
        self.row().2
    }

    /// Its title, in a few words for a table.
    pub fn title(&self) -> &'static str {
        self.row().3
    }

    /// How to repair it, in a few words for a table.
    pub fn remedy_title(&self) -> &'static str {
        self.row().4
    }
}
