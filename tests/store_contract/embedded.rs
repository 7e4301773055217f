//! SQLite for the suite.

use super::Harness;
use rusqlite::{Connection, params};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tenantry::service::store::Store;
use tenantry::store::embedded::{EmbeddedStore, FILE_NAME};
use uuid::Uuid;

const DATABASE: &str = "master_db";

pub(crate) struct OnEmbedded {
    folder: TempDir,
    store: EmbeddedStore,
}

impl OnEmbedded {
    fn file(&self) -> Connection {
        let file = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file
    }

    fn texts(&self, sql: &str, value: &str) -> Vec<String> {
        let file = self.file();
        let mut statement = file.prepare(sql).unwrap();
        let rows = statement.query_map([value], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

impl Harness for OnEmbedded {
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::new(folder.path(), DATABASE);
        Self { folder, store }
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn another(&self) -> Arc<dyn Store> {
        Arc::new(EmbeddedStore::new(self.folder.path(), DATABASE))
    }

    async fn put(&self, collection: &str, id: &str) {
        let sql = "INSERT INTO documents SELECT id, ?2, '{\"number\":1}' FROM collections WHERE name = ?1";
        assert_eq!(self.file().execute(sql, [collection, id]).unwrap(), 1, "{collection} is there");
    }

    async fn ids(&self, collection: &str) -> Vec<String> {
        let sql = "SELECT _id FROM documents d JOIN collections c ON c.id = d.collection_id WHERE c.name = ?1 ORDER BY 1";
        self.texts(sql, collection)
    }

    async fn put_foreign(&self, collection: &str) {
        let sql = "INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, NULL)";
        self.file().execute(sql, params![collection, Uuid::new_v4().to_string()]).unwrap();
        self.put(collection, "foreign").await;
    }

    async fn drop_collection(&self, collection: &str) {
        self.file().execute("DELETE FROM collections WHERE name = ?1", [collection]).unwrap();
    }

    async fn collections(&self) -> Vec<String> {
        self.texts("SELECT name FROM collections WHERE name <> ?1 ORDER BY 1", "")
    }
}
