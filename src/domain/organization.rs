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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A create has begun and is not whole yet.
    Creating,
    /// Whole, nobody works on it.
    Active,
    /// An update has begun and is not whole yet.
    Renaming,
    /// A delete has begun; it goes on to its end.
    Deleting,
    /// The collection is at neither of the names it could have.
    Damaged,
}

impl State {
    /// Whether an operation is on the organization: it ends by itself, or is ended by whoever meets it.
    pub fn is_in_work(self) -> bool {
        match self {
            Self::Creating | Self::Renaming | Self::Deleting => true,
            Self::Active | Self::Damaged => false,
        }
    }

    /// Every state, in the order of a life.
    pub const ALL: [Self; 5] = [Self::Creating, Self::Active, Self::Renaming, Self::Deleting, Self::Damaged];

    /// The word in records, JSON and filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Active => "active",
            Self::Renaming => "renaming",
            Self::Deleting => "deleting",
            Self::Damaged => "damaged",
        }
    }

    /// Reads the word of [`State::as_str`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One tenant: the record that the master metadata keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// What identifies it.
    pub id: OrganizationId,
    /// The display name.
    pub name: String,
    /// The name by which it is compared and sorted.
    pub name_key: String,
    /// Its collection; `None` when the record names one that tenantry could not have made.
    pub collection: Option<CollectionName>,
    /// The identity of its collection, which a rename keeps.
    pub collection_uuid: Option<Uuid>,
    /// Its administrator's account.
    pub admin_id: AccountId,
    /// Its administrator's email as typed.
    pub admin_email: String,
    /// What is being done with it.
    pub state: State,
    /// The fence.
    pub epoch: Epoch,
    /// Made when, in milliseconds.
    pub created_at: Timestamp,
    /// Changed when, in milliseconds.
    pub updated_at: Timestamp,
}

impl Organization {
    /// The name of its collection, or nothing when the record names an impossible one.
    pub fn collection_name(&self) -> &str {
        self.collection.as_ref().map_or("", CollectionName::as_str)
    }
}

/// What an update changes; what is `None` stays. A password crosses the store only as a hash.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// The new name with the collection that comes of it.
    pub name: Option<(OrganizationName, CollectionName)>,
    /// The admin's new email.
    pub admin_email: Option<Email>,
    /// The bcrypt hash of the admin's new password.
    pub admin_password_hash: Option<secrecy::SecretString>,
}

impl OrganizationChange {
    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.admin_email.is_none() && self.admin_password_hash.is_none()
    }
}

/// What the collection of an organization holds, the marker left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
        match self {
            Self::Name => "name",
            Self::Created => "created",
            Self::Updated => "updated",
        }
    }
}

/// A time cut to milliseconds, the precision that both stores keep.
pub fn cut_to_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_states_read_back() {
        for state in State::ALL {
            assert_eq!(State::from_word(state.as_str()), Some(state));
        }
        assert_eq!(State::from_word("Active"), None);
        assert_eq!(State::from_word("suspended"), None);
    }

    #[test]
    fn times_are_cut_to_milliseconds() {
        let time: Timestamp = "2026-11-24T12:00:00.123999Z".parse().unwrap();
        assert_eq!(cut_to_milliseconds(time).to_string(), "2026-11-24T12:00:00.123Z");
    }
}
