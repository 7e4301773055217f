//! Every use case once by each role: the service decides, and the face goes around nothing.

use super::api::{Api, ROOT};
use crate::common::home::{On, PASSWORD};
use rstest::rstest;
use serde_json::json;

/// A use case: method, path, body, and the status for nobody, another's admin, its own admin, and an operator. `{own}` is
/// an organization, `{name}` its name.
type Row = (&'static str, &'static str, &'static str, [u16; 4]);

const ROWS: [Row; 45] = [
    ("GET", "/v1/sessions/current", "", [401, 200, 200, 200]),
    ("POST", "/v1/sessions/current/renewal", "", [401, 200, 200, 200]),
    ("PATCH", "/v1/account", r#"{"password": "longer than 8"}"#, [401, 403, 403, 403]),
    ("GET", "/v1/organizations", "", [401, 200, 200, 200]),
    ("GET", "/v1/organizations?name={name}", "", [401, 200, 200, 200]),
    ("GET", "/v1/organizations?state=deleted", "", [401, 200, 200, 200]),
    (
        "POST",
        "/v1/organizations",
        r#"{"organization_name": "New", "admin_email": "new@new.example", "password": "correct horse"}"#,
        [401, 403, 403, 201],
    ),
    ("GET", "/v1/organizations/top", "", [401, 403, 403, 200]),
    ("GET", "/v1/organizations/{own}", "", [401, 404, 200, 200]),
    ("GET", "/v1/organizations/{own}/stats", "", [401, 404, 200, 200]),
    ("PATCH", "/v1/organizations/{own}", r#"{"organization_name": "{name}2"}"#, [401, 404, 200, 200]),
    ("POST", "/v1/organizations/{own}/suspension", r#"{"reason": "late"}"#, [401, 403, 403, 200]),
    ("DELETE", "/v1/organizations/{own}/suspension", "", [401, 403, 403, 200]),
    ("POST", "/v1/organizations/{own}/recovery", "", [401, 403, 403, 200]),
    ("GET", "/v1/organizations/{own}/documents", "", [401, 404, 200, 200]),
    ("POST", "/v1/organizations/{own}/documents", r#"{"_id": "d1"}"#, [401, 404, 201, 201]),
    ("POST", "/v1/organizations/{own}/documents", r#"[{"_id": "d2"}]"#, [401, 404, 200, 200]),
    ("GET", "/v1/organizations/{own}/document-count", "", [401, 404, 200, 200]),
    ("GET", "/v1/organizations/{own}/indexes", "", [401, 404, 200, 200]),
    ("GET", "/v1/organizations/{own}/documents/d1", "", [401, 404, 200, 200]),
    ("PUT", "/v1/organizations/{own}/documents/d1", r#"{"a": 1}"#, [401, 404, 200, 200]),
    ("DELETE", "/v1/organizations/{own}/documents/d1?confirm=d1", "", [401, 404, 204, 204]),
    ("GET", "/v1/operators", "", [401, 403, 403, 200]),
    (
        "POST",
        "/v1/operators",
        r#"{"email": "two@example.com", "password": "correct horse"}"#,
        [401, 403, 403, 201],
    ),
    (
        "PUT",
        "/v1/operators/two@example.com/password",
        r#"{"password": "battery staple"}"#,
        [401, 403, 403, 200],
    ),
    ("DELETE", "/v1/operators/two%40example.com?confirm=two@example.com", "", [401, 403, 403, 204]),
    ("GET", "/v1/audit", "", [401, 200, 200, 200]),
    ("GET", "/v1/audit?organization={own}", "", [401, 404, 200, 200]),
    ("GET", "/v1/doctor", "", [401, 403, 403, 200]),
    ("POST", "/v1/doctor/repairs", "", [401, 403, 403, 200]),
    ("GET", "/v1/trash/{own}", "", [401, 403, 403, 404]),
    ("DELETE", "/v1/organizations/{own}?confirm={name}2&now=true", "", [401, 403, 403, 200]),
    ("DELETE", "/v1/organizations/{kept}?confirm={name}", "", [401, 404, 404, 200]),
    ("DELETE", "/v1/organizations/{own}?confirm={name}2", "", [401, 404, 200, 404]),
    // Its own admin has no session any more.
    ("GET", "/v1/trash/{kept}", "", [401, 403, 401, 200]),
    ("POST", "/v1/organizations/{kept}/restoration", "", [401, 403, 401, 200]),
    ("POST", "/v1/organizations/{kept}/restoration", "", [401, 403, 401, 404]),
    ("DELETE", "/v1/trash/{kept}?confirm=Kept", "", [401, 403, 401, 404]),
    ("DELETE", "/v1/organizations/{kept}?confirm=Kept", "", [401, 404, 401, 200]),
    ("DELETE", "/v1/trash/{kept}?confirm=Kept", "", [401, 403, 401, 200]),
    ("POST", "/v1/trash/purge", "", [401, 403, 401, 200]),
    ("GET", "/v1/nothing", "", [404, 404, 404, 404]),
    ("PUT", "/v1/organizations", "", [405, 405, 405, 405]),
    ("DELETE", "/v1/sessions/current?everywhere=true", "", [401, 204, 401, 204]),
    ("GET", "/v1/sessions/current", "", [401, 401, 401, 401]),
];

/// The token of a session that a client began.
fn signed_in(api: &Api, email: &str) -> String {
    let body = json!({"email": email, "password": PASSWORD});
    let begun = api.ask("POST", "/v1/sessions").json(&body).send();
    assert_eq!(begun.header("location"), Some("/v1/sessions/current"));
    assert_eq!(begun.json_of(201)["email"], email);
    begun.field("access_token")
}

#[rstest]
fn each_role_reaches_what_the_access_table_gives_it(#[values(On::Embedded, On::MongoDb)] store: On) {
    let api = Api::on(store);
    let root = signed_in(&api, ROOT);
    let own = api.create("Acme", "ann@acme.example");
    let theirs = api.create("Beta", "bob@beta.example");
    let kept = api.create("Kept", "kim@kept.example");
    api.create("Zephyr", "zoe@zephyr.example");
    let (ann, zoe) = (signed_in(&api, "ann@acme.example"), api.sign_in("zoe@zephyr.example"));
    let callers =
        [("", &own, "Acme"), (&*zoe, &own, "Acme"), (&*ann, &own, "Acme"), (&*root, &theirs, "Beta")];
    for (at, (token, own, name)) in callers.into_iter().enumerate() {
        for (method, path, body, statuses) in ROWS {
            // Only the operator deletes what is kept, by its own name.
            let path = if path.contains("{kept}?confirm={name}") {
                path.replace("{name}", "Kept")
            } else {
                path.into()
            };
            let fill =
                |text: &str| text.replace("{own}", own).replace("{kept}", &kept).replace("{name}", name);
            let (path, body) = (fill(&path), fill(body));
            let ask = api.ask(method, &path).by(token);
            let ask = if body.is_empty() { ask } else { ask.raw("application/json", body) };
            let reply = ask.send();
            assert_eq!(reply.status, statuses[at], "{method} {path} by caller {at}: {reply:?}");
        }
    }
}

#[test]
fn one_session_is_as_good_as_another_and_none_is_401() {
    let api = Api::on(On::Embedded);
    for (email, password) in [(ROOT, "wrong password"), ("nobody@example.com", PASSWORD)] {
        let body = json!({"email": email, "password": password});
        let refused = api.ask("POST", "/v1/sessions").json(&body).send();
        assert_eq!(refused.code(), (401, "invalid_credentials".into()));
    }
    let reply = api.get("eyJhbGciOiJub25lIn0.e30.", "/v1/sessions/current");
    assert_eq!(reply.code(), (401, "unauthenticated".into()));
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    // Before the body is looked at, and before the parameters.
    let reply = api.ask("POST", "/v1/organizations?x=1").raw("text/plain", "{").send();
    assert_eq!(reply.code(), (401, "unauthenticated".into()));
}
