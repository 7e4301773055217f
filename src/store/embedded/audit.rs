//! The audit: a row of each entry, written in the transaction of what it is about.

use super::failure::Failure;
use super::schema::{foreign, optional_uuid_at, time_at, uuid_at};
use crate::domain::name::key_of;
use crate::domain::{Email, OrganizationId};
use crate::service::Error;
use crate::service::audit::KEPT;
use crate::service::store::{AuditAction, AuditEntry, AuditOutcome, AuditQuery};
use rusqlite::{Connection, Row, ToSql, Transaction, params};

/// Writes the entry of an operation; its id may have been used before, for something else.
pub(super) fn insert_operation(tx: &Transaction<'_>, entry: &AuditEntry) -> Result<(), Failure> {
    if tx.prepare_cached("SELECT 1 FROM audit WHERE id = ?1")?.exists([entry.id.to_string()])? {
        return Err(Error::OperationMismatch.into());
    }
    insert(tx, entry)
}

/// Writes an entry, and forgets those that are too old to be shown. A repeat changes nothing.
pub(super) fn insert(tx: &Transaction<'_>, entry: &AuditEntry) -> Result<(), Failure> {
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    let oldest = entry.at.as_millisecond().saturating_sub(kept);
    tx.prepare_cached("DELETE FROM audit WHERE at < ?1")?.execute([oldest])?;
    tx.prepare_cached("INSERT OR IGNORE INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?
        .execute(params![
            entry.id.to_string(),
            entry.at.as_millisecond(),
            entry.actor,
            Email::key_of(&entry.actor),
            entry.action.as_str(),
            entry.outcome.as_str(),
            entry.organization_id.map(|id| id.to_string()),
            entry.organization_name,
            entry.organization_name.as_deref().map(key_of),
            serde_json::Value::Object(entry.changes.clone()).to_string(),
        ])?;
    Ok(())
}

/// Entries of a query, newest first.
pub(super) fn entries(db: &Connection, query: &AuditQuery) -> Result<Vec<AuditEntry>, Failure> {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut value = |value: Box<dyn ToSql>| {
        values.push(value);
        format!("?{}", values.len())
    };
    if let Some(id) = query.id {
        conditions.push(format!("id = {}", value(Box::new(id.to_string()))));
    }
    let mut about: Vec<String> = Vec::new();
    if let Some(id) = query.organization {
        about.push(format!("organization_id = {}", value(Box::new(id.to_string()))));
    }
    if let Some(key) = &query.name_key {
        about.push(format!("name_key = {}", value(Box::new(key.clone()))));
    }
    if !about.is_empty() {
        conditions.push(format!("({})", about.join(" OR ")));
    }
    if let Some(key) = &query.actor_key {
        conditions.push(format!("actor_key = {}", value(Box::new(key.clone()))));
    }
    if let Some(since) = query.since {
        conditions.push(format!("at >= {}", value(Box::new(since.as_millisecond()))));
    }
    if let Some((at, id)) = query.after {
        conditions.push(format!("(at, id) < ({}, {})", value(Box::new(at)), value(Box::new(id.to_string()))));
    }
    let filter = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    let limit = value(Box::new(i64::try_from(query.limit).unwrap_or(i64::MAX)));
    let mut statement = db.prepare_cached(&format!(
        "SELECT id, at, actor, action, outcome, organization_id, organization_name, changes
         FROM audit WHERE {filter} ORDER BY at DESC, id DESC LIMIT {limit}",
    ))?;
    let rows = statement.query_map(rusqlite::params_from_iter(values), entry_of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn entry_of(row: &Row<'_>) -> Result<AuditEntry, rusqlite::Error> {
    let (action, outcome, changes): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(7)?);
    Ok(AuditEntry {
        id: uuid_at(row, 0)?,
        at: time_at(row, 1)?,
        actor: row.get(2)?,
        action: AuditAction::from_word(&action).ok_or_else(|| foreign(3))?,
        outcome: AuditOutcome::from_word(&outcome).ok_or_else(|| foreign(4))?,
        organization_id: optional_uuid_at(row, 5)?.map(OrganizationId),
        organization_name: row.get(6)?,
        changes: serde_json::from_str(&changes).map_err(|_| foreign(7))?,
    })
}
