//! Pages of organizations in the order of an index.

use super::{COLUMNS, RECORDS, organization_of};
use crate::domain::{Organization, OrganizationId, SortKey, Status};
use crate::port::{OrganizationQuery, Page, Position};
use crate::store::embedded::failure::Failure;
use crate::store::embedded::schema::uuid_at;
use crate::store::embedded::{id_text, rows};
use rusqlite::{Connection, Row, ToSql};
use std::sync::Arc;

pub(super) fn page(
    db: &Connection,
    query: &OrganizationQuery,
    database: &str,
) -> Result<Page<Arc<Organization>, Position>, Failure> {
    let (sql, values) = statement(query);
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query(rusqlite::params_from_iter(values))?;
    let (_, place) = order(query);
    let position = |row: &Row<'_>| {
        let id = OrganizationId(uuid_at(row, 0)?);
        Ok(match query.sort {
            SortKey::Name => Position::Name(row.get(place)?, id),
            SortKey::Created | SortKey::Updated => Position::Time(row.get(place)?, id),
        })
    };
    rows::page(found, query.limit, position, |row| organization_of(row, database).map(Arc::new))
}

fn is_trash(query: &OrganizationQuery) -> bool {
    query.status == Some(Status::Deleted)
}

/// The sort column, and its position in [`COLUMNS`].
fn order(query: &OrganizationQuery) -> (&'static str, usize) {
    match query.sort {
        SortKey::Name if is_trash(query) => ("o.deleted_name_key", 14),
        SortKey::Name => ("o.name_key", 2),
        SortKey::Created => ("o.created_at", 16),
        SortKey::Updated => ("o.updated_at", 17),
    }
}

/// Without a limit: how many rows a page reads depends on their content.
fn statement(query: &OrganizationQuery) -> (String, Vec<Box<dyn ToSql>>) {
    // Exactly the conditions of the indexes, so that SQLite uses them.
    let place = if is_trash(query) { "o.state = 'deleted'" } else { "o.state <> 'deleted'" };
    let mut conditions = vec![place.to_owned()];
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    if let Some(status) = query.status.filter(|_| !is_trash(query)) {
        conditions.push("o.state = ?".to_owned());
        values.push(Box::new(status.state().as_str()));
        match status {
            Status::Active => conditions.push("o.suspended_at IS NULL".to_owned()),
            Status::Suspended => conditions.push("o.suspended_at IS NOT NULL".to_owned()),
            Status::Creating
            | Status::Renaming
            | Status::Deleting
            | Status::Deleted
            | Status::Restoring
            | Status::Purging => {}
        }
    }
    let (column, _) = order(query);
    let (beyond, direction) = if query.reverse { ("<", "DESC") } else { (">", "ASC") };
    if let Some(after) = &query.after {
        conditions.push(format!("({column}, o.id) {beyond} (?, ?)"));
        let (key, id): (Box<dyn ToSql>, _) = match after {
            Position::Name(key, id) => (Box::new(key.clone()), id),
            Position::Time(time, id) => (Box::new(*time), id),
        };
        values.push(key);
        values.push(Box::new(id_text(*id)));
    }
    let condition = conditions.join(" AND ");
    let sql = format!(
        "SELECT {COLUMNS} FROM {RECORDS} WHERE {condition} ORDER BY {column} {direction}, o.id {direction}"
    );
    (sql, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::embedded::migrate::tests::in_memory;
    use uuid::Uuid;

    fn plan(db: &Connection, query: &OrganizationQuery) -> Vec<String> {
        let (sql, values) = statement(query);
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| row.get(3)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn lists_are_read_in_the_order_of_an_index() {
        let db = in_memory();
        let id = OrganizationId(Uuid::nil());
        for status in [None, Some(Status::Active), Some(Status::Suspended), Some(Status::Deleted)] {
            for (sort, index) in [
                (SortKey::Name, "organizations_by_name"),
                (SortKey::Created, "organizations_by_created"),
                (SortKey::Updated, "organizations_by_updated"),
            ] {
                let index = match (status, sort) {
                    (Some(Status::Deleted), SortKey::Name) => "deleted_by_name",
                    // The trash is small: other orders than by name are sorted.
                    (Some(Status::Deleted), _) => continue,
                    _ => index,
                };
                let after = match sort {
                    SortKey::Name => Position::Name("acme".into(), id),
                    SortKey::Created | SortKey::Updated => Position::Time(1, id),
                };
                for after in [None, Some(after)] {
                    for reverse in [false, true] {
                        let query =
                            OrganizationQuery { status, sort, reverse, after: after.clone(), limit: 9 };
                        let plan = plan(&db, &query);
                        assert!(plan[0].contains(index), "{query:?}: {plan:?}");
                        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{query:?}: {plan:?}");
                    }
                }
            }
        }
    }
}
