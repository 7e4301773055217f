//! The same questions to MongoDB: it finds what the query itself finds, and sorts as the keys do.

use super::cases::CASES;
use super::{documents, parse};
use crate::common::mongo::TestDatabase;
use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::Collection;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tenantry::domain::document::{Builder, Query, Sort, Value, json, order, raw};

/// Whether a deviation explains that a query finds a document here and not on the server, or the other way round; the
/// document is empty where the server has an error.
type Explains = fn(query: &str, document: &str) -> bool;

/// What the stand-in for MongoDB does otherwise. A real MongoDB has none of it.
const DEVIATIONS: [(&str, Explains); 6] = [
    ("a place that is missing is a missing field, although the array is there", |query, document| {
        let pairs = query.bytes().zip(query.bytes().skip(1));
        let has_place = pairs.into_iter().any(|(dot, digit)| dot == b'.' && digit.is_ascii_digit());
        let has_end = ["null", "$minKey", "$maxKey"].iter().any(|value| query.contains(value));
        has_place && has_end && document.contains('[')
    }),
    ("$elemMatch does not begin with $or", |query, document| {
        query.contains(r#""$elemMatch":{"$or""#) && document.is_empty()
    }),
    ("an array is no document for $elemMatch", |query, document| {
        let has_fields =
            [r#""$elemMatch":{"a"#, r#""$elemMatch":{"b"#].iter().any(|start| query.contains(start));
        has_fields && ["[[", ",["].iter().any(|start| document.contains(start))
    }),
    ("a word has letters beyond ASCII", |query, _| query.contains(r"\b")),
    ("binary data is compared by bytes before length", |query, _| query.contains(r#""$gt":{"$binary""#)),
    ("a symbol is no text, and not in queries", |query, document| {
        if document.is_empty() { query.contains("$symbol") } else { document.contains("$symbol") }
    }),
];

/// Whether every difference is a known one.
fn is_explained(
    query: &str,
    found: &Result<Vec<i32>, String>,
    expected: &[i32],
    documents: &[RawDocumentBuf],
) -> bool {
    let explains = |document: &str| DEVIATIONS.iter().any(|(_, explains)| explains(query, document));
    let Ok(found) = found else { return explains("") };
    (1..).zip(documents).all(|(id, document)| {
        let text = json::to_string(document.as_bytes(), json::Form::Relaxed, json::Layout::Compact);
        found.contains(&id) == expected.contains(&id) || explains(&text)
    })
}

async fn fill(
    database: &TestDatabase,
    name: &str,
    documents: &[RawDocumentBuf],
) -> Collection<RawDocumentBuf> {
    let collection = database.direct.collection(name);
    collection.insert_many(documents).await.unwrap();
    collection
}

/// The `_id`s that the server finds, sorted; or its error.
async fn find(collection: &Collection<RawDocumentBuf>, query: &Query) -> Result<Vec<i32>, String> {
    let filter = Document::try_from(query.to_mongo()).unwrap();
    let cursor = collection.find(filter.clone()).sort(doc! {"_id": 1}).await;
    let found: Vec<RawDocumentBuf> = match cursor {
        Ok(cursor) => cursor.try_collect().await.map_err(|error| format!("{filter}: {error}"))?,
        Err(error) => return Err(format!("{filter}: {error}")),
    };
    Ok(found.iter().map(|document| document.get_i32("_id").unwrap()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_finds_the_same() {
    let database = TestDatabase::new().await;
    let mut wrong = Vec::new();
    for (place, case) in CASES.iter().enumerate() {
        let documents = documents(case);
        let collection = fill(&database, &format!("case_{place}"), &documents).await;
        for (text, expected) in case.queries {
            let found = find(&collection, &parse(text)).await;
            if found.as_deref() != Ok(*expected) && !is_explained(text, &found, expected, &documents) {
                wrong.push(format!("{}: {text}: {found:?}, not {expected:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Values as JSON: few of each type, so that random ones are often equal.
fn scalar() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "0",
        "1",
        "-1",
        "2",
        "1.5",
        "-0.0",
        "1e300",
        r#"{"$numberLong":"1"}"#,
        "9007199254740993",
        "9007199254740992.0",
        r#"{"$numberDouble":"NaN"}"#,
        r#"{"$numberDouble":"Infinity"}"#,
        r#"{"$numberDouble":"-Infinity"}"#,
        r#"{"$numberDecimal":"1.5"}"#,
        r#"{"$numberDecimal":"1.50"}"#,
        r#"{"$numberDecimal":"NaN"}"#,
        r#"{"$numberDecimal":"1E+6000"}"#,
        "\"\"",
        "\"a\"",
        "\"ab\"",
        "\"A\"",
        r#""a\nb""#,
        "\"é\"",
        "true",
        "false",
        "null",
        r#"{"$date":"2026-11-05T00:00:00Z"}"#,
        r#"{"$date":{"$numberLong":"-1"}}"#,
        r#"{"$oid":"507f1f77bcf86cd799439011"}"#,
        r#"{"$oid":"507f1f77bcf86cd799439012"}"#,
        r#"{"$binary":{"base64":"AQI=","subType":"00"}}"#,
        r#"{"$binary":{"base64":"AQM=","subType":"00"}}"#,
        r#"{"$timestamp":{"t":1,"i":1}}"#,
        r#"{"$minKey":1}"#,
        r#"{"$maxKey":1}"#,
        r#"{"$regularExpression":{"pattern":"a","options":"i"}}"#,
        r#"{"$code":"f"}"#,
        r#"{"$symbol":"a"}"#,
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        let name = prop::sample::select(vec!["a", "b", "0", "1"]);
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            2 => prop::collection::btree_map(name, inner, 0..3).prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "a.b", "a.0", "a.b.0", "a.0.b", "a.1", "a.b.a", "a.0.1", "b.0.0"])
}

/// Operators of a field with their values.
fn operators() -> impl Strategy<Value = String> {
    let compare = (prop::sample::select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), value())
        .prop_map(|(operator, value)| format!("\"{operator}\":{value}"));
    let list = (prop::sample::select(vec!["$in", "$nin", "$all"]), prop::collection::vec(value(), 0..4))
        .prop_map(|(operator, values)| format!("\"{operator}\":[{}]", values.join(",")));
    let others = prop::sample::select(vec![
        r#""$exists":true"#,
        r#""$exists":false"#,
        r#""$size":1"#,
        r#""$size":2"#,
        r#""$type":"number""#,
        r#""$type":["string","array"]"#,
        r#""$type":"null""#,
        r#""$type":"object""#,
        r#""$regex":"^A","$options":"i""#,
        r#""$regex":"a$""#,
        r#""$regex":"^\\w+$","$options":"m""#,
        r#""$regex":"a.b|^$","$options":"s""#,
    ])
    .prop_map(str::to_owned);
    let leaf = prop_oneof![4 => compare, 2 => list, 2 => others];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|operators| format!("\"$not\":{{{operators}}}")),
            inner.clone().prop_map(|operators| format!("\"$elemMatch\":{{{operators}}}")),
            (path(), inner)
                .prop_map(|(path, operators)| { format!("\"$elemMatch\":{{\"{path}\":{{{operators}}}}}") }),
        ]
    })
}

fn query() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        3 => (path(), operators()).prop_map(|(path, operators)| format!("{{\"{path}\":{{{operators}}}}}")),
        1 => (path(), value()).prop_map(|(path, value)| format!("{{\"{path}\":{value}}}")),
    ];
    field.prop_recursive(2, 6, 3, |inner| {
        (prop::sample::select(vec!["$and", "$or", "$nor"]), prop::collection::vec(inner, 1..3))
            .prop_map(|(operator, branches)| format!("{{\"{operator}\":[{}]}}", branches.join(",")))
    })
}

/// Cases of the random tests, or more if `PROPTEST_CASES` says so.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(40)
}

fn sample<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_finds_the_same_at_random() {
    let database = TestDatabase::new().await;
    let mut runner = TestRunner::default();
    let mut wrong = Vec::new();
    let (mut asked, mut found_some, mut allowed) = (0, 0, 0);
    for case in 0..cases() {
        let texts: Vec<String> = (1..=12)
            .map(|id| {
                let fields = sample(&mut runner, &(prop::option::of(value()), prop::option::of(value())));
                let field = |name: &str, value: Option<String>| {
                    value.map(|value| format!(",\"{name}\":{value}")).unwrap_or_default()
                };
                format!("{{\"_id\":{id}{}{}}}", field("a", fields.0), field("b", fields.1))
            })
            .collect();
        let documents: Vec<RawDocumentBuf> = texts.iter().map(|text| json::read(text).unwrap()).collect();
        let collection = fill(&database, &format!("random_{case}"), &documents).await;
        for _ in 0..30 {
            let text = sample(&mut runner, &query());
            let Ok(query) = Query::parse(&text) else { continue };
            let expected: Vec<i32> = (1..)
                .zip(&documents)
                .filter(|(_, document)| query.matches(document))
                .map(|(id, _)| id)
                .collect();
            asked += 1;
            found_some += usize::from(!expected.is_empty() && expected.len() < documents.len());
            let found = find(&collection, &query).await;
            if found.as_deref() != Ok(&expected) && is_explained(&text, &found, &expected, &documents) {
                allowed += 1;
            } else if found.as_deref() != Ok(&expected) {
                let differs =
                    |id: &i32| found.as_ref().is_ok_and(|found| found.contains(id) != expected.contains(id));
                let id = (1..=12).find(differs).and_then(|id| texts.get(usize::try_from(id).unwrap() - 1));
                wrong.push(format!("{text}\n   {id:?}\n   {found:?}, not {expected:?}"));
            }
        }
        collection.drop().await.unwrap();
    }
    assert!(asked > 200 && found_some > 50, "{asked} queries were asked, {found_some} told documents apart");
    assert!(allowed * 20 < asked, "{allowed} of {asked} differ in a known way");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_sorts_by_a_field_as_keys_do() {
    let database = TestDatabase::new().await;
    let mut runner = TestRunner::default();
    let text = |value: String, id: usize| format!("{{\"_id\":{id},\"a\":{value}}}");
    let without_symbols = value().prop_filter("not sorted by the stand-in", |value| {
        !["$symbol", "$code", "$binary"].iter().any(|kind| value.contains(kind))
    });
    let documents: Vec<RawDocumentBuf> =
        (0..300).map(|id| json::read(&text(sample(&mut runner, &without_symbols), id)).unwrap()).collect();
    let collection = fill(&database, "by_field", &documents).await;
    for path in ["a", "a.b", "a.a.b", "missing"] {
        for is_descending in [false, true] {
            let sort = Sort::new(path, is_descending).unwrap();
            let direction = if is_descending { -1 } else { 1 };
            let found: Vec<RawDocumentBuf> = collection
                .find(doc! {})
                .sort(doc! {path: direction})
                .await
                .unwrap()
                .try_collect()
                .await
                .unwrap();
            for pair in found.windows(2) {
                let [one, other] = pair else { continue };
                let order = sort.key(one.as_bytes()).cmp(&sort.key(other.as_bytes()));
                let order = if is_descending { order.reverse() } else { order };
                let shown = |document: &RawDocumentBuf| {
                    json::to_string(document.as_bytes(), json::Form::Relaxed, json::Layout::Compact)
                };
                assert!(order.is_le(), "{path} {direction}: {} {}", shown(one), shown(other));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_sorts_as_keys_do() {
    let database = TestDatabase::new().await;
    let mut runner = TestRunner::default();
    let ids: std::collections::BTreeMap<Vec<u8>, RawDocumentBuf> = (0..400)
        .filter_map(|_| {
            let text = sample(&mut runner, &value());
            // The stand-in has no such `_id`s.
            if ["$symbol", "$code"].iter().any(|kind| text.contains(kind)) {
                return None;
            }
            let value = json::read_value(&text).unwrap();
            let is_id = tenantry::domain::document::incoming::check_id(&value.get()).is_ok();
            let mut builder = Builder::default();
            builder.put(b"_id", &value.get());
            let document = RawDocumentBuf::from_bytes(builder.finish()).unwrap();
            is_id.then(|| (order::key(&value.get()).unwrap(), document))
        })
        .collect();
    let documents: Vec<RawDocumentBuf> = ids.into_values().rev().collect();
    let collection = fill(&database, "sorted", &documents).await;
    let found: Vec<RawDocumentBuf> =
        collection.find(doc! {}).sort(doc! {"_id": 1}).await.unwrap().try_collect().await.unwrap();
    let shown = |document: &RawDocumentBuf| {
        let id = raw::field(document.as_bytes(), b"_id").unwrap_or(Value::Null);
        json::value_to_string(&id, json::Form::Canonical)
    };
    let sorted: Vec<String> = found.iter().map(shown).collect();
    let expected: Vec<String> = documents.iter().rev().map(shown).collect();
    assert!(expected.len() > 60, "{}", expected.len());
    assert_eq!(sorted, expected);
}
