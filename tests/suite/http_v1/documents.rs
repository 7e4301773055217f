//! Documents: what goes in comes out, and a change is made to what was read.

use super::api::{Api, ROOT};
use crate::common::home::On;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
fn document_goes_in_and_comes_out(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let documents = format!("/v1/organizations/{id}/documents");
    let insert =
        |kind: &'static str, body: &str| api.ask("POST", &documents).by(&root).raw(kind, body).send();
    let body = r#"{"_id": "a/b c", "price": {"$numberDecimal": "9.90"}, "n": 1.0}"#;
    let inserted = insert("application/json", body);
    assert_eq!(inserted.json_of(201)["id"], "a/b c");
    let place = inserted.header("location").unwrap().to_owned();
    assert_eq!(place, format!("{documents}/a%2Fb%20c"));
    let read = api.get(&root, &place);
    assert_eq!(read.text(), r#"{"_id":"a/b c","price":{"$numberDecimal":"9.90"},"n":1.0}"#);
    let canonical = api.get(&root, &format!("{place}?canonical=true"));
    assert_eq!(canonical.json_of(200)["n"], json!({"$numberDouble": "1.0"}));
    assert_eq!(insert("application/json", body).code(), (409, "id_taken".into()));
    let several = insert("application/json", r#"[{"_id": 1}, {"_id": 1}, 7, {"_id": 2}]"#).json_of(200);
    let outcome = |row: &Value| (row["line"].clone(), row["outcome"].clone(), row["code"].clone());
    let outcomes: Vec<_> = several["items"].as_array().unwrap().iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            (json!(1), json!("inserted"), Value::Null),
            (json!(2), json!("refused"), json!("id_taken")),
            (json!(3), json!("refused"), json!("invalid_document")),
            (json!(4), json!("inserted"), Value::Null),
        ]
    );
    let count = |filter: &str| {
        let path = format!("/v1/organizations/{id}/document-count{filter}");
        api.get(&root, &path).json_of(200)["documents"].clone()
    };
    assert_eq!((count(""), count("?filter=n:1")), (json!(3), json!(1)));
    let sorted = api.get(&root, &format!("{documents}?sort=n&reverse=true&limit=1")).json_of(200);
    assert_eq!(sorted["items"][0]["_id"], "a/b c");
    let indexes = api.get(&root, &format!("/v1/organizations/{id}/indexes")).json_of(200);
    assert_eq!(indexes["items"][0]["keys"], json!({"_id": 1}));
    let stats = api.get(&root, &format!("/v1/organizations/{id}/stats")).json_of(200);
    assert_eq!((&stats["documents"], &stats["collection_missing"]), (&json!(3), &json!(false)));
}

#[rstest]
fn document_changes_only_as_it_was_read(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let documents = format!("/v1/organizations/{id}/documents");
    api.ask("POST", &documents).by(&root).json(&json!({"_id": "d", "n": 1})).send().json_of(201);
    let place = format!("{documents}/d");
    let first = api.get(&root, &place).tag();
    let known = api.ask("GET", &place).by(&root).with("If-None-Match", &*first).send();
    assert_eq!(known.status, 304);
    let replace =
        |tag: &str, body: Value| api.ask("PUT", &place).by(&root).with("If-Match", tag).json(&body).send();
    let second = replace(&first, json!({"n": 2}));
    assert_eq!(second.json_of(200)["id"], "d");
    assert_eq!(api.get(&root, &place).tag(), second.tag());
    let (others, any) = (format!("{first}, \"x\""), format!("\"x\", {}, {first}", second.tag()));
    assert_eq!(replace(&first, json!({"n": 3})).code(), (412, "changed".into()));
    assert_eq!(replace(&others, json!({"n": 3})).code(), (412, "changed".into()));
    replace(&any, json!({"n": 2})).json_of(200);
    assert_eq!(replace("*", json!({"_id": "other"})).code(), (422, "invalid_document".into()));
    let delete = |query: &str, tag: &str| {
        let path = format!("{place}{query}");
        api.ask("DELETE", &path).by(&root).with("If-Match", tag).send()
    };
    assert_eq!(delete("", "*").code(), (422, "confirmation_required".into()));
    assert_eq!(delete("?confirm=d", &first).code(), (412, "changed".into()));
    assert_eq!(delete("?confirm=d", &others).code(), (412, "changed".into()));
    assert_eq!(delete("?confirm=d", &any).status, 204);
    assert_eq!(api.get(&root, &place).code(), (404, "not_found".into()));
    // A key that is ignored would promise something.
    let keyed = api.ask("POST", &documents).by(&root).with("Idempotency-Key", "k").json(&json!({})).send();
    assert_eq!(keyed.code(), (400, "invalid_request".into()));
}

/// A body is in memory until its answer: one tenant does not take all of it.
#[test]
fn big_bodies_of_an_admin_have_a_bound() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let place = format!("/v1/organizations/{}/documents", api.create("Acme", "ann@acme.example"));
    let ann = api.sign_in("ann@acme.example");
    let ask = |token: &str| api.ask("POST", &place).by(token).promising(1 << 20);
    let begun: Vec<_> = (0..4).map(|_| ask(&ann).begin()).collect();
    assert_eq!(ask(&ann).send().code(), (503, "overloaded".into()));
    let small = api.ask("POST", &place).by(&ann).json(&json!({"_id": 1})).send();
    assert_eq!(small.status, 201, "a small body needs no place");
    let others: Vec<_> = (0..12).map(|_| ask(&root).begin()).collect();
    assert_eq!(ask(&root).send().code(), (503, "overloaded".into()));
    drop((begun, others));
    let big = json!({"_id": 2, "text": "x".repeat(1 << 20)});
    while api.ask("POST", &place).by(&ann).json(&big).send().status != 201 {
        std::thread::yield_now();
    }
}

#[test]
fn big_document_fits_and_a_bigger_body_is_refused() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let documents = format!("/v1/organizations/{id}/documents");
    let insert = |text: usize| {
        let body = format!("{{\"_id\": \"big\", \"text\": \"{}\"}}", "x".repeat(text));
        api.ask("POST", &documents).by(&root).raw("application/json", body).send()
    };
    let long = api.ask("POST", &documents).by(&root).promising((17 << 20) + 1).send();
    assert_eq!(long.code(), (413, "too_large".into()));
    assert_eq!(insert((16 << 20) + 100).code(), (422, "invalid_document".into()));
    assert_eq!(insert((16 << 20) - 100).json_of(201)["id"], "big");
    let many = "{}\n".repeat(1_001);
    let many = api.ask("POST", &documents).by(&root).raw("application/x-ndjson", many).send();
    assert_eq!(many.code(), (422, "invalid_request".into()));
    let wrong = api.ask("POST", &documents).by(&root).raw("text/csv", "a").send();
    assert_eq!(wrong.code(), (415, "unsupported_media_type".into()));
}
