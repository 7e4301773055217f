//! Creating an organization.

use super::changes::TOUCHED_AT;
use super::{refuse_taken_collection, refuse_taken_name, written};
use crate::domain::{AuditEntry, CollectionName, Organization, Role};
use crate::port::NewOrganization;
use crate::store::embedded::failure::Failure;
use crate::store::embedded::{accounts, audit, id_text};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use uuid::Uuid;

pub(super) fn create(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    entry: &AuditEntry,
    database: &str,
) -> Result<Organization, Failure> {
    let collection = refuse_taken(tx, new, database)?;
    insert(tx, new, &collection, entry.at)?;
    audit::insert_operation(tx, entry)?;
    written(tx, new.id, database)
}

/// Creates an organization whose collection is there already, aside.
pub(in crate::store::embedded) fn place(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    aside: i64,
    entry: &AuditEntry,
    database: &str,
) -> Result<Organization, Failure> {
    let collection = refuse_taken(tx, new, database)?;
    insert_records(tx, new, &collection, entry.at)?;
    let sql = "UPDATE collections SET name = ?1, organization_id = ?2, importing_until = NULL WHERE id = ?3";
    tx.prepare_cached(sql)?.execute(params![collection.as_str(), id_text(new.id), aside])?;
    audit::insert_operation(tx, entry)?;
    written(tx, new.id, database)
}

/// The collection of a new organization, if nothing of it is taken.
pub(in crate::store::embedded) fn refuse_taken(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    database: &str,
) -> Result<CollectionName, Failure> {
    let collection = new.name.collection(database);
    refuse_taken_name(tx, &new.name, new.id)?;
    accounts::refuse_taken_email(tx, &new.admin.email, None)?;
    refuse_taken_collection(tx, &collection, new.id)?;
    Ok(collection)
}

/// Inserts a new organization, its collection and its admin. Returns the id of the collection.
pub(in crate::store::embedded) fn insert(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    collection: &CollectionName,
    at: Timestamp,
) -> Result<i64, Failure> {
    insert_records(tx, new, collection, at)?;
    tx.prepare_cached("INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, ?3)")?
        .execute(params![collection.as_str(), Uuid::new_v4().to_string(), id_text(new.id)])?;
    Ok(tx.last_insert_rowid())
}

fn insert_records(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    collection: &CollectionName,
    at: Timestamp,
) -> Result<(), Failure> {
    tx.prepare_cached(&format!(
        "INSERT INTO organizations (id, organization_name, name_key, collection_name, admin_id, admin_email, state,
         epoch, created_at, updated_at, touched_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'active', 1, ?7, ?7, {TOUCHED_AT})"
    ))?
    .execute(params![
        id_text(new.id),
        new.name.display(),
        new.name.key(),
        collection.as_str(),
        new.admin.id.0.to_string(),
        new.admin.email.as_str(),
        at.as_millisecond(),
    ])?;
    accounts::insert(tx, &new.admin, Role::Admin, Some(new.id), at)
}
