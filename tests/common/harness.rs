//! Both kinds of store for one test suite, with direct access to the documents of a collection.

use super::documents;
use super::mongo::TestDatabase;
use super::suite;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, doc};
use rusqlite::{Connection, params};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tenantry::domain::{AccountId, DatabaseName, OrganizationId};
use tenantry::port::Store;
use tenantry::store::embedded::{EmbeddedStore, FILE_NAME};
use tenantry::store::mongo::MongoStore;
use uuid::Uuid;

/// A kind of store.
pub(crate) trait Harness: Sized {
    /// A place where no store is yet.
    async fn empty() -> Self;
    /// The store there, as one process has it.
    fn store(&self) -> &dyn Store;
    /// The same place as another process has it.
    fn another(&self) -> Arc<dyn Store>;
    /// Puts a document with this id into a collection, past tenantry.
    async fn put(&self, collection: &str, id: &str);
    /// The ids of the documents of a collection, the marker left out; sorted.
    async fn ids(&self, collection: &str) -> Vec<String>;
    /// Makes a collection that tenantry knows nothing of, with one document.
    async fn put_foreign(&self, collection: &str);
    /// Drops a collection, past tenantry.
    async fn drop_collection(&self, collection: &str);
    /// Every collection of documents (`org_*`, and names that a store uses aside), sorted.
    async fn collections(&self) -> Vec<String>;
    /// Writes a state that no version of tenantry knows into a record.
    async fn break_organization(&self, id: OrganizationId);
    /// Writes an action that no version of tenantry knows into an entry of the audit.
    async fn break_entry(&self, id: Uuid);
    /// Removes an account, past tenantry.
    async fn remove_account(&self, id: AccountId);
    /// A store with its first operator.
    async fn initialized() -> Self {
        let harness = Self::empty().await;
        suite::initialize(harness.store()).await;
        harness
    }
}

/// A way to a MongoDB server.
pub(crate) trait Way {
    async fn database() -> TestDatabase;
}

/// Without TLS, as a user with every privilege.
pub(crate) struct Open;

impl Way for Open {
    async fn database() -> TestDatabase {
        TestDatabase::new().await
    }
}

/// Over TLS with a certificate authority of its own, as a user with `readWrite` on the one database.
pub(crate) struct Secured;

impl Way for Secured {
    async fn database() -> TestDatabase {
        TestDatabase::secured().await
    }
}

/// MongoDB.
pub(crate) struct OnServer<W> {
    pub(crate) database: TestDatabase,
    store: Arc<MongoStore>,
    way: PhantomData<W>,
}

pub(crate) type OnMongo = OnServer<Open>;
pub(crate) type OnSecured = OnServer<Secured>;

impl<W: Way> Harness for OnServer<W> {
    async fn empty() -> Self {
        let database = W::database().await;
        let store = database.store();
        Self { database, store, way: PhantomData }
    }

    fn store(&self) -> &dyn Store {
        &*self.store
    }

    fn another(&self) -> Arc<dyn Store> {
        self.database.store()
    }

    async fn put(&self, collection: &str, id: &str) {
        let documents = self.database.direct.collection::<Document>(collection);
        documents.insert_one(doc! {"_id": id, "number": 1}).await.unwrap();
    }

    async fn ids(&self, collection: &str) -> Vec<String> {
        let all = self.database.all(collection).await;
        let ids = all.iter().map(|document| document.get_str("_id").unwrap().to_owned());
        ids.filter(|id| id != "_tenantry").collect()
    }

    async fn put_foreign(&self, collection: &str) {
        self.put(collection, "foreign").await;
    }

    async fn drop_collection(&self, collection: &str) {
        self.database.direct.collection::<Document>(collection).drop().await.unwrap();
    }

    async fn collections(&self) -> Vec<String> {
        self.database.organization_collections().await
    }

    async fn break_organization(&self, id: OrganizationId) {
        self.set("organizations", id.0, doc! {"state": "nonsense"}).await;
    }

    async fn break_entry(&self, id: Uuid) {
        self.set("audit", id, doc! {"action": "nonsense"}).await;
    }

    async fn remove_account(&self, id: AccountId) {
        let admins = self.database.direct.collection::<Document>("admins");
        assert_eq!(admins.delete_one(doc! {"_id": binary(id.0)}).await.unwrap().deleted_count, 1);
    }
}

impl<W> OnServer<W> {
    async fn set(&self, collection: &str, id: Uuid, values: Document) {
        let records = self.database.direct.collection::<Document>(collection);
        let set = records.update_one(doc! {"_id": binary(id)}, doc! {"$set": values}).await.unwrap();
        assert_eq!(set.matched_count, 1, "{collection} {id}");
    }
}

fn binary(id: Uuid) -> Binary {
    Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() }
}

/// SQLite.
pub(crate) struct OnEmbedded {
    folder: TempDir,
    store: EmbeddedStore,
}

impl OnEmbedded {
    /// The file itself, past tenantry.
    pub(crate) fn file(&self) -> Connection {
        let file = Connection::open(self.folder.path().join(FILE_NAME)).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file
    }

    fn run(&self, sql: &str, id: Uuid) {
        assert_eq!(self.file().execute(sql, [id.to_string()]).unwrap(), 1, "{sql}");
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
        let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
        Self { folder, store }
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn another(&self) -> Arc<dyn Store> {
        Arc::new(EmbeddedStore::new(self.folder.path(), &DatabaseName::default()))
    }

    async fn put(&self, collection: &str, id: &str) {
        documents::put(&self.file(), collection, id);
    }

    async fn ids(&self, collection: &str) -> Vec<String> {
        documents::ids(&self.file(), collection)
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
    async fn break_organization(&self, id: OrganizationId) {
        self.run("UPDATE organizations SET state = 'nonsense' WHERE id = ?1", id.0);
    }

    async fn break_entry(&self, id: Uuid) {
        self.run("UPDATE audit SET action = 'nonsense' WHERE id = ?1", id);
    }

    async fn remove_account(&self, id: AccountId) {
        self.run("DELETE FROM admins WHERE id = ?1", id.0);
    }
}
