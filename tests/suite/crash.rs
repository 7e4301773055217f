//! Crashes on MongoDB: each operation is stopped before and after each of its commands, then recovered by another
//! process, which may also crash at each of its commands. Afterwards record, collection, admin and reservations agree,
//! nothing is left over, and released names can be used.
//!
//! A new command of an operation is covered without anybody remembering it: the commands are counted on the wire.
//! `TENANTRY_TEST_CRASHES=all` runs every combination.
#![expect(clippy::print_stdout, reason = "how many cases there were is worth knowing")]

mod first_operator;
mod late;
mod long;
mod looks;
mod moved;
mod operation;
mod others;
mod schedules;
mod schedules_of_names;
mod steps;
mod strangers;

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::proxy::Proxy;
use crate::common::suite::{create, initialize};
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use tenantry::domain::Organization;
use tenantry::port::{Doctor, Store};
use tenantry::store::mongo::MongoStore;

/// What is between a process and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Switches {
    /// Whether the driver sends writes and reads again by itself.
    retries: bool,
    /// Whether a command for another collection than the one of its UUID is refused, as MongoDB does and the test server
    /// does not.
    checks_uuids: bool,
}

/// As MongoDB 6.0 or later, and nothing is sent twice.
const CHECKING: Switches = Switches { retries: false, checks_uuids: true };

/// A server that ignores `collectionUUID`.
const IGNORING: Switches = Switches { retries: false, checks_uuids: false };

/// As with a driver's defaults and MongoDB 6.0 or later.
const RETRYING: Switches = Switches { retries: true, checks_uuids: true };

/// A store with its first operator, and what may go wrong between a process and it.
///
/// Used for one case after the other: a database of its own for each would cost more than the case itself.
struct Ground {
    database: TestDatabase,
    proxy: Proxy,
    /// Another process, for which nothing goes wrong.
    plain: Arc<MongoStore>,
    switches: Switches,
}

impl Ground {
    async fn new() -> Self {
        Self::with(CHECKING).await
    }

    async fn with(switches: Switches) -> Self {
        let database = TestDatabase::new().await;
        let way = Proxy::start(&database.uri).await;
        way.check_uuids(switches.checks_uuids);
        let plain = database.store_at(way.uri(), LEASE);
        initialize(&*plain).await;
        plain.store_id().await.unwrap().unwrap();
        let proxy = Proxy::start(&database.uri).await;
        proxy.check_uuids(switches.checks_uuids);
        Self { database, proxy, plain, switches }
    }

    fn all(&self, name: &str) -> mongodb::Collection<Document> {
        self.database.direct.collection(name)
    }

    /// Back to nothing but the first operator.
    async fn clear(&self) {
        self.proxy.reset();
        self.all("organizations").delete_many(doc! {}).await.unwrap();
        self.all("admins").delete_many(doc! {"role": "admin"}).await.unwrap();
        let of_organizations = doc! {"organization_id": {"$exists": true}};
        self.all("reservations").delete_many(of_organizations).await.unwrap();
        self.all("audit").delete_many(doc! {}).await.unwrap();
        for name in self.database.collections_with_uuids().await.keys() {
            self.all(name).drop().await.unwrap();
        }
    }

    /// An organization whose collection has a document and an index of its own.
    async fn acme(&self) -> Organization {
        let acme = create(&*self.plain, "Acme", "ann@x").await.unwrap();
        self.fill("org_acme").await;
        acme
    }

    async fn fill(&self, collection: &str) {
        let documents = self.all(collection);
        documents.insert_one(doc! {"_id": "kept", "n": 1}).await.unwrap();
        let index = mongodb::IndexModel::builder().keys(doc! {"n": 1}).build();
        documents.create_index(index).await.unwrap();
    }

    /// A process whose commands go through the proxy. It has opened the store and probed the server.
    async fn process(&self) -> Arc<MongoStore> {
        let retries = self.switches.retries;
        let uri = with_options(self.proxy.uri(), &format!("retryWrites={retries}&retryReads={retries}"));
        let store = self.database.store_at(&uri, LEASE);
        store.store_id().await.unwrap().unwrap();
        store.warnings().await.unwrap();
        self.proxy.reset();
        store
    }

    /// Long enough later that every lease is over.
    async fn leases_end(&self) {
        self.database.leases_end(doc! {}).await;
    }

    /// Another process recovers abandoned operations.
    async fn recover(&self) {
        self.leases_end().await;
        self.plain.recover().await.unwrap();
    }
}
