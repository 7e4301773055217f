//! Sorting by a field, as MongoDB does.

use super::super::order::key;
use super::super::raw::{Builder, Elements, Value, field};
use super::error::QueryError;
use super::path::{Part, Path};
use bson::RawDocumentBuf;

/// A field to sort by.
#[derive(Debug, Clone)]
pub struct Sort {
    path: Path,
    is_descending: bool,
}

impl Sort {
    /// Sorts by the field under a path such as `items.0.name`.
    ///
    /// # Errors
    /// When the path has too many parts.
    pub fn new(path: &str, is_descending: bool) -> Result<Self, QueryError> {
        Ok(Self { path: Path::new(path)?, is_descending })
    }

    /// The order for MongoDB, with ties broken by `_id`.
    pub fn to_mongo(&self) -> RawDocumentBuf {
        let mut builder = Builder::default();
        builder.put(self.path.text().as_bytes(), &Value::Int32(if self.is_descending { -1 } else { 1 }));
        if !self.path.is_id() {
            builder.put(b"_id", &Value::Int32(1));
        }
        RawDocumentBuf::from_bytes(builder.finish()).unwrap_or_default()
    }

    /// Whether it sorts from the greatest to the least.
    pub fn is_descending(&self) -> bool {
        self.is_descending
    }

    /// The key of a document: documents are sorted by it, byte by byte, turned round for a descending sort. An array
    /// counts as its least element, or its greatest one when descending; a missing field as null.
    pub fn key(&self, document: &[u8]) -> Vec<u8> {
        let mut chosen: Option<Vec<u8>> = None;
        in_document(document, self.path.as_parts(), &mut |value| {
            // A malformed value is sorted like a missing one.
            let key = key(&value).or_else(|_| key(&Value::Null)).unwrap_or_default();
            let is_better =
                chosen.as_ref().is_none_or(|best| (key > *best) == self.is_descending && key != *best);
            if is_better {
                chosen = Some(key);
            }
        });
        chosen.unwrap_or_default()
    }
}

type Take<'f> = dyn FnMut(Value<'_>) + 'f;

fn in_document(document: &[u8], parts: &[Part], take: &mut Take<'_>) {
    let Some((part, rest)) = parts.split_first() else { return };
    match field(document, &part.name) {
        Some(value) => in_value(value, rest, take),
        None => take(Value::Null),
    }
}

/// The values under the rest of a path.
fn in_value(value: Value<'_>, parts: &[Part], take: &mut Take<'_>) {
    if let Value::Array(inner) = value {
        return in_array(inner, parts, take);
    }
    if parts.is_empty() {
        take(value);
    } else if let Value::Document(inner) = value {
        in_document(inner, parts, take);
    } else {
        take(Value::Null);
    }
}

fn in_array(elements: &[u8], parts: &[Part], take: &mut Take<'_>) {
    if let Some((part, rest)) = parts.split_first()
        && part.is_number
        && let Some(value) = field(elements, &part.name)
    {
        return in_value(value, rest, take);
    }
    let mut values = Elements::of(elements).filter_map(|element| element.value.ok()).peekable();
    if values.peek().is_none() {
        return take(if parts.is_empty() { Value::Undefined } else { Value::Null });
    }
    for value in values {
        if parts.is_empty() {
            take(value);
        } else if let Value::Document(inner) = value {
            in_document(inner, parts, take);
        } else {
            take(Value::Null);
        }
    }
}
