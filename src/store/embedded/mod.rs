//! The embedded store: one SQLite file, for whoever has no MongoDB.
//!
//! Organizations, collections and documents are rows of fixed tables; create, rename and delete are rows too, and
//! each operation is one `BEGIN IMMEDIATE` transaction with its checks inside. Several processes use the file at
//! once; nothing else locks. The file is made by [`Store::initialize`] and by nothing else: before that every read
//! finds a store that is not initialized.
//!
//! Every call of SQLite blocks, so it runs in `spawn_blocking`: one connection writes, two read.

mod accounts;
mod audit;
mod connection;
mod doctor;
mod failure;
mod log_file;
mod operators;
mod organizations;
mod schema;
pub mod secret_key;
pub mod seed;

use crate::domain::{
    Account, AccountId, Claims, CollectionName, Examination, Figures, Finding, Mended, Organization,
    OrganizationChange, OrganizationId, Progress,
};
use crate::service::store::{
    AccountChange, AccountRecord, AuditEntry, AuditQuery, Lookup, NewAccount, NewOrganization, OperatorQuery,
    PageQuery, Place, Rehash, SessionState, SignInTry, Store, StoreKind,
};
use crate::service::{Error, OperationId, Result};
use async_trait::async_trait;
use connection::Connections;
use failure::Failure;
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use uuid::Uuid;

/// The name of the file in the data folder.
pub const FILE_NAME: &str = "tenantry.db";

/// An SQLite file as a store.
#[derive(Debug)]
pub struct EmbeddedStore {
    place: Place,
    path: PathBuf,
    connections: Arc<Mutex<Option<Arc<Connections>>>>,
}

impl EmbeddedStore {
    /// The store in a data folder; nothing is opened or made yet. `database` only counts for the length of
    /// collection names.
    pub fn new(data_dir: &Path, database: &str) -> Self {
        let path = data_dir.join(FILE_NAME);
        let place = Place {
            kind: StoreKind::Embedded,
            short: FILE_NAME.to_owned(),
            full: path.display().to_string(),
            host: path.display().to_string(),
            warning: None,
            database: database.to_owned(),
        };
        Self { place, path, connections: Arc::new(Mutex::new(None)) }
    }

    /// The connections, opened at the first use; `None` while there is no store in the file.
    async fn connections(&self, make: bool) -> Result<Option<Arc<Connections>>> {
        let (slot, path) = (Arc::clone(&self.connections), self.path.clone());
        blocking(move || {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.is_none() {
                *slot = connection::open(&path, make)?.map(Arc::new);
            }
            Ok(slot.clone())
        })
        .await
    }

    async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let connections = self.connections(false).await?.ok_or(Error::NotInitialized)?;
        let path = self.path.clone();
        blocking(move || work(&connections.reader()).map_err(|failure| failure.into_error(&path))).await
    }

    /// One transaction; what `work` refuses is rolled back.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let connections = self.connections(false).await?.ok_or(Error::NotInitialized)?;
        let path = self.path.clone();
        blocking(move || {
            let mut writer = connections.writer();
            transact(&mut writer, work).map_err(|failure| failure.into_error(&path))
        })
        .await
    }
}

fn transact<T>(
    writer: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::internal(&error))?
}

#[async_trait]
impl Store for EmbeddedStore {
    fn place(&self) -> &Place {
        &self.place
    }

    async fn store_id(&self) -> Result<Option<Uuid>> {
        if self.connections(false).await?.is_none() {
            return Ok(None);
        }
        self.read(schema::store_id).await
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        let Some(connections) = self.connections(true).await? else {
            return Err(Error::NotInitialized);
        };
        let (first, path) = (first.clone(), self.path.clone());
        blocking(move || {
            let mut writer = connections.writer();
            transact(&mut writer, |tx| accounts::initialize(tx, store_id, &first, &audit))
                .map_err(|failure| failure.into_error(&path))
        })
        .await
    }

    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        let claims = claims.clone();
        self.read(move |db| accounts::session_state(db, &claims, now)).await
    }

    async fn try_sign_in(&self, email_key: &str, now: Timestamp) -> Result<SignInTry> {
        let email_key = email_key.to_owned();
        self.write(move |tx| accounts::try_sign_in(tx, &email_key, now)).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        let email_key = email_key.to_owned();
        self.read(move |db| accounts::by_email(db, &email_key)).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.read(move |db| accounts::by_id(db, id)).await
    }

    async fn signed_in(&self, email_key: &str, rehash: Option<Rehash>, audit: AuditEntry) -> Result<()> {
        let email_key = email_key.to_owned();
        self.write(move |tx| accounts::signed_in(tx, &email_key, rehash.as_ref(), &audit)).await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        let email_key = email_key.to_owned();
        self.write(move |tx| accounts::forget_tries(tx, &email_key)).await
    }

    async fn record(&self, audit: AuditEntry) -> Result<()> {
        self.write(move |tx| audit::insert(tx, &audit)).await
    }

    async fn revoke(&self, jti: Uuid, expires_at: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.write(move |tx| accounts::revoke(tx, jti, expires_at, audit.as_ref())).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.write(move |tx| accounts::revoke_all(tx, account, &audit)).await
    }

    async fn create(
        &self,
        new: &NewOrganization,
        _operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let new = new.clone();
        self.write(move |tx| organizations::create(tx, &new, &audit)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        let (lookup, database) = (lookup.clone(), self.place.database.clone());
        self.read(move |db| organizations::find(db, &lookup, &database)).await
    }

    async fn page(&self, query: &PageQuery) -> Result<Vec<Arc<Organization>>> {
        let (query, database) = (query.clone(), self.place.database.clone());
        self.read(move |db| organizations::page(db, &query, &database)).await
    }

    async fn figures(&self, organization: &Organization) -> Result<Figures> {
        let organization = organization.clone();
        self.read(move |db| organizations::figures(db, &organization)).await
    }

    async fn update(
        &self,
        current: &Organization,
        admin: &Account,
        change: &OrganizationChange,
        _operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let (current, admin, change) = (current.clone(), admin.clone(), change.clone());
        let database = self.place.database.clone();
        self.write(move |tx| organizations::update(tx, &current, &admin, &change, &audit, &database)).await
    }

    async fn delete(&self, current: &Organization, _operation: OperationId, audit: AuditEntry) -> Result<()> {
        let current = current.clone();
        let database = self.place.database.clone();
        self.write(move |tx| organizations::delete(tx, &current, &audit, &database)).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let query = query.clone();
        self.read(move |db| audit::entries(db, &query)).await
    }

    async fn operators(&self, query: &OperatorQuery) -> Result<Vec<Account>> {
        let query = query.clone();
        self.read(move |db| operators::list(db, &query)).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        let new = new.clone();
        self.write(move |tx| operators::add(tx, &new, &audit)).await
    }

    async fn remove_operator(&self, current: &Account, audit: AuditEntry) -> Result<()> {
        let current = current.clone();
        self.write(move |tx| operators::remove(tx, &current, &audit)).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        let (current, change) = (current.clone(), change.clone());
        self.write(move |tx| operators::update(tx, &current, &change, &audit)).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        let name = name.clone();
        self.read(move |db| organizations::has_collection(db, &name)).await
    }

    async fn examine(&self, progress: &watch::Sender<Progress>) -> Result<Examination> {
        let (path, progress) = (self.path.clone(), progress.clone());
        self.read(move |db| doctor::examine(db, &path, &progress)).await
    }

    async fn mend(&self, finding: &Finding, audit: AuditEntry) -> Result<Mended> {
        let (finding, database) = (finding.clone(), self.place.database.clone());
        self.write(move |tx| doctor::mend(tx, &finding, &audit, &database)).await
    }

    /// One transaction does all of an operation: none ever stands still.
    async fn end_operation(&self, _id: OrganizationId) -> Result<()> {
        Ok(())
    }
}

/// An id as the file keeps it.
fn id_text(id: OrganizationId) -> String {
    id.0.to_string()
}
