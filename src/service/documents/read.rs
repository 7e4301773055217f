//! Looking at documents.

use crate::domain::document::id::print_id;
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::{Builder, OwnedValue, Query, QueryError, RawDocumentBuf, Sort, id_of, raw};
use crate::domain::{AccessToken, IndexStats, Organization};
use crate::port::DocumentQuery;
use crate::service::access::UseCase;
use crate::service::{Error, MAX_LIMIT, OrganizationReference, Result, TenantService, cursor};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use std::time::Duration;

/// The requested documents, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentsQuery {
    /// The query, as JSON or in the short form; empty finds all.
    pub filter: String,
    /// Sort by this field instead of `_id`. Such a page is the only one.
    pub sort: Option<String>,
    /// From the greatest to the least.
    pub reverse: bool,
    /// Documents at most, 1 to [`MAX_LIMIT`]; more is cut to that.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// How long the search may take.
    pub time: Duration,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPage {
    /// The organization, as it is.
    pub organization: Organization,
    /// The documents in their order, as they are stored.
    pub items: Vec<RawDocumentBuf>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl TenantService {
    /// A page of documents. It may be shorter than requested when documents are big.
    ///
    /// # Errors
    /// [`Error::InvalidQuery`], [`Error::InvalidCursor`], [`Error::QueryTimedOut`], those of
    /// [`TenantService::organization`], [`Error::CollectionMissing`].
    pub async fn documents(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        query: &DocumentsQuery,
    ) -> Result<DocumentPage> {
        let filter = Query::parse(&query.filter)?;
        let sort = query.sort.as_deref().filter(|path| *path != "_id");
        let is_by_id = sort.is_none();
        let sort = sort.map(|path| Sort::new(path, query.reverse)).transpose()?;
        let asked = self.at_rest(token, UseCase::ReadDocuments, reference).await?;
        let principal = asked.0.clone();
        let hash = cursor::query_hash(&[
            "documents",
            &asked.1.id.to_string(),
            &query.filter,
            query.sort.as_deref().unwrap_or("_id"),
            if query.reverse { "reverse" } else { "" },
        ]);
        let after = query.cursor.as_deref().map(|text| after_of(text, &hash)).transpose()?;
        let text = if filter.is_about_secrets() { "a field whose values are secret" } else { &query.filter };
        let wanted = DocumentQuery {
            filter,
            sort,
            reverse: query.reverse && is_by_id,
            after,
            limit: query.limit.clamp(1, MAX_LIMIT),
            time: query.time,
        };
        let call = |organization: Organization| {
            let wanted = wanted.clone();
            async move { self.store.documents(&organization, &wanted).await }
        };
        let (page, organization) = self.in_collection(token, asked, call).await?;
        if page.next.is_some() && !is_by_id {
            return Err(QueryError::SortedTooBig { documents: page.rows.len() }.into());
        }
        self.record_look(&principal, &organization, text, page.rows.len() as u64).await?;
        let next_cursor = page.next.map(|next| cursor::encode(hash, packed(&next))).transpose()?;
        Ok(DocumentPage { organization, items: page.rows, next_cursor })
    }

    /// One document, by its id as typed: 24 hexadecimal digits are an ObjectId, else a string; JSON is that value.
    ///
    /// # Errors
    /// [`Error::DocumentNotFound`], those of [`TenantService::organization`], [`Error::CollectionMissing`].
    pub async fn document(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        id: &str,
    ) -> Result<RawDocumentBuf> {
        let asked = self.at_rest(token, UseCase::ReadDocuments, reference).await?;
        let principal = asked.0.clone();
        let call = |organization: Organization| async move { self.meant(&organization, id).await };
        let (found, organization) = self.in_collection(token, asked, call).await?;
        let found = found.ok_or(Error::DocumentNotFound)?;
        let shown = id_of(found.as_bytes()).map(|id| print_id(&id.get())).unwrap_or_default();
        self.record_look(&principal, &organization, &format!("_id:{shown}"), 1).await?;
        Ok(found)
    }

    /// How many documents a query finds.
    ///
    /// # Errors
    /// As [`TenantService::documents`].
    pub async fn count_documents(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        filter: &str,
        time: Duration,
    ) -> Result<u64> {
        let query = Query::parse(filter)?;
        let asked = self.at_rest(token, UseCase::ReadDocuments, reference).await?;
        let principal = asked.0.clone();
        let call = |organization: Organization| {
            let query = query.clone();
            async move { self.store.count_documents(&organization, &query, time).await }
        };
        let (count, organization) = self.in_collection(token, asked, call).await?;
        // How many there are in all says nothing of a document; the list of organizations shows it.
        if !query.is_all() {
            let text = if query.is_about_secrets() { "a field whose values are secret" } else { filter };
            self.record_look(&principal, &organization, text, count).await?;
        }
        Ok(count)
    }

    /// The indexes of an organization's collection.
    ///
    /// # Errors
    /// Those of [`TenantService::organization_stats`].
    pub async fn indexes(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
    ) -> Result<Vec<IndexStats>> {
        let (_, organization) = self.at_rest(token, UseCase::ReadDocuments, reference).await?;
        Ok(self.organization_stats(token, organization.id).await?.indexes)
    }
}

/// An `_id` in a cursor: the bytes of a document that has only it.
fn packed(id: &OwnedValue) -> String {
    let mut document = Builder::default();
    document.put(b"_id", &id.get());
    BASE64_STANDARD_NO_PAD.encode(document.finish())
}

fn after_of(text: &str, hash: &str) -> Result<OwnedValue> {
    let packed: String = cursor::decode(text, hash)?;
    let document = BASE64_STANDARD_NO_PAD.decode(packed).map_err(|_| Error::InvalidCursor)?;
    raw::check(&document).map_err(|_| Error::InvalidCursor)?;
    id_of(&document).ok_or(Error::InvalidCursor)
}

/// The `_id` of a document as JSON, for messages.
pub(super) fn shown_id(id: &OwnedValue) -> String {
    value_to_string(&id.get(), Form::Relaxed)
}
