//! Checking the whole store, repairing findings, and recovering abandoned operations.

use super::Result;
use crate::domain::{AuditEntry, CheckReport, Finding, OrganizationId, Progress, RepairOutcome};
use async_trait::async_trait;
use std::fmt::Debug;
use tokio::sync::watch;

/// Keeps records and collections consistent, beside the operations themselves.
#[async_trait]
pub trait Doctor: Send + Sync + Debug {
    /// Checks everything page by page and reports its progress. Writes nothing, except that it recovers operations
    /// whose lease is over. What changes during the check is read again and not reported.
    async fn check(&self, progress: &watch::Sender<Progress>) -> Result<CheckReport>;

    /// Checks the collection of one organization that has no operation; a collection elsewhere is found by its UUID.
    async fn check_collection(&self, id: OrganizationId) -> Result<Option<Finding>>;

    /// Repairs a finding, if it is still present. One that needs a choice continues with the collection that is there,
    /// or with an empty one. Drops only leftovers of tenantry.
    async fn repair(&self, finding: &Finding, audit: AuditEntry) -> Result<RepairOutcome>;

    /// Recovers the operation on an organization now, whether or not its lease is over: completes it or rolls it back.
    /// Does nothing without an operation.
    ///
    /// # Errors
    /// [`super::Error::Busy`] when another process recovers it.
    async fn recover_now(&self, id: OrganizationId) -> Result<()>;

    /// Recovers operations whose lease is over, a bounded number of them. One that cannot be recovered now does not
    /// stop the others. Returns how many were found.
    async fn recover(&self) -> Result<usize>;
}
