//! The protocol of the MongoDB store on the wire: the commands of each operation, the rollback after a refusal, and
//! what is no longer sent after a lost answer or a lost epoch.

mod calls;
mod changes;
mod documents;
mod export;
mod fence;
mod identity;
mod keys;
mod migration;
mod op;
mod opening;
mod operator_repeats;
mod operators;
mod others;
mod pages;
mod records;
mod refusals;
mod reservations;
mod servers;
mod unclear;
mod undo;

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::proxy::Proxy;
use crate::common::suite::{admin_of, create, initialize};
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, Document, doc};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{Account, CollectionName, Finding, Organization, OrganizationId, State};
use tenantry::port::{Doctor, Store};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

/// The time limit of a command has passed: no clear answer, and unlike a cut connection it leaves parallel commands
/// alone.
const EXPIRED: i32 = 50;
/// The collection is encrypted: the server never renames it.
const ENCRYPTED: i32 = 20;

/// A store with its first operator behind a proxy; the driver does not retry.
struct Wire {
    database: TestDatabase,
    proxy: Proxy,
    /// Through the proxy.
    store: Arc<MongoStore>,
    /// Past the proxy, on a server that ignores UUIDs.
    plain: Arc<MongoStore>,
}

impl Wire {
    /// The server checks UUIDs.
    async fn new() -> Self {
        Self::with_lease(LEASE).await
    }

    async fn with_lease(lease: Duration) -> Self {
        Self::start(lease, true).await
    }

    /// The server ignores UUIDs.
    async fn ignoring() -> Self {
        Self::start(LEASE, false).await
    }

    async fn start(lease: Duration, checks: bool) -> Self {
        let database = TestDatabase::new().await;
        let plain = database.store();
        initialize(&*plain).await;
        let proxy = Proxy::start(&database.uri).await;
        proxy.check_uuids(checks);
        let store = database.store_at(&never_twice(&proxy), lease);
        store.store_id().await.unwrap().unwrap();
        assert_eq!(store.warnings().await.unwrap().is_empty(), checks, "the probe");
        proxy.reset();
        Self { database, proxy, store, plain }
    }

    /// With an organization in it, made past the proxy, and its admin.
    async fn with_acme() -> (Self, Organization, Account) {
        Self::new().await.and_acme().await
    }

    async fn and_acme(self) -> (Self, Organization, Account) {
        let acme = create(&*self.plain, "Acme", "ann@x").await.unwrap();
        let document = doc! {"_id": "a"};
        self.database.direct.collection::<Document>("org_acme").insert_one(document).await.unwrap();
        let admin = admin_of(&*self.plain, &acme).await.account;
        (self, acme, admin)
    }

    /// Another process behind the same proxy.
    async fn another(&self, lease: Duration) -> Arc<MongoStore> {
        self.proxy.reset();
        let store = self.database.store_at(&never_twice(&self.proxy), lease);
        store.warnings().await.unwrap();
        self.proxy.reset();
        store
    }

    /// The record itself, past every check.
    async fn record(&self, id: OrganizationId) -> Option<Document> {
        let records = self.database.direct.collection::<Document>("organizations");
        records.find_one(doc! {"_id": uuid(id.0)}).await.unwrap()
    }

    async fn state(&self, id: OrganizationId) -> State {
        let record = self.record(id).await.unwrap();
        record.get_str("state").unwrap().parse::<State>().ok().unwrap()
    }

    async fn set(&self, id: OrganizationId, update: Document) {
        let records = self.database.direct.collection::<Document>("organizations");
        assert_eq!(records.update_one(doc! {"_id": uuid(id.0)}, update).await.unwrap().matched_count, 1);
    }

    /// Its lease is over.
    async fn age(&self, id: OrganizationId) {
        self.set(id, doc! {"$set": {"touched_at": DateTime::from_millis(0)}}).await;
    }

    /// Recovers after every lease has ended, from behind the proxy.
    async fn recover(&self) {
        let all = self.database.direct.collection::<Document>("organizations");
        all.update_many(doc! {}, doc! {"$set": {"touched_at": DateTime::from_millis(0)}}).await.unwrap();
        self.another(LEASE).await.recover().await.unwrap();
    }

    /// The keys of all reservations.
    async fn reservations(&self) -> Vec<String> {
        let all = self.database.all("reservations").await;
        all.iter().map(|record| record.get_str("_id").unwrap().to_owned()).collect()
    }

    /// The collections of organizations, and those aside.
    async fn collections(&self) -> Vec<String> {
        self.database.organization_collections().await
    }

    /// Makes a collection that tenantry did not make.
    async fn with_foreign(&self, name: &str) -> Collection<Document> {
        let foreign = self.database.direct.collection::<Document>(name);
        foreign.insert_one(doc! {"_id": "foreign"}).await.unwrap();
        foreign
    }

    /// Moves a collection, past tenantry.
    async fn move_by_hand(&self, from: &str, to: &str) {
        let name = &self.database.name;
        let rename = doc! {"renameCollection": format!("{name}.{from}"), "to": format!("{name}.{to}")};
        self.database.direct.client().database("admin").run_command(rename).await.unwrap();
    }

    /// Gives a collection another UUID, as a restore or a move to another shard does.
    async fn with_new_uuid(&self, name: &str) {
        let documents = self.database.all(name).await;
        let collection = self.database.direct.collection::<Document>(name);
        collection.drop().await.unwrap();
        collection.insert_many(documents).await.unwrap();
    }

    /// The object with a name, as the server lists it.
    async fn uuid_of(&self, name: &str) -> Option<Bson> {
        let mut listed = self.database.direct.list_collections().filter(doc! {"name": name}).await.unwrap();
        while listed.advance().await.unwrap() {
            let found = listed.deserialize_current().unwrap();
            if found.name == name {
                return found.info.uuid.map(Bson::Binary);
            }
        }
        None
    }

    /// The findings of the doctor, from behind the proxy; without collections that do not exist.
    async fn findings(&self) -> Vec<Finding> {
        let store = self.another(LEASE).await;
        let mut found = store.check(&watch::Sender::default()).await.unwrap().findings;
        let there = self.collections().await;
        let is_there = |name: &String| !name.starts_with("tenantry_") || there.contains(name);
        found.retain(|finding| finding.collection_name.as_ref().is_none_or(is_there));
        found
    }

    async fn assert_clean(&self, when: &str) {
        let found = self.findings().await;
        assert!(found.is_empty(), "{when}: {found:?}");
    }

    /// That nothing is there but the first operator.
    async fn assert_nothing_left(&self, when: &str) {
        assert!(self.database.all("organizations").await.is_empty(), "{when}");
        assert_eq!(self.database.all("admins").await.len(), 1, "{when}");
        assert_eq!(self.reservations().await, ["e:root@example.com"], "{when}");
        assert!(self.collections().await.is_empty(), "{when}");
        assert_eq!(self.database.all("audit").await.len(), 1, "{when}");
    }

    /// That a refused operation left an organization as it was, and nothing else.
    async fn assert_untouched(&self, before: &Organization, when: &str) {
        let record = self.record(before.id).await.unwrap();
        assert_eq!(record.get_str("state").ok(), Some(before.state.as_str()), "{when}");
        assert_eq!(record.get_str("organization_name").ok(), Some(before.name.as_str()), "{when}");
        assert_eq!(
            record.get_str("collection_name").ok(),
            before.collection.as_ref().map(CollectionName::as_str)
        );
        assert!(!record.contains_key("op"), "{when}: {record}");
        let name = before.collection_name();
        let kept = ["e:ann@x", "e:root@example.com", "n:acme"].map(str::to_owned);
        let kept = [vec![format!("c:{}.{name}", self.database.name)], kept.to_vec()].concat();
        assert_eq!(self.reservations().await, kept, "{when}");
        assert_eq!(self.collections().await, [name], "{when}");
    }
}

/// The driver behind the proxy does not retry.
fn never_twice(proxy: &Proxy) -> String {
    with_options(proxy.uri(), "retryWrites=false&retryReads=false")
}

fn uuid(id: uuid::Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}

/// An answer to a look at the catalogue: these collections and no other.
fn listing(found: &[(&str, &Bson)]) -> Document {
    let batch: Vec<Document> = found
        .iter()
        .map(|(name, uuid)| doc! {"name": name, "type": "collection", "info": {"uuid": (*uuid).clone()}})
        .collect();
    doc! {"ok": 1.0, "cursor": {"id": 0_i64, "ns": "x.$cmd.listCollections", "firstBatch": batch}}
}
