//! The service against the bare store doing the same, and sign-ins against the hash that they need.

use crate::ROUNDS;
use crate::binary::timed;
use crate::common::mongo::TestDatabase;
use crate::common::service::{PASSWORD, ROOT, service_over};
use crate::common::suite::create;
use crate::table::Table;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tenantry::demo::seed;
use tenantry::domain::{AccessToken, DatabaseName, Password};
use tenantry::port::{GivenKey, Store};
use tenantry::service::clock::{Clock, SystemClock};
use tenantry::service::password::PasswordPool;
use tenantry::service::{ListQuery, OperationId, OrganizationReference, ServiceOptions, TenantService};
use tenantry::store::embedded::EmbeddedStore;

/// Organizations of the large store.
const MANY: usize = 50_000;
/// The same on the test server, whose own lists grow.
const MANY_ON_A_SERVER: usize = 10_000;
/// Organizations of the small one: a page of them.
const FEW: usize = 100;
/// Reads that are timed one by one.
const READS: usize = 2_000;
/// The cost of passwords, as a server has it that is not too slow.
const COST: u32 = 10;
/// Sign-ins of each who signs in.
const EACH: u32 = 6;
/// Who signs in at once.
const SIGNING_IN: usize = 16;

/// A service over a store with so many organizations, and an operator's session.
struct Served {
    service: Arc<TenantService>,
    token: AccessToken,
    name: OrganizationReference,
}

impl Served {
    /// Over an initialized store.
    async fn over(store: Arc<dyn Store>) -> Self {
        let service = Arc::new(service_over(Arc::clone(&store)));
        let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
        create(&*store, "Measured Ltd", "measured@x.example").await.unwrap();
        Self { service, token, name: OrganizationReference::Name("Measured Ltd".into()) }
    }

    async fn get(&self) -> Duration {
        let began = Instant::now();
        self.service.organization(&self.token, &self.name).await.unwrap();
        began.elapsed()
    }

    async fn first_page(&self) -> Duration {
        let began = Instant::now();
        let query = ListQuery { limit: 100, ..ListQuery::default() };
        self.service.list_organizations(&self.token, &query).await.unwrap();
        began.elapsed()
    }
}

/// Get and first page of a large store against a small one.
async fn growth(table: &mut Table, store: &str, large: &Served, small: &Served, count: usize) {
    let (mut gets, mut pages) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS * 20 {
        gets.push((large.get().await, small.get().await));
    }
    for _ in 0..ROUNDS {
        pages.push((large.first_page().await, small.first_page().await));
    }
    table.ratios(&format!("{store}: get with {count} organizations / {FEW}"), &gets, Some(1.2));
    table.ratios(&format!("{store}: first page with {count} organizations / {FEW}"), &pages, Some(1.2));
}

/// Creates the store with its operator.
async fn initialized<S: Store + 'static>(store: &Arc<S>) {
    let service = service_over(Arc::clone(store) as Arc<dyn Store>);
    service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
}

pub(crate) async fn hash() -> secrecy::SecretString {
    PasswordPool::new(COST).hash(&Password::new(PASSWORD.into()).unwrap()).await.unwrap()
}

pub(crate) async fn embedded(table: &mut Table) {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let hash = hash().await;
    let mut served = Vec::new();
    for (folder, count) in folders.iter().zip([MANY, FEW]) {
        let store = Arc::new(EmbeddedStore::new(folder.path(), &DatabaseName::default()));
        initialized(&store).await;
        seed::embedded(&store, count, false, &hash, SystemClock.now()).await.unwrap();
        served.push(Served::over(store).await);
    }
    growth(table, "embedded", &served[0], &served[1], MANY).await;
    let small = Arc::new(EmbeddedStore::new(folders[1].path(), &DatabaseName::default()));
    sign_ins(table, ("embedded", None), small).await;
}

/// Sign-ins as fast as they go, and what reads wait beside them.
async fn sign_ins(table: &mut Table, (what, bound): (&str, Option<f64>), store: Arc<dyn Store>) {
    let options = ServiceOptions {
        session: jiff::SignedDuration::from_mins(30),
        bcrypt_cost: COST,
        open_registration: false,
        legacy_update: false,
        trash: jiff::SignedDuration::from_hours(24),
    };
    let key = Arc::new(GivenKey("0123456789abcdef0123456789abcdef".into()));
    let service = Arc::new(TenantService::new(store, key, Arc::new(SystemClock), options));
    // The first one makes the hash anew at this cost.
    let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
    let query = ListQuery { limit: SIGNING_IN, ..ListQuery::default() };
    let organizations = service.list_organizations(&token, &query).await.unwrap().items;
    let name = OrganizationReference::Name("Measured Ltd".into());
    let served = Served { service: Arc::clone(&service), token, name };
    let alone = reads(&served).await;
    let hash = hash_time();
    let cores = std::thread::available_parallelism().unwrap().get();
    let most = f64::from(u32::try_from(cores).unwrap()) / hash.as_secs_f64();
    let began = Instant::now();
    let emails: Vec<String> = organizations.iter().map(|it| it.admin_email.clone()).collect();
    let all = join_all(emails.iter().map(|email| sign_in(Arc::clone(&service), email.clone(), EACH)));
    let count: u32 = all.await.into_iter().sum();
    let reached = f64::from(count) / began.elapsed().as_secs_f64();
    table.put(
        format!("{what}: sign-ins a second that {cores} cores can hash / made"),
        vec![most / reached],
        "x",
        Some(1.1),
    );
    let stops = Arc::new(AtomicBool::new(false));
    let signing_in: Vec<_> = emails
        .iter()
        .map(|email| {
            let (service, stops, email) = (Arc::clone(&service), Arc::clone(&stops), email.clone());
            tokio::spawn(async move {
                while !stops.load(Ordering::Relaxed) {
                    sign_in(Arc::clone(&service), email.clone(), 1).await;
                }
            })
        })
        .collect();
    let beside = reads(&served).await;
    stops.store(true, Ordering::Relaxed);
    join_all(signing_in).await;
    table.put(format!("{what}: p99 of reads beside sign-ins / alone"), vec![beside / alone], "x", bound);
}

/// Signs in so often, one after the other; answers how often.
async fn sign_in(service: Arc<TenantService>, email: String, times: u32) -> u32 {
    for _ in 0..times {
        service.sign_in(&email, &PASSWORD.into()).await.unwrap();
    }
    times
}

/// The p99 of reads in milliseconds.
async fn reads(served: &Served) -> f64 {
    let mut times = Vec::new();
    for _ in 0..READS {
        times.push(served.get().await.as_secs_f64() * 1e3);
    }
    Table::p99(times)
}

/// The shortest time of one hash.
#[expect(clippy::disallowed_methods, reason = "it is the bare hash that is measured")]
fn hash_time() -> Duration {
    let hash = bcrypt::hash(PASSWORD, COST).unwrap();
    (0..ROUNDS).map(|_| timed(|| assert!(bcrypt::verify(PASSWORD, &hash).unwrap()))).min().unwrap()
}

pub(crate) async fn mongodb(table: &mut Table) {
    let (one, two) = (TestDatabase::new().await, TestDatabase::new().await);
    let hash = hash().await;
    let mut served = Vec::new();
    for (database, count) in [(&one, MANY_ON_A_SERVER), (&two, FEW)] {
        let store = database.store();
        initialized(&store).await;
        seed::mongo(&store, count, 0, &hash, SystemClock.now()).await.unwrap();
        served.push(Served::over(store).await);
    }
    growth(table, "mongodb", &served[0], &served[1], MANY_ON_A_SERVER).await;
    sign_ins(table, ("mongodb", Some(3.5)), two.store()).await;
    let small = &served[1];
    let organizations: Collection<Document> = two.direct.collection("organizations");
    let mut pages = Vec::new();
    for _ in 0..ROUNDS * 5 {
        let began = Instant::now();
        let found = organizations.find(doc! {}).sort(doc! {"name_key": 1}).limit(101).await.unwrap();
        assert!(found.try_collect::<Vec<Document>>().await.unwrap().len() >= 100);
        let bare = began.elapsed();
        pages.push((small.first_page().await, bare));
    }
    table.ratios("mongodb: first page by the service / one find of the bare driver", &pages, None);
    let mut gets = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let client = Client::with_uri_str(&two.uri).await.unwrap();
        let found = client.database(&two.name).collection::<Document>("organizations");
        found.find_one(doc! {"organization_name": "Measured Ltd"}).await.unwrap().unwrap();
        let bare = began.elapsed();
        let began = Instant::now();
        let fresh = service_over(two.store());
        fresh.organization(&small.token, &small.name).await.unwrap();
        gets.push((began.elapsed(), bare));
    }
    table.ratios("mongodb: connect and get by the service / by the bare driver", &gets, Some(1.3));
}
