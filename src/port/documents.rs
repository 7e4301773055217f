//! What the service needs of a store for the documents in an organization's collection.
//!
//! Every call is bound to the organization's own collection: where that is gone, or another one has its name, it is
//! [`super::Error::CollectionMissing`] and nothing is read or written. The marker that tenantry keeps in a collection is
//! no document.

use super::{Page, Result};
use crate::domain::document::{OwnedValue, Query, RawDocumentBuf, Sort};
use crate::domain::{AuditEntry, Organization};
use async_trait::async_trait;
use std::fmt::Debug;
use std::time::Duration;

/// Bytes after which a page ends, so that it needs little memory however big the documents are; its first document is
/// always read.
pub const PAGE_BYTES: usize = 16 << 20;

/// Which documents, ordered by `_id` unless another order is requested.
#[derive(Debug, Clone)]
pub struct DocumentQuery {
    /// Only documents that it finds.
    pub filter: Query,
    /// Another order, with ties broken by `_id`; such a page is the only one.
    pub sort: Option<Sort>,
    /// From the greatest `_id` to the least. Only without `sort`, which has a direction of its own.
    pub reverse: bool,
    /// Only documents behind this `_id`, in the direction of the page.
    pub after: Option<OwnedValue>,
    /// Documents at most, 1 or more.
    pub limit: usize,
    /// How long the search may take.
    pub time: Duration,
}

/// A write to one document.
#[derive(Debug, Clone)]
pub struct DocumentWrite {
    /// The document as the caller read it: other bytes are [`super::Error::DocumentChanged`].
    pub seen: RawDocumentBuf,
    /// What replaces it, with the same `_id` first; `None` deletes it.
    pub new: Option<RawDocumentBuf>,
}

/// The documents of organizations.
#[async_trait]
pub trait Documents: Send + Sync + Debug {
    /// A page of documents. It ends early at [`PAGE_BYTES`]; of a sorted page, `next` tells only that.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`], [`super::Error::QueryTimedOut`].
    async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>>;

    /// The document with this `_id`.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`].
    async fn document(&self, organization: &Organization, id: &OwnedValue) -> Result<Option<RawDocumentBuf>>;

    /// How many documents a query finds.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`], [`super::Error::QueryTimedOut`].
    async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64>;

    /// Inserts documents, each with its `_id` first: at most 1,000, of 16 MiB together unless it is one. The outcomes
    /// are in their order; after a refused document the others are still inserted.
    ///
    /// # Errors
    /// [`super::Error::CollectionMissing`]: nothing is inserted. Of one document: [`super::Error::DocumentExists`],
    /// [`super::Error::InvalidDocument`] when a rule of the collection refuses it.
    async fn insert_documents(
        &self,
        organization: &Organization,
        documents: &[RawDocumentBuf],
        audit: AuditEntry,
    ) -> Result<Vec<Result<()>>>;

    /// Replaces or deletes a document if it is, byte by byte, still what was read.
    ///
    /// # Errors
    /// [`super::Error::DocumentChanged`], [`super::Error::DocumentNotFound`], [`super::Error::CollectionMissing`],
    /// [`super::Error::InvalidDocument`] when a rule of the collection refuses it; nothing is changed.
    async fn write_document(
        &self,
        organization: &Organization,
        write: &DocumentWrite,
        audit: AuditEntry,
    ) -> Result<()>;
}
