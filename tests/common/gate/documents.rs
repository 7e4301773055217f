//! The part of the gate about documents, exports and imports.

use super::Gate;
use async_trait::async_trait;
use std::time::Duration;
use tenantry::domain::document::{OwnedValue, Query, RawDocumentBuf};
use tenantry::domain::{AuditEntry, CollectionMetadata, OperationId, Organization};
use tenantry::port::{
    Archives, DocumentBatches, DocumentQuery, DocumentWrite, Documents, NewOrganization, Page, Result,
};

#[async_trait]
impl Archives for Gate {
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata> {
        self.answers(None)?;
        self.inner.collection_metadata(organization).await
    }

    async fn import_organization(
        &self,
        new: &NewOrganization,
        metadata: &CollectionMetadata,
        documents: &mut dyn DocumentBatches,
        audit: AuditEntry,
    ) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("import", self.inner.import_organization(new, metadata, documents, audit)).await
    }
}

#[async_trait]
impl Documents for Gate {
    async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        self.wait(&self.holds_pages).await;
        self.answers(None)?;
        self.inner.documents(organization, query).await
    }

    async fn document(&self, organization: &Organization, id: &OwnedValue) -> Result<Option<RawDocumentBuf>> {
        self.answers(None)?;
        self.inner.document(organization, id).await
    }

    async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64> {
        self.answers(None)?;
        self.inner.count_documents(organization, filter, time).await
    }

    async fn insert_documents(
        &self,
        organization: &Organization,
        documents: &[RawDocumentBuf],
        audit: AuditEntry,
    ) -> Result<Vec<Result<()>>> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        let inserted = self.inner.insert_documents(organization, documents, audit);
        self.writing("insert_documents", inserted).await
    }

    async fn write_document(
        &self,
        organization: &Organization,
        write: &DocumentWrite,
        audit: AuditEntry,
    ) -> Result<()> {
        self.wait(&self.holds_writes).await;
        self.answers(None)?;
        self.writing("write_document", self.inner.write_document(organization, write, audit)).await
    }
}
