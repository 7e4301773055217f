//! The log beside the file (`-wal`), where SQLite keeps what is not in the file yet.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often a missing log is looked for, and how long between: another process may be opening or closing the file.
const LOOKS: usize = 3;
const PAUSE: Duration = Duration::from_millis(10);

/// Whether somebody removed the log: SQLite would take what was written last for never written. The log is the first
/// of SQLite's two files to be made and the last to go, so that the other one (`-shm`) never is there without it.
pub(super) fn is_missing(database: &Path) -> io::Result<bool> {
    for _ in 0..LOOKS {
        if beside(database, "-wal").try_exists()? || !beside(database, "-shm").try_exists()? {
            return Ok(false);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(true)
}

/// Whether everything is in the file itself.
pub(super) fn is_empty(database: &Path) -> bool {
    fs::metadata(beside(database, "-wal")).map_or(true, |data| data.len() == 0)
}

/// A file that SQLite keeps beside the database.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    path.into()
}
