//! MongoDB's order of BSON values, as bytes: one value is less than another where its key is less, byte by byte, and two
//! values are equal for MongoDB where their keys are equal.
//!
//! Keys are stored, so their form never changes. A key is the [class] of the value, one byte, and then:
//!
//! | value | class | bytes |
//! |---|---|---|
//! | MinKey | `05` | |
//! | undefined | `08` | |
//! | null | `0a` | |
//! | numbers of all types | `10` | see below |
//! | strings, symbols | `18` | the text, each `00` in it as `00 ff`, and `00` |
//! | documents | `20` | for each field its class, its name, `00`, and what follows the class in its key; at the end `00` |
//! | arrays | `28` | for each element its key; at the end `00` |
//! | binary | `30` | length (4 bytes, the highest first), subtype, the bytes |
//! | ObjectId | `38` | its 12 bytes |
//! | booleans | `40` | `00` or `01` |
//! | dates | `48` | milliseconds, 8 bytes, the highest first, the sign bit turned round |
//! | timestamps | `50` | 8 bytes, the highest first |
//! | regular expressions | `58` | pattern, `00`, options, `00` |
//! | DBPointer | `60` | length of the namespace (4 bytes), namespace, `00`, the id |
//! | code | `68` | as a string |
//! | code with scope | `70` | as a string, then as a document |
//! | MaxKey | `f0` | |
//!
//! Numbers are compared by what they are exactly, whatever their type: `01` is NaN (of any sign and payload), `02`
//! -Infinity, `03` a negative number, `04` zero of any sign, `05` a positive number, `06` Infinity. A positive number is
//! 0.D₁D₂…Dₙ × 100ᵉ with digits of base 100, D₁ and Dₙ not 0; after `05` come e + 32768 (2 bytes, the highest first), each
//! digit + 1, and `00`. A negative number has the same bytes after `03`, each one turned round (255 less the byte).
//!
//! The key of a number has at most 389 bytes, that of an integer at most 15. Any other key is at most twice as long as the
//! value in BSON, but for the numbers inside of documents.

mod number;

use super::raw::{Elements, Malformed, Value};

/// What ends a text, a document or an array: less than each class.
const END: u8 = 0x00;
/// What follows [`END`] inside of a text: greater than each class.
const NOT_END: u8 = 0xff;
/// The class of numbers.
pub(super) const NUMBERS: u8 = 0x10;
/// The key of every NaN.
pub(super) const NAN_KEY: [u8; 2] = [NUMBERS, number::NAN];

/// The class of a value: MongoDB compares values of one class by what they are, and others by their class alone.
pub fn class(value: &Value<'_>) -> u8 {
    match value {
        Value::MinKey => 0x05,
        Value::Undefined => 0x08,
        Value::Null => 0x0a,
        Value::Double(_) | Value::Int32(_) | Value::Int64(_) | Value::Decimal128(_) => NUMBERS,
        Value::String(_) | Value::Symbol(_) => 0x18,
        Value::Document(_) => 0x20,
        Value::Array(_) => 0x28,
        Value::Binary { .. } => 0x30,
        Value::ObjectId(_) => 0x38,
        Value::Boolean(_) => 0x40,
        Value::DateTime(_) => 0x48,
        Value::Timestamp(_) => 0x50,
        Value::Regex { .. } => 0x58,
        Value::DbPointer { .. } => 0x60,
        Value::Code(_) => 0x68,
        Value::CodeWithScope { .. } => 0x70,
        Value::MaxKey => 0xf0,
    }
}

/// The classes of values that an `_id` may have, in their order, with the numbers of their types in `$type`.
const TYPES_OF_IDS: [(u8, &[i32]); 14] = [
    (0x05, &[-1]),
    (0x0a, &[10]),
    (NUMBERS, &[1, 16, 18, 19]),
    (0x18, &[2, 14]),
    (0x20, &[3]),
    (0x30, &[5]),
    (0x38, &[7]),
    (0x40, &[8]),
    (0x48, &[9]),
    (0x50, &[17]),
    (0x60, &[12]),
    (0x68, &[13]),
    (0x70, &[15]),
    (0xf0, &[127]),
];

/// The types, as numbers of `$type`, of `_id`s that are greater than each value of this class; less ones if `reverse`.
pub fn types_behind(class: u8, reverse: bool) -> Vec<i32> {
    let is_behind = |other: u8| if reverse { other < class } else { other > class };
    TYPES_OF_IDS
        .iter()
        .filter(|(other, _)| is_behind(*other))
        .flat_map(|(_, types)| *types)
        .copied()
        .collect()
}

/// The key of a value.
///
/// # Errors
/// When the value is a document or an array with malformed bytes inside.
pub fn key(value: &Value<'_>) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::with_capacity(16);
    write_key(&mut bytes, value)?;
    Ok(bytes)
}

/// Appends the key of a value.
///
/// # Errors
/// As [`key`]; part of the key is then appended.
pub fn write_key(out: &mut Vec<u8>, value: &Value<'_>) -> Result<(), Malformed> {
    out.push(class(value));
    // The documents and arrays that the value stands in, and whether each is a document.
    let mut open: Vec<(Elements<'_>, bool)> = Vec::new();
    open.extend(write_value(out, value));
    while let Some((elements, has_names)) = open.last_mut() {
        let Some(element) = elements.next() else {
            out.push(END);
            open.pop();
            continue;
        };
        let value = element.value?;
        out.push(class(&value));
        if *has_names {
            out.extend_from_slice(element.name);
            out.push(END);
        }
        open.extend(write_value(out, &value));
    }
    Ok(())
}

/// Appends what follows the class; returns what else is to be written, with [`END`] behind it.
fn write_value<'a>(out: &mut Vec<u8>, value: &Value<'a>) -> Option<(Elements<'a>, bool)> {
    match *value {
        Value::MinKey | Value::Undefined | Value::Null | Value::MaxKey => {}
        Value::Double(number) => number::write_double(out, number),
        Value::Int32(number) => number::write_integer(out, number.into()),
        Value::Int64(number) => number::write_integer(out, number),
        Value::Decimal128(bytes) => number::write_decimal(out, bytes),
        Value::String(text) | Value::Symbol(text) | Value::Code(text) => write_text(out, text),
        Value::Document(inner) => return Some((Elements::of(inner), true)),
        Value::Array(inner) => return Some((Elements::of(inner), false)),
        Value::Binary { subtype, bytes } => {
            write_length(out, bytes);
            out.push(subtype);
            out.extend_from_slice(bytes);
        }
        Value::ObjectId(id) => out.extend_from_slice(&id),
        Value::Boolean(flag) => out.push(u8::from(flag)),
        Value::DateTime(milliseconds) => {
            out.extend_from_slice(&(milliseconds.cast_unsigned() ^ (1 << 63)).to_be_bytes());
        }
        Value::Timestamp(number) => out.extend_from_slice(&number.to_be_bytes()),
        Value::Regex { pattern, options } => {
            for text in [pattern, options] {
                out.extend_from_slice(text);
                out.push(END);
            }
        }
        Value::DbPointer { namespace, id } => {
            write_length(out, namespace);
            out.extend_from_slice(namespace);
            out.push(END);
            out.extend_from_slice(&id);
        }
        Value::CodeWithScope { code, scope } => {
            write_text(out, code);
            return Some((Elements::of(scope), true));
        }
    }
    None
}

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    out.reserve(text.len() + 1);
    for byte in text {
        out.push(*byte);
        if *byte == END {
            out.push(NOT_END);
        }
    }
    out.push(END);
}

fn write_length(out: &mut Vec<u8>, bytes: &[u8]) {
    // The length of a value in a document always fits in 31 bits.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests;
