//! The store on a MongoDB server: standalone, replicated or sharded.
//!
//! Owns the records of the master metadata and the collections of the organizations. They are in the same database
//! because a rename across databases copies. Must not decide who may do what, hash a password, or read a clock for
//! anything but its leases. `protocol` keeps records and collections consistent.

mod accounts;
mod adoption;
mod archives;
mod audit;
mod changes;
mod collections;
mod connection;
mod doctor;
mod documents;
mod failure;
mod index;
mod initialize;
mod migrate;
mod names;
mod operation;
mod operators;
mod page;
mod protocol;
mod reach;
mod record;
mod reservation;
mod rows;
mod seed;
mod server;
mod stats;
mod stream;
mod throttle;
mod uri;

use crate::domain::{
    Account, AccountId, AuditEntry, CheckReport, CollectionName, CollectionSize, CollectionStats,
    DatabaseName, Finding, Organization, OrganizationId, OrganizationName, Progress, RepairOutcome,
};
use crate::port::{
    AccountChange, Audit, AuditPosition, AuditQuery, DeleteRequest, Deleted, Doctor, Error, Lookup,
    NewAccount, NewOrganization, OperatorQuery, Operators, OrganizationQuery, Organizations, Page, Position,
    PurgeRequest, Purged, RestoreRequest, Result, Store, StoreLocation, UpdateRequest,
};
use async_trait::async_trait;
use connection::Connection;
use failure::Failure;
use jiff::Timestamp;
use secrecy::SecretString;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OnceCell, watch};
use uuid::Uuid;

/// The address of the server.
#[derive(Debug, Clone)]
pub struct MongoOptions {
    /// The connection string; may contain a password.
    pub uri: SecretString,
    /// The database of the master metadata and of the organizations' collections.
    pub database: DatabaseName,
    /// How long an operation belongs to the process that began it, from its last write; whole seconds.
    pub lease: Duration,
}

/// The store on a MongoDB server.
pub struct MongoStore {
    place: StoreLocation,
    options: MongoOptions,
    /// Created by the first call, inside the runtime of its background tasks.
    connection: OnceCell<Connection>,
    /// Whether this server is recent enough and this database is initialized; until then nothing is written.
    opened: AtomicBool,
    /// Whether nothing may be written.
    only_looks: bool,
}

/// Only prints the place: the client contains the password.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoStore").field("place", &self.place).finish_non_exhaustive()
    }
}

impl MongoStore {
    /// Parses the options; the first call connects.
    ///
    /// # Errors
    /// [`Error::StoreUnusable`] when the URI is invalid, naming the wrong option.
    pub fn open(options: MongoOptions) -> Result<Self> {
        let place = connection::place_of(&options)?;
        let opened = AtomicBool::new(false);
        Ok(Self { place, options, connection: OnceCell::new(), opened, only_looks: false })
    }

    /// The same, read-only: opening completes and migrates nothing, and every write is refused.
    #[must_use]
    pub fn only_looking(self) -> Self {
        Self { only_looks: true, ..self }
    }

    async fn connection(&self) -> Result<&Connection> {
        self.connection.get_or_try_init(|| Connection::make(&self.options, &self.place)).await
    }

    /// Like [`Self::writable`], if the acting session is still valid. If the session ends between this check and the
    /// first write, one round trip later, the write still happens.
    async fn writable_as(&self, audit: &AuditEntry) -> Result<&Connection> {
        let connection = self.writable().await?;
        if let Some((account, token_version)) = audit.actor_id.zip(audit.actor_version) {
            accounts::refuse_ended_session(connection, account, token_version).await?;
        }
        Ok(connection)
    }

    /// Checked before every write: a database without `meta` belongs to another program.
    async fn writable(&self) -> Result<&Connection> {
        if self.only_looks {
            return Err(Error::StoreUnusable("The store was opened read-only.".to_owned()));
        }
        if !self.opened.load(Ordering::Acquire) && self.store_id().await?.is_none() {
            return Err(Error::NotInitialized);
        }
        self.connection().await
    }
}

#[async_trait]
impl Store for MongoStore {
    fn place(&self) -> &StoreLocation {
        &self.place
    }

    /// Two commands at opening: `hello` and the read of `meta`. Work that an earlier process left unfinished is
    /// completed only if `meta` says that there is some.
    async fn store_id(&self) -> Result<Option<Uuid>> {
        let connection = self.connection().await?;
        connection.hello().await?;
        let Some(meta) = initialize::meta(connection).await? else {
            return Ok(None);
        };
        if !self.only_looks && !self.opened.load(Ordering::Acquire) {
            migrate::migrate(connection, meta.record()).await?;
            initialize::complete_if_begun(connection, &meta).await?;
            let finished = operators::finish_removals(connection, meta.record()).await;
            finished.map_err(|failure| failure.into_error(connection))?;
            self.opened.store(true, Ordering::Release);
        }
        Ok(Some(meta.store_id))
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        initialize::initialize(self.connection().await?, store_id, first, &audit).await
    }

    async fn warnings(&self) -> Result<Vec<String>> {
        self.connection().await?.warnings().await
    }

    fn unreached(&self) -> Option<Error> {
        match self.connection.get() {
            Some(connection) if connection.hello.initialized() => None,
            Some(connection) => Some(connection.no_server()),
            None => Some(connection::unavailable(&self.place, "its name is not resolved yet")),
        }
    }
}

#[async_trait]
impl Organizations for MongoStore {
    fn collection_of(&self, name: &OrganizationName) -> CollectionName {
        name.collection(self.options.database.as_str())
    }

    async fn create(&self, new: &NewOrganization, audit: AuditEntry) -> Result<Organization> {
        Box::pin(protocol::create(self.writable_as(&audit).await?, new, None, &audit)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        let connection = self.connection().await?;
        let found = page::find(connection, lookup).await?;
        let is_to_recover = |found: &&Organization| !self.only_looks && found.state.has_operation();
        let Some(busy) = found.as_ref().filter(is_to_recover) else {
            return Ok(found);
        };
        match protocol::recover_if_over(connection, busy.id).await {
            Ok(true) => page::find(connection, lookup).await,
            Ok(false) => Ok(found),
            Err(failure) => {
                tracing::warn!(%failure, organization = %busy.id, "recovery did not end");
                Ok(found)
            }
        }
    }

    async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>> {
        page::deleted_with_name(self.connection().await?, name_key, limit).await
    }

    async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>> {
        page::page(self.connection().await?, query).await
    }

    async fn size(&self, organization: &Organization) -> Result<CollectionSize> {
        stats::size(self.connection().await?, organization).await
    }

    async fn stats(&self, organization: &Organization) -> Result<CollectionStats> {
        stats::stats(self.connection().await?, organization).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        let connection = self.connection().await?;
        let seen = collections::seen_at(connection, name.as_str()).await;
        Ok(seen.map_err(|failure| failure.into_error(connection))? != collections::Seen::Nothing)
    }

    async fn update(&self, request: &UpdateRequest, audit: AuditEntry) -> Result<Organization> {
        Box::pin(protocol::update(self.writable_as(&audit).await?, request, &audit)).await
    }

    async fn delete(&self, request: &DeleteRequest, audit: AuditEntry) -> Result<Deleted> {
        Box::pin(protocol::delete(self.writable_as(&audit).await?, request, &audit)).await
    }

    async fn restore(&self, request: &RestoreRequest, audit: AuditEntry) -> Result<Organization> {
        Box::pin(protocol::restore(self.writable_as(&audit).await?, request, &audit)).await
    }

    async fn purge(&self, request: &PurgeRequest, audit: AuditEntry) -> Result<Purged> {
        Box::pin(protocol::purge(self.writable_as(&audit).await?, request, &audit)).await
    }

    async fn purge_expired(&self, _now: Timestamp, limit: usize) -> Result<usize> {
        Box::pin(protocol::purge_expired(self.writable().await?, limit)).await
    }
}

#[async_trait]
impl Audit for MongoStore {
    async fn record(&self, audit: AuditEntry) -> Result<()> {
        accounts::record(self.writable().await?, &audit).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>> {
        audit::entries(self.connection().await?, query).await
    }
}

#[async_trait]
impl Operators for MongoStore {
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>> {
        operators::list(self.connection().await?, query).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        operators::add(self.writable_as(&audit).await?, new, &audit).await
    }

    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()> {
        operators::remove(self.writable_as(&audit).await?, id, &audit).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        operators::update(self.writable_as(&audit).await?, current, change, &audit).await
    }

    async fn record_operator_writes(&self) -> Result<()> {
        let connection = self.writable().await?;
        let recorded = operators::record_writes(connection).await;
        recorded.map_err(|failure| failure.into_error(connection))
    }
}

#[async_trait]
impl Doctor for MongoStore {
    async fn check(&self, progress: &watch::Sender<Progress>) -> Result<CheckReport> {
        let connection = self.connection().await?;
        let report = Box::pin(doctor::check(connection, progress)).await;
        report.map_err(|failure| failure.into_error(connection))
    }

    async fn repair(&self, finding: &Finding, audit: AuditEntry) -> Result<RepairOutcome> {
        let connection = self.writable_as(&audit).await?;
        let repaired = Box::pin(doctor::repair(connection, finding, &audit)).await;
        repaired.map_err(|failure| failure.into_error(connection))
    }

    async fn check_collection(&self, id: OrganizationId) -> Result<Option<Finding>> {
        let connection = self.connection().await?;
        let checked = Box::pin(doctor::check_collection(connection, id)).await;
        checked.map_err(|failure| failure.into_error(connection))
    }

    async fn recover_now(&self, id: OrganizationId) -> Result<()> {
        let connection = self.writable().await?;
        match Box::pin(protocol::recover_now(connection, id)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::StoreUnusable(
                "The record of this organization lacks data to finish its operation or to roll it back; \
                 restore it from a backup."
                    .to_owned(),
            )),
            // Another process was faster, and recovers or has recovered it.
            Err(Failure::Lost) => match page::find(connection, &Lookup::Id(id)).await? {
                Some(found) if found.state.has_operation() => Err(Error::Busy(found.state)),
                Some(_) | None => Ok(()),
            },
            Err(failure) => Err(failure.into_error(connection)),
        }
    }

    async fn recover(&self) -> Result<usize> {
        let connection = self.writable().await?;
        let recovered = async {
            operators::record_writes(connection).await?;
            Box::pin(protocol::recover_all(connection)).await
        };
        recovered.await.map_err(|failure| failure.into_error(connection))
    }
}
