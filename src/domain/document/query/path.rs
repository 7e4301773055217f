//! Paths such as `items.0.name`, and what MongoDB finds under them.

use super::super::raw::{Elements, Value, field};
use super::error::QueryError;
use crate::domain::text::quoted;

/// The most parts of a path.
pub(super) const MAX_PARTS: usize = 100;
/// The most parts that are numbers: each may be a name or a place, and both are tried.
pub(super) const MAX_PLACES: usize = 20;

/// A path to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: Vec<u8>,
    /// It may also be the place of an element.
    pub(super) is_number: bool,
}

/// What is asked about each value; `None` is a missing field.
type Ask<'f> = dyn FnMut(Option<Value<'_>>) -> bool + 'f;

impl Path {
    pub(super) fn new(text: &str) -> Result<Self, QueryError> {
        let part = |name: &str| Part {
            name: name.into(),
            is_number: !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()),
        };
        let parts: Vec<Part> = text.split('.').map(part).collect();
        if parts.len() > MAX_PARTS || parts.iter().filter(|part| part.is_number).count() > MAX_PLACES {
            return Err(QueryError::Path { path: quoted(text) });
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn as_parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn is_id(&self) -> bool {
        self.text == "_id"
    }

    /// Whether the answer is yes for one of the values under the path. Arrays on the way stand for each of their
    /// elements; one at the end for itself and, if `expand`, for each element.
    pub(super) fn any(&self, document: &[u8], expand: bool, ask: &mut Ask<'_>) -> bool {
        in_document(document, &self.parts, expand, ask)
    }
}

fn in_document(document: &[u8], parts: &[Part], expand: bool, ask: &mut Ask<'_>) -> bool {
    let mut document = document;
    let mut parts = parts.iter();
    while let Some(part) = parts.next() {
        let rest = parts.as_slice();
        let Some(value) = field(document, &part.name) else { return ask(None) };
        if let Value::Array(elements) = value {
            return in_array(elements, value, rest, expand, ask);
        }
        if rest.is_empty() {
            return ask(Some(value));
        }
        let Value::Document(inner) = value else { return ask(None) };
        document = inner;
    }
    false
}

fn in_array(elements: &[u8], whole: Value<'_>, parts: &[Part], expand: bool, ask: &mut Ask<'_>) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        let is_found =
            expand && Elements::of(elements).any(|element| element.value.is_ok_and(|value| ask(Some(value))));
        return is_found || ask(Some(whole));
    };
    Elements::of(elements).any(|element| {
        let Ok(value) = element.value else { return false };
        let is_place = part.is_number && element.name == part.name;
        if let Value::Document(inner) = value
            && in_document(inner, parts, expand, ask)
        {
            return true;
        }
        if !is_place {
            return false;
        }
        if rest.is_empty() {
            // An array found by its place is not expanded.
            return ask(Some(value));
        }
        if let Value::Document(inner) = value {
            return in_document(inner, rest, expand, ask);
        }
        if let Value::Array(inner) = value { in_array(inner, value, rest, expand, ask) } else { false }
    })
}
