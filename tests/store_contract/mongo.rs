//! MongoDB for the suite.

use super::Harness;
use super::mongo::TestDatabase;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tenantry::service::store::Store;
use tenantry::store::mongo::MongoStore;

pub(crate) struct OnMongo {
    database: TestDatabase,
    store: Arc<MongoStore>,
}

impl Harness for OnMongo {
    async fn empty() -> Self {
        let database = TestDatabase::new().await;
        let store = database.store();
        Self { database, store }
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
}
