//! What the service needs of a store: a trait for each subject, and the types in their signatures.
//!
//! The service calls these traits, the stores implement them, and neither knows the other. One test suite holds both
//! stores to the same promises:
//!
//! - an acknowledged write is complete, and stays so; an unacknowledged one is complete or absent;
//! - of several writes that exclude each other exactly one succeeds;
//! - a rename, a delete to the trash and a restore keep every document; nothing that tenantry did not create is moved,
//!   taken over or dropped, and only a purge destroys;
//! - every write carries its audit entry.
//!
//! A store offers whole operations, never steps. Passwords reach it only as bcrypt hashes. Times come from the
//! service's clock (`now`, the entry's `at`), in milliseconds; only leases and the trash of a server use the server's
//! clock.

mod accounts;
mod adoption;
mod archives;
mod audit;
mod changes;
mod confirms;
mod doctor;
mod documents;
pub mod error;
mod operators;
mod organizations;
mod secret_key;

pub use accounts::{
    AccountRecord, Accounts, NewAccount, OrganizationOfAccount, PlaceAnswer, Rehash, SessionState,
    SignInDone, Turn,
};
pub use adoption::{Adoption, nothing_to_adopt};
pub use archives::{Archives, DocumentBatches};
pub use audit::{Audit, AuditPosition, AuditQuery};
pub use changes::{Changes, ChangesPosition, ChangesQuery, ChangesSince, Feed, NewEntry, OVERLAP};
pub use doctor::Doctor;
pub use documents::{DocumentQuery, DocumentWrite, Documents, PAGE_BYTES};
pub use error::{Confirms, Error, Result};
pub use operators::{AccountChange, OperatorQuery, Operators};
pub use organizations::{
    DeleteRequest, Deleted, Lookup, NewOrganization, OrganizationQuery, Organizations, Position,
    PurgeRequest, Purged, RestoreRequest, UpdateRequest,
};
pub use secret_key::{GivenKey, MIN_KEY_BYTES, SecretKey};

use crate::domain::{AuditEntry, Warning};
use async_trait::async_trait;
use uuid::Uuid;

/// A kind of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum StoreKind {
    /// An SQLite file.
    Embedded,
    /// A MongoDB server.
    MongoDb,
}

impl StoreKind {
    /// The word in titles and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The location of a store, safe to show: without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreLocation {
    /// A kind of store.
    pub kind: StoreKind,
    /// Short, for the title: `tenantry.db`, `db1.internal/master_db`.
    pub short: String,
    /// Complete: the path of the file, or hosts and database.
    pub full: String,
    /// The file, or the hosts with their ports, for messages about the connection.
    pub host: String,
    /// Warnings about the connection, for example that it is not encrypted.
    pub warnings: Vec<Warning>,
}

/// A page of a list. It says itself whether more rows follow: unreadable rows are missing from `rows`, so its length
/// says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The readable rows, in order; at most as many as requested.
    pub rows: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<P>,
}

impl<T, P> Page<T, P> {
    /// The last page of a list.
    pub fn last(rows: Vec<T>) -> Self {
        Self { rows, next: None }
    }

    /// The page of the first `limit` records that were read. Whether more follow is decided before a record is parsed.
    /// `None` if more records must be read to know it; `has_more` says that there may be some.
    ///
    /// `position` is the place of a record in the list, `read` its row if it can be parsed. The page ends at a record
    /// with a position: if none of the first `limit` records has one, the page extends to the next record that has. A
    /// record without a position is in no page, or it would depend on `limit` whether it is.
    pub fn of<R>(
        records: &[R],
        has_more: bool,
        limit: usize,
        position: impl Fn(&R) -> Option<P>,
        read: impl Fn(&R) -> Option<T>,
    ) -> Option<Self> {
        let (mut rows, mut next) = (Vec::new(), None);
        for (count, record) in records.iter().enumerate() {
            if count >= limit && next.is_some() {
                return Some(Self { rows, next });
            }
            if let Some(place) = position(record) {
                next = Some(place);
                rows.extend(read(record));
            }
        }
        (!has_more).then(|| Self::last(rows))
    }
}

/// The master metadata and the collections of the organizations.
///
/// Errors of every call of these traits: [`Error::Unavailable`] when the store does not answer,
/// [`Error::StoreUnusable`] when it cannot be used, [`Error::Internal`] otherwise. Each method lists its other errors.
#[async_trait]
pub trait Store:
    Organizations + Documents + Archives + Accounts + Operators + Audit + Doctor + Adoption + Feed
{
    /// Where it is.
    fn place(&self) -> &StoreLocation;

    /// Connects if needed and reads the store's id; `None` when it has no first operator yet. Never writes to a store
    /// without one.
    async fn store_id(&self) -> Result<Option<Uuid>>;

    /// Creates the store with its first operator, exactly once.
    ///
    /// # Errors
    /// [`Error::AlreadyInitialized`].
    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()>;

    /// What this store cannot promise, in sentences; empty if it promises everything. Asks the server once.
    async fn warnings(&self) -> Result<Vec<String>>;

    /// Why the store was not reached so far; `None` once it was, and for a store without a connection.
    fn unreached(&self) -> Option<Error> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    /// Records are numbers; a negative one cannot be read, and -1 has no position either.
    fn page(records: &[i64], limit: usize) -> Page<i64, i64> {
        let position = |record: &i64| (*record != -1).then_some(record.abs());
        Page::of(records, false, limit, position, |record| (*record > 0).then_some(*record)).unwrap()
    }

    #[test]
    fn page_counts_rows_before_it_parses_them() {
        assert_eq!(page(&[1, 2, 3], 3), Page::last(vec![1, 2, 3]));
        assert_eq!(page(&[1, 2, 3, 4], 3), Page { rows: vec![1, 2, 3], next: Some(3) });
        assert_eq!(page(&[1, -2, 3, 4], 3), Page { rows: vec![1, 3], next: Some(3) });
        assert_eq!(page(&[1, 2, -3, 4], 3), Page { rows: vec![1, 2], next: Some(3) });
        assert_eq!(page(&[-2, -3, -4, -5], 3), Page { rows: vec![], next: Some(4) });
        assert_eq!(page(&[], 1), Page::last(vec![]));
    }

    #[test]
    fn record_without_a_position_does_not_end_the_list() {
        assert_eq!(page(&[1, 2, -1, 4], 3), Page { rows: vec![1, 2], next: Some(2) });
        assert_eq!(page(&[1, -1, -1, 4], 3), Page { rows: vec![1], next: Some(1) });
        assert_eq!(page(&[-1, -1, -1, 4], 3), Page::last(vec![4]));
        assert_eq!(page(&[-1, -1, -1, 4, 5], 3), Page { rows: vec![4], next: Some(4) });
    }

    #[test]
    fn more_records_are_read_until_one_has_a_position() {
        let of = |records: &[i64]| {
            let position = |record: &i64| (*record > 0).then_some(*record);
            Page::of(records, true, 1, position, |record| Some(*record))
        };
        assert_eq!(of(&[-1, -1]), None);
        assert_eq!(of(&[-1, -1, -1, 4]), None, "whether more follow is not known yet");
        assert_eq!(of(&[-1, -1, -1, 4, -1]), Some(Page { rows: vec![4], next: Some(4) }));
    }
}
