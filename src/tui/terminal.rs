//! The terminal: entered, left as it was in every case, and reports of panics.
//!
//! Owns raw mode, the alternate screen, bracketed paste, the mouse and the window's title. Nothing else writes to the
//! terminal.

use super::app::Signal;
use super::backend::TerminalBackend;
use super::editor::Editor;
use super::effect::{EditFailure, EditOutcome, EditRequest};
use super::input::Reader;
use super::runtime::Host;
use super::terminal_type::TerminalType;
use super::window::Window;
use crate::logging;
use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use jiff::Timestamp;
use ratatui::Terminal;
use rustix::termios::OptionalActions;
use std::backtrace::Backtrace;
use std::io::{self, BufWriter, Stdout, Write};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// One write for each frame: over SSH each is a packet.
type Backend = TerminalBackend<BufWriter<Stdout>>;

/// What the console wants of the terminal.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// Its window.
    pub(super) window: Window,
    /// What it can show.
    pub(super) terminal_type: TerminalType,
    /// The window's title, without control characters; none: it stays as it is.
    pub(super) title: Option<String>,
    /// Whether the mouse is heard.
    pub(super) mouse: bool,
}

/// What has to be undone.
#[derive(Debug, Clone, Copy)]
struct Taken {
    window: Window,
    has_title: bool,
    has_mouse: bool,
}

/// Buttons and the wheel, in the form that knows every column; no movements, which Shift would not give back.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// What an editor that was killed could not undo: colours, other kinds of mouse, pasting, keys of the application, and
/// the form of the cursor.
const AFTER_A_KILL: &[u8] = b"\x1b[m\x1b[?1002l\x1b[?1003l\x1b[?2004l\x1b[?1l\x1b>\x1b[?25h\x1b[0 q";
/// The opposite.
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// The terminal is one for the whole process; a panic gives it back from wherever it happens.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// Takes the terminal.
fn enter(wanted: &Wanted) -> io::Result<()> {
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    enable_raw_mode()?;
    let mut bytes = Vec::new();
    if let Some(title) = &wanted.title {
        write!(bytes, "\x1b[22;2t\x1b]2;{title}\x1b\\")?;
    }
    // Some terminals have one screen only, with something on it.
    queue!(bytes, EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste)?;
    if wanted.mouse {
        bytes.extend(MOUSE_ON);
    }
    let (has_title, has_mouse) = (wanted.title.is_some(), wanted.mouse);
    *taken = Some(Taken { window: wanted.window, has_title, has_mouse });
    write_out(&bytes)
}

/// Leaves the terminal as it was, once; what fails is logged, for the terminal may be gone.
fn leave() {
    let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(taken) = taken else {
        return;
    };
    // First the mode: that stops the process where a shell has the terminal, before anything is written over it.
    let mode = disable_raw_mode();
    let screen = out(taken).and_then(|bytes| write_out(&bytes));
    for result in [mode, screen] {
        if let Err(error) = result {
            tracing::warn!(%error, "the terminal could not be restored");
        }
    }
}

/// What leaves the terminal. Where there is one screen only, nothing stays on it, and the shell goes on at its end.
fn out(taken: Taken) -> io::Result<Vec<u8>> {
    let mut bytes = b"\x1b[m".to_vec();
    if taken.has_mouse {
        bytes.extend(MOUSE_OFF);
    }
    let last = taken.window.size().1.saturating_sub(1);
    queue!(bytes, DisableBracketedPaste, Clear(ClearType::All), MoveTo(0, last), LeaveAlternateScreen, Show)?;
    if taken.has_title {
        bytes.extend(b"\x1b[23;2t");
    }
    Ok(bytes)
}

fn write_out(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// The terminal while the console has it; dropped, it is as it was.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<Backend>,
    wanted: Wanted,
    editor: Editor,
    /// Who reads what is typed.
    reader: Reader,
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn enter(wanted: Wanted, editor: Editor) -> io::Result<Self> {
        let guard = Guard;
        enter(&wanted)?;
        let writer = BufWriter::with_capacity(1 << 16, io::stdout());
        let (window, depth) = (wanted.window, wanted.terminal_type.depth);
        let terminal = Terminal::new(TerminalBackend { writer, window, depth })?;
        std::mem::forget(guard);
        Ok(Self { terminal, wanted, editor, reader: Reader::default() })
    }

    /// What is typed is read by this one, which is parked while an editor has the terminal.
    pub(super) fn reads_with(&mut self, reader: Reader) {
        self.reader = reader;
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

    /// Hands the terminal to the shell until it wakes this process. All of its process group is stopped, as the
    /// terminal itself would do: a script that started it too. Where no shell would wake the group the system stops
    /// nothing.
    fn suspend(&mut self) -> io::Result<()> {
        leave();
        rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?;
        self.resume()
    }

    /// Whoever had the terminal may have left it in any state: it is left first.
    fn resume(&mut self) -> io::Result<()> {
        leave();
        enter(&self.wanted)?;
        super::runtime::forget_screen(&mut self.terminal)
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let writer = &mut self.terminal.backend_mut().writer;
        writer.write_all(bytes)?;
        writer.flush()
    }

    fn size(&mut self) -> (u16, u16) {
        self.wanted.window.size()
    }

    /// The terminal is the editor's from before it starts until it ended; then its modes are what they were, whatever
    /// the editor made of them.
    async fn edit(
        &mut self,
        request: &EditRequest,
        ending: impl Future<Output = Signal> + Send,
    ) -> EditOutcome {
        let prepared = self.editor.prepare(request)?;
        self.reader.park().map_err(|error| {
            let why = format!("The terminal cannot be handed over: {error}.");
            EditFailure { path: None, why }
        })?;
        leave();
        let modes = rustix::termios::tcgetattr(io::stdin());
        let returned = prepared.run(ending).await;
        if let Ok(modes) = modes
            && let Err(error) = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &modes)
        {
            tracing::warn!(%error, "the modes of the terminal were not put back");
        }
        if !returned.is_orderly() {
            let mouse = if self.wanted.mouse { b"" } else { MOUSE_OFF };
            if let Err(error) = write_out(&[AFTER_A_KILL, mouse].concat()) {
                tracing::warn!(%error, "the terminal cannot be written to");
            }
        }
        if let Err(error) = self.resume() {
            tracing::warn!(%error, "the terminal was not taken again");
        }
        self.reader.go_on();
        returned.outcome()
    }

    fn discard(&mut self, file: &Path) {
        self.editor.discard(file);
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
