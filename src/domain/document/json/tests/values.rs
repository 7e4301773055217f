use super::*;

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
