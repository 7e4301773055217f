//! All output on stdout and stderr.
//!
//! stdout is data, stderr is everything else. Text from data never controls the terminal: tables, CSV, names and prose
//! show visible marks, JSON escapes such characters. Except for colour, the bytes on stdout are the same on a terminal
//! and in a pipe.

mod bar;
mod csv_record;
mod json;
mod list;
mod printer;
pub mod shape;
mod stderr;
pub(super) mod stdout;
mod table;

pub(super) use bar::HowFar;
pub(super) use list::Printed;
pub(super) use printer::{Printer, Would};
pub use stderr::{Stderr, is_error_told};
pub use stdout::data;

use crate::domain::text::visible_lines;

/// Whether colours may be written to each stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colours {
    /// To stdout.
    pub stdout: bool,
    /// To stderr.
    pub stderr: bool,
}

/// Writes text to stderr; only its line breaks control the terminal.
pub fn note(text: &str) {
    stderr::write(&visible_lines(text));
}
