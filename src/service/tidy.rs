//! Maintenance that each process does after its own work: it recovers abandoned operations and purges deleted
//! organizations that are due.

use super::writes::Writer;
use super::{Result, TenantService};
use crate::domain::{AccessToken, Role};

/// Due organizations that are purged at once.
const PURGED: usize = 10;

impl TenantService {
    /// Recovers operations whose lease is over and, in an operator's session, purges due organizations. Runs after the
    /// command or the first frame. A failure is logged, and the next process retries.
    pub async fn tidy(&self, token: Option<&AccessToken>) {
        let token = token.cloned();
        // Failures are logged where they happen.
        let _ = self.write(|writer| async move { writer.tidy_now(token.as_ref()).await }).await;
    }

    /// Purges some of the due organizations and returns how many. A server calls it; it needs no session.
    /// A failure is logged, and the next time retries.
    pub async fn purge_due(&self) -> usize {
        let purged = self.write(|writer| async move { Ok(writer.purge_due().await) });
        // Failures are logged where they happen.
        purged.await.unwrap_or_default()
    }

    /// What this store cannot promise, in sentences.
    ///
    /// # Errors
    /// The store's.
    pub async fn store_warnings(&self) -> Result<Vec<String>> {
        self.store.warnings().await
    }
}

impl Writer {
    async fn tidy_now(&self, token: Option<&AccessToken>) -> Result<()> {
        self.recover_abandoned().await;
        let Some(token) = token else { return Ok(()) };
        let is_operator =
            self.authenticate(token).await.is_ok_and(|principal| principal.role == Role::Operator);
        if is_operator {
            self.purge_due().await;
        }
        Ok(())
    }

    async fn recover_abandoned(&self) {
        if let Err(error) = self.store.recover().await {
            tracing::info!(%error, "recovery stopped");
        }
    }

    /// Purges some of what is due; answers how many.
    async fn purge_due(&self) -> usize {
        let purged = self.store.purge_expired(self.now(), PURGED).await;
        purged.unwrap_or_else(|error| {
            tracing::info!(%error, "the purge of expired organizations stopped");
            0
        })
    }
}
