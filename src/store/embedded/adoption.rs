//! The earlier service kept its data in MongoDB only.

use super::EmbeddedStore;
use crate::domain::{AdoptionProgress, AdoptionReport, AuditEntry, Resolution};
use crate::port::{Adoption, Result, nothing_to_adopt};
use async_trait::async_trait;
use tokio::sync::watch;

#[async_trait]
impl Adoption for EmbeddedStore {
    async fn adoption(
        &self,
        _resolutions: &[Resolution],
        _progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        Err(nothing_to_adopt())
    }

    async fn adopt(
        &self,
        _resolutions: &[Resolution],
        _audit: AuditEntry,
        _progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport> {
        Err(nothing_to_adopt())
    }
}
