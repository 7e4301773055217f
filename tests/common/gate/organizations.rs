//! The part of the gate about organizations.

use super::Gate;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tenantry::domain::{
    AuditEntry, CollectionName, CollectionSize, CollectionStats, OperationId, Organization, OrganizationName,
};
use tenantry::port::{
    DeleteRequest, Deleted, Lookup, NewOrganization, OrganizationQuery, Organizations, Page, Position,
    PurgeRequest, Purged, RestoreRequest, Result, UpdateRequest,
};

#[async_trait]
impl Organizations for Gate {
    fn collection_of(&self, name: &OrganizationName) -> CollectionName {
        self.inner.collection_of(name)
    }

    async fn create(&self, new: &NewOrganization, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("create", self.inner.create(new, audit)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        self.answers(None)?;
        self.inner.find(lookup).await
    }

    async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>> {
        self.answers(None)?;
        self.inner.deleted_with_name(name_key, limit).await
    }

    async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        self.wait(&self.holds_pages).await;
        self.answers(None)?;
        let many = self.many.lock().unwrap().clone();
        if many.is_empty() {
            return self.inner.page(query).await;
        }
        let first = match &query.after {
            Some(Position::Name(key, _)) => many.partition_point(|row| row.name_key <= *key),
            Some(Position::Time(..)) | None => 0,
        };
        let position = |row: &Arc<Organization>| Some(query.position_of(row));
        let page = Page::of(&many[first..], false, query.limit, position, |row| Some(Arc::clone(row)));
        Ok(page.unwrap())
    }

    async fn size(&self, organization: &Organization) -> Result<CollectionSize> {
        self.sizes.fetch_add(1, Ordering::SeqCst);
        self.wait(&self.holds_sizes).await;
        self.answers(None)?;
        self.inner.size(organization).await
    }

    async fn stats(&self, organization: &Organization) -> Result<CollectionStats> {
        self.answers(None)?;
        self.inner.stats(organization).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        self.answers(None)?;
        self.inner.has_collection(name).await
    }

    async fn update(&self, request: &UpdateRequest, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("update", self.inner.update(request, audit)).await
    }

    async fn delete(&self, request: &DeleteRequest, audit: AuditEntry) -> Result<Deleted> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("delete", self.inner.delete(request, audit)).await
    }

    async fn restore(&self, request: &RestoreRequest, audit: AuditEntry) -> Result<Organization> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("restore", self.inner.restore(request, audit)).await
    }

    async fn purge(&self, request: &PurgeRequest, audit: AuditEntry) -> Result<Purged> {
        self.wait(&self.holds_writes).await;
        self.answers(Some(OperationId(audit.id)))?;
        self.writing("purge", self.inner.purge(request, audit)).await
    }

    async fn purge_expired(&self, now: Timestamp, limit: usize) -> Result<usize> {
        self.answers(None)?;
        self.writing("purge_expired", self.inner.purge_expired(now, limit)).await
    }
}
