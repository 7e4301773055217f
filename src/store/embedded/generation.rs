//! Checks that the file and the log beside it (`-wal`) belong together.
//!
//! SQLite applies any log that it finds. Beside a backup that was copied over the file, an old log undoes the restore
//! or mixes both files. So every transaction increments `meta.generation`, and stores in `meta.log_since` the
//! generation of the file when its log began. Both reach the file with the log's pages: a log belongs to the file
//! exactly if the file's own generation is between the two.

use super::failure::Failure;
use super::log_file;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction};
use std::ffi::OsString;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Each restore or schema change through SQLite itself increments `PRAGMA schema_version`. This many increments are
/// accepted; the number starts at random, so that another file's is far away.
const REWRITES: i32 = 100;

/// The generation of a file, or of the file with its log applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    schema: i32,
    generation: i64,
    log_since: i64,
}

impl Mark {
    /// `None` for a store without an operator, or of a version without generations.
    pub(super) fn read(db: &Connection) -> Result<Option<Self>, rusqlite::Error> {
        // Not judged by the version, which a dump does not contain.
        let tables =
            "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta' AND sql LIKE '%generation%'";
        if !db.prepare(tables)?.exists([])? {
            return Ok(None);
        }
        let schema = db.pragma_query_value(None, "schema_version", |row| row.get(0))?;
        db.query_row("SELECT generation, log_since FROM meta", [], |row| {
            Ok(Self { schema, generation: row.get(0)?, log_since: row.get(1)? })
        })
        .optional()
    }

    /// The schema version of this store after a migration: one step, whatever SQLite counts. Until its log is emptied, the
    /// file still has the one before.
    pub(super) fn schema_after_migration(self) -> i32 {
        self.schema.wrapping_add(1)
    }

    /// Whether `now` developed from `before`, or was put in its place through SQLite.
    pub(super) fn follows(before: Option<Self>, now: Option<Self>) -> bool {
        match (before, now) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(before), Some(now)) => match now.schema.wrapping_sub(before.schema) {
                0 => now.generation >= before.generation,
                steps => (1..=REWRITES).contains(&steps),
            },
        }
    }
}

/// Whether the file without its log can be the base of the file with its log.
fn belongs(file: Option<Mark>, with_log: Option<Mark>) -> bool {
    match (file, with_log) {
        (None, None) => true,
        (Some(_), None) => false,
        // The log contains the transaction that created the row.
        (None, Some(with_log)) => with_log.log_since == 0,
        (Some(file), Some(with_log)) => match with_log.schema.wrapping_sub(file.schema) {
            0 => (with_log.log_since..=with_log.generation).contains(&file.generation),
            // The log contains a whole other file.
            steps => (1..=REWRITES).contains(&steps),
        },
    }
}

/// Counts a transaction, before its own writes.
pub(super) fn advance(tx: &Transaction<'_>, path: &Path) -> Result<(), rusqlite::Error> {
    tx.prepare_cached(
        "UPDATE meta SET generation = generation + 1, log_since = CASE WHEN ?1 THEN generation ELSE log_since END",
    )?
    .execute([log_file::is_empty(path)])?;
    Ok(())
}

/// Whether file and log belong together. The transaction prevents others from moving later pages of the log into the
/// file. A connection that was open before may see pages from its cache.
pub(super) fn is_one(snapshot: &Transaction<'_>, path: &Path) -> Result<bool, Failure> {
    let with_log = Mark::read(snapshot)?;
    let all_is_in_the_file = log_file::is_empty(path);
    match of_file(path) {
        Ok(file) if all_is_in_the_file => Ok(file == with_log),
        Ok(file) => Ok(belongs(file, with_log)),
        Err(error) => {
            // A page that was being written when the machine stopped; the log has it complete.
            tracing::info!(%error, "the file without its log cannot be read");
            Ok(true)
        }
    }
}

/// Reads the file without its log. Only SQLite may open the file here: closing any other handle would drop this
/// process's locks.
fn of_file(path: &Path) -> Result<Option<Mark>, rusqlite::Error> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Mark::read(&Connection::open_with_flags(immutable_uri(path), flags)?)
}

fn immutable_uri(path: &Path) -> OsString {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    uri.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn mark((schema, generation, log_since): (i32, i64, i64)) -> Mark {
        Mark { schema, generation, log_since }
    }

    #[rstest]
    #[case(Some((7, 5, 5)), Some((7, 9, 5)), true)]
    #[case(Some((7, 9, 5)), Some((7, 9, 5)), true)]
    #[case(Some((7, 4, 4)), Some((7, 9, 5)), false)]
    #[case(Some((7, 10, 9)), Some((7, 9, 5)), false)]
    #[case(Some((1, 7, 6)), Some((7_000, 9, 5)), false)]
    #[case(Some((7, 90, 80)), Some((8, 9, 5)), true)]
    #[case(Some((8, 9, 5)), Some((7, 9, 5)), false)]
    #[case(None, Some((7, 1, 0)), true)]
    #[case(None, Some((7, 9, 5)), false)]
    #[case(Some((7, 9, 5)), None, false)]
    #[case(None, None, true)]
    fn file_belongs_to_a_log_that_began_at_or_before_it(
        #[case] file: Option<(i32, i64, i64)>,
        #[case] with_log: Option<(i32, i64, i64)>,
        #[case] expected: bool,
    ) {
        assert_eq!(belongs(file.map(mark), with_log.map(mark)), expected);
    }

    #[test]
    fn uri_keeps_every_byte_of_a_path() {
        assert_eq!(immutable_uri(Path::new("/a b/ü?#%.db")), "file:/a%20b/%C3%BC%3F%23%25.db?immutable=1");
    }
}
