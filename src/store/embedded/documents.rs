//! The documents of a collection. This module alone writes them, since the row of their collection counts them.

use super::failure::Failure;
use crate::domain::document::order;
use crate::domain::document::raw::field;
use crate::port::Error;
use rusqlite::{Transaction, params};

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
