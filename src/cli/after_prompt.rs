//! SIGHUP and SIGQUIT after a prompt without echo.

use super::exit::{Failure, Unanswered};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Whether echo was ever turned off. From then on, hang-up and Ctrl-\ no longer end the process by themselves.
static WAS_SILENT: AtomicBool = AtomicBool::new(false);

/// Starts handling both signals.
pub(super) fn begin() {
    WAS_SILENT.store(true, Ordering::Relaxed);
}

/// SIGHUP and SIGQUIT, handled only after the first prompt without echo. A command that does not prompt leaves them to
/// the system, so that `nohup` works.
pub(super) struct AfterPrompt(Option<(Signal, Signal)>);

impl AfterPrompt {
    pub(super) fn listen() -> io::Result<Self> {
        if !WAS_SILENT.load(Ordering::Relaxed) {
            return Ok(Self(None));
        }
        Ok(Self(Some((signal(SignalKind::hangup())?, signal(SignalKind::quit())?))))
    }

    /// Waits for the next signal and returns the failure that the command ends with.
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
