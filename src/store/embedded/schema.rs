//! The tables of the file, and how their values are read.

use super::failure::Failure;
use crate::service::Error;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior};
use std::path::Path;
use uuid::Uuid;

/// Marks the file as tenantry's (`PRAGMA application_id`): "tnty".
pub(super) const APPLICATION_ID: i32 = 0x746e_7479;
/// The version of the tables (`PRAGMA user_version`).
pub(super) const VERSION: i32 = 1;

/// Times are milliseconds since 1970. A collection and its documents are rows, so that create, rename and drop are
/// writes of rows like any other, inside one transaction.
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

/// Whether the file is a store of ours; an empty one is none yet.
///
/// Refuses a file of another application and one made by a newer tenantry.
pub(super) fn check(db: &Connection, path: &Path) -> Result<bool, Failure> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let path = path.display();
    match (application, version) {
        (0, 0) if tables == 0 => Ok(false),
        (APPLICATION_ID, VERSION) => Ok(true),
        (APPLICATION_ID, newer) if newer > VERSION => Err(Failure::Refused(Error::StoreUnusable(format!(
            "{path} was made by a newer tenantry (its version is {newer}, this one reads {VERSION})."
        )))),
        _ => Err(Failure::Refused(Error::StoreUnusable(format!(
            "{path} is a database of another application."
        )))),
    }
}

/// Makes the tables, unless another process just did.
pub(super) fn make(db: &mut Connection, path: &Path) -> Result<(), Failure> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !check(&transaction, path)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}

/// The id of the store; `None` until it has its first operator.
pub(super) fn store_id(db: &Connection) -> Result<Option<Uuid>, Failure> {
    Ok(db.query_row("SELECT store_id FROM meta", [], |row| uuid_at(row, 0)).optional()?)
}

/// A value that tenantry would not have written.
pub(super) fn foreign(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(
        column,
        Type::Text,
        "a value that tenantry does not write".into(),
    )
}

pub(super) fn uuid_at(row: &Row<'_>, column: usize) -> Result<Uuid, rusqlite::Error> {
    row.get::<_, String>(column)?.parse().map_err(|_| foreign(column))
}

pub(super) fn optional_uuid_at(row: &Row<'_>, column: usize) -> Result<Option<Uuid>, rusqlite::Error> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_| foreign(column))).transpose()
}

pub(super) fn time_at(row: &Row<'_>, column: usize) -> Result<Timestamp, rusqlite::Error> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|_| foreign(column))
}
