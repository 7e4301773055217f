//! What the service needs of a store to take over what an earlier service left.

use super::{Error, Result};
use crate::domain::{AdoptionProgress, AdoptionReport, AuditEntry, Resolution};
use async_trait::async_trait;
use std::fmt::Debug;
use tokio::sync::watch;

/// Takes over organizations of an earlier service, in place. Documents and indexes of tenants are never touched.
#[async_trait]
pub trait Adoption: Send + Sync + Debug {
    /// What [`Adoption::adopt`] would do. Writes nothing, not even indexes, also on a store without a first operator.
    ///
    /// # Errors
    /// [`Error::NotAdoptable`] when the store cannot hold such records, or when a decision is about a record that does
    /// not exist.
    async fn adoption(
        &self,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport>;

    /// Adopts each sound organization and each one that was decided about, each completely or not at all; a repeat
    /// goes on where an earlier run stopped. `audit` is the pattern of each entry. Stops between two organizations when
    /// the receiver of the progress is dropped.
    ///
    /// # Errors
    /// Those of [`Adoption::adoption`], before anything is written. After an error, earlier adoptions stay.
    async fn adopt(
        &self,
        resolutions: &[Resolution],
        audit: AuditEntry,
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<AdoptionReport>;
}

/// The refusal of a store that no earlier service wrote.
pub fn nothing_to_adopt() -> Error {
    Error::NotAdoptable(
        "The embedded store has nothing to adopt: the earlier service kept its data in MongoDB.".to_owned(),
    )
}
