//! Keys, tags and problems of writes.

use super::api::{Api, ROOT};
use crate::common::home::{On, PASSWORD};
use crate::http::client::Answer;
use rstest::rstest;
use serde_json::{Value, json};

fn acme() -> Value {
    json!({"organization_name": "Acme", "admin_email": "ann@acme.example", "password": PASSWORD})
}

#[rstest]
fn write_with_one_key_is_applied_once(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let create = |key: &str, body: &Value| {
        api.ask("POST", "/v1/organizations").by(&root).with("Idempotency-Key", key).json(body).send()
    };
    let first = create("order 7", &acme());
    let created = first.json_of(201);
    let again = create("order 7", &acme());
    assert_eq!((again.json_of(201), again.tag()), (created.clone(), first.tag()));
    assert_eq!(again.header("location"), first.header("location"));
    let mut other = acme();
    other["organization_name"] = "Other".into();
    assert_eq!(create("order 7", &other).code(), (422, "operation_mismatch".into()));
    assert_eq!(create("order 8", &acme()).code(), (409, "name_taken".into()));
    for wrong in ["", "a\r\nIdempotency-Key: b"] {
        assert_eq!(create(wrong, &acme()).code(), (400, "invalid_request".into()), "{wrong:?}");
    }
    let place = first.header("location").unwrap().to_owned();
    assert_eq!(place, format!("/v1/organizations/{}", created["organization_id"].as_str().unwrap()));
    // A delete whose answer was lost is repeated, although nothing is left to delete.
    let delete = || {
        let path = format!("{place}?confirm=Acme");
        api.ask("DELETE", &path).by(&root).with("Idempotency-Key", "gone").send().json_of(200)
    };
    assert_eq!(delete(), delete());
    let log = api.get(&root, "/v1/audit?filter=action:organization_create").json_of(200);
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
}

#[rstest]
fn change_is_made_only_to_what_was_read(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let place = format!("/v1/organizations/{}", api.create("Acme", "ann@acme.example"));
    let read = api.get(&root, &place);
    let first = read.tag();
    let known = |tag: &str| api.ask("GET", &place).by(&root).with("If-None-Match", tag).send();
    assert_eq!((known(&first).status, known(&first).text().as_str()), (304, ""));
    assert_eq!(known("\"0\"").json_of(200), read.json_of(200));
    let write = |method: &'static str, path: &str, tag: &str, body: Value| -> Answer {
        let path = format!("{place}{path}");
        let ask = api.ask(method, &path).by(&root).with("If-Match", tag);
        if body.is_null() { ask.send() } else { ask.json(&body).send() }
    };
    let renamed = write("PATCH", "", &first, json!({"organization_name": "Acme Labs"}));
    renamed.json_of(200);
    assert_ne!(renamed.tag(), first);
    let changed = (412, "changed".to_owned());
    assert_eq!(write("PATCH", "", &first, json!({"organization_name": "Mine"})).code(), changed);
    assert_eq!(write("POST", "/suspension", &first, json!({"reason": ""})).code(), changed);
    assert_eq!(write("DELETE", "/suspension", &first, Value::Null).code(), changed);
    assert_eq!(write("DELETE", "?confirm=Acme%20Labs", &first, Value::Null).code(), changed);
    assert_eq!(write("DELETE", "?confirm=Acme%20Labs", "W/\"1\"", Value::Null).code(), changed);
    assert_eq!(write("PATCH", "", "7", json!({"organization_name": "Mine"})).code().0, 400);
    // If the header has several tags, one of them has to match, in any place.
    let others = |tag: &str| format!("{tag}, \"0\", W/\"1\", \"x\", {first}");
    assert_eq!(write("POST", "/suspension", &others("\"1\""), json!({"reason": ""})).code(), changed);
    let again = write("PATCH", "", &others(&renamed.tag()), json!({"organization_name": "Acme Works"}));
    again.json_of(200);
    write("PATCH", "", &others(&again.tag()), json!({"organization_name": "Acme Labs"})).json_of(200);
    let suspended = write("POST", "/suspension", "*", json!({"reason": "late"}));
    assert_eq!(suspended.json_of(200)["suspended"]["reason"], "late");
    let resumed = write("DELETE", "/suspension", &suspended.tag(), Value::Null);
    assert_eq!(resumed.json_of(200)["suspended"], Value::Null);
    write("DELETE", "?confirm=Acme%20Labs", &resumed.tag(), Value::Null).json_of(200);
    assert_eq!(write("POST", "/restoration", &resumed.tag(), Value::Null).code(), changed);
    let trash = place.replace("organizations", "trash");
    let deleted = api.get(&root, &trash).tag();
    let restored = write("POST", "/restoration", &others(&deleted), json!({"organization_name": "Acme"}));
    assert_eq!(restored.json_of(200)["organization_name"], "Acme");
}

/// Session, parameters, organization, key, precondition, body.
#[test]
fn of_several_problems_the_first_in_order_is_told() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let send = |token: &str, path: &str, key: &str, tag: &str, kind: &'static str| {
        let ask = api.ask("PATCH", &format!("/v1/organizations/{path}")).by(token);
        let body = r#"{"organization_name": "New"}"#;
        let told = ask.with("Idempotency-Key", key).with("If-Match", tag).raw(kind, body).send();
        (told.status, told.json_of(told.status)["field"].as_str().unwrap_or_default().to_owned())
    };
    let text = "text/plain";
    assert_eq!(send("x", "acme?x=1", "", "7", text).0, 401);
    assert_eq!(send(&root, "acme?x=1", "", "7", text).0, 422);
    assert_eq!(send(&root, "acme", "", "7", text).0, 404);
    assert_eq!(send(&root, &id, "", "7", text), (400, "Idempotency-Key".into()));
    assert_eq!(send(&root, &id, "k", "7", text), (400, "If-Match".into()));
    assert_eq!(send(&root, &id, "k", "\"7\"", text).0, 415);
    assert_eq!(send(&root, &id, "k", "\"7\"", "application/json").0, 412);
}

#[test]
fn each_wrong_field_is_told_and_no_value_is_shown() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let body = json!({"organization_name": 7, "admin_email": "no email", "password": "s3cret", "pasword": "hunter2"});
    let refused = api.ask("POST", "/v1/organizations?limit=1").by(&root).json(&body).send();
    assert_eq!(refused.code(), (422, "invalid_request".into()));
    assert_eq!(refused.json_of(422)["errors"][0]["location"], "query");
    let refused = api.ask("POST", "/v1/organizations").by(&root).json(&body).send();
    let fields: Vec<Value> = refused.json_of(422)["errors"].as_array().unwrap().clone();
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|one| (one["field"].as_str().unwrap(), one["code"].as_str().unwrap())).collect();
    assert_eq!(
        fields,
        [
            ("organization_name", "wrong_type"),
            ("admin_email", "invalid_email"),
            ("password", "invalid_password"),
            ("pasword", "unknown"),
        ]
    );
    assert!(!refused.text().contains("s3cret") && !refused.text().contains("hunter2"));
    let twice = r#"{"organization_name": "A", "organization_name": "B"}"#;
    for (kind, body, status, code) in [
        ("application/json", twice, 400, "invalid_json"),
        ("application/json", "{", 400, "invalid_json"),
        ("application/json", "[]", 422, "invalid_request"),
        ("text/plain", "{}", 415, "unsupported_media_type"),
    ] {
        let refused = api.ask("POST", "/v1/organizations").by(&root).raw(kind, body).send();
        assert_eq!(refused.code(), (status, code.into()), "{body}");
    }
    let long = api.ask("POST", "/v1/organizations").by(&root).promising((64 << 10) + 1).send();
    assert_eq!(long.code(), (413, "too_large".into()));
}

#[test]
fn account_is_changed_with_its_current_password_alone() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let change = |token: &str, body: Value| api.ask("PATCH", "/v1/account").by(token).json(&body).send();
    let refused = change(&root, json!({"email": "new@example.com", "current_password": "wrong password"}));
    assert_eq!(refused.code(), (403, "invalid_credentials".into()));
    assert_eq!(refused.json_of(403)["field"], "current_password");
    assert_eq!(change(&root, json!({"current_password": PASSWORD})).code(), (422, "usage".into()));
    let changed = change(&root, json!({"email": "new@example.com", "current_password": PASSWORD}));
    assert_eq!(changed.json_of(200), json!({"email": "new@example.com", "role": "operator"}));
    assert_eq!(api.get(&root, "/v1/sessions/current").code(), (401, "session_expired".into()));
    let new = api.sign_in("new@example.com");
    let add = json!({"email": "new@example.com", "password": PASSWORD});
    let taken = api.ask("POST", "/v1/operators").by(&new).json(&add).send();
    assert_eq!((taken.code(), &taken.json_of(409)["field"]), ((409, "email_taken".into()), &json!("email")));
    let last = api.ask("DELETE", "/v1/operators/new@example.com?confirm=new@example.com").by(&new).send();
    assert_eq!(last.code(), (409, "last_operator".into()));
}

#[test]
fn too_many_tries_wait_as_long_as_the_answer_says() {
    let api = Api::on(On::Embedded);
    let body = json!({"email": "guess@example.com", "password": "wrong password"});
    let throttled = (0..12)
        .map(|_| api.ask("POST", "/v1/sessions").json(&body).send())
        .find(|reply| reply.status == 429)
        .expect("no try was throttled");
    let problem = throttled.json_of(429);
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("throttled"), &json!(true)));
    let wait: i64 = throttled.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(problem["retry_after"], wait);
}

#[test]
fn delete_needs_the_name_as_a_parameter() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let place = format!("/v1/organizations/{}", api.create("Acme", "ann@acme.example"));
    for wrong in ["", "?confirm=acme", "?confirm="] {
        let path = format!("{place}{wrong}");
        let refused = api.ask("DELETE", &path).by(&root).send();
        assert_eq!(refused.code(), (422, "confirmation_required".into()), "{wrong}");
        assert_eq!(refused.json_of(422)["field"], "confirm");
    }
    assert_eq!(api.get(&root, &place).status, 200);
    for unknown in ["00000000-0000-4000-8000-000000000000", "acme"] {
        let path = format!("/v1/organizations/{unknown}");
        assert_eq!(api.get(&root, &path).code(), (404, "not_found".into()));
    }
}

#[test]
fn open_registration_needs_no_session_and_no_other_use_case_is_open() {
    let api = Api::with(On::Embedded, &[("OPEN_REGISTRATION", "true")]);
    let create = |token: &str, key: &str| {
        let ask = api.ask("POST", "/v1/organizations").by(token).with("Idempotency-Key", key);
        ask.json(&acme()).send()
    };
    let created = create("", "k").json_of(201);
    assert_eq!(create("", "k").json_of(201), created);
    let place = format!("/v1/organizations/{}", created["organization_id"].as_str().unwrap());
    assert_eq!(api.get("", &place).code(), (401, "unauthenticated".into()));
    assert_eq!(create("e30.e30.e30", "l").code(), (401, "unauthenticated".into()));
    assert_eq!(create(&api.sign_in("ann@acme.example"), "m").code(), (403, "forbidden".into()));
    // What is no session is not nobody's.
    for broken in ["Bearer ", "Token x", "Bearer a\r\nAuthorization: Bearer b", ""] {
        let ask = api.ask("POST", "/v1/organizations").with("Authorization", broken).json(&acme()).send();
        assert_eq!(ask.code(), (401, "unauthenticated".into()), "{broken:?}");
    }
    // Strangers who choose one key do not meet.
    let beta = json!({"organization_name": "Beta", "admin_email": "bob@beta.example", "password": PASSWORD});
    api.ask("POST", "/v1/organizations").with("Idempotency-Key", "k").json(&beta).send().json_of(201);
    // A repeat is no further registration.
    for _ in 0..60 {
        assert_eq!(create("", "k").json_of(201), created);
    }
}

#[rstest]
fn repair_continues_with_a_new_collection_only_if_it_is_asked_to(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    api.home.drop_collection("org_acme");
    let left = api.get(&root, "/v1/doctor").json_of(200);
    assert_eq!(left["findings"][0]["collection_name"], "org_acme");
    let stats = api.get(&root, &format!("/v1/organizations/{id}/stats")).json_of(200);
    assert_eq!((&stats["collection_missing"], &stats["documents"]), (&json!(true), &Value::Null));
    let documents = api.get(&root, &format!("/v1/organizations/{id}/documents"));
    assert_eq!(documents.code(), (409, "collection_missing".into()));
    let repair =
        |body: Value| api.ask("POST", "/v1/doctor/repairs").by(&root).json(&body).send().json_of(200);
    assert_eq!(repair(json!({}))["repaired"], 0);
    let repaired = repair(json!({"new_collections": true}));
    assert_eq!((&repaired["repaired"], &repaired["findings"][0]["repaired"]), (&json!(1), &json!(true)));
    assert_eq!(api.get(&root, "/v1/doctor").json_of(200)["findings"], json!([]));
}

/// What is refused says where the thing is.
#[rstest]
fn refusal_says_where_an_organization_was_looked_for(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = api.sign_in(ROOT);
    let id = api.create("Acme", "ann@acme.example");
    let said = |answer: Answer| answer.json_of(404)["detail"].as_str().unwrap().to_owned();
    let in_trash = "There is no such organization in the trash.";
    let restore = format!("/v1/organizations/{id}/restoration");
    assert_eq!(said(api.ask("POST", &restore).by(&root).send()), in_trash);
    assert_eq!(said(api.get(&root, &format!("/v1/trash/{id}"))), in_trash);
    let purge = format!("/v1/trash/{id}?confirm=Acme");
    assert_eq!(said(api.ask("DELETE", &purge).by(&root).send()), in_trash);
    let nobody = api.get(&root, "/v1/organizations/0b4f2f1e-3b1d-4f7e-9c58-0b8f2f1f6a11");
    assert!(nobody.json_of(404)["hint"].as_str().unwrap().contains("/v1/trash/"), "{nobody:?}");
    assert_eq!(said(nobody), "There is no such organization.");
}

#[test]
fn compressed_bodies_are_refused_as_such() {
    let api = Api::on(On::Embedded);
    let root = api.sign_in(ROOT);
    let ask =
        |path: &str| api.ask("POST", path).by(&root).with("Content-Encoding", "gzip").json(&acme()).send();
    let refused = (415, "unsupported_media_type".to_owned());
    assert_eq!(ask("/v1/organizations").code(), refused);
    let id = api.create("Acme", "ann@acme.example");
    assert_eq!(ask(&format!("/v1/organizations/{id}/documents")).code(), refused);
}
