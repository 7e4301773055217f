//! Methods, paths and pages; what is closed without open registration; the document of the API.

use super::client::{Answer, Request, encoded};
use super::table::{Body, Play, Right, has, not_found, refused};
use crate::common::home::PASSWORD;
use serde_json::{Value, json};

pub(crate) fn methods(play: &mut Play<'_>) {
    let not_allowed = Right::new(405, Body::Has(vec![("detail", "Method Not Allowed".into())]));
    let rows = [
        ("GET", "/org/create"),
        ("PUT", "/org/create"),
        ("GET", "/admin/login"),
        ("POST", "/org/get"),
        ("POST", "/org/update"),
        ("PATCH", "/org/update"),
        ("POST", "/org/delete"),
        ("GET", "/org/delete"),
    ];
    for (method, path) in rows {
        let answer = play.row("another method", &Request::new(method, path), &not_allowed);
        play.holds("another method: the right ones", answer.header("allow").is_some(), &answer);
    }
    play.row("OPTIONS", &Request::new("OPTIONS", "/org/create"), &Right::any(&[405, 200, 204]));
    let preflight = Request::new("OPTIONS", "/org/create")
        .header("Origin", "http://a.example")
        .header("Access-Control-Request-Method", "POST");
    let answer = play.row("a browser's preflight", &preflight, &Right::any(&[405, 200, 204]));
    let is_closed = answer.header("access-control-allow-origin").is_none();
    play.holds("a browser's preflight: no CORS unless set", is_closed, &answer);
}

pub(crate) fn paths(play: &mut Play<'_>) {
    let org = play.ground.org();
    let query = format!("?organization_name={}", encoded(&org.name));
    let head = Request::new("HEAD", format!("/org/get{query}"));
    let answer = play.row("HEAD", &head, &Right::any(&[200, 405]));
    play.holds("HEAD has no body", answer.body.is_empty(), &answer);
    let shown = has(&[("organization_name", &org.name)]);
    let get = Request::get(format!("/org/get{query}"));
    play.row("Origin", &get.clone().header("Origin", "http://a.example"), &shown);
    let with_slash =
        [Request::get(format!("/org/get/{query}")), Request::post("/org/create/", &play.ground.new_body())];
    for request in with_slash {
        let answer = play.row("a last / too many", &request, &Right::any(&[200, 307, 308]));
        if answer.status != 200 {
            let place = answer.header("location").unwrap_or_default();
            let right = request.target.replacen("/?", "?", 1);
            let is_right = place.ends_with(right.trim_end_matches('/'));
            play.holds("a last / too many: the right place", is_right, &answer);
        }
    }
    let docs = play.row("the page with a last /", &Request::get("/docs/"), &Right::any(&[200, 307, 308]));
    play.holds("the page with a last /: its place", docs.header("location") == Some("/docs"), &docs);
    let unknown = Right::new(404, Body::Has(vec![("detail", "Not Found".into())]));
    for (method, path) in [
        ("GET", "/nope"),
        ("POST", "/org"),
        ("GET", "/Org/Get"),
        ("GET", "/favicon.ico"),
        ("GET", "//"),
        ("GET", "/org/../nope"),
    ] {
        play.row("an unknown path", &Request::new(method, path), &unknown);
    }
    play.row("an encoded /", &Request::get(format!("/org%2Fget{query}")), &Right::any(&[404, 200]));
    let root = play.row("GET /", &Request::get("/"), &Right::new(200, Body::Keys(&["message"], &[])));
    play.holds("GET /: a message", root.json()["message"].is_string(), &root);
    let docs = play.row("GET /docs", &Request::get("/docs"), &Right::any(&[200]));
    let is_page = docs.header("content-type").is_some_and(|it| it.starts_with("text/html"));
    play.holds("GET /docs: a page", is_page, &docs);
    play.row("GET /redoc", &Request::get("/redoc"), &Right::any(&[200, 307, 308, 404]));
}

/// Without open registration.
pub(crate) fn closed(play: &mut Play<'_>) {
    let ground = play.ground;
    let admin = ground.org();
    let create = || Request::post("/org/create", &ground.new_body());
    play.row_at(&ground.closed, "closed: create without a bearer", &create(), &refused(401));
    play.row_at(
        &ground.closed,
        "closed: create with junk",
        &create().bearer("junk"),
        &super::table::bad_token(),
    );
    play.row_at(
        &ground.closed,
        "closed: create with an admin's bearer",
        &create().bearer(&admin.token),
        &refused(403),
    );
    let by_operator = create().bearer(&ground.operator);
    play.row_at(
        &ground.closed,
        "closed: create with an operator's bearer",
        &by_operator,
        &has(&[("state", "active")]),
    );
    let get = Request::get(format!("/org/get?organization_name={}", encoded(&admin.name)));
    let shown = Right::new(
        200,
        Body::Keys(&["organization_name", "collection_name", "created_at"], &["admin_email"]),
    );
    play.row_at(&ground.closed, "closed: get without a bearer", &get, &shown);
    let nobody = Request::get("/org/get?organization_name=Nobody");
    play.row_at(&ground.closed, "closed: get of nobody", &nobody, &not_found());
    let login = Request::post("/admin/login", &json!({"email": admin.email, "password": PASSWORD}));
    play.row_at(&ground.closed, "closed: sign-in", &login, &has(&[("token_type", "bearer")]));
}

/// The document from which callers' clients were generated.
pub(crate) fn document(play: &mut Play<'_>) {
    let right = Right::new(200, Body::Keys(&["openapi", "paths", "components"], &[]));
    let answer = play.row("GET /openapi.json", &Request::get("/openapi.json"), &right);
    let document = answer.json();
    let operations = [
        ("/org/create", "post", "create_org_org_create_post", "OrgCreate", "OrgResponse", false),
        ("/admin/login", "post", "login_admin_login_post", "AdminLogin", "Token", false),
        ("/org/get", "get", "get_org_org_get_get", "", "OrgResponse", false),
        ("/org/update", "put", "update_org_org_update_put", "OrgUpdate", "", true),
        ("/org/delete", "delete", "delete_org_org_delete_delete", "", "", true),
    ];
    for (path, method, id, takes, gives, is_guarded) in operations {
        let operation = &document["paths"][path][method];
        let refers = |at: &Value, name: &str| {
            name.is_empty()
                || at["content"]["application/json"]["schema"]["$ref"]
                    == format!("#/components/schemas/{name}")
        };
        let holds = operation["operationId"] == id
            && refers(&operation["requestBody"], takes)
            && refers(&operation["responses"]["200"], gives)
            && refers(&operation["responses"]["422"], "HTTPValidationError")
            && is_session_needed(&operation["security"]) == is_guarded;
        let excerpt = Answer { body: operation.to_string().into(), ..answer.clone() };
        play.holds(&format!("the document of {path}"), holds, &excerpt);
    }
    schemas(play, &document, &answer);
}

/// Whether no alternative does without a scheme.
fn is_session_needed(security: &Value) -> bool {
    let none = |it: &Value| it.as_object().is_none_or(serde_json::Map::is_empty);
    security.as_array().is_some_and(|all| !all.is_empty() && !all.iter().any(none))
}

fn schemas(play: &mut Play<'_>, document: &Value, answer: &Answer) {
    let schemas = &document["components"]["schemas"];
    let required = |name: &str| schemas[name]["required"].as_array().map_or(0, Vec::len);
    let properties = |name: &str| {
        let properties = schemas[name]["properties"].as_object();
        properties.map(|it| it.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    let has_all = |name: &str, fields: &[&str]| {
        let there = properties(name);
        fields.iter().all(|field| there.iter().any(|it| it == field))
    };
    let secured = document["components"]["securitySchemes"].as_object();
    let rules = [
        (
            "OrgCreate",
            has_all("OrgCreate", &["organization_name", "email", "password"]) && required("OrgCreate") == 3,
        ),
        (
            "OrgUpdate",
            has_all("OrgUpdate", &["organization_name", "email", "password", "current_password"])
                && required("OrgUpdate") == 0,
        ),
        ("AdminLogin", has_all("AdminLogin", &["email", "password"]) && required("AdminLogin") == 2),
        ("OrgResponse", has_all("OrgResponse", &["organization_name", "collection_name", "admin_email"])),
        ("Token", has_all("Token", &["access_token", "token_type", "org_name"])),
        ("HTTPValidationError", has_all("HTTPValidationError", &["detail"])),
        (
            "ValidationError",
            has_all("ValidationError", &["loc", "msg", "type"]) && properties("ValidationError").len() == 3,
        ),
        (
            "a bearer",
            secured.is_some_and(|it| it.values().any(|it| it["type"] == "http" && it["scheme"] == "bearer")),
        ),
    ];
    for (name, holds) in rules {
        play.holds(
            &format!("the schema of {name}"),
            holds,
            &Answer { body: schemas[name].to_string().into(), ..answer.clone() },
        );
    }
}
