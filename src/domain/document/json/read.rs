//! The reader: from text to the bytes of a document.
//!
//! Values are appended to the bytes as they are read. A document that stands for a value is written like any other, and
//! replaced by the value once it is complete.

use super::wrapper::unwrap;
use crate::domain::document::DocumentError;
use crate::domain::document::raw::{MAX_BYTES, MAX_LEVELS, OwnedValue, Value, levels};
use crate::domain::text::quoted;
use bson::RawDocumentBuf;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// More levels than a document of [`MAX_LEVELS`] has in JSON: values such as `{"$binary": {…}}` are up to three, and an
/// empty document or array is one more.
const MAX_JSON_LEVELS: usize = MAX_LEVELS + 4;

/// Reads a document. A byte order mark and white space around it are skipped.
///
/// # Errors
/// Where and why the text is no document that may be written.
pub fn read(text: &str) -> Result<RawDocumentBuf, DocumentError> {
    let value = parse(text)?;
    let Value::Document(document) = value.get() else {
        return Err(DocumentError::NotADocument { found: value.get().type_name() });
    };
    if document.len() > MAX_BYTES {
        return Err(DocumentError::TooLarge { bytes: document.len() });
    }
    if levels(document, MAX_LEVELS).is_none() {
        return Err(DocumentError::TooDeep);
    }
    // Only the length could be wrong, and it was just written.
    RawDocumentBuf::from_bytes(document.to_vec())
        .map_err(|_| DocumentError::TooLarge { bytes: document.len() })
}

/// Reads any one value, as [`read`].
///
/// # Errors
/// As [`read`].
pub fn read_value(text: &str) -> Result<OwnedValue, DocumentError> {
    let value = parse(text)?;
    let inner = value.get().inner().unwrap_or_default();
    if inner.len() > MAX_BYTES {
        return Err(DocumentError::TooLarge { bytes: inner.len() });
    }
    if levels(inner, MAX_LEVELS).is_none() {
        return Err(DocumentError::TooDeep);
    }
    Ok(value)
}

fn parse(text: &str) -> Result<OwnedValue, DocumentError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Vec::with_capacity(text.len() + 16);
    out.extend_from_slice(&[0; 4]);
    let mut reader = serde_json::Deserializer::from_str(text);
    append(&mut out, b"", |out| {
        let at = out.len() - 2;
        Item { out, at, level: 1 }.deserialize(&mut reader)
    })
    .and_then(|()| reader.end())
    .map_err(|error| DocumentError::at(&error))?;
    end(&mut out, 0);
    Ok(OwnedValue::from_document(out))
}

/// Appends the name of a value and room for its type, then the value.
fn append<T>(out: &mut Vec<u8>, name: &[u8], value: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    out.push(0);
    out.extend_from_slice(name);
    out.push(0);
    value(out)
}

/// Ends the document that begins at this place.
fn end(out: &mut Vec<u8>, start: usize) {
    out.push(0);
    let length = i32::try_from(out.len() - start).unwrap_or(i32::MAX);
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

/// The value that comes next.
struct Item<'o> {
    out: &'o mut Vec<u8>,
    /// The place of its type.
    at: usize,
    /// The level of a document or an array that comes here.
    level: usize,
}

impl Item<'_> {
    fn put(mut self, value: &Value<'_>) {
        self.mark(value.type_number());
        value.write(self.out);
    }

    fn mark(&mut self, kind: u8) {
        if let Some(place) = self.out.get_mut(self.at) {
            *place = kind;
        }
    }

    fn begin<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        if self.level > MAX_JSON_LEVELS {
            return Err(E::custom(DocumentError::TooDeep));
        }
        let start = self.out.len();
        self.out.extend_from_slice(&[0; 4]);
        Ok(start)
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(&Value::Null);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.put(&Value::Boolean(flag));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        match i32::try_from(number) {
            Ok(number) => self.put(&Value::Int32(number)),
            Err(_) => self.put(&Value::Int64(number)),
        }
        Ok(())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        #[expect(clippy::cast_precision_loss, reason = "an integer beyond 64 bits is a double")]
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(&Value::Double(number));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(&Value::String(text.as_bytes()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        let start = self.begin()?;
        let level = self.level + 1;
        for number in 0_usize.. {
            // The name is taken back if there is no further element.
            let length = self.out.len();
            let name = number.to_string();
            let next = append(self.out, name.as_bytes(), |out| {
                items.next_element_seed(Item { out, at: length, level })
            })?;
            if next.is_none() {
                self.out.truncate(length);
                break;
            }
        }
        end(self.out, start);
        self.mark(0x04);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let start = self.begin()?;
        let level = self.level + 1;
        let mut names = Vec::new();
        loop {
            let at = self.out.len();
            if fields.next_key_seed(Name { out: self.out })?.is_none() {
                break;
            }
            names.push(at + 1..self.out.len() - 1);
            fields.next_value_seed(Item { out: self.out, at, level })?;
        }
        let name = |range: &std::ops::Range<usize>| self.out.get(range.clone()).unwrap_or_default();
        let may_stand_for_a_value = names.iter().any(|range| name(range).first() == Some(&b'$'));
        names.sort_unstable_by(|one, other| name(one).cmp(name(other)));
        let twice = names.windows(2).find(|pair| matches!(pair, [one, two] if name(one) == name(two)));
        if let Some([one, ..]) = twice {
            let shown = quoted(&String::from_utf8_lossy(name(one)));
            return Err(A::Error::custom(format!("the field {shown} is there twice")));
        }
        end(self.out, start);
        self.mark(0x03);
        if may_stand_for_a_value {
            let document = self.out.split_off(start);
            let replaced = unwrap(&document, |value| {
                self.mark(value.type_number());
                value.write(self.out);
            });
            if replaced.map_err(A::Error::custom)?.is_none() {
                self.out.extend_from_slice(&document);
            }
        }
        Ok(())
    }
}

/// The name of a field, with room for the type before it.
struct Name<'o> {
    out: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<(), E> {
        if name.contains('\0') {
            return Err(E::custom(format!(
                "the field name {} has a NUL in it",
                quoted(&name.replace('\0', "\\u0000"))
            )));
        }
        append(self.out, name.as_bytes(), |_| ());
        Ok(())
    }
}
