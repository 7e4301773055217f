//! Where log lines go: to a file under the console, to stderr under commands. Never to the screen of the console.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Log files that are kept, one a day.
const FILES_KEPT: usize = 7;

/// The folder of log files and panic reports in the state folder.
pub fn folder(state_dir: &Path) -> PathBuf {
    state_dir.join("log")
}

/// Reads a filter as `info` or `tenantry=trace`.
///
/// # Errors
/// What is wrong with it.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text).map_err(|error| {
        format!("TENANTRY_LOG is {text:?}, not a filter as info or tenantry=trace ({error}).")
    })
}

/// Log lines of commands: to stderr.
pub fn to_stderr(filter: EnvFilter) {
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(io::stderr).finish();
    // Only a test that set its own subscriber already has one.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Log lines of the console: JSON in daily files. The guard writes what is left when it is dropped.
///
/// # Errors
/// When there is no folder, the folder or the file cannot be made, or there is no thread that writes.
pub fn to_files(filter: EnvFilter, folder: Option<&Path>) -> io::Result<WorkerGuard> {
    let folder = folder.ok_or_else(|| io::Error::other("there is no folder for it"))?;
    if crate::blocking::is_in_place() {
        return Err(io::Error::other("there is no thread for it"));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("tenantry")
        .filename_suffix("log")
        .max_log_files(FILES_KEPT)
        .build(folder)
        .map_err(io::Error::other)?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(writer).finish();
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(guard)
}
