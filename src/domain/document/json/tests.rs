use super::{Form, Layout, read, read_value, round_trips, to_string, value_to_string, write_io};
use crate::domain::document::incoming::{check_id, with_id};
use crate::domain::document::raw::{Builder, MAX_BYTES, MAX_LEVELS, OwnedValue, Value, levels};
use crate::domain::document::{Decimal, DocumentError};
use proptest::prelude::*;

fn relaxed(text: &str) -> String {
    value_to_string(&read_value(text).unwrap_or_else(|error| panic!("{text}: {error}")).get(), Form::Relaxed)
}

fn canonical(text: &str) -> String {
    value_to_string(&read_value(text).unwrap().get(), Form::Canonical)
}

fn shown(value: &Value<'_>) -> [String; 2] {
    [value_to_string(value, Form::Relaxed), value_to_string(value, Form::Canonical)]
}

fn refusal(text: &str) -> String {
    match read_value(text) {
        Ok(value) => panic!("{text} is read as {:?}", value.get()),
        Err(error) => error.to_string(),
    }
}

fn document(fields: &[(&str, Value<'_>)]) -> Vec<u8> {
    let mut builder = Builder::default();
    for (name, value) in fields {
        builder.put(name.as_bytes(), value);
    }
    builder.finish()
}

#[test]
fn e1_to_e4_plain_numbers_have_the_smallest_type() {
    for (text, value) in [
        ("2147483647", Value::Int32(i32::MAX)),
        ("2147483648", Value::Int64(2_147_483_648)),
        ("-2147483648", Value::Int32(i32::MIN)),
        ("-2147483649", Value::Int64(-2_147_483_649)),
        ("4611686018427387905", Value::Int64(4_611_686_018_427_387_905)),
        (r#"{"$numberLong":"3"}"#, Value::Int64(3)),
        ("9223372036854775808", Value::Double(9_223_372_036_854_775_808.0)),
        ("3.0", Value::Double(3.0)),
        ("1e16", Value::Double(1e16)),
        ("-7e2", Value::Double(-700.0)),
        ("-0", Value::Double(-0.0)),
    ] {
        assert_eq!(read_value(text).unwrap(), OwnedValue::new(&value), "{text}");
    }
    assert_eq!(relaxed("4611686018427387905"), "4611686018427387905");
    assert_eq!(relaxed(r#"{"$numberLong":"3"}"#), "3");
    assert_eq!(canonical(r#"{"$numberLong":"3"}"#), r#"{"$numberLong":"3"}"#);
    assert_eq!(relaxed("3.0"), "3.0");
    assert_eq!(relaxed("1e16"), "1e16");
    assert_eq!(relaxed("-7e2"), "-700.0");
    assert!(refusal("1e400").contains("out of range"));
}

#[test]
fn e5_to_e8_doubles_keep_their_bits() {
    for text in
        ["1.5777777777770001", "9007199254740991.0", "117.63331139400017", "5e-324", "1.7976931348623157e308"]
    {
        let number: f64 = text.parse().unwrap();
        assert_eq!(read_value(text).unwrap(), OwnedValue::new(&Value::Double(number)), "{text}");
        assert_eq!(relaxed(text), text);
    }
    assert_eq!(shown(&Value::Double(-0.0)), ["-0.0", r#"{"$numberDouble":"-0.0"}"#]);
    for (number, word) in [
        (f64::NAN, "NaN"),
        (f64::from_bits(0x7ff8_0000_0000_0001), "NaN"),
        (-f64::NAN, "NaN"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
    ] {
        let text = format!(r#"{{"$numberDouble":"{word}"}}"#);
        assert_eq!(shown(&Value::Double(number)), [text.as_str(); 2]);
        assert_eq!(relaxed(&text), text);
    }
    for text in ["NaN", "Infinity"] {
        assert!(read_value(text).is_err());
    }
    for text in ["\"inf\"", "\"nan\"", "\"-NaN\"", "1.5", "\"1e400\"", "\"\""] {
        let error = refusal(&format!(r#"{{"$numberDouble":{text}}}"#));
        assert!(error.contains("$numberDouble") && error.contains(text.trim_matches('"')), "{error}");
    }
    let odd = 0x006b_ffff_ffff_ffff_ffff_ffff_ffff_ffff_u128.to_le_bytes();
    assert_eq!(shown(&Value::Decimal128(odd))[0], r#"{"$numberDecimal":"0E-6123"}"#);
    let negative = (0xfc00_u128 << 112).to_le_bytes();
    assert_eq!(shown(&Value::Decimal128(negative))[0], r#"{"$numberDecimal":"NaN"}"#);
}

#[test]
fn e9_decimals_keep_their_digits() {
    for text in [
        "1.50",
        "1E+3",
        "0E+6111",
        "1E-6176",
        "-0",
        "0.000001",
        "1E-7",
        "-Infinity",
        "12345678901234567890.12345678901234",
    ] {
        let text = format!(r#"{{"$numberDecimal":"{text}"}}"#);
        assert_eq!(relaxed(&text), text);
    }
    assert_eq!(
        relaxed(r#"{"$numberDecimal":"1E+6144"}"#),
        format!(r#"{{"$numberDecimal":"1.{}E+6144"}}"#, "0".repeat(33))
    );
    assert_eq!(relaxed(r#"{"$numberDecimal":"0E+99999999999"}"#), r#"{"$numberDecimal":"0E+6111"}"#);
    let zeros = format!("0E-{}", "9".repeat(100_000));
    assert_eq!(Decimal::parse(&zeros).unwrap().to_string(), "0E-6176");
    for text in
        ["12345678901234567890123456789012345", "1E+6145", "abc", "", ".", "1E", "1E-6177", "--1", " 1"]
    {
        let error = refusal(&format!(r#"{{"$numberDecimal":"{text}"}}"#));
        assert!(error.contains("$numberDecimal"), "{error}");
    }
}

#[test]
fn e10_wrong_wrappers_are_refused_with_key_and_value() {
    for (text, words) in [
        (r#"{"$numberInt":"2147483648"}"#, ["$numberInt", "\"2147483648\""]),
        (r#"{"$numberLong":5}"#, ["$numberLong", "not 5"]),
        (r#"{"$numberInt":" 5"}"#, ["$numberInt", "\" 5\""]),
        (r#"{"$numberInt":"1","$numberLong":"2"}"#, ["$numberInt", "$numberLong"]),
        (r#"{"$oid":"507f1f77bcf86cd79943901"}"#, ["$oid", "507f1f77bcf86cd79943901"]),
        (r#"{"$oid":"507f1f77bcf86cd799439011","a":1}"#, ["$oid", "\"a\""]),
        (r#"{"a":1,"$oid":"507f1f77bcf86cd799439011"}"#, ["$oid", "\"a\""]),
        (r#"{"$uuid":"c8edabc3f7384ca3b68dab92a91478a3"}"#, ["$uuid", "hyphens"]),
        (r#"{"$binary":{"base64":"AQ","subType":"00"}}"#, ["$binary", "padding"]),
        (r#"{"$binary":{"base64":"AQ==","subType":"0"}}"#, ["$binary", "two"]),
        (r#"{"$binary":"AQ==","$type":"00"}"#, ["$binary", "$type"]),
        (r#"{"$binary":"AQ=="}"#, ["$binary", "base64"]),
        (r#"{"$regularExpression":{"pattern":"a","options":"g"}}"#, ["$regularExpression", "imxlsu"]),
        (r#"{"$regularExpression":{"pattern":"a","options":"ii"}}"#, ["$regularExpression", "once"]),
        (r#"{"$regularExpression":{"pattern":"a\u0000","options":""}}"#, ["$regularExpression", "NUL"]),
        (r#"{"$timestamp":{"t":-1,"i":0}}"#, ["$timestamp", "4294967295"]),
        (r#"{"$timestamp":{"t":1,"i":4294967296}}"#, ["$timestamp", "4294967295"]),
        (r#"{"$minKey":2}"#, ["$minKey", "not 2"]),
        (r#"{"$undefined":false}"#, ["$undefined", "not false"]),
        (r#"{"$code":"f","$scope":1}"#, ["$code", "$scope"]),
        (r#"{"$date":null}"#, ["$date", "null"]),
    ] {
        let error = refusal(text);
        assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
    }
}

#[test]
fn e11_to_e14_dates() {
    let long = |number: i64| format!(r#"{{"$date":{{"$numberLong":"{number}"}}}}"#);
    for (milliseconds, text) in [
        (0, r#"{"$date":"1970-01-01T00:00:00Z"}"#.to_owned()),
        (-1, long(-1)),
        (253_402_300_799_999, r#"{"$date":"9999-12-31T23:59:59.999Z"}"#.to_owned()),
        (253_402_300_800_000, long(253_402_300_800_000)),
        (i64::MIN, long(i64::MIN)),
        (i64::MAX, long(i64::MAX)),
        (1500, r#"{"$date":"1970-01-01T00:00:01.500Z"}"#.to_owned()),
    ] {
        let value = Value::DateTime(milliseconds);
        assert_eq!(shown(&value), [text.clone(), long(milliseconds)]);
        assert_eq!(read_value(&text).unwrap(), OwnedValue::new(&value));
    }
    for (text, milliseconds) in [
        (r#""2026-03-04T05:06:07+05:30""#, 1_772_580_967_000),
        (r#""2026-03-04T05:06:07-0530""#, 1_772_620_567_000),
        ("1000", 1000),
        (r#""1970-01-01T00:00:00.123987654321Z""#, 123),
        (r#""1970-01-01T00:00:00.1Z""#, 100),
        (r#""1969-12-31T23:59:59.9999Z""#, -1),
    ] {
        let value = read_value(&format!(r#"{{"$date":{text}}}"#)).unwrap();
        assert_eq!(value.get(), Value::DateTime(milliseconds), "{text}");
    }
    for text in [
        "2026-03-04",
        "2026-03-04T05:06:07",
        "2026-03-04T05:06:60Z",
        "2026-02-30T05:06:07Z",
        "+10000-01-01T00:00:00Z",
        "2026-03-04 05:06:07Z",
        "2026-03-04T05:06Z",
        "2026-03-04T25:06:07Z",
        "2026-03-04T05:06:07.Z",
        "soon",
        "T",
        "2026-03-04T05:06:07+24:00",
        "2026-03-04T05:06:07ZZ",
    ] {
        assert!(refusal(&format!(r#"{{"$date":"{text}"}}"#)).contains("zone"), "{text}");
    }
}

#[test]
fn e15_to_e18_ids_bytes_and_regular_expressions() {
    assert_eq!(relaxed("\"507f1f77bcf86cd799439011\""), "\"507f1f77bcf86cd799439011\"");
    assert_eq!(relaxed(r#"{"$oid":"507F1F77BCF86CD799439011"}"#), r#"{"$oid":"507f1f77bcf86cd799439011"}"#);
    for subtype in ["00", "02", "03", "04", "05", "06", "80", "ff"] {
        let text = format!(r#"{{"$binary":{{"base64":"AQI=","subType":"{subtype}"}}}}"#);
        assert_eq!(relaxed(&text), text);
    }
    let old = read_value(r#"{"$binary":{"base64":"AQI=","subType":"02"}}"#).unwrap();
    assert_eq!(old.get(), Value::Binary { subtype: 2, bytes: &[2, 0, 0, 0, 1, 2] });
    assert_eq!(
        relaxed(r#"{"$uuid":"c8edabc3-f738-4ca3-b68d-ab92a91478a3"}"#),
        r#"{"$binary":{"base64":"yO2rw/c4TKO2jauSqRR4ow==","subType":"04"}}"#
    );
    assert_eq!(
        relaxed(r#"{"$regularExpression":{"options":"xmi","pattern":"a/b"}}"#),
        r#"{"$regularExpression":{"pattern":"a/b","options":"imx"}}"#
    );
    let unsorted = Value::Regex { pattern: b"a", options: b"xmi" };
    assert_eq!(shown(&unsorted)[0], r#"{"$regularExpression":{"pattern":"a","options":"imx"}}"#);
    assert!(!round_trips(&document(&[("a", unsorted)])));
}

#[test]
fn e19_to_e24_every_type_and_ordinary_documents() {
    for text in [
        r#"{"$regex":"a","$options":"i"}"#,
        r#"{"$timestamp":{"t":4294967295,"i":4294967295}}"#,
        r#"{"$timestamp":{"t":0,"i":0}}"#,
        r#"{"$minKey":1}"#,
        r#"{"$maxKey":1}"#,
        r#"{"$symbol":"s"}"#,
        r#"{"$code":"f"}"#,
        r#"{"$code":"f","$scope":{}}"#,
        r#"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"507f1f77bcf86cd799439011"}}}"#,
        r#"{"$undefined":true}"#,
        r#"{"$ref":"c","$id":1,"$db":"d","x":2}"#,
        r#"{"$id":1}"#,
        r#"{"$foo":1}"#,
        r#"{"$scope":{}}"#,
        "{\"\":1,\".\":2,\"a.b\":3,\"__proto__\":4,\"$x\":5,\"\u{e9}\":6,\"e\u{301}\":7}",
        r#"[1,"a",null,true,{},[],[[]]]"#,
    ] {
        assert_eq!(relaxed(text), text);
    }
    let scope = r#"{"$code":"f","$scope":{"n":{"$numberLong":"1"}}}"#;
    assert_eq!(canonical(scope), scope);
    assert_eq!(canonical(r#"{"$scope":{"n":{"$numberLong":"1"}},"$code":"f"}"#), scope);
    assert_eq!(read(r#"{"$x":1}"#).unwrap().as_bytes(), document(&[("$x", Value::Int32(1))]));
    for (name, inner) in
        [("$date", "soon"), ("$numberLong", "pineapple"), ("$oid", "507f1f77bcf86cd799439011")]
    {
        let inner = document(&[(name, Value::String(inner.as_bytes()))]);
        let bytes = document(&[("d", Value::Document(&inner)), ("e", Value::Int32(1))]);
        assert!(
            to_string(&bytes, Form::Relaxed, Layout::Compact)
                .starts_with(&format!("{{\"d\":{{\"{name}\":\""))
        );
        assert!(!round_trips(&bytes));
    }
}

#[test]
fn e25_equal_names_are_refused() {
    for text in [r#"{"a":1,"a":2}"#, r#"{"x":[{"a":1,"b":0,"a":2}]}"#, r#"{"x":{"\u0061":1,"a":2}}"#] {
        assert!(refusal(text).contains("\"a\" is there twice"), "{}", refusal(text));
    }
    let twice = document(&[("a", Value::Int32(1)), ("a", Value::Int32(2))]);
    assert_eq!(to_string(&twice, Form::Relaxed, Layout::Compact), r#"{"a":1,"a":2}"#);
    assert!(!round_trips(&twice));
}

#[test]
fn e26_e27_nul_and_what_is_not_utf8() {
    assert_eq!(relaxed(r#""a\u0000b""#), r#""a\u0000b""#);
    assert!(refusal(r#"{"a\u0000":1}"#).contains("NUL"));
    for text in [r#""\ud800""#, r#""\ud800a""#, r#""\udc00""#] {
        assert!(refusal(text).contains("line 1"), "{}", refusal(text));
    }
    let mut builder = Builder::default();
    builder
        .put(b"k\xff", &Value::String(b"v\xffw"))
        .put(b"r", &Value::Regex { pattern: b"\xfe", options: b"" });
    let bytes = builder.finish();
    assert_eq!(
        to_string(&bytes, Form::Relaxed, Layout::Compact),
        "{\"k\u{fffd}\":\"v\u{fffd}w\",\"r\":{\"$regularExpression\":{\"pattern\":\"\u{fffd}\",\"options\":\"\"}}}"
    );
    assert!(!round_trips(&bytes));
    let hostile = "\u{1b}[31m\u{7f}\u{9b}\u{202e}\u{2028}\u{200e}\u{61c}\"\\\u{8}\u{c}\t";
    let text = value_to_string(&Value::String(hostile.as_bytes()), Form::Relaxed);
    assert_eq!(text, r#""\u001b[31m\u007f\u009b\u202e\u2028\u200e\u061c\"\\\b\f\t""#);
    assert_eq!(read_value(&text).unwrap().get(), Value::String(hostile.as_bytes()));
}

fn nested(count: usize) -> String {
    format!("{}\"a\":1{}", "{\"a\":".repeat(count - 1) + "{", "}".repeat(count))
}

#[test]
fn e28_depth() {
    let hundred = read(&nested(100)).unwrap();
    assert_eq!(levels(hundred.as_bytes(), MAX_LEVELS), Some(100));
    assert!(round_trips(hundred.as_bytes()));
    let inner = nested(99).replace(":1}", r#":[{"$binary":{"base64":"","subType":"00"}}]}"#);
    assert_eq!(read(&inner).map(|_| ()), Ok(()));
    assert_eq!(read(&nested(101)), Err(DocumentError::TooDeep));
    for text in [nested(10_000), "[".repeat(100_000), "{\"a\":".repeat(100_000)] {
        assert!(refusal(&text).contains("100 levels"), "{}", refusal(&text));
    }
    let mut builder = Builder::default();
    for _ in 1..150 {
        builder.begin_document(b"a");
    }
    builder.put(b"x", &Value::Null);
    let stored = builder.finish();
    assert!(to_string(&stored, Form::Relaxed, Layout::Compact).contains("{\"x\":null}"));
    assert!(!round_trips(&stored));
    let mut builder = Builder::default();
    for _ in 1..100_000 {
        builder.begin_array(b"0");
    }
    let text = to_string(&builder.finish(), Form::Relaxed, Layout::Compact);
    assert!(text.contains(r#"{"$malformed":"more than 200 levels"}"#) && text.ends_with("]]]}"));
}

#[test]
fn e29_size() {
    let of = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length));
    let around = read(&of(0)).unwrap().as_bytes().len();
    assert_eq!(read(&of(MAX_BYTES - around)).unwrap().as_bytes().len(), 16_777_216);
    let error = read(&of(MAX_BYTES - around + 1)).unwrap_err();
    assert_eq!(error, DocumentError::TooLarge { bytes: 16_777_217 });
    assert!(error.to_string().contains("16777217") && error.to_string().contains("16777216"));
}

#[test]
fn e31_malformed_documents_are_shown() {
    let mut boolean =
        document(&[("_id", Value::Int32(7)), ("b", Value::Boolean(true)), ("c", Value::Int32(1))]);
    boolean[16] = 2;
    assert_eq!(
        to_string(&boolean, Form::Relaxed, Layout::Compact),
        r#"{"_id":7,"b":{"$malformed":"a boolean has the value 2"},"c":1}"#
    );
    let inner = document(&[("x", Value::Int32(1))]);
    let mut length = document(&[("_id", Value::Int32(7)), ("d", Value::Document(&inner))]);
    length[16] = 200;
    assert_eq!(
        to_string(&length, Form::Relaxed, Layout::Compact),
        r#"{"_id":7,"d":{"$malformed":"a length is wrong"}}"#
    );
    for bytes in [boolean, length] {
        assert!(!round_trips(&bytes));
    }
}

#[test]
fn v10_editor_keeps_types() {
    let bytes = document(&[
        ("long", Value::Int64(3)),
        ("big", Value::Int64(3_000_000_000)),
        ("double", Value::Double(3.0)),
        ("date", Value::DateTime(253_402_300_800_000)),
        ("nan", Value::Double(f64::NAN)),
    ]);
    let text = to_string(&bytes, Form::Editor, Layout::Pretty);
    assert_eq!(
        text,
        "{\n  \"long\": {\"$numberLong\":\"3\"},\n  \"big\": 3000000000,\n  \"double\": 3.0,\n  \"date\": {\"$date\":{\"$numberLong\":\"253402300800000\"}},\n  \"nan\": {\"$numberDouble\":\"NaN\"}\n}"
    );
    assert_eq!(read(&text).unwrap().as_bytes(), bytes);
    assert!(round_trips(&bytes));
    let pretty =
        to_string(read(r#"{"a":{"b":[1,{}],"c":[]}}"#).unwrap().as_bytes(), Form::Relaxed, Layout::Pretty);
    assert_eq!(pretty, "{\n  \"a\": {\n    \"b\": [\n      1,\n      {}\n    ],\n    \"c\": []\n  }\n}");
}

#[test]
fn v2_v3_texts_from_an_editor() {
    assert!(read("\u{feff}{\r\n\t\"a\": 1}\r\n").is_ok());
    for (text, line, column, word) in [
        ("{\n  \"a\": 1,\n}", 3, 1, "trailing comma"),
        ("{\n  // x\n}", 2, 3, "key must be a string"),
        ("{\"a\": ObjectId(\"x\")}", 1, 7, "expected value"),
        ("{\"a\": 1", 1, 7, "EOF"),
        ("{} {}", 1, 4, "trailing characters"),
        ("", 1, 0, "EOF"),
    ] {
        let Err(DocumentError::Text { line: found_line, column: found_column, message }) = read(text) else {
            panic!("{text} is read");
        };
        assert!(message.contains(word) && !message.contains("line"), "{message}");
        assert_eq!((found_line, found_column), (line, column), "{text}: {message}");
    }
    for (text, found) in
        [("[]", "an array"), ("null", "null"), (r#"{"$oid":"507f1f77bcf86cd799439011"}"#, "an ObjectId")]
    {
        assert_eq!(read(text), Err(DocumentError::NotADocument { found }));
    }
}

#[test]
fn l8_l9_ids_of_new_documents() {
    for text in [
        "[1]",
        r#"{"$regularExpression":{"pattern":"a","options":""}}"#,
        r#"{"$undefined":true}"#,
        r#"{"$x":1}"#,
        "\"_tenantry\"",
        r#"{"$symbol":"_tenantry"}"#,
    ] {
        assert!(check_id(&read_value(text).unwrap().get()).is_err(), "{text}");
    }
    for text in ["1", "null", "{}", r#"{"a":{"$x":1}}"#, "\"\"", r#"{"$minKey":1}"#] {
        assert_eq!(check_id(&read_value(text).unwrap().get()), Ok(()), "{text}");
    }
    let made = with_id(read(r#"{"a":1}"#).unwrap().as_bytes(), || [7; 12]).unwrap();
    assert_eq!(made.as_bytes(), document(&[("_id", Value::ObjectId([7; 12])), ("a", Value::Int32(1))]));
    let moved = with_id(read(r#"{"a":1,"_id":2}"#).unwrap().as_bytes(), || [7; 12]).unwrap();
    assert_eq!(moved.as_bytes(), document(&[("_id", Value::Int32(2)), ("a", Value::Int32(1))]));
}

#[test]
fn errors_of_a_stream_are_kept() {
    let bytes = document(&[("a", Value::Int32(1))]);
    let mut small = [0_u8; 3];
    assert_eq!(
        write_io(&mut &mut small[..], &bytes, Form::Relaxed, Layout::Compact).unwrap_err().kind(),
        std::io::ErrorKind::WriteZero
    );
    let mut out = Vec::new();
    write_io(&mut out, &bytes, Form::Relaxed, Layout::Compact).unwrap();
    assert_eq!(out, br#"{"a":1}"#);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}|[\\[\\]{}\":,$a-z0-9.eE+\\-\\\\ ]{0,60}") {
        if let Ok(value) = read_value(&text) {
            for form in [Form::Canonical, Form::Editor] {
                prop_assert_eq!(&read_value(&value_to_string(&value.get(), form)).unwrap(), &value);
            }
        }
    }

    #[test]
    fn any_bytes_are_written_as_json(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for form in [Form::Relaxed, Form::Canonical, Form::Editor] {
            let text = to_string(&bytes, form, Layout::Pretty);
            prop_assert!(text.starts_with('{') && text.ends_with('}'), "{}", text);
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        }
        let _ = round_trips(&bytes);
    }
}
