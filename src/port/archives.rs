//! What the service needs of a store for the export of an organization. The documents are read as any others
//! ([`super::Documents`]).

use super::Result;
use crate::domain::{CollectionMetadata, Organization};
use async_trait::async_trait;
use std::fmt::Debug;

/// What belongs to an archive besides documents.
#[async_trait]
pub trait Archives: Send + Sync + Debug {
    /// Options and indexes of an organization's collection.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`]. [`super::Error::NotExportable`] for a view, a time series or a clustered
    /// collection, which an import could not bring back.
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata>;
}
