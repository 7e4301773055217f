//! A read ends when nobody waits for its answer any more: the few connections are for those who do.

use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Instructions of SQLite's virtual machine between two looks at the caller: some rows.
const STEPS: i32 = 50;

/// What a read knows of its caller.
#[derive(Debug)]
pub(super) struct Caller(Arc<AtomicBool>);

/// Stands for the caller: a read ends when this is dropped.
#[derive(Debug)]
pub(super) struct Waits(Arc<AtomicBool>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Caller {
    pub(super) fn new() -> (Self, Waits) {
        let has_left = Arc::new(AtomicBool::new(false));
        (Self(Arc::clone(&has_left)), Waits(has_left))
    }

    /// Runs work whose statements SQLite interrupts once the caller has left.
    ///
    /// # Errors
    /// Those of the work; an interrupted statement is [`rusqlite::ErrorCode::OperationInterrupted`].
    pub(super) fn while_waiting<T, E: From<rusqlite::Error>>(
        self,
        db: &mut Connection,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let Self(has_left) = self;
        db.progress_handler(STEPS, Some(move || has_left.load(Ordering::Relaxed)))?;
        let done = work(db);
        // The next read on this connection has another caller. A write must never be interrupted.
        db.progress_handler(0, None::<fn() -> bool>)?;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Error, ErrorCode};

    const ENDLESS: &str =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT MAX(x) FROM n";
    const LONG: &str =
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) SELECT MAX(x) FROM n";

    fn greatest(db: &Connection, sql: &str) -> Result<i64, Error> {
        db.query_row(sql, [], |row| row.get(0))
    }

    #[test]
    fn a_read_ends_with_its_caller_and_leaves_the_connection_as_it_was() {
        let mut db = Connection::open_in_memory().unwrap();
        let (caller, waits) = Caller::new();
        assert_eq!(caller.while_waiting(&mut db, |db| greatest(db, LONG)), Ok(1_000));
        drop(waits);
        assert_eq!(greatest(&db, LONG), Ok(1_000), "the next one has another caller");
        let (caller, waits) = Caller::new();
        let leaving = std::thread::spawn(move || drop(waits));
        let ended = caller.while_waiting(&mut db, |db| greatest(db, ENDLESS));
        leaving.join().unwrap();
        assert_eq!(ended.unwrap_err().sqlite_error_code(), Some(ErrorCode::OperationInterrupted));
        assert_eq!(greatest(&db, LONG), Ok(1_000));
    }
}
