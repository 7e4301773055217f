//! What the service needs of a store for organizations and their collections.

use super::{NewAccount, Page, Result};
use crate::domain::{
    Account, AuditEntry, CollectionName, CollectionSize, CollectionStats, Email, OperationId, Organization,
    OrganizationChange, OrganizationId, OrganizationName, SortKey, Status,
};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use std::fmt::Debug;
use std::sync::Arc;

/// A new organization with its admin.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name; the collection follows from it ([`Organizations::collection_of`]).
    pub name: OrganizationName,
    /// Its administrator.
    pub admin: NewAccount,
}

/// A change of an organization and its admin.
#[derive(Debug, Clone)]
pub struct UpdateRequest {
    /// The organization as the caller read it; another epoch is [`super::Error::Changed`].
    pub current: Organization,
    /// Its admin, read after that; `None` if the account is gone: then email and password create it again.
    pub admin: Option<Account>,
    /// The changes: at least one value that differs.
    pub change: OrganizationChange,
}

/// A delete to the trash.
#[derive(Debug, Clone)]
pub struct DeleteRequest {
    /// The organization as the caller read it; another epoch is [`super::Error::Changed`].
    pub current: Organization,
    /// Its admin, read after that, if the account exists.
    pub admin: Option<Account>,
    /// When it is due to be purged.
    pub purge_at: Timestamp,
}

/// The result of a delete to the trash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The current record.
    pub organization: Organization,
    /// A collection with its former name that belongs to something else and was left alone.
    pub collection_left: Option<String>,
}

/// A restore from the trash, with the old values or with new ones.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The deleted organization as the caller read it; another epoch is [`super::Error::Changed`].
    pub current: Organization,
    /// Its admin, read after that; `None` if the account is gone: then the password creates it again.
    pub admin: Option<Account>,
    /// The name after the restore.
    pub name: OrganizationName,
    /// The admin's email after the restore.
    pub email: Email,
    /// The bcrypt hash of a new password; `None` keeps the old one.
    pub password_hash: Option<SecretString>,
}

/// A permanent removal of an organization, from the trash or directly.
#[derive(Debug, Clone)]
pub struct PurgeRequest {
    /// The organization as the caller read it, `active` or `deleted`; another epoch is [`super::Error::Changed`].
    pub current: Organization,
}

/// The result of a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    /// A collection with its name that belongs to something else and was left alone.
    pub collection_left: Option<String>,
}

/// A way to find an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// By its folded name; of several, the one that is not `creating`. A deleted organization has no name.
    NameKey(String),
    /// By its id, whatever its state.
    Id(OrganizationId),
    /// The organization of this operation.
    Operation(OperationId),
}

/// A position in a sorted list: the sort key of the last row and its id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Position {
    /// Sorted by name.
    Name(String, OrganizationId),
    /// Sorted by a time, in milliseconds since 1970.
    Time(i64, OrganizationId),
}

/// A page of organizations in the order of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationQuery {
    /// Only with this status; `None` means all but the deleted ones.
    pub status: Option<Status>,
    /// The order; ties are broken by id in the same direction.
    pub sort: SortKey,
    /// Descending.
    pub reverse: bool,
    /// Only rows after this position.
    pub after: Option<Position>,
    /// Rows at most, 1 or more.
    pub limit: usize,
}

impl OrganizationQuery {
    /// The position of a row in this order.
    pub fn position_of(&self, row: &Organization) -> Position {
        match self.sort {
            SortKey::Name => Position::Name(row.sort_name().to_owned(), row.id),
            SortKey::Created => Position::Time(row.created_at.as_millisecond(), row.id),
            SortKey::Updated => Position::Time(row.updated_at.as_millisecond(), row.id),
        }
    }
}

/// Organizations, each with one collection and one admin.
#[async_trait]
pub trait Organizations: Send + Sync + Debug {
    /// The collection for an organization with this name.
    fn collection_of(&self, name: &OrganizationName) -> CollectionName;

    /// Creates an organization with its admin and its collection. The id of the entry identifies the operation.
    ///
    /// # Errors
    /// [`super::Error::NameTaken`], [`super::Error::EmailTaken`], [`super::Error::CollectionExists`]; nothing is
    /// left behind. [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn create(&self, new: &NewOrganization, audit: AuditEntry) -> Result<Organization>;

    /// One organization in any state.
    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>>;

    /// The deleted organizations that had a name with this key, at most `limit`, ordered by id.
    async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>>;

    /// A page in the order of an index.
    async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>>;

    /// The size of an organization's collection, from counters: cheap, however many documents there are.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`].
    async fn size(&self, organization: &Organization) -> Result<CollectionSize>;

    /// The size of an organization's collection with its indexes.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`].
    async fn stats(&self, organization: &Organization) -> Result<CollectionStats>;

    /// Whether a collection of this name exists, including one that tenantry did not create.
    async fn has_collection(&self, name: &CollectionName) -> Result<bool>;

    /// Changes an organization and its admin, all or nothing; also suspends and resumes it.
    ///
    /// # Errors
    /// [`super::Error::Changed`] when the epoch or the admin's version has changed, [`super::Error::Busy`],
    /// [`super::Error::NotFound`], [`super::Error::NameTaken`], [`super::Error::EmailTaken`],
    /// [`super::Error::CollectionExists`], [`super::Error::CollectionMissing`]; nothing is changed.
    /// [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn update(&self, request: &UpdateRequest, audit: AuditEntry) -> Result<Organization>;

    /// Puts an organization into the trash: its sessions end at the first step; name, email and collection name are
    /// free at the end.
    ///
    /// # Errors
    /// [`super::Error::Changed`], [`super::Error::Busy`], [`super::Error::NotFound`],
    /// [`super::Error::CollectionBusy`] and [`super::Error::StoreUnusable`] when the server refuses to move the
    /// collection; nothing is deleted. [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn delete(&self, request: &DeleteRequest, audit: AuditEntry) -> Result<Deleted>;

    /// Restores an organization from the trash.
    ///
    /// # Errors
    /// Those of [`Organizations::create`] and [`Organizations::update`].
    async fn restore(&self, request: &RestoreRequest, audit: AuditEntry) -> Result<Organization>;

    /// Removes an organization permanently, with its collection and its admin.
    ///
    /// # Errors
    /// [`super::Error::Changed`], [`super::Error::Busy`], [`super::Error::NotFound`]; nothing is purged.
    /// [`super::Error::Refused`] when the server refuses to drop the collection; the next process that needs it tries
    /// again. [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn purge(&self, request: &PurgeRequest, audit: AuditEntry) -> Result<Purged>;

    /// Purges expired organizations, at most `limit`, as the actor `expired`. Returns how many.
    ///
    /// A server uses its own clock; the embedded store uses `now`, confirmed by the times in its audit.
    async fn purge_expired(&self, now: Timestamp, limit: usize) -> Result<usize>;
}
