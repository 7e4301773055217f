//! Work that blocks, on another thread or in place, and whether the system gives what that takes.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
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

/// How long ending work may still take to write: the reader of stdout or stderr may have stopped reading.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Bytes of the stack of the thread that it runs on, as much as a main thread has.
const STACK: usize = 8 << 20;

/// By which work that runs on a thread of its own says that it is to end.
#[derive(Debug, Clone)]
pub struct Ending(mpsc::Sender<Told>);

#[derive(Debug)]
enum Told {
    Soon(u8),
    Now(u8),
}

impl Ending {
    /// The work ends soon, with this exit code. After two seconds the process ends without waiting for it.
    pub fn soon(&self, code: u8) {
        // The receiver lives as long as the process.
        let _ = self.0.send(Told::Soon(code));
    }
}

/// Does the work of a process on a thread of its own and answers its exit code: whatever blocks there, the process
/// ends when it is to end. In place where the system gives no thread.
///
/// # Errors
/// When the thread cannot be started.
pub fn on_a_thread(work: impl FnOnce(&Ending) -> u8 + Send + 'static) -> io::Result<u8> {
    let (tell, told) = mpsc::channel();
    let run = move || {
        let code = work(&Ending(tell.clone()));
        let _ = tell.send(Told::Now(code));
    };
    if has_threads(1) {
        std::thread::Builder::new().name("command".to_owned()).stack_size(STACK).spawn(run)?;
    } else {
        run();
    }
    let mut soon = 1;
    let mut heard = told.recv().ok();
    loop {
        match heard {
            Some(Told::Now(code)) => return Ok(code),
            Some(Told::Soon(code)) => soon = code,
            // It panicked, or its last words took too long.
            None => return Ok(soon),
        }
        heard = told.recv_timeout(LAST_WORDS).ok();
    }
}

/// Does work that blocks.
///
/// # Errors
/// When the work panicked on its thread.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    if is_in_place() { Ok(work()) } else { spawn_blocking(work).await }
}
