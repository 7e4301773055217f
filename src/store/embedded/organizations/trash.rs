//! Delete to the trash, restore, and purge.

use super::update::{AdminChange, change_admin};
use super::{
    COLUMNS, RECORDS, has_collection, move_collection, organization_of, own_collection, raise_epoch,
    refuse_taken_collection, refuse_taken_name, unchanged, written,
};
use crate::domain::{AuditEntry, CollectionName, Epoch, Organization, State};
use crate::port::{DeleteRequest, Deleted, Error, PurgeRequest, Purged, RestoreRequest};
use crate::store::embedded::failure::Failure;
use crate::store::embedded::{audit, expiry, id_text, rows};
use crate::store::expired;
use jiff::Timestamp;
use rusqlite::{Transaction, params};

pub(super) fn delete(
    tx: &Transaction<'_>,
    request: &DeleteRequest,
    mut entry: AuditEntry,
    database: &str,
) -> Result<Deleted, Failure> {
    let now = unchanged(tx, &request.current, &[State::Active], database)?;
    let aside = CollectionName::in_trash(now.id, Epoch(now.epoch.0 + 1));
    let aside = move_collection(tx, &now, &aside)?.then_some(aside);
    let (at, id) = (entry.at.as_millisecond(), id_text(now.id));
    tx.prepare_cached(
        "UPDATE organizations SET state = 'deleted', deleted_at = ?1, deleted_by = ?2, purge_at = ?3,
         deleted_name_key = name_key, name_key = NULL, collection_name = ?4, sessions_end_at = ?1 WHERE id = ?5",
    )?
    .execute(params![
        at,
        entry.actor,
        request.purge_at.as_millisecond(),
        aside.as_ref().map(CollectionName::as_str),
        id
    ])?;
    tx.prepare_cached(
        "UPDATE admins SET email_key = NULL, version = version + 1, token_version = token_version + 1,
         updated_at = ?1 WHERE organization_id = ?2",
    )?
    .execute(params![at, id])?;
    raise_epoch(tx, now.id, entry.at)?;
    let collection_left = tell_left(tx, &now, &mut entry)?;
    audit::insert_operation(tx, &entry)?;
    Ok(Deleted { organization: written(tx, now.id, database)?, collection_left })
}

pub(super) fn restore(
    tx: &Transaction<'_>,
    request: &RestoreRequest,
    entry: &AuditEntry,
    database: &str,
) -> Result<Organization, Failure> {
    let now = unchanged(tx, &request.current, &[State::Deleted], database)?;
    let to = request.name.collection(database);
    refuse_taken_name(tx, &request.name, now.id)?;
    let admin = AdminChange {
        seen: request.admin.as_ref(),
        email: Some(&request.email),
        password_hash: request.password_hash.as_ref(),
    };
    change_admin(tx, &now, &admin, entry.at)?;
    refuse_taken_collection(tx, &to, now.id)?;
    if !move_collection(tx, &now, &to)? {
        // A record without a collection name says nothing, so the name after a restore is checked.
        let missing = now.collection.as_ref().unwrap_or(&to);
        return Err(Error::CollectionMissing(missing.as_str().to_owned()).into());
    }
    tx.prepare_cached(
        "UPDATE organizations SET state = 'active', organization_name = ?1, name_key = ?2, collection_name = ?3,
         deleted_at = NULL, deleted_by = NULL, purge_at = NULL, deleted_name_key = NULL WHERE id = ?4",
    )?
    .execute(params![request.name.display(), request.name.key(), to.as_str(), id_text(now.id)])?;
    raise_epoch(tx, now.id, entry.at)?;
    audit::insert_operation(tx, entry)?;
    written(tx, now.id, database)
}

pub(super) fn purge(
    tx: &Transaction<'_>,
    request: &PurgeRequest,
    entry: AuditEntry,
    database: &str,
) -> Result<Purged, Failure> {
    let now = unchanged(tx, &request.current, &[State::Active, State::Deleted], database)?;
    remove(tx, &now, entry)
}

/// Purges the organization that has been due longest. Returns false if none is due.
pub(super) fn purge_next_due(tx: &Transaction<'_>, now: Timestamp, database: &str) -> Result<bool, Failure> {
    let Some(past) = expiry::proven_past(tx, now)? else { return Ok(false) };
    let Some(due) = next_due(tx, past, database)? else { return Ok(false) };
    let entry = expired::purge_entry(&due, now);
    remove(tx, &due, entry)?;
    Ok(true)
}

fn next_due(tx: &Transaction<'_>, past: i64, database: &str) -> Result<Option<Organization>, Failure> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {RECORDS} WHERE o.state = 'deleted' AND o.purge_at < ?1 ORDER BY o.purge_at, o.id"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut found = statement.query([past])?;
    while let Some(row) = found.next()? {
        if let Some(due) = rows::readable(organization_of(row, database))? {
            return Ok(Some(due));
        }
    }
    Ok(None)
}

/// Removes an organization with its own collection and its accounts.
fn remove(tx: &Transaction<'_>, now: &Organization, mut entry: AuditEntry) -> Result<Purged, Failure> {
    let id = id_text(now.id);
    // Its documents are deleted with it.
    tx.prepare_cached("DELETE FROM collections WHERE id = ?1")?.execute([own_collection(tx, now)?])?;
    tx.prepare_cached("DELETE FROM admins WHERE organization_id = ?1")?.execute([&id])?;
    tx.prepare_cached("DELETE FROM organizations WHERE id = ?1")?.execute([&id])?;
    let collection_left = tell_left(tx, now, &mut entry)?;
    audit::insert_operation(tx, &entry)?;
    Ok(Purged { collection_left })
}

/// A collection with the organization's name that belongs to something else: it is left alone, and the audit says so.
fn tell_left(
    tx: &Transaction<'_>,
    before: &Organization,
    entry: &mut AuditEntry,
) -> Result<Option<String>, Failure> {
    let Some(name) = &before.collection else { return Ok(None) };
    if !has_collection(tx, name)? {
        return Ok(None);
    }
    let left = name.as_str().to_owned();
    entry.changes.insert("collection_left".into(), left.clone().into());
    Ok(Some(left))
}
