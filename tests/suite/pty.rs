//! The console lived through: the real binary in a pseudo terminal, in real time, on both stores.

mod archive;
mod bad_days;
mod bytes;
mod copying;
mod demo;
mod doctor;
mod editing;
mod gone;
mod inside;
mod leaving;
mod life;
mod mouse;
mod operators;
mod session;
mod surroundings;
mod terminals;
mod typed;

use crate::common::mongo::TestDatabase;
use crate::common::proxy::Proxy;
use crate::common::pty::{Session, Terminal};
use portable_pty::CommandBuilder;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const PASSWORD: &str = "correct horse";
const ROOT: &str = "root@example.com";

/// A home of its own, on one of the stores.
struct Home {
    folder: TempDir,
    environment: Vec<(String, String)>,
    /// Dropped at the end; kept for MongoDB only.
    server: Option<Server>,
}

struct Server {
    database: TestDatabase,
    proxy: Proxy,
    /// The proxy lives in it.
    runtime: Runtime,
}

impl Home {
    fn embedded() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new(), server: None }
    }

    /// On MongoDB, behind the proxy.
    fn mongo() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (database, proxy) = runtime.block_on(async {
            let database = TestDatabase::new().await;
            let proxy = Proxy::start(&database.uri).await;
            (database, proxy)
        });
        let environment = vec![
            ("MONGO_URI".to_owned(), proxy.uri().to_owned()),
            ("MASTER_DB".to_owned(), database.name.clone()),
            ("SECRET_KEY".to_owned(), "0123456789abcdef0123456789abcdef".to_owned()),
        ];
        let server = Some(Server { database, proxy, runtime });
        Self { folder: tempfile::tempdir().unwrap(), environment, server }
    }

    fn proxy(&self) -> &Proxy {
        &self.server.as_ref().unwrap().proxy
    }

    fn terminal(&self) -> Terminal<'_> {
        let mut terminal = Terminal::new(self.folder.path());
        for (name, value) in &self.environment {
            terminal = terminal.env(name, value);
        }
        terminal
    }

    /// A command past the console, past the proxy too.
    fn run(&self, arguments: &[&str]) -> String {
        Self::feed(self.command(arguments))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("tenantry"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TENANTRY_TEST_LOW_COST", "1");
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        if let Some(server) = &self.server {
            command.env("MONGO_URI", &server.database.uri);
        }
        command
    }

    /// Runs a command with the password on its stdin.
    fn feed(mut command: Command) -> String {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads no password has closed its stdin.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes the first operator and signs the commands in.
    fn with_operator(self) -> Self {
        self.run(&["init", "--email", ROOT, "--password-stdin"]);
        self.run(&["login", "--email", ROOT, "--password-stdin"]);
        self
    }

    fn with_organizations(self, names: &[&str]) -> Self {
        for (number, name) in names.iter().enumerate() {
            let email = format!("admin{number}@example.com");
            self.run(&["org", "create", "--admin-email", &email, "--password-stdin", "--", name]);
        }
        self
    }

    /// The file of the embedded store.
    fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join(".local/share/tenantry/tenantry.db")).unwrap()
    }

    /// How many tokens were ended.
    fn revoked(&self) -> i64 {
        self.file().query_row("SELECT COUNT(*) FROM revoked", [], |row| row.get(0)).unwrap()
    }

    fn log_folder(&self) -> PathBuf {
        self.folder.path().join(".local/state/tenantry/log")
    }

    /// A shell with jobs, at its prompt.
    fn shell(&self) -> Session {
        let mut command = CommandBuilder::new("bash");
        command.args(["--norc", "-i"]);
        let mut shell = self.terminal().start_command(command);
        shell.send("PS1='ready> '\r");
        shell.wait("\nready> ");
        shell
    }

    /// Waits until the shell has the terminal and asks for the next line: on the main screen, where no earlier prompt
    /// is the last line.
    fn at_the_prompt(shell: &Session) {
        shell.wait_until("the prompt", |text| text.trim_end().ends_with("ready>"));
    }

    /// Continues a console that the shell stopped. It takes the terminal twice: where it stopped, and when it hears that
    /// it goes on.
    fn foreground(shell: &mut Session) {
        let taken = |shell: &Session| shell.count("\u{1b}[?1049h");
        let before = taken(shell);
        shell.send("fg\r");
        shell.wait_until("the terminal to be taken twice", |_| taken(shell) >= before + 2);
        shell.wait("Sign in");
    }

    /// The console, signed in and with its list read.
    fn console(&self) -> Session {
        Self::signed_in(self.terminal().start())
    }

    fn signed_in(mut session: Session) -> Session {
        session.wait("Sign in");
        sign_in(&mut session, ROOT);
        session.wait("operator");
        session.wait("Organizations");
        session
    }
}

fn sign_in(session: &mut Session, email: &str) {
    session.wait("Password");
    type_into_sign_in(session, email, PASSWORD);
}

/// Over the email that is remembered, if there is one: then the password has the focus.
fn type_into_sign_in(session: &mut Session, email: &str, password: &str) {
    if session.text().contains('@') {
        session.send("\u{1b}[Z\u{15}");
    }
    session.send(&format!("{email}\t{password}\r"));
}

/// The binary, for a line of a shell.
fn binary() -> String {
    assert_cmd::cargo::cargo_bin("tenantry").display().to_string()
}

/// What keys send.
const ENTER: &str = "\r";
const TAB: &str = "\t";
const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const CTRL_S: &str = "\u{13}";
const CTRL_U: &str = "\u{15}";
