//! The two stores as places where processes crash.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::mongo::{LEASE, with_options};
use crate::common::proxy::Proxy;
use crate::common::random::Random;
use crate::common::service::service_over;
use mongodb::bson::Document;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenantry::domain::{AccountId, OrganizationId};
use tenantry::port::Store;
use tenantry::service::TenantService;
use tokio::runtime::{Builder, Handle, Runtime};
use uuid::Uuid;

/// A process: a service over a store of its own.
pub(crate) struct Client {
    pub(crate) service: TenantService,
    pub(crate) store: Arc<dyn Store>,
    /// The way to the server, where there is one.
    pub(crate) proxy: Option<Proxy>,
    /// Where the tasks of its service run, if they end with the process.
    tasks: Option<Runtime>,
}

impl Client {
    async fn over(store: Arc<dyn Store>, proxy: Option<Proxy>) -> Self {
        store.store_id().await.unwrap().unwrap();
        let tasks = proxy
            .is_some()
            .then(|| Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap());
        Self { service: service_over(Arc::clone(&store)), store, proxy, tasks }
    }

    /// A call whose tasks belong to this process.
    pub(crate) fn call<'a, T>(&self, call: impl Future<Output = T> + 'a) -> impl Future<Output = T> + 'a {
        let tasks = self.tasks.as_ref().map(|tasks| tasks.handle().clone());
        let mut call = Box::pin(call);
        poll_fn(move |context| {
            let _inside = tasks.as_ref().map(Handle::enter);
            call.as_mut().poll(context)
        })
    }

    /// The process dies: its tasks stop where they are.
    pub(crate) async fn die(&mut self) {
        if let Some(tasks) = self.tasks.take() {
            let stop = move || tasks.shutdown_timeout(Duration::from_secs(5));
            tokio::task::spawn_blocking(stop).await.unwrap();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(tasks) = self.tasks.take() {
            tasks.shutdown_background();
        }
    }
}

/// A store with its first operator, whose processes crash.
pub(crate) trait Ground: Harness {
    /// How many operations there are unless one says otherwise.
    const OPERATIONS: u64;
    /// Whether a process leaves work whose end only its runtime knows.
    const HAS_HIDDEN_WORK: bool;

    /// A new process; the server checks the UUIDs of collections, or it does not.
    async fn client(&self, random: &mut Random, checks_uuids: bool) -> Client;
    /// Keeps a process's held command, to be let go later.
    fn keep(&self, _proxy: Proxy) {}
    /// Lets held commands go, after every process has ended; answers how many processes they are of.
    fn release(&self) -> usize {
        0
    }
    /// Waits until everything that was sent has arrived, except for held commands.
    async fn settle(&self) {}
    /// Long enough later that every lease is over.
    async fn leases_end(&self) {}
    /// The doctor repairs what late commands left; whatever it finds has to be of that kind.
    async fn repair(&self, _when: &str) {}
    /// That records and collections are true to each other, and nothing else is there.
    async fn assert_sound(&self, when: &str);
    /// Whether a collection with this name exists, whoever created it.
    async fn is_collection_there(&self, name: &str) -> bool;

    /// Another process recovers abandoned operations.
    async fn another_recovers(&self) {
        self.leases_end().await;
        self.another().recover().await.unwrap();
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
            async fn break_organization(&self, id: OrganizationId) {
                self.inner.break_organization(id).await;
            }
            async fn break_entry(&self, id: Uuid) {
                self.inner.break_entry(id).await;
            }
            async fn remove_account(&self, id: AccountId) {
                self.inner.remove_account(id).await;
            }
        }
    };
}

harness_by_inner!(MongoGround: OnMongo, ways late);

impl Ground for MongoGround {
    const OPERATIONS: u64 = 400;
    const HAS_HIDDEN_WORK: bool = false;

    async fn client(&self, random: &mut Random, checks_uuids: bool) -> Client {
        let proxy = Proxy::start(&self.inner.database.uri).await;
        proxy.check_uuids(checks_uuids);
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
        // The last write of a dropped call may still be in a socket, where nothing shows it.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let ways = self.ways.lock().unwrap().clone();
        for way in &ways {
            way.quiet().await;
        }
    }

    async fn leases_end(&self) {
        self.inner.database.leases_end(Document::new()).await;
    }

    async fn repair(&self, when: &str) {
        self.inner.database.repair(when).await;
    }

    async fn assert_sound(&self, when: &str) {
        self.inner.database.assert_sound(when).await;
    }

    async fn is_collection_there(&self, name: &str) -> bool {
        self.inner.database.collection_uuid(name).await.is_some()
    }
}

/// With nothing but the file.
pub(crate) struct EmbeddedGround {
    inner: OnEmbedded,
}

harness_by_inner!(EmbeddedGround: OnEmbedded,);

impl Ground for EmbeddedGround {
    const OPERATIONS: u64 = 700;
    const HAS_HIDDEN_WORK: bool = true;

    async fn client(&self, _random: &mut Random, _checks_uuids: bool) -> Client {
        Client::over(self.another(), None).await
    }

    async fn is_collection_there(&self, name: &str) -> bool {
        self.inner.collections().await.iter().any(|there| there == name)
    }

    async fn assert_sound(&self, when: &str) {
        let file = self.inner.file();
        let none = |sql: &str| {
            let count: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
            assert_eq!(count, 0, "{when}: {sql}");
        };
        none("SELECT COUNT(*) FROM organizations WHERE state NOT IN ('active', 'deleted')");
        none("SELECT COUNT(*) FROM organizations WHERE (state = 'deleted') <> (name_key IS NULL)");
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
             ON a.id = o.admin_id AND a.organization_id = o.id WHERE a.id IS NULL \
             OR (o.state = 'deleted') <> (a.email_key IS NULL)",
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
