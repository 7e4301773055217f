//! The two stores as places where processes crash.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::mongo::{LEASE, with_options};
use crate::common::proxy::Proxy;
use crate::common::random::Random;
use crate::common::service::service_over;
use mongodb::bson::{DateTime, Document, doc};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenantry::service::TenantService;
use tenantry::service::store::Store;

/// A process: a service over a store of its own.
pub(crate) struct Client {
    pub(crate) service: TenantService,
    pub(crate) store: Arc<dyn Store>,
    /// The way to the server, where there is one.
    pub(crate) proxy: Option<Proxy>,
}

impl Client {
    async fn over(store: Arc<dyn Store>, proxy: Option<Proxy>) -> Self {
        store.store_id().await.unwrap().unwrap();
        Self { service: service_over(Arc::clone(&store)), store, proxy }
    }
}

/// A store with its first operator, whose processes crash.
pub(crate) trait Ground: Harness {
    /// How many operations there are unless one says otherwise.
    const OPERATIONS: u64;
    /// Whether a process leaves work behind that only its runtime knows the end of.
    const HAS_HIDDEN_WORK: bool;

    /// A new process.
    async fn client(&self, random: &mut Random) -> Client;
    /// Keeps a process's held command, to be let go later.
    fn keep(&self, _proxy: Proxy) {}
    /// Lets held commands go, after every process has ended; answers how many processes they are of.
    fn release(&self) -> usize {
        0
    }
    /// Waits until everything that was sent has arrived, but what is held.
    async fn settle(&self) {}
    /// Long enough later that every lease is over.
    async fn leases_end(&self) {}
    /// Removes what a late command may leave behind of organizations that are gone or have other names by now.
    async fn sweep(&self) {}
    /// That records and collections are true to each other; strictly, that nothing else is there either.
    async fn assert_sound(&self, when: &str, strictly: bool);

    /// Another process opens the store, and so ends what nobody works on any more.
    async fn another_opens(&self) {
        self.leases_end().await;
        self.another().store_id().await.unwrap().unwrap();
    }
}

/// With the ways to the server that were ever used.
pub(crate) struct MongoGround {
    inner: OnMongo,
    ways: Mutex<Vec<Proxy>>,
    late: Mutex<Vec<Proxy>>,
}

/// Passes everything on to another harness.
macro_rules! harness_by_inner {
    ($ground:ident: $inner:ident, $($field:ident)*) => {
        impl Harness for $ground {
            async fn empty() -> Self {
                Self { inner: $inner::empty().await, $($field: Mutex::default()),* }
            }
            fn store(&self) -> &dyn Store {
                self.inner.store()
            }
            fn another(&self) -> Arc<dyn Store> {
                self.inner.another()
            }
            async fn put(&self, collection: &str, id: &str) {
                self.inner.put(collection, id).await;
            }
            async fn ids(&self, collection: &str) -> Vec<String> {
                self.inner.ids(collection).await
            }
            async fn put_foreign(&self, collection: &str) {
                self.inner.put_foreign(collection).await;
            }
            async fn drop_collection(&self, collection: &str) {
                self.inner.drop_collection(collection).await;
            }
            async fn collections(&self) -> Vec<String> {
                self.inner.collections().await
            }
        }
    };
}

harness_by_inner!(MongoGround: OnMongo, ways late);

impl Ground for MongoGround {
    const OPERATIONS: u64 = 900;
    const HAS_HIDDEN_WORK: bool = false;

    async fn client(&self, random: &mut Random) -> Client {
        let proxy = Proxy::start(&self.inner.database.uri).await;
        self.ways.lock().unwrap().push(proxy.clone());
        // With the driver's own repeats, or without.
        let options =
            *random.pick(&["retryWrites=false&retryReads=false", "retryWrites=true&retryReads=true"]);
        let store = self.inner.database.store_at(&with_options(proxy.uri(), options), LEASE);
        Client::over(store, Some(proxy)).await
    }

    fn keep(&self, proxy: Proxy) {
        self.late.lock().unwrap().push(proxy);
    }

    fn release(&self) -> usize {
        let late = std::mem::take(&mut *self.late.lock().unwrap());
        late.iter().for_each(Proxy::release);
        // Only these have anything to do yet.
        let ways = std::mem::replace(&mut *self.ways.lock().unwrap(), late.clone());
        ways.iter().filter(|way| !way.is_holding()).for_each(Proxy::close);
        late.len()
    }

    async fn settle(&self) {
        // What a dropped call wrote last may still lie in a socket.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let ways = self.ways.lock().unwrap().clone();
        for way in &ways {
            way.quiet().await;
        }
    }

    async fn leases_end(&self) {
        let long_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
        let records = self.inner.database.direct.collection::<Document>("organizations");
        let in_work = doc! {"state": {"$in": ["creating", "renaming", "deleting"]}};
        records.update_many(in_work, doc! {"$set": {"touched_at": long_ago}}).await.unwrap();
    }

    async fn sweep(&self) {
        let database = &self.inner.database;
        let all = |name: &str| database.direct.collection::<Document>(name);
        let organizations = database.all("organizations").await;
        let ids: Vec<_> = organizations.iter().filter_map(|record| record.get("_id").cloned()).collect();
        all("admins").delete_many(doc! {"role": "admin", "organization_id": {"$nin": ids}}).await.unwrap();
        let mut alive = HashSet::new();
        for record in &organizations {
            let text = |field: &str| record.get_str(field).unwrap().to_owned();
            alive.insert((record.get("_id").unwrap().to_string(), format!("n:{}", text("name_key"))));
            alive.insert((record.get("_id").unwrap().to_string(), format!("e:{}", text("email_key"))));
            let collection = format!("c:{}.{}", database.name, text("collection_name"));
            alive.insert((record.get("_id").unwrap().to_string(), collection));
        }
        for reservation in database.all("reservations").await {
            let (Some(owner), key) =
                (reservation.get("organization_id"), reservation.get_str("_id").unwrap())
            else {
                continue;
            };
            let is_alive = alive.contains(&(owner.to_string(), key.to_owned()));
            if !is_alive && !reservation.contains_key("held_until") {
                all("reservations").delete_one(doc! {"_id": key}).await.unwrap();
            }
        }
        for name in database.collections().await {
            if name.starts_with("tenantry_new_") {
                all(&name).drop().await.unwrap();
            }
        }
    }

    async fn assert_sound(&self, when: &str, strictly: bool) {
        if strictly {
            self.inner.database.assert_sound(when).await;
        } else {
            self.inner.database.assert_true_to_each_other(when).await;
        }
    }
}

/// With nothing but the file.
pub(crate) struct EmbeddedGround {
    inner: OnEmbedded,
}

harness_by_inner!(EmbeddedGround: OnEmbedded,);

impl Ground for EmbeddedGround {
    const OPERATIONS: u64 = 2_400;
    const HAS_HIDDEN_WORK: bool = true;

    async fn client(&self, _random: &mut Random) -> Client {
        Client::over(self.another(), None).await
    }

    async fn assert_sound(&self, when: &str, _strictly: bool) {
        let file = self.inner.file();
        let none = |sql: &str| {
            let count: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(count, 0, "{when}: {sql}");
        };
        none("SELECT COUNT(*) FROM organizations WHERE state <> 'active'");
        none(
            "SELECT COUNT(*) FROM organizations o LEFT JOIN collections c \
             ON c.name = o.collection_name AND c.organization_id = o.id WHERE c.id IS NULL",
        );
        none(
            "SELECT COUNT(*) FROM collections c LEFT JOIN organizations o \
             ON c.name = o.collection_name AND c.organization_id = o.id WHERE o.id IS NULL",
        );
        none(
            "SELECT COUNT(*) FROM organizations o LEFT JOIN admins a \
             ON a.id = o.admin_id AND a.organization_id = o.id WHERE a.id IS NULL",
        );
        none(
            "SELECT COUNT(*) FROM admins a LEFT JOIN organizations o \
             ON a.id = o.admin_id AND a.organization_id = o.id WHERE o.id IS NULL AND a.role = 'admin'",
        );
        none("SELECT COUNT(*) FROM pragma_foreign_key_check");
        let intact: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(intact, "ok", "{when}");
    }
}
