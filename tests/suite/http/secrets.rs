//! Nothing that the server answers or logs has a secret in it.

use super::client::{Answer, Request, encoded};
use super::ground::{Serve, deletion};
use crate::common::home::{Home, On};
use crate::common::mongo::TestDatabase;
use rstest::rstest;
use rustix::process::Signal;
use serde_json::json;
use std::fs;
use std::path::Path;

const PASSWORDS: [&str; 5] =
    ["marked-first-01", "marked-second-02", "marked-wrong-03", "marked-root-04", "m4rk3d!"];
const KEY: &str = "marked-key-0123456789abcdef-0123456789";
const MARKS: [&str; 4] = ["marked-", "m4rk3d", "correct-horse", "$2b$"];

/// All that a client hears.
struct Heard<'a> {
    serve: &'a Serve,
    answers: Vec<String>,
}

impl Heard<'_> {
    fn send(&mut self, request: &Request) -> Answer {
        let answer = self.serve.send(request);
        self.answers.push(answer.everything());
        answer
    }

    /// A sign-in, whose answer alone may have a token.
    fn token(&mut self, email: &str, password: &str) -> String {
        self.token_by("/admin/login", email, password)
    }

    fn token_by(&mut self, route: &str, email: &str, password: &str) -> String {
        let login = Request::post(route, &json!({"email": email, "password": password}));
        let mut answer = self.serve.send(&login);
        assert!([200, 201].contains(&answer.status), "{answer:?}");
        let token = answer.field("access_token");
        answer.body = answer.text().replace(&token, "").into();
        self.answers.push(answer.everything());
        token
    }

    /// Requests of every kind, with secrets in all places where a client may put one. The tokens that it got.
    fn play(&mut self) -> Vec<String> {
        let [first, second, wrong, _, short] = PASSWORDS;
        let (name, email) = ("Marked", "a@ref.example");
        let create =
            |password: &str| json!({"organization_name": name, "email": email, "password": password});
        self.send(&Request::post("/org/create", &create(first))).expect(200);
        self.send(&Request::post("/org/create", &create(first))).expect(400);
        self.send(&Request::post("/org/create", &create(short))).expect(422);
        self.send(&Request::post("/org/create", &create(&wrong.repeat(10)))).expect(422);
        let misplaced =
            json!({"organization_name": {"x": wrong}, "email": wrong, "password": [wrong], "x": wrong});
        self.send(&Request::post("/org/create", &misplaced)).expect(422);
        for body in [
            format!("{{\"password\": \"{wrong}\""),
            wrong.to_owned(),
            format!("\"{wrong}\""),
            format!("[\"{wrong}\"]"),
        ] {
            self.send(&Request::new("POST", "/org/create").raw(body)).expect(422);
        }
        let twice =
            format!(r#"{{"{wrong}": 1, "{wrong}": 2, "password": "{wrong}", "password": "{wrong}"}}"#);
        self.send(&Request::new("POST", "/org/create").raw(twice)).expect(422);
        let form = Request::new("POST", "/admin/login").raw(format!("username=a&password={wrong}"));
        self.send(&form.typed(Some("application/x-www-form-urlencoded")));
        let login = |email: &str| Request::post("/admin/login", &json!({"email": email, "password": wrong}));
        self.send(&login(email)).expect(401);
        self.send(&login("nobody@ref.example")).expect(401);
        self.send(&login(wrong)).expect(422);
        let token = self.token(email, first);
        let put = |body: &serde_json::Value| Request::put("/org/update", body);
        let password = json!({"password": second, "current_password": wrong});
        self.send(&put(&password).bearer(&token));
        self.send(&put(&json!({"password": second})).bearer(&token)).expect(403);
        self.send(&put(&password).header("Authorization", format!("Basic {token}"))).expect(401);
        self.send(&put(&password).header("Authorization", format!("Bearer {wrong}"))).expect(401);
        self.send(&put(&password).header("Authorization", format!("Bearer {token}x"))).expect(401);
        self.send(&put(&password).header("Cookie", format!("access_token={token}"))).expect(401);
        let query =
            format!("/org/get?organization_name=Marked&access_token={token}&password={}", encoded(first));
        self.send(&Request::get(&query)).expect(200);
        self.send(&Request::get(query.replace("/org/get", "/nope"))).expect(404);
        self.send(&put(&json!({"password": second, "current_password": first})).bearer(&token)).expect(200);
        self.send(&put(&json!({"organization_name": "Marked 2"})).bearer(&token)).expect(401);
        let second_token = self.token(email, second);
        self.send(&put(&json!({"organization_name": "Marked 2"})).bearer(&second_token)).expect(200);
        self.send(&deletion("Marked 2").bearer(&second_token)).expect(200);
        for page in ["/", "/docs", "/openapi.json", "/metrics", "/health/live", "/health/ready"] {
            self.send(&Request::get(page).bearer(&second_token));
        }
        vec![token, second_token]
    }
}

impl Heard<'_> {
    /// The same to the other API: also in documents, filters and keys.
    fn play_v1(&mut self) -> Vec<String> {
        let [first, second, wrong, root, short] = PASSWORDS;
        let email = "c@ref.example";
        let operator = self.token_by("/v1/sessions", "root@example.com", root);
        let post = |path: &str, body: &serde_json::Value| {
            Request::post(path, body).bearer(&operator).header("Idempotency-Key", format!("{wrong}{path}"))
        };
        let new =
            |password: &str| json!({"organization_name": "V1", "admin_email": email, "password": password});
        self.send(&post("/v1/organizations", &new(short))).expect(422);
        self.send(&post("/v1/organizations", &json!({"password": [wrong], "x": wrong}))).expect(422);
        self.send(&post("/v1/organizations", &new(first))).expect(201);
        self.send(&post("/v1/organizations", &new(second))).expect(422);
        let login = json!({"email": email, "password": wrong});
        self.send(&Request::post("/v1/sessions", &login)).expect(401);
        let admin = self.token_by("/v1/sessions", email, first);
        let place = self.send(&Request::get("/v1/organizations").bearer(&admin)).expect(200).json();
        let place = format!("/v1/organizations/{}", place["items"][0]["organization_id"].as_str().unwrap());
        let documents = format!("{place}/documents");
        let insert = |body: &serde_json::Value| Request::post(&documents, body).bearer(&admin);
        self.send(&insert(&json!({"_id": 1, "text": wrong}))).expect(201);
        self.send(&insert(&json!({"_id": 1, "text": wrong}))).expect(409);
        self.send(&insert(&json!([{"_id": 2, "$x": wrong}, wrong]))).expect(200);
        self.send(&Request::new("POST", &documents).bearer(&admin).raw(format!("{{\"a\": {wrong}")))
            .expect(422);
        // The audit tells what was looked for.
        self.send(&Request::get(format!("{place}/document-count?filter=_id:1")).bearer(&admin)).expect(200);
        let account = |current: &str| json!({"password": second, "current_password": current});
        let patch = |body: &serde_json::Value| Request::new("PATCH", "/v1/account").json(body).bearer(&admin);
        self.send(&patch(&account(wrong))).expect(403);
        self.send(&patch(&account(first))).expect(200);
        self.send(&post("/v1/operators", &json!({"email": "d@ref.example", "password": first}))).expect(201);
        let other = Request::put("/v1/operators/d@ref.example/password", &json!({"password": second}));
        self.send(&other.bearer(&operator)).expect(200);
        for page in ["/v1/audit", "/v1/operators", "/v1/organizations", "/v1/doctor", "/v1/sessions/current"]
        {
            self.send(&Request::get(page).bearer(&operator)).expect(200);
        }
        self.send(&Request::get(format!("/v1/sessions/current?token={operator}")).bearer(&operator))
            .expect(422);
        vec![operator, admin]
    }
}

/// All files below a folder that are named so, as text.
fn texts(folder: &Path, is_log: impl Fn(&Path) -> bool + Copy) -> String {
    let Ok(entries) = fs::read_dir(folder) else { return String::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        if path.is_dir() {
            texts(&path, is_log)
        } else if is_log(&path) {
            String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
        } else {
            String::new()
        }
    };
    paths.map(read).collect()
}

#[rstest]
fn no_secret_is_answered_or_logged(#[values(On::Embedded, On::MongoDb)] store: On) {
    let mut home = Home::on(On::Embedded);
    if matches!(store, On::MongoDb) {
        // Its address has a password.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        home.database = Some(runtime.block_on(TestDatabase::secured()));
    }
    let settings = [("OPEN_REGISTRATION", "true"), ("SECRET_KEY", KEY), ("TENANTRY_LOG", "debug")];
    let mut init = home.command(&["init", "--email", "root@example.com", "--password-stdin"]);
    init.env("SECRET_KEY", KEY);
    assert_eq!(crate::common::home::feed(init, PASSWORDS[3]).code, 0);
    let mut serve = Serve::start(&home, &settings);
    let mut heard = Heard { serve: &serve, answers: Vec::new() };
    let mut tokens = heard.play();
    tokens.extend(heard.play_v1());
    let answers = heard.answers;
    serve.signal(Signal::TERM);
    assert!(serve.ended().success(), "{}", serve.log());
    let log = serve.log() + &texts(&home.state(), |path| !path.ends_with("session.json"));
    assert!(log.contains("/org/create"), "requests are logged: {log}");
    // The last part of a token is as good as the token.
    let parts: Vec<_> = tokens.iter().map(|token| token.rsplit_once('.').unwrap().1.to_owned()).collect();
    tokens.extend(parts);
    let all = || MARKS.iter().copied().chain(tokens.iter().map(String::as_str));
    for mark in all() {
        for answer in &answers {
            assert!(!answer.contains(mark), "{mark} is answered: {answer}");
        }
        let line = log.lines().find(|line| line.contains(mark));
        assert_eq!(line, None, "{mark} is logged");
    }
}
