//! The log that a killed process leaves beside the file (`tenantry.db-wal`), whole, missing and damaged.

use super::{Home, assert_unusable, file, fill, names};
use crate::common::suite::{create, delete};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tenantry::domain::DatabaseName;
use tenantry::port::Store;
use tenantry::store::embedded::EmbeddedStore;

const HEAD: usize = 32;
const FRAME: usize = 24 + 4_096;

fn beside(home: &Home, end: &str) -> PathBuf {
    file(home).with_file_name(format!("tenantry.db{end}"))
}

fn copy_if_there(from: &Path, to: &Path) {
    let _ = fs::remove_file(to);
    if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

/// A home after a kill: the latest writes are only in the log. It also keeps the files to restore after each harm.
struct Left {
    home: Home,
    saved: tempfile::TempDir,
}

impl Left {
    fn new() -> Self {
        let home = Home::signed_in();
        let saved = tempfile::tempdir().unwrap();
        // While another one reads, the log grows and stays.
        let mut holder = rusqlite::Connection::open(file(&home)).unwrap();
        let reading = holder.transaction().unwrap();
        let count: i64 =
            reading.query_row("SELECT COUNT(*) FROM organizations", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0);
        fill(&home, 40);
        let left = Self { home, saved };
        for end in ["", "-wal", "-shm"] {
            copy_if_there(&beside(&left.home, end), &left.saved.path().join(format!("saved{end}")));
        }
        drop(reading);
        drop(holder);
        left.bring_back();
        assert!(fs::read(beside(&left.home, "-wal")).unwrap().len() > HEAD + 50 * FRAME);
        left
    }

    fn bring_back(&self) {
        for end in ["", "-wal", "-shm"] {
            copy_if_there(&self.saved.path().join(format!("saved{end}")), &beside(&self.home, end));
        }
    }

    /// Changes bytes of the log.
    fn overwrite(&self, from: usize, bytes: &[u8]) {
        let path = beside(&self.home, "-wal");
        let mut log = fs::read(&path).unwrap();
        log[from..from + bytes.len()].copy_from_slice(bytes);
        fs::write(path, log).unwrap();
    }
}

#[test]
fn log_of_a_killed_process_is_applied() {
    let left = Left::new();
    assert_eq!(names(&left.home).len(), 40);
}

#[test]
fn missing_log_is_refused_until_it_is_back() {
    let left = Left::new();
    fs::remove_file(beside(&left.home, "-wal")).unwrap();
    for _ in 0..2 {
        let list = left.home.run(&["org", "list", "--all", "--json"]);
        assert_unusable(&list, &["-wal is missing", "sqlite3 copy.db '.backup good.db'"], "a list");
        assert!(!list.stderr.contains("move it away"), "{}", list.stderr);
    }
    assert_unusable(&left.home.create("New", "new@x"), &["-wal"], "a create");
    left.bring_back();
    assert_eq!(names(&left.home).len(), 40);
}

/// SQLite reads a log up to the first frame that is not whole, as its own tools do.
#[test]
fn damaged_log_is_applied_up_to_the_damage() {
    let left = Left::new();
    left.overwrite(HEAD + 60 * FRAME + 2_000, &[0x55]);
    let copies = tempfile::tempdir().unwrap();
    for end in ["", "-wal", "-shm"] {
        fs::copy(beside(&left.home, end), copies.path().join(format!("copy.db{end}"))).unwrap();
    }
    let good = copies.path().join("good.db");
    super::restore::sqlite3(&copies.path().join("copy.db"), &format!(".backup '{}'", good.display()));
    let saved: i64 = rusqlite::Connection::open(&good)
        .unwrap()
        .query_row("SELECT COUNT(*) FROM organizations", [], |row| row.get(0))
        .unwrap();
    let read = names(&left.home).len();
    assert!((1..40).contains(&read), "{read}");
    assert_eq!(i64::try_from(read).unwrap(), saved, "what the message advises saves as much");
}

/// The end of the log after a crash: part of a transaction that was never acknowledged.
#[test]
fn torn_log_is_applied_up_to_its_last_commit() {
    let left = Left::new();
    let path = beside(&left.home, "-wal");
    let log = fs::read(&path).unwrap();
    fs::write(&path, &log[..log.len() - 100]).unwrap();
    assert_eq!(names(&left.home).len(), 39, "the last one was not whole");
    left.bring_back();
    left.overwrite(log.len() - 100, &[0x55]);
    assert_eq!(names(&left.home).len(), 39, "the last one was not whole");
}

/// A log that others extend, restart and remove while it is read does not count as damaged.
#[test]
fn active_log_is_never_reported_as_damaged() {
    const LOOKS: usize = 400;
    let home = Home::signed_in();
    let (is_over, looked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = runtime();
            // Closed from time to time, so that the log is removed and created; otherwise it grows until it is
            // restarted.
            for number in 0.. {
                let store = EmbeddedStore::new(&home.data(), &DatabaseName::default());
                for part in 0..30 {
                    let name = format!("Org {number} {part}");
                    let made =
                        runtime.block_on(create(&store, &name, &format!("{number}-{part}@x"))).unwrap();
                    runtime.block_on(delete(&store, &made)).unwrap();
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                }
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = runtime();
                while looked.fetch_add(1, Ordering::SeqCst) < LOOKS {
                    let store = EmbeddedStore::new(&home.data(), &DatabaseName::default());
                    let id = runtime.block_on(store.store_id());
                    is_over.fetch_or(id.is_err(), Ordering::SeqCst);
                    assert!(id.unwrap().is_some());
                }
                is_over.store(true, Ordering::SeqCst);
            });
        }
    });
}
