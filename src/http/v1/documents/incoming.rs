//! Documents in a body: one, an array, or one a line.

use crate::domain::document::RawDocumentBuf;
use crate::domain::document::json;
use crate::http::body::{self, BodyError};
use crate::http::v1::problem::Problem;
use crate::service::{Error, MAX_BATCH};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// Bytes of a body at most: a document of 16 MiB, whose JSON is a bit longer.
pub(super) const MAX_DOCUMENTS: usize = 17 << 20;

/// Documents to insert, in their order.
#[derive(Debug)]
pub(super) enum Incoming {
    /// One, which is answered by itself.
    One(RawDocumentBuf),
    /// Several, each of which may be refused: with its number, from 1, or that of its line.
    Many(Vec<(usize, Result<RawDocumentBuf, String>)>),
}

/// Whether a body has one document a line.
fn is_lines(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    ["application/x-ndjson", "application/ndjson", "application/jsonl"].contains(&kind.as_str())
}

async fn text(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let bytes = body::bytes(headers, body, MAX_DOCUMENTS).await?;
    match std::str::from_utf8(&bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(BodyError::Invalid(Some(error.valid_up_to())).into()),
    }
}

/// The documents of a body.
pub(super) async fn documents(headers: &HeaderMap, body: Body) -> Result<Incoming, Problem> {
    let lines = is_lines(headers);
    if !lines && !body::is_json(headers) {
        return Err(BodyError::NotJson.into());
    }
    let bytes = text(headers, body).await?;
    read(std::str::from_utf8(&bytes).unwrap_or_default(), lines)
}

/// The one document of a body.
pub(super) async fn document(headers: &HeaderMap, body: Body) -> Result<RawDocumentBuf, Problem> {
    if !body::is_json(headers) {
        return Err(BodyError::NotJson.into());
    }
    let bytes = text(headers, body).await?;
    Ok(one(std::str::from_utf8(&bytes).unwrap_or_default()).map_err(Error::InvalidDocument)?)
}

fn one(text: &str) -> Result<RawDocumentBuf, String> {
    json::read(text).map_err(|error| error.to_string())
}

fn read(text: &str, lines: bool) -> Result<Incoming, Problem> {
    let text = text.trim_start_matches('\u{feff}');
    let parts = if lines {
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        Parts::of(lines.filter(|(_, line)| !line.is_empty()))
    } else if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|_| BodyError::Invalid(None))?
    } else {
        return Ok(Incoming::One(one(text).map_err(Error::InvalidDocument)?));
    };
    if parts.count > MAX_BATCH {
        let detail = format!("The body has {} documents; {MAX_BATCH} are inserted at most.", parts.count);
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", detail));
    }
    Ok(Incoming::Many(parts.first.into_iter().map(|(number, text)| (number, one(text))).collect()))
}

/// The parts of a body. Those past [`MAX_BATCH`] are only counted: millions of them, of two bytes each, would take many
/// times the memory of the body.
#[derive(Debug, Default)]
struct Parts<'a> {
    /// Each with its number.
    first: Vec<(usize, &'a str)>,
    count: usize,
}

impl<'a> Parts<'a> {
    fn of(all: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut parts = Self::default();
        for (number, text) in all {
            parts.count += 1;
            if parts.count <= MAX_BATCH {
                parts.first.push((number, text));
            }
        }
        parts
    }
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Parts<'de>, A::Error> {
        let mut parts = Parts::default();
        while parts.count < MAX_BATCH
            && let Some(element) = elements.next_element::<&RawValue>()?
        {
            parts.count += 1;
            parts.first.push((parts.count, element.get()));
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {
            parts.count += 1;
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str, lines: bool) -> Vec<(usize, bool)> {
        match read(text, lines) {
            Ok(Incoming::Many(many)) => many.iter().map(|(number, one)| (*number, one.is_ok())).collect(),
            Ok(Incoming::One(_)) | Err(_) => Vec::new(),
        }
    }

    #[test]
    fn body_has_one_document_or_many() {
        assert!(matches!(read(" {\"a\": [1]}\n", false), Ok(Incoming::One(_))));
        assert_eq!(numbers("\u{feff}[{\"a\": \"],[\"}, 7, {}]", false), [(1, true), (2, false), (3, true)]);
        assert_eq!(numbers("{}\r\n\n{\"a\": 1}\n[]\n", true), [(1, true), (3, true), (4, false)]);
        for wrong in ["", "7", "{", "[{}", "[{}] x"] {
            assert!(read(wrong, false).is_err(), "{wrong}");
        }
        assert_eq!(numbers(&format!("[{}{{}}]", "{},".repeat(MAX_BATCH - 1)), false).len(), MAX_BATCH);
        for (many, lines) in [(format!("[{}7]", "7,".repeat(100_000)), false), ("7\n".repeat(100_001), true)]
        {
            let told = read(&many, lines).unwrap_err().body(None);
            assert!(told.contains("100001 documents; 1000"), "{told}");
        }
        let many = format!("[{}7]", "7,".repeat(100_000));
        let parts: Parts<'_> = serde_json::from_str(&many).unwrap();
        assert_eq!((parts.first.len(), parts.count), (MAX_BATCH, 100_001), "the rest is only counted");
    }
}
