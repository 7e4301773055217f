use super::{MAX_CONDITIONS, MAX_TEXT, Query, QueryError};
use crate::domain::document::json::{Form, Layout, read, to_string, value_to_string};
use crate::domain::document::order::key;
use crate::domain::document::raw::{Builder, Value};
use proptest::prelude::*;

fn parse(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    match Query::parse(text) {
        Ok(query) => panic!("{text} is read as {query:?}"),
        Err(error) => error.to_string(),
    }
}

fn printed(text: &str) -> String {
    to_string(parse(text).to_mongo().as_bytes(), Form::Relaxed, Layout::Compact)
}

#[test]
fn q23_operands_are_refused_with_operator_and_value() {
    for (text, words) in [
        (r#"{"$or":[]}"#, ["$or", "[]"]),
        (r#"{"$and":{}}"#, ["$and", "{}"]),
        (r#"{"$nor":[1]}"#, ["$nor", "[1]"]),
        (r#"{"v":{"$in":5}}"#, ["$in", "5"]),
        (r#"{"v":{"$in":[{"$regex":"a"}]}}"#, ["$in", r#"{"$regex":"a"}"#]),
        (
            r#"{"v":{"$gt":{"$regularExpression":{"pattern":"a","options":""}}}}"#,
            ["$gt", "regular expression"],
        ),
        (
            r#"{"v":{"$ne":{"$regularExpression":{"pattern":"a","options":""}}}}"#,
            ["$ne", "regular expression"],
        ),
        (r#"{"v":{"$size":-1}}"#, ["$size", "-1"]),
        (r#"{"v":{"$size":1.5}}"#, ["$size", "1.5"]),
        (r#"{"v":{"$type":99}}"#, ["$type", "99"]),
        (r#"{"v":{"$type":255}}"#, ["$type", "255"]),
        (r#"{"v":{"$type":"nubmer"}}"#, ["$type", "nubmer"]),
        (r#"{"v":{"$type":[]}}"#, ["$type", "[]"]),
        (r#"{"v":{"$all":1}}"#, ["$all", "1"]),
        (r#"{"v":{"$all":[1,{"$elemMatch":{"a":1}}]}}"#, ["$all", "$elemMatch"]),
        (r#"{"v":{"$all":[{"$gt":1}]}}"#, ["$all", r#"{"$gt":1}"#]),
        (r#"{"v":{"$elemMatch":5}}"#, ["$elemMatch", "5"]),
        (r#"{"v":{"$not":{}}}"#, ["$not", "{}"]),
        (r#"{"v":{"$not":5}}"#, ["$not", "5"]),
        (r#"{"v":{"$eq":1,"x":2}}"#, ["$eq", "\"x\""]),
        (r#"{"v":{"x":2,"$eq":1}}"#, ["$eq", "\"x\""]),
        (r#"{"v":{"$options":"i"}}"#, ["$options", "$regex"]),
        (r#"{"v":{"$regex":"a","$options":"g"}}"#, ["$options", "\"g\""]),
        (r#"{"v":{"$regex":"a","$options":1}}"#, ["$options", "1"]),
        (r#"{"v":{"$regex":1}}"#, ["$regex", "1"]),
        (r#"{"v":{"$exists":2}}"#, ["$exists", "2"]),
        (r#"{"v":{"$undefined":true}}"#, ["$eq", "$undefined"]),
        (r#"{"v":{"$in":[{"$undefined":true}]}}"#, ["$in", "$undefined"]),
    ] {
        let error = refusal(text);
        assert!(words.iter().all(|word| error.contains(word)), "{text}: {error}");
    }
}

#[test]
fn q24_other_operators_are_refused_everywhere() {
    for operator in [
        "$where",
        "$expr",
        "$mod",
        "$text",
        "$near",
        "$comment",
        "$jsonSchema",
        "$bitsAllSet",
        "$ref",
        "$geoWithin",
        "$sampleRate",
        "$function",
        "$set",
        "$rand",
    ] {
        let five_deep = |inner: &str| format!("{}{inner}{}", "{\"$or\":[".repeat(5), "]}".repeat(5));
        for text in [
            format!(r#"{{"{operator}":1}}"#),
            format!(r#"{{"v":{{"{operator}":1}}}}"#),
            format!(r#"{{"v":{{"$gt":1,"{operator}":1}}}}"#),
            format!(r#"{{"v":{{"$elemMatch":{{"{operator}":1}}}}}}"#),
            format!(r#"{{"v":{{"$elemMatch":{{"a":{{"{operator}":1}}}}}}}}"#),
            format!(r#"{{"v":{{"$not":{{"{operator}":1}}}}}}"#),
            five_deep(&format!(r#"{{"{operator}":1}}"#)),
            five_deep(&format!(r#"{{"v":{{"{operator}":1}}}}"#)),
            format!(r"{operator}:1"),
        ] {
            assert!(
                refusal(&text).contains(&format!("\"{operator}\" is not supported")),
                "{text}: {}",
                refusal(&text)
            );
        }
    }
}

#[test]
fn q25_limits() {
    assert!(refusal(r#"{"a":1,"a":2}"#).contains("\"a\" is there twice"));
    assert!(refusal(r#"{"a":{"$gt":1,"$gt":5}}"#).contains("\"$gt\" is there twice"));
    let nested =
        |levels: usize| format!("{}{{\"a\":1}}{}", "{\"$and\":[".repeat(levels - 1), "]}".repeat(levels - 1));
    parse(&nested(20));
    assert_eq!(Query::parse(&nested(21)).unwrap_err(), QueryError::TooDeep);
    let not = |levels: usize| {
        format!("{{\"a\":{}{{\"$gt\":1}}{}}}", "{\"$not\":".repeat(levels), "}".repeat(levels))
    };
    parse(&not(19));
    assert_eq!(Query::parse(&not(20)).unwrap_err(), QueryError::TooDeep);
    let terms = |count: usize| vec!["{\"a\":1}"; count].join(",");
    parse(&format!("{{\"$or\":[{}]}}", terms(MAX_CONDITIONS - 1)));
    for text in [format!("{{\"$or\":[{}]}}", terms(10_000)), "a:1 ".repeat(10_000)] {
        assert_eq!(Query::parse(&text).unwrap_err(), QueryError::TooManyConditions);
    }
    let values = vec!["1"; 10_000].join(",");
    parse(&format!("{{\"a\":{{\"$in\":[{values}]}}}}"));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(2_000_000));
    assert_eq!(Query::parse(&long).unwrap_err(), QueryError::TooLong { bytes: long.len() });
    assert!(long.len() > MAX_TEXT);
    for (part, count) in [("a.", 100), ("0.", 21)] {
        for text in [format!("{{\"{}\":1}}", part.repeat(count)), format!("{}:1", part.repeat(count))] {
            assert!(matches!(Query::parse(&text).unwrap_err(), QueryError::Path { .. }), "{text}");
        }
    }
    let pattern = r#"{"$regularExpression":{"pattern":"a","options":""}}"#;
    let patterns = |count: usize| format!("{{\"a\":{{\"$in\":[{}]}}}}", vec![pattern; count].join(","));
    parse(&patterns(100));
    assert_eq!(Query::parse(&patterns(101)).unwrap_err(), QueryError::TooManyPatterns);
}

/// A part that is a number is tried as a name and as a place.
#[test]
fn paths_of_numbers_are_followed_in_time() {
    let mut builder = Builder::default();
    for _ in 0..40 {
        builder.begin_array(b"0").begin_document(b"0");
    }
    let document = bson::RawDocumentBuf::from_bytes(builder.finish()).unwrap();
    let path = vec!["0"; 20].join(".");
    let start = std::time::Instant::now();
    assert!(!parse(&format!("{{\"{path}\":1}}")).matches(&document));
    assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn s5_to_s12_terms() {
    for (text, expected) in [
        ("url:http://x/y", r#"{"url":{"$eq":"http://x/y"}}"#),
        ("t:\"12:30\"", r#"{"t":{"$eq":"12:30"}}"#),
        ("t:12:30", r#"{"t":{"$eq":"12:30"}}"#),
        ("\"a:b\":c", r#"{"a:b":{"$eq":"c"}}"#),
        ("\"due date\":x", r#"{"due date":{"$eq":"x"}}"#),
        ("name:\"two words\"", r#"{"name":{"$eq":"two words"}}"#),
        (r#"name:"say \"hi\"""#, r#"{"name":{"$eq":"say \"hi\""}}"#),
        ("a:", r#"{"a":{"$eq":""}}"#),
        ("a:\"null\"", r#"{"a":{"$eq":"null"}}"#),
        ("zip:01234", r#"{"zip":{"$eq":"01234"}}"#),
        ("phone:+4930", r#"{"phone":{"$eq":"+4930"}}"#),
        ("id:0x1F", r#"{"id":{"$eq":"0x1F"}}"#),
        ("v:1e3", r#"{"v":{"$in":[1000.0,"1e3"]}}"#),
        ("v:5.", r#"{"v":{"$eq":"5."}}"#),
        ("v:-", r#"{"v":{"$eq":"-"}}"#),
        ("v:2026-13", r#"{"v":{"$eq":"2026-13"}}"#),
        ("v:\"5\"", r#"{"v":{"$eq":"5"}}"#),
        ("v:>\"5\"", r#"{"v":{"$gt":"5"}}"#),
        ("n:>5 n:<9", r#"{"$and":[{"n":{"$gt":5}},{"n":{"$lt":9}}]}"#),
        ("a:>=1 b:<=2", r#"{"a":{"$gte":1},"b":{"$lte":2}}"#),
        ("n:>abc", r#"{"n":{"$gt":"abc"}}"#),
        ("p:../x", r#"{"p":{"$eq":"../x"}}"#),
        ("a.0:x", r#"{"a.0":{"$eq":"x"}}"#),
        ("stadt:Z\u{fc}rich", "{\"stadt\":{\"$eq\":\"Z\u{fc}rich\"}}"),
        ("stadt:Zu\u{308}rich", "{\"stadt\":{\"$eq\":\"Zu\u{308}rich\"}}"),
        ("  {\"a\":1}", r#"{"a":{"$eq":1}}"#),
        ("{}", "{}"),
        ("", "{}"),
        ("   ", "{}"),
    ] {
        assert_eq!(printed(text), expected, "{text}");
    }
}

#[test]
fn s6_to_s12_refusals_point_at_the_place() {
    for (text, column, words) in [
        ("a:1 name:\"open", 10, "quote"),
        ("\"open", 1, "quote"),
        (":x", 1, "field before the colon"),
        ("\"\"", 1, "not a term"),
        ("word", 1, "name:word"),
        ("[1]", 1, "begins with {"),
        ("a:1 word", 5, "\"word\" is not a term"),
        ("n:5..9", 3, "n:>=5 n:<=9"),
        ("n:>", 1, "Write a value"),
        ("n:>null", 4, "n:null"),
        ("n:\"a\"b", 6, "blank"),
    ] {
        let error = Query::parse(text).unwrap_err();
        let QueryError::Term { column: found, reason } = &error else { panic!("{text}: {error}") };
        assert_eq!((*found, reason.contains(words)), (column, true), "{text}: {reason}");
    }
    for (text, line, column) in [("{", 1, 1), ("  {\n \"a\": }", 2, 7)] {
        assert!(refusal(text).starts_with(&format!("line {line}, column {column}: ")), "{}", refusal(text));
    }
}

#[test]
fn filters_for_mongodb_have_the_operators_that_were_read() {
    for text in [
        r#"{"a":{"$eq":1},"b":{"$ne":2,"$gt":1,"$gte":1,"$lt":5,"$lte":5}}"#,
        r#"{"a":{"$in":[1,"x"],"$nin":[2]}}"#,
        r#"{"a":{"$exists":true},"b":{"$exists":false}}"#,
        r#"{"a":{"$size":2,"$type":[2,-1]}}"#,
        r#"{"a":{"$all":[1,{"b":1}],"$elemMatch":{"$gt":1,"$not":{"$lt":3}}}}"#,
        r#"{"a":{"$all":[{"$elemMatch":{"b":{"$eq":1}}}]}}"#,
        r#"{"$or":[{"a":{"$eq":1}},{"$and":[{"b":{"$eq":2}},{}]}],"$nor":[{"c":{"$eq":3}}]}"#,
        r#"{"a":{"$eq":{"$gt":1}}}"#,
    ] {
        assert_eq!(printed(text), text);
    }
    assert_eq!(
        printed(r#"{"a":{"$regex":"^\\d$","$options":"xi"}}"#),
        r#"{"a":{"$regex":{"$regularExpression":{"pattern":"^(?-i:[0-9])\\z","options":"i"}}}}"#
    );
    assert_eq!(printed(r#"{"a":{"$type":"number"}}"#), r#"{"a":{"$type":[1,16,18,19]}}"#);
    let exact = r#"{"a":{"$eq":{"$numberLong":"1"}}}"#;
    assert_eq!(to_string(parse(exact).to_mongo().as_bytes(), Form::Canonical, Layout::Compact), exact);
}

#[test]
fn ids_are_known_where_equality_fixes_them() {
    let keys =
        |values: &[Value<'_>]| Some(values.iter().map(|value| key(value).unwrap()).collect::<Vec<_>>());
    let object_id = Value::ObjectId([0x50, 0x7f, 0x1f, 0x77, 0xbc, 0xf8, 0x6c, 0xd7, 0x99, 0x43, 0x90, 0x11]);
    for (text, expected) in [
        (r#"{"_id":7}"#, keys(&[Value::Int32(7)])),
        (r#"{"a":1,"_id":{"$eq":"x"}}"#, keys(&[Value::String(b"x")])),
        (r#"{"_id":{"$in":[2,1,2.0]}}"#, keys(&[Value::Int32(1), Value::Int32(2)])),
        (r#"{"$and":[{"a":1},{"_id":1}]}"#, keys(&[Value::Int32(1)])),
        ("_id:507f1f77bcf86cd799439011", keys(&[Value::String(b"507f1f77bcf86cd799439011"), object_id])),
        (r#"{"_id":{"$gt":7}}"#, None),
        (r#"{"_id.a":7}"#, None),
        (r#"{"_id":{"$in":[1,{"$regularExpression":{"pattern":"a","options":""}}]}}"#, None),
        (r#"{"_id":{"$not":{"$eq":7}}}"#, None),
        (r#"{"_id":{"$ne":7}}"#, None),
        (r#"{"$or":[{"_id":1},{"a":1}]}"#, None),
        (r#"{"$nor":[{"_id":1}]}"#, None),
        ("{}", None),
    ] {
        let query = parse(text);
        let found = query.ids().map(|ids| ids.into_iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }
    assert!(parse("").is_all() && parse("{}").is_all() && !parse("a:1").is_all());
}

#[test]
fn malformed_documents_are_asked_too() {
    let mut builder = Builder::default();
    builder.put(b"_id", &Value::Int32(1)).put(b"b", &Value::Boolean(true)).put(b"c", &Value::Int32(2));
    let mut bytes = builder.finish();
    bytes[16] = 2;
    let document = bson::RawDocumentBuf::from_bytes(bytes).unwrap();
    assert!(parse(r#"{"_id":1,"c":2}"#).matches(&document));
    assert!(!parse(r#"{"b":true}"#).matches(&document));
    let mut builder = Builder::default();
    builder.put(b"v", &Value::String(b"a\xff"));
    let document = bson::RawDocumentBuf::from_bytes(builder.finish()).unwrap();
    assert!(!parse(r#"{"v":{"$regex":"a"}}"#).matches(&document));
    assert!(parse("v:>a").matches(&document));
}

#[test]
fn sorting_takes_the_least_or_the_greatest_element() {
    // (path, document, what an ascending sort compares, what a descending one does)
    for (path, document, least, greatest) in [
        ("a", r#"{"a":2}"#, "2", "2"),
        ("a", "{}", "null", "null"),
        ("a", r#"{"a":[3,1,2]}"#, "1", "3"),
        ("a", r#"{"a":[]}"#, r#"{"$undefined":true}"#, r#"{"$undefined":true}"#),
        ("a", r#"{"a":[[1,2],0]}"#, "0", "[1,2]"),
        ("a.b", r#"{"a":{"b":1}}"#, "1", "1"),
        ("a.b", r#"{"a":[{"b":1},{"b":[5,0]},{}]}"#, "null", "5"),
        ("a.b", r#"{"a":[]}"#, "null", "null"),
        ("a.b", r#"{"a":7}"#, "null", "null"),
        ("a.1", r#"{"a":[1,9]}"#, "9", "9"),
        ("a.1.b", r#"{"a":[1,{"b":9}]}"#, "9", "9"),
    ] {
        let bytes = read(document).unwrap();
        for (is_descending, expected) in [(false, least), (true, greatest)] {
            let expected = crate::domain::document::json::read_value(expected).unwrap();
            let sort = super::Sort::new(path, is_descending).unwrap();
            assert_eq!(sort.key(bytes.as_bytes()), key(&expected.get()).unwrap(), "{path} {document}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_a_query_or_refused(text in "\\PC{0,40}|[a-z:\"<>=.0-9 \\-]{0,40}|\\{[a-z\":{}\\[\\]$,0-9]{0,40}\\}") {
        if let Ok(query) = Query::parse(&text) {
            // What is printed is read as the same query.
            let filter = query.to_mongo();
            let again = value_to_string(&Value::Document(filter.as_bytes()), Form::Canonical);
            let again = Query::parse(&again).unwrap_or_else(|error| panic!("{text}: {again}: {error}"));
            prop_assert_eq!(again.to_mongo(), filter);
            let document = read(r#"{"a":[1,{"b":"x"}],"b":null}"#).unwrap();
            prop_assert_eq!(again.matches(&document), query.matches(&document));
        }
    }

    #[test]
    fn any_bytes_are_asked(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut framed = (i32::try_from(bytes.len()).unwrap() + 5).to_le_bytes().to_vec();
        framed.extend(&bytes);
        framed.push(0);
        let document = bson::RawDocumentBuf::from_bytes(framed).unwrap();
        for text in [r#"{"a.b":{"$ne":1}}"#, r#"{"$nor":[{"":{"$elemMatch":{"$gt":1}}}]}"#, "a:>1"] {
            let _ = parse(text).matches(&document);
        }
    }
}
