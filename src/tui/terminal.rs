//! The terminal: entered, left as it was in every case, and reports of panics.
//!
//! Owns raw mode, the alternate screen and bracketed paste. Nothing else writes to the terminal.

use super::runtime::Host;
use crate::logging;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::backtrace::Backtrace;
use std::io::{self, BufWriter, Stdout, Write};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One write for each frame: over SSH each is a packet.
type Backend = CrosstermBackend<BufWriter<Stdout>>;

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Leaves the terminal as it was; what fails is logged, for the terminal may be gone.
fn leave() {
    let screen = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, Show);
    for result in [screen, disable_raw_mode()] {
        if let Err(error) = result {
            tracing::warn!(%error, "the terminal could not be restored");
        }
    }
}

/// The terminal while the console has it; dropped, it is as it was.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<Backend>,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter() -> io::Result<Self> {
        let guard = Guard;
        enter()?;
        let writer = BufWriter::with_capacity(1 << 16, io::stdout());
        let terminal = Terminal::new(CrosstermBackend::new(writer))?;
        std::mem::forget(guard);
        Ok(Self { terminal })
    }
}

/// Restores when the way in fails half-way.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

impl Host for Screen {
    type Backend = Backend;

    fn terminal(&mut self) -> &mut Terminal<Backend> {
        &mut self.terminal
    }

    /// Hands the terminal to the shell until it wakes this process.
    fn suspend(&mut self) -> io::Result<()> {
        leave();
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
        enter()?;
        super::runtime::forget_screen(&mut self.terminal)
    }

    /// Nought when the terminal does not say.
    fn size(&mut self) -> (u16, u16) {
        size().unwrap_or_default()
    }
}

type Hook = dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static;

/// While it lives, a panic leaves a report in a file; on the thread that made it the terminal is restored first.
pub(super) struct Reports {
    before: Arc<Hook>,
    written: Arc<Mutex<Option<PathBuf>>>,
}

impl Reports {
    /// For the calling thread as the one that draws.
    pub(super) fn install(folder: Option<PathBuf>) -> Self {
        let written = Arc::new(Mutex::new(None));
        let drawing = thread::current().id();
        let noted = Arc::clone(&written);
        let before: Arc<Hook> = panic::take_hook().into();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().id() == drawing {
                leave();
            }
            let folder = folder.as_deref().ok_or_else(|| io::Error::other("there is no folder for it"));
            match folder.and_then(|folder| write_report(folder, panic)) {
                Ok(path) => *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(path),
                Err(error) => tracing::error!(%error, "the report of a panic could not be written"),
            }
        }));
        Self { before, written }
    }

    /// The report that was written, if there was a panic.
    pub(super) fn written(&self) -> Option<PathBuf> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        // A hook cannot be taken while its thread unwinds; then the process is about to end anyway.
        if !thread::panicking() {
            let before = Arc::clone(&self.before);
            panic::set_hook(Box::new(move |panic| before(panic)));
        }
    }
}

/// Version, place, message and the stack; neither environment nor arguments, which may hold secrets.
fn write_report(folder: &Path, panic: &PanicHookInfo<'_>) -> io::Result<PathBuf> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%S%.3fZ").to_string();
    let (mut file, path) = logging::panic_report(folder, &time)?;
    let thread = thread::current();
    writeln!(
        file,
        "tenantry {} on {} {}\nthread {}\n\n{panic}\n\n{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread.name().unwrap_or("without a name"),
        Backtrace::force_capture(),
    )?;
    Ok(path)
}
