//! What is said besides the data: errors, warnings, questions and notes.

use super::json::json_line;
use super::note;
use crate::cli::exit::ErrorObject;
use crate::cli::{Format, Global};
use crate::domain::text::visible;
use serde_json::json;
use std::io::IsTerminal;

const RED: &str = "1;31";
const YELLOW: &str = "1;33";

/// How to speak on stderr.
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

    /// What is good to know; `-q` drops it.
    pub fn note(self, text: &str) {
        if !self.is_quiet {
            note(&format!("tenantry: {}\n", visible(text)));
        }
    }

    /// How far something is, on a line of a terminal that the next one overwrites.
    pub fn progress(self, text: &str) {
        if self.shows_progress() {
            note(&format!("\r\u{1b}[K{}", visible(text)));
        }
    }

    /// Nothing is left of such a line.
    pub fn end_of_progress(self) {
        if self.shows_progress() {
            note("\r\u{1b}[K");
        }
    }

    fn shows_progress(self) -> bool {
        !self.is_quiet && self.format == Format::Table && std::io::stderr().is_terminal()
    }

    /// What should not be overlooked.
    pub fn warning(self, text: &str) {
        note(&format!("tenantry: {} {}\n", self.ink("warning:", YELLOW), visible(text)));
    }

    /// A question, or what has to be known to answer it.
    pub fn question(self, text: &str) {
        note(text);
    }

    /// An error: prose, or one JSON object.
    pub fn error(self, error: &ErrorObject) {
        if self.format.is_json() {
            return note(&json_line(&json!({ "error": error })));
        }
        note(&format!("{} {}\n", self.ink("tenantry:", RED), visible(&error.message)));
        if let Some(hint) = &error.hint {
            note(&format!("  {}\n", visible(hint)));
        }
    }

    fn ink(self, text: &str, sequence: &str) -> String {
        if self.colour { format!("\u{1b}[{sequence}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
