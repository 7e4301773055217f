//! Documents that stand for a value of a type that JSON does not have, such as `{"$oid": "…"}`.

use super::date::read_date;
use super::write::{Form, value_to_string};
use crate::domain::document::decimal::Decimal;
use crate::domain::document::raw::{Element, Elements, Value};
use crate::domain::text::quoted;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

/// The keys by which such a document is known. `$scope`, `$ref`, `$id`, `$regex` and others alone are ordinary names.
const KEYS: [&str; 16] = [
    "$oid",
    "$symbol",
    "$numberInt",
    "$numberLong",
    "$numberDouble",
    "$numberDecimal",
    "$binary",
    "$uuid",
    "$code",
    "$timestamp",
    "$regularExpression",
    "$dbPointer",
    "$date",
    "$minKey",
    "$maxKey",
    "$undefined",
];

/// The options of a regular expression that MongoDB knows.
const OPTIONS: &[u8] = b"imxlsu";

/// What a document stands for, given to the function; `None` if it is an ordinary document.
///
/// # Errors
/// What is wrong, when it has a key of a value and is none.
pub(super) fn unwrap<T>(document: &[u8], then: impl FnOnce(&Value<'_>) -> T) -> Result<Option<T>, String> {
    let is_wrapper = |element: &Element<'_>| KEYS.iter().any(|key| key.as_bytes() == element.name);
    let Some(element) = Elements::of(document).find(is_wrapper) else { return Ok(None) };
    let key = element.name_text().into_owned();
    let value = element.value.map_err(|malformed| malformed.to_string())?;
    let mut others = Elements::of(document).filter(|other| other.name != element.name);
    if let Value::String(code) = value
        && key == "$code"
        && let Some(Element { name: b"$scope", value: Ok(Value::Document(scope)) }) = others.next()
        && others.next().is_none()
    {
        return Ok(Some(then(&Value::CodeWithScope { code, scope })));
    }
    if let Some(other) = Elements::of(document).find(|other| other.name != element.name) {
        let other = quoted(&other.name_text());
        return Err(format!(
            "{other} stands beside \"{key}\", which stands for a value and must stand alone"
        ));
    }
    let refusal = || {
        let found = value_to_string(&value, Form::Relaxed);
        let found: String =
            if found.chars().count() > 80 { found.chars().take(80).chain(['…']).collect() } else { found };
        format!("\"{key}\" needs {}, not {found}", expected(&key))
    };
    let mut owned = Vec::new();
    let read = match key.as_str() {
        "$binary" | "$uuid" => binary(&key, &value, &mut owned),
        "$regularExpression" => regex(&value, &mut owned),
        _ => plain(&key, &value),
    };
    read.map(|value| Some(then(&value))).ok_or_else(refusal)
}

/// What the key needs, in words.
fn expected(key: &str) -> &'static str {
    match key {
        "$oid" => "24 hexadecimal digits in quotes",
        "$numberInt" => "an integer from -2147483648 to 2147483647 in quotes",
        "$numberLong" => "an integer from -9223372036854775808 to 9223372036854775807 in quotes",
        "$numberDouble" => "a number, \"NaN\", \"Infinity\" or \"-Infinity\" in quotes",
        "$numberDecimal" => "a number of up to 34 digits, from 1E-6176 to 9.99…E+6144, in quotes",
        "$binary" => "{\"base64\": with padding, \"subType\": two hexadecimal digits}",
        "$uuid" => "a UUID with hyphens in quotes",
        "$timestamp" => "{\"t\": seconds, \"i\": counter}, each from 0 to 4294967295",
        "$regularExpression" => "{\"pattern\": text without NUL, \"options\": letters of imxlsu, each once}",
        "$dbPointer" => "{\"$ref\": text, \"$id\": ObjectId}",
        "$date" => "date, time and zone such as \"2026-03-04T05:06:07Z\", or milliseconds since 1970",
        "$minKey" | "$maxKey" => "1",
        "$undefined" => "true",
        "$code" => "a text, and beside it nothing but \"$scope\" with a document",
        _ => "a text",
    }
}

fn utf8<'a>(value: &Value<'a>) -> Option<&'a str> {
    if let Value::String(text) = value { std::str::from_utf8(text).ok() } else { None }
}

fn integer(value: &Value<'_>) -> Option<i64> {
    if let Value::Int32(number) = value {
        return Some((*number).into());
    }
    if let Value::Int64(number) = value { Some(*number) } else { None }
}

/// The values of exactly two fields, in any order.
fn pair<'a>(value: &Value<'a>, first: &str, second: &str) -> Option<(Value<'a>, Value<'a>)> {
    let Value::Document(inner) = value else { return None };
    let find = |name: &str| {
        Elements::of(inner).find(|element| element.name == name.as_bytes()).and_then(|found| found.value.ok())
    };
    if Elements::of(inner).count() == 2 { Some((find(first)?, find(second)?)) } else { None }
}

/// Values that need no bytes of their own.
fn plain<'a>(key: &str, value: &Value<'a>) -> Option<Value<'a>> {
    Some(match (key, *value) {
        ("$symbol", Value::String(text)) => Value::Symbol(text),
        ("$code", Value::String(text)) => Value::Code(text),
        ("$minKey", Value::Int32(1)) => Value::MinKey,
        ("$maxKey", Value::Int32(1)) => Value::MaxKey,
        ("$undefined", Value::Boolean(true)) => Value::Undefined,
        ("$oid", _) => Value::ObjectId(object_id(utf8(value)?)?),
        ("$numberInt", _) => Value::Int32(digits(utf8(value)?)?.parse().ok()?),
        ("$numberLong", _) => Value::Int64(digits(utf8(value)?)?.parse().ok()?),
        ("$numberDouble", _) => Value::Double(double(utf8(value)?)?),
        ("$numberDecimal", _) => Value::Decimal128(Decimal::parse(utf8(value)?).ok()?.to_bytes()),
        ("$date", Value::String(_)) => Value::DateTime(read_date(utf8(value)?)?),
        ("$date", _) => Value::DateTime(integer(value)?),
        ("$timestamp", _) => {
            let (seconds, counter) = pair(value, "t", "i")?;
            let part = |value| u32::try_from(integer(&value)?).ok();
            Value::Timestamp(u64::from(part(seconds)?) << 32 | u64::from(part(counter)?))
        }
        ("$dbPointer", _) => match pair(value, "$ref", "$id")? {
            (Value::String(namespace), Value::ObjectId(id)) => Value::DbPointer { namespace, id },
            _ => return None,
        },
        _ => return None,
    })
}

fn digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // The parser would also take words such as "inf".
        _ if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

/// The bytes of 24 hexadecimal digits.
pub(in crate::domain::document) fn object_id(text: &str) -> Option<[u8; 12]> {
    if text.len() != 24 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut id = [0; 12];
    for (byte, place) in id.iter_mut().zip((0..24).step_by(2)) {
        *byte = u8::from_str_radix(text.get(place..place + 2)?, 16).ok()?;
    }
    Some(id)
}

fn binary<'b>(key: &str, value: &Value<'_>, owned: &'b mut Vec<u8>) -> Option<Value<'b>> {
    if key == "$uuid" {
        let text = utf8(value)?;
        let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36)?;
        owned.extend_from_slice(uuid.as_bytes());
        return Some(Value::Binary { subtype: 4, bytes: owned });
    }
    let (content, subtype) = pair(value, "base64", "subType")?;
    let subtype = utf8(&subtype)?;
    if subtype.len() != 2 || !subtype.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let subtype = u8::from_str_radix(subtype, 16).ok()?;
    let content = BASE64_STANDARD.decode(utf8(&content)?).ok()?;
    if subtype == 2 {
        owned.extend_from_slice(&i32::try_from(content.len()).ok()?.to_le_bytes());
    }
    owned.extend_from_slice(&content);
    Some(Value::Binary { subtype, bytes: owned })
}

fn regex<'b>(value: &Value<'b>, owned: &'b mut Vec<u8>) -> Option<Value<'b>> {
    let (Value::String(pattern), Value::String(options)) = pair(value, "pattern", "options")? else {
        return None;
    };
    owned.extend_from_slice(options);
    owned.sort_unstable();
    let is_repeated = owned.windows(2).any(|pair| matches!(pair, [one, two] if one == two));
    if is_repeated || pattern.contains(&0) || !owned.iter().all(|option| OPTIONS.contains(option)) {
        return None;
    }
    Some(Value::Regex { pattern, options: owned })
}
