//! A file that version 1 wrote (`tests/stores/embedded-v1.db`), opened by this version.

use super::home::feed;
use super::restore::put;
use super::suite::{by_email, by_name, initialize};
use super::{Home, PASSWORD, file, names};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tenantry::domain::DatabaseName;
use tenantry::port::{Audit, AuditQuery, OperatorQuery, Operators, Store};
use tenantry::store::embedded::EmbeddedStore;

const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v1.db");

const NAMES: [&str; 6] =
    ["Acme Corp", "Bäckerei Müller", "Zeta Labs", "Ünïcode & Söhne", "ΑΒΓ Εταιρεία", "株式会社テスト"];

fn put_old(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    put(&folder.join("tenantry.db"), &fs::read(VERSION_1).unwrap());
}

/// Every row of a table but those of new columns, as text.
fn rows(db: &Connection, table: &str, columns: &str) -> BTreeSet<Vec<String>> {
    let mut statement = db.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
    let count = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        (0..count).map(|at| row.get_ref(at).map(|value| format!("{value:?}"))).collect()
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

fn schema(db: &Connection) -> BTreeSet<Vec<String>> {
    rows(db, "sqlite_schema", "type, name, tbl_name, sql")
}

const TABLES: [(&str, &str); 8] = [
    ("meta", "id, store_id, operators, initialized_at"),
    (
        "organizations",
        "id, organization_name, name_key, collection_name, admin_id, state, epoch, created_at, updated_at",
    ),
    (
        "admins",
        "id, organization_id, email, email_key, password, role, version, token_version, created_at, updated_at",
    ),
    ("collections", "*"),
    ("documents", "*"),
    (
        "audit",
        "id, at, actor, actor_key, action, outcome, organization_id, organization_name, name_key, changes",
    ),
    ("revoked", "*"),
    ("throttle", "*"),
];

#[tokio::test]
async fn store_of_version_1_is_whole_after_its_migration() {
    let old = Connection::open_with_flags(
        format!("file:{VERSION_1}?immutable=1"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    put_old(folder.path());
    // Several processes meet it at once.
    let stores: Vec<_> =
        (0..4).map(|_| EmbeddedStore::new(folder.path(), &DatabaseName::default())).collect();
    let ids = futures_util::future::join_all(stores.iter().map(Store::store_id)).await;
    assert!(ids.iter().all(|id| id == &ids[0] && id.as_ref().unwrap().is_some()), "{ids:?}");
    let store = &stores[0];
    for name in NAMES {
        assert!(by_name(store, name).await.is_some(), "{name}");
    }
    assert!(by_email(store, "admin1@example.com").await.is_some());
    assert_eq!(store.operators(&OperatorQuery { after: None, limit: 10 }).await.unwrap().rows.len(), 2);
    assert_eq!(store.audit(&AuditQuery::newest(100)).await.unwrap().rows.len(), 15);
    drop(stores);

    let new = Connection::open(folder.path().join("tenantry.db")).unwrap();
    for (table, columns) in TABLES {
        let before = rows(&old, table, columns);
        assert!(!before.is_empty(), "{table}");
        assert_eq!(rows(&new, table, columns), before, "{table}");
    }
    // A program of version 1 refuses every greater version.
    let version: i32 = new.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 2);

    let fresh = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(fresh.path(), &DatabaseName::default());
    initialize(&store).await;
    drop(store);
    let fresh = Connection::open(fresh.path().join("tenantry.db")).unwrap();
    assert_eq!(schema(&new), schema(&fresh), "the tables are those of a new store, to the letter");
}

#[test]
fn operator_of_version_1_signs_in_and_goes_on() {
    let home = Home::new();
    put_old(&home.data());
    let login = home.command(&["login", "--email", "kim@example.com", "--password-stdin"]);
    assert_eq!(feed(login, PASSWORD).code, 0);
    assert_eq!(names(&home), NAMES);
    home.create("New", "new@x").json();
    home.run(&["org", "delete", "Bäckerei Müller", "--confirm", "Bäckerei Müller", "--json"]).json();
    assert_eq!(home.run(&["doctor"]).code, 0);
    assert!(!file(&home).with_file_name("tenantry.db-wal").exists());
}

#[test]
fn manipulated_file_of_version_1_is_refused() {
    let home = Home::new();
    put_old(&home.data());
    Connection::open(file(&home)).unwrap().execute_batch("CREATE VIEW everyone AS SELECT 1").unwrap();
    super::assert_unusable(&home.run(&["org", "list", "--json"]), &["everyone"], "version 1");
    let version: i32 = Connection::open(file(&home))
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1, "nothing was changed");
}
