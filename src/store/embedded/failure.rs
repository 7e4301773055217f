//! What the errors of SQLite and of the file system mean to a user.

use crate::service::Error;
use rusqlite::{ErrorCode, ffi};
use std::io;
use std::path::Path;

/// Why a piece of work failed: refused by a rule, or by SQLite.
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
    /// In the user's words, with the file it is about.
    pub(super) fn into_error(self, path: &Path) -> Error {
        match self {
            Self::Refused(error) => error,
            Self::Sqlite(error) => explain(&error, path),
        }
    }
}

/// What writing to a full disk or behind a limit is to SQLite, when it is not called full.
const NO_ROOM: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMSIZE,
    ffi::SQLITE_IOERR_SHMMAP,
    ffi::SQLITE_IOERR_TRUNCATE,
];

/// A value that tenantry would not have written: what lies in the file is not what was put there.
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

fn explain(error: &rusqlite::Error, path: &Path) -> Error {
    tracing::info!(%error, "the embedded store refused");
    let Some(code) = error.sqlite_error_code() else {
        return if is_foreign(error) { damaged(path) } else { Error::internal(error) };
    };
    let (file, path) = (path, path.display());
    let unusable = |text: String| Error::StoreUnusable(text);
    let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here should not happen")]
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Error::Unavailable { place: format!("{path} (another process holds it)"), operation: None }
        }
        ErrorCode::DiskFull => {
            unusable(format!("The disk is full: {path} cannot be written. Make room, then try again."))
        }
        // SQLite gives the two files beside it the mode that the file itself has.
        ErrorCode::ReadOnly => {
            unusable(format!("{path} is read-only, or its folder or a file beside it (-wal, -shm) is."))
        }
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            unusable(format!("{path} cannot be opened: look at its folder and its rights."))
        }
        ErrorCode::NotADatabase => {
            unusable(format!("{path} is not a database; restore it from a backup, or move it away."))
        }
        // What was overwritten may say that a value has a gigabyte.
        ErrorCode::DatabaseCorrupt | ErrorCode::TooBig | ErrorCode::OutOfMemory => damaged(file),
        // Also of the file that readers share (-shm), so that a full disk stops reading as well.
        ErrorCode::SystemIoFailure if NO_ROOM.contains(&extended) => unusable(format!(
            "{path} cannot be used; is the disk full, or a limit reached? Make room, then try again."
        )),
        ErrorCode::SystemIoFailure => {
            unusable(format!("{path} cannot be read or written (input/output error)."))
        }
        _ => Error::internal(error),
    }
}

/// A file whose content is not what tenantry wrote.
pub(super) fn damaged(path: &Path) -> Error {
    Error::StoreUnusable(format!("{} is damaged; restore it from a backup, or move it away.", path.display()))
}

/// The log beside the file is missing or was overwritten, and with it what was written last.
pub(super) fn damaged_log(path: &Path) -> Error {
    let path = path.display();
    Error::StoreUnusable(format!(
        "{path}-wal is missing or damaged, and with it what was written last; bring it back, restore both files from a \
         backup, or move {path}-wal and {path}-shm away to go on without it."
    ))
}

/// A file or folder that the system refuses.
pub(super) fn unreachable_file(path: &Path, error: &io::Error) -> Error {
    tracing::info!(%error, path = %path.display(), "a file of the embedded store was refused");
    let path = path.display();
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind is named by the system in words")]
    let text = match error.kind() {
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
