//! A tolerant walk over the bytes of a document, its limits, and a builder of such bytes.

mod builder;
mod value;

pub use builder::Builder;
pub use value::{OwnedValue, Value};

use sha2::{Digest, Sha256};
use std::borrow::Cow;
use thiserror::Error;
use value::Bytes;

/// The most bytes that a document has: MongoDB's limit, 16 MiB.
pub const MAX_BYTES: usize = 16_777_216;
/// The most levels of a document that is written. The document itself is level 1, arrays count, an empty document or
/// array does not.
pub const MAX_LEVELS: usize = 100;
/// The most levels of a stored document that is shown. Other programs may store more than [`MAX_LEVELS`].
pub const MAX_STORED_LEVELS: usize = 200;

/// Bytes of a document without elements: its length and the final NUL.
const EMPTY: usize = 5;

/// What makes bytes no BSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Malformed {
    /// A length that is negative, too small, or longer than what holds it.
    #[error("a length is wrong")]
    Length,
    /// The bytes end inside of a value.
    #[error("the bytes end inside of a value")]
    Cut,
    /// A field name, a text or a document without its final NUL.
    #[error("the NUL at the end of a name, a text or a document is missing")]
    Unterminated,
    /// A type that BSON does not have.
    #[error("the type 0x{0:02x} does not exist")]
    Type(u8),
    /// A boolean that is neither 0 nor 1.
    #[error("a boolean has the value {0}")]
    Boolean(u8),
    /// Bytes between the end of the last field and the end of the document.
    #[error("bytes follow the last field")]
    Trailing,
}

/// A field of a document, or an element of an array.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Element<'a> {
    /// The name, which may not be UTF-8; empty where it could not be read.
    pub name: &'a [u8],
    /// The value.
    pub value: Result<Value<'a>, Malformed>,
}

impl<'a> Element<'a> {
    /// The name as text; bytes that are not UTF-8 become U+FFFD.
    pub fn name_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.name)
    }
}

/// The fields of a document or the elements of an array, in order. After a value whose end is not known the walk ends;
/// it never reads outside of the document, and equal names are all there.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
    is_over: bool,
    /// What is wrong with the document as a whole.
    failure: Option<Malformed>,
}

impl<'a> Elements<'a> {
    /// Walks over the bytes of a document, its length and its final NUL included.
    pub fn of(document: &'a [u8]) -> Self {
        let mut rest = Bytes(document);
        let failure = match rest.take_length() {
            Ok(length) if length == document.len() && length >= EMPTY => None,
            Ok(_) => Some(Malformed::Length),
            Err(malformed) => Some(malformed),
        };
        Self { rest: rest.0, is_over: failure.is_some(), failure }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let broken = |malformed| Some(Element { name: b"", value: Err(malformed) });
        if self.is_over {
            return self.failure.take().and_then(broken);
        }
        let mut rest = Bytes(self.rest);
        let read = match (rest.take_byte(), rest.0.is_empty()) {
            (Err(_), _) => Err(Malformed::Unterminated),
            (Ok(0), true) => {
                self.is_over = true;
                return None;
            }
            (Ok(0), false) => Err(Malformed::Trailing),
            (Ok(kind), _) => rest.take_name().map(|name| (kind, name)),
        };
        match read {
            Err(malformed) => {
                self.is_over = true;
                broken(malformed)
            }
            Ok((kind, name)) => {
                let value = Value::read(kind, &mut rest);
                self.rest = rest.0;
                self.is_over = !matches!(value, Ok(_) | Err(Malformed::Boolean(_)));
                Some(Element { name, value })
            }
        }
    }
}

/// How many levels a document has, or `None` if they are more than the limit. Needs memory for the limit, not for the
/// document, so that it may see bytes of any kind.
pub fn levels(document: &[u8], limit: usize) -> Option<usize> {
    let mut open = vec![Elements::of(document)];
    let mut deepest = 1;
    while let Some(elements) = open.last_mut() {
        let Some(element) = elements.next() else {
            open.pop();
            continue;
        };
        let inner = element.value.ok().and_then(|value| value.inner());
        if let Some(inner) = inner.filter(|inner| inner.len() > EMPTY) {
            if open.len() >= limit {
                return None;
            }
            open.push(Elements::of(inner));
            deepest = deepest.max(open.len());
        }
    }
    Some(deepest)
}

/// Whether all bytes of a document can be read, at every level. Needs memory for [`MAX_STORED_LEVELS`] levels; what lies
/// deeper is not looked at.
///
/// # Errors
/// What is malformed first.
pub fn check(document: &[u8]) -> Result<(), Malformed> {
    let mut open = vec![Elements::of(document)];
    while let Some(elements) = open.last_mut() {
        match elements.next() {
            None => {
                open.pop();
            }
            Some(element) => {
                let inner = element.value?.inner();
                let has_room = open.len() < MAX_STORED_LEVELS;
                open.extend(inner.filter(|_| has_room).map(Elements::of));
            }
        }
    }
    Ok(())
}

/// The revision of a document: 32 hexadecimal digits, which are others where one byte is another.
pub fn revision(document: &[u8]) -> String {
    let hash = Sha256::digest(document);
    hash.iter().take(16).fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"))
}

/// The first field of a name.
pub fn field<'a>(document: &'a [u8], name: &[u8]) -> Option<Value<'a>> {
    Elements::of(document).find(|element| element.name == name)?.value.ok()
}

#[cfg(test)]
mod tests;
