//! What a check may find, a row for each kind.

use super::{Invariant, Remedy, Severity};
use crate::domain::State;

/// What is done where a repair would have to guess.
const LEFT: &str = "left alone";

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The collection is nowhere.
    CollectionMissing,
    /// A collection that is not the organization's has its name, and its own is nowhere.
    CollectionReplaced,
    /// The collection has the organization's marker and another UUID: it was restored or moved by the server.
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
    /// The collection that the record leads to belongs to another organization or to tenantry itself.
    CollectionOfAnother {
        /// The name of that collection.
        at: String,
    },
    /// A view or a time series has its name, and its collection is nowhere.
    CollectionBlocked {
        /// That name.
        at: String,
    },
    /// The record names no collection that tenantry could have made.
    RecordUnusable,
    /// The record has an id or an epoch that tenantry never writes: no write reaches it.
    RecordUnreadable,
    /// A collection of no organization.
    Orphan,
    /// A collection that a create was filling; that create was never acknowledged.
    LeftAside,
    /// A collection under a name for deleted organizations, which no organization has.
    LeftInTrash,
    /// The account of the organization's admin does not exist, or belongs to another organization.
    AdminMissing,
    /// The record of the organization shows another email than its admin signs in with.
    AdminEmailDiffers {
        /// What the admin signs in with.
        account: String,
    },
    /// The admin of a deleted organization still occupies its email.
    AdminKeepsEmail {
        /// That email.
        email: String,
    },
    /// An admin of no organization.
    AdminAbandoned {
        /// The email of the account.
        email: String,
    },
    /// An operator who was never added completely.
    OperatorPending {
        /// The email of the account.
        email: String,
    },
    /// The stored number of operators is wrong. It protects the last one.
    OperatorCount {
        /// The stored number.
        counted: i64,
        /// How many there are.
        there: i64,
    },
    /// A reservation that nobody needs any more.
    ReservationDead {
        /// Its key.
        key: String,
    },
    /// A name, collection or email that is not reserved for its owner.
    ReservationMissing {
        /// Its key.
        key: String,
    },
    /// A name, collection or email that is reserved for somebody else than its owner.
    ReservationOfAnother {
        /// Its key.
        key: String,
    },
    /// By today's rules a name or an email counts as the same as another one's; both keep their older keys.
    KeysMeet {
        /// The name or email as it is shown.
        shown: String,
        /// The key in which both meet.
        key: String,
    },
    /// An operation that did not end within its lease and a minute.
    Silent {
        /// The state in which it left the organization.
        state: State,
        /// Why the server refused when the doctor tried to end it, in a sentence.
        refusal: Option<String>,
    },
    /// An operation whose record says too little to finish it or to roll it back.
    OperationUnreadable {
        /// The state in which it left the organization.
        state: State,
    },
    /// The record is in a state that this program does not know.
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
            Self::RecordUnreadable => Row(I1, Error, Leave, "record unreadable", LEFT),
            Self::RecordUnusable => Row(I1, Error, Leave, "record names no collection", LEFT),
            Self::Orphan => Row(I2, Warning, Leave, "orphaned collection", LEFT),
            Self::LeftAside => Row(I2, Warning, Safe, "leftover of a create", "drop it"),
            Self::LeftInTrash => Row(I2, Warning, Leave, "leftover of a delete", LEFT),
            Self::AdminMissing => Row(I3, Error, Account, "admin missing", "create the account"),
            Self::AdminEmailDiffers { .. } =>
                Row(I3, Error, Safe, "admin's email differs", "correct the record"),
            Self::AdminKeepsEmail { .. } =>
                Row(I3, Warning, Safe, "deleted admin keeps email", "free the email"),
            Self::AdminAbandoned { .. } => Row(I3, Warning, Safe, "admin of no organization", "remove it"),
            Self::OperatorPending { .. } => Row(I3, Warning, Safe, "operator half added", "remove it"),
            // With too high a number the last operator can be removed; with too low a number only one more has to stay.
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

    /// What it is, in a few words for a table.
    pub fn title(&self) -> &'static str {
        self.row().3
    }

    /// What repairs it, in a few words for a table.
    pub fn remedy_title(&self) -> &'static str {
        self.row().4
    }
}
