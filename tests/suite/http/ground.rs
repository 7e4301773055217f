//! `tenantry serve` as a process, over a store of a test's own.

use super::client::{Answer, Request, encoded, send};
use crate::common::home::{Home, On, PASSWORD, SECRET_KEY};
use crate::common::service::ROOT;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tenantry::domain::{AccessToken, Organization};
use tenantry::service::{CreateOrganization, OperationId, Result, TenantService};
use tokio::runtime::{Builder, Runtime};

/// How long a line may take to come; only a failure takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it is killed with the test.
pub(crate) struct Serve {
    pub(crate) at: SocketAddr,
    /// What it said when it began to serve.
    pub(crate) began: String,
    child: Child,
    log: Arc<Mutex<String>>,
    /// The lines of the log that nobody waited for yet.
    lines: Mutex<Receiver<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Serve {
    /// Starts one with these settings.
    pub(crate) fn start(home: &Home, settings: &[(&str, &str)]) -> Self {
        let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.envs(settings.iter().copied());
        Self::of(command)
    }

    /// Starts one by this command.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let written = BufReader::new(child.stderr.take().unwrap()).lines();
        let (log, (told, lines)) = (Arc::new(Mutex::new(String::new())), mpsc::channel());
        let kept = Arc::clone(&log);
        let reader = std::thread::spawn(move || {
            for line in written.map_while(Result::ok) {
                kept.lock().unwrap().extend([line.as_str(), "\n"]);
                let _ = told.send(line);
            }
        });
        let (at, lines, reader) = (([127, 0, 0, 1], 0).into(), Mutex::new(lines), Some(reader));
        let mut serve = Self { at, began: String::new(), child, log, lines, reader };
        serve.began = serve.says("Listening on ");
        serve.at = serve.began.rsplit("://").next().unwrap().parse().unwrap();
        serve
    }

    /// The next line that it writes with this text in it.
    pub(crate) fn says(&self, text: &str) -> String {
        let lines = self.lines.lock().unwrap();
        loop {
            match lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return line,
                Ok(_) => {}
                Err(error) => panic!("no {text:?}: {error}\n{}", self.log()),
            }
        }
    }

    /// What it wrote to stderr so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        send(self.at, request).unwrap_or_else(|error| panic!("{request:?}: {error}\n{}", self.log()))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        status
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn get(&self, name: &str) -> Answer {
        self.send(&Request::get(format!("/org/get?organization_name={}", encoded(name))))
    }

    pub(crate) fn login(&self, email: &str, password: &str) -> Answer {
        self.send(&Request::post("/admin/login", &json!({"email": email, "password": password})))
    }

    pub(crate) fn update(&self, token: &str, body: &Value) -> Answer {
        self.send(&Request::put("/org/update", body).bearer(token))
    }

    pub(crate) fn delete(&self, token: &str, name: &str) -> Answer {
        self.send(&deletion(name).bearer(token))
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn deletion(name: &str) -> Request {
    Request::new("DELETE", format!("/org/delete?organization_name={}", encoded(name)))
}

/// An organization of a test, and the session of its admin.
#[derive(Debug, Clone)]
pub(crate) struct Org {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) token: String,
}

/// The first operator, in this process: it makes what a test needs with hashes that cost next to nothing. Those of a
/// server take most of its time.
pub(crate) struct Maker {
    service: TenantService,
    token: AccessToken,
    runtime: Runtime,
}

impl Maker {
    /// Makes the first operator of a store, and signs it in.
    pub(crate) fn on(home: &Home) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (service, token) = runtime.block_on(async {
            let service = home.service();
            service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
            let token = service.sign_in(ROOT, &PASSWORD.into()).await.unwrap().token;
            (service, token)
        });
        Self { service, token, runtime }
    }

    /// The session of the operator.
    pub(crate) fn token(&self) -> String {
        self.token.0.expose_secret().to_owned()
    }

    pub(crate) fn create(&self, name: &str, email: &str, password: &str) -> Organization {
        let (name, admin_email) = (name.to_owned(), email.to_owned());
        let new = CreateOrganization { name, admin_email, admin_password: password.into() };
        let create = self.service.create_organization(Some(&self.token), new, OperationId::random());
        self.runtime.block_on(create).unwrap()
    }

    /// A new session of an account with the usual password.
    pub(crate) fn sign_in(&self, email: &str) -> Result<String> {
        let signed_in = self.runtime.block_on(self.service.sign_in(email, &PASSWORD.into()))?;
        Ok(signed_in.token.0.expose_secret().to_owned())
    }
}

/// A store with its first operator, and the servers over it.
pub(crate) struct Ground {
    /// With open registration.
    pub(crate) open: Serve,
    /// Without.
    pub(crate) closed: Serve,
    /// The session of the first operator.
    pub(crate) operator: String,
    pub(crate) maker: Maker,
    made: AtomicU32,
    created: Mutex<Vec<String>>,
    pub(crate) home: Home,
}

impl Ground {
    pub(crate) fn on(store: On) -> Self {
        let home = Home::on(store);
        let maker = Maker::on(&home);
        let operator = maker.token();
        let open = Serve::start(&home, &[("OPEN_REGISTRATION", "true")]);
        let closed = Serve::start(&home, &[]);
        Self { open, closed, operator, maker, made: AtomicU32::new(0), created: Mutex::default(), home }
    }

    /// A number that no other organization of this ground has.
    pub(crate) fn number(&self) -> u32 {
        self.made.fetch_add(1, Ordering::SeqCst)
    }

    /// A right body of `POST /org/create` with values of its own.
    pub(crate) fn new_body(&self) -> Value {
        let number = self.number();
        let (name, email) = (format!("Org {number}"), format!("org{number}@ref.example"));
        json!({"organization_name": name, "email": email, "password": PASSWORD})
    }

    /// Creates it, by the operator, which counts as no registration.
    pub(crate) fn create(&self, body: &Value) {
        let [name, email, password] =
            ["organization_name", "email", "password"].map(|field| body[field].as_str().unwrap());
        let created = self.maker.create(name, email, password);
        self.created.lock().unwrap().push(created.name);
    }

    /// The names of those.
    pub(crate) fn created(&self) -> Vec<String> {
        self.created.lock().unwrap().clone()
    }

    /// An organization of this name, whose admin is signed in.
    pub(crate) fn org_called(&self, name: &str) -> Org {
        let mut body = self.new_body();
        body["organization_name"] = name.into();
        self.create(&body);
        let email = body["email"].as_str().unwrap().to_owned();
        let token = self.maker.sign_in(&email).unwrap();
        Org { name: name.to_owned(), email, token }
    }

    /// An organization, whose admin is signed in.
    pub(crate) fn org(&self) -> Org {
        self.org_called(&format!("Own {}", self.number()))
    }

    /// What signs the sessions.
    pub(crate) fn key(&self) -> String {
        if self.home.database.is_some() {
            return SECRET_KEY.to_owned();
        }
        fs::read_to_string(self.home.data().join("secret.key")).unwrap().trim().to_owned()
    }

    /// The claims of a session.
    pub(crate) fn claims(token: &str) -> Value {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }

    /// The session with other claims, signed by the right key.
    pub(crate) fn forged(&self, token: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = Self::claims(token);
        change(&mut claims);
        signed(&claims, &self.key())
    }

    /// The names of all organizations, sorted, as an operator's commands list them.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut list = self.home.command(&["org", "list", "--all", "--json"]);
        list.env("TENANTRY_TOKEN", &self.operator);
        let list = crate::common::home::Answer::of(list.output().unwrap()).json();
        let name = |item: &Value| item["organization_name"].as_str().unwrap().to_owned();
        let mut names: Vec<_> = list["items"].as_array().unwrap().iter().map(name).collect();
        names.sort();
        names
    }

    /// The doctor finds nothing.
    pub(crate) fn assert_sound(&self, when: &str) {
        let mut doctor = self.home.command(&["doctor"]);
        doctor.env("TENANTRY_TOKEN", &self.operator);
        let found = crate::common::home::Answer::of(doctor.output().unwrap());
        assert_eq!(found.code, 0, "{when}: {}{}", found.stdout, found.stderr);
    }
}

/// A token with these claims, signed by this key.
pub(crate) fn signed(claims: &Value, key: &str) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(key.as_bytes())).unwrap()
}
