//! The tables of the file, and how to read their values.

use super::failure::Failure;
use super::migrate;
use crate::domain::name::hexadecimal;
use crate::port::Error;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::Path;
use uuid::Uuid;

/// Marks the file as tenantry's (`PRAGMA application_id`): "tnty".
pub(super) const APPLICATION_ID: i32 = 0x746e_7479;
/// The version of the tables (`PRAGMA user_version`).
pub(super) const VERSION: i32 = 7;

/// The content of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// No table.
    Nothing,
    /// A store of this version.
    Store(i32),
    /// Tables without an application id, as `.dump` creates them.
    Dump,
}

/// Refuses files of other applications and of newer versions of tenantry.
pub(super) fn find(db: &Connection, path: &Path) -> Result<Found, Failure> {
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 = db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (application, version) {
        (0, 0) if tables == 0 => Ok(Found::Nothing),
        (0, 0) => Ok(Found::Dump),
        (APPLICATION_ID, 1..=VERSION) => Ok(Found::Store(version)),
        (APPLICATION_ID, newer) if newer > VERSION => Err(Failure::Refused(Error::StoreUnusable(format!(
            "{} was created by a newer tenantry (its version is {newer}, this one reads {VERSION}).",
            path.display()
        )))),
        _ => Err(another_application(path)),
    }
}

fn another_application(path: &Path) -> Failure {
    Failure::Refused(Error::StoreUnusable(format!(
        "{} is a database of another application.",
        path.display()
    )))
}

/// SHA-256 of the tables of each version: creating them for a comparison takes longer than a whole command. After a
/// change of a migration, a test prints the new value.
const DIGESTS: [&str; VERSION as usize] = [
    "d50460d61a96319b0c54e215c17da799466b069b58a18139e79582def7f3123d",
    "1c5f2c52988af5bff10469904cca933274374caa6097dd4f66f68cb5f6245d6f",
    "c1f53cffe46331cf44d12c3e599ea4d0341e6f966dcf39e1d25120bf996add28",
    // Same tables as version 3: only keys changed.
    "c1f53cffe46331cf44d12c3e599ea4d0341e6f966dcf39e1d25120bf996add28",
    "c553234e70f79dbea8901d9609c06f38a8ebc271c0c581e23d9df9a209f0ab13",
    "c6be6b8bcfcbda69361191f1e729f3a2449f8d0de4fbf77a796d1f1a11b45637",
    "4269030a4f18005696418b26665e277ffea8bfd383ad97b4872c7f65e76a0304",
];

/// Refuses tables, triggers and views that tenantry does not create. Returns the version of the tables; in a dump only
/// they identify it.
pub(super) fn compare(db: &Connection, found: Found, path: &Path) -> Result<i32, Failure> {
    if found == Found::Nothing {
        return Ok(0);
    }
    let there = objects(db)?;
    let digest = digest(&there);
    let mut versions =
        (1..=VERSION).zip(DIGESTS).filter(|(_, known)| *known == digest).map(|(version, _)| version);
    match found {
        Found::Store(marked) if versions.any(|version| version == marked) => Ok(marked),
        Found::Store(marked) => {
            let what = difference(&there, &expected(marked)?);
            Err(Failure::Refused(Error::StoreUnusable(format!(
                "{} was changed by another program: {what}. Restore it from a backup.",
                path.display()
            ))))
        }
        // Of two versions with the same tables, the older one: a repeated migration changes nothing.
        Found::Dump | Found::Nothing => versions.next().ok_or_else(|| another_application(path)),
    }
}

fn digest(objects: &BTreeSet<Object>) -> String {
    let mut sum = Sha256::new();
    for (kind, name, table, sql) in objects {
        for text in [kind, name, table, sql] {
            sum.update(text.len().to_le_bytes());
            sum.update(text);
        }
    }
    hexadecimal(&sum.finalize())
}

/// Kind, name, table and SQL of an object in the file.
type Object = (String, String, String, String);

/// Leaves the tables of `ANALYZE` out.
fn objects(db: &Connection) -> Result<BTreeSet<Object>, rusqlite::Error> {
    db.prepare(
        "SELECT type, name, tbl_name, COALESCE(sql, '') FROM sqlite_schema
         WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4'))",
    )?
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
    .collect()
}

/// The objects that the migrations create, up to a version.
fn expected(version: i32) -> Result<BTreeSet<Object>, rusqlite::Error> {
    let mut db = Connection::open_in_memory()?;
    let transaction = db.transaction()?;
    for migration in migrate::MIGRATIONS.iter().take(usize::try_from(version).unwrap_or(0)) {
        migration(&transaction)?;
    }
    objects(&transaction)
}

fn difference(there: &BTreeSet<Object>, expected: &BTreeSet<Object>) -> String {
    let is_known = |(kind, name, ..): &Object| {
        expected.iter().any(|(other_kind, other_name, ..)| (kind, name) == (other_kind, other_name))
    };
    if let Some(object) = there.difference(expected).next() {
        let (kind, name, ..) = object;
        let what = if is_known(object) {
            "differs from what tenantry creates"
        } else {
            "was not created by tenantry"
        };
        return format!("the {kind} {name:?} {what}");
    }
    match expected.difference(there).next() {
        Some((kind, name, ..)) => format!("the {kind} {name:?} is missing"),
        None => "its version does not match its tables".to_owned(),
    }
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

pub(super) fn optional_time_at(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, rusqlite::Error> {
    let time: Option<i64> = row.get(column)?;
    time.map(|time| Timestamp::from_millisecond(time).map_err(|_| foreign(column))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_migrations() {
        let made: Vec<String> = (1..=VERSION).map(|version| digest(&expected(version).unwrap())).collect();
        assert_eq!(made, DIGESTS);
    }
}
