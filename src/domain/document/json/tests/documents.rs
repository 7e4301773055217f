use super::*;

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
        ("{} {}", 1, 4, "trailing characters"),
    ] {
        let Err(DocumentError::Text { line: found_line, column: found_column, message }) = read(text) else {
            panic!("{text} is read");
        };
        assert!(message.contains(word) && !message.contains("line"), "{message}");
        assert_eq!((found_line, found_column), (line, column), "{text}: {message}");
    }
    for (text, column, inside) in
        [("{\"a\": 1", 7, "an object"), ("", 0, "a value"), ("{\"a\": \"b", 8, "a string")]
    {
        let error = DocumentError::Unfinished { line: 1, column, inside: inside.to_owned() };
        assert_eq!(read(text), Err(error));
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
