//! The doctor of the file: checks that the file is intact and that its rows agree.
//!
//! One transaction writes every operation, and the tables' keys keep names, emails and collections unique; so any
//! finding was caused by another program or a broken disk. No operation is ever interrupted, and a collection itself
//! names its organization: only a broken record breaks I5, and nothing breaks I6. The key in a record is what reserves
//! a name or an email.

mod check;
mod repair;

use super::{EmbeddedStore, archives};
use crate::domain::{AuditEntry, CheckReport, Finding, OrganizationId, Progress, RepairOutcome};
use crate::port::{Doctor, Result};
use async_trait::async_trait;
use tokio::sync::watch;

#[async_trait]
impl Doctor for EmbeddedStore {
    async fn check(&self, progress: &watch::Sender<Progress>) -> Result<CheckReport> {
        let _alone = self.checking.lock().await;
        let (path, database, progress) = (self.path.clone(), self.database.clone(), progress.clone());
        self.read(move |db| check::check(db, &path, &database, &progress)).await
    }

    async fn repair(&self, finding: &Finding, audit: AuditEntry) -> Result<RepairOutcome> {
        let (finding, database) = (finding.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| repair::repair(tx, &finding, &audit, &database)).await
    }

    async fn check_collection(&self, id: OrganizationId) -> Result<Option<Finding>> {
        let database = self.database.clone();
        self.read(move |db| check::check_collection(db, id, &database)).await
    }

    /// An organization is never seen before its operation is complete.
    async fn recover_now(&self, _id: OrganizationId) -> Result<()> {
        Ok(())
    }

    /// What an import left whose process was killed.
    async fn recover(&self) -> Result<usize> {
        let is_over = self.read(|db| Ok(archives::has_leftovers(db)?)).await?;
        if is_over { self.write(|tx| Ok(archives::remove_leftovers(tx)?)).await } else { Ok(0) }
    }
}
