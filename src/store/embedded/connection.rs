//! Opening the file.

use super::failure::{Failure, damaged, damaged_log, unreachable_file};
use super::{log_file, schema};
use crate::service::Result;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// How long a call waits for another process's write.
const BUSY: Duration = Duration::from_secs(5);

/// The smallest page of an SQLite file, in bytes.
const SMALLEST_PAGE: u64 = 512;

/// One connection that writes and two that read.
#[derive(Debug)]
pub(super) struct Connections {
    writer: Mutex<Connection>,
    readers: [Mutex<Connection>; 2],
}

impl Connections {
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whichever reader is free, else the second when it becomes so.
    pub(super) fn reader(&self) -> MutexGuard<'_, Connection> {
        match self.readers[0].try_lock() {
            Ok(reader) => reader,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => self.readers[1].lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// Opens the file. `None` when there is no store in it and none is to be made.
pub(super) fn open(path: &Path, make: bool) -> Result<Option<Connections>> {
    match path.try_exists() {
        Ok(true) => {
            refuse_stump(path)?;
            if log_file::is_harmed(path).map_err(|error| unreachable_file(path, &error))? {
                return Err(damaged_log(path));
            }
        }
        Ok(false) if make => make_file(path)?,
        Ok(false) => return Ok(None),
        Err(error) => return Err(unreachable_file(path, &error)),
    }
    open_existing(path, make).map_err(|failure| failure.into_error(path))
}

/// SQLite takes a file that is shorter than its smallest page for an empty one, which a store could be made in.
fn refuse_stump(path: &Path) -> Result<()> {
    let length = path.metadata().map_err(|error| unreachable_file(path, &error))?.len();
    if (1..SMALLEST_PAGE).contains(&length) {
        return Err(damaged(path));
    }
    Ok(())
}

fn open_existing(path: &Path, make: bool) -> Result<Option<Connections>, Failure> {
    let mut writer = connect(path)?;
    // One look: between two, another process could have made the tables.
    let is_ours = schema::check(&*writer.unchecked_transaction()?, path)?;
    if !is_ours {
        if !make {
            return Ok(None);
        }
        use_wal(&writer)?;
        schema::make(&mut writer, path)?;
    }
    use_wal(&writer)?;
    let readers = [Mutex::new(connect(path)?), Mutex::new(connect(path)?)];
    Ok(Some(Connections { writer: Mutex::new(writer), readers }))
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Damage is met where it lies, and not by what was read from it.
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// The change to WAL does not wait for a busy file as other calls do, so it is tried again for as long.
fn use_wal(connection: &Connection) -> Result<(), rusqlite::Error> {
    let until = Instant::now() + BUSY;
    loop {
        let mode = connection.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
        let changed = match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))
            }
            Err(error) => Err(error),
        };
        match changed {
            Ok(_) => return Ok(()),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < until =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Makes the folder (0700) and an empty file (0600), so that SQLite's `-wal` and `-shm` get the same rights.
fn make_file(path: &Path) -> Result<()> {
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
