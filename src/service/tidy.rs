//! Maintenance that each process does after its own work: it recovers abandoned operations and purges deleted
//! organizations that are due.

use super::writes::Writer;
use super::{Result, TenantService};
use crate::domain::{AccessToken, Role};

/// Due organizations that one process purges at most.
const PURGED: usize = 10;

impl TenantService {
    /// Recovers operations whose lease is over and, in an operator's session, purges due organizations. Runs after the
    /// command or the first frame. A failure is logged, and the next process retries.
    pub async fn tidy(&self, token: Option<&AccessToken>) {
        let token = token.cloned();
        // Failures are logged where they happen.
        let _ = self.write(|writer| async move { writer.tidy_now(token.as_ref()).await }).await;
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
        if let Err(error) = self.store.recover().await {
            tracing::info!(%error, "recovery stopped");
        }
        let Some(token) = token else { return Ok(()) };
        let is_operator =
            self.authenticate(token).await.is_ok_and(|principal| principal.role == Role::Operator);
        if is_operator && let Err(error) = self.store.purge_expired(self.now(), PURGED).await {
            tracing::info!(%error, "the purge of expired organizations stopped");
        }
        Ok(())
    }
}
