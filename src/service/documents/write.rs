//! Inserting, replacing and deleting documents.

use super::read::shown_id;
use super::recorded_id;
use crate::domain::document::incoming::{check_limits, to_insert, with_id};
use crate::domain::document::json::round_trips;
use crate::domain::document::raw::{MAX_BYTES, revision};
use crate::domain::document::{OwnedValue, RawDocumentBuf, Value, id_of, order};
use crate::domain::{AccessToken, AuditAction, Organization};
use crate::port::DocumentWrite;
use crate::service::access::UseCase;
use crate::service::writes::Writer;
use crate::service::{Confirms, Error, OrganizationReference, Result, TenantService};
use std::collections::HashSet;

/// Documents that one call inserts at most.
pub const MAX_BATCH: usize = 1_000;

/// A requested write to one document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentChange {
    /// The id as typed, as [`TenantService::document`] reads it.
    pub id: String,
    /// The revision that the caller read; another one is [`Error::DocumentChanged`]. `None` takes the document as it is.
    pub revision: Option<String>,
    /// What replaces it. It may leave out `_id`, and cannot change it. `None` deletes the document.
    pub new: Option<RawDocumentBuf>,
    /// To delete: the id again, as the list prints it.
    pub confirm: Option<String>,
}

impl TenantService {
    /// Inserts documents, at most [`MAX_BATCH`]. A document without an `_id` gets an ObjectId. The outcomes are in their
    /// order: a document that is refused does not hold up the others.
    ///
    /// # Errors
    /// [`Error::InvalidDocument`] and [`Error::DocumentExists`] for one document; those of
    /// [`TenantService::organization`] and [`Error::CollectionMissing`] for all.
    pub async fn insert_documents(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        documents: Vec<RawDocumentBuf>,
    ) -> Result<Vec<Result<OwnedValue>>> {
        let (token, reference) = (token.clone(), reference.clone());
        self.write(|writer| async move { writer.insert_documents(&token, &reference, &documents).await })
            .await
    }

    /// What [`TenantService::insert_documents`] would say of documents by themselves, without a look at the store.
    ///
    /// # Errors
    /// Those of [`TenantService::organization`].
    pub async fn check_documents(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        documents: &[RawDocumentBuf],
    ) -> Result<Vec<Result<OwnedValue>>> {
        self.at_rest(token, UseCase::WriteDocuments, reference).await?;
        let mut seen = HashSet::new();
        Ok(documents.iter().map(|document| Ok(prepared(document, &mut seen)?.1)).collect())
    }

    /// Replaces or deletes a document. Returns the new document, or the deleted one.
    ///
    /// # Errors
    /// [`Error::DocumentNotFound`], [`Error::DocumentChanged`], [`Error::InvalidDocument`],
    /// [`Error::ConfirmationRequired`], those of [`TenantService::organization`], [`Error::CollectionMissing`].
    pub async fn change_document(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        change: &DocumentChange,
    ) -> Result<RawDocumentBuf> {
        let (token, reference, change) = (token.clone(), reference.clone(), change.clone());
        self.write(|writer| async move { writer.change_document(&token, &reference, &change).await }).await
    }

    /// The document that [`TenantService::change_document`] would write or delete, without writing. Asks for no
    /// confirmation.
    ///
    /// # Errors
    /// As [`TenantService::change_document`].
    pub async fn preview_document_change(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        change: &DocumentChange,
    ) -> Result<RawDocumentBuf> {
        let asked = self.at_rest(token, UseCase::WriteDocuments, reference).await?;
        let call = |organization| async move { self.planned(&organization, change).await };
        let (write, _) = self.in_collection(token, asked, call).await?;
        Ok(write.new.unwrap_or(write.seen))
    }

    /// The write that a change comes to, checked against the document as it is.
    async fn planned(&self, organization: &Organization, change: &DocumentChange) -> Result<DocumentWrite> {
        let seen = self.meant(organization, &change.id).await?.ok_or(Error::DocumentNotFound)?;
        if change.revision.as_ref().is_some_and(|read| *read != revision(seen.as_bytes())) {
            return Err(Error::DocumentChanged);
        }
        let new = change.new.as_ref().map(|new| replacement(&seen, new)).transpose()?;
        Ok(DocumentWrite { seen, new })
    }
}

impl Writer {
    async fn insert_documents(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        documents: &[RawDocumentBuf],
    ) -> Result<Vec<Result<OwnedValue>>> {
        let asked = self.at_rest(token, UseCase::WriteDocuments, reference).await?;
        let principal = asked.0.clone();
        let mut seen = HashSet::new();
        let prepared: Vec<Result<(RawDocumentBuf, OwnedValue)>> =
            documents.iter().take(MAX_BATCH).map(|document| prepared(document, &mut seen)).collect();
        let mut inserted: Vec<Result<()>> = Vec::new();
        for batch in batches(&prepared) {
            let call = |organization: Organization| {
                let (batch, principal) = (&batch, &principal);
                async move {
                    let changes = [("documents", batch.len().into())];
                    let action = AuditAction::DocumentInsert;
                    let entry = self.document_audit(principal, action, &organization, changes);
                    self.store.insert_documents(&organization, batch, entry).await
                }
            };
            match self.in_collection(token, asked.clone(), call).await {
                Ok((outcomes, _)) => inserted.extend(outcomes),
                Err(error) if inserted.is_empty() => return Err(error),
                // What is in stays in, and is said.
                Err(error) => {
                    let left = prepared.iter().flatten().count() - inserted.len();
                    inserted.extend(std::iter::repeat_n(Err(error), left));
                    break;
                }
            }
        }
        let mut inserted = inserted.into_iter();
        Ok(prepared
            .into_iter()
            .map(|one| {
                let (_, id) = one?;
                inserted.next().unwrap_or(Ok(())).map(|()| id)
            })
            .collect())
    }

    async fn change_document(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        change: &DocumentChange,
    ) -> Result<RawDocumentBuf> {
        let asked = self.at_rest(token, UseCase::WriteDocuments, reference).await?;
        let principal = asked.0.clone();
        let call = |organization: Organization| {
            let principal = &principal;
            async move {
                let write = self.planned(&organization, change).await?;
                let id = id_of(write.seen.as_bytes()).ok_or(Error::DocumentNotFound)?;
                let action = match &write.new {
                    Some(new) if new.as_bytes() == write.seen.as_bytes() => return Ok(write.seen),
                    Some(_) => AuditAction::DocumentReplace,
                    None if !confirms(change, &id) => {
                        return Err(Error::ConfirmationRequired(Confirms::Document));
                    }
                    None => AuditAction::DocumentDelete,
                };
                let changes = [("id", recorded_id(&id))];
                let entry = self.document_audit(principal, action, &organization, changes);
                self.store.write_document(&organization, &write, entry).await?;
                Ok(write.new.unwrap_or(write.seen))
            }
        };
        Ok(self.in_collection(token, asked, call).await?.0)
    }
}

/// Whether a delete is confirmed with the id as typed or as printed, or as JSON.
fn confirms(change: &DocumentChange, id: &OwnedValue) -> bool {
    let given = change.confirm.as_deref();
    given.is_some_and(|given| {
        given == change.id
            || given == crate::domain::document::id::print_id(&id.get())
            || given == shown_id(id)
    })
}

/// A document as it is inserted, with its id. Of two with one id the first counts.
fn prepared(document: &RawDocumentBuf, seen: &mut HashSet<Vec<u8>>) -> Result<(RawDocumentBuf, OwnedValue)> {
    let invalid = |error: crate::domain::document::DocumentError| Error::InvalidDocument(error.to_string());
    let document = to_insert(document.as_bytes()).map_err(invalid)?;
    let id = id_of(document.as_bytes()).unwrap_or_else(|| OwnedValue::new(&Value::Null));
    let key = order::key(&id.get()).unwrap_or_default();
    if seen.insert(key) { Ok((document, id)) } else { Err(Error::DocumentExists(shown_id(&id))) }
}

/// The documents to insert, in portions that a server takes.
fn batches(prepared: &[Result<(RawDocumentBuf, OwnedValue)>]) -> Vec<Vec<RawDocumentBuf>> {
    let mut batches: Vec<Vec<RawDocumentBuf>> = Vec::new();
    let mut bytes = 0;
    for (document, _) in prepared.iter().flatten() {
        let length = document.as_bytes().len();
        match batches.last_mut() {
            Some(batch) if bytes + length <= MAX_BYTES => {
                bytes += length;
                batch.push(document.clone());
            }
            _ => {
                bytes = length;
                batches.push(vec![document.clone()]);
            }
        }
    }
    batches
}

/// What replaces a document: with the same `_id`, byte by byte, in the first place.
fn replacement(seen: &RawDocumentBuf, new: &RawDocumentBuf) -> Result<RawDocumentBuf> {
    let invalid = |text: &str| Error::InvalidDocument(text.to_owned());
    if !round_trips(seen.as_bytes()) {
        return Err(invalid(
            "The stored document has bytes that JSON has no words for (for example equal names or text that is not \
             UTF-8), so replacing it could lose something. Delete it and insert another one.",
        ));
    }
    let own = id_of(seen.as_bytes()).ok_or(Error::DocumentNotFound)?;
    if let Some(given) = id_of(new.as_bytes())
        && given != own
    {
        return Err(invalid(&format!(
            "The _id of a document cannot change: it is {}, not {}.",
            shown_id(&own),
            shown_id(&given)
        )));
    }
    let mut whole = crate::domain::document::Builder::default();
    whole.put(b"_id", &own.get());
    for element in crate::domain::document::Elements::of(new.as_bytes()) {
        if let (Ok(value), false) = (element.value, element.name == b"_id") {
            whole.put(element.name, &value);
        }
    }
    let bytes = whole.finish();
    check_limits(&bytes).map_err(|error| Error::InvalidDocument(error.to_string()))?;
    with_id(&bytes, || [0; 12]).map_err(|error| Error::InvalidDocument(error.to_string()))
}
