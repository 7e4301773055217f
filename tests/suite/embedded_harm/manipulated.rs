//! Files with tables, triggers and views that tenantry does not make, and files that others can reach.

use super::suite::{by_name, create, initialize};
use super::{Home, assert_unusable, file};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use tenantry::domain::DatabaseName;
use tenantry::store::embedded::EmbeddedStore;

const DESTROYER: &str = "CREATE TRIGGER destroyer AFTER INSERT ON audit BEGIN DELETE FROM documents; END";

#[test]
fn changed_tables_triggers_and_views_are_refused() {
    let home = Home::signed_in();
    let whole = fs::read(file(&home)).unwrap();
    for (sql, name) in [
        (DESTROYER, "destroyer"),
        ("CREATE VIEW everyone AS SELECT * FROM admins", "everyone"),
        ("CREATE TABLE more (x)", "more"),
        ("CREATE INDEX mine ON admins (password)", "mine"),
        ("ALTER TABLE admins ADD COLUMN more TEXT", "admins"),
        ("ALTER TABLE organizations RENAME COLUMN epoch TO other", "organizations"),
        ("DROP TABLE throttle", "throttle"),
        ("DROP INDEX operators", "operators"),
        (
            "DROP TABLE meta; CREATE VIEW meta AS SELECT 1 AS store_id, 2 AS generation, 2 AS log_since",
            "meta",
        ),
    ] {
        Connection::open(file(&home)).unwrap().execute_batch(sql).unwrap();
        let list = home.run(&["org", "list", "--json"]);
        assert_unusable(&list, &["was changed by another program", name], sql);
        assert_unusable(&home.create("New", "new@x"), &[name], sql);
        fs::write(file(&home), &whole).unwrap();
    }
    home.create("New", "new@x").json();
}

/// Completion opens the file in its own way: it offers nothing from a file that commands refuse.
#[test]
fn completion_offers_nothing_from_a_changed_file() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let complete = || {
        let mut command = home.command(&["--", "tenantry", "org", "get", ""]);
        command.env("_TENANTRY_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", "3").env("_CLAP_IFS", "\n");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(complete().contains("Acme"), "{}", complete());
    let made_up =
        "ALTER TABLE organizations RENAME TO hidden; CREATE VIEW organizations AS SELECT * FROM hidden";
    Connection::open(file(&home)).unwrap().execute_batch(made_up).unwrap();
    assert_eq!(home.run(&["org", "list"]).code, 3);
    assert!(!complete().contains("Acme"), "{}", complete());
}

#[test]
fn tables_of_sqlite_itself_are_accepted() {
    let home = Home::signed_in();
    Connection::open(file(&home)).unwrap().execute_batch("ANALYZE; REINDEX; VACUUM").unwrap();
    home.create("New", "new@x").json();
}

/// One that comes while the file is open is not noticed, but does not run.
#[tokio::test]
async fn triggers_never_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    create(&store, "Acme", "ann@x").await.unwrap();
    let other = Connection::open(folder.path().join("tenantry.db")).unwrap();
    other
        .execute_batch(&format!("INSERT INTO documents (collection_id, id_key, doc) SELECT id, x'00', x'00' FROM collections; {DESTROYER}"))
        .unwrap();
    create(&store, "New", "new@x").await.unwrap();
    let left: i64 = other.query_row("SELECT COUNT(*) FROM documents", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
    assert!(by_name(&store, "Acme").await.is_some());
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn files_that_others_can_access_are_refused() {
    let home = Home::signed_in();
    let list = || home.run(&["org", "list", "--json"]);
    for mode in [0o640, 0o604, 0o620] {
        set_mode(&file(&home), mode);
        assert_unusable(&list(), &["can be read by others", "chmod 600"], &format!("{mode:o}"));
    }
    set_mode(&file(&home), 0o600);
    for mode in [0o777, 0o1777, 0o720] {
        set_mode(&home.data(), mode);
        let refused = list();
        assert_eq!(refused.code_word(), (3, "store_unusable".to_owned()));
        assert!(refused.stderr.contains("can be written by others"), "{mode:o}: {}", refused.stderr);
    }
    set_mode(&home.data(), 0o700);
    let log = file(&home).with_file_name("tenantry.db-wal");
    fs::write(&log, "").unwrap();
    set_mode(&log, 0o644);
    assert_unusable(&list(), &["tenantry.db-wal can be read by others"], "the log");
    fs::remove_file(&log).unwrap();
    assert_eq!(list().code, 0);
    let elsewhere = home.folder.path().join("elsewhere.db");
    fs::rename(file(&home), &elsewhere).unwrap();
    symlink(&elsewhere, file(&home)).unwrap();
    assert_unusable(&list(), &["is a link"], "a link");
}
