//! The audit: a row per entry, written in the transaction of its write.

use super::failure::Failure;
use super::schema::{foreign, optional_uuid_at, time_at, uuid_at};
use super::{EmbeddedStore, expiry, rows};
use crate::domain::name::key_of;
use crate::domain::{AccountId, AuditAction, AuditEntry, AuditOutcome, Email, OrganizationId};
use crate::port::{Audit, AuditPosition, AuditQuery, Error, Page, Result};
use async_trait::async_trait;
use rusqlite::{Connection, Row, ToSql, Transaction, params};

#[async_trait]
impl Audit for EmbeddedStore {
    async fn record(&self, audit: AuditEntry) -> Result<()> {
        self.write(move |tx| insert(tx, &audit)).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>> {
        let query = query.clone();
        self.read(move |db| entries(db, &query)).await
    }
}

/// Writes the entry of an operation. Its id may have been used before for something else.
pub(super) fn insert_operation(tx: &Transaction<'_>, entry: &AuditEntry) -> Result<(), Failure> {
    if tx.prepare_cached("SELECT 1 FROM audit WHERE id = ?1")?.exists([entry.id.to_string()])? {
        return Err(Error::OperationMismatch.into());
    }
    insert(tx, entry)
}

/// Writes an entry and deletes a few expired ones. A repeat changes nothing.
pub(super) fn insert(tx: &Transaction<'_>, entry: &AuditEntry) -> Result<(), Failure> {
    expiry::forget(tx, entry.at)?;
    insert_only(tx, entry)
}

/// Writes an entry. A repeat changes nothing.
pub(super) fn insert_only(tx: &Transaction<'_>, entry: &AuditEntry) -> Result<(), Failure> {
    tx.prepare_cached(
        "INSERT OR IGNORE INTO audit (id, at, actor, actor_key, actor_id, action, outcome, organization_id,
         organization_name, name_key, changes, request_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        entry.id.to_string(),
        entry.at.as_millisecond(),
        entry.actor,
        Email::key_of(&entry.actor),
        entry.actor_id.map(|id| id.0.to_string()),
        entry.action.as_str(),
        entry.outcome.as_str(),
        entry.organization_id.map(|id| id.to_string()),
        entry.organization_name,
        entry.organization_name.as_deref().map(key_of),
        serde_json::Value::Object(entry.changes.clone()).to_string(),
        entry.request_hash,
    ])?;
    Ok(())
}

/// The columns that [`entry_of`] reads.
pub(super) const ENTRY: &str =
    "SELECT id, at, actor, action, outcome, organization_id, organization_name, changes,
    actor_id, request_hash FROM audit";

/// A page of entries, newest first.
fn entries(db: &Connection, query: &AuditQuery) -> Result<Page<AuditEntry, AuditPosition>, Failure> {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut value = |value: Box<dyn ToSql>| {
        values.push(value);
        format!("?{}", values.len())
    };
    if let Some(id) = query.id {
        conditions.push(format!("id = {}", value(Box::new(id.to_string()))));
    }
    if let Some(key) = &query.actor_key {
        conditions.push(format!("actor_key = {}", value(Box::new(key.clone()))));
    }
    if !query.actions.is_empty() {
        let words = query.actions.iter().map(|action| value(Box::new(action.as_str())));
        conditions.push(format!("action IN ({})", words.collect::<Vec<_>>().join(", ")));
    }
    if let Some(since) = query.since {
        conditions.push(format!("at >= {}", value(Box::new(since.as_millisecond()))));
    }
    if let Some(after) = query.after {
        let (at, id) = (value(Box::new(after.at)), value(Box::new(after.id.to_string())));
        conditions.push(format!("(at, id) < ({at}, {id})"));
    }
    let organization = query.organization.map(|id| value(Box::new(id.to_string())));
    let name_key = query.name_key.as_ref().map(|key| value(Box::new(key.clone())));
    let sql = sql(&conditions, organization.as_deref(), name_key.as_deref());
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query(rusqlite::params_from_iter(values))?;
    rows::page(
        found,
        query.limit,
        |row| Ok(AuditPosition { at: row.get(1)?, id: uuid_at(row, 0)? }),
        entry_of,
    )
}

/// One read in the order of an index, or one of each of two indexes: an OR of both would sort every match.
fn sql(conditions: &[String], organization: Option<&str>, name_key: Option<&str>) -> String {
    let read = |about: Option<String>| {
        let all: Vec<&str> = about.iter().chain(conditions).map(String::as_str).collect();
        let filter = if all.is_empty() { "1".to_owned() } else { all.join(" AND ") };
        format!("{ENTRY} WHERE {filter}")
    };
    let of_name = |key: &str| format!("name_key = {key}");
    let found = match (organization, name_key) {
        (Some(id), Some(key)) => {
            let by_id = read(Some(format!("organization_id = {id}")));
            let by_name = read(Some(format!("{} AND organization_id IS NOT {id}", of_name(key))));
            format!("{by_id} UNION ALL {by_name}")
        }
        (Some(id), None) => read(Some(format!("organization_id = {id}"))),
        (None, key) => read(key.map(of_name)),
    };
    format!("{found} ORDER BY at DESC, id DESC")
}

pub(super) fn entry_of(row: &Row<'_>) -> Result<AuditEntry, rusqlite::Error> {
    let (action, outcome, changes): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(7)?);
    Ok(AuditEntry {
        id: uuid_at(row, 0)?,
        at: time_at(row, 1)?,
        actor: row.get(2)?,
        actor_id: optional_uuid_at(row, 8)?.map(AccountId),
        actor_version: None,
        action: action.parse::<AuditAction>().ok().ok_or_else(|| foreign(3))?,
        outcome: outcome.parse::<AuditOutcome>().ok().ok_or_else(|| foreign(4))?,
        organization_id: optional_uuid_at(row, 5)?.map(OrganizationId),
        organization_name: row.get(6)?,
        changes: serde_json::from_str(&changes).map_err(|_| foreign(7))?,
        request_hash: row.get(9)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::migrate::tests::{in_memory, plan};
    use super::*;

    /// However many entries match, a page reads at most its own length of each index.
    #[test]
    fn entries_are_read_in_the_order_of_an_index() {
        let db = in_memory();
        let conditions =
            ["at >= 5", "(at, id) < (9, 'x')", "action IN ('init', 'repair')"].map(str::to_owned);
        for (organization, name_key, indexes) in [
            (None, None, vec!["audit_by_time"]),
            (Some("'a'"), None, vec!["audit_by_organization"]),
            (None, Some("'b'"), vec!["audit_by_name"]),
            (Some("'a'"), Some("'b'"), vec!["audit_by_organization", "audit_by_name"]),
        ] {
            let plan = plan(&db, &sql(&conditions, organization, name_key));
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN audit"), "{plan}");
            assert!(indexes.iter().all(|index| plan.contains(index)), "{plan}");
        }
    }
}
