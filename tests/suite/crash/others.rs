//! Who else is there in a schedule: the tenants' own applications, the next owner of a name, another recoverer.

use super::Ground;
use super::operation::{Operation, place_of};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::doc;
use std::sync::Arc;
use tenantry::domain::Organization;
use tenantry::port::{Doctor, Organizations, Result, Store};
use tenantry::store::mongo::MongoStore;
use tokio::task::JoinHandle;

impl Ground {
    /// T writes by a name.
    pub(crate) async fn tenant_writes(&self, collection: &str) {
        self.all(collection).insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    }

    pub(crate) async fn ids(&self, collection: &str) -> Vec<String> {
        let all = self.database.all(collection).await;
        all.iter().map(|document| document.get_str("_id").unwrap().to_owned()).collect()
    }

    /// N makes an organization and puts a document into its collection.
    pub(crate) async fn next_owner(&self, name: &str) -> Organization {
        let next = create(&*self.plain, name, "next@x").await.unwrap();
        self.all(place_of(&next)).insert_one(doc! {"_id": "of the next"}).await.unwrap();
        next
    }

    pub(crate) async fn assert_next(&self, next: &Organization, when: &str) {
        assert_eq!(by_id(&*self.plain, next.id).await.as_ref(), Some(next), "{when}");
        assert_eq!(self.ids(place_of(next)).await, ["_tenantry", "of the next"], "{when}");
    }

    /// Runs an operation whose process is stopped by what happens to the first command of a name.
    pub(crate) async fn stopped_on(&self, operation: Operation, command: &'static str, act: Act) {
        operation.prepare(self).await;
        let store = self.process().await;
        self.proxy.from(command, act);
        assert!(operation.run(&*store, self).await.is_err());
        self.proxy.quiet().await;
    }

    /// Runs an operation with a late command of this name: it is sent after `meanwhile` has ended.
    pub(crate) async fn late_on<T>(
        &self,
        operation: Operation,
        command: &'static str,
        meanwhile: impl AsyncFnOnce() -> T,
    ) -> (Result<()>, T) {
        operation.prepare(self).await;
        let store = self.process().await;
        self.proxy.on(command, 1, Act::Hold);
        let (answer, done) = tokio::join!(operation.run(&*store, self), async {
            self.proxy.held().await;
            let done = meanwhile().await;
            self.proxy.release();
            done
        });
        self.proxy.release_and_settle().await;
        (answer, done)
    }

    /// A recoverer whose commands go through a proxy of its own.
    pub(crate) async fn recoverer(&self) -> (Proxy, Arc<MongoStore>) {
        let proxy = Proxy::start(&self.database.uri).await;
        proxy.check_uuids(self.switches.checks_uuids);
        let store = self.database.store_at(proxy.uri(), LEASE);
        store.store_id().await.unwrap().unwrap();
        store.warnings().await.unwrap();
        proxy.reset();
        (proxy, store)
    }

    /// Lets it recover, on its own.
    pub(crate) async fn recovers(&self, recoverer: Arc<MongoStore>) -> JoinHandle<Result<usize>> {
        self.leases_end().await;
        tokio::spawn(async move { recoverer.recover().await })
    }

    /// How many collections of organizations, or aside, have a document.
    pub(crate) async fn count(&self, id: &str) -> u64 {
        let mut found = 0;
        for name in self.database.collections_with_uuids().await.keys() {
            found += self.all(name).count_documents(doc! {"_id": id}).await.unwrap();
        }
        found
    }

    /// The organization of a name, with its own documents in the collection of that name.
    pub(crate) async fn assert_there(&self, name: &str, collection: &str, when: &str) {
        let found = by_name(&*self.plain, name).await.unwrap_or_else(|| panic!("{when}: no {name}"));
        assert_eq!(place_of(&found), collection, "{when}");
        self.database.assert_kept(collection, when).await;
    }

    /// The organization in the trash has its documents.
    pub(crate) async fn assert_in_trash(&self, when: &str) -> Organization {
        let found = self.plain.deleted_with_name("acme", 2).await.unwrap();
        let [deleted] = &found[..] else { panic!("{when}: one in the trash: {found:?}") };
        self.database.assert_kept(place_of(deleted), when).await;
        deleted.clone()
    }
}
