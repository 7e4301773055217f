//! The process of the editor: started with what it may see, and waited for.

use super::command::Words;
use crate::tui::app::Signal;
use rustix::io::Errno;
use rustix::process::{Pid, Signal as Number, WaitOptions, WaitStatus, kill_process, waitpid};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Command;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;

/// How long the editor is waited for once the console is told to end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself, with this code.
    With(i32),
    /// By this signal.
    By(i32),
}

/// An editor that is to be started.
#[derive(Debug)]
pub(super) struct Child {
    variable: &'static str,
    command: Command,
}

impl Child {
    /// In this folder, with this environment and no other.
    pub(super) fn new(
        words: &Words,
        file: &Path,
        line: Option<usize>,
        folder: PathBuf,
        environment: Vec<(String, OsString)>,
    ) -> Self {
        // A path is meant from where the console was started.
        let program = if words.program.contains('/') {
            std::path::absolute(&words.program).unwrap_or_else(|_| words.program.clone().into())
        } else {
            words.program.clone().into()
        };
        let mut command = Command::new(program);
        command.args(words.arguments(file, line)).env_clear().envs(environment).current_dir(folder);
        Self { variable: words.variable, command }
    }

    /// Starts it and waits for its end. One that stops only itself is woken: no shell would do that.
    ///
    /// # Errors
    /// It cannot be started or waited for, as a sentence.
    pub(super) async fn run(mut self, ending: impl Future<Output = Signal> + Send) -> Result<Ended, String> {
        let failed = |error: io::Error| format!("The editor could not be waited for: {error}.");
        let mut changes = signal(SignalKind::child()).map_err(failed)?;
        let started = self.command.spawn().map_err(|error| self.not_started(&error))?;
        let child = Pid::from_child(&started);
        let mut ending = pin!(ending);
        let mut deadline: Option<Instant> = None;
        loop {
            match waitpid(Some(child), WaitOptions::NOHANG | WaitOptions::UNTRACED) {
                Ok(Some((_, status))) if status.stopped() => {
                    let _ = kill_process(child, Number::CONT);
                    continue;
                }
                Ok(Some((_, status))) => return Ok(ended(status)),
                Ok(None) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(failed(error.into())),
            }
            let last = deadline;
            tokio::select! {
                biased;
                signal = &mut ending, if last.is_none() => {
                    let number = if signal == Signal::HangUp { Number::HUP } else { Number::TERM };
                    let _ = kill_process(child, number);
                    let _ = kill_process(child, Number::CONT);
                    deadline = Some(Instant::now() + LAST_WAIT);
                }
                _ = changes.recv() => {}
                () = at(last) => {
                    let _ = kill_process(child, Number::KILL);
                    deadline = Some(Instant::now() + LAST_WAIT);
                }
            }
        }
    }

    fn not_started(&self, error: &io::Error) -> String {
        let program = self.command.get_program().to_string_lossy();
        match error.kind() {
            io::ErrorKind::NotFound => {
                format!(
                    "{} names {program}, which was not found. Set it to an editor that is there.",
                    self.variable
                )
            }
            _ => format!("{} names {program}, which cannot be started: {error}.", self.variable),
        }
    }
}

/// At this time, or never.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn ended(status: WaitStatus) -> Ended {
    match status.terminating_signal() {
        Some(signal) => Ended::By(signal),
        None => Ended::With(status.exit_status().unwrap_or_default()),
    }
}
