//! The documents of a collection. This module alone writes them, since the row of their collection counts them.

mod read;

use super::failure::Failure;
use super::{EmbeddedStore, audit, id_text};
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::raw::field;
use crate::domain::document::{OwnedValue, Query, RawDocumentBuf, order};
use crate::domain::{AuditEntry, Organization};
use crate::port::{DocumentQuery, DocumentWrite, Documents, Error, Page, Result};
use async_trait::async_trait;
use read::Patience;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::time::Duration;

/// Counts the documents of the collections that count them wrong.
const RECOUNT: &str = "
UPDATE collections SET (documents, data_bytes) =
    (SELECT COUNT(*), COALESCE(SUM(LENGTH(doc)), 0) FROM documents WHERE collection_id = collections.id)
WHERE (documents, data_bytes) IS NOT
    (SELECT COUNT(*), COALESCE(SUM(LENGTH(doc)), 0) FROM documents WHERE collection_id = collections.id)";

/// Counts the documents of every collection.
pub(super) fn recount_all(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute(RECOUNT, []).map(drop)
}

/// Counts the documents of one collection again. Returns whether it counted them wrong.
pub(super) fn recount(tx: &Transaction<'_>, collection: &str) -> Result<bool, rusqlite::Error> {
    Ok(tx.execute(&format!("{RECOUNT} AND name = ?1"), [collection])? > 0)
}

/// The key of a document's `_id`; `None` if it has no readable one.
pub(super) fn key_of(document: &[u8]) -> Option<Vec<u8>> {
    order::key(&field(document, b"_id")?).ok()
}

/// Adds a document; `false` if there is one with its `_id`.
pub(super) fn insert(tx: &Transaction<'_>, collection: i64, document: &[u8]) -> Result<bool, Failure> {
    let unusable = || Error::StoreUnusable("A document without an _id was to be written.".to_owned());
    let key = key_of(document).ok_or_else(unusable)?;
    let sql = "INSERT OR IGNORE INTO documents (collection_id, id_key, doc) VALUES (?1, ?2, ?3)";
    if tx.prepare_cached(sql)?.execute(params![collection, key, document])? == 0 {
        return Ok(false);
    }
    count(tx, collection, 1, length(document))?;
    Ok(true)
}

fn length(document: &[u8]) -> i64 {
    i64::try_from(document.len()).unwrap_or(i64::MAX)
}

/// Changes what a collection counts.
fn count(tx: &Transaction<'_>, collection: i64, documents: i64, bytes: i64) -> Result<(), Failure> {
    let sql = "UPDATE collections SET documents = documents + ?2, data_bytes = data_bytes + ?3 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute([collection, documents, bytes])?;
    Ok(())
}

#[async_trait]
impl Documents for EmbeddedStore {
    async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        let (organization, query) = (organization.clone(), query.clone());
        self.search(query.time, move |db, patience| read::page(db, &organization, &query, patience)).await
    }

    async fn document(&self, organization: &Organization, id: &OwnedValue) -> Result<Option<RawDocumentBuf>> {
        let (organization, id) = (organization.clone(), id.clone());
        self.read(move |db| read::one(db, &organization, &id)).await
    }

    async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64> {
        let (organization, filter) = (organization.clone(), filter.clone());
        self.search(time, move |db, patience| read::count(db, &organization, &filter, patience)).await
    }

    async fn insert_documents(
        &self,
        organization: &Organization,
        documents: &[RawDocumentBuf],
        audit: AuditEntry,
    ) -> Result<Vec<Result<()>>> {
        let (organization, documents) = (organization.clone(), documents.to_vec());
        self.write_as(&audit.clone(), move |tx| insert_all(tx, &organization, &documents, &audit)).await
    }

    async fn write_document(
        &self,
        organization: &Organization,
        write: &DocumentWrite,
        audit: AuditEntry,
    ) -> Result<()> {
        let (organization, write) = (organization.clone(), write.clone());
        self.write_as(&audit.clone(), move |tx| {
            write_one(tx, &organization, &write)?;
            audit::insert(tx, &audit)
        })
        .await
    }
}

impl EmbeddedStore {
    /// Reads until the time is over.
    async fn search<T, F>(&self, time: Duration, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &Patience) -> Result<T, Failure> + Send + 'static,
    {
        let patience = Patience::of(time);
        self.read(move |db| work(db, &patience)).await
    }
}

/// The row of an organization's own collection.
fn collection_of(db: &Connection, organization: &Organization) -> Result<i64, Failure> {
    let name = organization.collection_name();
    let sql = "SELECT id FROM collections WHERE name = ?1 AND organization_id = ?2";
    let found = db.prepare_cached(sql)?.query_row([name, &id_text(organization.id)], |row| row.get(0));
    Ok(found.optional()?.ok_or_else(|| Error::CollectionMissing(name.to_owned()))?)
}

/// The document, unless its bytes are not even as long as they say: only another program writes such.
fn readable(bytes: Vec<u8>) -> Option<RawDocumentBuf> {
    let document = RawDocumentBuf::from_bytes(bytes);
    document.inspect_err(|error| tracing::info!(%error, "a document that is no BSON is left out")).ok()
}

fn insert_all(
    tx: &Transaction<'_>,
    organization: &Organization,
    documents: &[RawDocumentBuf],
    entry: &AuditEntry,
) -> Result<Vec<Result<()>>, Failure> {
    let collection = collection_of(tx, organization)?;
    let mut outcomes = Vec::with_capacity(documents.len());
    for document in documents {
        let bytes = document.as_bytes();
        outcomes.push(if insert(tx, collection, bytes)? { Ok(()) } else { Err(taken(bytes)) });
    }
    if outcomes.iter().any(Result::is_ok) {
        audit::insert(tx, entry)?;
    }
    Ok(outcomes)
}

fn taken(document: &[u8]) -> Error {
    let id = field(document, b"_id").map(|id| value_to_string(&id, Form::Relaxed));
    Error::DocumentExists(id.unwrap_or_default())
}

fn write_one(
    tx: &Transaction<'_>,
    organization: &Organization,
    write: &DocumentWrite,
) -> Result<(), Failure> {
    let collection = collection_of(tx, organization)?;
    let key = key_of(write.seen.as_bytes()).ok_or(Error::DocumentNotFound)?;
    let sql = "SELECT id, doc FROM documents WHERE collection_id = ?1 AND id_key = ?2";
    let found: Option<(i64, Vec<u8>)> = tx
        .prepare_cached(sql)?
        .query_row(params![collection, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (row, now) = found.ok_or(Error::DocumentNotFound)?;
    if now != write.seen.as_bytes() {
        return Err(Error::DocumentChanged.into());
    }
    if let Some(new) = &write.new {
        let new = new.as_bytes();
        tx.prepare_cached("UPDATE documents SET doc = ?2 WHERE id = ?1")?.execute(params![row, new])?;
        count(tx, collection, 0, length(new) - length(&now))
    } else {
        tx.prepare_cached("DELETE FROM documents WHERE id = ?1")?.execute([row])?;
        count(tx, collection, -1, -length(&now))
    }
}
