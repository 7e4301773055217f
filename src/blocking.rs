//! Runs blocking work on another thread, or in place where the system allows no threads.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use tokio::task::{JoinError, spawn_blocking};

static IN_PLACE: AtomicBool = AtomicBool::new(false);

/// From now on blocking work runs on the thread that asks for it.
pub fn stay_in_place() {
    IN_PLACE.store(true, Ordering::Relaxed);
}

/// Whether blocking work runs on the thread that asks for it.
pub fn is_in_place() -> bool {
    IN_PLACE.load(Ordering::Relaxed)
}

/// Whether the system allows this many threads at once. A runtime that gets none panics or waits forever.
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

/// Whether the system allows this many file descriptors at once. A runtime that gets none panics.
///
/// # Errors
/// The system's error.
pub fn check_descriptors(count: usize) -> io::Result<()> {
    (0..count).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<_>>>().map(drop)
}

/// How long a command that ends may still write: the reader of stdout or stderr may have stopped reading.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The name of the command's thread.
pub const COMMAND: &str = "command";
/// Stack size of the command's thread in bytes, the same as a main thread's.
const STACK: usize = 8 << 20;

/// Tells the main thread that the command is about to end.
#[derive(Debug, Clone)]
pub struct Ending(mpsc::Sender<Told>);

#[derive(Debug)]
enum Told {
    Soon(u8),
    Now(u8),
}

impl Ending {
    /// The command ends soon, with this exit code. After two seconds the process ends without waiting for it.
    pub fn soon(&self, code: u8) {
        // The receiver lives as long as the process.
        let _ = self.0.send(Told::Soon(code));
    }
}

/// Runs a command on a thread of its own and returns its exit code, so that the process can end while the command
/// blocks. Runs it in place where the system allows no thread.
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
        std::thread::Builder::new().name(COMMAND.to_owned()).stack_size(STACK).spawn(run)?;
    } else {
        run();
    }
    let mut soon = 1;
    let mut heard = told.recv().ok();
    loop {
        match heard {
            Some(Told::Now(code)) => return Ok(code),
            Some(Told::Soon(code)) => soon = code,
            // It panicked, or took too long to end.
            None => return Ok(soon),
        }
        heard = told.recv_timeout(LAST_WORDS).ok();
    }
}

/// Runs blocking work.
///
/// # Errors
/// When the work panicked on its thread.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    if is_in_place() { Ok(work()) } else { spawn_blocking(work).await }
}

/// How much a calculation of [`calculate`] steps back (`nice`): beside other work it gets about a third of a core.
#[cfg(target_os = "linux")]
pub const STEP_BACK: i32 = 5;

/// Runs a long calculation on a thread of its own that steps back behind other threads, so that a core which is busy
/// with calculations still answers at once. The thread ends with its work, since it may not come forward again; a
/// blocking one waits for it, so that the runtime knows of the work.
///
/// # Errors
/// When the system gives no thread, or the work panicked on it.
pub async fn calculate<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    if is_in_place() {
        return Ok(work());
    }
    let step_back_and_work = move || {
        // Elsewhere it would hold for the whole process.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::nice(STEP_BACK);
        work()
    };
    let calculated = spawn_blocking(move || {
        let thread = std::thread::Builder::new().name("calculation".to_owned()).spawn(step_back_and_work)?;
        thread.join().map_err(|_| io::Error::other("a calculation panicked"))
    });
    calculated.await?
}
