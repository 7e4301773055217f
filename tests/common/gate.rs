//! A store that can be cut off, whose pages and writes can be held, and that can hold very many organizations.

use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenantry::domain::document::{OwnedValue, Query, RawDocumentBuf};
use tenantry::domain::throttle::Place;
use tenantry::domain::{
    Account, AccountId, AuditEntry, CheckReport, Claims, CollectionMetadata, CollectionName, CollectionSize,
    CollectionStats, Finding, OperationId, Organization, OrganizationId, OrganizationName, Progress,
    RepairOutcome,
};
use tenantry::port::{
    AccountChange, AccountRecord, Accounts, Archives, Audit, AuditPosition, AuditQuery, Changes,
    ChangesQuery, DeleteRequest, Deleted, Doctor, DocumentBatches, DocumentQuery, DocumentWrite, Documents,
    Error, Feed, Lookup, NewAccount, NewOrganization, OperatorQuery, Operators, OrganizationQuery,
    Organizations, Page, PlaceAnswer, Position, PurgeRequest, Purged, RestoreRequest, Result, SessionState,
    SignInDone, Store, StoreLocation, Turn, UpdateRequest,
};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// The store with its switches.
#[derive(Debug)]
pub(crate) struct Gate {
    inner: Arc<dyn Store>,
    pub(crate) is_down: AtomicBool,
    /// While set, each page waits for a permit.
    pub(crate) holds_pages: AtomicBool,
    /// While set, each write waits for a permit.
    pub(crate) holds_writes: AtomicBool,
    /// While set, each reading of a size waits for a permit.
    pub(crate) holds_sizes: AtomicBool,
    /// While set, each call that writes waits for a permit.
    pub(crate) holds_every_write: AtomicBool,
    pub(crate) permits: Semaphore,
    /// How many wait for a permit.
    pub(crate) waiting: AtomicUsize,
    /// The calls that wrote, in their order.
    pub(crate) written: Mutex<Vec<&'static str>>,
    pub(crate) pages: AtomicUsize,
    /// How often it was asked what changed.
    pub(crate) looks: AtomicUsize,
    /// Organizations whose size was read.
    pub(crate) sizes: AtomicUsize,
    pub(crate) revoked: Mutex<Vec<Uuid>>,
    pub(crate) many: Mutex<Vec<Arc<Organization>>>,
    /// What it cannot promise.
    pub(crate) warnings: Mutex<Vec<String>>,
}

/// Turns a switch.
pub(crate) fn set(switch: &AtomicBool, on: bool) {
    switch.store(on, Ordering::SeqCst);
}

impl Gate {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            is_down: AtomicBool::new(false),
            holds_pages: AtomicBool::new(false),
            holds_writes: AtomicBool::new(false),
            holds_sizes: AtomicBool::new(false),
            holds_every_write: AtomicBool::new(false),
            permits: Semaphore::new(0),
            waiting: AtomicUsize::new(0),
            written: Mutex::default(),
            pages: AtomicUsize::new(0),
            looks: AtomicUsize::new(0),
            sizes: AtomicUsize::new(0),
            revoked: Mutex::new(Vec::new()),
            many: Mutex::new(Vec::new()),
            warnings: Mutex::new(Vec::new()),
        }
    }

    fn answers(&self, operation: Option<OperationId>) -> Result<()> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Error::Unavailable { place: self.inner.place().host.clone(), operation });
        }
        Ok(())
    }

    /// Makes a call that writes, and notes it when it has ended.
    async fn writing<T>(
        &self,
        call: &'static str,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        self.wait(&self.holds_every_write).await;
        let result = write.await;
        self.written.lock().unwrap().push(call);
        result
    }

    async fn wait(&self, holds: &AtomicBool) {
        if holds.load(Ordering::SeqCst) {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            self.permits.acquire().await.unwrap().forget();
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

#[async_trait]
impl Store for Gate {
    fn place(&self) -> &StoreLocation {
        self.inner.place()
    }

    async fn store_id(&self) -> Result<Option<Uuid>> {
        self.answers(None)?;
        self.inner.store_id().await
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        self.answers(None)?;
        self.writing("initialize", self.inner.initialize(store_id, first, audit)).await
    }

    async fn warnings(&self) -> Result<Vec<String>> {
        self.answers(None)?;
        Ok(self.warnings.lock().unwrap().clone())
    }
}

#[async_trait]
impl Feed for Gate {
    async fn changes(&self, query: &ChangesQuery) -> Result<Changes> {
        self.answers(None)?;
        self.looks.fetch_add(1, Ordering::SeqCst);
        self.inner.changes(query).await
    }
}

#[async_trait]
impl Accounts for Gate {
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        self.answers(None)?;
        self.inner.session_state(claims, now).await
    }

    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer> {
        self.answers(None)?;
        self.writing("take_place", self.inner.take_place(place, now)).await
    }

    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()> {
        self.writing("try_failed", self.inner.try_failed(place, audit)).await
    }

    async fn give_back(&self, place: &Place, clears: bool) -> Result<()> {
        self.writing("give_back", self.inner.give_back(place, clears)).await
    }

    async fn turn(&self, now: Timestamp) -> Result<Turn> {
        self.answers(None)?;
        self.writing("turn", self.inner.turn(now)).await
    }

    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.answers(None)?;
        self.writing("count_registration", self.inner.count_registration(now)).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        self.answers(None)?;
        self.inner.account_by_email(email_key).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.answers(None)?;
        self.inner.account(id).await
    }

    async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
        self.answers(None)?;
        self.inner.last_sign_ins(ids).await
    }

    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()> {
        self.answers(None)?;
        self.writing("signed_in", self.inner.signed_in(done, audit)).await
    }

    async fn key_check(&self) -> Result<Option<String>> {
        self.answers(None)?;
        self.inner.key_check().await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        self.writing("forget_tries", self.inner.forget_tries(email_key)).await
    }

    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.answers(None)?;
        self.revoked.lock().unwrap().push(session);
        self.writing("revoke", self.inner.revoke(session, until, audit)).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.answers(None)?;
        self.writing("revoke_all", self.inner.revoke_all(account, audit)).await
    }
}

#[async_trait]
impl Organizations for Gate {
    fn collection_of(&self, name: &OrganizationName) -> CollectionName {
        self.inner.collection_of(name)
    }

    async fn create(&self, new: &NewOrganization, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("create", self.inner.create(new, audit)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        self.answers(None)?;
        self.inner.find(lookup).await
    }

    async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>> {
        self.answers(None)?;
        self.inner.deleted_with_name(name_key, limit).await
    }

    async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.wait(&self.holds_pages).await;
        self.answers(None)?;
        let many = self.many.lock().unwrap().clone();
        if many.is_empty() {
            return self.inner.page(query).await;
        }
        let first = match &query.after {
            Some(Position::Name(key, _)) => many.partition_point(|row| row.name_key <= *key),
            Some(Position::Time(..)) | None => 0,
        };
        let position = |row: &Arc<Organization>| Some(query.position_of(row));
        let page = Page::of(&many[first..], false, query.limit, position, |row| Some(Arc::clone(row)));
        Ok(page.unwrap())
    }

    async fn size(&self, organization: &Organization) -> Result<CollectionSize> {
        self.sizes.fetch_add(1, Ordering::SeqCst);
        self.wait(&self.holds_sizes).await;
        self.answers(None)?;
        self.inner.size(organization).await
    }

    async fn stats(&self, organization: &Organization) -> Result<CollectionStats> {
        self.answers(None)?;
        self.inner.stats(organization).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        self.answers(None)?;
        self.inner.has_collection(name).await
    }

    async fn update(&self, request: &UpdateRequest, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("update", self.inner.update(request, audit)).await
    }

    async fn delete(&self, request: &DeleteRequest, audit: AuditEntry) -> Result<Deleted> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("delete", self.inner.delete(request, audit)).await
    }

    async fn restore(&self, request: &RestoreRequest, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("restore", self.inner.restore(request, audit)).await
    }

    async fn purge(&self, request: &PurgeRequest, audit: AuditEntry) -> Result<Purged> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("purge", self.inner.purge(request, audit)).await
    }

    async fn purge_expired(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.answers(None)?;
        self.writing("purge_expired", self.inner.purge_expired(now, limit)).await
    }
}

#[async_trait]
impl Archives for Gate {
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata> {
        self.answers(None)?;
        self.inner.collection_metadata(organization).await
    }

    async fn import_organization(
        &self,
        new: &NewOrganization,
        metadata: &CollectionMetadata,
        documents: &mut dyn DocumentBatches,
        audit: AuditEntry,
    ) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("import", self.inner.import_organization(new, metadata, documents, audit)).await
    }
}

#[async_trait]
impl Documents for Gate {
    async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        self.wait(&self.holds_pages).await;
        self.answers(None)?;
        self.inner.documents(organization, query).await
    }

    async fn document(&self, organization: &Organization, id: &OwnedValue) -> Result<Option<RawDocumentBuf>> {
        self.answers(None)?;
        self.inner.document(organization, id).await
    }

    async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64> {
        self.answers(None)?;
        self.inner.count_documents(organization, filter, time).await
    }

    async fn insert_documents(
        &self,
        organization: &Organization,
        documents: &[RawDocumentBuf],
        audit: AuditEntry,
    ) -> Result<Vec<Result<()>>> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        let inserted = self.inner.insert_documents(organization, documents, audit);
        self.writing("insert_documents", inserted).await
    }

    async fn write_document(
        &self,
        organization: &Organization,
        write: &DocumentWrite,
        audit: AuditEntry,
    ) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("write_document", self.inner.write_document(organization, write, audit)).await
    }
}

#[async_trait]
impl Audit for Gate {
    async fn record(&self, audit: AuditEntry) -> Result<()> {
        self.writing("record", self.inner.record(audit)).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>> {
        self.answers(None)?;
        self.inner.audit(query).await
    }
}

#[async_trait]
impl Operators for Gate {
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>> {
        self.answers(None)?;
        self.inner.operators(query).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("add_operator", self.inner.add_operator(new, audit)).await
    }

    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("remove_operator", self.inner.remove_operator(id, audit)).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("update_operator", self.inner.update_operator(current, change, audit)).await
    }
    async fn record_operator_writes(&self) -> Result<()> {
        self.answers(None)?;
        self.writing("record_operator_writes", self.inner.record_operator_writes()).await
    }
}

#[async_trait]
impl Doctor for Gate {
    async fn check(&self, progress: &watch::Sender<Progress>) -> Result<CheckReport> {
        if self.holds_pages.load(Ordering::SeqCst) {
            progress.send_replace(Progress { organizations: 1_000, collections: 4_215, findings: 2 });
        }
        self.wait(&self.holds_pages).await;
        self.answers(None)?;
        self.inner.check(progress).await
    }

    async fn repair(&self, finding: &Finding, audit: AuditEntry) -> Result<RepairOutcome> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("repair", self.inner.repair(finding, audit)).await
    }

    async fn check_collection(&self, id: OrganizationId) -> Result<Option<Finding>> {
        self.answers(None)?;
        self.inner.check_collection(id).await
    }

    async fn recover_now(&self, id: OrganizationId) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("recover_now", self.inner.recover_now(id)).await
    }

    async fn recover(&self) -> Result<usize> {
        self.answers(None)?;
        self.writing("recover", self.inner.recover()).await
    }
}
