//! Files that versions 1 and 2 wrote (`tests/stores/embedded-v1.db` and `-v2.db`), opened by this version.

use super::home::feed;
use super::restore::put;
use super::suite::{by_email, by_name, initialize, suspend};
use super::{Home, PASSWORD, file, names};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tenantry::domain::document::json;
use tenantry::domain::{DatabaseName, Epoch};
use tenantry::port::{
    Archives, Audit, AuditQuery, ChangesQuery, ChangesSince, Doctor, Feed, OperatorQuery, Operators,
    Organizations, Store,
};
use tenantry::store::embedded::EmbeddedStore;

const VERSION_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v1.db");
const VERSION_2: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v2.db");
const VERSION_4: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v4.db");
pub(super) const VERSION_3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v3.db");

const NAMES: [&str; 6] =
    ["Acme Corp", "Bäckerei Müller", "Zeta Labs", "Ünïcode & Söhne", "ΑΒΓ Εταιρεία", "株式会社テスト"];

pub(super) fn put_old(folder: &Path, version: &str) {
    fs::create_dir_all(folder).unwrap();
    put(&folder.join("tenantry.db"), &fs::read(version).unwrap());
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

const TABLES: [(&str, &str); 6] = [
    ("meta", "id, store_id, operators, initialized_at"),
    (
        "organizations",
        "id, organization_name, name_key, collection_name, admin_id, state, epoch, created_at, updated_at",
    ),
    (
        "admins",
        "id, organization_id, email, email_key, password, role, version, token_version, created_at, updated_at",
    ),
    ("collections", "id, name, uuid, organization_id"),
    (
        "audit",
        "id, at, actor, actor_key, action, outcome, organization_id, organization_name, name_key, changes",
    ),
    ("throttle", "*"),
];

#[tokio::test]
async fn store_of_version_1_is_complete_after_its_migration() {
    is_whole_after_its_migration(VERSION_1, 15).await;
}

/// The same organizations, one of them suspended since.
#[tokio::test]
async fn store_of_version_2_is_complete_after_its_migration() {
    is_whole_after_its_migration(VERSION_2, 19).await;
}

async fn is_whole_after_its_migration(version: &str, entries: usize) {
    let old = Connection::open_with_flags(
        format!("file:{version}?immutable=1"),
        rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    put_old(folder.path(), version);
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
    assert_eq!(store.audit(&AuditQuery::newest(100)).await.unwrap().rows.len(), entries);
    drop(stores);

    let new = Connection::open(folder.path().join("tenantry.db")).unwrap();
    let ended = rows(&old, "revoked", "jti, expire_at");
    assert!(!ended.is_empty() && rows(&new, "revoked", "session_id, expire_at") == ended);
    for (table, columns) in TABLES {
        let before = rows(&old, table, columns);
        assert!(!before.is_empty(), "{table}");
        assert_eq!(rows(&new, table, columns), before, "{table}");
    }
    // A program of version 1 refuses every greater version.
    let version: i32 = new.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 7);

    let fresh = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(fresh.path(), &DatabaseName::default());
    initialize(&store).await;
    drop(store);
    let fresh = Connection::open(fresh.path().join("tenantry.db")).unwrap();
    assert_eq!(schema(&new), schema(&fresh), "the tables are those of a new store, to the letter");
}

/// A reader keeps the log from being emptied, as a kill right after the migration does.
#[tokio::test]
async fn migration_whose_log_stays_is_taken_over_by_the_next_process() {
    for version in [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6] {
        let folder = tempfile::tempdir().unwrap();
        put_old(folder.path(), version);
        let reader = Connection::open(folder.path().join("tenantry.db")).unwrap();
        reader.query_row("PRAGMA journal_mode = wal", [], |row| row.get::<_, String>(0)).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        reader.query_row("SELECT COUNT(*) FROM meta", [], |row| row.get::<_, i64>(0)).unwrap();
        let store = || EmbeddedStore::new(folder.path(), &DatabaseName::default());
        let first = store().store_id().await.unwrap();
        assert!(first.is_some(), "{version}");
        assert!(folder.path().join("tenantry.db-wal").metadata().unwrap().len() > 0, "{version}");
        assert_eq!(store().store_id().await, Ok(first), "{version}");
    }
}

/// Its organizations count as written when they were changed last, and each write from then on comes later.
#[tokio::test]
async fn changes_of_a_store_of_version_4_are_seen_after_its_migration() {
    let folder = tempfile::tempdir().unwrap();
    put_old(folder.path(), VERSION_4);
    let old = Connection::open(folder.path().join("tenantry.db")).unwrap();
    let before = rows(&old, "organizations", "id, updated_at");
    drop(old);
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    store.store_id().await.unwrap();
    let query = |since| ChangesQuery { since, now: Timestamp::now(), at_work: Vec::new(), limit: 100 };
    let first = store.changes(&query(ChangesSince::Ago(SignedDuration::ZERO))).await.unwrap();
    assert_eq!(
        rows(
            &Connection::open(folder.path().join("tenantry.db")).unwrap(),
            "organizations",
            "id, touched_at"
        ),
        before
    );
    let plain = by_name(&store, "Plain").await.unwrap();
    suspend(&store, &plain, "unpaid").await.unwrap();
    let second = store.changes(&query(ChangesSince::Position(first.next))).await.unwrap();
    let changed: Vec<_> = second.organizations.iter().map(|now| (now.name.as_str(), now.epoch)).collect();
    assert_eq!(changed, [("Plain", Epoch(plain.epoch.0 + 1))]);
}

#[test]
fn operators_of_older_versions_can_sign_in_and_work() {
    for version in [VERSION_1, VERSION_2] {
        signs_in_and_goes_on(version);
    }
}

fn signs_in_and_goes_on(version: &str) {
    let home = Home::new();
    put_old(&home.data(), version);
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
    put_old(&home.data(), VERSION_1);
    Connection::open(file(&home)).unwrap().execute_batch("CREATE VIEW everyone AS SELECT 1").unwrap();
    super::assert_unusable(&home.run(&["org", "list", "--json"]), &["everyone"], "version 1");
    let version: i32 = Connection::open(file(&home))
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1, "nothing was changed");
}

const VERSION_5: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v5.db");

/// Its documents were JSON with their id in a column; they are BSON now, in the order of their ids, and counted.
#[tokio::test]
async fn documents_of_version_5_become_bson_and_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    put_old(folder.path(), VERSION_5);
    let old = Connection::open(folder.path().join("tenantry.db")).unwrap();
    let before: Vec<(String, String)> = {
        let sql = "SELECT d._id, d.doc FROM documents d JOIN collections c ON c.id = d.collection_id
            WHERE c.name = 'org_acme_analytics' ORDER BY d._id";
        let mut statement = old.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap).collect()
    };
    drop(old);
    assert_eq!(before.len(), 12);
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    let acme = by_name(&store, "Acme Analytics").await.unwrap();
    let size = store.size(&acme).await.unwrap();
    assert!(size.documents == 12 && size.data_bytes > 1_000, "{size:?}");
    let (progress, _heard) = tokio::sync::watch::channel(tenantry::domain::Progress::default());
    assert!(store.check(&progress).await.unwrap().findings.is_empty());
    drop(store);
    let new = Connection::open(folder.path().join("tenantry.db")).unwrap();
    let sql = "SELECT d.doc FROM documents d JOIN collections c ON c.id = d.collection_id
        WHERE c.name = 'org_acme_analytics' ORDER BY d.id_key";
    let mut statement = new.prepare(sql).unwrap();
    let after: Vec<Vec<u8>> =
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for ((id, old), new) in before.iter().zip(&after) {
        let text = json::to_string(new, json::Form::Relaxed, json::Layout::Compact);
        let mut new: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(new.as_object_mut().unwrap().shift_remove("_id").unwrap(), id.as_str());
        assert_eq!(new, serde_json::from_str::<serde_json::Value>(old).unwrap());
    }
}

const VERSION_6: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stores/embedded-v6.db");

/// What version 6 made of the file of version 5. Its documents stay as they are, and its collections have brought neither options nor indexes.
#[tokio::test]
async fn documents_of_version_6_stay_and_can_be_exported() {
    let folder = tempfile::tempdir().unwrap();
    put_old(folder.path(), VERSION_6);
    let at = folder.path().join("tenantry.db");
    let documents = |file: &Connection| {
        let sql = "SELECT c.name || ' ' || c.documents || ' ' || c.data_bytes || ' ' || hex(d.id_key) || ' ' || hex(d.doc)
            FROM collections c JOIN documents d ON d.collection_id = c.id ORDER BY 1";
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    let old = Connection::open(&at).unwrap();
    let version =
        |file: &Connection| -> i32 { file.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap() };
    let before = documents(&old);
    assert_eq!((version(&old), before.len()), (6, 15));
    drop(old);
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    let acme = by_name(&store, "Acme Analytics").await.unwrap();
    let metadata = store.collection_metadata(&acme).await.unwrap();
    let names: Vec<_> = metadata.indexes.iter().map(|index| index.get_str("name").unwrap()).collect();
    assert_eq!((metadata.options.is_empty(), names), (true, vec!["_id_"]));
    let (progress, _heard) = tokio::sync::watch::channel(tenantry::domain::Progress::default());
    assert!(store.check(&progress).await.unwrap().findings.is_empty());
    drop(store);
    let new = Connection::open(&at).unwrap();
    assert_eq!(version(&new), 7);
    assert!(documents(&new) == before);
}
