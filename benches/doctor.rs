//! Time of the doctor and of recovery with 1,000, 10,000 and 100,000 organizations, and the memory of the doctor,
//! which only grows with the names of collections.
//!
//! `scripts/bench` runs it; `TENANTRY_BENCH_SIZES=1000,10000` selects the sizes. The server is
//! `TENANTRY_TEST_MONGO_URI`; without it only the embedded store is measured.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/common/mod.rs"]
#[expect(dead_code, reason = "a bench uses a part")]
mod common;

use common::mongo::{LEASE, TestDatabase};
use common::suite::{at, hash, initialize};
use mongodb::bson::{DateTime, Document, Uuid, doc};
use std::fs;
use std::time::{Duration, Instant};
use tenantry::demo::seed;
use tenantry::domain::DatabaseName;
use tenantry::port::{Doctor, Store};
use tenantry::store::embedded::EmbeddedStore;
use tokio::sync::watch;

/// Renames that stopped in between, for each size.
const INTERRUPTED: i64 = 20;
/// Each figure is the median of this many runs, or of one on a server with more organizations than this.
const ROUNDS: usize = 3;
const LARGE: usize = 30_000;

fn sizes() -> Vec<usize> {
    let sizes = std::env::var("TENANTRY_BENCH_SIZES").unwrap_or_else(|_| "1000,10000,100000".to_owned());
    sizes.split(',').map(|size| size.trim().parse().unwrap()).collect()
}

/// The peak of the resident memory in KiB; resets the counter.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let _ = fs::write("/proc/self/clear_refs", "5");
    peak.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Time of a check, and how far it raised the memory, in KiB.
async fn check(store: &dyn Store, size: usize, rounds: usize) -> (Duration, u64) {
    let mut times = Vec::new();
    let mut raised = 0;
    for _ in 0..rounds {
        let before = resident();
        peak_memory();
        let began = Instant::now();
        let report = store.check(&watch::Sender::default()).await.unwrap();
        times.push(began.elapsed());
        assert_eq!(report.organizations, size as u64);
        assert_eq!(report.findings, [], "the seed is sound");
        raised = raised.max(peak_memory().saturating_sub(before));
    }
    (median(times), raised)
}

fn resident() -> u64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4
}

fn print(store: &str, size: usize, what: &str, time: Duration, memory: Option<u64>) {
    let memory = memory.map_or(String::new(), |kib| format!("{:>6} MiB more", kib.div_ceil(1_024)));
    println!("{store:<9} {size:>7}  {what:<40} {:>9.1} ms {memory}", time.as_secs_f64() * 1e3);
}

async fn embedded(size: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    seed::embedded(&store, size, false, &hash("first"), at(0)).await.unwrap();
    let (time, memory) = check(&store, size, ROUNDS).await;
    print("embedded", size, "check", time, Some(memory));
}

/// Leaves some organizations in the middle of a rename, with their leases over.
async fn interrupt(database: &TestDatabase) {
    let records = database.direct.collection::<Document>("organizations");
    let mut some = records.find(doc! {}).limit(INTERRUPTED).await.unwrap();
    while some.advance().await.unwrap() {
        let record = some.deserialize_current().unwrap();
        let mut from = Document::new();
        for field in ["organization_name", "name_key", "slug", "collection_name", "admin_email", "email_key"]
        {
            from.insert(field, record.get(field).cloned().unwrap_or_default());
        }
        let mut to = from.clone();
        for field in ["organization_name", "name_key", "slug", "collection_name"] {
            to.insert(field, format!("{}_2", from.get_str(field).unwrap_or("org_x")));
        }
        let epoch = record.get_i64("epoch").unwrap();
        let (id, long_ago) = (Uuid::new(), DateTime::from_millis(0));
        let op = doc! {
            "id": id, "kind": "update", "phase": "moving", "epoch": epoch + 1, "from": from, "to": to,
            "admin_changes": {}, "lease_seconds": 30_i64, "began_at": long_ago,
            "audit": {"_id": id, "at": long_ago, "action": "organization_rename"},
        };
        let set = doc! {"state": "renaming", "op": op, "touched_at": long_ago, "epoch": epoch + 1};
        records.update_one(doc! {"_id": record.get("_id")}, doc! {"$set": set}).await.unwrap();
    }
}

async fn mongodb(size: usize) {
    let database = TestDatabase::new().await;
    let store = database.store();
    initialize(&*store).await;
    store.store_id().await.unwrap().unwrap();
    seed::mongo(&store, size, size, &hash("first"), at(0)).await.unwrap();
    let rounds = if size > LARGE { 1 } else { ROUNDS };
    let (time, memory) = check(&*store, size, rounds).await;
    print("mongodb", size, "check", time, Some(memory));
    interrupt(&database).await;
    let another = database.store_at(&database.uri, LEASE);
    for (what, left) in [("recovering 20 renames", INTERRUPTED), ("recovering nothing", 0)] {
        let began = Instant::now();
        let found = another.recover().await.unwrap();
        print("mongodb", size, what, began.elapsed(), None);
        assert_eq!(i64::try_from(found).unwrap(), left);
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for size in sizes() {
        runtime.block_on(embedded(size));
        if std::env::var("TENANTRY_TEST_MONGO_URI").is_ok() {
            runtime.block_on(mongodb(size));
        }
    }
}
