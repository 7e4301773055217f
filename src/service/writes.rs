//! Writes, each in a task of its own that continues when its caller stops waiting.
//!
//! A caller may drop a call wherever it waits: at Ctrl-C, after its time-out, when a client disconnects. A write that
//! stopped there, between two calls of the store, would be half a write. So only a [`Writer`] can ask the store to
//! write, and only [`TenantService::write`] creates one, in a task that no caller can drop. Such a task only ends
//! early with its process; recovery handles what it leaves.

use super::{Error, Result, TenantService};
use crate::domain::document::{OwnedValue, Query, RawDocumentBuf};
use crate::domain::{
    Account, AccountId, AdoptionProgress, AdoptionReport, AuditEntry, CheckReport, Claims,
    CollectionMetadata, CollectionName, CollectionSize, CollectionStats, Organization, OrganizationName,
    Progress, Resolution,
};
use crate::port::{
    AccountRecord, AuditPosition, AuditQuery, Changes, ChangesQuery, DocumentQuery, Lookup, OperatorQuery,
    OrganizationQuery, Page, Position, SessionState, Store, StoreLocation,
};
use jiff::Timestamp;
use std::collections::HashMap;
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{RwLock, watch};
use tracing::Instrument;
use uuid::Uuid;

/// The service inside a write: all of it, and the writing part of the store.
#[derive(Debug)]
pub(super) struct Writer {
    service: TenantService,
    pub(super) store: Arc<dyn Store>,
}

impl Deref for Writer {
    type Target = TenantService;

    fn deref(&self) -> &TenantService {
        &self.service
    }
}

/// The running writes: each holds a read lock; [`TenantService::writes_end`] takes the write lock to wait for them.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<RwLock<()>>);

impl TenantService {
    /// Runs a write in its own task and waits for it. Dropping this future leaves the task running.
    ///
    /// # Errors
    /// Those of the write, and [`Error::Internal`] when it panicked.
    pub(super) async fn write<T, F>(&self, work: impl FnOnce(Writer) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let running = Arc::clone(&self.running.0).read_owned().await;
        let work = work(Writer { service: self.clone(), store: Arc::clone(&self.store.0) });
        let task = async move {
            let result = work.await;
            drop(running);
            result
        };
        tokio::spawn(task.in_current_span()).await.map_err(|error| Error::internal(&error))?
    }

    /// Waits until no write is running. A write that is requested meanwhile starts afterwards.
    pub async fn writes_end(&self) {
        drop(self.running.0.write().await);
    }
}

/// The store without its writes.
#[derive(Debug, Clone)]
pub(super) struct ReadStore(Arc<dyn Store>);

impl ReadStore {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    pub(super) fn place(&self) -> &StoreLocation {
        self.0.place()
    }

    pub(super) fn unreached(&self) -> Option<Error> {
        self.0.unreached()
    }

    pub(super) fn collection_of(&self, name: &OrganizationName) -> CollectionName {
        self.0.collection_of(name)
    }

    pub(super) async fn store_id(&self) -> Result<Option<Uuid>> {
        self.0.store_id().await
    }

    pub(super) async fn warnings(&self) -> Result<Vec<String>> {
        self.0.warnings().await
    }

    pub(super) async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        self.0.session_state(claims, now).await
    }

    pub(super) async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        self.0.account_by_email(email_key).await
    }

    pub(super) async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.0.account(id).await
    }

    pub(super) async fn key_check(&self) -> Result<Option<String>> {
        self.0.key_check().await
    }

    pub(super) async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        self.0.find(lookup).await
    }

    pub(super) async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>> {
        self.0.deleted_with_name(name_key, limit).await
    }

    pub(super) async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>> {
        self.0.page(query).await
    }

    pub(super) async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
        self.0.last_sign_ins(ids).await
    }

    pub(super) async fn size(&self, organization: &Organization) -> Result<CollectionSize> {
        self.0.size(organization).await
    }

    pub(super) async fn stats(&self, organization: &Organization) -> Result<CollectionStats> {
        self.0.stats(organization).await
    }

    pub(super) async fn collection_metadata(
        &self,
        organization: &Organization,
    ) -> Result<CollectionMetadata> {
        self.0.collection_metadata(organization).await
    }

    pub(super) async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        self.0.documents(organization, query).await
    }

    pub(super) async fn document(
        &self,
        organization: &Organization,
        id: &OwnedValue,
    ) -> Result<Option<RawDocumentBuf>> {
        self.0.document(organization, id).await
    }

    pub(super) async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64> {
        self.0.count_documents(organization, filter, time).await
    }

    pub(super) async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        self.0.has_collection(name).await
    }

    pub(super) async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>> {
        self.0.operators(query).await
    }

    pub(super) async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>> {
        self.0.audit(query).await
    }

    pub(super) async fn changes(&self, query: &ChangesQuery) -> Result<Changes> {
        self.0.changes(query).await
    }

    pub(super) async fn adoption(
        &self,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        self.0.adoption(resolutions, progress).await
    }

    pub(super) async fn check(&self, progress: &watch::Sender<Progress>) -> Result<CheckReport> {
        self.0.check(progress).await
    }
}
