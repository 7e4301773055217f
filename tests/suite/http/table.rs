//! Rows of a table: a request, and what the answer must be.

use super::client::{Answer, Request};
use super::ground::{Ground, Serve};
use crate::common::home::PASSWORD;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// What the body of an answer must be.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    Any,
    /// A refusal with this text.
    Detail(&'static str),
    /// A refusal with a text that callers do not compare.
    Refusal,
    /// A list of wrong fields of the body or the query; with the type of each, where it is not free.
    Fields(&'static str, Vec<(&'static str, &'static str)>),
    /// A list of what is wrong with the body as a whole.
    Whole,
    /// A list with any places.
    List,
    /// A new organization of this name and email.
    Created(String, String),
    /// An object with these values among others.
    Has(Vec<(&'static str, Value)>),
    /// An object that has these fields and lacks those.
    Keys(&'static [&'static str], &'static [&'static str]),
}

/// The right answers to a request: one of these.
#[derive(Debug, Clone)]
pub(crate) struct Right(Vec<(u16, Body)>);

impl Right {
    pub(crate) fn new(status: u16, body: Body) -> Self {
        Self(vec![(status, body)])
    }

    pub(crate) fn or(mut self, status: u16, body: Body) -> Self {
        self.0.push((status, body));
        self
    }

    /// Any of these statuses with any body.
    pub(crate) fn any(statuses: &[u16]) -> Self {
        Self(statuses.iter().map(|status| (*status, Body::Any)).collect())
    }
}

pub(crate) fn has(fields: &[(&'static str, &str)]) -> Right {
    Right::new(200, Body::Has(fields.iter().map(|(name, value)| (*name, Value::from(*value))).collect()))
}

pub(crate) fn exists() -> Right {
    Right::new(400, Body::Detail("Organization already exists"))
}

pub(crate) fn new_exists() -> Right {
    Right::new(400, Body::Detail("New organization name already exists"))
}

pub(crate) fn not_found() -> Right {
    Right::new(404, Body::Detail("Organization not found"))
}

pub(crate) fn credentials() -> Right {
    Right::new(401, Body::Detail("Invalid credentials"))
}

pub(crate) fn no_bearer() -> Right {
    Right::new(401, Body::Detail("Not authenticated"))
}

pub(crate) fn bad_token() -> Right {
    Right::new(401, Body::Detail("Invalid authentication credentials"))
}

pub(crate) fn own_only() -> Right {
    Right::new(403, Body::Detail("You can only delete your own organization"))
}

pub(crate) fn refused(status: u16) -> Right {
    Right::new(status, Body::Refusal)
}

pub(crate) fn whole_body() -> Right {
    Right::new(422, Body::Whole)
}

/// 422 for these fields of the body, of this type; an empty type is free.
pub(crate) fn wrong(fields: &[&'static str], kind: &'static str) -> Right {
    Right::new(422, Body::Fields("body", fields.iter().map(|field| (*field, kind)).collect()))
}

/// 422 for the name in the query.
pub(crate) fn wrong_query() -> Right {
    Right::new(422, Body::Fields("query", vec![("organization_name", "")]))
}

/// Plays rows and keeps what was wrong, so that one failure shows every wrong row.
pub(crate) struct Play<'a> {
    pub(crate) ground: &'a Ground,
    requests: usize,
    wrong: Vec<String>,
    /// The names of organizations that rows created.
    created: Vec<String>,
}

impl<'a> Play<'a> {
    pub(crate) fn on(ground: &'a Ground) -> Self {
        Self { ground, requests: 0, wrong: Vec::new(), created: Vec::new() }
    }

    /// Sends a row's request to the server with open registration.
    pub(crate) fn row(&mut self, name: &str, request: &Request, right: &Right) -> Answer {
        let ground = self.ground;
        self.row_at(&ground.open, name, request, right)
    }

    pub(crate) fn row_at(&mut self, serve: &Serve, name: &str, request: &Request, right: &Right) -> Answer {
        let answer = serve.send(request);
        self.judge(name, request, &answer, right);
        answer
    }

    pub(crate) fn judge(&mut self, name: &str, request: &Request, answer: &Answer, right: &Right) {
        if answer.status == 200 && request.target.starts_with("/org/create") {
            self.created.push(answer.field("organization_name"));
        }
        let attempts: Vec<_> = right.0.iter().map(|(status, body)| fits(answer, *status, body)).collect();
        let matched = attempts.iter().any(Result::is_ok);
        let leaked = leaked(request, answer);
        let what =
            if matched { leaked } else { Some(attempts.into_iter().filter_map(Result::err).collect()) };
        let route = format!("{} {}", request.method, request.target.chars().take(60).collect::<String>());
        self.check(
            &format!("{name} ({route})"),
            &what.map_or(Ok(()), Err),
            &answer.everything().chars().take(600).collect::<String>(),
        );
    }

    /// What was refused has left nothing: there are only the organizations of rows that answered 200.
    pub(crate) fn only_created(&mut self) {
        self.created.extend(self.ground.created());
        self.created.sort();
        assert_eq!(self.ground.names(), self.created);
    }

    /// Counts a row that was judged elsewhere.
    pub(crate) fn check(&mut self, name: &str, what: &Result<(), String>, answer: &str) {
        self.requests += 1;
        if let Err(what) = what {
            self.wrong.push(format!("- {name}: {what}\n    {}", answer.replace('\n', "\n    ")));
        }
    }

    /// Counts one more judgement of a row.
    pub(crate) fn holds(&mut self, name: &str, holds: bool, answer: &Answer) {
        let what = if holds { Ok(()) } else { Err("does not hold".to_owned()) };
        self.check(name, &what, &answer.everything());
    }

    /// All rows were right.
    pub(crate) fn finish(self, table: &str) {
        let right = self.requests - self.wrong.len();
        println!("{table}: {} requests, {right} right", self.requests);
        let log: String = self.ground.open.log().chars().take(4_000).collect();
        assert!(
            self.wrong.is_empty(),
            "{table}, {} wrong:\n{}\n{log}",
            self.wrong.len(),
            self.wrong.join("\n")
        );
    }
}

/// What an answer tells of what it must not.
fn leaked(request: &Request, answer: &Answer) -> Option<String> {
    let everything = answer.everything();
    if everything.contains(PASSWORD) {
        return Some("the password is in the answer".to_owned());
    }
    let sent = request.texts().into_iter().find(|text| text.len() > 4 && everything.contains(text.as_str()));
    let sent = sent.filter(|_| answer.status == 422);
    sent.map(|text| format!("{text:?} was sent and is in the answer"))
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn fits(answer: &Answer, status: u16, body: &Body) -> Result<(), String> {
    ensure(answer.status == status, || format!("not {status}; "))?;
    let json = answer.json();
    if !matches!(body, Body::Any) {
        ensure(answer.header("content-type") == Some("application/json"), || {
            "not application/json".to_owned()
        })?;
        ensure(json.is_object(), || "no JSON object".to_owned())?;
    }
    match body {
        Body::Any => Ok(()),
        Body::Detail(text) => {
            ensure(json["detail"] == *text, || format!("detail is not {text:?}"))?;
            fits_refusal(answer, &json)
        }
        Body::Refusal => fits_refusal(answer, &json),
        Body::Fields(place, fields) => {
            let found = fits_list(&json)?;
            let mut right: Vec<_> =
                fields.iter().map(|(name, _)| vec![(*place).to_owned(), (*name).to_owned()]).collect();
            let mut places: Vec<_> = found.iter().map(|(loc, _)| loc.clone()).collect();
            right.sort();
            places.sort();
            ensure(places == right, || format!("the wrong fields are not {right:?}"))?;
            for (name, kind) in fields.iter().filter(|(_, kind)| !kind.is_empty()) {
                let is_told = found.iter().any(|(loc, other)| loc[1] == *name && other == kind);
                ensure(is_told, || format!("type of {name} is not {kind}"))?;
            }
            Ok(())
        }
        Body::Whole => {
            let found = fits_list(&json)?;
            let is_whole = |loc: &[String]| {
                loc[0] == "body" && loc[1..].iter().all(|at| at.bytes().all(|byte| byte.is_ascii_digit()))
            };
            ensure(found.iter().all(|(loc, _)| is_whole(loc)), || "not at body".to_owned())
        }
        Body::List => fits_list(&json).map(drop),
        Body::Created(name, email) => fits_created(&json, name, email),
        Body::Has(fields) => {
            let wrong = fields.iter().find(|(name, value)| json[*name] != *value);
            ensure(wrong.is_none(), || format!("wrong: {wrong:?}"))
        }
        Body::Keys(with, without) => {
            let has = |name: &&str| json.get(name).is_some();
            ensure(with.iter().all(has), || format!("without one of {with:?}"))?;
            ensure(!without.iter().any(has), || format!("with one of {without:?}"))
        }
    }
}

/// A code for programs and a hint for people beside the text; a challenge where a session is missing.
fn fits_refusal(answer: &Answer, json: &Value) -> Result<(), String> {
    ensure(json["detail"].as_str().is_some_and(|text| !text.is_empty()), || "no detail".to_owned())?;
    ensure(json["code"].as_str().is_some_and(|text| !text.is_empty()), || "no code".to_owned())?;
    ensure(json["hint"].as_str().is_some_and(|text| !text.is_empty()), || "no hint".to_owned())?;
    let challenge = answer.header("www-authenticate").is_some_and(|it| it.starts_with("Bearer"));
    ensure(json["detail"] != "Not authenticated" || challenge, || "no WWW-Authenticate".to_owned())
}

/// The places and types of a 422.
fn fits_list(json: &Value) -> Result<Vec<(Vec<String>, String)>, String> {
    let list = json["detail"].as_array().filter(|list| !list.is_empty()).ok_or("detail is no list")?;
    ensure(json["code"].is_string() && json["hint"].is_string(), || "no code or hint".to_owned())?;
    let mut found = Vec::new();
    for item in list {
        let mut keys: Vec<_> = item.as_object().ok_or("no object")?.keys().cloned().collect();
        keys.sort();
        ensure(keys == ["loc", "msg", "type"], || format!("not type, loc and msg: {keys:?}"))?;
        ensure(item["msg"].as_str().is_some_and(|text| !text.is_empty()), || "no msg".to_owned())?;
        let places = item["loc"].as_array().filter(|loc| !loc.is_empty()).ok_or("no loc")?;
        let text = |at: &Value| at.as_str().map_or_else(|| at.to_string(), str::to_owned);
        let kind = item["type"].as_str().filter(|kind| !kind.is_empty()).ok_or("no type")?;
        found.push((places.iter().map(text).collect(), kind.to_owned()));
    }
    Ok(found)
}

fn fits_created(json: &Value, name: &str, email: &str) -> Result<(), String> {
    let text = |field: &str| json[field].as_str().unwrap_or_default();
    ensure(text("organization_name") == name, || format!("organization_name is not {name:?}"))?;
    ensure(text("collection_name").starts_with("org_"), || "no collection_name".to_owned())?;
    ensure(text("admin_email").to_lowercase() == email.to_lowercase(), || "not its email".to_owned())?;
    ensure(text("organization_id").parse::<Uuid>().is_ok(), || "no organization_id".to_owned())?;
    let created_at = text("created_at");
    let is_time = created_at.parse::<Timestamp>().is_ok() && created_at.ends_with('Z');
    ensure(is_time, || "no created_at".to_owned())?;
    ensure(text("state") == "active", || "not active".to_owned())
}
