//! A store that can be cut off, whose pages and writes can be held, and that can hold very many organizations.

mod accounts;
mod documents;
mod organizations;

use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tenantry::domain::{
    AdoptionProgress, AdoptionReport, AuditEntry, CheckReport, Finding, OperationId, Organization,
    OrganizationId, Progress, RepairOutcome, Resolution,
};
use tenantry::port::{
    Adoption, Changes, ChangesQuery, Doctor, Error, Feed, NewAccount, Result, Store, StoreLocation,
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
impl Adoption for Gate {
    async fn adoption(
        &self,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        self.answers(None)?;
        self.inner.adoption(resolutions, progress).await
    }

    async fn adopt(
        &self,
        resolutions: &[Resolution],
        audit: AuditEntry,
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        self.answers(None)?;
        self.writing("adopt", self.inner.adopt(resolutions, audit, progress)).await
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
