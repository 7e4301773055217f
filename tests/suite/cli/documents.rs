//! `doc`: the documents of an organization.

use super::*;

const EVERY_TYPE: &str = r#"{"_id":"all","double":1.5,"exact":{"$numberLong":"3"},"big":9007199254740993,"decimal":{"$numberDecimal":"1.50"},"binary":{"$binary":{"base64":"AQI=","subType":"00"}},"oid":{"$oid":"507f1f77bcf86cd799439011"},"yes":true,"at":{"$date":"2026-03-04T05:06:07.500Z"},"old":{"$date":{"$numberLong":"253402300800000"}},"nothing":null,"pattern":{"$regularExpression":{"pattern":"^a","options":"imx"}},"code":{"$code":"f()"},"ts":{"$timestamp":{"t":0,"i":0}},"nan":{"$numberDouble":"NaN"},"least":{"$minKey":1},"most":{"$maxKey":1},"list":[1,{"$set":{"":1}}]}"#;

fn filled(store: On) -> Home {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.create("Blue", "bob@x").json();
    home
}

fn insert(home: &Home, lines: &str) -> Answer {
    home.run_with(&["doc", "insert", "Acme", "-o", "jsonl"], lines)
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[rstest]
fn documents_come_back_as_they_were_given(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    assert_eq!(insert(&home, EVERY_TYPE).code, 0);
    let got = home.run(&["doc", "get", "Acme", "all", "--canonical", "-o", "json"]).stdout;
    for part in [
        r#""double":{"$numberDouble":"1.5"}"#,
        r#""exact":{"$numberLong":"3"}"#,
        r#""big":{"$numberLong":"9007199254740993"}"#,
        r#""decimal":{"$numberDecimal":"1.50"}"#,
        r#""ts":{"$timestamp":{"t":0,"i":0}}"#,
        r#""old":{"$date":{"$numberLong":"253402300800000"}}"#,
        r#""list":[{"$numberInt":"1"},{"$set":{"":{"$numberInt":"1"}}}]"#,
    ] {
        assert!(got.contains(part), "{part}: {got}");
    }
    // What was printed is taken back, and is the same document.
    let revised: Value =
        serde_json::from_str(&home.run(&["doc", "get", "Acme", "all", "--revision", "-o", "json"]).stdout)
            .unwrap();
    let revision = revised["revision"].as_str().unwrap();
    let same =
        home.run_with(&["doc", "replace", "Acme", "all", "--revision", revision, "--json"], &got).json();
    assert_eq!(same["revision"], revised["revision"]);
    let listed = home.run(&["doc", "list", "Acme", "--canonical", "-o", "jsonl"]).stdout;
    assert_eq!(listed, got);
    let whole = home.run(&["doc", "list", "Acme", "--json"]).json();
    assert_eq!((&whole["items"][0]["_id"], &whole["truncated"]), (&json!("all"), &json!(false)));
    let people = home.run(&["doc", "get", "Acme", "all"]).stdout;
    assert!(people.starts_with("{\n  \"_id\": \"all\",\n"), "{people}");
    assert_eq!(home.run(&["doc", "list", "Acme", "-o", "name"]).stdout, "all\n");
    assert_eq!(home.run(&["doc", "indexes", "Acme", "-o", "name"]).stdout, "_id_\n");
    let refused = home.run(&["doc", "list", "Acme", "--json", "--fields", "_id"]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
}

#[rstest]
fn queries_pages_and_counts(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    let line = |n: i32| format!("{{\"_id\":{n},\"kind\":\"k{}\",\"total\":{}}}", n % 3, n * 10);
    let many: Vec<String> = (0..25).map(line).collect();
    insert(&home, &many.join("\n"));
    let count = |filter: &str| {
        home.run(&["doc", "count", "Acme", "--filter", filter, "--json"]).json()["documents"].clone()
    };
    assert_eq!((count(""), count("kind:k1"), count("kind:k1 total:>100")), (json!(25), json!(8), json!(4)));
    assert_eq!(count(r#"{"$or":[{"_id":3},{"total":{"$gte":230}}]}"#), json!(3));
    let page = home.run(&["doc", "list", "Acme", "--limit", "10", "--reverse", "--json"]).json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let ids = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|item| item["_id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&page), (15..25).rev().collect::<Vec<_>>());
    home.run(&["org", "rename", "Acme", "Zephyr", "--json"]).json();
    let next = home
        .run(&["doc", "list", "Zephyr", "--limit", "10", "--reverse", "--cursor", cursor, "--json"])
        .json();
    assert_eq!(ids(&next), (5..15).rev().collect::<Vec<_>>(), "a cursor outlives a rename");
    for other in [
        vec!["doc", "list", "Zephyr", "--cursor", cursor, "--json"],
        vec!["doc", "list", "Zephyr", "--reverse", "--filter", "a:1", "--cursor", cursor, "--json"],
        vec!["doc", "list", "Blue", "--reverse", "--cursor", cursor, "--json"],
        vec!["doc", "list", "Zephyr", "--cursor", "x", "--json"],
    ] {
        assert_eq!(home.run(&other).code_word(), (2, "invalid_cursor".into()), "{other:?}");
    }
    let all = home.run(&["doc", "list", "Zephyr", "--all", "-o", "name"]).stdout;
    assert_eq!(all.lines().count(), 25);
    let top =
        home.run(&["doc", "list", "Zephyr", "--sort", "total", "--reverse", "--limit", "3", "--json"]).json();
    assert_eq!((ids(&top), &top["next_cursor"]), (vec![24, 23, 22], &Value::Null));
    assert_eq!(
        home.run(&["doc", "list", "Zephyr", "--sort", "total", "--json"]).code,
        2,
        "--sort needs --limit"
    );
    for (filter, named) in
        [(r#"{"$where":"1"}"#, "$where"), ("word", "word"), (r#"{"a":{"$regex":"(?=x)"}}"#, "(?=x)")]
    {
        let refused = home.run(&["doc", "list", "Zephyr", "--filter", filter, "--json"]);
        assert_eq!(refused.code_word(), (2, "invalid_filter".into()));
        assert!(refused.error()["message"].as_str().unwrap().contains(named), "{}", refused.stderr);
    }
}

#[rstest]
fn each_line_is_inserted_or_refused(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    let dry = home.run_with(&["doc", "insert", "Acme", "-n", "-o", "jsonl"], "{\"_id\":1}\n{\"_id\":1}\n");
    assert_eq!((dry.code, &lines(&dry)[0]["outcome"]), (8, &json!("would_insert")));
    let answer = insert(
        &home,
        "{\"_id\":1,\"n\":1}\n\n{\"a\":1,\"a\":2}\r\n{\"_id\":1,\"n\":2}\n{\"_id\":[1]}\n{\"_id\":\"_tenantry\"}\n{\"_id\":7}",
    );
    assert_eq!(answer.code, 8);
    assert_eq!(answer.stderr_lines()[0]["error"]["code"], "some_failed");
    let told: Vec<(u64, String)> = lines(&answer)
        .iter()
        .map(|line| (line["line"].as_u64().unwrap(), line["code"].as_str().unwrap_or("done").to_owned()))
        .collect();
    let expected = [
        (1, "done"),
        (3, "invalid_document"),
        (4, "id_taken"),
        (5, "invalid_document"),
        (6, "invalid_document"),
        (7, "done"),
    ];
    assert_eq!(told, expected.map(|(line, code)| (line, code.to_owned())));
    assert_eq!(home.run(&["doc", "count", "Acme", "--json"]).json()["documents"], json!(2));
    let kept = home.run(&["doc", "get", "Acme", "1", "-o", "json"]).stdout;
    assert_eq!(kept, "{\"_id\":1,\"n\":1}\n", "the first wins");
    let none = insert(&home, "");
    assert_eq!((none.code, none.stdout.as_str()), (0, ""));
    let people = home.run_with(&["doc", "insert", "Acme"], "{\"_id\":8}\n{\"_id\":8}\n");
    assert_eq!(people.stdout, "line 2: A document with the _id 8 already exists.\n");
    assert_eq!(
        home.run_with(&["doc", "insert", "Nobody", "--json"], "{}").code_word(),
        (5, "not_found".into())
    );
}

#[rstest]
fn replace_and_delete_need_what_was_read(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    insert(&home, "{\"_id\":7,\"a\":1}");
    let revision =
        home.run(&["doc", "get", "Acme", "7", "--revision", "-o", "json"]).json()["revision"].clone();
    let revision = revision.as_str().unwrap();
    let replace = |arguments: &[&str], text: &str| {
        let line = [&["doc", "replace", "Acme", "7", "--json"], arguments].concat();
        home.run_with(&line, text)
    };
    assert_eq!(replace(&["-n"], "{\"b\":1}").json()["dry_run"], json!(true));
    assert_eq!(replace(&["--revision", revision], "{\"$set\":{\"b\":2}}").code, 0);
    assert_eq!(
        home.run(&["doc", "get", "Acme", "7", "-o", "json"]).stdout,
        "{\"_id\":7,\"$set\":{\"b\":2}}\n"
    );
    assert_eq!(replace(&["--revision", revision], "{\"b\":3}").code_word(), (6, "changed".into()));
    for (text, named) in [
        ("{\"_id\":7.0}", "cannot change"),
        ("{\"a\":1,\"a\":2}", "a"),
        ("[]", "array"),
        ("{", "ends inside"),
    ] {
        let refused = replace(&[], text);
        assert_eq!(refused.code_word(), (2, "invalid_document".into()));
        assert!(refused.error()["message"].as_str().unwrap().contains(named), "{text}: {}", refused.stderr);
    }
    let delete =
        |arguments: &[&str]| home.run(&[&["doc", "delete", "Acme", "7", "--json"], arguments].concat());
    assert_eq!(delete(&[]).code_word(), (2, "confirmation_required".into()));
    assert_eq!(delete(&["--confirm", "8"]).code_word(), (2, "confirmation_required".into()));
    assert_eq!(delete(&["--confirm", "7", "--revision", revision]).code_word(), (6, "changed".into()));
    assert_eq!(delete(&["-n"]).json()["dry_run"], json!(true));
    assert_eq!(delete(&["--confirm", "7"]).json(), json!({"id": "7", "deleted": true}));
    assert_eq!(delete(&["--confirm", "7"]).code_word(), (5, "not_found".into()));
}

#[rstest]
fn who_looks_is_recorded_once_and_admins_see_their_own(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    insert(&home, "{\"_id\":7,\"a\":1}");
    home.run(&["doc", "count", "Acme", "--filter", "api_token:x", "--json"]).json();
    for _ in 0..3 {
        home.run(&["doc", "list", "Acme", "--filter", "a:1", "--json"]).json();
    }
    let entries = home.run(&["audit", "list", "--organization", "Acme", "--json"]).json();
    let of = |action: &str| {
        let items = entries["items"].as_array().unwrap().iter();
        items.filter(|item| item["action"] == action).map(|item| item["changes"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("document_insert"), [json!({"documents": 1})]);
    let looks = of("documents_read");
    // A new minute may have begun.
    assert!((2..=3).contains(&looks.len()), "{looks:?}");
    assert_eq!(looks[0], json!({"query": "a:1", "documents": 1}));
    assert!(!entries.to_string().contains("api_token"), "no query about secrets is kept");
    home.run_with(&["login", "--email", "ann@x", "--password-stdin", "--json"], PASSWORD).json();
    assert_eq!(home.run(&["doc", "count", "Acme", "--json"]).json()["documents"], json!(1));
    assert_eq!(home.run(&["doc", "list", "Blue", "--json"]).code_word(), (5, "not_found".into()));
    home.drop_collection("org_acme");
    assert_eq!(home.run(&["doc", "list", "Acme", "--json"]).code_word(), (6, "collection_missing".into()));
}
