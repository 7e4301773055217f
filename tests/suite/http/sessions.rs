//! `POST /admin/login`, `GET /org/get`, and what a bearer may look like.

use super::client::{Request, encoded};
use super::ground::{Ground, Org, deletion, signed};
use super::table::{
    Body, Play, Right, bad_token, credentials, no_bearer, not_found, refused, whole_body, wrong, wrong_query,
};
use crate::common::home::PASSWORD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use std::fmt::Write as _;

fn login(email: impl Into<Value>, password: impl Into<Value>) -> Request {
    Request::post("/admin/login", &json!({"email": email.into(), "password": password.into()}))
}

fn signed_in(org: &Org) -> Right {
    let fields = vec![("token_type", "bearer".into()), ("org_name", org.name.clone().into())];
    Right::new(200, Body::Has(fields))
}

pub(crate) fn sign_in(play: &mut Play<'_>) {
    let ground = play.ground;
    let org = ground.org();
    let answer = play.row("email and password", &login(org.email.as_str(), PASSWORD), &signed_in(&org));
    let body = answer.json();
    let is_whole =
        body["organization_id"].is_string() && body["expires_in"].as_i64().is_some_and(|it| it > 0);
    play.holds("sign-in: organization_id and expires_in", is_whole, &answer);
    let token = answer.field("access_token");
    let kept = Request::put("/org/update", &json!({"organization_name": org.name})).bearer(&token);
    play.row("the token that it gives", &kept, &super::table::has(&[("status", "updated")]));
    let (local, domain) = org.email.split_once('@').unwrap();
    let emails = [
        ("domain in another case", format!("{local}@{}", domain.to_uppercase())),
        ("local part in another case", format!("{}@{domain}", local.to_uppercase())),
        ("email with blanks around it", format!("  {}  ", org.email)),
    ];
    for (name, email) in emails {
        play.row(name, &login(email, PASSWORD), &signed_in(&org));
    }
    let more = json!({"email": org.email, "password": PASSWORD, "remember": true});
    play.row("a field nobody knows", &Request::post("/admin/login", &more), &signed_in(&org));
    let wrong_password = login(org.email.as_str(), "wrong horse");
    play.row("wrong password", &wrong_password, &credentials());
    play.row("after a wrong one, the right one", &login(org.email.as_str(), PASSWORD), &signed_in(&org));
    play.row("password empty", &login(org.email.as_str(), ""), &credentials());
    play.row("password with a NUL", &login(org.email.as_str(), "correct\0horse"), &credentials());
    play.row("unknown email", &login("nobody@ref.example", PASSWORD), &credentials());
    let mut body = ground.new_body();
    body["password"] = "p".repeat(72).into();
    ground.create(&body);
    let email = &body["email"];
    let long = Org { name: body["organization_name"].as_str().unwrap().to_owned(), ..org };
    play.row("password of 72 bytes", &login(email.clone(), "p".repeat(72)), &signed_in(&long));
    play.row("that password and more after it", &login(email.clone(), "p".repeat(80)), &credentials());
    play.row("email without @", &login("nobody", PASSWORD), &wrong(&["email"], ""));
    play.row("email a number", &login(17, PASSWORD), &wrong(&["email"], "string_type"));
    play.row("password null", &login("a@ref.example", Value::Null), &wrong(&["password"], "string_type"));
    let nothing = Request::post("/admin/login", &json!({}));
    play.row("{}", &nothing, &wrong(&["email", "password"], "missing"));
    let form = nothing.raw("username=a&password=b").typed(Some("application/x-www-form-urlencoded"));
    play.row("a form", &form, &whole_body().or(415, Body::Refusal));
}

/// Waits double, so that one of these comes too early however slow the machine is.
pub(crate) fn many_wrong_passwords(play: &mut Play<'_>) {
    let org = play.ground.org();
    let request = login(org.email.as_str(), "wrong horse");
    for _ in 0..5 {
        play.row("five wrong ones", &request, &credentials());
    }
    for _ in 0..5 {
        let answer = play.ground.open.send(&request);
        if answer.status == 429 {
            play.judge("the sixth wrong one at once", &request, &answer, &refused(429));
            let seconds = answer.header("retry-after").and_then(|it| it.parse::<u64>().ok());
            play.holds("the sixth wrong one: Retry-After", seconds.is_some_and(|it| it > 0), &answer);
            return;
        }
    }
    panic!("ten wrong passwords at once, and none was refused for that");
}

pub(crate) fn get(play: &mut Play<'_>) {
    let org = play.ground.org_called("One Two+Three");
    let get = |query: &str| Request::get(format!("/org/get{query}"));
    let named = |query: &str| get(&format!("?organization_name={query}"));
    let shown = Right::new(
        200,
        Body::Has(vec![
            ("organization_name", org.name.clone().into()),
            ("admin_email", org.email.clone().into()),
        ]),
    );
    let rows = [
        ("its name", named(&encoded(&org.name))),
        ("%20 for blank, %2B for plus", named("One%20Two%2BThree")),
        ("+ for blank, %2B for plus", named("One+Two%2BThree")),
        ("another parameter beside it", get("?x=1&organization_name=One%20Two%2BThree&y=")),
        (
            "a body that says another name",
            named("One+Two%2BThree").json(&json!({"organization_name": "Other"})),
        ),
        ("name in another case", named("ONE+two%2BTHREE")),
        ("a junk bearer", named("One+Two%2BThree").bearer("junk")),
        ("an encoded parameter name", get("?organization%5Fname=One+Two%2BThree")),
    ];
    for (name, request) in rows {
        play.row(name, &request, &shown);
    }
    let all = Right::new(200, Body::Keys(&["collection_name", "created_at"], &[]));
    play.row("collection_name and created_at", &named("One+Two%2BThree"), &all);
    get_of_none(play);
}

/// Names that no organization has, and queries without a name.
fn get_of_none(play: &mut Play<'_>) {
    let get = |query: &str| Request::get(format!("/org/get{query}"));
    let named = |query: &str| get(&format!("?organization_name={query}"));
    let rows = [
        ("a name that is not there", "Nobody"),
        ("empty", ""),
        ("a blank", "%20"),
        ("+ for plus", "One+Two+Three"),
        ("%ff", "%ff"),
        ("a name no rule allows", "a%24b"),
        ("a NUL", "a%00b"),
        ("an emoji", "%F0%9F%98%80"),
        ("a percent sign alone", "100%"),
    ];
    for (name, query) in rows {
        play.row(name, &named(query), &not_found());
    }
    let rows = [
        ("no parameter", ""),
        ("no parameter behind the ?", "?"),
        ("another parameter only", "?name=Acme"),
        ("parameter in another case", "?Organization_Name=One+Two%2BThree"),
        ("organization_name[]=", "?organization_name[]=One+Two%2BThree"),
        ("the parameter twice", "?organization_name=Acme&organization_name=One+Two%2BThree"),
        ("the same name twice", "?organization_name=One+Two%2BThree&organization_name=One+Two%2BThree"),
    ];
    for (name, query) in rows {
        play.row(name, &get(query), &wrong_query());
    }
    let long = Right::any(&[414, 431]).or(404, Body::Detail("Organization not found"));
    play.row("9,000 characters", &named(&"n".repeat(9_000)), &long);
}

/// A suspended organization is not there for others, and its admin is told so with the right password alone.
pub(crate) fn suspended(play: &mut Play<'_>) {
    let org = play.ground.org();
    let mut suspend = play.ground.home.command(&["org", "suspend", &org.name, "--reason", "unpaid"]);
    assert!(suspend.env("TENANTRY_TOKEN", &play.ground.operator).output().unwrap().status.success());
    let get = Request::get(format!("/org/get?organization_name={}", encoded(&org.name)));
    play.row("get of a suspended one", &get, &not_found());
    play.row("sign-in to a suspended one", &login(org.email.as_str(), PASSWORD), &refused(403));
    let wrong_password = login(org.email.as_str(), "wrong horse");
    play.row("sign-in to a suspended one, wrong password", &wrong_password, &credentials());
    let update = Request::put("/org/update", &json!({"organization_name": org.name})).bearer(&org.token);
    play.row("the session of a suspended one", &update, &bad_token());
}

/// A route that wants a bearer.
struct Door<'a> {
    name: &'static str,
    /// A right request for the organization, but for its bearer.
    request: Box<dyn Fn(&Org) -> Request + 'a>,
    done: &'static str,
}

pub(crate) fn bearer(play: &mut Play<'_>) {
    let ground = play.ground;
    let update = |org: &Org| Request::put("/org/update", &json!({"organization_name": org.name}));
    let doors = [
        Door { name: "PUT", request: Box::new(update), done: "updated" },
        Door {
            name: "DELETE",
            request: Box::new(|org| deletion(&org.name)),
            done: "Organization and data deleted",
        },
    ];
    for door in &doors {
        let org = ground.org();
        let token = &org.token;
        let mut row = |name: &str, request: &Request, right: &Right| {
            play.row(&format!("{}: {name}", door.name), request, right);
        };
        let request = || (door.request)(&org);
        row("none", &request(), &no_bearer());
        let values = [
            ("Basic", "Basic YTpi".to_owned()),
            ("Token", format!("Token {token}")),
            ("only the word", "Bearer".to_owned()),
            ("only the word and a blank", "Bearer ".to_owned()),
            ("empty", String::new()),
            ("the token without a word", token.clone()),
        ];
        for (name, value) in values {
            row(name, &request().header("Authorization", value), &no_bearer());
        }
        row("two", &request().bearer(token).bearer(token), &no_bearer());
        let mut in_query = request();
        let joint = if in_query.target.contains('?') { '&' } else { '?' };
        write!(in_query.target, "{joint}access_token={token}").unwrap();
        row("in the query", &in_query, &no_bearer());
        row("in a cookie", &request().header("Cookie", format!("access_token={token}")), &no_bearer());
        for (name, forged) in wrong_tokens(ground, &org) {
            row(name, &request().bearer(&forged), &bad_token());
        }
        let long = Right::any(&[431, 400]).or(401, Body::Detail("Invalid authentication credentials"));
        row("20,000 bytes", &request().bearer(&"x".repeat(20_000)), &long);
        if door.name == "PUT" {
            row("none, and a wrong body", &request().raw("{"), &no_bearer());
            row("junk, and a wrong body", &request().raw("{").bearer("junk"), &bad_token());
            row("right, and no JSON", &request().raw("{").bearer(token), &whole_body());
        }
        for word in ["Bearer ", "bearer ", "BEARER ", "Bearer  "] {
            let own = if door.name == "DELETE" { ground.org() } else { org.clone() };
            let request = (door.request)(&own).header("Authorization", format!("{word}{}", own.token));
            row(&format!("{word:?}"), &request, &super::table::has(&[("status", door.done)]));
        }
    }
}

/// Tokens that no session of this store has.
fn wrong_tokens(ground: &Ground, org: &Org) -> Vec<(&'static str, String)> {
    let claims = Ground::claims(&org.token);
    let remove = |claim: &str| {
        ground.forged(&org.token, |claims| {
            claims.as_object_mut().unwrap().remove(claim);
        })
    };
    let past = |claims: &mut Value| {
        for claim in ["iat", "nbf", "exp", "auth_time"] {
            claims[claim] = (claims[claim].as_i64().unwrap() - 7_200).into();
        }
    };
    let unsigned: Vec<&str> = org.token.split('.').collect();
    let none = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        r#"{"typ":"JWT","alg":"none"}"#,
    );
    let exp = claims["exp"].clone();
    let old = json!({"sub": org.email, "org": org.name, "exp": exp});
    let key = EncodingKey::from_secret(ground.key().as_bytes());
    vec![
        ("garbage", "garbage".into()),
        ("a.b.c", "a.b.c".into()),
        ("over", ground.forged(&org.token, past)),
        ("signed by another key", signed(&claims, "another key, of thirty-two bytes!")),
        ("signed by an empty key", signed(&claims, "")),
        ("alg none", format!("{none}.{}.", unsigned[1])),
        ("alg none with the signature", format!("{none}.{}.{}", unsigned[1], unsigned[2])),
        ("alg HS512", encode(&Header::new(Algorithm::HS512), &claims, &key).unwrap()),
        ("without org", remove("org")),
        ("without exp", remove("exp")),
        ("org an object", ground.forged(&org.token, |claims| claims["org"] = json!({"$ne": null}))),
        ("org a name", ground.forged(&org.token, |claims| claims["org"] = org.name.clone().into())),
        ("made by the old service with the same key", signed(&old, &ground.key())),
        ("two tokens", format!("{} {}", org.token, org.token)),
    ]
}
