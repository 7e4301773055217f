//! Backups that are read back in each common way, also beside the log that a killed process left.

use super::{Home, assert_unusable, file, fill, names};
use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a command of SQLite's own program, which makes files for the user alone.
pub(crate) fn sqlite3(database: &Path, command: &str) {
    let script = "umask 077; exec sqlite3 \"$1\" \"$2\"";
    let done = Command::new("sh").args(["-c", script, "sh"]).arg(database).arg(command).output().unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Writes into a file as `cp` does; a new one is the user's alone.
pub(crate) fn put(path: &Path, bytes: &[u8]) {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

fn beside(home: &Home, end: &str) -> PathBuf {
    file(home).with_file_name(format!("tenantry.db{end}"))
}

/// How a backup is made.
#[derive(Debug, Clone, Copy)]
enum Way {
    Copy,
    Backup,
    VacuumInto,
    Dump,
}

impl Way {
    const ALL: [Self; 4] = [Self::Copy, Self::Backup, Self::VacuumInto, Self::Dump];

    fn back_up(self, home: &Home, to: &Path) {
        match self {
            Self::Copy => put(to, &fs::read(file(home)).unwrap()),
            Self::Backup => sqlite3(&file(home), &format!(".backup '{}'", to.display())),
            Self::VacuumInto => sqlite3(&file(home), &format!("VACUUM INTO '{}'", to.display())),
            Self::Dump => {
                let script = "umask 077; sqlite3 \"$1\" .dump | sqlite3 \"$2\"";
                let mut shell = Command::new("sh");
                let done = shell.args(["-c", script, "sh"]).arg(file(home)).arg(to).output().unwrap();
                assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            }
        }
    }
}

/// A home with a backup in which only Acme is. What came later is in the log, as a kill leaves it.
struct Left {
    home: Home,
    backup: PathBuf,
    saved: tempfile::TempDir,
}

impl Left {
    fn new(way: Way) -> Self {
        let home = Home::signed_in();
        home.create("Acme", "ann@x").json();
        let saved = tempfile::tempdir().unwrap();
        let backup = saved.path().join("backup.db");
        way.back_up(&home, &backup);
        home.create("Between", "between@x").json();
        let mut holder = rusqlite::Connection::open(file(&home)).unwrap();
        let reading = holder.transaction().unwrap();
        let _: i64 = reading.query_row("SELECT COUNT(*) FROM organizations", [], |row| row.get(0)).unwrap();
        fill(&home, 3);
        let left = Self { home, backup, saved };
        for end in ["", "-wal", "-shm"] {
            fs::copy(beside(&left.home, end), left.saved.path().join(format!("saved{end}"))).unwrap();
        }
        drop(reading);
        drop(holder);
        for end in ["", "-wal", "-shm"] {
            put(&beside(&left.home, end), &fs::read(left.saved.path().join(format!("saved{end}"))).unwrap());
        }
        assert!(fs::metadata(beside(&left.home, "-wal")).unwrap().len() > 4_096);
        left
    }

    fn copy_backup(&self) {
        put(&file(&self.home), &fs::read(&self.backup).unwrap());
    }

    fn remove(&self, ends: &[&str]) {
        for end in ends {
            let _ = fs::remove_file(beside(&self.home, end));
        }
    }
}

#[test]
fn backup_beside_the_log_of_another_generation_is_refused() {
    for way in Way::ALL {
        let left = Left::new(way);
        left.copy_backup();
        for _ in 0..2 {
            let list = left.home.run(&["org", "list", "--json"]);
            // If both disagree on a page, SQLite may report damage first; the error still says what to remove.
            assert_unusable(&list, &["-wal", "remove", "-shm"], &format!("{way:?}"));
        }
        assert_unusable(&left.home.create("New", "new@x"), &["-wal", "remove"], &format!("{way:?}"));
        let there = fs::read(file(&left.home)).unwrap();
        assert!(there == fs::read(&left.backup).unwrap(), "{way:?}: the backup is as it was copied");
        // As the message says.
        left.remove(&["-wal", "-shm"]);
        left.copy_backup();
        assert_eq!(names(&left.home), ["Acme"], "{way:?}");
        left.home.create("New", "new@x").json();
        assert_eq!(names(&left.home), ["Acme", "New"], "{way:?}");
    }
}

/// Also by `mv`, which puts another file at the path.
#[test]
fn backup_that_is_moved_beside_an_old_log_is_refused() {
    let left = Left::new(Way::Copy);
    fs::rename(&left.backup, file(&left.home)).unwrap();
    assert_unusable(&left.home.run(&["org", "list", "--json"]), &["-wal does not belong"], "moved");
}

/// SQLite's own way into the file goes through the log, and needs nothing removed; also while others have it open.
#[test]
fn restore_by_sqlite_needs_no_file_removed() {
    for way in Way::ALL {
        let left = Left::new(way);
        let holder = rusqlite::Connection::open(file(&left.home)).unwrap();
        let count: i64 =
            holder.query_row("SELECT COUNT(*) FROM organizations", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 5, "{way:?}");
        sqlite3(&file(&left.home), &format!(".restore '{}'", left.backup.display()));
        println!("{way:?}");
        assert_eq!(names(&left.home), ["Acme"], "{way:?}");
        left.home.create("New", "new@x").json();
        drop(holder);
        assert_eq!(names(&left.home), ["Acme", "New"], "{way:?}");
    }
}

/// Where no log was left there is nothing to remove: a store that ended, or was killed between two writes.
#[test]
fn backup_without_an_old_log_is_restored_by_a_copy() {
    for way in Way::ALL {
        let left = Left::new(way);
        // Any command takes the log over into the file.
        assert_eq!(names(&left.home).len(), 5);
        left.copy_backup();
        assert_eq!(names(&left.home), ["Acme"], "{way:?}");
    }
}

/// A file that tenantry would not have made says what to do.
#[test]
fn readable_backup_is_refused_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::signed_in();
    fs::set_permissions(file(&home), fs::Permissions::from_mode(0o644)).unwrap();
    assert_unusable(&home.run(&["org", "list", "--json"]), &["can be read by others", "chmod 600"], "0644");
}

/// The log is empty after each write, so a copy of the file alone is complete while a store is open.
#[tokio::test]
async fn copy_of_the_file_alone_is_complete_between_writes() {
    use super::suite::{create, initialize};
    let folder = tempfile::tempdir().unwrap();
    let store = tenantry::store::embedded::EmbeddedStore::new(
        folder.path(),
        &tenantry::domain::DatabaseName::default(),
    );
    initialize(&store).await;
    create(&store, "Acme", "ann@x").await.unwrap();
    let log = fs::metadata(folder.path().join("tenantry.db-wal")).unwrap();
    assert_eq!(log.len(), 0);
}
