//! Everything that is written to stdout and stderr.
//!
//! stdout is data, stderr is everything else. Text from data never controls the terminal: in tables, CSV, names and
//! prose it shows visible marks, in JSON such characters are escaped. The bytes on stdout are the same on a terminal
//! and in a pipe, but for colour.

mod json;
mod printer;
pub mod shape;
mod stderr;
pub(super) mod stdout;
mod table;

pub(super) use printer::{Printer, Would};
pub use stderr::{Stderr, is_error_told};
pub use stdout::data;

use crate::domain::text::visible_lines;

/// Whether colours may be written, to each of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colours {
    /// To stdout.
    pub stdout: bool,
    /// To stderr.
    pub stderr: bool,
}

/// Writes text to stderr, where nothing but its line ends controls the terminal.
pub fn note(text: &str) {
    stderr::write(&visible_lines(text));
}
