//! SIGINT and SIGTERM: one task handles them for the whole command.

use super::exit::{Failure, Unanswered};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// A signal that asks a command to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Stop {
    #[default]
    Interrupt,
    Terminate,
}

impl Stop {
    /// The failure that it ends a command with.
    pub(super) fn failure(self, unanswered: Unanswered) -> Failure {
        match self {
            Self::Interrupt => Failure::Interrupted(unanswered),
            Self::Terminate => Failure::Terminated(unanswered),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    count: u32,
    last: Stop,
}

/// The signals of a command. A signal between two waits is not lost: the next wait returns it.
#[derive(Debug)]
pub(super) struct Signals {
    heard: watch::Receiver<Heard>,
    answered: Cell<u32>,
    is_writing: Arc<AtomicBool>,
}

impl Signals {
    /// Starts handling signals; from here on none ends the process by itself. `ending` receives the exit code when the
    /// command should end soon: at the first signal, or at the second one during a write.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub(super) fn listen(ending: impl Fn(u8) + Send + 'static) -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::File(format!("Listening for signals failed: {error}.")))
        };
        let mut interrupt = listen(SignalKind::interrupt())?;
        let mut terminate = listen(SignalKind::terminate())?;
        let (tell, heard) = watch::channel(Heard::default());
        let is_writing = Arc::new(AtomicBool::new(false));
        let writes = Arc::clone(&is_writing);
        tokio::spawn(async move {
            loop {
                let last = tokio::select! {
                    _ = interrupt.recv() => Stop::Interrupt,
                    _ = terminate.recv() => Stop::Terminate,
                };
                tell.send_modify(|heard| *heard = Heard { count: heard.count + 1, last });
                if tell.borrow().count > 1 || !writes.load(Ordering::Relaxed) {
                    ending(last.failure(Unanswered::Nothing).exit_code());
                }
            }
        });
        Ok(Self { heard, answered: Cell::new(0), is_writing })
    }

    /// Returns the next signal; waits if there is none.
    pub(super) async fn next(&self) -> Stop {
        let mut heard = self.heard.clone();
        let answered = self.answered.get();
        match heard.wait_for(|heard| heard.count > answered).await {
            Ok(heard) => {
                self.answered.set(heard.count);
                heard.last
            }
            // The task ends with the runtime.
            Err(_) => std::future::pending().await,
        }
    }

    /// Returns a signal that arrived between two waits.
    pub(super) fn pending(&self) -> Option<Stop> {
        let heard = *self.heard.borrow();
        (heard.count > self.answered.replace(heard.count)).then_some(heard.last)
    }

    /// The last signal, handled or not.
    pub(super) fn last(&self) -> Option<Stop> {
        let heard = *self.heard.borrow();
        (heard.count > 0).then_some(heard.last)
    }

    /// While the returned value lives, the first signal does not end the command.
    pub(super) fn writing(&self) -> Writing<'_> {
        self.is_writing.store(true, Ordering::Relaxed);
        Writing(&self.is_writing)
    }
}

/// A write is running.
#[derive(Debug)]
pub(super) struct Writing<'a>(&'a AtomicBool);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
