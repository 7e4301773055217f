//! The `_id` of a record of the earlier service: of any type that MongoDB allows there.

use crate::domain::document::id::{print_id, read_id};
use crate::domain::document::incoming::check_id;
use crate::domain::document::json::read_value;
use crate::domain::document::{DocumentError, OwnedValue, Value, order};
use serde_json::value::RawValue;
use std::fmt;
use std::hash::{Hash, Hasher};

/// An `_id`. Two are equal if MongoDB takes them as equal: 7 as an integer of 32 or 64 bits or as a double is one `_id`.
/// It is shown in the form of an id on the command line: an `ObjectId` as hexadecimal digits, a text as itself unless
/// that would be read as another value, and any other value as Extended JSON.
#[derive(Debug, Clone)]
pub struct RecordId {
    value: OwnedValue,
    key: Vec<u8>,
}

impl RecordId {
    /// The `_id` with this value.
    pub fn new(value: OwnedValue) -> Self {
        // A value that was read is not malformed; another one is at least equal to itself.
        let key = order::key(&value.get()).unwrap_or_else(|_| print_id(&value.get()).into_bytes());
        Self { value, key }
    }

    /// Reads the form that is shown. Any text is an `_id`.
    pub fn read(shown: &str) -> Self {
        let likeliest = read_id(shown).into_iter().next();
        Self::new(likeliest.unwrap_or_else(|| OwnedValue::new(&Value::String(shown.as_bytes()))))
    }

    /// Reads an `_id` in JSON: a string has the form that is shown, any other value is Extended JSON.
    ///
    /// # Errors
    /// Why it is no `_id`, in a sentence.
    pub(super) fn of_json(json: &RawValue) -> Result<Self, String> {
        if let Ok(shown) = serde_json::from_str::<String>(json.get()) {
            return Ok(Self::read(&shown));
        }
        let value = read_value(json.get()).and_then(|value| check_id(&value.get()).map(|()| value));
        value.map(Self::new).map_err(|error| {
            if let DocumentError::Text { message, .. } = &error {
                return format!("Its _id cannot be read: {message}.");
            }
            error.to_string()
        })
    }

    /// The value.
    pub fn value(&self) -> Value<'_> {
        self.value.get()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print_id(&self.value()))
    }
}

impl PartialEq for RecordId {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for RecordId {}

impl Hash for RecordId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
