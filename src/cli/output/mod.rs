//! Everything that is written to stdout and stderr.
//!
//! stdout is data, stderr is everything else. Text from data never controls the terminal: in tables, CSV, names and
//! prose it shows visible marks, in JSON such characters are escaped. The bytes on stdout are the same on a terminal
//! and in a pipe, but for colour.

mod json;
mod printer;
pub(super) mod records;
pub mod shape;
mod stderr;
mod table;

pub(super) use printer::Printer;
pub use stderr::{Stderr, is_error_told};

use crate::domain::text::visible_lines;
use std::io::{self, Write};

/// Whether colours may be written, to each of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Colours {
    /// To stdout.
    pub stdout: bool,
    /// To stderr.
    pub stderr: bool,
}

/// Writes data to stdout; a closed pipe is no error.
///
/// # Errors
/// When stdout cannot be written, as on a full disk.
pub fn data(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes text to stderr, where nothing but its line ends controls the terminal.
pub fn note(text: &str) {
    stderr::write(&visible_lines(text));
}
