//! What is logged. Whether a line is logged is decided once for the whole process, by the first thread that comes to
//! it: tests that read the log share no process with tests that do not, and run one after the other.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
#[expect(dead_code, reason = "these tests use a part")]
mod common;

mod captured;
mod console;
mod sign_in_cost;

/// Held by the test that reads the log.
static LOG: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
