//! Work that blocks, on another thread or in place, and whether the system gives what that takes.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::{JoinError, spawn_blocking};

static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// From now on work is done where it is asked for.
pub fn stay_in_place() {
    IN_PLACE.store(true, Ordering::Relaxed);
}

/// Whether work is done where it is asked for.
pub fn is_in_place() -> bool {
    IN_PLACE.load(Ordering::Relaxed)
}

/// Whether the system gives so many threads at once. A runtime that gets none panics, or waits for ever.
pub fn has_threads(count: usize) -> bool {
    let gate = Arc::new(Mutex::new(()));
    let closed = gate.lock().unwrap_or_else(PoisonError::into_inner);
    let started: io::Result<Vec<_>> = (0..count)
        .map(|_| {
            let gate = Arc::clone(&gate);
            std::thread::Builder::new().spawn(move || drop(gate.lock()))
        })
        .collect();
    drop(closed);
    match started {
        Ok(threads) => threads.into_iter().all(|thread| thread.join().is_ok()),
        Err(_) => false,
    }
}

/// Whether the system gives so many descriptors at once. A runtime that gets none panics.
///
/// # Errors
/// What the system says.
pub fn check_descriptors(count: usize) -> io::Result<()> {
    (0..count).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<_>>>().map(drop)
}

/// Does work that blocks.
///
/// # Errors
/// When the work panicked on its thread.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    if is_in_place() { Ok(work()) } else { spawn_blocking(work).await }
}
