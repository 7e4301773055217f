//! What a store promises: whole operations, never steps.
//!
//! Both stores are held to the same promises by one test suite (`tests/suite/store_contract.rs`):
//!
//! - an acknowledged write is whole, and stays so; one that was not is whole or absent;
//! - of several writes that exclude each other exactly one succeeds;
//! - a rename keeps every document, and nothing that tenantry did not make is renamed over, taken over or dropped;
//! - every write carries its audit entry.
//!
//! Passwords cross this border only as bcrypt hashes. Times come from the service's clock (`now`, `at`), in
//! milliseconds; only leases use the server's.

pub use super::audit::{AuditAction, AuditEntry, AuditOutcome, AuditQuery};
use super::error::{OperationId, Result};
use crate::domain::{
    Account, AccountId, Claims, CollectionName, Email, Examination, Figures, Finding, Mended, Organization,
    OrganizationChange, OrganizationId, OrganizationName, Progress, SortKey, State,
};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

/// Which kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// An SQLite file.
    Embedded,
    /// A MongoDB server.
    MongoDb,
}

impl StoreKind {
    /// The word in titles and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::MongoDb => "mongodb",
        }
    }
}

/// Where a store is, as it may be shown: never with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which kind of store.
    pub kind: StoreKind,
    /// Short, for the title: `tenantry.db`, `db1.internal/master_db`.
    pub short: String,
    /// Whole: the path of the file, or hosts and database.
    pub full: String,
    /// Who answers, or does not: the file, or the hosts with their ports.
    pub host: String,
    /// What whoever connects should know: that nothing is encrypted on the way to another host.
    pub warning: Option<String>,
    /// The database that collections lie in; on the embedded store it only counts for the length of names.
    pub database: String,
}

/// A new account with its hash.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What will identify it.
    pub id: AccountId,
    /// Its email, not in use by any other account.
    pub email: Email,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
}

/// A new organization with its admin.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// What will identify it.
    pub id: OrganizationId,
    /// Its name.
    pub name: OrganizationName,
    /// The collection that comes of the name.
    pub collection: CollectionName,
    /// Its administrator.
    pub admin: NewAccount,
}

/// An account with its hash, for whoever verifies a password.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
    /// Name and state of an admin's organization, when it has one.
    pub organization: Option<(String, State)>,
}

/// What a session is checked against, read side by side.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// The account that the token names; `None` when it is gone or not whole yet.
    pub account: Option<Account>,
    /// Name and state of the organization that the token names; `None` when it is gone or the token names none.
    pub organization: Option<(String, State)>,
    /// Whether this very token was ended.
    pub revoked: bool,
}

/// What a try to sign in was counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInTry {
    /// Counted; the password may be verified.
    Counted,
    /// Too many before; neither counted nor to be verified until then.
    Throttled {
        /// The end of the wait.
        until: Timestamp,
    },
}

/// A hash made anew because the cost changed; written only if the account still has this version.
#[derive(Debug, Clone)]
pub struct Rehash {
    /// Whose.
    pub account_id: AccountId,
    /// The version of the account that the password was verified against.
    pub version: i64,
    /// The new bcrypt hash.
    pub password_hash: SecretString,
}

/// Which organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// By its folded name; of several the one that is not `creating`.
    NameKey(String),
    /// By its id.
    Id(OrganizationId),
    /// The one that this operation is at work on.
    Operation(OperationId),
}

/// A place in a sorted list: the sort key of the last row and its id.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Position {
    /// Sorted by name.
    Name(String, OrganizationId),
    /// Sorted by a time, in milliseconds since 1970.
    Time(i64, OrganizationId),
}

/// A page of organizations, straight from an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageQuery {
    /// Only this state.
    pub state: Option<State>,
    /// The order; ties are broken by id in the same direction.
    pub sort: SortKey,
    /// Descending.
    pub reverse: bool,
    /// Only rows behind this place.
    pub after: Option<Position>,
    /// Rows at most.
    pub limit: usize,
}

impl PageQuery {
    /// The place of a row in this order.
    pub fn position_of(&self, row: &Organization) -> Position {
        match self.sort {
            SortKey::Name => Position::Name(row.name_key.clone(), row.id),
            SortKey::Created => Position::Time(row.created_at.as_millisecond(), row.id),
            SortKey::Updated => Position::Time(row.updated_at.as_millisecond(), row.id),
        }
    }
}

/// Which operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorQuery {
    /// Only those behind this email key.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// What becomes of an operator's account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The new email.
    pub email: Option<Email>,
    /// The bcrypt hash of the new password.
    pub password_hash: Option<SecretString>,
    /// Whether the throttle of its email is cleared too.
    pub clears_throttle: bool,
}

/// The master metadata with the collections of the organizations.
///
/// Errors of every call: [`super::Error::Unavailable`] when the store does not answer,
/// [`super::Error::StoreUnusable`] when it cannot be used, [`super::Error::Internal`] otherwise; each method names
/// what it answers besides.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Where it is.
    fn place(&self) -> &Place;

    /// Connects if need be and reads the store's id; `None` when it has no first operator yet. Never writes to a
    /// store without one.
    async fn store_id(&self) -> Result<Option<Uuid>>;

    /// Makes the store with its first operator, exactly once.
    ///
    /// # Errors
    /// [`super::Error::AlreadyInitialized`].
    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()>;

    /// What a session is checked against, at `now`.
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState>;

    /// Counts a try to sign in with this email key, before any password is verified. From the 5th counted try on
    /// each one sets a wait of 1 s, doubling to 5 min; tries during a wait change nothing. The count starts anew
    /// 1 h after the last counted try.
    async fn try_sign_in(&self, email_key: &str, now: Timestamp) -> Result<SignInTry>;

    /// The account that signs in with this email key, if there is a whole one.
    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>>;

    /// An account by its id, if it is whole.
    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>>;

    /// Clears the throttle of an email key, and writes a hash made anew.
    async fn signed_in(&self, email_key: &str, rehash: Option<Rehash>, audit: AuditEntry) -> Result<()>;

    /// Clears the throttle of an email key: its password was right.
    async fn forget_tries(&self, email_key: &str) -> Result<()>;

    /// Records a failed sign-in.
    async fn record(&self, audit: AuditEntry) -> Result<()>;

    /// Ends one token; kept until it would have expired anyway. A repeat changes nothing.
    async fn revoke(&self, jti: Uuid, expires_at: Timestamp, audit: Option<AuditEntry>) -> Result<()>;

    /// Ends every token of an account.
    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()>;

    /// Creates an organization with its admin and its collection.
    ///
    /// # Errors
    /// [`super::Error::NameTaken`], [`super::Error::EmailTaken`], [`super::Error::CollectionExists`]; nothing is
    /// left behind. [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn create(
        &self,
        new: &NewOrganization,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization>;

    /// One organization in whatever state it is.
    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>>;

    /// A page in the order of an index.
    async fn page(&self, query: &PageQuery) -> Result<Vec<Arc<Organization>>>;

    /// What the collection of an organization holds.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`].
    async fn figures(&self, organization: &Organization) -> Result<Figures>;

    /// Changes an organization and its admin, all or nothing. The change has at least one value that differs from
    /// `current`; `admin` is the admin as read after `current`.
    ///
    /// # Errors
    /// [`super::Error::Changed`] when the epoch or the admin's version moved on, [`super::Error::Busy`],
    /// [`super::Error::NotFound`], [`super::Error::NameTaken`], [`super::Error::EmailTaken`],
    /// [`super::Error::CollectionExists`], [`super::Error::CollectionMissing`]; nothing is changed.
    /// [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn update(
        &self,
        current: &Organization,
        admin: &Account,
        change: &OrganizationChange,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization>;

    /// Deletes an organization, its admin and its collection. Its sessions end at the first step.
    ///
    /// # Errors
    /// [`super::Error::Changed`], [`super::Error::Busy`], [`super::Error::NotFound`]; nothing is deleted.
    /// [`super::Error::Unavailable`] with the operation when it may still be completed.
    async fn delete(&self, current: &Organization, operation: OperationId, audit: AuditEntry) -> Result<()>;

    /// Audit entries, newest first.
    async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>>;

    /// Operators in the order of their email keys.
    async fn operators(&self, query: &OperatorQuery) -> Result<Vec<Account>>;

    /// Adds an operator.
    ///
    /// # Errors
    /// [`super::Error::EmailTaken`]; nothing is left behind.
    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account>;

    /// Removes an operator; its sessions end. One that is removed never comes back.
    ///
    /// # Errors
    /// [`super::Error::LastOperator`], [`super::Error::OperatorNotFound`]; nothing is removed.
    async fn remove_operator(&self, current: &Account, audit: AuditEntry) -> Result<()>;

    /// Changes email or password of an operator, all or nothing; its sessions end.
    ///
    /// # Errors
    /// [`super::Error::OperatorChanged`] when its version moved on, [`super::Error::OperatorNotFound`],
    /// [`super::Error::EmailTaken`]; nothing is changed.
    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account>;

    /// Whether a collection of this name is there, whoever made it.
    async fn has_collection(&self, name: &CollectionName) -> Result<bool>;

    /// Looks page by page for what is not as it should be, and tells how far it is. Writes nothing. What changes
    /// meanwhile is looked at again and not reported.
    async fn examine(&self, progress: &watch::Sender<Progress>) -> Result<Examination>;

    /// Mends what was found, if it is still so. One whose remedy is to choose goes on with the collection that is
    /// there, or with an empty one. Drops nothing that tenantry did not make.
    async fn mend(&self, finding: &Finding, audit: AuditEntry) -> Result<Mended>;

    /// Ends the operation on an organization now, whether or not its lease is over: finished or taken back. None on
    /// it is nothing to do.
    ///
    /// # Errors
    /// [`super::Error::Busy`] when another one is ending it.
    async fn end_operation(&self, id: OrganizationId) -> Result<()>;
}
