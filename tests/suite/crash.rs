//! True through every crash, on MongoDB: each operation stopped before and after each command it sends, then recovered
//! by another process, also with a crash at each command of the recovery; afterwards record, collection, admin and
//! reservations agree, nothing is left over, and what was freed can be used.
//!
//! A new command of an operation is covered without anybody remembering it: the commands are counted on the wire.
#![expect(clippy::print_stdout, reason = "how many cases there were is worth knowing")]

mod first_operator;
mod late;
mod others;
mod schedules;
mod steps;
mod strangers;

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::proxy::Proxy;
use crate::common::suite::{admin_of, create, initialize};
use mongodb::bson::{DateTime, Document, Uuid, doc};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{Account, Organization};
use tenantry::service::store::Store;
use tenantry::store::mongo::MongoStore;

/// What is between a process and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Switches {
    /// Whether the driver sends writes and reads again by itself.
    retries: bool,
    /// Whether a rename or drop of another collection is refused, as MongoDB does and the test server does not.
    checks_uuids: bool,
}

/// Nothing is sent twice, and `collectionUUID` is ignored.
const PLAIN: Switches = Switches { retries: false, checks_uuids: false };

/// As with a driver's defaults and MongoDB 6.0 or later.
const RETRIED_AND_CHECKED: Switches = Switches { retries: true, checks_uuids: true };

/// A store with its first operator, and what may go wrong between a process and it.
///
/// Used for one case after the other: a database of its own for each would cost more than the case itself.
struct Ground {
    database: TestDatabase,
    proxy: Proxy,
    /// Past the proxy.
    plain: Arc<MongoStore>,
    switches: Switches,
}

impl Ground {
    async fn new() -> Self {
        Self::with(PLAIN).await
    }

    async fn with(switches: Switches) -> Self {
        let database = TestDatabase::new().await;
        let plain = database.store();
        initialize(&*plain).await;
        plain.store_id().await.unwrap().unwrap();
        let proxy = Proxy::start(&database.uri).await;
        proxy.check_uuids(switches.checks_uuids);
        Self { database, proxy, plain, switches }
    }

    /// Back to nothing but the first operator.
    async fn clear(&self) {
        self.proxy.reset();
        let all = |name: &str| self.database.direct.collection::<Document>(name);
        all("organizations").delete_many(doc! {}).await.unwrap();
        all("admins").delete_many(doc! {"role": "admin"}).await.unwrap();
        all("reservations").delete_many(doc! {"organization_id": {"$exists": true}}).await.unwrap();
        all("audit").delete_many(doc! {}).await.unwrap();
        for name in self.database.collections().await {
            if name.starts_with("org_") || name.starts_with("tenantry_") {
                all(&name).drop().await.unwrap();
            }
        }
    }

    /// An organization whose collection has a document and an index of its own, and its admin.
    async fn acme(&self) -> (Organization, Account) {
        let acme = create(&*self.plain, "Acme", "ann@x").await.unwrap();
        let documents = self.database.direct.collection::<Document>("org_acme");
        documents.insert_one(doc! {"_id": "kept", "n": 1}).await.unwrap();
        let index = mongodb::IndexModel::builder().keys(doc! {"n": 1}).build();
        documents.create_index(index).await.unwrap();
        let admin = admin_of(&*self.plain, &acme).await.account;
        (acme, admin)
    }

    /// The name of a collection that nobody has is held, as one that a late rename may still take.
    async fn hold(&self, collection: &str) {
        let until = DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000);
        let held = doc! {
            "_id": format!("c:{}.{collection}", self.database.name),
            "organization_id": Uuid::new(),
            "epoch": 1_i64,
            "at": DateTime::now(),
            "held_until": until,
        };
        self.database.direct.collection("reservations").insert_one(held).await.unwrap();
    }

    /// A process whose commands go through the proxy.
    async fn process(&self) -> Arc<MongoStore> {
        let retries = self.switches.retries;
        let uri = with_options(self.proxy.uri(), &format!("retryWrites={retries}&retryReads={retries}"));
        let store = self.database.store_at(&uri, LEASE);
        store.store_id().await.unwrap().unwrap();
        self.proxy.reset();
        store
    }

    /// Long enough later that every lease is over.
    async fn leases_end(&self) {
        let an_hour_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
        let records = self.database.direct.collection::<Document>("organizations");
        let in_work = doc! {"state": {"$in": ["creating", "renaming", "deleting"]}};
        records.update_many(in_work, doc! {"$set": {"touched_at": an_hour_ago}}).await.unwrap();
    }

    /// Another process opens the store, and so ends what nobody works on any more.
    async fn another_opens(&self) -> Arc<MongoStore> {
        self.leases_end().await;
        let store = self.database.store();
        store.store_id().await.unwrap().unwrap();
        store
    }
}

/// What was sent together with a lost command has arrived.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}
