//! SIGHUP and SIGQUIT behind a prompt without echo.

use super::exit::{Failure, Unanswered};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether echo was off once, so that a hang-up and Ctrl-\ do not end the process by themselves any more.
static WAS_SILENT: AtomicBool = AtomicBool::new(false);

/// From now on they are heard.
pub(super) fn begin() {
    WAS_SILENT.store(true, Ordering::Relaxed);
}

/// SIGHUP and SIGQUIT, which are only heard from the first prompt without echo on: a command that asks for nothing
/// leaves them to the system, so that `nohup` holds.
pub(super) struct AfterPrompt(Option<(Signal, Signal)>);

impl AfterPrompt {
    pub(super) fn listen() -> io::Result<Self> {
        if !WAS_SILENT.load(Ordering::Relaxed) {
            return Ok(Self(None));
        }
        Ok(Self(Some((signal(SignalKind::hangup())?, signal(SignalKind::quit())?))))
    }

    /// What the next of them ends a command as.
    pub(super) async fn recv(&mut self, unanswered: Unanswered) -> Failure {
        let Some((hangup, quit)) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = hangup.recv() => Failure::TerminalGone,
            _ = quit.recv() => Failure::Interrupted(unanswered),
        }
    }
}
