//! What the file knows of a collection besides its documents, and the import of an organization.
//!
//! An import writes batches in transactions of their own, into a collection that no organization has; the last one gives
//! it to its organization. Until then the row says how long the import may still be at work: each batch sets it anew, and
//! whoever opens the file removes what is over. An import that finds its row gone ends.

use super::failure::Failure;
use super::{EmbeddedStore, documents, id_text, organizations};
use crate::archive::ArchiveError;
use crate::domain::document::json::{Form, value_to_string};
use crate::domain::document::raw::field;
use crate::domain::document::{Builder, Elements, RawDocumentBuf, Value};
use crate::domain::{AuditEntry, CollectionMetadata, Organization};
use crate::port::{Archives, DocumentBatches, Error, NewOrganization, Organizations, Result};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

/// How long an import may be at work after its last batch.
const LEASE: SignedDuration = SignedDuration::from_mins(1);

#[async_trait]
impl Archives for EmbeddedStore {
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata> {
        // Refuses a missing collection.
        self.size(organization).await?;
        let organization = organization.clone();
        self.read(move |db| metadata(db, &organization)).await
    }

    async fn import_organization(
        &self,
        new: &NewOrganization,
        metadata: &CollectionMetadata,
        documents: &mut dyn DocumentBatches,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let (organization, metadata, database) = (new.clone(), metadata.clone(), self.database.clone());
        let aside = self
            .write_as(&audit, move |tx| {
                organizations::refuse_taken(tx, &organization, &database)?;
                begin(tx, &organization, &metadata)
            })
            .await?;
        let filled = async {
            while let Some(batch) = documents.next().await? {
                self.write(move |tx| fill(tx, aside, &batch)).await?;
            }
            let (new, entry, database) = (new.clone(), audit.clone(), self.database.clone());
            self.write_as(&audit, move |tx| {
                renew(tx, aside)?;
                organizations::place(tx, &new, aside, &entry, &database)
            })
            .await
        };
        let placed = filled.await;
        if placed.is_err() {
            let removed = self.write(move |tx| remove(tx, aside)).await;
            if let Err(error) = removed {
                tracing::info!(%error, "an import that was refused is removed at the next opening");
            }
        }
        placed
    }
}

/// The collection aside; returns its row.
fn begin(tx: &Transaction<'_>, new: &NewOrganization, metadata: &CollectionMetadata) -> Result<i64, Failure> {
    let mut indexes = Builder::default();
    for (number, index) in metadata.indexes.iter().enumerate() {
        indexes.put(number.to_string().as_bytes(), &Value::Document(index.as_bytes()));
    }
    let sql =
        "INSERT INTO collections (name, uuid, options, indexes, importing_until) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![
        format!("tenantry_new_{}", id_text(new.id)),
        Uuid::new_v4().to_string(),
        metadata.options.as_bytes(),
        indexes.finish(),
        lease_end(),
    ])?;
    Ok(tx.last_insert_rowid())
}

fn lease_end() -> i64 {
    Timestamp::now().saturating_add(LEASE).unwrap_or(Timestamp::MAX).as_millisecond()
}

/// Refuses to go on where the row is gone.
fn renew(tx: &Transaction<'_>, aside: i64) -> Result<(), Failure> {
    let sql = "UPDATE collections SET importing_until = ?1 WHERE id = ?2 AND importing_until IS NOT NULL";
    if tx.prepare_cached(sql)?.execute([lease_end(), aside])? == 0 {
        let reason = "The import took too long between two batches, so another process rolled it back.";
        return Err(Error::StoreUnusable(reason.to_owned()).into());
    }
    Ok(())
}

fn fill(tx: &Transaction<'_>, aside: i64, batch: &[RawDocumentBuf]) -> Result<(), Failure> {
    renew(tx, aside)?;
    for document in batch {
        if !documents::insert(tx, aside, document.as_bytes())? {
            let id = field(document.as_bytes(), b"_id");
            let id = id.map(|id| value_to_string(&id, Form::Canonical)).unwrap_or_default();
            return Err(Error::from(ArchiveError::SameId(id.clone(), id)).into());
        }
    }
    Ok(())
}

fn remove(tx: &Transaction<'_>, aside: i64) -> Result<(), Failure> {
    let sql = "DELETE FROM collections WHERE id = ?1 AND importing_until IS NOT NULL";
    Ok(tx.prepare_cached(sql)?.execute([aside]).map(drop)?)
}

/// Whether imports that are no longer at work left something.
pub(super) fn has_leftovers(db: &Connection) -> Result<bool, rusqlite::Error> {
    let now = Timestamp::now().as_millisecond();
    db.prepare("SELECT 1 FROM collections WHERE importing_until < ?1")?.exists([now])
}

/// Removes what imports left that are no longer at work; returns how many.
pub(super) fn remove_leftovers(db: &Connection) -> Result<usize, rusqlite::Error> {
    if !has_leftovers(db)? {
        return Ok(0);
    }
    let now = Timestamp::now().as_millisecond();
    // Its documents are deleted with it.
    db.execute("DELETE FROM collections WHERE importing_until < ?1", [now])
}

pub(super) fn metadata(db: &Connection, organization: &Organization) -> Result<CollectionMetadata, Failure> {
    let sql = "SELECT options, indexes FROM collections WHERE name = ?1 AND organization_id = ?2";
    let whose = [organization.collection_name(), &id_text(organization.id)];
    let brought = db
        .prepare_cached(sql)?
        .query_row(whose, |row| Ok([row.get::<_, Option<Vec<u8>>>(0)?, row.get(1)?]))
        .optional()?;
    let [options, indexes] = brought.unwrap_or_default();
    let options = options.and_then(|bytes| RawDocumentBuf::from_bytes(bytes).ok()).unwrap_or_default();
    let mut indexes = indexes.map(|bytes| indexes_in(&bytes)).unwrap_or_default();
    if indexes.is_empty() {
        indexes.push(index_of_id());
    }
    Ok(CollectionMetadata { options, indexes, uuid: None })
}

/// The indexes in the column of a collection.
fn indexes_in(bytes: &[u8]) -> Vec<RawDocumentBuf> {
    let documents = Elements::of(bytes).filter_map(|element| match element.value {
        Ok(Value::Document(index)) => RawDocumentBuf::from_bytes(index.to_vec()).ok(),
        _ => None,
    });
    documents.collect()
}

/// The index of `_id` as a server lists it; every collection has it.
fn index_of_id() -> RawDocumentBuf {
    let mut index = Builder::default();
    index.put(b"v", &Value::Int32(2)).begin_document(b"key").put(b"_id", &Value::Int32(1)).end();
    index.put(b"name", &Value::String(b"_id_"));
    // The builder writes the length.
    RawDocumentBuf::from_bytes(index.finish()).unwrap_or_default()
}
