//! Organizations with their collections: each operation is one transaction.

use super::accounts;
use super::audit;
use super::failure::Failure;
use super::id_text;
use super::schema::{foreign, optional_uuid_at, time_at, uuid_at};
use crate::domain::{
    Account, AccountId, CollectionName, Epoch, Figures, Organization, OrganizationChange, OrganizationId,
    Role, SortKey, State,
};
use crate::service::Error;
use crate::service::store::{AuditEntry, Lookup, NewOrganization, PageQuery, Position};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};
use std::sync::Arc;
use uuid::Uuid;

/// Each one has an admin; in a damaged file one may not be found, which is to be an error and no missing row.
const ORGANIZATION: &str =
    "SELECT o.id, o.organization_name, o.name_key, o.collection_name, c.uuid, o.admin_id,
    a.email, o.state, o.epoch, o.created_at, o.updated_at
    FROM organizations o LEFT JOIN admins a ON a.id = o.admin_id
    LEFT JOIN collections c ON c.name = o.collection_name AND c.organization_id = o.id";

fn organization_of(row: &Row<'_>, database: &str) -> Result<Organization, rusqlite::Error> {
    let (collection, state): (String, String) = (row.get(3)?, row.get(7)?);
    Ok(Organization {
        id: OrganizationId(uuid_at(row, 0)?),
        name: row.get(1)?,
        name_key: row.get(2)?,
        collection: CollectionName::from_record(&collection, database),
        collection_uuid: optional_uuid_at(row, 4)?,
        admin_id: AccountId(uuid_at(row, 5)?),
        admin_email: row.get(6)?,
        state: State::from_word(&state).ok_or_else(|| foreign(7))?,
        epoch: Epoch(row.get(8)?),
        created_at: time_at(row, 9)?,
        updated_at: time_at(row, 10)?,
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
        // Each one is a transaction: none is ever found at work.
        Lookup::Operation(_) => return Ok(None),
    };
    let mut statement = db.prepare_cached(&format!("{ORGANIZATION} WHERE {column} = ?1"))?;
    Ok(statement.query_row([value], |row| organization_of(row, database)).optional()?)
}

pub(super) fn page(
    db: &Connection,
    query: &PageQuery,
    database: &str,
) -> Result<Vec<Arc<Organization>>, Failure> {
    let column = match query.sort {
        SortKey::Name => "o.name_key",
        SortKey::Created => "o.created_at",
        SortKey::Updated => "o.updated_at",
    };
    let (beyond, direction) = if query.reverse { ("<", "DESC") } else { (">", "ASC") };
    let mut conditions = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(state) = query.state {
        conditions.push("o.state = ?".to_owned());
        values.push(Box::new(state.as_str()));
    }
    if let Some(after) = &query.after {
        conditions.push(format!("({column}, o.id) {beyond} (?, ?)"));
        let (key, id): (Box<dyn ToSql>, _) = match after {
            Position::Name(key, id) => (Box::new(key.clone()), id),
            Position::Time(time, id) => (Box::new(*time), id),
        };
        values.push(key);
        values.push(Box::new(id_text(*id)));
    }
    let condition =
        if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    values.push(Box::new(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let sql = format!("{ORGANIZATION} {condition} ORDER BY {column} {direction}, o.id {direction} LIMIT ?");
    let mut statement = db.prepare_cached(&sql)?;
    let rows =
        statement.query_map(rusqlite::params_from_iter(values), |row| organization_of(row, database))?;
    Ok(rows.map(|row| row.map(Arc::new)).collect::<Result<_, _>>()?)
}

pub(super) fn has_collection(db: &Connection, name: &CollectionName) -> Result<bool, Failure> {
    Ok(db.prepare_cached("SELECT 1 FROM collections WHERE name = ?1")?.exists([name.as_str()])?)
}

pub(super) fn figures(db: &Connection, organization: &Organization) -> Result<Figures, Failure> {
    let name = organization.collection_name();
    let id: Option<i64> = db
        .prepare_cached("SELECT id FROM collections WHERE name = ?1 AND organization_id = ?2")?
        .query_row([name, &id_text(organization.id)], |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        return Err(Error::CollectionMissing(name.to_owned()).into());
    };
    let (documents, bytes): (i64, i64) = db
        .prepare_cached(
            "SELECT COUNT(*), COALESCE(SUM(LENGTH(CAST(doc AS BLOB))), 0) FROM documents WHERE collection_id = ?1",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Figures {
        documents: u64::try_from(documents).unwrap_or(0),
        data_bytes: u64::try_from(bytes).unwrap_or(0),
        ..Figures::default()
    })
}

fn exists(tx: &Transaction<'_>, sql: &str, value: &str) -> Result<bool, Failure> {
    Ok(tx.prepare_cached(sql)?.exists([value])?)
}

fn refuse_taken_name(tx: &Transaction<'_>, key: &str, display: &str) -> Result<(), Failure> {
    if exists(tx, "SELECT 1 FROM organizations WHERE name_key = ?1", key)? {
        return Err(Error::NameTaken(display.to_owned()).into());
    }
    Ok(())
}

fn refuse_taken_email(tx: &Transaction<'_>, key: &str, email: &str) -> Result<(), Failure> {
    if exists(tx, "SELECT 1 FROM admins WHERE email_key = ?1", key)? {
        return Err(Error::EmailTaken(email.to_owned()).into());
    }
    Ok(())
}

fn refuse_taken_collection(tx: &Transaction<'_>, name: &CollectionName) -> Result<(), Failure> {
    if exists(tx, "SELECT 1 FROM collections WHERE name = ?1", name.as_str())? {
        return Err(Error::CollectionExists(name.as_str().to_owned()).into());
    }
    Ok(())
}

pub(super) fn create(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    audit: &AuditEntry,
) -> Result<Organization, Failure> {
    refuse_taken_name(tx, new.name.key(), new.name.display())?;
    refuse_taken_email(tx, new.admin.email.key(), new.admin.email.as_str())?;
    refuse_taken_collection(tx, &new.collection)?;
    let uuid = Uuid::new_v4();
    insert(tx, new, uuid, audit.at.as_millisecond())?;
    accounts::insert(tx, &new.admin, Role::Admin, Some(new.id), audit.at)?;
    audit::insert_operation(tx, audit)?;
    Ok(Organization {
        id: new.id,
        name: new.name.display().to_owned(),
        name_key: new.name.key().to_owned(),
        collection: Some(new.collection.clone()),
        collection_uuid: Some(uuid),
        admin_id: new.admin.id,
        admin_email: new.admin.email.as_str().to_owned(),
        state: State::Active,
        epoch: Epoch(1),
        created_at: audit.at,
        updated_at: audit.at,
    })
}

/// The rows of a new organization and its collection, without its admin.
pub(super) fn insert(
    tx: &Transaction<'_>,
    new: &NewOrganization,
    uuid: Uuid,
    at: i64,
) -> Result<(), Failure> {
    tx.prepare_cached("INSERT INTO organizations VALUES (?1, ?2, ?3, ?4, ?5, 'active', 1, ?6, ?6)")?
        .execute(params![
            id_text(new.id),
            new.name.display(),
            new.name.key(),
            new.collection.as_str(),
            new.admin.id.0.to_string(),
            at
        ])?;
    tx.prepare_cached("INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, ?3)")?
        .execute(params![new.collection.as_str(), uuid.to_string(), id_text(new.id)])?;
    Ok(())
}

/// The organization as it stands now, if it still is what was looked at.
fn unchanged(tx: &Transaction<'_>, seen: &Organization, database: &str) -> Result<Organization, Failure> {
    let now = find(tx, &Lookup::Id(seen.id), database)?.ok_or(Error::NotFound)?;
    if now.epoch == seen.epoch { Ok(now) } else { Err(Error::Changed.into()) }
}

pub(super) fn update(
    tx: &Transaction<'_>,
    current: &Organization,
    admin: &Account,
    change: &OrganizationChange,
    audit: &AuditEntry,
    database: &str,
) -> Result<Organization, Failure> {
    let now = unchanged(tx, current, database)?;
    if let Some((name, collection)) = &change.name {
        if name.key() != now.name_key {
            refuse_taken_name(tx, name.key(), name.display())?;
        }
        if collection.as_str() != now.collection_name() {
            move_collection(tx, &now, collection)?;
        }
        tx.prepare_cached(
            "UPDATE organizations SET organization_name = ?1, name_key = ?2, collection_name = ?3 WHERE id = ?4",
        )?
        .execute(params![name.display(), name.key(), collection.as_str(), id_text(now.id)])?;
    }
    update_admin(tx, admin, change, audit)?;
    tx.prepare_cached("UPDATE organizations SET epoch = epoch + 1, updated_at = ?1 WHERE id = ?2")?
        .execute(params![audit.at.as_millisecond(), id_text(now.id)])?;
    audit::insert_operation(tx, audit)?;
    find(tx, &Lookup::Id(now.id), database)?.ok_or_else(|| Error::NotFound.into())
}

fn move_collection(tx: &Transaction<'_>, now: &Organization, to: &CollectionName) -> Result<(), Failure> {
    refuse_taken_collection(tx, to)?;
    let moved = tx
        .prepare_cached("UPDATE collections SET name = ?1 WHERE name = ?2 AND organization_id = ?3")?
        .execute(params![to.as_str(), now.collection_name(), id_text(now.id)])?;
    if moved == 1 { Ok(()) } else { Err(Error::CollectionMissing(now.collection_name().to_owned()).into()) }
}

/// Email and password of the admin, in one step that raises both versions: its sessions end.
fn update_admin(
    tx: &Transaction<'_>,
    admin: &Account,
    change: &OrganizationChange,
    audit: &AuditEntry,
) -> Result<(), Failure> {
    if change.admin_email.is_none() && change.admin_password_hash.is_none() {
        return Ok(());
    }
    if let Some(email) = &change.admin_email {
        let taken: Option<String> = tx
            .prepare_cached("SELECT id FROM admins WHERE email_key = ?1")?
            .query_row([email.key()], |row| row.get(0))
            .optional()?;
        if taken.is_some_and(|id| id != admin.id.0.to_string()) {
            return Err(Error::EmailTaken(email.as_str().to_owned()).into());
        }
    }
    let changed = tx
        .prepare_cached(
            "UPDATE admins SET email = COALESCE(?1, email), email_key = COALESCE(?2, email_key),
             password = COALESCE(?3, password), version = version + 1, token_version = token_version + 1,
             updated_at = ?4 WHERE id = ?5 AND version = ?6",
        )?
        .execute(params![
            change.admin_email.as_ref().map(crate::domain::account::Email::as_str),
            change.admin_email.as_ref().map(crate::domain::account::Email::key),
            change.admin_password_hash.as_ref().map(secrecy::ExposeSecret::expose_secret),
            audit.at.as_millisecond(),
            admin.id.0.to_string(),
            admin.version,
        ])?;
    if changed == 1 { Ok(()) } else { Err(Error::Changed.into()) }
}

pub(super) fn delete(
    tx: &Transaction<'_>,
    current: &Organization,
    audit: &AuditEntry,
    database: &str,
) -> Result<(), Failure> {
    let now = unchanged(tx, current, database)?;
    let id = id_text(now.id);
    // Its documents go with it.
    tx.prepare_cached("DELETE FROM collections WHERE name = ?1 AND organization_id = ?2")?
        .execute([now.collection_name(), &id])?;
    tx.prepare_cached("DELETE FROM admins WHERE organization_id = ?1")?.execute([&id])?;
    tx.prepare_cached("DELETE FROM organizations WHERE id = ?1")?.execute([&id])?;
    audit::insert_operation(tx, audit)
}
