//! Organizations with their collections: each operation is one transaction.

mod changes;
mod create;
mod page;
mod trash;
mod update;

pub(super) use changes::raised;
pub(super) use create::{insert, place, refuse_taken};

use super::accounts::suspension_at;
use super::failure::Failure;
use super::schema::{foreign, optional_uuid_at, time_at, uuid_at};
use super::{EmbeddedStore, archives, id_text, rows};
use crate::domain::document::raw::field;
use crate::domain::document::{Value, json};
use crate::domain::{
    AccountId, AuditEntry, CollectionName, CollectionSize, CollectionStats, Deletion, Epoch, IndexStats,
    Organization, OrganizationId, OrganizationName, State,
};
use crate::port::{
    DeleteRequest, Deleted, Error, Lookup, NewOrganization, OrganizationQuery, Organizations, Page, Position,
    PurgeRequest, Purged, RestoreRequest, Result, UpdateRequest,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::sync::Arc;

#[async_trait]
impl Organizations for EmbeddedStore {
    fn collection_of(&self, name: &OrganizationName) -> CollectionName {
        name.collection(&self.database)
    }

    async fn create(&self, new: &NewOrganization, audit: AuditEntry) -> Result<Organization> {
        let (new, database) = (new.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| create::create(tx, &new, &audit, &database)).await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Option<Organization>> {
        let (lookup, database) = (lookup.clone(), self.database.clone());
        self.read(move |db| find(db, &lookup, &database)).await
    }

    async fn deleted_with_name(&self, name_key: &str, limit: usize) -> Result<Vec<Organization>> {
        let (name_key, database) = (name_key.to_owned(), self.database.clone());
        self.read(move |db| deleted_with_name(db, &name_key, limit, &database)).await
    }

    async fn page(&self, query: &OrganizationQuery) -> Result<Page<Arc<Organization>, Position>> {
        let (query, database) = (query.clone(), self.database.clone());
        self.read(move |db| page::page(db, &query, &database)).await
    }

    async fn size(&self, organization: &Organization) -> Result<CollectionSize> {
        let organization = organization.clone();
        self.read(move |db| size(db, &organization)).await
    }

    async fn stats(&self, organization: &Organization) -> Result<CollectionStats> {
        let organization = organization.clone();
        self.read(move |db| stats(db, &organization)).await
    }

    async fn has_collection(&self, name: &CollectionName) -> Result<bool> {
        let name = name.clone();
        self.read(move |db| has_collection(db, &name)).await
    }

    async fn update(&self, request: &UpdateRequest, audit: AuditEntry) -> Result<Organization> {
        let (request, database) = (request.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| update::update(tx, &request, &audit, &database)).await
    }

    async fn delete(&self, request: &DeleteRequest, audit: AuditEntry) -> Result<Deleted> {
        let (request, database) = (request.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| trash::delete(tx, &request, audit, &database)).await
    }

    async fn restore(&self, request: &RestoreRequest, audit: AuditEntry) -> Result<Organization> {
        let (request, database) = (request.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| trash::restore(tx, &request, &audit, &database)).await
    }

    async fn purge(&self, request: &PurgeRequest, audit: AuditEntry) -> Result<Purged> {
        let (request, database) = (request.clone(), self.database.clone());
        self.write_as(&audit.clone(), move |tx| trash::purge(tx, &request, audit, &database)).await
    }

    async fn purge_expired(&self, now: Timestamp, limit: usize) -> Result<usize> {
        for purged in 0..limit {
            // One transaction each: an organization with many documents does not delay the others.
            let database = self.database.clone();
            if !self.write(move |tx| trash::purge_next_due(tx, now, &database)).await? {
                return Ok(purged);
            }
        }
        Ok(limit)
    }
}

/// The columns that [`organization_of`] reads, in its order.
pub(super) const COLUMNS: &str =
    "o.id, o.organization_name, o.name_key, o.collection_name, c.uuid, o.admin_id, o.admin_email, o.state,
    o.suspended_at, o.suspended_by, o.suspended_reason, o.deleted_at, o.deleted_by, o.purge_at, o.deleted_name_key,
    o.epoch, o.created_at, o.updated_at";
/// A record, with its own collection if that has the name in the record.
pub(super) const RECORDS: &str =
    "organizations o LEFT JOIN collections c ON c.name = o.collection_name AND c.organization_id = o.id";

pub(super) fn organization_of(row: &Row<'_>, database: &str) -> Result<Organization, rusqlite::Error> {
    let (collection, state): (Option<String>, String) = (row.get(3)?, row.get(7)?);
    let state = state.parse::<State>().ok().ok_or_else(|| foreign(7))?;
    let is_deleted = state == State::Deleted;
    Ok(Organization {
        id: OrganizationId(uuid_at(row, 0)?),
        name: row.get(1)?,
        name_key: if is_deleted { String::new() } else { row.get(2)? },
        // The account has it, and writes do not need it here.
        former_email_key: None,
        collection: collection.and_then(|name| CollectionName::from_record(&name, database)),
        collection_uuid: optional_uuid_at(row, 4)?,
        admin_id: AccountId(uuid_at(row, 5)?),
        admin_email: row.get(6)?,
        state,
        suspension: suspension_at(row, 8)?,
        deletion: is_deleted.then(|| deletion_at(row)).transpose()?,
        epoch: Epoch(row.get(15)?),
        // Each write is one transaction, so that none is rolled back later.
        unchanged_since: Epoch(row.get(15)?),
        created_at: time_at(row, 16)?,
        updated_at: time_at(row, 17)?,
    })
}

fn deletion_at(row: &Row<'_>) -> Result<Deletion, rusqlite::Error> {
    Ok(Deletion {
        at: time_at(row, 11)?,
        by: row.get(12)?,
        purge_at: time_at(row, 13)?,
        name_key: row.get(14)?,
    })
}

pub(super) fn find(
    db: &Connection,
    lookup: &Lookup,
    database: &str,
) -> Result<Option<Organization>, Failure> {
    let (column, value) = match lookup {
        Lookup::NameKey(key) => ("o.name_key", key.clone()),
        Lookup::Id(id) => ("o.id", id_text(*id)),
        // Each operation is one transaction, so no organization has one.
        Lookup::Operation(_) => return Ok(None),
    };
    let mut statement = db.prepare_cached(&format!("SELECT {COLUMNS} FROM {RECORDS} WHERE {column} = ?1"))?;
    let found = statement.query_row([value], |row| organization_of(row, database)).optional();
    Ok(rows::readable(found)?.flatten())
}

fn deleted_with_name(
    db: &Connection,
    name_key: &str,
    limit: usize,
    database: &str,
) -> Result<Vec<Organization>, Failure> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {RECORDS} WHERE o.state = 'deleted' AND o.deleted_name_key = ?1 ORDER BY o.id"
    ))?;
    let found = statement.query([name_key])?;
    let page = rows::page(found, limit, |row| uuid_at(row, 0), |row| organization_of(row, database))?;
    Ok(page.rows)
}

fn has_collection(db: &Connection, name: &CollectionName) -> Result<bool, Failure> {
    Ok(db.prepare_cached("SELECT 1 FROM collections WHERE name = ?1")?.exists([name.as_str()])?)
}

fn size(db: &Connection, organization: &Organization) -> Result<CollectionSize, Failure> {
    let name = organization.collection_name();
    let sql = "SELECT documents, data_bytes FROM collections WHERE name = ?1 AND organization_id = ?2";
    let counted: Option<(i64, i64)> = db
        .prepare_cached(sql)?
        .query_row([name, &id_text(organization.id)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (documents, bytes) = counted.ok_or_else(|| Error::CollectionMissing(name.to_owned()))?;
    Ok(CollectionSize {
        documents: u64::try_from(documents).unwrap_or(0),
        data_bytes: u64::try_from(bytes).unwrap_or(0),
    })
}

/// Indexes are kept and listed for an export; only that of `_id` has an effect here.
fn stats(db: &Connection, organization: &Organization) -> Result<CollectionStats, Failure> {
    let indexes = archives::metadata(db, organization)?.indexes;
    let indexes = indexes.iter().map(|index| index_of(index.as_bytes())).collect();
    Ok(CollectionStats { size: size(db, organization)?, disk_bytes: None, indexes })
}

fn index_of(index: &[u8]) -> IndexStats {
    let name = match field(index, b"name") {
        Some(Value::String(name)) => String::from_utf8_lossy(name).into_owned(),
        _ => String::new(),
    };
    let keys = match field(index, b"key") {
        Some(Value::Document(keys)) => json::to_string(keys, json::Form::Relaxed, json::Layout::Compact),
        _ => String::new(),
    };
    IndexStats {
        unique: name == "_id_" || field(index, b"unique") == Some(Value::Boolean(true)),
        keys: serde_json::from_str(&keys).unwrap_or_default(),
        name,
        bytes: None,
    }
}

fn refuse_taken_name(
    tx: &Transaction<'_>,
    name: &OrganizationName,
    own: OrganizationId,
) -> Result<(), Failure> {
    let sql = "SELECT 1 FROM organizations WHERE name_key = ?1 AND id <> ?2";
    if tx.prepare_cached(sql)?.exists([name.key(), &id_text(own)])? {
        return Err(Error::NameTaken(name.display().to_owned()).into());
    }
    Ok(())
}

/// A collection of the organization itself does not count as taken.
fn refuse_taken_collection(
    tx: &Transaction<'_>,
    name: &CollectionName,
    own: OrganizationId,
) -> Result<(), Failure> {
    let sql = "SELECT 1 FROM collections WHERE name = ?1 AND organization_id IS NOT ?2";
    if tx.prepare_cached(sql)?.exists([name.as_str(), &id_text(own)])? {
        return Err(Error::CollectionExists(name.as_str().to_owned()).into());
    }
    Ok(())
}

/// The current organization, if it is unchanged since the caller read it and in one of these states.
fn unchanged(
    tx: &Transaction<'_>,
    seen: &Organization,
    allowed: &[State],
    database: &str,
) -> Result<Organization, Failure> {
    let now = find(tx, &Lookup::Id(seen.id), database)?.ok_or(Error::NotFound)?;
    if now.epoch != seen.epoch {
        return Err(Error::Changed.into());
    }
    if allowed.contains(&now.state) {
        return Ok(now);
    }
    Err(if now.state.has_operation() { Error::Busy(now.state) } else { Error::NotFound }.into())
}

/// The organization's own collection, preferably the one with the name in the record.
fn own_collection(tx: &Transaction<'_>, now: &Organization) -> Result<Option<i64>, Failure> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM collections WHERE organization_id = ?1 ORDER BY name <> ?2, name LIMIT 1",
    )?;
    Ok(statement.query_row([&id_text(now.id), now.collection_name()], |row| row.get(0)).optional()?)
}

/// Renames the organization's own collection. Returns false if it has none.
fn move_collection(tx: &Transaction<'_>, now: &Organization, to: &CollectionName) -> Result<bool, Failure> {
    refuse_taken_collection(tx, to, now.id)?;
    let Some(own) = own_collection(tx, now)? else { return Ok(false) };
    tx.prepare_cached("UPDATE collections SET name = ?1 WHERE id = ?2")?
        .execute(params![to.as_str(), own])?;
    Ok(true)
}

/// The last step of every write to an organization.
fn raise_epoch(tx: &Transaction<'_>, id: OrganizationId, at: Timestamp) -> Result<(), Failure> {
    tx.prepare_cached(&format!("UPDATE organizations SET {}, updated_at = ?1 WHERE id = ?2", raised()))?
        .execute(params![at.as_millisecond(), id_text(id)])?;
    Ok(())
}

/// The organization after a write.
fn written(tx: &Transaction<'_>, id: OrganizationId, database: &str) -> Result<Organization, Failure> {
    Ok(find(tx, &Lookup::Id(id), database)?.ok_or(Error::NotFound)?)
}
