//! The file of the store, before SQLite opens it.

use crate::port::Result;
use crate::store::embedded::failure::{damaged, unreachable_file};
use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// The smallest page of an SQLite file, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// SQLite treats a file shorter than its smallest page as an empty one, so a store could be created in it.
pub(super) fn refuse_stump(path: &Path) -> Result<()> {
    let length = path.metadata().map_err(|error| unreachable_file(path, &error))?.len();
    if (1..SMALLEST_PAGE).contains(&length) {
        return Err(damaged(path));
    }
    Ok(())
}

/// The file as a URI (RFC 3986) that marks it as immutable.
pub(super) fn immutable(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Creates the folder (0700) and an empty file (0600), so that SQLite's `-wal` and `-shm` get the same mode.
pub(super) fn make(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| unreachable_file(folder, &error))?;
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unreachable_file(path, &error)),
    }
}
