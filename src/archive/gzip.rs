//! A gzip file of one or several parts.

use flate2::bufread::GzDecoder;
use std::io::{BufRead, ErrorKind, Read, Result};

/// Decompresses every part, one after the other. After the last one zeros may follow, which tapes and `dd` add; other
/// bytes are an error.
pub(super) struct Parts<R> {
    state: State<R>,
}

/// The text of the error for bytes after the last part.
pub(super) const TRAILING: &str = "other bytes follow";

enum State<R> {
    /// Inside of a part; whether it is the first one.
    Inside(GzDecoder<R>),
    Between(R),
    Over,
}

impl<R: BufRead> Parts<R> {
    pub(super) fn new(input: R) -> Self {
        Self { state: State::Inside(GzDecoder::new(input)) }
    }

    fn next_part(mut input: R) -> Result<State<R>> {
        let mut is_first = true;
        loop {
            let bytes = input.fill_buf()?;
            let length = bytes.len();
            match bytes.first() {
                None => return Ok(State::Over),
                Some(0x1f) if is_first => return Ok(State::Inside(GzDecoder::new(input))),
                Some(_) if bytes.iter().any(|byte| *byte != 0) => {
                    return Err(std::io::Error::new(ErrorKind::InvalidData, TRAILING));
                }
                Some(_) => input.consume(length),
            }
            is_first = false;
        }
    }
}

impl<R: BufRead> Read for Parts<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Over => return Ok(0),
                State::Inside(part) => {
                    let read = part.read(buffer)?;
                    if read > 0 {
                        return Ok(read);
                    }
                    if let State::Inside(part) = std::mem::replace(&mut self.state, State::Over) {
                        self.state = State::Between(part.into_inner());
                    }
                }
                State::Between(_) => {
                    if let State::Between(input) = std::mem::replace(&mut self.state, State::Over) {
                        self.state = Self::next_part(input)?;
                    }
                }
            }
        }
    }
}
