//! Events: what others change is told, a client resumes without a gap, and the end says why.

use super::api::{Api, Events, ROOT};
use crate::common::home::{On, PASSWORD, feed};
use rstest::rstest;
use serde_json::{Value, json};

/// A listener that has heard that it listens, and the id of that.
fn listening(api: &Api, token: &str) -> (Events, String) {
    let mut events = api.ask("GET", "/v1/events").by(token).listen();
    let ready = events.next().unwrap();
    assert_eq!(ready.name, "ready");
    (events, ready.id.unwrap())
}

/// Another process creates an organization.
fn create_elsewhere(api: &Api, token: &str, name: &str) {
    let email = format!("{}@example.com", name.to_lowercase());
    let arguments = ["org", "create", name, "--admin-email", &email, "--password-stdin"];
    let mut command = api.home.command(&arguments);
    command.env("TENANTRY_TOKEN", token);
    let answer = feed(command, PASSWORD);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
}

#[rstest]
fn what_another_process_changes_is_told(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let (mut events, _) = listening(&api, &root);
    create_elsewhere(&api, &root, "Acme");
    let told = events.until("organization", |told| told["state"] == "active");
    assert_eq!(told.data["organization_name"], "Acme");
    let id = told.data["organization_id"].as_str().unwrap();
    let place = format!("/v1/organizations/{id}");
    assert_eq!(api.get(&root, &place).tag(), format!("\"{}\"", told.data["epoch"]));
    let path = format!("{place}?confirm=Acme&now=true");
    api.ask("DELETE", &path).by(&root).send().json_of(200);
    assert_eq!(events.until("gone", |_| true).data, json!({"organization_id": id}));
}

#[rstest]
fn client_that_resumes_at_another_server_misses_nothing(#[values(On::Embedded, On::MongoDb)] store: On) {
    let mut api = Api::on(store);
    let root = api.sign_in(ROOT);
    let (events, id) = listening(&api, &root);
    drop(events);
    api.restart();
    for name in ["Acme", "Beta", "Cargo"] {
        create_elsewhere(&api, &root, name);
    }
    let (mut names, mut entries) = (Vec::new(), 0);
    let mut events = api.ask("GET", "/v1/events").by(&root).with("Last-Event-ID", &*id).listen();
    loop {
        let told = events.next().unwrap();
        match told.name.as_str() {
            "organization" => names.push(told.data["organization_name"].as_str().unwrap().to_owned()),
            "entry" => entries += usize::from(told.data["organization_id"].is_string()),
            _ => break assert_eq!(told.name, "ready"),
        }
    }
    names.sort();
    names.dedup();
    assert_eq!((names, entries), (vec!["Acme".into(), "Beta".into(), "Cargo".into()], 3));
    let wrong = api.ask("GET", "/v1/events").by(&root).with("Last-Event-ID", "x").send();
    assert_eq!(wrong.code(), (400, "invalid_cursor".into()));
    assert_eq!(api.ask("GET", "/v1/events").send().code(), (401, "unauthenticated".into()));
}

#[test]
fn admin_hears_of_its_own_organization_alone() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let own = api.create("Acme", "ann@acme.example");
    let other = api.create("Beta", "bob@beta.example");
    let ann = api.sign_in("ann@acme.example");
    let (mut events, _) = listening(&api, &ann);
    for id in [&other, &own] {
        let path = format!("/v1/organizations/{id}");
        let body = json!({"organization_name": format!("New {id}")});
        api.ask("PATCH", &path).by(&root).json(&body).send().json_of(200);
    }
    let path = format!("/v1/organizations/{own}/suspension");
    api.ask("POST", &path).by(&root).json(&json!({"reason": "late"})).send().json_of(200);
    let mut told = Vec::new();
    while let Some(event) = events.next() {
        told.push(event);
    }
    assert!(told.iter().all(|event| event.data["organization_id"] != *other), "{told:?}");
    let end = told.last().unwrap();
    assert_eq!((&*end.name, &end.data["code"]), ("end", &json!("session_expired")));
}

#[test]
fn listening_ends_with_the_session_and_with_the_server() {
    let mut api = Api::on(On::Embedded);
    let (first, second) = (api.sign_in(ROOT), api.sign_in(ROOT));
    let (mut of_first, _) = listening(&api, &first);
    let (mut of_second, _) = listening(&api, &second);
    assert_eq!(api.ask("DELETE", "/v1/sessions/current").by(&first).send().status, 204);
    assert_eq!(of_first.until("end", |_| true).data["code"], "session_expired");
    assert_eq!(of_first.next().map(|more| more.data), None::<Value>);
    assert_eq!(api.terminate(), 0);
    assert_eq!(of_second.until("end", |_| true).data["code"], "terminated");
}

#[test]
fn listeners_have_a_bound() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    api.create("Acme", "ann@acme.example");
    let ann = api.sign_in("ann@acme.example");
    // An admin has a few of the places, and cannot keep others out.
    let mut listeners: Vec<_> = (0..16).map(|_| listening(&api, &ann)).collect();
    assert_eq!(api.get(&ann, "/v1/events").code(), (503, "overloaded".into()));
    listeners.extend((16..256).map(|_| listening(&api, &root)));
    let refused = api.get(&root, "/v1/events");
    assert_eq!(refused.code(), (503, "overloaded".into()));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(api.get(&root, "/v1/sessions/current").status, 200);
    drop(listeners);
}
