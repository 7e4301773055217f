//! The values that operators take.

use super::super::raw::{Element, Elements, Value};
use super::ast::{Negation, Operand, Test};
use super::error::QueryError;
use super::pattern::Pattern;

/// Names of types and their numbers.
const TYPES: [(&str, u8); 21] = [
    ("double", 0x01),
    ("string", 0x02),
    ("object", 0x03),
    ("array", 0x04),
    ("binData", 0x05),
    ("undefined", 0x06),
    ("objectId", 0x07),
    ("bool", 0x08),
    ("date", 0x09),
    ("null", 0x0a),
    ("regex", 0x0b),
    ("dbPointer", 0x0c),
    ("javascript", 0x0d),
    ("symbol", 0x0e),
    ("javascriptWithScope", 0x0f),
    ("int", 0x10),
    ("timestamp", 0x11),
    ("long", 0x12),
    ("decimal", 0x13),
    ("maxKey", 0x7f),
    ("minKey", 0xff),
];
const NUMBER_TYPES: [u8; 4] = [0x01, 0x10, 0x12, 0x13];

/// The fields of a document that the reader made.
pub(super) fn fields(document: &[u8]) -> impl Iterator<Item = (&[u8], Value<'_>)> {
    Elements::of(document).filter_map(|Element { name, value }| Some((name, value.ok()?)))
}

pub(super) fn elements<'a>(
    operator: &str,
    value: &Value<'a>,
    needs: &'static str,
) -> Result<impl Iterator<Item = Value<'a>> + use<'a>, QueryError> {
    if let Value::Array(inner) = value {
        Ok(fields(inner).map(|(_, value)| value))
    } else {
        Err(QueryError::operand(operator, needs, value))
    }
}

pub(super) fn operand(operator: &str, value: &Value<'_>) -> Result<Operand, QueryError> {
    if *value == Value::Undefined {
        return Err(QueryError::operand(operator, "a value that can be compared", value));
    }
    Ok(Operand::new(value))
}

pub(super) fn plain_operand(operator: &str, value: &Value<'_>) -> Result<Operand, QueryError> {
    if let Value::Regex { .. } = value {
        return Err(QueryError::operand(operator, "a value other than a regular expression", value));
    }
    operand(operator, value)
}

pub(super) fn exists(value: &Value<'_>) -> Result<Test, QueryError> {
    if *value == Value::Boolean(true) {
        Ok(Test::Exists)
    } else if *value == Value::Boolean(false) {
        Ok(Test::Not(Negation::Missing, vec![Test::Exists]))
    } else {
        Err(QueryError::operand("$exists", "true or false", value))
    }
}

/// An integer of any type.
fn integer(value: &Value<'_>) -> Option<i64> {
    if let Value::Int32(number) = value {
        return Some((*number).into());
    }
    if let Value::Int64(number) = value {
        return Some(*number);
    }
    let Value::Double(number) = value else { return None };
    #[expect(clippy::cast_possible_truncation, reason = "an integer that fits")]
    let whole = *number as i64;
    (number.fract() == 0.0 && number.abs() < 9e15).then_some(whole)
}

pub(super) fn size(value: &Value<'_>) -> Result<usize, QueryError> {
    let size = integer(value).and_then(|number| usize::try_from(number).ok());
    size.ok_or_else(|| QueryError::operand("$size", "an integer from 0", value))
}

pub(super) fn types(value: &Value<'_>) -> Result<Vec<u8>, QueryError> {
    const NEEDS: &str =
        "the name of a type such as \"string\" or \"number\", its number in BSON, or an array of these";
    let listed: Vec<Value<'_>> = if let Value::Array(inner) = value {
        fields(inner).map(|(_, one)| one).collect()
    } else {
        vec![*value]
    };
    let mut types = Vec::new();
    for one in &listed {
        let found = numbers_of_type(one);
        if found.is_empty() {
            return Err(QueryError::operand("$type", NEEDS, one));
        }
        types.extend(found);
    }
    if types.is_empty() { Err(QueryError::operand("$type", NEEDS, value)) } else { Ok(types) }
}

/// The numbers of the types that a value names; none if it names no type.
fn numbers_of_type(value: &Value<'_>) -> Vec<u8> {
    if *value == Value::String(b"number") {
        return NUMBER_TYPES.into();
    }
    // MinKey is -1 here.
    let number = integer(value).and_then(|number| match number {
        -1 => Some(0xff),
        0xff => None,
        _ => u8::try_from(number).ok(),
    });
    let is_meant =
        |(name, known): &&(&str, u8)| *value == Value::String(name.as_bytes()) || number == Some(*known);
    TYPES.iter().find(is_meant).map(|(_, number)| *number).into_iter().collect()
}

pub(super) fn regex(value: &Value<'_>, options: Option<Value<'_>>) -> Result<Pattern, QueryError> {
    const NEEDS: &str = "a text of letters of imsx, and no options inside of $regex";
    let given: &[u8] = match options {
        None => b"",
        Some(Value::String(options)) => options,
        Some(other) => return Err(QueryError::operand("$options", NEEDS, &other)),
    };
    if let Value::String(pattern) = value {
        return Pattern::new(pattern, given);
    }
    let Value::Regex { pattern, options: own } = value else {
        return Err(QueryError::operand("$regex", "a text or a regular expression", value));
    };
    match options {
        Some(other) if !own.is_empty() => Err(QueryError::operand("$options", NEEDS, &other)),
        _ => Pattern::new(pattern, if own.is_empty() { given } else { own }),
    }
}
