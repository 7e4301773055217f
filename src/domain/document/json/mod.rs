//! Documents as Extended JSON (version 2), written from the bytes and read into bytes.

pub(super) mod date;
mod read;
mod string;
pub(super) mod wrapper;
mod write;

pub use read::{read, read_value};
pub use string::write_string;
pub use write::{Form, Layout, to_string, value_to_string, write, write_io, write_value};

use super::raw::{MAX_LEVELS, levels};

/// Whether a document comes back byte by byte from what an editor shows of it. Not so where the text has no words for
/// its bytes: equal names, texts that are not UTF-8, a NaN with a payload, array names other than 0, 1, 2, …, or a stored
/// document such as `{"$date": "soon"}`; and where it has more levels than may be written.
pub fn round_trips(document: &[u8]) -> bool {
    levels(document, MAX_LEVELS).is_some()
        && read(&to_string(document, Form::Editor, Layout::Compact))
            .is_ok_and(|again| again.as_bytes() == document)
}

#[cfg(test)]
mod tests;
