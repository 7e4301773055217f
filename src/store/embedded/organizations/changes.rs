//! What changed since somebody looked, in the order in which it was written.

use super::{COLUMNS, RECORDS, organization_of};
use crate::domain::{AuditAction, OrganizationId};
use crate::port::{Changes, ChangesPosition, ChangesQuery, ChangesSince, Feed, NewEntry, OVERLAP, Result};
use crate::store::embedded::failure::Failure;
use crate::store::embedded::schema::{optional_uuid_at, uuid_at};
use crate::store::embedded::{EmbeddedStore, blocking, id_text, rows};
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// The time of a write, in milliseconds: SQLite's clock, but always later than every write before, so that what was
/// written since has greater ones.
pub(super) const TOUCHED_AT: &str = "MAX(CAST(unixepoch('subsec') * 1000 AS INTEGER),
    1 + COALESCE((SELECT MAX(touched_at) FROM organizations), 0))";

/// What every write to an organization sets.
pub(in crate::store::embedded) fn raised() -> String {
    format!("epoch = epoch + 1, touched_at = {TOUCHED_AT}")
}

#[async_trait]
impl Feed for EmbeddedStore {
    async fn changes(&self, query: &ChangesQuery) -> Result<Changes> {
        let connections = self.connections(false).await?.ok_or(crate::port::Error::NotInitialized)?;
        let (query, database) = (query.clone(), self.database.clone());
        blocking(move || connections.watch(|db| changes(db, &query, &database))).await
    }
}

fn changes(db: &Connection, query: &ChangesQuery, database: &str) -> Result<Changes, Failure> {
    // Before the snapshot: what is written in between is looked for once more.
    let stamp: i64 = db.pragma_query_value(None, "data_version", |row| row.get(0))?;
    if let ChangesSince::Position(seen) = query.since
        && seen.stamp == stamp
    {
        return Ok(Changes::none(seen));
    }
    let snapshot = db.unchecked_transaction()?;
    let last = |sql: &str| snapshot.prepare_cached(sql)?.query_row([], |row| row.get::<_, Option<i64>>(0));
    let touched_at = last("SELECT MAX(touched_at) FROM organizations")?.unwrap_or(0);
    let audit = last("SELECT MAX(rowid) FROM audit")?.unwrap_or(0);
    let next = ChangesPosition { stamp, touched_at, seen_at: query.now.as_millisecond(), audit };
    let mut changes = Changes::none(next);
    let from = match query.since {
        ChangesSince::Position(seen) => (seen.touched_at, seen.audit),
        ChangesSince::Ago(ago) => {
            let ago = (ago + OVERLAP).as_millis();
            let time: i64 =
                snapshot
                    .query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
            let since = time.saturating_sub(i64::try_from(ago).unwrap_or(i64::MAX));
            // Times of the audit are the service's.
            let at = query.now.as_millisecond().saturating_sub(i64::try_from(ago).unwrap_or(i64::MAX));
            let before = "SELECT rowid FROM audit WHERE at < ?1 ORDER BY at DESC, id DESC LIMIT 1";
            let before = snapshot.prepare_cached(before)?.query_row([at], |row| row.get(0)).optional()?;
            (since, before.unwrap_or(0))
        }
    };
    // Rows are numbered anew by a VACUUM.
    changes.is_too_much = audit < from.1;
    read_organizations(&snapshot, query, database, from.0, &mut changes)?;
    read_audit(&snapshot, query, from.1, &mut changes)?;
    for id in &query.at_work {
        let there =
            snapshot.prepare_cached("SELECT 1 FROM organizations WHERE id = ?1")?.exists([id_text(*id)])?;
        changes.gone.extend((!there).then_some(*id));
    }
    Ok(changes)
}

fn read_organizations(
    db: &Connection,
    query: &ChangesQuery,
    database: &str,
    since: i64,
    changes: &mut Changes,
) -> Result<(), Failure> {
    let sql = format!("SELECT {COLUMNS} FROM {RECORDS} WHERE o.touched_at > ?1 ORDER BY o.touched_at, o.id");
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = statement.query([since])?;
    while let Some(row) = found.next()? {
        if changes.organizations.len() >= query.limit {
            changes.is_too_much = true;
            break;
        }
        let read = rows::readable(organization_of(row, database))?;
        changes.organizations.extend(read.map(Arc::new));
    }
    Ok(())
}

fn read_audit(
    db: &Connection,
    query: &ChangesQuery,
    since: i64,
    changes: &mut Changes,
) -> Result<(), Failure> {
    let mut statement = db.prepare_cached(
        "SELECT id, organization_id, action FROM audit WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
    )?;
    let limit = i64::try_from(query.limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut found = statement.query(params![since, limit])?;
    while let Some(row) = found.next()? {
        if changes.entries.len() >= query.limit {
            changes.is_too_much = true;
            break;
        }
        let read = (|| Ok((uuid_at(row, 0)?, optional_uuid_at(row, 1)?, row.get::<_, String>(2)?)))();
        let Some((id, organization, action)) = rows::readable(read)? else { continue };
        let organization = organization.map(OrganizationId);
        changes.entries.push(NewEntry { id, organization });
        if action == AuditAction::OrganizationPurge.as_str() {
            changes.gone.extend(organization);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::migrate::tests::{in_memory, plan};

    #[test]
    fn what_changed_is_found_by_an_index() {
        let db = in_memory();
        let sql =
            format!("SELECT {COLUMNS} FROM {RECORDS} WHERE o.touched_at > 5 ORDER BY o.touched_at, o.id");
        let found = plan(&db, &sql);
        assert!(found.contains("organizations_by_touched") && !found.contains("TEMP B-TREE"), "{found}");
        let last = plan(&db, "SELECT MAX(touched_at) FROM organizations");
        assert!(last.contains("organizations_by_touched"), "{last}");
    }
}
