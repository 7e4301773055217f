//! What is said besides the data: errors, warnings, questions and notes.

use super::json::{json_line, value_of};
use super::note;
use crate::cli::{Format, Global};
use crate::domain::Warning;
use crate::domain::text::visible;
use crate::wire::{ErrorLine, ErrorObject, WarningLine};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

const RED: &str = "1;31";
const YELLOW: &str = "1;33";

/// Set by the error of a command that speaks JSON: it is the last line.
static ERROR_TOLD: AtomicBool = AtomicBool::new(false);

/// Whether stderr has ended with the error object.
pub fn is_error_told() -> bool {
    ERROR_TOLD.load(Ordering::Relaxed)
}

/// Writes to stderr as it is; nobody is there to hear of a failure.
pub(super) fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// Writes a line of JSON.
fn write_line(line: &impl Serialize) {
    if let Ok(line) = value_of(line) {
        write(&json_line(&line));
    }
}

/// How to speak on stderr. With a JSON format every line of it is an object: a warning, or the error that ends it.
#[derive(Debug, Clone, Copy)]
pub struct Stderr {
    format: Format,
    is_quiet: bool,
    colour: bool,
}

impl Stderr {
    /// As the options of every command say.
    pub fn new(global: &Global, colour: bool) -> Self {
        Self { format: global.format(), is_quiet: global.quiet, colour }
    }

    /// Before it is known what the options are.
    pub fn plain(format: Format) -> Self {
        Self { format, is_quiet: false, colour: false }
    }

    /// What is good to know; `-q` and JSON drop it.
    pub fn note(self, text: &str) {
        if !self.is_quiet && !self.format.is_json() {
            note(&format!("tenantry: {}\n", visible(text)));
        }
    }

    /// How far something is, on a line of a terminal that the next one overwrites.
    pub fn progress(self, text: &str) {
        if self.shows_progress() {
            write(&format!("\r\u{1b}[K{}", visible(text)));
        }
    }

    /// Nothing is left of such a line.
    pub fn end_of_progress(self) {
        if self.shows_progress() {
            write("\r\u{1b}[K");
        }
    }

    fn shows_progress(self) -> bool {
        !self.is_quiet && self.format == Format::Table && std::io::stderr().is_terminal()
    }

    /// What should not be overlooked.
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
            self.warning(&Warning::new("finishing", message));
        } else {
            self.note(message);
        }
    }

    /// A question, or what has to be known to answer it.
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
