//! What users wait for, as ratios against the bare tool that does the same: a table, and `target/bench.json` with
//! `[{what, median, min, max, unit, bound, met}]`. A bound that is missed is written down as missed.
//!
//! `scripts/bench` runs it. `TENANTRY_BENCH_ORGANIZATIONS` (100,000) and `TENANTRY_BENCH_DOCUMENTS` (1,000,000) are the
//! sizes; with `TENANTRY_TEST_MONGO_URI` it measures on that server too. What needs the program `sqlite3` is left out,
//! and said, where that is not installed.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

#[path = "../../tests/common/mod.rs"]
#[expect(dead_code, reason = "a bench uses a part")]
mod common;

mod archives;
mod binary;
mod commands;
mod console;
mod documents;
mod http;
mod services;
mod table;

use std::path::Path;
use table::Table;

/// Runs of each measurement; pairs take turns.
const ROUNDS: usize = 9;

fn size(variable: &str, usual: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    // `cargo bench --bench measure -- http services` measures these parts alone.
    let parts: Vec<String> = std::env::args().skip(1).filter(|part| !part.starts_with('-')).collect();
    let measures = |part: &str| parts.is_empty() || parts.iter().any(|named| named == part);
    let mut table = Table::default();
    Table::head();
    let organizations = size("TENANTRY_BENCH_ORGANIZATIONS", 100_000);
    if measures("commands") || measures("console") {
        let binary = binary::Binary::with(organizations);
        commands::measure(&mut table, &binary, organizations);
        console::measure(&mut table, &binary, organizations);
    }
    let documents = size("TENANTRY_BENCH_DOCUMENTS", 1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if measures("http") {
        http::embedded(&mut table, organizations / 2);
    }
    if measures("services") {
        runtime.block_on(services::embedded(&mut table));
    }
    if measures("documents") {
        runtime.block_on(documents::embedded(&mut table, documents));
    }
    if measures("archives") {
        runtime.block_on(archives::embedded(&mut table, documents / 10));
    }
    if std::env::var("TENANTRY_TEST_MONGO_URI").is_ok() {
        if measures("http") {
            let hash = runtime.block_on(services::hash());
            runtime.block_on(http::mongodb(&mut table, &hash));
        }
        if measures("services") {
            runtime.block_on(services::mongodb(&mut table));
        }
        // The test server takes minutes for more.
        if measures("documents") {
            runtime.block_on(documents::mongodb(&mut table, documents / 10));
        }
        if measures("archives") {
            runtime.block_on(archives::mongodb(&mut table, documents / 50));
        }
    } else {
        println!("TENANTRY_TEST_MONGO_URI is not set: nothing is measured on a server");
    }
    table.write(&Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench.json"));
}
