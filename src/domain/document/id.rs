//! Ids of documents as they are typed on a command line and printed for one.

use super::incoming::check_id;
use super::json::wrapper::object_id;
use super::json::{Form, read_value, value_to_string};
use super::raw::{OwnedValue, Value};
use crate::domain::text::controls_terminal;

/// The ids that a typed text may mean, the likeliest first. Callers use the first id that exists.
///
/// 24 hexadecimal digits are an ObjectId, else a string. JSON that can be an id is that value, so that `7` is a number and
/// `"7"` a string. Any other text is a string as typed.
pub fn read_id(typed: &str) -> Vec<OwnedValue> {
    let text = OwnedValue::new(&Value::String(typed.as_bytes()));
    if let Some(id) = object_id(typed) {
        return vec![OwnedValue::new(&Value::ObjectId(id)), text];
    }
    let has_blanks_around = typed.trim() != typed;
    let value = (!has_blanks_around).then(|| read_value(typed).ok()).flatten();
    let value = value.filter(|value| {
        let value = value.get();
        let is_text = matches!(value, Value::String(_) | Value::Symbol(_));
        is_text || check_id(&value).is_ok()
    });
    vec![value.unwrap_or(text)]
}

/// An id in the form that [`read_id`] takes: an ObjectId as its digits, a string without quotes where that is read as the
/// same string, and any other value as JSON. It is one line, safe for a terminal.
pub fn print_id(id: &Value<'_>) -> String {
    if let Value::ObjectId(bytes) = id {
        return bytes.iter().fold(String::with_capacity(24), |text, byte| text + &format!("{byte:02x}"));
    }
    if let Value::String(text) | Value::Symbol(text) = id {
        let string = Value::String(text);
        return match std::str::from_utf8(text) {
            Ok(plain)
                if !plain.is_empty()
                    && !plain.chars().any(controls_terminal)
                    && read_id(plain) == [OwnedValue::new(&string)] =>
            {
                plain.to_owned()
            }
            _ => value_to_string(&string, Form::Relaxed),
        };
    }
    value_to_string(id, Form::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::order::key;
    use crate::domain::document::raw::Builder;
    use proptest::prelude::*;

    fn read(typed: &str) -> OwnedValue {
        let [value] = <[OwnedValue; 1]>::try_from(read_id(typed)).unwrap();
        value
    }

    #[test]
    fn l5_digits_are_an_object_id_then_a_string() {
        let digits = "507f1f77bcf86cd799439011";
        let [first, second] = <[OwnedValue; 2]>::try_from(read_id(digits)).unwrap();
        assert_eq!(print_id(&first.get()), digits);
        assert_eq!(second.get(), Value::String(digits.as_bytes()));
        assert_eq!(print_id(&second.get()), format!("\"{digits}\""));
        assert_eq!(read(&format!("\"{digits}\"")), second);
    }

    #[test]
    fn l6_typed_ids() {
        let long = "x".repeat(10_000);
        for (typed, value) in [
            ("7", Value::Int32(7)),
            ("\"7\"", Value::String(b"7")),
            ("7.0", Value::Double(7.0)),
            (r#"{"$numberLong":"7"}"#, Value::Int64(7)),
            ("true", Value::Boolean(true)),
            ("{", Value::String(b"{")),
            ("-7", Value::Int32(-7)),
            (" ", Value::String(b" ")),
            (" 7", Value::String(b" 7")),
            ("", Value::String(b"")),
            ("01", Value::String(b"01")),
            ("[1]", Value::String(b"[1]")),
            (r#"{"$x":1}"#, Value::String(br#"{"$x":1}"#)),
            (long.as_str(), Value::String(long.as_bytes())),
        ] {
            assert_eq!(read(typed), OwnedValue::new(&value), "{typed}");
        }
        assert_eq!(key(&read("7.0").get()), key(&Value::Int32(7)));
        assert_eq!(key(&read(r#"{"$numberLong":"7"}"#).get()), key(&Value::Int32(7)));
    }

    /// What is printed finds the document.
    #[test]
    fn l7_printed_ids_are_read_as_the_same() {
        let mut builder = Builder::default();
        builder.put(b"a", &Value::Int64(1)).begin_document(b"b").end();
        let inner = builder.finish();
        for (value, printed) in [
            (Value::MinKey, r#"{"$minKey":1}"#),
            (Value::Null, "null"),
            (Value::Double(f64::NAN), r#"{"$numberDouble":"NaN"}"#),
            (Value::Double(-0.0), "-0.0"),
            (Value::Int64(7), "7"),
            (Value::Decimal128([1; 16]), r#"{"$numberDecimal":"5.192376087906286159508272029171714E-1950"}"#),
            (Value::String(b"plain"), "plain"),
            (Value::String(b""), "\"\""),
            (Value::String(b"7"), "\"7\""),
            (Value::String(b"true"), "\"true\""),
            (Value::String(b"{}"), "\"{}\""),
            (Value::String(b"\"x\""), r#""\"x\"""#),
            (Value::String(b"a b"), "a b"),
            (Value::String(b"a\nb"), r#""a\nb""#),
            (Value::String("\u{202e}".as_bytes()), r#""\u202e""#),
            (Value::Symbol(b"s"), "s"),
            (Value::Document(&inner), r#"{"a":1,"b":{}}"#),
            (Value::Binary { subtype: 4, bytes: &[1, 2] }, r#"{"$binary":{"base64":"AQI=","subType":"04"}}"#),
            (Value::Boolean(false), "false"),
            (Value::DateTime(0), r#"{"$date":"1970-01-01T00:00:00Z"}"#),
            (Value::Timestamp(1), r#"{"$timestamp":{"t":0,"i":1}}"#),
            (Value::MaxKey, r#"{"$maxKey":1}"#),
        ] {
            assert_eq!(key(&read(&print_id(&value)).get()), key(&value), "{value:?}");
            if !matches!(value, Value::Decimal128(_)) {
                assert_eq!(print_id(&value), printed);
            }
        }
    }

    proptest! {
        #[test]
        fn strings_print_so_that_they_are_found(text in "\\PC{0,12}|[\\x00-\\x9f{}\"0-9a-f]{0,30}|[0-9a-f]{24}") {
            let value = Value::String(text.as_bytes());
            prop_assert_eq!(read(&print_id(&value)), OwnedValue::new(&value));
        }
    }
}
