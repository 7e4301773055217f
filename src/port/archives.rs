//! What the service needs of a store for the export and the import of an organization. The documents of an
//! export are read as any others ([`super::Documents`]).

use super::{NewOrganization, Result};
use crate::domain::document::RawDocumentBuf;
use crate::domain::{AuditEntry, CollectionMetadata, Organization};
use async_trait::async_trait;
use std::fmt::Debug;

/// The documents of a new organization, in batches.
#[async_trait]
pub trait DocumentBatches: Send {
    /// The next batch, at most 1,000 documents of 16 MB together, or one document; `None` at the end.
    ///
    /// # Errors
    /// Any error ends the import, which is rolled back.
    async fn next(&mut self) -> Result<Option<Vec<RawDocumentBuf>>>;
}

/// Organizations that go to an archive or come from one.
#[async_trait]
pub trait Archives: Send + Sync + Debug {
    /// Options and indexes of an organization's collection.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`]. [`super::Error::NotExportable`] for a view, a time series or a clustered
    /// collection, which an import could not bring back.
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata>;

    /// Creates an organization with documents, options and indexes: complete or absent, however long that takes. No one
    /// sees it before it is complete.
    ///
    /// # Errors
    /// Those of [`super::Organizations::create`], those of the batches, and [`super::Error::InvalidArchive`] when an
    /// index, an option or a document is refused. Nothing is left behind.
    async fn import_organization(
        &self,
        new: &NewOrganization,
        metadata: &CollectionMetadata,
        documents: &mut dyn DocumentBatches,
        audit: AuditEntry,
    ) -> Result<Organization>;
}
