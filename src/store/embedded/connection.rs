//! Opens the file and manages its connections.

mod file;
mod watch;

use super::caller::Caller;
use super::failure::{
    Failure, damaged, foreign_log, lost_file, missing_log, replaced_file, unreachable_file,
};
use super::generation::{self, Mark};
use super::schema::{self, Found};
use super::{archives, log_file, migrate, rights};
use crate::port::Result;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a call waits for another process's write, and how often it checks. SQLite's own pauses grow to a tenth of
/// a second, in which the previous writer always gets ahead.
const BUSY: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(5);

/// The most connections: one that writes and two that read.
const MOST: usize = 3;

/// The connections to a file: one at first, more when several calls run in parallel.
#[derive(Debug)]
pub(super) struct Connections {
    path: PathBuf,
    identity: Identity,
    seen: Mutex<Seen>,
    /// Held by this process's only write: SQLite's own lock is polled.
    writing: Mutex<()>,
    pool: Mutex<Pool>,
    returned: Condvar,
    /// The one that tells whether another one wrote.
    watching: Mutex<Option<Connection>>,
}

#[derive(Debug)]
struct Pool {
    idle: Vec<Connection>,
    used: usize,
}

/// The identity of the file, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// Detects changes of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    seconds: i64,
    nanoseconds: i64,
    length: u64,
}

/// The file's generation at the last check.
#[derive(Debug)]
struct Seen {
    stamp: Stamp,
    mark: Option<Mark>,
}

fn look(path: &Path) -> io::Result<(Identity, Stamp)> {
    let data = fs::metadata(path)?;
    let identity = Identity { device: data.dev(), inode: data.ino() };
    Ok((identity, Stamp { seconds: data.mtime(), nanoseconds: data.mtime_nsec(), length: data.len() }))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connections {
    /// Reads for a caller; ends when that has left.
    pub(super) fn read<T>(
        &self,
        caller: Caller,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T> {
        self.with(|db| caller.while_waiting(db, |db| self.check(db).and_then(|()| work(db))))
    }

    /// Runs one transaction; rolls it back if `work` refuses.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>) -> Result<T> {
        let _writing = lock(&self.writing);
        self.with(|db| self.check(db).and_then(|()| self.transact(db, work)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, Failure>) -> Result<T> {
        let (mut db, _slot) = self.take()?;
        let done = work(&mut db).map_err(|failure| failure.into_error(Some(&db), &self.path));
        lock(&self.pool).idle.push(db);
        done
    }

    fn transact<T>(
        &self,
        db: &mut Connection,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The wait for another process may have been long.
        self.check_identity()?;
        generation::advance(&transaction, &self.path)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        empty_log(db);
        if let Ok((_, stamp)) = look(&self.path) {
            lock(&self.seen).stamp = stamp;
        }
        Ok(done)
    }

    /// Refuses a file that was removed, moved, or replaced while it was open.
    fn check(&self, db: &Connection) -> Result<(), Failure> {
        let stamp = self.check_identity()?;
        let mut seen = lock(&self.seen);
        if stamp == seen.stamp {
            return Ok(());
        }
        let snapshot = db.unchecked_transaction()?;
        let mark = Mark::read(&snapshot)?;
        if !Mark::follows(seen.mark, mark) || !generation::is_one(&snapshot, &self.path)? {
            return Err(replaced_file(&self.path).into());
        }
        *seen = Seen { stamp, mark };
        Ok(())
    }

    fn check_identity(&self) -> Result<Stamp, Failure> {
        match look(&self.path) {
            Ok((identity, stamp)) if identity == self.identity => Ok(stamp),
            Ok(_) => Err(replaced_file(&self.path).into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(lost_file(&self.path).into()),
            Err(error) => Err(unreachable_file(&self.path, &error).into()),
        }
    }

    /// A free connection, else a new one, else the next that is returned.
    fn take(&self) -> Result<(Connection, Slot<'_>)> {
        let mut pool = lock(&self.pool);
        let db = loop {
            if let Some(db) = pool.idle.pop() {
                break db;
            }
            if pool.used < MOST {
                match self.open_another() {
                    Ok(db) => break db,
                    // The open connections continue to work.
                    Err(failure) if pool.used > 0 => tracing::info!(?failure, "no further connection"),
                    Err(failure) => return Err(failure.into_error(None, &self.path)),
                }
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        };
        pool.used += 1;
        Ok((db, Slot(self)))
    }

    /// Never opens another file that was put at the path.
    fn open_another(&self) -> Result<Connection, Failure> {
        self.check_identity()?;
        let db = connect(&self.path)?;
        self.check_identity()?;
        defend(&db)?;
        Ok(db)
    }
}

/// A connection in use.
#[derive(Debug)]
struct Slot<'a>(&'a Connections);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        lock(&self.0.pool).used -= 1;
        self.0.returned.notify_one();
    }
}

/// The last connection to close moves the log into the file and removes it by name. If another file is at the path by
/// now, that would damage the other file.
impl Drop for Connections {
    fn drop(&mut self) {
        let mut idle = std::mem::take(&mut lock(&self.pool).idle);
        idle.extend(lock(&self.watching).take());
        let is_same = idle.first().is_some_and(|db| self.check(db).is_ok());
        for db in idle {
            let _ = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !is_same);
        }
    }
}

/// Opens the file. `None` if it contains no store and none should be created.
pub(super) fn open(path: &Path, make: bool) -> Result<Option<Connections>> {
    if !rights::judge(path)? {
        if !make {
            return Ok(None);
        }
        file::make(path)?;
        rights::judge(path)?;
    }
    file::refuse_stump(path)?;
    if log_file::is_missing(path).map_err(|error| unreachable_file(path, &error))? {
        return Err(missing_log(path));
    }
    let (identity, _) = look(path).map_err(|error| unreachable_file(path, &error))?;
    let mut db = connect(path).map_err(|error| Failure::from(error).into_error(None, path))?;
    let is_ours = prepare(&mut db, path, make).map_err(|failure| failure.into_error(Some(&db), path))?;
    if !is_ours {
        return Ok(None);
    }
    connections(path, identity, db).map(Some)
}

/// Opens the file read-only, as if nobody wrote to it: SQLite creates no file beside it and takes no lock. `None` if
/// it contains no store of this version.
pub(super) fn look_only(path: &Path) -> Result<Option<Connections>> {
    if !rights::judge(path)? {
        return Ok(None);
    }
    let (identity, _) = look(path).map_err(|error| unreachable_file(path, &error))?;
    let opened = || {
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let db = Connection::open_with_flags(file::immutable(path), flags)?;
        distrust(&db)?;
        defend(&db)?;
        let found = schema::find(&db, path)?;
        refuse_torn(&db, path)?;
        schema::compare(&db, found, path)?;
        Ok((found == Found::Store(schema::VERSION)).then_some(db))
    };
    match opened().map_err(|failure: Failure| failure.into_error(None, path))? {
        Some(db) => connections(path, identity, db).map(Some),
        None => Ok(None),
    }
}

fn connections(path: &Path, identity: Identity, db: Connection) -> Result<Connections> {
    let mark = Mark::read(&db).map_err(|error| Failure::from(error).into_error(Some(&db), path))?;
    let (now, stamp) = look(path).map_err(|error| unreachable_file(path, &error))?;
    if now != identity {
        return Err(replaced_file(path));
    }
    Ok(Connections {
        path: path.to_owned(),
        identity,
        seen: Mutex::new(Seen { stamp, mark }),
        writing: Mutex::new(()),
        pool: Mutex::new(Pool { idle: vec![db], used: 0 }),
        returned: Condvar::new(),
        watching: Mutex::default(),
    })
}

/// Checks the store in the file, creates it or migrates it. Returns whether there is a store.
fn prepare(db: &mut Connection, path: &Path, make: bool) -> Result<bool, Failure> {
    let found = {
        // One snapshot: between two, another process could create the tables.
        let snapshot = db.unchecked_transaction()?;
        let found = schema::find(&snapshot, path)?;
        refuse_torn(&snapshot, path)?;
        if !log_file::is_empty(path) && !generation::is_one(&snapshot, path)? {
            return Err(foreign_log(path).into());
        }
        schema::compare(&snapshot, found, path)?;
        found
    };
    match found {
        Found::Nothing if !make => return Ok(false),
        Found::Store(schema::VERSION) => use_wal(db)?,
        Found::Nothing | Found::Store(_) | Found::Dump => {
            use_wal(db)?;
            migrate::run(db, path)?;
            empty_log(db);
        }
    }
    defend(db)?;
    if let Err(error) = archives::remove_leftovers(db) {
        // The next opening tries again.
        tracing::info!(%error, "what an import left is not removed");
    }
    Ok(true)
}

/// Refuses a file that ends within a page: SQLite reads what is missing of it as zeros. With a log it may be in there.
fn refuse_torn(db: &Connection, path: &Path) -> Result<(), Failure> {
    let page: u32 = db.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let is_whole = |(_, stamp): (Identity, Stamp)| stamp.length.is_multiple_of(page.into());
    if !log_file::is_empty(path) || look(path).is_ok_and(is_whole) {
        return Ok(());
    }
    Err(damaged(path).into())
}

/// A connection that runs no code from the file.
fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags)?;
    distrust(&db)?;
    // Until the file is known to be the right one.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    db.busy_handler(Some(wait))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Detects damage where it is, not by its effects.
    db.pragma_update(None, "cell_size_check", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

/// Runs no code of the file: it may come from another program.
fn distrust(db: &Connection) -> Result<(), rusqlite::Error> {
    for config in [
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    ] {
        db.set_db_config(config, false)?;
    }
    Ok(())
}

/// Protects the tables from direct writes. Creating the store needs one such write: the random start of `PRAGMA
/// schema_version`.
fn defend(db: &Connection) -> Result<(), rusqlite::Error> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map(drop)
}

/// Moves the whole log into the file, unless another process reads; then the next write does it. With a short log,
/// little is lost when the log is left behind, and a copy of the file alone is nearly always complete.
fn empty_log(db: &mut Connection) {
    let emptied = db
        .busy_timeout(Duration::ZERO)
        .and_then(|()| db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
    if let Err(error) = emptied {
        // The log has everything that was committed.
        tracing::info!(%error, "the log was not emptied");
    }
    let _ = db.busy_handler(Some(wait));
}

/// Whether to check again for the end of another process's write.
fn wait(looks: i32) -> bool {
    let is_over = u32::try_from(looks).map_or(true, |looks| PAUSE.saturating_mul(looks) >= BUSY);
    if !is_over {
        std::thread::sleep(PAUSE);
    }
    !is_over
}

/// Switching to WAL does not wait for a busy file as other calls do, so it is retried for as long.
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
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}
