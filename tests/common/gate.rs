//! A store that can be cut off, whose pages and writes can be held, and that can hold very many organizations.

use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tenantry::domain::{
    Account, AccountId, Claims, CollectionName, Examination, Figures, Finding, Mended, Organization,
    OrganizationChange, OrganizationId, Progress,
};
use tenantry::service::store::{
    AccountChange, AccountRecord, AuditEntry, AuditQuery, Lookup, NewAccount, NewOrganization, OperatorQuery,
    PageQuery, Place, Position, Rehash, SessionState, SignInTry, Store,
};
use tenantry::service::{Error, OperationId, Result};
use tenantry::store::embedded::EmbeddedStore;
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// The store with its switches.
#[derive(Debug)]
pub(crate) struct Gate {
    inner: Arc<EmbeddedStore>,
    pub(crate) is_down: AtomicBool,
    /// While set, each page waits for a permit.
    pub(crate) holds_pages: AtomicBool,
    /// While set, each write waits for a permit.
    pub(crate) holds_writes: AtomicBool,
    pub(crate) permits: Semaphore,
    pub(crate) pages: AtomicUsize,
    pub(crate) revoked: Mutex<Vec<Uuid>>,
    pub(crate) many: Mutex<Vec<Arc<Organization>>>,
}

/// Turns a switch.
pub(crate) fn set(switch: &AtomicBool, on: bool) {
    switch.store(on, Ordering::SeqCst);
}

impl Gate {
    pub(crate) fn new(inner: Arc<EmbeddedStore>) -> Self {
        Self {
            inner,
            is_down: AtomicBool::new(false),
            holds_pages: AtomicBool::new(false),
            holds_writes: AtomicBool::new(false),
            permits: Semaphore::new(0),
            pages: AtomicUsize::new(0),
            revoked: Mutex::new(Vec::new()),
            many: Mutex::new(Vec::new()),
        }
    }

    fn check(&self, operation: Option<OperationId>) -> Result<()> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Error::Unavailable { place: self.inner.place().host.clone(), operation });
        }
        Ok(())
    }

    async fn wait(&self, holds: &AtomicBool) {
        if holds.load(Ordering::SeqCst) {
            self.permits.acquire().await.unwrap().forget();
        }
    }
}

#[async_trait]
impl Store for Gate {
    fn place(&self) -> &Place {
        self.inner.place()
    }

    async fn store_id(&self) -> Result<Option<Uuid>> {
        self.check(None)?;
        self.inner.store_id().await
    }

    async fn initialize(&self, store_id: Uuid, first: &NewAccount, audit: AuditEntry) -> Result<()> {
        self.check(None)?;
        self.inner.initialize(store_id, first, audit).await
    }

    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        self.check(None)?;
        self.inner.session_state(claims, now).await
    }

    async fn try_sign_in(&self, email_key: &str, now: Timestamp) -> Result<SignInTry> {
        self.check(None)?;
        self.inner.try_sign_in(email_key, now).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        self.check(None)?;
        self.inner.account_by_email(email_key).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.check(None)?;
        self.inner.account(id).await
    }

    async fn signed_in(&self, email_key: &str, rehash: Option<Rehash>, audit: AuditEntry) -> Result<()> {
        self.check(None)?;
        self.inner.signed_in(email_key, rehash, audit).await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        self.inner.forget_tries(email_key).await
    }

    async fn record(&self, audit: AuditEntry) -> Result<()> {
        self.inner.record(audit).await
    }

    async fn revoke(&self, jti: Uuid, expires_at: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.check(None)?;
        self.revoked.lock().unwrap().push(jti);
        self.inner.revoke(jti, expires_at, audit).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.check(None)?;
        self.inner.revoke_all(account, audit).await
    }

    async fn create(
        &self,
        new: &NewOrganization,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.check(Some(operation))?;
        self.inner.create(new, operation, audit).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        self.check(None)?;
        self.inner.find(lookup).await
    }

    async fn page(&self, query: &PageQuery) -> Result<Vec<Arc<Organization>>> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.wait(&self.holds_pages).await;
        self.check(None)?;
        let many = self.many.lock().unwrap().clone();
        if many.is_empty() {
            return self.inner.page(query).await;
        }
        let first = match &query.after {
            Some(Position::Name(key, _)) => many.partition_point(|row| row.name_key <= *key),
            Some(Position::Time(..)) | None => 0,
        };
        Ok(many.into_iter().skip(first).take(query.limit).collect())
    }

    async fn figures(&self, organization: &Organization) -> Result<Figures> {
        self.check(None)?;
        self.inner.figures(organization).await
    }

    async fn update(
        &self,
        current: &Organization,
        admin: &Account,
        change: &OrganizationChange,
        operation: OperationId,
        audit: AuditEntry,
    ) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.check(Some(operation))?;
        self.inner.update(current, admin, change, operation, audit).await
    }

    async fn delete(&self, current: &Organization, operation: OperationId, audit: AuditEntry) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.check(Some(operation))?;
        self.inner.delete(current, operation, audit).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        self.check(None)?;
        self.inner.audit(query).await
    }

    async fn operators(&self, query: &OperatorQuery) -> Result<Vec<Account>> {
        self.check(None)?;
        self.inner.operators(query).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.check(None)?;
        self.inner.add_operator(new, audit).await
    }

    async fn remove_operator(&self, current: &Account, audit: AuditEntry) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.check(None)?;
        self.inner.remove_operator(current, audit).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        self.wait(&self.holds_writes).await;
        self.check(None)?;
        self.inner.update_operator(current, change, audit).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        self.check(None)?;
        self.inner.has_collection(name).await
    }

    async fn examine(&self, progress: &watch::Sender<Progress>) -> Result<Examination> {
        if self.holds_pages.load(Ordering::SeqCst) {
            progress.send_replace(Progress { organizations: 1_000, collections: 4_215, findings: 2 });
        }
        self.wait(&self.holds_pages).await;
        self.check(None)?;
        self.inner.examine(progress).await
    }

    async fn mend(&self, finding: &Finding, audit: AuditEntry) -> Result<Mended> {
        self.wait(&self.holds_writes).await;
        self.check(None)?;
        self.inner.mend(finding, audit).await
    }

    async fn end_operation(&self, id: OrganizationId) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.check(None)?;
        self.inner.end_operation(id).await
    }
}
