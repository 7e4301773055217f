//! Organizations: the record as both faces see it.

use super::{AccountId, CollectionName, Email, OrganizationName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// What identifies an organization through every rename.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(pub Uuid);

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Raised by every write to an organization; the only fence between two writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

/// What is being done with an organization.
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
    /// A create has begun and is not whole yet.
    Creating,
    /// Whole, no operation on it.
    Active,
    /// An update has begun and is not whole yet.
    Renaming,
    /// A delete has begun and is not whole yet.
    Deleting,
    /// In the trash, no operation on it.
    Deleted,
    /// A restore has begun and is not whole yet.
    Restoring,
    /// A purge has begun; it only goes forward.
    Purging,
}

impl State {
    /// Whether an operation is under way: it ends by itself, or the next process that needs the organization recovers it.
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

/// What an organization is shown and filtered as: its state, and at rest whether it is suspended.
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
    /// As [`State::Creating`].
    Creating,
    /// [`State::Active`] and not suspended.
    Active,
    /// [`State::Active`] and suspended.
    Suspended,
    /// As [`State::Renaming`].
    Renaming,
    /// As [`State::Deleting`].
    Deleting,
    /// As [`State::Deleted`].
    Deleted,
    /// As [`State::Restoring`].
    Restoring,
    /// As [`State::Purging`].
    Purging,
}

impl Status {
    /// Of an organization in this state.
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

    /// The state that a record of this status has.
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

/// That an organization is suspended: its admin cannot sign in, its data stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Since when, in milliseconds.
    pub at: Timestamp,
    /// Who suspended it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
}

/// That an organization is in the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Since when, in milliseconds.
    pub at: Timestamp,
    /// Who deleted it.
    pub by: String,
    /// From when on it is due to be purged, in milliseconds.
    pub purge_at: Timestamp,
    /// The folded name that it had.
    pub name_key: String,
}

/// One tenant: the record that the master metadata keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// What identifies it.
    pub id: OrganizationId,
    /// The display name.
    pub name: String,
    /// The name by which it is compared and sorted; empty in the trash, where it occupies none.
    pub name_key: String,
    /// The key by which its admin's email is reserved where that is one of older rules: another account has the key of
    /// today.
    pub former_email_key: Option<String>,
    /// Its collection, of a deleted organization the one in the trash; `None` when it has none any more, or when tenantry
    /// could not have made the one that the record names.
    pub collection: Option<CollectionName>,
    /// The identity of its collection, which a rename keeps.
    pub collection_uuid: Option<Uuid>,
    /// Its administrator's account.
    pub admin_id: AccountId,
    /// Its administrator's email as typed.
    pub admin_email: String,
    /// What is being done with it.
    pub state: State,
    /// Whether it is suspended.
    pub suspension: Option<Suspension>,
    /// Whether it is in the trash.
    pub deletion: Option<Deletion>,
    /// The fence.
    pub epoch: Epoch,
    /// Made when, in milliseconds.
    pub created_at: Timestamp,
    /// Changed when, in milliseconds.
    pub updated_at: Timestamp,
}

impl Organization {
    /// What it is shown and filtered as.
    pub fn status(&self) -> Status {
        Status::of(self.state, self.suspension.is_some())
    }

    /// The folded name by which lists are sorted: in the trash the one it had.
    pub fn sort_name(&self) -> &str {
        self.deletion.as_ref().map_or(&self.name_key, |deletion| &deletion.name_key)
    }

    /// The name of its collection, or nothing when the record names an impossible one.
    pub fn collection_name(&self) -> &str {
        self.collection.as_ref().map_or("", CollectionName::as_str)
    }
}

/// What becomes of a suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionChange {
    /// Suspend it, for this reason.
    Suspend {
        /// Why; may be empty.
        reason: String,
    },
    /// Resume it.
    Resume,
}

impl SuspensionChange {
    /// Why it is suspended, if it is to be.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Suspend { reason } => Some(reason),
            Self::Resume => None,
        }
    }
}

/// What an update changes; what is `None` stays. A password crosses the store only as a hash.
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

/// What the collection of an organization holds, the marker left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CollectionStats {
    /// Documents, without the marker.
    pub documents: u64,
    /// Bytes of the documents.
    pub data_bytes: u64,
    /// Bytes on disk, where the store knows.
    pub disk_bytes: Option<u64>,
    /// The names of the indexes; empty where the store has none.
    pub indexes: Vec<String>,
    /// Bytes of all indexes, where the store knows.
    pub index_bytes: Option<u64>,
}

/// By what a list is sorted; ties are broken by id.
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

/// A time cut to milliseconds, the precision that both stores keep.
pub fn cut_to_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn words_of_states_read_back() {
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
