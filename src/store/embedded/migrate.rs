//! The tables of each version, and the migrations between them. A new store takes the same steps, so that its tables
//! are identical to those of an old one.

use super::failure::Failure;
use super::generation::Mark;
use super::schema::{self, APPLICATION_ID, Found, VERSION};
use super::{version_2, version_3, version_4, version_5, version_6, version_7};
use crate::port::Error;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;

/// A migration from the previous version.
pub(super) type Migration = fn(&Transaction<'_>) -> Result<(), rusqlite::Error>;

/// The first one creates version 1.
pub(super) const MIGRATIONS: [Migration; VERSION as usize] =
    [version_1, version_2, version_3, version_4::run, version_5, version_6::run, version_7];

/// Migrates the file to this version in one transaction, unless another process just did.
pub(super) fn run(db: &mut Connection, path: &Path) -> Result<(), Failure> {
    // Tables that refer to each other are created again, and references may be broken where another program wrote to
    // the file.
    db.pragma_update(None, "foreign_keys", false)?;
    let done = run_all(db, path);
    db.pragma_update(None, "foreign_keys", true)?;
    done
}

fn run_all(db: &mut Connection, path: &Path) -> Result<(), Failure> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = schema::find(&transaction, path)?;
    if found == Found::Store(VERSION) {
        return Ok(());
    }
    let version = schema::compare(&transaction, found, path)?;
    let before = Mark::read(&transaction)?.filter(|_| matches!(found, Found::Store(_)));
    for migration in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        migration(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    // The module `generation` distinguishes files by it. This is the last step, since SQLite increments it with each
    // of the others.
    let schema_version = before.map(Mark::schema_after_migration).map_or_else(random, Ok)?;
    transaction.pragma_update(None, "schema_version", schema_version)?;
    transaction.commit()?;
    Ok(())
}

/// A number that another file only has by accident.
fn random() -> Result<i32, Failure> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(&error))?;
    Ok(i32::from_le_bytes(bytes) & i32::MAX)
}

fn version_1(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(TABLES)
}

/// Times are milliseconds since 1970. A collection and its documents are rows, so create, rename and drop are ordinary
/// writes in one transaction.
const TABLES: &str = "
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    operators INTEGER NOT NULL,
    initialized_at INTEGER NOT NULL
) STRICT;
CREATE TABLE organizations (
    id TEXT PRIMARY KEY,
    organization_name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    collection_name TEXT NOT NULL UNIQUE,
    admin_id TEXT NOT NULL,
    state TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX organizations_by_name ON organizations (name_key, id);
CREATE INDEX organizations_by_created ON organizations (created_at, id);
CREATE INDEX organizations_by_updated ON organizations (updated_at, id);
CREATE TABLE admins (
    id TEXT PRIMARY KEY,
    organization_id TEXT REFERENCES organizations (id) DEFERRABLE INITIALLY DEFERRED,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'operator')),
    version INTEGER NOT NULL,
    token_version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX admins_by_organization ON admins (organization_id);
CREATE INDEX operators ON admins (email_key) WHERE role = 'operator';
CREATE TABLE collections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    uuid TEXT NOT NULL UNIQUE,
    organization_id TEXT
) STRICT;
CREATE TABLE documents (
    collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    _id TEXT NOT NULL CHECK (_id <> '_tenantry'),
    doc TEXT NOT NULL,
    PRIMARY KEY (collection_id, _id)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    actor_key TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    organization_id TEXT,
    organization_name TEXT,
    name_key TEXT,
    changes TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_organization ON audit (organization_id, at, id);
CREATE INDEX audit_by_name ON audit (name_key, at, id);
CREATE INDEX audit_by_actor ON audit (actor_key, at, id);
CREATE TABLE revoked (jti TEXT PRIMARY KEY, expire_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE throttle (
    id TEXT PRIMARY KEY,
    count INTEGER NOT NULL,
    until INTEGER NOT NULL,
    expire_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

fn version_2(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(version_2::SQL)
}

fn version_3(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(version_3::SQL)
}

fn version_5(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(version_5::SQL)
}

fn version_7(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    tx.execute_batch(version_7::SQL)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The tables of the current version, in memory.
    pub(crate) fn in_memory() -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db, Path::new("tenantry.db")).unwrap();
        db
    }

    /// SQLite's plan for a query.
    pub(crate) fn plan(db: &Connection, sql: &str) -> String {
        let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
        lines.map(|line| line.unwrap() + "\n").collect()
    }

    #[test]
    fn expired_rows_are_found_by_an_index() {
        let db = in_memory();
        for (table, index) in [("revoked", "revoked_by_end"), ("throttle", "throttle_by_end")] {
            let sql = format!("SELECT * FROM {table} WHERE expire_at < 5 ORDER BY expire_at LIMIT 20");
            let plan = plan(&db, &sql);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }

    #[test]
    fn second_run_changes_nothing() {
        let mut db = in_memory();
        let schema = |db: &Connection| -> i32 {
            db.pragma_query_value(None, "schema_version", |row| row.get(0)).unwrap()
        };
        let before = schema(&db);
        run(&mut db, Path::new("tenantry.db")).unwrap();
        assert_eq!(schema(&db), before);
    }
}
