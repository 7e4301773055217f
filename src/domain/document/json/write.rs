//! The writer: from the bytes of a document to text, without anything in between.

use super::date::write_date;
use super::string::write_string;
use crate::domain::document::decimal::Decimal;
use crate::domain::document::raw::{Elements, MAX_STORED_LEVELS, Malformed, Value};
use base64::display::Base64Display;
use base64::prelude::BASE64_STANDARD;
use std::fmt::{self, Write};
use std::io;

/// How exact types are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Plain numbers and readable dates.
    Relaxed,
    /// Every number with its type.
    Canonical,
    /// As relaxed, but what is read back has the same types: a 64-bit integer that would fit in 32 bits is written with
    /// its type.
    Editor,
}

/// How much white space there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All on one line, without spaces.
    Compact,
    /// A line for each field, indented by two spaces a level. Values with a type, such as an ObjectId, stay on one line.
    Pretty,
}

/// Writes a document. What is malformed is written as `{"$malformed": REASON}` in its place.
///
/// # Errors
/// When the writer fails.
pub fn write(out: &mut impl Write, document: &[u8], form: Form, layout: Layout) -> fmt::Result {
    Writer { out, form, layout }.whole(&Value::Document(document))
}

/// Writes one value on one line, as [`write()`].
///
/// # Errors
/// When the writer fails.
pub fn write_value(out: &mut impl Write, value: &Value<'_>, form: Form) -> fmt::Result {
    Writer { out, form, layout: Layout::Compact }.whole(value)
}

/// [`write()`] to a file or a stream, which should have a buffer.
///
/// # Errors
/// The writer's own error.
pub fn write_io(out: &mut impl io::Write, document: &[u8], form: Form, layout: Layout) -> io::Result<()> {
    let mut stream = Stream { out, failure: None };
    let written = write(&mut stream, document, form, layout);
    match stream.failure {
        Some(failure) => Err(failure),
        None => written.map_err(io::Error::other),
    }
}

/// A document as text, as [`write()`].
pub fn to_string(document: &[u8], form: Form, layout: Layout) -> String {
    let mut text = String::with_capacity(document.len() * 2);
    // Writing to a String does not fail.
    let _ = write(&mut text, document, form, layout);
    text
}

/// A value as text, as [`write_value`].
pub fn value_to_string(value: &Value<'_>, form: Form) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    let _ = write_value(&mut text, value, form);
    text
}

/// A stream as a writer of text, which keeps the stream's error.
struct Stream<'w, W> {
    out: &'w mut W,
    failure: Option<io::Error>,
}

impl<W: io::Write> Write for Stream<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|failure| {
            self.failure = Some(failure);
            fmt::Error
        })
    }
}

/// A document or an array that is not finished.
struct Open<'a> {
    elements: Elements<'a>,
    is_empty: bool,
    /// Names are written; not so in arrays.
    has_names: bool,
    end: &'static str,
}

struct Writer<'w, W> {
    out: &'w mut W,
    form: Form,
    layout: Layout,
}

impl<W: Write> Writer<'_, W> {
    fn whole(&mut self, value: &Value<'_>) -> fmt::Result {
        let mut open: Vec<Open<'_>> = Vec::new();
        open.extend(self.value(value)?);
        while let Some(inner) = open.last_mut() {
            let Some(element) = inner.elements.next() else {
                let (is_empty, end) = (inner.is_empty, inner.end);
                open.pop();
                if !is_empty {
                    self.line(open.len())?;
                }
                self.out.write_str(end)?;
                continue;
            };
            let has_names = inner.has_names;
            if !std::mem::replace(&mut inner.is_empty, false) {
                self.out.write_char(',')?;
            }
            let level = open.len();
            self.line(level)?;
            if has_names {
                write_string(self.out, element.name)?;
                self.out.write_str(if self.layout == Layout::Pretty { ": " } else { ":" })?;
            }
            match element.value {
                Ok(value) if level >= MAX_STORED_LEVELS && value.inner().is_some() => {
                    self.malformed(&format_args!("more than {MAX_STORED_LEVELS} levels"))?;
                }
                Ok(value) => open.extend(self.value(&value)?),
                Err(malformed) => self.unreadable(malformed)?,
            }
        }
        Ok(())
    }

    /// The end of a line, and the spaces of the next one.
    fn line(&mut self, level: usize) -> fmt::Result {
        if self.layout == Layout::Compact {
            return Ok(());
        }
        write!(self.out, "\n{:width$}", "", width = level * 2)
    }

    fn unreadable(&mut self, malformed: Malformed) -> fmt::Result {
        self.malformed(&format_args!("{malformed}"))
    }

    fn malformed(&mut self, reason: &fmt::Arguments<'_>) -> fmt::Result {
        write!(self.out, "{{\"$malformed\":\"{reason}\"}}")
    }

    /// Writes a value; of a document or an array only its beginning, and returns what is left of it.
    fn value<'a>(&mut self, value: &Value<'a>) -> Result<Option<Open<'a>>, fmt::Error> {
        let open = |inner, has_names, end| {
            Ok(Some(Open { elements: Elements::of(inner), is_empty: true, has_names, end }))
        };
        match *value {
            Value::Document(inner) => {
                self.out.write_char('{')?;
                return open(inner, true, "}");
            }
            Value::Array(inner) => {
                self.out.write_char('[')?;
                return open(inner, false, "]");
            }
            Value::CodeWithScope { code, scope } => {
                self.out.write_str("{\"$code\":")?;
                write_string(self.out, code)?;
                self.out.write_str(",\"$scope\":{")?;
                return open(scope, true, "}}");
            }
            Value::Double(number) => self.double(number)?,
            Value::Int32(number) if self.form == Form::Canonical => {
                write!(self.out, "{{\"$numberInt\":\"{number}\"}}")?;
            }
            Value::Int32(number) => write!(self.out, "{number}")?,
            Value::Int64(number) => self.long(number)?,
            Value::Boolean(flag) => self.out.write_str(if flag { "true" } else { "false" })?,
            Value::Null => self.out.write_str("null")?,
            Value::String(text) => write_string(self.out, text)?,
            Value::DateTime(milliseconds) => self.date(milliseconds)?,
            Value::ObjectId(_)
            | Value::Binary { .. }
            | Value::Undefined
            | Value::Regex { .. }
            | Value::DbPointer { .. }
            | Value::Code(_)
            | Value::Symbol(_)
            | Value::Timestamp(_)
            | Value::Decimal128(_)
            | Value::MinKey
            | Value::MaxKey => self.special(value)?,
        }
        Ok(None)
    }

    fn double(&mut self, number: f64) -> fmt::Result {
        // Rust's shortest form that reads back as the same number; it always has a point or an exponent.
        if number.is_nan() {
            self.out.write_str("{\"$numberDouble\":\"NaN\"}")
        } else if number.is_infinite() {
            let sign = if number < 0.0 { "-" } else { "" };
            write!(self.out, "{{\"$numberDouble\":\"{sign}Infinity\"}}")
        } else if self.form == Form::Canonical {
            write!(self.out, "{{\"$numberDouble\":\"{number:?}\"}}")
        } else {
            write!(self.out, "{number:?}")
        }
    }

    fn long(&mut self, number: i64) -> fmt::Result {
        let has_type = match self.form {
            Form::Relaxed => false,
            Form::Canonical => true,
            Form::Editor => i32::try_from(number).is_ok(),
        };
        if has_type {
            write!(self.out, "{{\"$numberLong\":\"{number}\"}}")
        } else {
            write!(self.out, "{number}")
        }
    }

    fn date(&mut self, milliseconds: i64) -> fmt::Result {
        self.out.write_str("{\"$date\":")?;
        if self.form != Form::Canonical {
            let mut text = String::with_capacity(24);
            if write_date(&mut text, milliseconds)? {
                return write!(self.out, "\"{text}\"}}");
            }
        }
        write!(self.out, "{{\"$numberLong\":\"{milliseconds}\"}}}}")
    }

    /// A value that is written the same in every form.
    fn special(&mut self, value: &Value<'_>) -> fmt::Result {
        match *value {
            Value::ObjectId(id) => self.object_id(id)?,
            Value::Binary { subtype, bytes } => {
                let bytes = without_second_length(subtype, bytes);
                let text = Base64Display::new(bytes, &BASE64_STANDARD);
                write!(self.out, "{{\"$binary\":{{\"base64\":\"{text}\",\"subType\":\"{subtype:02x}\"}}}}")?;
            }
            Value::Regex { pattern, options } => {
                self.out.write_str("{\"$regularExpression\":{\"pattern\":")?;
                write_string(self.out, pattern)?;
                self.out.write_str(",\"options\":")?;
                let mut sorted = options.to_vec();
                sorted.sort_unstable();
                write_string(self.out, &sorted)?;
                self.out.write_str("}}")?;
            }
            Value::DbPointer { namespace, id } => {
                self.out.write_str("{\"$dbPointer\":{\"$ref\":")?;
                write_string(self.out, namespace)?;
                self.out.write_str(",\"$id\":")?;
                self.object_id(id)?;
                self.out.write_str("}}")?;
            }
            Value::Code(text) => self.wrapped("$code", text)?,
            Value::Symbol(text) => self.wrapped("$symbol", text)?,
            Value::Timestamp(number) => {
                let (seconds, counter) = (number >> 32, number & 0xffff_ffff);
                write!(self.out, "{{\"$timestamp\":{{\"t\":{seconds},\"i\":{counter}}}}}")?;
            }
            Value::Decimal128(bytes) => {
                write!(self.out, "{{\"$numberDecimal\":\"{}\"}}", Decimal::from_bytes(bytes))?;
            }
            Value::Undefined => self.out.write_str("{\"$undefined\":true}")?,
            Value::MinKey => self.out.write_str("{\"$minKey\":1}")?,
            Value::MaxKey => self.out.write_str("{\"$maxKey\":1}")?,
            Value::Double(_)
            | Value::String(_)
            | Value::Document(_)
            | Value::Array(_)
            | Value::Boolean(_)
            | Value::DateTime(_)
            | Value::Null
            | Value::CodeWithScope { .. }
            | Value::Int32(_)
            | Value::Int64(_) => {}
        }
        Ok(())
    }

    fn wrapped(&mut self, key: &str, text: &[u8]) -> fmt::Result {
        write!(self.out, "{{\"{key}\":")?;
        write_string(self.out, text)?;
        self.out.write_char('}')
    }

    fn object_id(&mut self, id: [u8; 12]) -> fmt::Result {
        self.out.write_str("{\"$oid\":\"")?;
        for byte in id {
            write!(self.out, "{byte:02x}")?;
        }
        self.out.write_str("\"}")
    }
}

/// Bytes of subtype 2 are written without the second length in them, if it is right.
fn without_second_length(subtype: u8, bytes: &[u8]) -> &[u8] {
    match bytes.split_first_chunk::<4>() {
        Some((length, content))
            if subtype == 2 && usize::try_from(i32::from_le_bytes(*length)) == Ok(content.len()) =>
        {
            content
        }
        _ => bytes,
    }
}
