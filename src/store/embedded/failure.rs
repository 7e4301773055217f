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

fn explain(error: &rusqlite::Error, path: &Path) -> Error {
    tracing::info!(%error, "the embedded store refused");
    let path = path.display();
    let Some(code) = error.sqlite_error_code() else {
        return Error::internal(error);
    };
    let unusable = |text: String| Error::StoreUnusable(text);
    let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not named here should not happen")]
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Error::Unavailable { place: format!("{path} (another process holds it)"), operation: None }
        }
        ErrorCode::DiskFull => unusable(format!("The disk is full: {path} cannot be written.")),
        ErrorCode::ReadOnly => unusable(format!("{path} is read-only, or its folder is.")),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
            unusable(format!("{path} cannot be opened: look at its folder and its rights."))
        }
        ErrorCode::NotADatabase => unusable(format!("{path} is not a database.")),
        ErrorCode::DatabaseCorrupt => {
            unusable(format!("{path} is damaged; restore it from a backup, or move it away."))
        }
        ErrorCode::SystemIoFailure if extended == ffi::SQLITE_IOERR_WRITE => {
            unusable(format!("{path} cannot be written; is the disk full, or a limit reached?"))
        }
        ErrorCode::SystemIoFailure => {
            unusable(format!("{path} cannot be read or written (input/output error)."))
        }
        _ => Error::internal(error),
    }
}

/// A file or folder that the system refuses.
pub(super) fn unreachable_file(path: &Path, error: &io::Error) -> Error {
    tracing::info!(%error, path = %path.display(), "a file of the embedded store was refused");
    let path = path.display();
    #[expect(clippy::wildcard_enum_match_arm, reason = "every other kind is named by the system in words")]
    let text = match error.kind() {
        io::ErrorKind::PermissionDenied => format!("{path}: permission denied."),
        io::ErrorKind::ReadOnlyFilesystem => format!("{path}: the file system is read-only."),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => format!("{path}: the disk is full."),
        io::ErrorKind::NotADirectory => format!("{path}: a part of this path is not a folder."),
        other => format!("{path}: {other}."),
    };
    Error::StoreUnusable(text)
}
