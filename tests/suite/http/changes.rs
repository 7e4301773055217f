//! `PUT /org/update` and `DELETE /org/delete`.

use super::client::{Answer, Request};
use super::ground::{Ground, Org, Serve, deletion};
use super::table::{
    Body, Play, Right, bad_token, has, new_exists, no_bearer, own_only, refused, wrong, wrong_query,
};
use crate::common::home::{On, PASSWORD};
use serde_json::{Value, json};

const NAME: &str = "organization_name";

fn put(org: &Org, body: &Value) -> Request {
    Request::put("/org/update", body).bearer(&org.token)
}

/// The answer to an update after which this name is in force.
fn updated(name: &str) -> Right {
    has(&[("status", "updated"), ("new_name", name), ("organization_name", name)])
}

/// Updates that are done, each of an organization of its own.
pub(crate) fn updates(play: &mut Play<'_>) {
    let ground = play.ground;
    let org = ground.org();
    let kept = |play: &mut Play<'_>, name: &str, more: &Value| {
        let answer = play.row(name, &put(&org, &with_name(&org, more)), &updated(&org.name));
        let whole =
            answer.json()["collection_name"].is_string() && answer.json()["admin_email"] == *org.email;
        play.holds(name, whole, &answer);
    };
    kept(play, "the name it has", &json!({}));
    kept(play, "the name it has, email and password null", &json!({"email": null, "password": null}));
    kept(play, "fields nobody knows", &json!({"role": "root", "x": {"y": [1]}}));
    kept(play, "the name it has, password empty", &json!({"password": ""}));
    kept(play, "the name it has and the email it has", &json!({"email": org.email}));
    let email = json!({NAME: org.name, "email": "new1@ref.example", "current_password": PASSWORD});
    play.row("a new email and current_password", &put(&org, &email), &updated(&org.name));
    play.row("the same token after the email changed", &put(&org, &email), &bad_token());
    login_works(play, "new1@ref.example", PASSWORD);
    let org = ground.org();
    let password = json!({NAME: org.name, "password": "another horse", "current_password": PASSWORD});
    play.row("a new password and current_password", &put(&org, &password), &updated(&org.name));
    play.row("the same token after the password changed", &put(&org, &password), &bad_token());
    login_works(play, &org.email, "another horse");
    let org = ground.org();
    play.row("a new name", &put(&org, &json!({NAME: "New Name"})), &updated("New Name"));
    play.row("the same token after the rename", &put(&org, &json!({NAME: "New Name"})), &updated("New Name"));
    play.row("its name in another case", &put(&org, &json!({NAME: "NEW name"})), &updated("NEW name"));
    play.row("a name with blanks around it", &put(&org, &json!({NAME: "  Trimmed  "})), &updated("Trimmed"));
    let all = json!({NAME: "All At Once", "email": "new2@ref.example", "password": "another horse", "current_password": PASSWORD});
    play.row("name, email, password and current_password", &put(&org, &all), &updated("All At Once"));
    login_works(play, "new2@ref.example", "another horse");
}

fn login_works(play: &mut Play<'_>, email: &str, password: &str) {
    let request = Request::post("/admin/login", &json!({"email": email, "password": password}));
    play.row("a sign-in with what was set", &request, &has(&[("token_type", "bearer")]));
}

/// What callers of the old service send: an email and a password without the current one.
pub(crate) fn legacy_update(play: &mut Play<'_>) {
    let legacy = Serve::start(&play.ground.home, &[("OPEN_REGISTRATION", "true"), ("LEGACY_UPDATE", "true")]);
    let org = play.ground.org();
    let all = json!({NAME: "Legacy", "email": "legacy@ref.example", "password": "another horse"});
    play.row_at(
        &legacy,
        "LEGACY_UPDATE: name, email, password, nothing else",
        &put(&org, &all),
        &updated("Legacy"),
    );
    login_works(play, "legacy@ref.example", "another horse");
    let mut audit = play.ground.home.command(&["audit", "list", "--json"]);
    audit.env("TENANTRY_TOKEN", &play.ground.operator);
    let audit = crate::common::home::Answer::of(audit.output().unwrap()).json().to_string();
    assert!(audit.contains("legacy@ref.example") && audit.contains("not asked"), "it is audited: {audit}");
    play.row_at(&legacy, "LEGACY_UPDATE: no bearer", &Request::put("/org/update", &all), &no_bearer());
}

/// The name it has, and more.
fn with_name(org: &Org, more: &Value) -> Value {
    let mut body = json!({NAME: org.name});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

type Row = (&'static str, Value, Right);

/// Updates with wrong values.
fn wrong_updates(org: &Org, other: &Org) -> Vec<Row> {
    let list = Right::new(422, Body::List);
    let own = |more: Value| with_name(org, &more);
    vec![
        ("{}", json!({}), list.clone()),
        ("name null, nothing else", json!({NAME: null}), list.clone()),
        ("email and password null, no name", json!({"email": null, "password": null}), list),
        ("name a number", json!({NAME: 17}), wrong(&[NAME], "string_type")),
        ("email without @", own(json!({"email": "nobody"})), wrong(&["email"], "")),
        ("email empty", own(json!({"email": ""})), wrong(&["email"], "")),
        ("password a number", own(json!({"password": 12_345_678})), wrong(&["password"], "string_type")),
        ("a name that is taken", json!({NAME: other.name}), new_exists()),
        ("a name that is taken, in another case", json!({NAME: other.name.to_uppercase()}), new_exists()),
        ("name empty", json!({NAME: ""}), wrong(&[NAME], "")),
        ("name r$x", json!({NAME: "r$x"}), wrong(&[NAME], "")),
        ("name of 300 characters", json!({NAME: "n".repeat(300)}), wrong(&[NAME], "")),
        ("a name with a NUL", json!({NAME: "a\0b"}), wrong(&[NAME], "")),
        (
            "several wrong fields",
            json!({NAME: "r$x", "email": "nobody", "password": 17}),
            Right::new(
                422,
                Body::Fields("body", vec![(NAME, ""), ("email", ""), ("password", "string_type")]),
            ),
        ),
    ]
}

/// Updates of email and password, without the current password or beside a right one.
fn unproven_updates(org: &Org, other: &Org) -> Vec<Row> {
    let own = |more: Value| with_name(org, &more);
    let long = "p".repeat(80);
    vec![
        ("email only", json!({"email": "only@ref.example"}), refused(403)),
        ("password only", json!({"password": "another horse"}), refused(403)),
        ("a name, and a new email", json!({NAME: "Half Done", "email": "half@ref.example"}), refused(403)),
        ("a new password", own(json!({"password": "another horse"})), refused(403)),
        (
            "a wrong current_password with an email",
            own(json!({"email": "wrong@ref.example", "current_password": "wrong horse"})),
            refused(403).or(401, Body::Refusal),
        ),
        (
            "a new password of 80 bytes and current_password",
            own(json!({"password": long, "current_password": PASSWORD})),
            wrong(&["password"], ""),
        ),
        (
            "a new password with a NUL and current_password",
            own(json!({"password": "another\0horse", "current_password": PASSWORD})),
            wrong(&["password"], ""),
        ),
        (
            "another's email and current_password",
            own(json!({"email": other.email, "current_password": PASSWORD})),
            refused(400),
        ),
    ]
}

/// Updates that are refused: nothing of them is done.
pub(crate) fn refused_updates(play: &mut Play<'_>) {
    let ground = play.ground;
    let (org, other) = (ground.org(), ground.org());
    for (name, body, right) in wrong_updates(&org, &other).into_iter().chain(unproven_updates(&org, &other)) {
        play.row(name, &put(&org, &body), &right);
    }
    let unchanged = has(&[("organization_name", &org.name), ("admin_email", &org.email)]);
    play.row("after all refusals it is as it was", &get(&org.name), &unchanged);
    login_works(play, &org.email, PASSWORD);
    play.row("a refused name is free", &get("Half Done"), &super::table::not_found());
    let gone = ground.org();
    let deleted = has(&[("status", "Organization and data deleted")]);
    play.row("its own", &deletion(&gone.name).bearer(&gone.token), &deleted);
    play.row("with the token of a deleted one", &put(&gone, &json!({NAME: gone.name})), &bad_token());
}

fn get(name: &str) -> Request {
    Request::get(format!("/org/get?organization_name={}", super::client::encoded(name)))
}

pub(crate) fn deletes(play: &mut Play<'_>) {
    let ground = play.ground;
    let (org, other) = (ground.org(), ground.org());
    let own = |request: Request| request.bearer(&org.token);
    let bare = || Request::new("DELETE", "/org/delete");
    let twice = deletion(&format!("{}&organization_name=", other.name))
        .target
        .replace("%26", "&")
        .replace("%3D", "=");
    let twice = Request::new("DELETE", format!("{twice}{}", super::client::encoded(&org.name)));
    let rows = [
        ("no bearer", deletion(&org.name), no_bearer()),
        ("no bearer, no parameter", bare(), no_bearer()),
        ("another's", own(deletion(&other.name)), own_only()),
        ("empty", own(deletion("")), own_only()),
        ("its name and a blank after it", own(deletion(&format!("{} ", org.name))), own_only()),
        ("one that is not there", own(deletion("Nobody")), own_only()),
        ("a name no rule allows", own(deletion("a$b")), own_only()),
        ("its name in another case", own(deletion(&org.name.to_uppercase())), own_only()),
        ("no parameter", own(bare()), wrong_query()),
        ("the name in a body instead", own(bare().json(&json!({NAME: org.name}))), wrong_query()),
        ("the parameter twice, the own last", own(twice), wrong_query()),
    ];
    for (name, request, right) in rows {
        play.row(name, &request, &right);
    }
    for each in [&org, &other] {
        play.row("it is still there", &get(&each.name), &has(&[(NAME, &each.name)]));
    }
    let deleted = has(&[("status", "Organization and data deleted")]);
    play.row("its own", &own(deletion(&org.name)), &deleted);
    play.row("it is gone", &get(&org.name), &super::table::not_found());
    play.row("again with the same token", &own(deletion(&org.name)), &bad_token());
    let newcomer = ground.org_called(&org.name);
    play.row(
        "the token of a deleted one whose name has a new owner",
        &own(deletion(&org.name)),
        &bad_token(),
    );
    play.row("the newcomer is still there", &get(&newcomer.name), &has(&[("admin_email", &newcomer.email)]));
    let renamed = ground.org();
    play.row("a rename", &put(&renamed, &json!({NAME: "Renamed"})), &updated("Renamed"));
    let old_name = deletion(&renamed.name).bearer(&renamed.token);
    play.row("the token from before a rename, the old name", &old_name, &own_only());
    let new_name = deletion("Renamed").bearer(&renamed.token);
    play.row("the token from before a rename, the new name", &new_name, &deleted);
}

/// The email it has is no change, also in another case; a new one is, and a repeat of that with its key is the same
/// request, although it is the email it has by then.
#[test]
fn email_it_has_is_no_change_and_a_repeat_is_one_request() {
    let ground = Ground::on(On::Embedded);
    let legacy = Serve::start(&ground.home, &[("LEGACY_UPDATE", "true")]);
    let org = ground.org();
    for email in [org.email.clone(), org.email.to_uppercase()] {
        let answer = legacy.send(&put(&org, &json!({"email": email}))).expect(200).json();
        assert_eq!((&answer[NAME], &answer["admin_email"]), (&json!(org.name), &json!(org.email)));
    }
    let audit = |home: &crate::common::home::Home| {
        home.file().query_row("SELECT COUNT(*) FROM audit", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let before = audit(&ground.home);
    legacy.send(&put(&org, &json!({"email": org.email}))).expect(200);
    assert_eq!(audit(&ground.home), before, "nothing was written");
    let change = json!({NAME: "Renamed", "email": "new@ref.example"});
    let ask = |org: &Org| legacy.send(&put(org, &change).header("Idempotency-Key", "order 9"));
    let first = ask(&org).expect(200).text();
    let token = ground.maker.sign_in("new@ref.example").unwrap();
    let again = Org { token, ..org };
    assert_eq!(ask(&again).expect(200).text(), first, "its answer was lost");
    // Rules judge new values only: an email from before a rule is no wrong field.
    let old = ground.org();
    let file = ground.home.file();
    for sql in [
        "UPDATE organizations SET admin_email = '+old@ref.example' WHERE organization_name = ?1",
        "UPDATE admins SET email = '+old@ref.example', email_key = '+old@ref.example'
         WHERE organization_id = (SELECT id FROM organizations WHERE organization_name = ?1)",
    ] {
        assert_eq!(file.execute(sql, [&old.name]).unwrap(), 1);
    }
    for body in [json!({"email": "+old@ref.example"}), json!({NAME: old.name, "email": "+OLD@ref.example"})] {
        let kept = legacy.send(&put(&old, &body)).expect(200).json();
        assert_eq!(kept["admin_email"], "+old@ref.example");
    }
    let other = json!({"email": "+other@ref.example", "current_password": PASSWORD});
    legacy.send(&put(&old, &other)).expect(422);
}

/// An answer's own text, for a message.
pub(crate) fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.text())
}

/// Callers read a list with 422, also where a header is what is wrong.
#[test]
fn a_key_of_another_request_is_told_as_a_wrong_field() {
    let ground = Ground::on(On::Embedded);
    let org = ground.org();
    let keyed = |name: &str, key: &str| {
        let request = Request::put("/org/update", &json!({NAME: name})).bearer(&org.token);
        ground.open.send(&request.header("Idempotency-Key", key))
    };
    let rename = |name: &str| keyed(name, "order 7");
    assert_eq!(rename("First").expect(200).text(), rename("First").expect(200).text());
    let others = [
        ("order 7", "operation_mismatch"),
        ("", "invalid_request"),
        ("a\r\nIdempotency-Key: b", "invalid_request"),
    ];
    for (key, code) in others {
        let refused = keyed("Second", key).expect(422).json();
        assert_eq!(refused["detail"][0]["loc"], json!(["header", "Idempotency-Key"]), "{key:?}");
        assert_eq!(refused["code"], code, "{key:?}");
    }
}
