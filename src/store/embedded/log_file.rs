//! The log beside the file (`-wal`), where SQLite keeps writes that are not in the file yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often to look for a missing log, and the pause between: another process may be opening or closing the file.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(10);

/// Whether the log was removed: SQLite would treat the latest writes as never made. SQLite creates the log before its
/// other file (`-shm`) and removes it after that, so `-shm` alone means that the log was removed.
pub(super) fn is_missing(database: &Path) -> io::Result<bool> {
    for _ in 0..LOOKS {
        if beside(database, "-wal").try_exists()? || !beside(database, "-shm").try_exists()? {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(true)
}

/// Whether the file itself has everything.
pub(super) fn is_empty(database: &Path) -> bool {
    fs::metadata(beside(database, "-wal")).map_or(true, |data| data.len() == 0)
}

/// The path of a file that SQLite keeps beside the database.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    path.into()
}
