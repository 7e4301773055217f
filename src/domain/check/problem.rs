//! What a check may find, a row for each kind.

use super::{Invariant, Remedy, Severity};
use crate::domain::State;

/// What is done about what cannot be mended without guessing.
const LEFT: &str = "left alone";

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The collection is nowhere.
    CollectionMissing,
    /// A collection that is not the organization's lies at its name.
    CollectionReplaced,
    /// The collection bears the organization's marker and has another UUID: restored from a backup.
    CollectionRestored,
    /// The collection lies under another name, and its own is free.
    CollectionElsewhere {
        /// That name.
        at: String,
    },
    /// The collection lies under another name, and something else has its own.
    CollectionDisplaced {
        /// That name.
        at: String,
    },
    /// What lies at its name, or has the UUID of its record, is another organization's or tenantry's own.
    CollectionOfAnother {
        /// The name of that collection.
        at: String,
    },
    /// A view or a time series has its name, and its collection is nowhere.
    CollectionBlocked {
        /// That name.
        at: String,
    },
    /// Damaged, and its collection is where it can be taken from: by UUID, or by its marker.
    DamagedFound {
        /// The name it lies under.
        at: String,
    },
    /// Damaged, and a collection that is not the organization's lies at one of its names.
    DamagedReplaced {
        /// That name.
        at: String,
    },
    /// Damaged, and the collection is nowhere.
    DamagedMissing,
    /// The record names no collection that tenantry could have made.
    RecordUnusable,
    /// The record has no id that tenantry could have given, or no epoch that could be raised: nothing can be written to it.
    RecordUnreadable,
    /// A collection of no organization.
    Orphan,
    /// A collection in which a create was building; nothing of it was ever acknowledged.
    LeftAside,
    /// A collection under a name that is only used while something is deleted.
    LeftInTrash,
    /// The organization's admin is not there, or not the admin of it.
    AdminMissing,
    /// The record of the organization shows another email than its admin signs in with.
    AdminEmailDiffers {
        /// What the admin signs in with.
        account: String,
    },
    /// An admin of no organization.
    AdminAbandoned {
        /// What it would sign in with.
        email: String,
    },
    /// An operator whose adding stopped in between.
    OperatorPending {
        /// What it would sign in with.
        email: String,
    },
    /// The count that keeps the last operator is not that of the operators.
    OperatorCount {
        /// What it says.
        counted: i64,
        /// How many there are.
        there: i64,
    },
    /// A reservation that nobody holds any more.
    ReservationDead {
        /// Its key.
        key: String,
    },
    /// A name, collection or email that is not reserved for whoever has it.
    ReservationMissing {
        /// Its key.
        key: String,
    },
    /// A name, collection or email of one that is reserved for another.
    ReservationOfAnother {
        /// Its key.
        key: String,
    },
    /// An operation that nobody works on any more.
    Silent {
        /// The state it left the organization in.
        state: State,
    },
    /// An operation whose record says too little to finish it or to take it back.
    OperationUnreadable {
        /// The state it left the organization in.
        state: State,
    },
    /// The record is in a state that this program does not know.
    StateUnknown,
    /// The marker names another organization.
    MarkerOfAnother,
    /// The marker is gone.
    MarkerMissing,
}

/// What is to be said of a kind of problem, in one place.
struct Row(Invariant, Severity, Remedy, &'static str, &'static str);

impl Problem {
    #[rustfmt::skip]
    fn row(&self) -> Row {
        use Invariant::{I1, I2, I3, I4, I5, I6};
        use Remedy::{Choose, Leave, Safe};
        use Severity::{Error, Warning};
        match self {
            Self::CollectionMissing | Self::DamagedMissing =>
                Row(I1, Error, Choose, "collection missing", "choose: an empty one"),
            Self::CollectionReplaced | Self::DamagedReplaced { .. } =>
                Row(I1, Error, Choose, "collection replaced", "choose: take that one"),
            Self::CollectionRestored => Row(I1, Error, Safe, "collection restored", "record its UUID"),
            Self::CollectionElsewhere { .. } =>
                Row(I1, Error, Safe, "collection under another name", "rename it back"),
            Self::CollectionDisplaced { .. } => Row(I1, Error, Leave, "collection displaced", LEFT),
            Self::CollectionOfAnother { .. } => Row(I1, Error, Leave, "collection of another", LEFT),
            Self::DamagedFound { .. } => Row(I1, Error, Safe, "damaged, collection found", "take it"),
            Self::CollectionBlocked { .. } => Row(I1, Error, Leave, "name of its collection taken", LEFT),
            Self::RecordUnreadable => Row(I1, Error, Leave, "record unreadable", LEFT),
            Self::RecordUnusable => Row(I1, Error, Leave, "record names no collection", LEFT),
            Self::Orphan => Row(I2, Warning, Leave, "nobody's collection", LEFT),
            Self::LeftAside => Row(I2, Warning, Safe, "left over of a create", "drop it"),
            Self::LeftInTrash => Row(I2, Warning, Leave, "under a name of a delete", LEFT),
            Self::AdminMissing => Row(I3, Error, Leave, "admin missing", LEFT),
            Self::AdminEmailDiffers { .. } =>
                Row(I3, Error, Safe, "admin's email differs", "correct the record"),
            Self::AdminAbandoned { .. } => Row(I3, Warning, Safe, "admin of nothing", "remove it"),
            Self::OperatorPending { .. } => Row(I3, Warning, Safe, "operator half added", "remove it"),
            // Too many counted lets the last one go; too few only keeps one that could go.
            Self::OperatorCount { counted, there } =>
                Row(I3, if counted > there { Error } else { Warning }, Safe, "operators miscounted", "count anew"),
            Self::ReservationDead { .. } => Row(I4, Warning, Safe, "reserved for nobody", "release it"),
            Self::ReservationMissing { .. } => Row(I4, Error, Safe, "not reserved", "reserve it"),
            Self::ReservationOfAnother { .. } => Row(I4, Error, Leave, "reserved for another", LEFT),
            Self::Silent { state: State::Creating } =>
                Row(I5, Error, Safe, "creating, nobody works on it", "finish it"),
            Self::Silent { state: State::Renaming } =>
                Row(I5, Error, Safe, "renaming, nobody works on it", "finish it"),
            Self::Silent { .. } => Row(I5, Error, Safe, "deleting, nobody works on it", "finish it"),
            Self::OperationUnreadable { .. } => Row(I5, Error, Leave, "operation unreadable", LEFT),
            Self::StateUnknown => Row(I5, Error, Leave, "state unknown", LEFT),
            Self::MarkerOfAnother => Row(I6, Error, Leave, "marker of another", LEFT),
            Self::MarkerMissing => Row(I6, Warning, Safe, "marker missing", "put it back"),
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

    /// What mends it, in a few words for a table.
    pub fn remedy_title(&self) -> &'static str {
        self.row().4
    }
}
