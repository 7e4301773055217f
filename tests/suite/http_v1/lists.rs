//! Lists: pages, their links, and what they are asked for.

use super::api::{Api, ROOT};
use crate::common::home::On;
use rstest::rstest;
use serde_json::Value;

/// The rows of all pages, by the links of the answers.
fn walk(api: &Api, token: &str, first: &str, field: &str) -> Vec<String> {
    let (mut rows, mut path) = (Vec::new(), first.to_owned());
    loop {
        let reply = api.get(token, &path);
        let page = reply.json_of(200);
        let items = page["items"].as_array().unwrap();
        rows.extend(items.iter().map(|row| row[field].as_str().unwrap().to_owned()));
        assert_eq!(page["truncated"], !page["next_cursor"].is_null());
        let Some(link) = reply.header("link") else {
            assert_eq!(page["next_cursor"], Value::Null);
            return rows;
        };
        let (next, rel) = link.trim_start_matches('<').split_once(">; ").unwrap();
        assert_eq!(rel, "rel=\"next\"");
        assert!(next.contains("cursor=") && next.contains("limit="), "{next}");
        next.clone_into(&mut path);
    }
}

#[rstest]
fn walk_by_links_has_each_row_once(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let names = ["Acme", "Beta & Söhne", "Cargo", "Delta"];
    for (at, name) in names.into_iter().enumerate() {
        api.create(name, &format!("admin{at}@example.com"));
    }
    let of = |path: &str| walk(&api, &root, path, "organization_name");
    assert_eq!(of("/v1/organizations?limit=1"), names);
    assert_eq!(of("/v1/organizations?limit=3&reverse=true"), ["Delta", "Cargo", "Beta & Söhne", "Acme"]);
    assert_eq!(of("/v1/organizations?limit=1&filter=a&sort=created"), names);
    assert_eq!(of("/v1/organizations?name=cargo"), ["Cargo"]);
    assert!(of("/v1/organizations?name=nobody").is_empty());
    assert!(of("/v1/organizations?limit=2&state=deleted").is_empty());
    let made = walk(&api, &root, "/v1/audit?limit=3&filter=action:organization_create", "organization_name");
    assert_eq!(made.len(), names.len());
    let id =
        api.get(&root, "/v1/organizations?name=Acme").json_of(200)["items"][0]["organization_id"].clone();
    let documents = format!("/v1/organizations/{}/documents", id.as_str().unwrap());
    let body = ["d0", "d1", "d2", "d3", "d4"].map(|id| format!("{{\"_id\": \"{id}\"}}\n")).concat();
    api.ask("POST", &documents).by(&root).raw("application/x-ndjson", body).send().json_of(200);
    let ids = walk(&api, &root, &format!("{documents}?limit=2"), "_id");
    assert_eq!(ids, ["d0", "d1", "d2", "d3", "d4"]);
}

#[test]
fn wrong_parameters_are_refused() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    api.create("Acme", "ann@acme.example");
    api.create("Beta", "bob@beta.example");
    let cursor = api.get(&root, "/v1/organizations?limit=1").json_of(200)["next_cursor"].clone();
    let other = format!("/v1/organizations?filter=a&cursor={}", cursor.as_str().unwrap());
    for (path, code) in [
        ("/v1/organizations?limit=0", "invalid_request"),
        ("/v1/organizations?limit=1&limit=2", "invalid_request"),
        ("/v1/organizations?stat=active", "invalid_request"),
        ("/v1/organizations?state=nowhere", "invalid_request"),
        ("/v1/organizations?name=Acme&limit=1", "invalid_request"),
        ("/v1/organizations?filter=nothing:x", "invalid_filter"),
        ("/v1/organizations?cursor=x", "invalid_cursor"),
        (&other, "invalid_cursor"),
        ("/v1/audit?since=yesterday-ish", "invalid_request"),
        ("/v1/sessions/current?x=1", "invalid_request"),
    ] {
        assert_eq!(api.get(&root, path).code(), (422, code.into()), "{path}");
    }
    assert_eq!(api.get(&root, "/v1/audit?actor=nobody@example.com").code(), (404, "not_found".into()));
}

#[rstest]
fn biggest_organizations_come_first(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    for (name, count) in [("Acme", 1), ("Beta", 3)] {
        let id = api.create(name, &format!("{name}@example.com"));
        let path = format!("/v1/organizations/{id}/documents");
        let body = "{}\n".repeat(count);
        let told = api.ask("POST", &path).by(&root).raw("application/x-ndjson", body).send().json_of(200);
        assert_eq!((&told["inserted"], &told["refused"]), (&count.into(), &0.into()));
    }
    let top = api.get(&root, "/v1/organizations/top?by=documents&limit=1").json_of(200);
    assert_eq!((&top["items"][0]["organization_name"], &top["read"]), (&"Beta".into(), &2.into()));
    assert_eq!(top["items"][0]["documents"], 3);
}
