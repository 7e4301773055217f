//! The MongoDB server killed with SIGKILL under load and started again on the same data: what was acknowledged is there
//! and whole, what was not is whole or absent, what was refused is absent, and every name can be used afterwards.
//!
//! The seed is printed; with `TENANTRY_TEST_SEED` what each client does and the pauses before the kills are the same again,
//! how they meet is not. `TENANTRY_TEST_SERVER_KILLS` says how many (6 without it).
#![expect(clippy::print_stdout, reason = "tests")]

mod client;

use crate::common::mongo::TestDatabase;
use crate::common::server::Server;
use crate::common::suite::{by_name, create, delete, initialize, to_name, update};
use client::{Client, Known};
use mongodb::bson::{DateTime, Document, doc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tenantry::service::store::Store;
use tokio::task::JoinHandle;

/// Processes that write at the same time.
const CLIENTS: usize = 4;
/// How long every client may take to get one write done; only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(90);

/// Numbers that look random and repeat by their seed (xorshift64*).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        // Neighbouring seeds are far apart; none is zero, which would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % bound
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// The processes under way, and how many writes of each were acknowledged.
struct Clients {
    counts: Vec<Arc<AtomicUsize>>,
    running: Vec<JoinHandle<Vec<Known>>>,
}

/// The database first: it is dropped while its server still runs.
struct Ground {
    database: TestDatabase,
    server: Server,
}

impl Ground {
    async fn new() -> Self {
        let server = Server::start().await;
        let database = TestDatabase::at(server.uri()).await;
        initialize(&*database.store()).await;
        Self { database, server }
    }

    /// Every lease is over, as if one waited for it; answers how many operations were in work.
    async fn leases_end(&self) -> u64 {
        let long_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
        let records = self.database.direct.collection::<Document>("organizations");
        let in_work = doc! {"state": {"$in": ["creating", "renaming", "deleting"]}};
        let aged = records.update_many(in_work, doc! {"$set": {"touched_at": long_ago}}).await;
        aged.unwrap().matched_count
    }

    /// Kills the server at a random moment of the work, and starts it again.
    async fn kill_once(&mut self, random: &mut Random, clients: &Clients) {
        let counts = &clients.counts;
        let before: Vec<usize> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        let until = Instant::now() + PATIENCE;
        // Every client writes again, so that each kill meets work.
        while counts.iter().zip(&before).any(|(count, before)| count.load(Ordering::SeqCst) <= *before) {
            assert!(
                !clients.running.iter().any(JoinHandle::is_finished),
                "a client met what it must not, see above"
            );
            assert!(Instant::now() < until, "a client has stopped: {before:?} {counts:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.below(200_000))).await;
        self.server.kill();
        self.server.run().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_moments_and_started_again() {
    let seed = number("TENANTRY_TEST_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let kills = number("TENANTRY_TEST_SERVER_KILLS").unwrap_or(6);
    println!("TENANTRY_TEST_SEED={seed}");
    let mut random = Random::new(seed);
    let mut ground = Ground::new().await;
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = Clients { counts: Vec::new(), running: Vec::new() };
    for number in 0..CLIENTS {
        let client = Client::new(&ground.database, number, Random::new(seed + 1 + number as u64));
        clients.counts.push(Arc::clone(&client.acknowledged));
        clients.running.push(tokio::spawn(client.work(Arc::clone(&over))));
    }
    for _ in 0..kills {
        ground.kill_once(&mut random, &clients).await;
    }
    over.store(true, Ordering::SeqCst);
    let mut known = Vec::new();
    for client in clients.running {
        known.extend(client.await.unwrap());
    }
    let in_work = ground.leases_end().await;
    // Whoever opens the store ends what nobody works on any more.
    let store = ground.database.store();
    store.store_id().await.unwrap().unwrap();
    ground.database.assert_sound(&format!("seed {seed}")).await;
    let (mut unknown, mut done_all_the_same, mut expected) = (0, 0, 0);
    for known in &known {
        let is_done = ground.assert_true(&*store, known, seed).await;
        let (before, after) = known.possible();
        expected += usize::from(if is_done { after } else { before }.is_some());
        if known.is_open() {
            unknown += 1;
            done_all_the_same += u32::from(is_done);
        }
    }
    let there = ground.database.all("organizations").await.len();
    assert_eq!(there, expected, "seed {seed}: nothing is there that no client knows of");
    println!(
        "{kills} kills: {} organizations, {unknown} writes of unknown outcome, {done_all_the_same} of them done; {in_work} \
         were in work",
        known.len()
    );
    assert!(unknown > 0, "seed {seed}: no kill met a write");
    ground.assert_usable(&*store, seed).await;
}

impl Ground {
    /// Whether an organization is what its client knows of it; answers whether the last write was done.
    async fn assert_true(&self, store: &dyn Store, known: &Known, seed: u64) -> bool {
        let when = format!("seed {seed}: {known:?}");
        let (before, after) = known.possible();
        let records = self.database.all("organizations").await;
        let record = records.iter().find(|record| record.get("_id") == Some(&known.record_id()));
        let name = record.map(|record| record.get_str("organization_name").unwrap().to_owned());
        let audit = self.database.direct.collection::<Document>("audit");
        let entries = audit.count_documents(doc! {"_id": known.last_operation()}).await.unwrap();
        let is_done = entries == 1;
        assert_eq!(
            name.as_ref(),
            if is_done { after } else { before },
            "{when}: and {entries} audit entries"
        );
        if !known.is_open() {
            assert!(is_done, "{when}: acknowledged, but not in the audit");
        }
        if let (Some(record), Some(name)) = (record, &name) {
            let found = by_name(store, name).await.unwrap();
            assert_eq!(found.id, known.id, "{when}");
            let documents = self.database.all(record.get_str("collection_name").unwrap()).await;
            let mut ids: Vec<&str> = documents.iter().map(|it| it.get_str("_id").unwrap()).collect();
            ids.retain(|id| *id != "_tenantry");
            assert!(
                !known.has_document || ids == ["kept"],
                "{when}: an acknowledged document is gone: {ids:?}"
            );
        }
        is_done
    }

    /// Each organization is renamed, its old name is taken by another one, and all of them go.
    async fn assert_usable(&self, store: &dyn Store, seed: u64) {
        let records = self.database.all("organizations").await;
        for (number, record) in records.iter().enumerate() {
            let name = record.get_str("organization_name").unwrap();
            let found = by_name(store, name).await.unwrap();
            let moved = update(store, &found, &to_name(store, &format!("Moved {number}"))).await.unwrap();
            let next = create(store, name, &format!("next{number}@x")).await.unwrap();
            let documents = self.database.all(next.collection_name()).await;
            assert_eq!(documents.len(), 1, "seed {seed}: {name} inherits nothing but has its marker");
            delete(store, &moved).await.unwrap();
            delete(store, &next).await.unwrap();
        }
        assert!(self.database.all("organizations").await.is_empty());
        self.database.assert_sound(&format!("seed {seed}, all deleted")).await;
    }
}
