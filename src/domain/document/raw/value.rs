//! A value in the bytes of a document.

use super::builder::{put_length, put_name, put_text};
use super::{Builder, EMPTY, Elements, Malformed};

/// A BSON value, borrowed from the bytes of its document. Texts are bytes: they may not be UTF-8.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A 64-bit floating-point number.
    Double(f64),
    /// A text.
    String(&'a [u8]),
    /// The bytes of an embedded document.
    Document(&'a [u8]),
    /// The bytes of an array: a document whose field names are `0`, `1`, …
    Array(&'a [u8]),
    /// Bytes with a subtype. Those of subtype 2 begin with a second length, as they are stored.
    Binary {
        /// What the bytes are.
        subtype: u8,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// The deprecated type "undefined".
    Undefined,
    /// An ObjectId.
    ObjectId([u8; 12]),
    /// True or false.
    Boolean(bool),
    /// Milliseconds since 1970.
    DateTime(i64),
    /// The null value.
    Null,
    /// A regular expression.
    Regex {
        /// The pattern.
        pattern: &'a [u8],
        /// One letter each; drivers store them sorted, not every one did.
        options: &'a [u8],
    },
    /// The deprecated reference to a document.
    DbPointer {
        /// The collection.
        namespace: &'a [u8],
        /// The id.
        id: [u8; 12],
    },
    /// A JavaScript text.
    Code(&'a [u8]),
    /// The deprecated type "symbol"; compares as a text.
    Symbol(&'a [u8]),
    /// A JavaScript text with its variables.
    CodeWithScope {
        /// The text.
        code: &'a [u8],
        /// The bytes of a document.
        scope: &'a [u8],
    },
    /// A 32-bit integer.
    Int32(i32),
    /// MongoDB's internal timestamp: seconds in the upper half, a counter in the lower one.
    Timestamp(u64),
    /// A 64-bit integer.
    Int64(i64),
    /// The bytes of a 128-bit decimal number, the lowest first.
    Decimal128([u8; 16]),
    /// Less than every other value.
    MinKey,
    /// Greater than every other value.
    MaxKey,
}

impl<'a> Value<'a> {
    /// The number of the type in BSON.
    pub fn type_number(&self) -> u8 {
        match self {
            Self::Double(_) => 0x01,
            Self::String(_) => 0x02,
            Self::Document(_) => 0x03,
            Self::Array(_) => 0x04,
            Self::Binary { .. } => 0x05,
            Self::Undefined => 0x06,
            Self::ObjectId(_) => 0x07,
            Self::Boolean(_) => 0x08,
            Self::DateTime(_) => 0x09,
            Self::Null => 0x0a,
            Self::Regex { .. } => 0x0b,
            Self::DbPointer { .. } => 0x0c,
            Self::Code(_) => 0x0d,
            Self::Symbol(_) => 0x0e,
            Self::CodeWithScope { .. } => 0x0f,
            Self::Int32(_) => 0x10,
            Self::Timestamp(_) => 0x11,
            Self::Int64(_) => 0x12,
            Self::Decimal128(_) => 0x13,
            Self::MaxKey => 0x7f,
            Self::MinKey => 0xff,
        }
    }

    /// The name of the type in a message, with its article.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Double(_) => "a double",
            Self::String(_) => "a string",
            Self::Document(_) => "a document",
            Self::Array(_) => "an array",
            Self::Binary { .. } => "binary data",
            Self::Undefined => "undefined",
            Self::ObjectId(_) => "an ObjectId",
            Self::Boolean(_) => "a boolean",
            Self::DateTime(_) => "a date",
            Self::Null => "null",
            Self::Regex { .. } => "a regular expression",
            Self::DbPointer { .. } => "a DBPointer",
            Self::Code(_) => "JavaScript code",
            Self::Symbol(_) => "a symbol",
            Self::CodeWithScope { .. } => "JavaScript code with a scope",
            Self::Int32(_) => "a 32-bit integer",
            Self::Timestamp(_) => "a timestamp",
            Self::Int64(_) => "a 64-bit integer",
            Self::Decimal128(_) => "a decimal number",
            Self::MinKey => "MinKey",
            Self::MaxKey => "MaxKey",
        }
    }

    /// The bytes of the document that this value is or has inside.
    pub fn inner(&self) -> Option<&'a [u8]> {
        match self {
            Self::Document(bytes) | Self::Array(bytes) | Self::CodeWithScope { scope: bytes, .. } => {
                Some(bytes)
            }
            Self::Double(_)
            | Self::String(_)
            | Self::Binary { .. }
            | Self::Undefined
            | Self::ObjectId(_)
            | Self::Boolean(_)
            | Self::DateTime(_)
            | Self::Null
            | Self::Regex { .. }
            | Self::DbPointer { .. }
            | Self::Code(_)
            | Self::Symbol(_)
            | Self::Int32(_)
            | Self::Timestamp(_)
            | Self::Int64(_)
            | Self::Decimal128(_)
            | Self::MinKey
            | Self::MaxKey => None,
        }
    }

    /// Reads the value of a type from the beginning of bytes.
    pub(super) fn read(kind: u8, rest: &mut Bytes<'a>) -> Result<Self, Malformed> {
        Ok(match kind {
            0x01 => Self::Double(f64::from_le_bytes(rest.take_array()?)),
            0x02 => Self::String(rest.take_text()?),
            0x03 => Self::Document(rest.take_document()?),
            0x04 => Self::Array(rest.take_document()?),
            0x05 => {
                let length = rest.take_length()?;
                let subtype = rest.take_byte()?;
                Self::Binary { subtype, bytes: rest.take_within(length)? }
            }
            0x06 => Self::Undefined,
            0x07 => Self::ObjectId(rest.take_array()?),
            0x08 => match rest.take_byte()? {
                0 => Self::Boolean(false),
                1 => Self::Boolean(true),
                other => return Err(Malformed::Boolean(other)),
            },
            0x09 => Self::DateTime(i64::from_le_bytes(rest.take_array()?)),
            0x0a => Self::Null,
            0x0b => Self::Regex { pattern: rest.take_name()?, options: rest.take_name()? },
            0x0c => Self::DbPointer { namespace: rest.take_text()?, id: rest.take_array()? },
            0x0d => Self::Code(rest.take_text()?),
            0x0e => Self::Symbol(rest.take_text()?),
            0x0f => {
                let length = rest.take_length()?.checked_sub(4).ok_or(Malformed::Length)?;
                let mut whole = Bytes(rest.take_within(length)?);
                let (code, scope) = (whole.take_text()?, whole.take_document()?);
                if !whole.0.is_empty() {
                    return Err(Malformed::Length);
                }
                Self::CodeWithScope { code, scope }
            }
            0x10 => Self::Int32(i32::from_le_bytes(rest.take_array()?)),
            0x11 => Self::Timestamp(u64::from_le_bytes(rest.take_array()?)),
            0x12 => Self::Int64(i64::from_le_bytes(rest.take_array()?)),
            0x13 => Self::Decimal128(rest.take_array()?),
            0x7f => Self::MaxKey,
            0xff => Self::MinKey,
            other => return Err(Malformed::Type(other)),
        })
    }

    /// Appends the value as it stands after its field name.
    pub(in crate::domain::document) fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Double(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Self::String(text) | Self::Code(text) | Self::Symbol(text) => put_text(bytes, text),
            Self::Document(inner) | Self::Array(inner) => bytes.extend_from_slice(inner),
            Self::Binary { subtype, bytes: content } => {
                put_length(bytes, content.len());
                bytes.push(*subtype);
                bytes.extend_from_slice(content);
            }
            Self::ObjectId(id) => bytes.extend_from_slice(id),
            Self::Boolean(flag) => bytes.push(u8::from(*flag)),
            Self::DateTime(number) | Self::Int64(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Self::Regex { pattern, options } => {
                put_name(bytes, pattern);
                put_name(bytes, options);
            }
            Self::DbPointer { namespace, id } => {
                put_text(bytes, namespace);
                bytes.extend_from_slice(id);
            }
            Self::CodeWithScope { code, scope } => {
                put_length(bytes, 4 + 4 + code.len() + 1 + scope.len());
                put_text(bytes, code);
                bytes.extend_from_slice(scope);
            }
            Self::Int32(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Self::Timestamp(number) => bytes.extend_from_slice(&number.to_le_bytes()),
            Self::Decimal128(number) => bytes.extend_from_slice(number),
            Self::Undefined | Self::Null | Self::MinKey | Self::MaxKey => {}
        }
    }
}

/// Bytes that are read from the beginning.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn take_within(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        self.take(count).ok_or(Malformed::Length)
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N).and_then(|taken| taken.try_into().ok()).ok_or(Malformed::Cut)
    }

    pub(super) fn take_byte(&mut self) -> Result<u8, Malformed> {
        self.take_array::<1>().map(|[byte]| byte)
    }

    pub(super) fn take_length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(i32::from_le_bytes(self.take_array()?)).map_err(|_| Malformed::Length)
    }

    /// Bytes up to a NUL.
    pub(super) fn take_name(&mut self) -> Result<&'a [u8], Malformed> {
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(Malformed::Unterminated)?;
        let name = self.take(end).ok_or(Malformed::Cut)?;
        self.take_byte()?;
        Ok(name)
    }

    /// Bytes after their length, with a NUL at the end; there may be others inside.
    fn take_text(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.take_length()?;
        let text = self.take_within(length)?;
        match text.split_last() {
            Some((0, text)) => Ok(text),
            Some(_) => Err(Malformed::Unterminated),
            None => Err(Malformed::Length),
        }
    }

    fn take_document(&mut self) -> Result<&'a [u8], Malformed> {
        let mut ahead = Bytes(self.0);
        let length = ahead.take_length()?;
        if length < EMPTY {
            return Err(Malformed::Length);
        }
        self.take_within(length)
    }
}

/// A value with its own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedValue {
    /// A document whose only field is the value.
    document: Vec<u8>,
}

impl OwnedValue {
    /// Copies a value.
    pub fn new(value: &Value<'_>) -> Self {
        let mut builder = Builder::default();
        builder.put(b"", value);
        Self { document: builder.finish() }
    }

    pub(in crate::domain::document) fn from_document(document: Vec<u8>) -> Self {
        Self { document }
    }

    /// The value.
    pub fn get(&self) -> Value<'_> {
        Elements::of(&self.document).next().and_then(|element| element.value.ok()).unwrap_or(Value::Null)
    }
}
