//! A server of one test, and a client that holds each answer to the document.

use crate::common::home::{Home, On, PASSWORD};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

/// The first operator.
pub(super) const ROOT: &str = "root@example.com";
/// How long an answer may take before a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server over a store of its own.
pub(super) struct Api {
    pub(super) home: Home,
    settings: &'static [(&'static str, &'static str)],
    process: Child,
    address: SocketAddr,
    pub(super) document: Value,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) text: String,
}

impl Reply {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body of an answer with this status.
    pub(super) fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status and the code of a problem.
    pub(super) fn code(&self) -> (u16, String) {
        let problem: Value = serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!(problem["status"], self.status, "{problem}");
        (self.status, problem["code"].as_str().unwrap().to_owned())
    }

    pub(super) fn tag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("no tag: {self:?}")).to_owned()
    }
}

/// A server that listens.
fn serve(home: &Home, settings: &[(&str, &str)]) -> (Child, SocketAddr) {
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.envs(settings.iter().copied());
    let mut process = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().unwrap_or_else(|| panic!("it ended before it listened")).unwrap();
        if let Some((_, address)) = line.split_once("Listening on http://") {
            break address.parse().unwrap();
        }
    };
    // A full pipe would hold it up.
    std::thread::spawn(move || lines.for_each(drop));
    (process, address)
}

/// A request in the making.
pub(super) struct Ask<'a> {
    api: &'a Api,
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, String)>,
    body: Vec<u8>,
    /// Bytes that the head promises, if not those of the body.
    promised: Option<usize>,
}

impl<'a> Ask<'a> {
    pub(super) fn by(self, token: &str) -> Self {
        if token.is_empty() { self } else { self.with("Authorization", format!("Bearer {token}")) }
    }

    pub(super) fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    pub(super) fn raw(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", kind)
    }

    /// Promises a body of so many bytes, and sends none: a server that reads it waits.
    pub(super) fn promising(mut self, bytes: usize) -> Self {
        self.promised = Some(bytes);
        self.raw("application/json", "")
    }

    fn write(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.api.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!("{} {} HTTP/1.1\r\nHost: test\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\n\r\n", self.promised.unwrap_or(self.body.len())).unwrap();
        stream.write_all(&[head.as_bytes(), &self.body].concat()).unwrap();
        stream
    }

    /// Sends it and holds the answer to the document.
    pub(super) fn send(self) -> Reply {
        let asked = self.with("Connection", "close");
        let mut answer = BufReader::new(asked.write());
        let (status, headers) = head(&mut answer);
        let mut body = Vec::new();
        answer.read_to_end(&mut body).unwrap();
        let reply = Reply { status, headers, text: String::from_utf8(body).unwrap() };
        asked.api.judge(asked.method, asked.path, &reply);
        reply
    }

    /// Sends it and reads the events of the answer as they come.
    pub(super) fn listen(self) -> Events {
        let mut answer = BufReader::new(self.with("Connection", "close").write());
        let (status, headers) = head(&mut answer);
        assert_eq!(status, 200, "{headers:?}");
        assert!(headers.contains(&("content-type".into(), "text/event-stream".into())), "{headers:?}");
        Events(answer)
    }
}

fn head(answer: &mut impl BufRead) -> (u16, Vec<(String, String)>) {
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status: {line:?}"));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    (status, headers)
}

/// An event that was heard.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Heard {
    pub(super) name: String,
    pub(super) data: Value,
    pub(super) id: Option<String>,
}

/// The events of one connection. Between them are lines with the lengths of chunks, which look like none of theirs.
pub(super) struct Events(BufReader<TcpStream>);

impl Events {
    /// The next event; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Heard> {
        let (mut name, mut data, mut id) = (None, Value::Null, None);
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let line = line.trim_end();
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
    /// With the first operator.
    pub(super) fn on(store: On) -> Self {
        Self::with(store, &[])
    }

    /// The same with settings.
    pub(super) fn with(store: On, settings: &'static [(&'static str, &'static str)]) -> Self {
        let home = Home::on(store);
        let init = home.run_with(&["init", "--email", ROOT, "--password-stdin"], PASSWORD);
        assert_eq!(init.code, 0, "{}", init.stderr);
        let (process, address) = serve(&home, settings);
        let mut api = Self { home, settings, process, address, document: json!({"paths": {}}) };
        let document = api.ask("GET", "/openapi.json").send().json(200);
        api.document = document;
        api
    }

    /// Ends the server, and starts another one over the same store.
    pub(super) fn restart(&mut self) {
        assert_eq!(self.terminate(), 0);
        (self.process, self.address) = serve(&self.home, self.settings);
    }

    pub(super) fn ask<'a>(&'a self, method: &'a str, path: &'a str) -> Ask<'a> {
        Ask { api: self, method, path, headers: Vec::new(), body: Vec::new(), promised: None }
    }

    /// The token of a new session.
    pub(super) fn sign_in(&self, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD});
        let reply = self.ask("POST", "/v1/sessions").json(&body).send().json(201);
        reply["access_token"].as_str().unwrap().to_owned()
    }

    /// The id of a new organization.
    pub(super) fn create(&self, token: &str, name: &str, email: &str) -> String {
        let body = json!({"organization_name": name, "admin_email": email, "password": PASSWORD});
        let reply = self.ask("POST", "/v1/organizations").by(token).json(&body).send().json(201);
        reply["organization_id"].as_str().unwrap().to_owned()
    }

    pub(super) fn get(&self, token: &str, path: &str) -> Reply {
        self.ask("GET", path).by(token).send()
    }

    /// Asks it to end, as a service manager does.
    pub(super) fn terminate(&mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap().code().unwrap()
    }

    /// The answer must be declared: its status for the route, and its content type for the status.
    fn judge(&self, method: &str, path: &str, reply: &Reply) {
        let path = path.split('?').next().unwrap();
        if !path.starts_with("/v1") {
            return;
        }
        let id = reply.header("x-request-id").unwrap();
        if reply.status >= 400 {
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{reply:?}");
            let problem: Value = serde_json::from_str(&reply.text).unwrap();
            assert_eq!(problem["instance"], format!("urn:tenantry:request:{id}"));
            assert_eq!(problem["status"], reply.status);
            let code = problem["code"].as_str().unwrap();
            assert_eq!(problem["type"], format!("urn:tenantry:problem:{code}"));
            assert!(!problem["detail"].as_str().unwrap().is_empty());
        }
        let Some(item) = self.route(path) else {
            return assert_eq!(reply.status, 404, "{path} is not in the document");
        };
        let Some(operation) = item.get(method.to_lowercase()) else {
            return assert_eq!(reply.status, 405, "{method} {path} is not in the document");
        };
        let declared = &operation["responses"][reply.status.to_string()];
        assert!(declared.is_object(), "{method} {path} answers {}, which is not declared", reply.status);
        match (reply.header("content-type"), declared.get("content")) {
            (Some(kind), Some(declared)) => assert!(declared.get(kind).is_some(), "{kind}: {declared}"),
            (None, None) => assert_eq!(reply.text, ""),
            other => panic!("{method} {path} {}: {other:?}", reply.status),
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

impl Drop for Api {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
