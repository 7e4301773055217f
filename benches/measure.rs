//! What users wait for, as ratios against the bare tool that does the same: a table, and `target/bench.json` with
//! `[{what, median, min, max, unit, bound, met}]`. A bound that is missed is written down as missed.
//!
//! `scripts/bench` runs it. `TENANTRY_BENCH_ORGANIZATIONS` (10,000) and `TENANTRY_BENCH_DOCUMENTS` (1,000,000) are the
//! sizes; with `TENANTRY_TEST_MONGO_URI` it measures documents on that server too. What needs the program `sqlite3` is
//! left out, and said, where that is not installed.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/common/mod.rs"]
#[expect(dead_code, reason = "a bench uses a part")]
mod common;

use bson::RawDocumentBuf;
use common::mongo::TestDatabase;
use common::suite::{at, create, entry, initialize};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc, rawdoc};
use serde::Serialize;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tenantry::domain::document::Query;
use tenantry::domain::{AuditAction, DatabaseName, Organization};
use tenantry::port::{DocumentQuery, Documents, Store};
use tenantry::store::embedded::EmbeddedStore;

/// Runs of each measurement; pairs take turns.
const ROUNDS: usize = 9;
/// Documents that are inserted at a time.
const BATCH: usize = 1_000;
const TIME: Duration = Duration::from_mins(10);

/// A figure.
#[derive(Debug, Serialize)]
struct Row {
    what: String,
    median: f64,
    min: f64,
    max: f64,
    unit: &'static str,
    bound: Option<f64>,
    met: bool,
}

#[derive(Debug, Default)]
struct Table(Vec<Row>);

impl Table {
    fn put(&mut self, what: impl Into<String>, mut values: Vec<f64>, unit: &'static str, bound: Option<f64>) {
        values.sort_by(f64::total_cmp);
        let (median, min, max) = (values[values.len() / 2], values[0], values[values.len() - 1]);
        let row = Row {
            what: what.into(),
            median,
            min,
            max,
            unit,
            bound,
            met: bound.is_none_or(|bound| median <= bound),
        };
        let judged = match (row.bound, row.met) {
            (None, _) => String::new(),
            (Some(bound), true) => format!("<= {bound} met"),
            (Some(bound), false) => format!("<= {bound} MISSED"),
        };
        println!("{:<74} {median:>9.2} {unit:<2} {min:>9.2} - {max:<9.2} {judged}", row.what);
        self.0.push(row);
    }

    /// Milliseconds.
    fn times(&mut self, what: &str, times: &[Duration], bound: Option<f64>) {
        self.put(what, times.iter().map(|time| time.as_secs_f64() * 1e3).collect(), "ms", bound);
    }

    /// How many times as long the first of each pair took.
    fn ratios(&mut self, what: &str, pairs: &[(Duration, Duration)], bound: Option<f64>) {
        let ratio = |(ours, bare): &(Duration, Duration)| ours.as_secs_f64() / bare.as_secs_f64();
        self.put(what, pairs.iter().map(ratio).collect(), "x", bound);
    }
}

fn size(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The binary with a store of its own.
struct Binary {
    folder: tempfile::TempDir,
}

impl Binary {
    fn with(organizations: usize) -> Self {
        let binary = Self { folder: tempfile::tempdir().unwrap() };
        let (count, data) = (organizations.to_string(), binary.data());
        let made = binary.command(&[
            "demo",
            "--organizations",
            &count,
            "--keep",
            data.to_str().unwrap(),
            "-o",
            "json",
        ]);
        let made: serde_json::Value = serde_json::from_slice(&output(made)).unwrap();
        let mut login =
            binary.command(&["login", "--email", made["email"].as_str().unwrap(), "--password-stdin"]);
        let mut child = login.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(made["password"].as_str().unwrap().as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
        binary
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        command.args(arguments).env_clear().current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("TENANTRY_DATA_DIR", self.data());
        command.env("XDG_STATE_HOME", self.folder.path()).stdin(Stdio::null());
        command
    }
}

fn output(mut command: Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The same by sqlite3's own program, if it is installed.
fn sqlite3(file: &Path, sql: &str) -> Option<Command> {
    let is_there = Command::new("sqlite3").arg("--version").stdout(Stdio::null()).status().is_ok();
    let mut command = Command::new("sqlite3");
    command.args(["-readonly", "-json"]).arg(file).arg(sql).stdin(Stdio::null());
    is_there.then_some(command)
}

fn commands(table: &mut Table, organizations: usize) {
    let binary = Binary::with(organizations);
    let version = (0..ROUNDS).map(|_| timed(|| output(binary.command(&["--version"]))));
    table.times("tenantry --version", &version.collect::<Vec<_>>(), Some(10.0));
    let list = ["org", "list", "--all", "-o", "jsonl"];
    let firsts = (0..ROUNDS).map(|_| first_byte(binary.command(&list))).collect::<Vec<_>>();
    table.times(&format!("org list --all of {organizations}: first byte"), &firsts, Some(20.0));
    let file = binary.data().join("tenantry.db");
    let columns = "id, organization_name, collection_name, admin_email, state, created_at, updated_at";
    let one = format!("SELECT {columns} FROM organizations ORDER BY name_key LIMIT 1");
    let all = format!("SELECT {columns} FROM organizations ORDER BY name_key");
    let Some(_) = sqlite3(&file, &one) else {
        println!("sqlite3 is not installed: two ratios are left out");
        return;
    };
    let name = output(binary.command(&["org", "list", "--limit", "1", "-o", "name"]));
    let name = String::from_utf8(name).unwrap();
    let pair = |arguments: &[&str], sql: &str| {
        let bare = timed(|| output(sqlite3(&file, sql).unwrap()));
        (timed(|| output(binary.command(arguments))), bare)
    };
    let gets =
        (0..ROUNDS).map(|_| pair(&["org", "get", name.trim(), "-o", "json"], &one)).collect::<Vec<_>>();
    table.ratios("org get / sqlite3 reading the record", &gets, Some(1.5));
    let lists = (0..ROUNDS).map(|_| pair(&list, &all)).collect::<Vec<_>>();
    table.ratios(&format!("org list --all of {organizations} / sqlite3"), &lists, Some(1.3));
    let tops = (0..ROUNDS).map(|_| timed(|| output(binary.command(&["org", "top", "-o", "json"]))));
    table.times(&format!("org top of {organizations}"), &tops.collect::<Vec<_>>(), None);
}

fn first_byte(mut command: Command) -> Duration {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let time = began.elapsed();
    stdout.read_to_end(&mut Vec::new()).unwrap();
    child.wait().unwrap();
    time
}

fn document(number: usize) -> RawDocumentBuf {
    rawdoc! {
        "_id": format!("ORD-{number:08}"),
        "kind": if number.is_multiple_of(3) { "invoice" } else { "note" },
        "total": i32::try_from(number % 10_000).unwrap_or(0),
        "lines": [{"sku": "A1", "count": 2}, {"sku": "B2", "count": 1}],
    }
}

async fn fill(store: &dyn Store, organization: &Organization, count: usize) {
    let numbers: Vec<usize> = (0..count).collect();
    for part in numbers.chunks(BATCH) {
        let documents: Vec<RawDocumentBuf> = part.iter().map(|number| document(*number)).collect();
        let audit = entry(AuditAction::DocumentInsert, at(1));
        store.insert_documents(organization, &documents, audit).await.unwrap();
    }
}

/// The first page of documents.
fn page() -> DocumentQuery {
    let filter = Query::parse("").unwrap();
    DocumentQuery { filter, sort: None, reverse: false, after: None, limit: 100, time: TIME }
}

async fn first_page(store: &dyn Documents, organization: &Organization) -> Duration {
    let began = Instant::now();
    assert_eq!(store.documents(organization, &page()).await.unwrap().rows.len(), 100);
    began.elapsed()
}

/// A query that no index answers.
async fn counted(store: &dyn Documents, organization: &Organization, count: usize) -> Duration {
    let query = Query::parse("kind:invoice total:>=0").unwrap();
    let began = Instant::now();
    let found = store.count_documents(organization, &query, TIME).await.unwrap();
    assert_eq!(found, count.div_ceil(3) as u64);
    began.elapsed()
}

async fn embedded(table: &mut Table, documents: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    let small = create(&store, "Small", "small@x.example").await.unwrap();
    let large = create(&store, "Large", "large@x.example").await.unwrap();
    fill(&store, &small, BATCH).await;
    let began = Instant::now();
    fill(&store, &large, documents).await;
    table.times(&format!("embedded: {documents} documents inserted"), &[began.elapsed()], None);
    let mut pages = Vec::new();
    for _ in 0..ROUNDS {
        pages.push((first_page(&store, &large).await, first_page(&store, &small).await));
    }
    table.ratios(&format!("embedded: first page, {documents} documents / {BATCH}"), &pages, Some(1.2));
    let file = rusqlite::Connection::open(folder.path().join("tenantry.db")).unwrap();
    let mut queries = Vec::new();
    for _ in 0..3 {
        let bare = timed(|| bare_scan(&file, documents));
        queries.push((counted(&store, &large, documents).await, bare));
    }
    table.ratios(&format!("embedded: a query over {documents} / reading their bytes"), &queries, None);
}

fn bare_scan(file: &rusqlite::Connection, documents: usize) {
    let sql = "SELECT doc FROM documents ORDER BY collection_id DESC, id_key LIMIT ?1";
    let mut statement = file.prepare(sql).unwrap();
    let most = i64::try_from(documents).unwrap();
    let read = statement.query_map([most], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    assert!(read.map(|document| document.unwrap().len()).sum::<usize>() > documents);
}

async fn mongodb(table: &mut Table, documents: usize) {
    let database = TestDatabase::new().await;
    let store = database.store();
    initialize(&*store).await;
    let large = create(&*store, "Large", "large@x.example").await.unwrap();
    fill(&*store, &large, documents).await;
    let bare = database.direct.collection::<Document>(large.collection_name());
    let (mut pages, mut queries) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let read = bare.find(doc! {}).sort(doc! {"_id": 1}).limit(100).await.unwrap();
        assert_eq!(read.try_collect::<Vec<Document>>().await.unwrap().len(), 100);
        let time = began.elapsed();
        pages.push((first_page(&*store, &large).await, time));
    }
    table.ratios(
        &format!("mongodb: first page of {documents} documents / the bare driver"),
        &pages,
        Some(1.1),
    );
    for _ in 0..3 {
        let filter = doc! {"kind": "invoice", "total": {"$gte": 0}};
        let began = Instant::now();
        assert_eq!(bare.count_documents(filter).await.unwrap(), documents.div_ceil(3) as u64);
        let time = began.elapsed();
        queries.push((counted(&*store, &large, documents).await, time));
    }
    table.ratios(&format!("mongodb: a query over {documents} / the bare driver"), &queries, Some(1.1));
}

fn main() {
    let mut table = Table::default();
    println!("{:<74} {:>9}    {:>9} - max", "what", "median", "min");
    commands(&mut table, size("TENANTRY_BENCH_ORGANIZATIONS", 10_000));
    let documents = size("TENANTRY_BENCH_DOCUMENTS", 1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(embedded(&mut table, documents));
    if std::env::var("TENANTRY_TEST_MONGO_URI").is_ok() {
        // The test server takes minutes for more.
        runtime.block_on(mongodb(&mut table, documents.min(100_000)));
    }
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench.json");
    std::fs::write(&to, serde_json::to_vec_pretty(&table.0).unwrap()).unwrap();
    println!("written: target/bench.json");
}
