//! Queries over documents: what they find, and that MongoDB finds the same.

mod cases;
mod server;

use bson::RawDocumentBuf;
use cases::{CASES, Case};
use tenantry::domain::document::{Builder, Elements, Query, Value, json};

/// The documents of a case.
fn documents(case: &Case) -> Vec<RawDocumentBuf> {
    let whole = |value: &&str| match value.strip_prefix('@') {
        Some(document) => document.to_owned(),
        None if value.is_empty() => "{}".to_owned(),
        None => format!("{{\"v\":{value}}}"),
    };
    let mut id = 0;
    let mut with_id = |text: String| {
        id += 1;
        let document = json::read(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut builder = Builder::default();
        builder.put(b"_id", &Value::Int32(id));
        for element in Elements::of(document.as_bytes()) {
            builder.put(element.name, &element.value.unwrap());
        }
        RawDocumentBuf::from_bytes(builder.finish()).unwrap()
    };
    case.values.iter().map(whole).map(&mut with_id).collect()
}

fn parse(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn queries_find_what_mongodb_documents() {
    for case in CASES {
        let documents = documents(case);
        for (text, expected) in case.queries {
            let query = parse(text);
            let found: Vec<i32> = (1..)
                .zip(&documents)
                .filter(|(_, document)| query.matches(document))
                .map(|(id, _)| id)
                .collect();
            assert_eq!(found, *expected, "{}: {text}", case.name);
        }
    }
}
