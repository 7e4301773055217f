//! Commands and the console on MongoDB with a bad connection: answers are late, lost or missing, connections are cut
//! or closed on one side. Each command ends by itself and reports what is known; following its hint gives a single
//! outcome.
#![expect(clippy::print_stdout, reason = "how many cases there were is worth knowing")]

mod console;
mod doctor;
mod steps;
mod writes;

use crate::common::home::{Answer, Home, On, PASSWORD};
use crate::common::mongo::TestDatabase;
use crate::common::proxy::Proxy;
use mongodb::Client;
use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long a command may take at most; only a failure takes so long.
const GUARD: Duration = Duration::from_mins(1);
/// An id of a write.
const OPERATION: &str = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";

/// A home whose commands reach the server through a proxy. The first operator is signed in.
struct Network {
    home: Home,
    proxy: Proxy,
    /// The proxy lives in it.
    runtime: Runtime,
}

impl Network {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let mut home = Home::on(On::MongoDb);
        let database = home.database.as_mut().unwrap();
        let proxy = runtime.block_on(Proxy::start(&database.uri));
        // A client lives in the runtime that it was made in.
        database.direct =
            runtime.block_on(Client::with_uri_str(&database.uri)).unwrap().database(&database.name);
        // From the beginning: a session is kept for the place it was made at.
        home.way = Some(proxy.uri().to_owned());
        home.sign_in_first();
        proxy.reset();
        Self { home, proxy, runtime }
    }

    fn with_organizations(names: &[&str]) -> Self {
        let network = Self::new();
        for (number, name) in names.iter().enumerate() {
            network.home.create(name, &format!("admin{number}@x")).json();
        }
        network.proxy.reset();
        network
    }

    fn database(&self) -> &TestDatabase {
        self.home.database.as_ref().unwrap()
    }

    /// Starts a command with a password to read.
    fn start(&self, arguments: &[&str]) -> Child {
        start(self.home.command(arguments))
    }

    /// The state of the first organization.
    fn state(&self) -> String {
        let list = self.home.run(&["org", "list", "--json"]).json();
        list["items"][0]["state"].as_str().unwrap().to_owned()
    }
}

fn start(mut command: Command) -> Child {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that reads no password has closed its stdin.
    let _ = child.stdin.take().unwrap().write_all(PASSWORD.as_bytes());
    child
}

/// Waits for the end of a command, which has to come by itself.
fn ended(mut child: Child) -> Answer {
    let until = Instant::now() + GUARD;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > until {
            child.kill().unwrap();
            panic!("the command did not end: {:?}", child.wait_with_output().unwrap());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Answer::of(child.wait_with_output().unwrap())
}

/// The error object, after notes and log lines.
fn error(answer: &Answer) -> Value {
    assert_eq!(answer.stdout, "");
    let last = answer.stderr.lines().last().and_then(|line| serde_json::from_str::<Value>(line).ok());
    let last = last.unwrap_or_else(|| panic!("exit code {}: {:?}", answer.code, answer.stderr));
    let object = last["error"].clone();
    assert_eq!(object["exit_code"], answer.code);
    object
}
