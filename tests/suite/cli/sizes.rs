//! Sizes in `org get`, `org list --stats` and `org top`.

use super::*;

fn filled(store: On) -> Home {
    let home = Home::signed_in_on(store);
    for (name, documents) in [("Acme", 2), ("Blue", 5), ("Cobalt", 0), ("Gone", 0)] {
        home.create(name, &format!("{}@x", name.to_lowercase())).json();
        home.put_documents(&format!("org_{}", name.to_lowercase()), documents);
    }
    home.drop_collection("org_gone");
    home
}

fn counts(items: &Value) -> Vec<(String, Value)> {
    let items = items.as_array().unwrap().iter();
    items
        .map(|item| (item["organization_name"].as_str().unwrap().to_owned(), item["documents"].clone()))
        .collect()
}

#[rstest]
fn get_shows_the_collection_and_null_where_it_is_missing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    let blue = home.run(&["org", "get", "Blue", "--json"]).json();
    assert_eq!((&blue["documents"], &blue["collection_missing"]), (&json!(5), &json!(false)));
    assert!(blue["data_bytes"].as_u64().unwrap() > 0);
    assert_eq!(blue["indexes"][0]["name"], "_id_");
    assert_eq!(blue["indexes"][0]["keys"], json!({"_id": 1}));
    assert_eq!((&blue["indexes"][0]["unique"], &blue["last_sign_in_at"]), (&json!(true), &Value::Null));
    let empty = home.run(&["org", "get", "Cobalt", "--json"]).json();
    assert_eq!((&empty["documents"], &empty["data_bytes"]), (&json!(0), &json!(0)), "no marker counts");
    let gone = home.run(&["org", "get", "Gone", "--json"]).json();
    assert_eq!((&gone["documents"], &gone["indexes"]), (&Value::Null, &Value::Null));
    assert_eq!(gone["collection_missing"], json!(true));
    let people = home.run(&["org", "get", "Blue"]).stdout;
    assert!(people.contains("documents           5\n") && people.contains(" B\n"), "{people}");
    let login = ["login", "--email", "blue@x", "--password-stdin", "--json"];
    home.run_with(&login, PASSWORD).json();
    let own = home.run(&["org", "get", "Blue", "--json"]).json();
    assert!(own["last_sign_in_at"].is_string(), "{own}");
    assert_eq!(own["documents"], json!(5), "an admin sees its own");
    assert_eq!(home.run(&["org", "top", "--json"]).code_word(), (7, "forbidden".into()));
}

#[rstest]
fn list_and_top_show_sizes(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    let listed = home.run(&["org", "list", "--stats", "--json"]).json();
    let (two, five, none) = (json!(2), json!(5), Value::Null);
    let expected = [("Acme", &two), ("Blue", &five), ("Cobalt", &json!(0)), ("Gone", &none)];
    let expected: Vec<_> = expected.map(|(name, count)| (name.to_owned(), count.clone())).into();
    assert_eq!(counts(&listed["items"]), expected);
    let plain = home.run(&["org", "list", "--json"]).json();
    assert!(plain["items"][0].get("documents").is_none(), "{plain}");
    // A field of the size asks for it.
    let fields = home.run(&["org", "list", "-o", "csv", "--fields", "organization_name,documents"]).stdout;
    assert_eq!(fields, "organization_name,documents\r\nAcme,2\r\nBlue,5\r\nCobalt,0\r\nGone,\r\n");
    let top = home.run(&["org", "top", "--limit", "2", "--by", "documents", "--json"]).json();
    assert_eq!(counts(&top["items"]), [("Blue".to_owned(), five), ("Acme".to_owned(), two)]);
    let table = home.run(&["org", "top"]);
    assert!(table.stdout.starts_with("NAME    DOCS "), "{}", table.stdout);
    assert!(table.stderr.contains("1 without their collection"), "{}", table.stderr);
    let name = home.run(&["org", "top", "--limit", "1", "-o", "name"]).stdout;
    assert_eq!(name, "Blue\n");
}

#[rstest]
fn filters_compare_times_sizes_and_sign_ins(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = filled(store);
    let once = ["--headless", "--email", "blue@x", "--password-stdin", "--no-save"];
    assert_eq!(home.run_with(&once, PASSWORD).code, 0);
    let found = |filter: &str| {
        let listed = home.run(&["org", "list", "--filter", filter, "-o", "name"]);
        assert_eq!(listed.code, 0, "{filter}: {}", listed.stderr);
        listed.stdout.lines().map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    for (filter, names) in [
        ("docs:>1", "Acme Blue"),
        ("docs:0", "Cobalt"),
        ("!docs:0", "Acme Blue Gone"),
        ("docs:1..4", "Acme"),
        ("size:>0", "Acme Blue"),
        ("size:<1k a", "Acme Cobalt"),
        ("state:missing", "Gone"),
        ("state:missing|suspended", "Gone"),
        ("signin:none", "Acme Cobalt Gone"),
        ("signin:<1h", "Blue"),
        ("signin:>30d", ""),
        ("created:<1h changed:<1h", "Acme Blue Cobalt Gone"),
        ("created:>1h", ""),
        ("acme|blue docs:5", "Blue"),
    ] {
        assert_eq!(found(filter), names, "{filter}");
    }
    for filter in ["docs:many", "size:1g", "created:7d", "signin:never", "state:damaged"] {
        let refused = home.run(&["org", "list", "--filter", filter, "--json"]);
        assert_eq!(refused.code_word(), (2, "invalid_filter".into()), "{filter}");
    }
}

#[test]
fn sizes_of_very_many_are_read_only_with_consent() {
    let home = Home::signed_in();
    home.seed(5_001);
    let refused = home.run(&["org", "list", "--filter", "docs:>0", "--json"]);
    assert_eq!(refused.code_word(), (2, "confirmation_required".into()));
    assert!(refused.error()["hint"].as_str().unwrap().contains("--yes"));
    let agreed = home.run(&["org", "list", "--filter", "docs:>0", "--yes", "--json"]).json();
    assert_eq!(agreed["items"], json!([]));
}
