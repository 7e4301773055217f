//! The document of the API agrees with the routes.

use super::api::{Api, ROOT};
use crate::common::home::On;
use serde_json::Value;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every value below `value` of a key.
fn all<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key));
            fields.values().for_each(|value| all(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| all(value, key, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn document_and_routes_agree() {
    let api = Api::on(On::Embedded);
    let paths = api.document["paths"].as_object().unwrap();
    let routes: Vec<&String> = paths.keys().filter(|path| path.starts_with("/v1/")).collect();
    assert!(routes.len() > 20, "{routes:?}");
    for route in routes {
        let path = route.replace("{id}", "00000000-0000-4000-8000-000000000000");
        let path = path.replace("{document}", "d").replace("{email}", "a@b.example");
        for method in METHODS {
            // A session is looked at first, so that a route that exists says 401; the sign-in reads its body.
            let expected = match paths[route].get(method.to_lowercase()) {
                None => 405,
                Some(_) if (method, &**route) == ("POST", "/v1/sessions") => 400,
                Some(_) => 401,
            };
            assert_eq!(api.ask(method, &path).send().status, expected, "{method} {route}");
        }
    }
    assert_eq!(api.ask("GET", "/v1").send().code(), (404, "not_found".into()));
    assert_eq!(api.ask("GET", "/v1/").send().code(), (404, "not_found".into()));
}

#[test]
fn document_is_whole() {
    let api = Api::on(On::Embedded);
    let document = &api.document;
    let mut references = Vec::new();
    all(document, "$ref", &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.as_str().unwrap().trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} is nowhere");
    }
    let mut ids = Vec::new();
    all(&document["paths"], "operationId", &mut ids);
    let different: HashSet<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(different.len(), ids.len(), "{ids:?}");
    let tags: HashSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(tags.contains(operation["tags"][0].as_str().unwrap()), "{method} {path}: {operation}");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let says = parameter["description"].as_str().unwrap_or_default();
                assert!(!says.is_empty(), "{method} {path}: {parameter}");
            }
        }
    }
    assert_eq!(document["openapi"].as_str().unwrap().get(..3), Some("3.1"));
}

/// A route that is added past `routes!` would be in no document.
#[test]
fn every_route_has_its_description() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/v1")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for past in [".route(", ".nest(", ".fallback(", "routing::"] {
                assert!(!text.contains(past), "{} has {past}", path.display());
            }
        }
    }
}

#[test]
fn document_shows_no_session_and_needs_none() {
    let api = Api::on(On::Embedded);
    let token = api.sign_in(ROOT);
    assert!(!api.document.to_string().contains(&token));
    let open = api.document["paths"]["/v1/sessions"]["post"].get("security");
    assert!(open.is_none_or(|security| security.as_array().is_some_and(Vec::is_empty)));
}
