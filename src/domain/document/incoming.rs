//! What a document that is written must be, beyond being BSON.

use super::json::{Form, value_to_string};
use super::raw::{Builder, Elements, MAX_BYTES, MAX_LEVELS, OwnedValue, Value, field, levels};
use crate::domain::text::quoted;
use bson::RawDocumentBuf;
use thiserror::Error;

/// The `_id` of the marker that this program keeps in each collection; no document of a tenant has it.
pub const RESERVED_ID: &str = "_tenantry";

/// Why a document is not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// The text is no Extended JSON.
    #[error("line {line}, column {column}: {message}")]
    Text {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The text ends before the document does.
    #[error("line {line}, column {column}: the text ends inside of {inside}")]
    Unfinished {
        /// From 1.
        line: usize,
        /// From 1, in bytes; 0 for an empty line.
        column: usize,
        /// What is not finished.
        inside: String,
    },
    /// The text is a value of another type.
    #[error("A document begins with {{ and ends with }}; this text is {found}.")]
    NotADocument {
        /// The type, with an article.
        found: &'static str,
    },
    /// Too many bytes.
    #[error("The document has {bytes} bytes of BSON; the limit is {MAX_BYTES}.")]
    TooLarge {
        /// Bytes of BSON.
        bytes: usize,
    },
    /// Too many levels.
    #[error("The document has more than {MAX_LEVELS} levels of documents and arrays inside one another.")]
    TooDeep,
    /// An `_id` that MongoDB refuses, or that is reserved.
    #[error("_id cannot be {found}.")]
    Id {
        /// What it is.
        found: String,
    },
}

impl DocumentError {
    /// The error of the JSON parser, with its place.
    pub(super) fn at(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        if error.is_eof() {
            let inside = message.strip_prefix("EOF while parsing ").unwrap_or("a value").to_owned();
            return Self::Unfinished { line, column, inside };
        }
        Self::Text { line, column, message }
    }
}

/// Checks the limits of a document that is written.
///
/// # Errors
/// When it has too many bytes or levels.
pub fn check_limits(document: &[u8]) -> Result<(), DocumentError> {
    if document.len() > MAX_BYTES {
        return Err(DocumentError::TooLarge { bytes: document.len() });
    }
    levels(document, MAX_LEVELS).map(|_| ()).ok_or(DocumentError::TooDeep)
}

/// Checks an `_id`: MongoDB has no array, regular expression or undefined there, and no field name beginning with `$`.
///
/// # Errors
/// When it cannot be an `_id`.
pub fn check_id(id: &Value<'_>) -> Result<(), DocumentError> {
    let refuse = |found: String| Err(DocumentError::Id { found });
    if matches!(id, Value::Array(_) | Value::Regex { .. } | Value::Undefined) {
        return refuse(id.type_name().to_owned());
    }
    if let Value::String(text) | Value::Symbol(text) = id
        && *text == RESERVED_ID.as_bytes()
    {
        return refuse(format!("{}, which is reserved", value_to_string(id, Form::Relaxed)));
    }
    if let Value::Document(inner) = id
        && let Some(element) = Elements::of(inner).find(|element| element.name.starts_with(b"$"))
    {
        let name = quoted(&element.name_text());
        return refuse(format!("a document with the field {name}: a name in it must not begin with $"));
    }
    Ok(())
}

/// A document for being inserted: as [`with_id`], with a new ObjectId if it has no `_id`.
///
/// # Errors
/// As [`with_id`].
pub fn to_insert(document: &[u8]) -> Result<RawDocumentBuf, DocumentError> {
    with_id(document, || bson::oid::ObjectId::new().bytes())
}

/// The `_id` of a document; `None` if it is missing or malformed.
pub fn id_of(document: &[u8]) -> Option<OwnedValue> {
    field(document, b"_id").map(|id| OwnedValue::new(&id))
}

/// Prepares a document for being inserted: its `_id` comes first, as MongoDB stores it, and is made if there is none.
///
/// # Errors
/// When it is too large or too deep, or its `_id` is refused.
pub fn with_id(document: &[u8], make: impl FnOnce() -> [u8; 12]) -> Result<RawDocumentBuf, DocumentError> {
    let given = field(document, b"_id");
    if let Some(id) = &given {
        check_id(id)?;
    }
    let mut builder = Builder::default();
    builder.put(b"_id", &given.unwrap_or_else(|| Value::ObjectId(make())));
    for element in Elements::of(document).filter(|element| element.name != b"_id") {
        if let Ok(value) = element.value {
            builder.put(element.name, &value);
        }
    }
    let bytes = builder.finish();
    check_limits(&bytes)?;
    let length = bytes.len();
    RawDocumentBuf::from_bytes(bytes).map_err(|_| DocumentError::TooLarge { bytes: length })
}
