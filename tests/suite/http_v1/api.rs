//! A server of one test, and requests whose answers are held to the document of the API.

use crate::common::home::{Home, On, PASSWORD};
use crate::http::client::{Answer, Connection, Request};
use crate::http::ground::{Maker, Serve};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io;

pub(super) use crate::common::service::ROOT;

/// A server over a store of its own, with the first operator.
pub(super) struct Api {
    serve: Serve,
    settings: &'static [(&'static str, &'static str)],
    pub(super) document: Value,
    maker: Maker,
    pub(super) home: Home,
}

/// A request in the making.
pub(super) struct Ask<'a> {
    api: &'a Api,
    request: Request,
}

impl Ask<'_> {
    pub(super) fn by(self, token: &str) -> Self {
        if token.is_empty() { self } else { self.with("Authorization", format!("Bearer {token}")) }
    }

    pub(super) fn with(self, name: &str, value: impl Into<String>) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub(super) fn raw(self, kind: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { request: self.request.typed(Some(kind)).raw(body), ..self }
    }

    /// Promises a body of so many bytes, and sends none: a server that reads it waits.
    pub(super) fn promising(self, bytes: usize) -> Self {
        self.with("Content-Type", "application/json").with("Content-Length", bytes.to_string())
    }

    /// Sends it and holds the answer to the document.
    pub(super) fn send(self) -> Answer {
        let answer = self.api.serve.send(&self.request);
        self.api.judge(&self.request, &answer);
        answer
    }

    /// Sends its head, and waits until the server reads its body, which does not come.
    pub(super) fn begin(self) -> Connection {
        let mut connection = Connection::open(self.api.serve.at).unwrap();
        connection.write(&self.request.header("Expect", "100-continue").bytes()).unwrap();
        connection.read_continue().unwrap();
        connection
    }

    /// Sends it and reads the events of the answer as they come.
    pub(super) fn listen(self) -> Events {
        let mut connection = Connection::open(self.api.serve.at).unwrap();
        // Or it would stay open after the last event.
        connection.write(&self.request.header("Connection", "close").bytes()).unwrap();
        let (status, headers) = connection.head().unwrap();
        assert_eq!(status, 200, "{headers:?}");
        assert!(headers.contains(&("content-type".into(), "text/event-stream".into())), "{headers:?}");
        Events(connection)
    }
}

/// An event that was heard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) name: String,
    pub(super) data: Value,
    pub(super) id: Option<String>,
}

/// The events of one connection. Between them are lines with the lengths of chunks, which look like none of theirs.
pub(super) struct Events(Connection);

impl Events {
    /// The next event; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Heard> {
        let (mut name, mut data, mut id) = (None, Value::Null, None);
        loop {
            let line = match self.0.line() {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
                line => line.unwrap(),
            };
            if let Some(text) = line.strip_prefix("event: ") {
                name = Some(text.to_owned());
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = serde_json::from_str(text).unwrap();
            } else if let Some(text) = line.strip_prefix("id: ") {
                id = Some(text.to_owned());
            } else if line.is_empty()
                && let Some(name) = name.take()
            {
                return Some(Heard { name, data: data.take(), id: id.take() });
            }
        }
    }

    /// The next event with this name that is so.
    pub(super) fn until(&mut self, name: &str, is: impl Fn(&Value) -> bool) -> Heard {
        loop {
            let heard = self.next().unwrap_or_else(|| panic!("it ended without {name}"));
            if heard.name == name && is(&heard.data) {
                return heard;
            }
        }
    }
}

impl Api {
    pub(super) fn on(store: On) -> Self {
        Self::with(store, &[])
    }

    /// The same with settings.
    pub(super) fn with(store: On, settings: &'static [(&'static str, &'static str)]) -> Self {
        let home = Home::on(store);
        let maker = Maker::on(&home);
        let serve = Serve::start(&home, settings);
        let mut api = Self { serve, settings, document: json!({"paths": {}}), maker, home };
        let document = api.ask("GET", "/openapi.json").send().json_of(200);
        api.document = document;
        api
    }

    /// Ends the server, and starts another one over the same store.
    pub(super) fn restart(&mut self) {
        assert_eq!(self.terminate(), 0);
        self.serve = Serve::start(&self.home, self.settings);
    }

    pub(super) fn ask(&self, method: &'static str, path: &str) -> Ask<'_> {
        Ask { api: self, request: Request::new(method, path) }
    }

    /// The token of a new session.
    pub(super) fn sign_in(&self, email: &str) -> String {
        self.maker.sign_in(email).unwrap()
    }

    /// The id of a new organization.
    pub(super) fn create(&self, name: &str, email: &str) -> String {
        self.maker.create(name, email, PASSWORD).id.to_string()
    }

    pub(super) fn get(&self, token: &str, path: &str) -> Answer {
        self.ask("GET", path).by(token).send()
    }

    /// Asks it to end, as a service manager does.
    pub(super) fn terminate(&mut self) -> i32 {
        self.serve.signal(Signal::TERM);
        self.serve.ended().code().unwrap()
    }

    /// The answer must be declared: its status for the route, and its content type for the status.
    fn judge(&self, request: &Request, answer: &Answer) {
        let method = request.method;
        let path = request.target.split('?').next().unwrap();
        if !path.starts_with("/v1") {
            return;
        }
        let id = answer.header("x-request-id").unwrap();
        if answer.status >= 400 {
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
            let problem = answer.json_of(answer.status);
            assert_eq!(problem["instance"], format!("urn:tenantry:request:{id}"));
            assert_eq!(problem["status"], answer.status);
            let code = problem["code"].as_str().unwrap();
            assert_eq!(problem["type"], format!("urn:tenantry:problem:{code}"));
            assert!(!problem["detail"].as_str().unwrap().is_empty());
        }
        let Some(item) = self.route(path) else {
            return assert_eq!(answer.status, 404, "{path} is not in the document");
        };
        let Some(operation) = item.get(method.to_lowercase()) else {
            return assert_eq!(answer.status, 405, "{method} {path} is not in the document");
        };
        let declared = &operation["responses"][answer.status.to_string()];
        assert!(declared.is_object(), "{method} {path} answers {}, which is not declared", answer.status);
        match (answer.header("content-type"), declared.get("content")) {
            (Some(kind), Some(declared)) => assert!(declared.get(kind).is_some(), "{kind}: {declared}"),
            (None, None) => assert_eq!(answer.text(), ""),
            other => panic!("{method} {path} {}: {other:?}", answer.status),
        }
    }

    /// The route of a path; one without parameters before others.
    fn route(&self, path: &str) -> Option<&Value> {
        let fits = |route: &str| {
            let (route, path) = (route.split('/'), path.split('/'));
            route.clone().count() == path.clone().count()
                && route.zip(path).all(|(part, own)| part == own || part.starts_with('{'))
        };
        let routes = self.document["paths"].as_object().unwrap();
        let fitting = routes.iter().filter(|(route, _)| fits(route));
        fitting.min_by_key(|(route, _)| route.matches('{').count()).map(|(_, item)| item)
    }
}
