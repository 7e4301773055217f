//! Adopting what an earlier service left in the database.

use super::access::UseCase;
use super::writes::Writer;
use super::{Error, Result, StoreKind, TenantService};
use crate::domain::{AccessToken, AdoptionProgress, AdoptionReport, AuditAction, Principal, Resolution};
use crate::port::nothing_to_adopt;
use tokio::sync::watch;

impl TenantService {
    /// What an adoption would do. Writes nothing. On a store without a first operator it needs no session: nobody could
    /// have one.
    ///
    /// # Errors
    /// [`Error::NotAdoptable`], [`Error::Unauthenticated`], [`Error::Forbidden`], those of the session, and the store's.
    pub async fn preview_adoption(
        &self,
        token: Option<&AccessToken>,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        if self.is_initialized().await? {
            self.as_adopter(token.ok_or(Error::Unauthenticated)?).await?;
        }
        self.store.adoption(resolutions, progress).await
    }

    /// Adopts every sound organization and each one that was decided about. Each is adopted completely or not at all;
    /// a repeat goes on where an earlier run stopped. Stops between two organizations when the receiver of the progress
    /// is dropped.
    ///
    /// # Errors
    /// [`Error::NotAdoptable`] before anything is written, [`Error::NotInitialized`], [`Error::Forbidden`], those of the
    /// session, and the store's.
    pub async fn adopt(
        &self,
        token: &AccessToken,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        let (token, resolutions, progress) = (token.clone(), resolutions.to_vec(), progress.clone());
        self.write(|writer| async move { writer.adopt(&token, &resolutions, &progress).await }).await
    }

    /// Refuses the store that no earlier service wrote, for a face that has not asked for a session yet.
    ///
    /// # Errors
    /// [`Error::NotAdoptable`].
    pub fn check_adoptable(&self) -> Result<()> {
        if self.place().kind == StoreKind::Embedded { Err(nothing_to_adopt()) } else { Ok(()) }
    }

    async fn as_adopter(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        match self.scope(UseCase::Adopt, &principal)? {
            super::Scope::All => Ok(principal),
            super::Scope::Only(_) => Err(Error::Forbidden),
        }
    }
}

impl Writer {
    async fn adopt(
        &self,
        token: &AccessToken,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        let principal = self.as_adopter(token).await?;
        let pattern = self.audit_by(&principal, AuditAction::OrganizationAdopt);
        self.store.adopt(resolutions, pattern, progress).await
    }
}
