//! Output besides the data: errors, warnings, prompts and notes.

use super::bar::{Bar, HowFar};
use super::json::{json_line, value_of};
use super::note;
use crate::cli::{Format, Global};
use crate::domain::text::visible;
use crate::domain::{Warning, WarningCode};
use crate::wire::{ErrorLine, ErrorObject, WarningLine};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const RED: &str = "1;31";
const YELLOW: &str = "1;33";

/// Set when a command with JSON output prints its error object, which is the last line.
static ERROR_TOLD: AtomicBool = AtomicBool::new(false);

/// Whether stderr has ended with the error object.
pub fn is_error_told() -> bool {
    ERROR_TOLD.load(Ordering::Relaxed)
}

/// The progress on the last line of the terminal, if there is any.
static BAR: Mutex<Option<Bar>> = Mutex::new(None);

fn bar() -> MutexGuard<'static, Option<Bar>> {
    BAR.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes to stderr unchanged. Progress is taken away before, and stands below what is written.
pub(super) fn write(text: &str) {
    match &*bar() {
        Some(bar) => bar.aside(|| put(text)),
        None => put(text),
    }
}

/// Writes to stderr beside the progress, as what draws it does; a failure to write cannot be reported.
pub(super) fn put(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes a line of JSON.
fn write_line(line: &impl Serialize) {
    if let Ok(line) = value_of(line) {
        write(&json_line(&line));
    }
}

/// How to write to stderr. With a JSON format every line is an object: a warning, or the final error.
#[derive(Debug, Clone, Copy)]
pub struct Stderr {
    format: Format,
    is_quiet: bool,
    colour: bool,
}

impl Stderr {
    /// By the options of every command.
    pub fn new(global: &Global, colour: bool) -> Self {
        Self { format: global.format(), is_quiet: global.quiet, colour }
    }

    /// Before the options are known.
    pub fn plain(format: Format) -> Self {
        Self { format, is_quiet: false, colour: false }
    }

    /// A note, which `-q` and JSON drop.
    pub fn note(self, text: &str) {
        if !self.is_quiet && !self.format.is_json() {
            note(&format!("tenantry: {}\n", visible(text)));
        }
    }

    /// Progress, on a terminal line that the next progress overwrites.
    pub(in crate::cli) fn progress(self, now: &HowFar) {
        if self.shows_progress() {
            bar().get_or_insert_with(Bar::new).draw(now);
        }
    }

    /// Clears the progress line.
    pub fn end_of_progress(self) {
        if let Some(bar) = bar().take() {
            bar.end();
        }
    }

    fn shows_progress(self) -> bool {
        !self.is_quiet && self.format == Format::Table && std::io::stderr().is_terminal()
    }

    /// A warning, which `-q` does not drop.
    pub fn warning(self, warning: &Warning) {
        if !self.format.is_json() {
            let label = self.ink("warning:", YELLOW);
            write(&format!("tenantry: {label} {}\n", visible(&warning.message)));
        } else if !is_error_told() {
            write_line(&WarningLine::from(warning));
        }
    }

    /// Says that a signal arrived and that the command waits for its write.
    pub fn finishing(self) {
        let message = "Finishing the write. Press Ctrl-C again to leave it to recovery.";
        if self.format.is_json() {
            self.warning(&Warning::new(WarningCode::Finishing, message));
        } else {
            self.note(message);
        }
    }

    /// A question, or what a person needs to know to answer it.
    pub fn question(self, text: &str) {
        note(text);
    }

    /// An error: prose, or one JSON object.
    pub fn error(self, error: &ErrorObject) {
        if self.format.is_json() {
            write_line(&ErrorLine { error });
            return ERROR_TOLD.store(true, Ordering::Relaxed);
        }
        write(&format!("{} {}\n", self.ink("tenantry:", RED), visible(&error.message)));
        if let Some(hint) = &error.hint {
            note(&format!("  {}\n", visible(hint)));
        }
    }

    fn ink(self, text: &str, sequence: &str) -> String {
        if self.colour { format!("\u{1b}[{sequence}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
