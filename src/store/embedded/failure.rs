//! Explains errors of SQLite and of the file system to the user.

use crate::port::Error;
use rusqlite::{Connection, ErrorCode, ffi};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::path::Path;

/// Why work failed: refused by a rule, or by SQLite.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Error),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl Failure {
    /// The error for the user, with the file's path. The connection, if there is one, checks a file that may be
    /// damaged.
    pub(super) fn into_error(self, db: Option<&Connection>, path: &Path) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Sqlite(error) => explain(&error, db, path),
        }
    }
}

/// SQLite's codes for a write that fails on a full disk or at a limit, other than its code for a full disk.
const NO_ROOM: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
    ffi::SQLITE_IOERR_TRUNCATE,
];

/// A value that tenantry would not have written: the file's content was changed.
fn is_foreign(error: &rusqlite::Error) -> bool {
    use rusqlite::Error as Kind;
    matches!(
        error,
        Kind::FromSqlConversionFailure(..)
            | Kind::InvalidColumnType(..)
            | Kind::IntegralValueOutOfRange(..)
            | Kind::Utf8Error(..)
    )
}

fn explain(error: &rusqlite::Error, db: Option<&Connection>, path: &Path) -> Error {
    tracing::info!(%error, "the embedded store refused");
    let Some(code) = error.sqlite_error_code() else {
        return if is_foreign(error) { foreign_value(db, path) } else { Error::internal(error) };
    };
    let file = path;
    let path = path.display();
    let unusable = |text: String| Error::StoreUnusable(text);
    let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here should not happen")]
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Error::Unavailable { place: format!("{path} (another process holds it)"), operation: None }
        }
        // Nobody hears this.
        ErrorCode::OperationInterrupted => {
            Error::Unavailable { place: format!("{path} (the caller has left)"), operation: None }
        }
        ErrorCode::DiskFull => {
            unusable(format!("The disk is full: {path} cannot be written. Make room, then try again."))
        }
        // SQLite gives `-wal` and `-shm` the mode of the file itself.
        ErrorCode::ReadOnly => {
            unusable(format!("{path} is read-only, or its folder or a file beside it (-wal, -shm) is."))
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => cannot_open(file),
        ErrorCode::NotADatabase => {
            unusable(format!("{path} is not a database; restore it from a backup, or move it away."))
        }
        ErrorCode::DatabaseCorrupt => match db.map(check) {
            None | Some(Verdict::Damaged) => damaged(file),
            Some(Verdict::Whole | Verdict::Unknown) => unusable(format!(
                "SQLite found damage while it read {path}, but a check of the file finds none. Try again; if it \
                 happens again, check the disk and the memory of this machine."
            )),
        },
        // Overwritten bytes may claim that a value has a gigabyte.
        ErrorCode::TooBig | ErrorCode::OutOfMemory => match db.map(check) {
            Some(Verdict::Damaged) => damaged(file),
            _ => out_of_memory(file),
        },
        ErrorCode::SystemIoFailure if extended == ffi::SQLITE_IOERR_NOMEM => out_of_memory(file),
        // Also the file that readers share (-shm), so a full disk stops reads as well.
        ErrorCode::SystemIoFailure if NO_ROOM.contains(&extended) => unusable(format!(
            "{path} cannot be used; is the disk full, or a limit reached? Make room, then try again."
        )),
        ErrorCode::SystemIoFailure => {
            unusable(format!("{path} cannot be read or written (input/output error)."))
        }
        _ => Error::internal(error),
    }
}

/// The result of SQLite's own check of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Whole,
    Damaged,
    /// The check could not run.
    Unknown,
}

/// Checks the pages first, then whether tables and indexes agree.
fn check(db: &Connection) -> Verdict {
    for pragma in ["PRAGMA quick_check(1)", "PRAGMA integrity_check(1)"] {
        match db.query_row(pragma, [], |row| row.get::<_, String>(0)) {
            Ok(said) if said == "ok" => {}
            // A page could not be read for a reason other than damage (11): no memory, or a broken disk.
            Ok(said) if said.contains("error code=") && !said.contains("error code=11") => {
                return Verdict::Unknown;
            }
            Ok(said) => {
                tracing::info!(said, "the check of the file");
                return Verdict::Damaged;
            }
            Err(error) => {
                let code = error.sqlite_error_code();
                let is_damage = matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase));
                return if is_damage { Verdict::Damaged } else { Verdict::Unknown };
            }
        }
    }
    Verdict::Whole
}

/// SQLite only says that it could not open a file, so the cause is determined here.
fn cannot_open(path: &Path) -> Error {
    if let Some(error) = lack_of_descriptors() {
        return unreachable_file(path, &error);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let needed = [(path, Access::READ_OK | Access::WRITE_OK), (folder, Access::WRITE_OK | Access::EXEC_OK)];
    for (place, rights) in needed {
        if let Err(error) = access(place, rights) {
            let what = if place == folder { "its folder" } else { "it" };
            return Error::StoreUnusable(format!(
                "{} cannot be opened: you cannot write to {what} ({}).",
                path.display(),
                io::Error::from(error)
            ));
        }
    }
    Error::StoreUnusable(format!(
        "{} cannot be opened: check that its folder exists, and the permissions of the folder, the file, -wal and \
         -shm.",
        path.display()
    ))
}

/// SQLite needs one descriptor for each of its three files, and one for the folder.
fn lack_of_descriptors() -> Option<io::Error> {
    let mut held = Vec::new();
    for _ in 0..4 {
        match File::open("/dev/null") {
            Ok(file) => held.push(file),
            Err(error) => return exhausted(&error).is_some().then_some(error),
        }
    }
    None
}

/// The exhausted resource, and what to do.
fn exhausted(error: &io::Error) -> Option<&'static str> {
    let errno = Errno::from_io_error(error)?;
    if errno == Errno::MFILE {
        Some("too many open files in this process. Raise the limit (ulimit -n)")
    } else if errno == Errno::NFILE {
        Some("too many open files on this machine. Close other programs")
    } else if errno == Errno::NOMEM {
        Some("not enough memory. Close other programs, or raise the limit (ulimit -v)")
    } else {
        None
    }
}

fn out_of_memory(path: &Path) -> Error {
    unreachable_file(path, &Errno::NOMEM.into())
}

/// A value that SQLite can read and tenantry would not have written.
fn foreign_value(db: Option<&Connection>, path: &Path) -> Error {
    if db.map(check) == Some(Verdict::Damaged) {
        return damaged(path);
    }
    Error::StoreUnusable(format!(
        "{} contains a value that tenantry does not write; restore it from a backup, or correct it with sqlite3.",
        path.display()
    ))
}

/// How to put a backup in place.
fn how_to_restore(path: &Path) -> String {
    let path = path.display();
    format!(
        "stop every tenantry, remove {path}-wal and {path}-shm, then copy the backup there (cp backup.db {path})"
    )
}

/// A file whose content differs from what tenantry wrote.
pub(super) fn damaged(path: &Path) -> Error {
    Error::StoreUnusable(format!(
        "{} is damaged; restore it from a backup: {}.",
        path.display(),
        how_to_restore(path)
    ))
}

/// The log beside the file is gone, and the latest writes with it.
pub(super) fn missing_log(path: &Path) -> Error {
    let path = path.display();
    Error::StoreUnusable(format!(
        "{path}-wal is missing, and the latest writes with it. Put it back. If it is lost, copy {path} and, if they \
         exist, {path}-wal and {path}-shm to another folder as copy.db, copy.db-wal and copy.db-shm, merge them there \
         (sqlite3 copy.db '.backup good.db'), and restore good.db like a backup. If you have just put a backup there, \
         {path}-shm belongs to the previous file: remove it."
    ))
}

/// The log belongs to another file.
pub(super) fn foreign_log(path: &Path) -> Error {
    Error::StoreUnusable(format!(
        "{path}-wal does not belong to {path}: the file was replaced, perhaps by a backup, and the log of the \
         previous file stayed. Copy all three files (also -shm) to another folder first. To use the backup: {how}.",
        path = path.display(),
        how = how_to_restore(path)
    ))
}

/// The path of an open file is empty now.
pub(super) fn lost_file(path: &Path) -> Error {
    Error::StoreUnusable(format!(
        "{} was removed or moved while it was open; nothing was written. Put it back, or start tenantry again.",
        path.display()
    ))
}

/// The path of an open file has another file now.
pub(super) fn replaced_file(path: &Path) -> Error {
    Error::StoreUnusable(format!(
        "{} was replaced while it was open; nothing was written. Start tenantry again to use the file that is there \
         now.",
        path.display()
    ))
}

/// A file or folder that the system refuses.
pub(super) fn unreachable_file(path: &Path, error: &io::Error) -> Error {
    tracing::info!(%error, path = %path.display(), "a file of the embedded store was refused");
    let path = path.display();
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind is named by the system in words")]
    let text = match error.kind() {
        _ if exhausted(error).is_some() => {
            format!("{path}: {}, then try again.", exhausted(error).unwrap_or_default())
        }
        io::ErrorKind::PermissionDenied => format!("{path}: permission denied."),
        io::ErrorKind::ReadOnlyFilesystem => format!("{path}: the file system is read-only."),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{path}: the disk is full. Make room, then try again.")
        }
        io::ErrorKind::FileTooLarge => format!("{path}: a limit on the size of files is reached."),
        io::ErrorKind::NotADirectory => format!("{path}: a part of this path is not a folder."),
        other => format!("{path}: {other}."),
    };
    Error::StoreUnusable(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::fs;

    fn told(code: i32, db: Option<&Connection>) -> String {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        let Error::StoreUnusable(text) = explain(&error, db, Path::new("/data/tenantry.db")) else {
            panic!()
        };
        text
    }

    #[rstest]
    #[case(ffi::SQLITE_NOMEM, "not enough memory")]
    #[case(ffi::SQLITE_IOERR_NOMEM, "not enough memory")]
    #[case(ffi::SQLITE_TOOBIG, "not enough memory")]
    #[case(ffi::SQLITE_CORRUPT, "a check of the file finds none")]
    #[case(ffi::SQLITE_IOERR_READ, "input/output error")]
    fn intact_file_is_never_reported_as_damaged(#[case] code: i32, #[case] cause: &str) {
        let db = Connection::open_in_memory().unwrap();
        let text = told(code, Some(&db));
        assert!(text.contains(cause) && !text.contains("is damaged"), "{text}");
    }

    #[rstest]
    #[case(ffi::SQLITE_NOMEM)]
    #[case(ffi::SQLITE_TOOBIG)]
    #[case(ffi::SQLITE_CORRUPT)]
    fn file_that_the_check_refuses_is_damaged(#[case] code: i32) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenantry.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(9000))").unwrap();
        drop(db);
        let mut bytes = fs::read(&path).unwrap();
        bytes[4_096..].fill(0xff);
        fs::write(&path, bytes).unwrap();
        let text = told(code, Some(&Connection::open(&path).unwrap()));
        assert!(text.contains("is damaged") && text.contains("remove"), "{text}");
    }

    #[test]
    fn advice_for_a_missing_log_loses_nothing() {
        let Error::StoreUnusable(text) = missing_log(Path::new("tenantry.db")) else { panic!() };
        assert!(text.contains("Put it back") && text.contains(".backup good.db"), "{text}");
        assert!(!text.contains("move tenantry.db-wal"), "{text}");
    }
}
