//! Organizations: the record that both faces show.

use super::{AccountId, CollectionName, Email, OrganizationName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use uuid::Uuid;

/// Identifies an organization, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(pub Uuid);

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Raised by every write to an organization. It alone decides between two writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

/// The operation on an organization, or its state at rest.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// A create has begun and is not complete.
    Creating,
    /// Complete, without an operation.
    Active,
    /// An update has begun and is not complete.
    Renaming,
    /// A delete has begun and is not complete.
    Deleting,
    /// In the trash, without an operation.
    Deleted,
    /// A restore has begun and is not complete.
    Restoring,
    /// A purge has begun; it cannot be rolled back.
    Purging,
}

impl State {
    /// Whether an operation is running: it ends, or the next process that needs the organization recovers it.
    pub fn has_operation(self) -> bool {
        match self {
            Self::Creating | Self::Renaming | Self::Deleting | Self::Restoring | Self::Purging => true,
            Self::Active | Self::Deleted => false,
        }
    }

    /// The word in records.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The status that is shown and filtered: the state and, at rest, whether it is suspended.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Same as [`State::Creating`].
    Creating,
    /// [`State::Active`] and not suspended.
    Active,
    /// [`State::Active`] and suspended.
    Suspended,
    /// Same as [`State::Renaming`].
    Renaming,
    /// Same as [`State::Deleting`].
    Deleting,
    /// Same as [`State::Deleted`].
    Deleted,
    /// Same as [`State::Restoring`].
    Restoring,
    /// Same as [`State::Purging`].
    Purging,
}

impl Status {
    /// The status of an organization.
    pub fn of(state: State, is_suspended: bool) -> Self {
        match state {
            State::Creating => Self::Creating,
            State::Active if is_suspended => Self::Suspended,
            State::Active => Self::Active,
            State::Renaming => Self::Renaming,
            State::Deleting => Self::Deleting,
            State::Deleted => Self::Deleted,
            State::Restoring => Self::Restoring,
            State::Purging => Self::Purging,
        }
    }

    /// The state in the record of an organization with this status.
    pub fn state(self) -> State {
        match self {
            Self::Creating => State::Creating,
            Self::Active | Self::Suspended => State::Active,
            Self::Renaming => State::Renaming,
            Self::Deleting => State::Deleting,
            Self::Deleted => State::Deleted,
            Self::Restoring => State::Restoring,
            Self::Purging => State::Purging,
        }
    }

    /// The word in JSON and filters.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A suspension: the admin cannot sign in, the data stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Since when, in milliseconds.
    pub at: Timestamp,
    /// Who suspended it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
}

/// A stay in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Since when, in milliseconds.
    pub at: Timestamp,
    /// Who deleted it.
    pub by: String,
    /// When it is due to be purged, in milliseconds.
    pub purge_at: Timestamp,
    /// Its former folded name.
    pub name_key: String,
}

/// One tenant: its record in the master metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// What identifies it.
    pub id: OrganizationId,
    /// The display name.
    pub name: String,
    /// The folded name for comparing and sorting; empty in the trash, where it reserves no name.
    pub name_key: String,
    /// The reserved key of the admin's email, if it is one by older rules, because another account has today's key.
    pub former_email_key: Option<String>,
    /// Its collection; for a deleted organization, the one in the trash. `None` if it has none, or if the record names
    /// one that no organization can have.
    pub collection: Option<CollectionName>,
    /// The UUID of its collection, which a rename keeps.
    pub collection_uuid: Option<Uuid>,
    /// Its administrator's account.
    pub admin_id: AccountId,
    /// Its administrator's email as typed.
    pub admin_email: String,
    /// Its state.
    pub state: State,
    /// Whether it is suspended.
    pub suspension: Option<Suspension>,
    /// Whether it is in the trash.
    pub deletion: Option<Deletion>,
    /// Its epoch.
    pub epoch: Epoch,
    /// The first epoch with the values that it has now. It is an earlier one after an operation that was rolled back.
    pub unchanged_since: Epoch,
    /// Made when, in milliseconds.
    pub created_at: Timestamp,
    /// Changed when, in milliseconds.
    pub updated_at: Timestamp,
}

impl Organization {
    /// The status that is shown and filtered.
    pub fn status(&self) -> Status {
        Status::of(self.state, self.suspension.is_some())
    }

    /// Whether another record of the same organization was written after this one.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.epoch < other.epoch
    }

    /// Whether it has the values that a caller read at this epoch.
    pub fn is_unchanged_since(&self, epoch: Epoch) -> bool {
        (self.unchanged_since..=self.epoch).contains(&epoch)
    }

    /// The folded name for sorting; in the trash the former one.
    pub fn sort_name(&self) -> &str {
        self.deletion.as_ref().map_or(&self.name_key, |deletion| &deletion.name_key)
    }

    /// The name of its collection, or an empty text if the record names an invalid one.
    pub fn collection_name(&self) -> &str {
        self.collection.as_ref().map_or("", CollectionName::as_str)
    }
}

/// A change of a suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionChange {
    /// Suspend, for this reason.
    Suspend {
        /// Why; may be empty.
        reason: String,
    },
    /// Resume it.
    Resume,
}

impl SuspensionChange {
    /// The reason of a suspension; `None` for a resumption.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Suspend { reason } => Some(reason),
            Self::Resume => None,
        }
    }
}

/// The changes of an update; `None` keeps a value. A password reaches the store only as a hash.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// The new name.
    pub name: Option<OrganizationName>,
    /// The admin's new email.
    pub admin_email: Option<Email>,
    /// The bcrypt hash of the admin's new password.
    pub admin_password_hash: Option<secrecy::SecretString>,
    /// Whether it is suspended from now on.
    pub suspension: Option<SuspensionChange>,
}

impl OrganizationChange {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.admin_email.is_none()
            && self.admin_password_hash.is_none()
            && self.suspension.is_none()
    }
}

/// The size of an organization's collection, without the marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CollectionSize {
    /// Documents, without the marker.
    pub documents: u64,
    /// Bytes of the documents.
    pub data_bytes: u64,
}

/// An index of a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexStats {
    /// Its name.
    pub name: String,
    /// Its fields in order, each with its direction or its kind, as the server writes them: `{"plan": 1}`.
    pub keys: Map<String, Value>,
    /// Whether it refuses a second document with the same values.
    pub unique: bool,
    /// Bytes, where the store knows.
    pub bytes: Option<u64>,
}

/// The size of an organization's collection with its indexes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectionStats {
    /// Its size.
    pub size: CollectionSize,
    /// Bytes on disk, where the store knows.
    pub disk_bytes: Option<u64>,
    /// Its indexes, the one of `_id` first.
    pub indexes: Vec<IndexStats>,
}

impl CollectionStats {
    /// Bytes of all indexes, where the store knows.
    pub fn index_bytes(&self) -> Option<u64> {
        self.indexes.iter().map(|index| index.bytes).sum()
    }
}

/// The order of a list; ties are broken by id.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Default,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SortKey {
    /// The folded name.
    #[default]
    Name,
    /// When it was made.
    Created,
    /// When it was changed last.
    Updated,
}

impl SortKey {
    /// The word on the command line and in cursors.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Cuts a time to milliseconds, the precision of both stores.
pub fn cut_to_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn state_words_parse_back() {
        for state in State::iter() {
            assert_eq!(state.as_str().parse::<State>().ok(), Some(state));
        }
        assert_eq!("Active".parse::<State>().ok(), None);
        assert_eq!("suspended".parse::<State>().ok(), None);
        for status in Status::iter() {
            assert_eq!(status.as_str().parse::<Status>().ok(), Some(status));
            assert_eq!(Status::of(status.state(), status == Status::Suspended), status);
        }
    }

    #[test]
    fn times_are_cut_to_milliseconds() {
        let time: Timestamp = "2026-11-24T12:00:00.123999Z".parse().unwrap();
        assert_eq!(cut_to_milliseconds(time).to_string(), "2026-11-24T12:00:00.123Z");
    }
}
