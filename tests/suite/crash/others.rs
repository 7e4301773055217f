//! Who else is there in a schedule: the tenants' own applications, the next owner of a name, another recoverer.

use super::Ground;
use super::steps::Operation;
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tenantry::domain::Organization;
use tenantry::service::store::{Lookup, Store};
use tenantry::store::mongo::MongoStore;

impl Ground {
    /// T writes by a name.
    pub(crate) async fn tenant_writes(&self, collection: &str) {
        self.database.direct.collection(collection).insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    }

    pub(crate) async fn ids(&self, collection: &str) -> Vec<String> {
        let all = self.database.all(collection).await;
        all.iter().map(|document| document.get_str("_id").unwrap().to_owned()).collect()
    }

    /// N makes an organization and puts a document into its collection.
    pub(crate) async fn next_owner(&self, name: &str) -> Organization {
        let next = create(&*self.plain, name, "next@x").await.unwrap();
        let documents = self.database.direct.collection::<Document>(next.collection_name());
        documents.insert_one(doc! {"_id": "of the next"}).await.unwrap();
        next
    }

    pub(crate) async fn assert_next(&self, next: &Organization, when: &str) {
        assert_eq!(by_id(&*self.plain, next.id).await.as_ref(), Some(next), "{when}");
        assert_eq!(self.ids(next.collection_name()).await, ["_tenantry", "of the next"], "{when}");
    }

    /// E deletes Acme and is dead, while its move of the collection is still on its way.
    pub(crate) async fn dies_moving_out(&self) {
        Operation::Delete.prepare(self).await;
        let acme = by_name(&*self.plain, "Acme").await.unwrap();
        let store = self.process().await;
        self.proxy.on("renameCollection", 1, Act::Hold);
        let deleting = tokio::spawn(async move { delete(&*store, &acme).await });
        self.proxy.held().await;
        deleting.abort();
    }

    /// A recoverer whose commands go through a proxy of its own. It opens before any lease is over.
    pub(crate) async fn recoverer(&self) -> (Proxy, Arc<MongoStore>) {
        let proxy = Proxy::start(&self.database.uri).await;
        let store = self.database.store_at(proxy.uri(), LEASE);
        store.store_id().await.unwrap().unwrap();
        proxy.reset();
        (proxy, store)
    }
}

/// Meets an organization, and so ends what nobody works on any more.
pub(crate) async fn meet(store: Arc<MongoStore>, key: &str) {
    let _ = store.find(&Lookup::NameKey(key.to_owned())).await;
}
