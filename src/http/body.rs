//! Bodies: JSON objects, bounded in bytes and in time.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;
use std::time::Duration;

/// Bytes of a body at most.
pub(super) const MAX_BODY: usize = 64 * 1024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);
/// Bytes for which a route with bigger bodies gives another second.
const BYTES_A_SECOND: usize = 512 * 1024;

/// Why there is no object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyError {
    /// More bytes than allowed.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The client left, or broke the framing of the body.
    Broken,
    /// Another type than JSON.
    NotJson,
    /// Compressed, by its headers.
    Compressed,
    /// It cannot be read as JSON, or a key is there twice; the position is in bytes from the start, if known.
    Invalid(Option<usize>),
    /// JSON, but not an object.
    NotAnObject,
}

/// The bytes of a body, if its head tells them.
pub(super) fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body.
pub(super) async fn bytes(headers: &HeaderMap, body: Body, max: usize) -> Result<Bytes, BodyError> {
    if length(headers).is_some_and(|length| length > max) {
        return Err(BodyError::TooLarge);
    }
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|coding| coding != "identity") {
        return Err(BodyError::Compressed);
    }
    let time = BODY_TIME + Duration::from_secs((max / BYTES_A_SECOND) as u64);
    let read = tokio::time::timeout(time, Limited::new(body, max).collect());
    match read.await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// The JSON object of a body of at most [`MAX_BODY`] bytes.
pub(super) async fn object(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, BodyError> {
    if !is_json(headers) {
        return Err(BodyError::NotJson);
    }
    parse(&bytes(headers, body, MAX_BODY).await?)
}

/// The JSON object of a body that may be left out, and is empty then.
pub(super) async fn object_if_any(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, BodyError> {
    let bytes = bytes(headers, body, MAX_BODY).await?;
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    if is_json(headers) { parse(&bytes) } else { Err(BodyError::NotJson) }
}

/// Without a content type a body is taken as JSON: earlier builds of the service that tenantry replaces did so.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, BodyError> {
    let text = std::str::from_utf8(bytes).map_err(|error| BodyError::Invalid(Some(error.valid_up_to())))?;
    let text = text.trim_start_matches('\u{feff}');
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(Value::Object(object))) => Ok(object),
        Ok(_) => Err(BodyError::NotAnObject),
        Err(error) => Err(BodyError::Invalid(offset(text, error.line(), error.column()))),
    }
}

/// The position of a line and a column, both from 1, in bytes from the start.
fn offset(text: &str, line: usize, column: usize) -> Option<usize> {
    let before = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    Some(before + column.saturating_sub(1))
}

/// JSON in which no object has a key twice: two values for one name are a mistake, and neither is taken.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, _>()? {
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_object_without_repeated_keys_is_taken() {
        for right in ["{}", " \r\n{\"a\": [1, -2, 1.5, null, true, {\"b\": \"c\"}]}\n", "\u{feff}{}"] {
            assert!(parse(right.as_bytes()).is_ok(), "{right}");
        }
        for wrong in
            ["", "{", "{} {}", "{\"a\": 1,}", "{\"a\": NaN}", "{\"a\": 1e400}", "{\"a\": \"\\ud800\"}"]
        {
            assert!(matches!(parse(wrong.as_bytes()), Err(BodyError::Invalid(Some(_)))), "{wrong}");
        }
        for twice in ["{\"a\": 1, \"a\": 1}", "{\"x\": [{\"a\": 1, \"\\u0061\": 2}]}"] {
            assert!(matches!(parse(twice.as_bytes()), Err(BodyError::Invalid(_))), "{twice}");
        }
        for other in ["[]", "null", "\"x\"", "7"] {
            assert_eq!(parse(other.as_bytes()), Err(BodyError::NotAnObject), "{other}");
        }
        assert_eq!(parse(b"{\"a\": \"\xff\"}"), Err(BodyError::Invalid(Some(7))));
        assert!(matches!(parse("[".repeat(100_000).as_bytes()), Err(BodyError::Invalid(_))), "depth");
    }

    #[test]
    fn json_has_many_names_and_none() {
        let is = |kind: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]));
        assert!(is_json(&HeaderMap::new()));
        assert!(
            ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/x+json"]
                .into_iter()
                .all(is)
        );
        assert!(
            !["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"].into_iter().any(is)
        );
    }
}
