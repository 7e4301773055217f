//! The MongoDB server is killed with SIGKILL under load and started again on the same data: acknowledged writes are
//! complete, unacknowledged ones are complete or absent, refused ones are absent, and every name can be used
//! afterwards.
//!
//! The seed is printed; with `TENANTRY_TEST_SEED` what each client does and the pauses before the kills are the same again,
//! how they meet is not. `TENANTRY_TEST_SERVER_KILLS` says how many (6 without it).
#![expect(clippy::print_stdout, reason = "tests")]

mod client;

use crate::common::mongo::TestDatabase;
use crate::common::random::{Random, number, seed};
use crate::common::server::Server;
use crate::common::suite::*;
use client::{Client, Known, Standing};
use mongodb::bson::{Document, doc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tenantry::domain::{State, Status};
use tenantry::port::{Doctor, OrganizationQuery, Store};
use tokio::task::JoinHandle;

/// Processes that write at the same time.
const CLIENTS: usize = 4;
/// How long every client may take to get one write done; only a failure takes so long.
const PATIENCE: Duration = Duration::from_secs(90);

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

    /// Kills the server at a random moment of the work, and starts it again.
    async fn kill_once(&mut self, random: &mut Random, clients: &Clients) {
        let counts = &clients.counts;
        let before: Vec<usize> = counts.iter().map(|count| count.load(Ordering::SeqCst)).collect();
        let until = Instant::now() + PATIENCE;
        // Every client writes again, so that each kill interrupts work.
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
async fn server_killed_at_random_moments_loses_nothing() {
    let seed = seed();
    let kills = number("TENANTRY_TEST_SERVER_KILLS").unwrap_or(6);
    println!("TENANTRY_TEST_SEED={seed}");
    let mut random = Random::fork(seed, u64::MAX);
    let mut ground = Ground::new().await;
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = Clients { counts: Vec::new(), running: Vec::new() };
    for number in 0..CLIENTS {
        let client = Client::new(&ground.database, number, Random::fork(seed, number as u64));
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
    let in_work = ground.database.leases_end(Document::new()).await;
    let store = ground.database.store();
    assert_eq!(store.recover().await.unwrap() as u64, in_work, "seed {seed}: every one is taken up");
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
        "{kills} kills: {} organizations, {unknown} writes of unknown outcome, {done_all_the_same} of them done; \
         {in_work} were in work",
        known.len()
    );
    assert!(unknown > 0, "seed {seed}: no kill met a write");
    println!("{} empty collections of the server itself", ground.database.drop_empty_strays().await);
    ground.assert_usable(&*store, seed).await;
}

impl Ground {
    /// Whether an organization is what its client knows of it; answers whether the last write was done.
    async fn assert_true(&self, store: &dyn Store, known: &Known, seed: u64) -> bool {
        let when = format!("seed {seed}: {known:?}");
        let (before, after) = known.possible();
        let records = self.database.all("organizations").await;
        let record = records.iter().find(|record| record.get("_id") == Some(&known.record_id()));
        let standing = record.map(Standing::of);
        let audit = self.database.direct.collection::<Document>("audit");
        let entries = audit.count_documents(doc! {"_id": known.last_operation()}).await.unwrap();
        let is_done = entries == 1;
        assert_eq!(
            standing.as_ref(),
            if is_done { after } else { before },
            "{when}: and {entries} audit entries"
        );
        if !known.is_open() {
            assert!(is_done, "{when}: acknowledged, but not in the audit");
        }
        if let Some(record) = record {
            let found = by_id(store, known.id).await.unwrap();
            if found.state == State::Active {
                assert_eq!(by_name(store, &found.name).await.as_ref(), Some(&found), "{when}");
            }
            let documents = self.database.all(record.get_str("collection_name").unwrap()).await;
            let mut ids: Vec<&str> = documents.iter().map(|it| it.get_str("_id").unwrap()).collect();
            ids.retain(|id| *id != "_tenantry");
            // A document whose insert was not acknowledged may be there too.
            ids.retain(|id| *id != "kept" || known.documents.contains(&"kept"));
            assert_eq!(ids, known.documents, "{when}: not its documents");
        }
        is_done
    }

    /// Each organization is restored and renamed, its old name is taken by another one, and all of them go.
    async fn assert_usable(&self, store: &dyn Store, seed: u64) {
        let mut all = store.page(&by_names(1_000)).await.unwrap().rows;
        let trash = OrganizationQuery { status: Some(Status::Deleted), ..by_names(1_000) };
        all.extend(store.page(&trash).await.unwrap().rows);
        for (number, found) in all.iter().enumerate() {
            let mut found = (**found).clone();
            if found.state == State::Deleted {
                found = restore(store, &found).await.unwrap();
            }
            let moved = update(store, &found, &to_name(&format!("Moved {number}"))).await.unwrap();
            let next = create(store, &found.name, &format!("next{number}@x")).await.unwrap();
            let documents = self.database.all(next.collection_name()).await;
            assert_eq!(documents.len(), 1, "seed {seed}: {} inherits nothing but has its marker", found.name);
            purge(store, &moved).await.unwrap();
            purge(store, &delete(store, &next).await.unwrap().organization).await.unwrap();
        }
        assert!(self.database.all("organizations").await.is_empty());
        self.database.assert_sound(&format!("seed {seed}, all deleted")).await;
    }
}
