//! A database of its own for each test, on the server that `TENANTRY_TEST_MONGO_URI` names; dropped at the end.
//!
//! Names have one fixed length, because collection names are cut by it.

use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tenantry::domain::DatabaseName;
use tenantry::store::mongo::{MongoOptions, MongoStore};
use uuid::Uuid;

/// The lease of stores under test, unless one says otherwise.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// The server for tests. Without one a test fails: it never passes by doing nothing.
pub(crate) fn server_uri() -> String {
    std::env::var("TENANTRY_TEST_MONGO_URI")
        .unwrap_or_else(|_| panic!("run scripts/test, or set TENANTRY_TEST_MONGO_URI"))
}

/// A URI with further options.
pub(crate) fn with_options(uri: &str, options: &str) -> String {
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{options}")
}

/// The user of one test: it may read and write its own database, and nothing else.
const USER: &str = "tenant";
const PASSWORD: &str = "correct-horse";

/// A test server that requires TLS with one authority, and a password.
fn secured_uri() -> String {
    std::env::var("TENANTRY_TEST_SECURED_MONGO_URI")
        .unwrap_or_else(|_| panic!("run scripts/test, or set TENANTRY_TEST_SECURED_MONGO_URI"))
}

/// A URI with a user name and a password.
fn as_user(uri: &str, name: &str) -> String {
    with_options(&uri.replacen("://", &format!("://{name}:{PASSWORD}@"), 1), "authSource=admin")
}

/// A database of one test.
pub(crate) struct TestDatabase {
    pub(crate) uri: String,
    /// As someone who may drop the database.
    owner_uri: String,
    pub(crate) name: String,
    /// The driver itself, past tenantry.
    pub(crate) direct: Database,
    /// Whose doctor looks at this database, made by its first look.
    doctor: OnceLock<Arc<MongoStore>>,
}

impl TestDatabase {
    /// An empty database under a name that nothing has.
    pub(crate) async fn new() -> Self {
        Self::at(server_uri()).await
    }

    /// The same on another server.
    pub(crate) async fn at(uri: String) -> Self {
        let name = format!("tt_{:012x}", Uuid::new_v4().as_u128() >> 80);
        let direct = Client::with_uri_str(&uri).await.unwrap().database(&name);
        Self { owner_uri: uri.clone(), uri, name, direct, doctor: OnceLock::new() }
    }

    /// The same over TLS, as a user that has `readWrite` on this database and no other role.
    pub(crate) async fn secured() -> Self {
        let server = secured_uri();
        let owner_uri = as_user(&server, "root");
        // A server without any user lets one be made from its own machine; another test may have made it.
        let nobody = Client::with_uri_str(&server).await.unwrap();
        let root = doc! {"createUser": "root", "pwd": PASSWORD, "roles": ["root"]};
        let _ = nobody.database("admin").run_command(root).await;
        let mut database = Self::at(owner_uri).await;
        let user = format!("{USER}_{}", database.name);
        let roles = [doc! {"role": "readWrite", "db": &database.name}];
        let made = doc! {"createUser": &user, "pwd": PASSWORD, "roles": roles};
        database.direct.client().database("admin").run_command(made).await.unwrap();
        database.uri = as_user(&server, &user);
        database
    }

    /// A store on this database; each one is like a process of its own.
    pub(crate) fn store(&self) -> Arc<MongoStore> {
        self.store_at(&self.uri, LEASE)
    }

    /// The store whose doctor looks at this database: always the same, since a connection costs more than a look.
    pub(crate) fn doctor(&self) -> &MongoStore {
        self.doctor.get_or_init(|| self.store())
    }

    /// A store that reaches this database by another way.
    pub(crate) fn store_at(&self, uri: &str, lease: Duration) -> Arc<MongoStore> {
        let options =
            MongoOptions { uri: uri.into(), database: DatabaseName::parse(&self.name).unwrap(), lease };
        Arc::new(MongoStore::open(options).unwrap())
    }

    /// Every collection, sorted.
    pub(crate) async fn collections(&self) -> Vec<String> {
        let mut names = self.direct.list_collection_names().await.unwrap();
        names.sort();
        names
    }

    /// The collections of organizations, and those aside, sorted.
    ///
    /// Empty ones are left out. Whatever tenantry makes holds the marker from its first moment; but SecantusDB, under
    /// load, lists the source of an acknowledged rename again: empty, with another UUID.
    pub(crate) async fn organization_collections(&self) -> Vec<String> {
        let mut names = Vec::new();
        for name in self.collections().await {
            let counts = name.starts_with("org_") || name.starts_with("tenantry_");
            if counts && !self.all(&name).await.is_empty() {
                names.push(name);
            }
        }
        names
    }

    /// Every document of a collection, in the order of ids.
    pub(crate) async fn all(&self, collection: &str) -> Vec<Document> {
        let mut found = Vec::new();
        let documents = self.direct.collection::<Document>(collection);
        let mut cursor = documents.find(doc! {}).sort(doc! {"_id": 1}).await.unwrap();
        while cursor.advance().await.unwrap() {
            found.push(cursor.deserialize_current().unwrap());
        }
        found
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (uri, name) = (self.owner_uri.clone(), self.name.clone());
        // A test's own runtime cannot be waited for in here; another thread has its own.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = Client::with_uri_str(&uri).await.unwrap();
                let _ = client.database(&name).drop().await;
            });
        });
        let _ = dropped.join();
    }
}
