//! The protocol of the MongoDB store, seen on the wire: which commands are sent, what is taken back after a
//! refusal, what is not sent any more after a lost answer or a lost epoch.

mod calls;
mod fence;
mod opening;
mod operators;
mod others;
mod records;
mod reservations;
mod unclear;
mod undo;

use crate::common::mongo::{LEASE, TestDatabase, with_options};
use crate::common::proxy::{self, Proxy};
use crate::common::suite::{self, admin_of, create, initialize};
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, Document, doc};
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::{Account, Organization, OrganizationId};
use tenantry::service::store::Store;
use tenantry::store::mongo::MongoStore;

/// The time of a command was over: no clear answer, and unlike a cut connection it leaves what is beside it alone.
const EXPIRED: i32 = 50;

/// A store with its first operator behind a proxy; the driver does not send anything twice by itself.
struct Wire {
    database: TestDatabase,
    proxy: Proxy,
    /// Through the proxy.
    store: Arc<MongoStore>,
    /// Past the proxy.
    plain: Arc<MongoStore>,
}

impl Wire {
    async fn new() -> Self {
        Self::with_lease(LEASE).await
    }

    async fn with_lease(lease: Duration) -> Self {
        let database = TestDatabase::new().await;
        let plain = database.store();
        initialize(&*plain).await;
        let proxy = Proxy::start(&database.uri).await;
        let store =
            database.store_at(&with_options(proxy.uri(), "retryWrites=false&retryReads=false"), lease);
        store.store_id().await.unwrap().unwrap();
        proxy.reset();
        Self { database, proxy, store, plain }
    }

    /// With an organization in it, made past the proxy, and its admin.
    async fn with_acme() -> (Self, Organization, Account) {
        let wire = Self::new().await;
        let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
        let document = doc! {"_id": "a"};
        wire.database.direct.collection::<Document>("org_acme").insert_one(document).await.unwrap();
        let admin = admin_of(&*wire.plain, &acme).await.account;
        (wire, acme, admin)
    }

    /// The record itself, past every check.
    async fn record(&self, id: OrganizationId) -> Option<Document> {
        let records = self.database.direct.collection::<Document>("organizations");
        records.find_one(doc! {"_id": uuid(id.0)}).await.unwrap()
    }

    async fn set(&self, id: OrganizationId, update: Document) {
        let records = self.database.direct.collection::<Document>("organizations");
        assert_eq!(records.update_one(doc! {"_id": uuid(id.0)}, update).await.unwrap().matched_count, 1);
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

    /// That nothing is there but the first operator.
    async fn assert_nothing_left(&self, when: &str) {
        assert!(self.database.all("organizations").await.is_empty(), "{when}");
        assert_eq!(self.database.all("admins").await.len(), 1, "{when}");
        assert_eq!(self.reservations().await, ["e:root@example.com"], "{when}");
        assert!(self.collections().await.is_empty(), "{when}");
        assert_eq!(self.database.all("audit").await.len(), 1, "{when}");
    }
}

fn uuid(id: uuid::Uuid) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() })
}
