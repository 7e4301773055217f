//! The log that a killed process leaves beside the file (`tenantry.db-wal`), whole, missing and damaged.

use super::{Home, assert_unusable, file, fill, names};
use crate::common::suite::{create, delete};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tenantry::service::store::Store;
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

/// A home as a kill leaves it: what was written last is in the log only. And what to bring back after each harm.
struct Left {
    home: Home,
    saved: tempfile::TempDir,
}

impl Left {
    fn new() -> Self {
        let home = Home::signed_in();
        let saved = tempfile::tempdir().unwrap();
        // While another one has the file open, a process that ends leaves the log as it is.
        let holder = rusqlite::Connection::open(file(&home)).unwrap();
        let count: i64 =
            holder.query_row("SELECT COUNT(*) FROM organizations", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 0);
        fill(&home, 40);
        let left = Self { home, saved };
        for end in ["", "-wal", "-shm"] {
            copy_if_there(&beside(&left.home, end), &left.saved.path().join(format!("saved{end}")));
        }
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
fn the_log_of_a_killed_process_is_read() {
    let left = Left::new();
    assert_eq!(names(&left.home).len(), 40);
}

#[test]
fn a_log_that_is_missing_or_damaged_is_said_and_can_be_brought_back() {
    let left = Left::new();
    let length = fs::read(beside(&left.home, "-wal")).unwrap().len();
    let garbage = |length: usize| b"garbage ".repeat(length / 8 + 1)[..length].to_vec();
    let harms: [(&str, &dyn Fn()); 5] = [
        ("the log is missing", &|| fs::remove_file(beside(&left.home, "-wal")).unwrap()),
        ("all of it is garbage", &|| left.overwrite(0, &garbage(length))),
        ("its head is garbage", &|| left.overwrite(0, &garbage(HEAD))),
        ("its first frame is garbage", &|| left.overwrite(HEAD, &garbage(FRAME))),
        ("a byte in its middle is another", &|| left.overwrite(HEAD + 20 * FRAME + 2_000, &[0x55])),
    ];
    for (when, harm) in harms {
        harm();
        for _ in 0..2 {
            let list = left.home.run(&["org", "list", "--all", "--json"]);
            assert_unusable(&list, &["-wal is missing or damaged", "backup", "bring it back"], when);
        }
        let create = left.home.create("New", "new@x");
        assert_unusable(&create, &["-wal"], when);
        left.bring_back();
        assert_eq!(names(&left.home).len(), 40, "{when}: brought back");
        left.bring_back();
    }
}

/// The end that a crash leaves: part of a transaction that nobody was told of.
#[test]
fn a_log_whose_end_is_torn_is_read_up_to_there() {
    let left = Left::new();
    let path = beside(&left.home, "-wal");
    let log = fs::read(&path).unwrap();
    fs::write(&path, &log[..log.len() - 100]).unwrap();
    assert_eq!(names(&left.home).len(), 39, "the last one was not whole");
    left.bring_back();
    left.overwrite(log.len() - 100, &[0x55]);
    assert_eq!(names(&left.home).len(), 39, "the last one was not whole");
}

/// It says how to go on without what was written last.
#[test]
fn a_log_that_is_moved_away_with_its_companion_is_done_without() {
    let left = Left::new();
    left.overwrite(0, b"garbage");
    assert_eq!(left.home.run(&["org", "list"]).code, 3);
    for end in ["-wal", "-shm"] {
        fs::remove_file(beside(&left.home, end)).unwrap();
    }
    assert!(names(&left.home).len() < 40);
    left.home.create("New", "new@x").json();
}

/// A log that others write to while it is looked at, begin anew and remove, is no damaged one.
#[test]
fn a_log_that_is_at_work_is_never_called_damaged() {
    const LOOKS: usize = 400;
    let home = Home::signed_in();
    let (is_over, looked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = runtime();
            // Closed from time to time, so that the log goes and comes; else it grows until it is begun anew.
            for number in 0.. {
                let store = EmbeddedStore::new(&home.data(), "master_db");
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
                    let store = EmbeddedStore::new(&home.data(), "master_db");
                    let id = runtime.block_on(store.store_id());
                    is_over.fetch_or(id.is_err(), Ordering::SeqCst);
                    assert!(id.unwrap().is_some());
                }
                is_over.store(true, Ordering::SeqCst);
            });
        }
    });
}
