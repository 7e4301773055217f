//! A tenant's own application, which does not know tenantry and writes to the collection by name during a rename, a
//! delete or a purge with many documents: every acknowledged write is kept, in the collection or in one that the
//! server created under the old name. Tenantry never touches that one.

use crate::common::mongo::TestDatabase;
use crate::common::suite::*;
use mongodb::Client;
use mongodb::bson::{Bson, Document, doc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenantry::domain::Organization;
use tenantry::port::{Error, Lookup, Organizations};
use tenantry::store::mongo::MongoStore;
use tokio::task::JoinHandle;

const DOCUMENTS: i32 = 4_000;
const WRITERS: usize = 3;
/// Documents that each writer still writes once the collection is moved.
const AFTERWARDS: usize = 20;

struct Tenant {
    database: TestDatabase,
    store: Arc<MongoStore>,
    /// The acknowledged documents.
    written: BTreeSet<String>,
}

impl Tenant {
    async fn new() -> (Self, Organization) {
        let database = TestDatabase::new().await;
        let store = database.store();
        initialize(&*store).await;
        let acme = create(&*store, "Acme", "ann@x").await.unwrap();
        let documents = database.direct.collection::<Document>("org_acme");
        let index = mongodb::IndexModel::builder().keys(doc! {"number": 1}).build();
        documents.create_index(index).await.unwrap();
        let all = (0..DOCUMENTS).map(|number| doc! {"_id": format!("d{number:05}"), "number": number});
        documents.insert_many(all).await.unwrap();
        let written = (0..DOCUMENTS).map(|number| format!("d{number:05}")).collect();
        (Self { database, store, written }, acme)
    }

    /// Inserts by name until the operation has ended, and a little longer; returns the acknowledged documents.
    fn write(&self, collection: &str, who: String, is_over: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
        let (uri, name) = (self.database.uri.clone(), self.database.name.clone());
        let (collection, is_over) = (collection.to_owned(), Arc::clone(is_over));
        tokio::spawn(async move {
            let own = Client::with_uri_str(&uri).await.unwrap().database(&name);
            let documents = own.collection::<Document>(&collection);
            let mut written = Vec::new();
            let mut left = AFTERWARDS;
            while left > 0 {
                if is_over.load(Ordering::SeqCst) {
                    left -= 1;
                }
                let id = format!("{who} {:05}", written.len());
                documents.insert_one(doc! {"_id": &id}).await.unwrap();
                written.push(id);
            }
            written
        })
    }

    /// Moves its collection in the middle of what its application writes under the name.
    async fn through<T>(&mut self, collection: &str, moved: impl Future<Output = T>) -> T {
        let is_over = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| self.write(collection, format!("{collection} w{writer}"), &is_over))
            .collect();
        let documents = self.database.direct.collection::<Document>(collection);
        let fifth = doc! {"_id": format!("{collection} w0 00005")};
        while documents.find_one(fifth.clone()).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        let answer = moved.await;
        is_over.store(true, Ordering::SeqCst);
        for writer in writers {
            self.written.extend(writer.await.unwrap());
        }
        answer
    }

    /// Every document that is there, with the UUID of its collection.
    async fn found(&self) -> BTreeMap<String, Bson> {
        let mut found = BTreeMap::new();
        for collection in self.database.listed().await {
            for document in self.database.all(&collection.name).await {
                let id = document.get_str("_id").unwrap().to_owned();
                if id != "_tenantry" {
                    let twice = found.insert(id, collection.uuid.clone());
                    assert_eq!(twice, None, "{document} is in {collection:?} too");
                }
            }
        }
        found
    }

    /// Every acknowledged document exists once, and documents from before the first move are in the organization's own
    /// collection.
    async fn assert_nothing_lost(&self, now: &Organization) {
        let found = self.found().await;
        let lost: Vec<&String> = self.written.iter().filter(|id| !found.contains_key(*id)).collect();
        assert!(lost.is_empty(), "{} of {} are lost: {lost:?}", lost.len(), self.written.len());
        assert_eq!(found.len(), self.written.len(), "and nothing else is there");
        let own = self.own(now).await;
        assert!((0..DOCUMENTS).all(|number| found[&format!("d{number:05}")] == own), "it went along");
        let documents = self.database.direct.collection::<Document>(now.collection_name());
        assert_eq!(documents.list_index_names().await.unwrap(), ["_id_", "number_1"]);
    }

    /// The collection under the name that the record says has the UUID that it says.
    async fn own(&self, now: &Organization) -> Bson {
        let uuid = self.database.collection_uuid(now.collection_name()).await.unwrap();
        let expected = now.collection_uuid.unwrap().as_bytes().to_vec();
        assert!(matches!(&uuid, Bson::Binary(binary) if binary.bytes == expected), "{now:?}");
        uuid
    }

    /// What its application made under a name that was not the organization's any more.
    async fn strays(&self) -> Vec<String> {
        self.database.strays().await.into_iter().map(|stray| stray.name).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_writes_through_renames_loses_no_document() {
    let (mut tenant, mut now) = Tenant::new().await;
    let store = Arc::clone(&tenant.store);
    for round in 1..=3 {
        let before = now.collection_name().to_owned();
        let wanted = to_name(&format!("Acme {round}"));
        now = tenant.through(&before, update(&*store, &now, &wanted)).await.unwrap();
        tenant.assert_nothing_lost(&now).await;
    }
    assert_eq!(tenant.strays().await, ["org_acme", "org_acme_1", "org_acme_2"]);
    tenant.database.assert_only_orphans("after the renames").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_writes_through_a_delete_loses_no_document() {
    let (mut tenant, acme) = Tenant::new().await;
    let store = Arc::clone(&tenant.store);
    let deleted = tenant.through("org_acme", delete(&*store, &acme)).await.unwrap().organization;
    tenant.assert_nothing_lost(&deleted).await;
    assert_eq!(tenant.strays().await, ["org_acme"]);
    // The collection that the server created has no owner: the organization does not overwrite it.
    let refused = restore(&*store, &deleted).await;
    assert_eq!(refused, Err(Error::CollectionExists("org_acme".into())));
    let now = by_id(&*store, deleted.id).await.unwrap();
    let back = restore_as(&*store, &now, "Acme Labs", "ann@x", None).await.unwrap();
    assert_eq!(back.collection_uuid, acme.collection_uuid);
    tenant.assert_nothing_lost(&back).await;
    assert_eq!(tenant.strays().await, ["org_acme"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_destroys_only_its_own_collection_while_a_tenant_writes() {
    let (mut tenant, acme) = Tenant::new().await;
    let store = Arc::clone(&tenant.store);
    let before = tenant.own(&acme).await;
    tenant.through("org_acme", purge(&*store, &acme)).await.unwrap();
    let found = tenant.found().await;
    assert!(!found.is_empty() && found.values().all(|uuid| *uuid != before), "made anew, and kept");
    for writer in 0..WRITERS {
        let of_one = format!("org_acme w{writer} ");
        let of_one: Vec<&String> = tenant.written.iter().filter(|id| id.starts_with(&of_one)).collect();
        let kept: Vec<bool> = of_one.iter().map(|id| found.contains_key(*id)).collect();
        // Once a document of it stays, so does every later one.
        assert!(kept.is_sorted() && kept.last() == Some(&true), "{writer}: {kept:?}");
    }
    assert_eq!(tenant.strays().await, ["org_acme"]);
    assert_eq!(create(&*store, "Acme", "ann@x").await, Err(Error::CollectionExists("org_acme".into())));
    assert!(store.find(&Lookup::Id(acme.id)).await.unwrap().is_none());
}
