//! The binary as a binary: exit codes, stdout and stderr, files it leaves, input from stdin, closed pipes, signals.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/many.rs"]
mod many;
#[path = "common/mongo.rs"]
mod mongo;
#[path = "cli/refusals.rs"]
mod refusals;
#[path = "cli/stories.rs"]
mod stories;

use assert_cmd::cargo::cargo_bin;
use mongo::TestDatabase;
use rstest::rstest;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";

/// A home of its own, so that nothing of the machine is read or written.
struct Home {
    folder: TempDir,
    /// The database behind `MONGO_URI`; none on the embedded store.
    database: Option<TestDatabase>,
}

/// Which store a story runs on.
#[derive(Debug, Clone, Copy)]
enum On {
    Embedded,
    MongoDb,
}

struct Answer {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn json(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error object, with stdout empty and the exit code as it says.
    fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        let error = serde_json::from_str::<Value>(&self.stderr).unwrap()["error"].clone();
        assert_eq!(error["exit_code"], self.code);
        error
    }

    fn code_word(&self) -> (i32, String) {
        (self.code, self.error()["code"].as_str().unwrap().to_owned())
    }
}

impl Home {
    fn new() -> Self {
        Self::on(On::Embedded)
    }

    fn on(store: On) -> Self {
        let database = match store {
            On::Embedded => None,
            On::MongoDb => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                Some(runtime.block_on(TestDatabase::new()))
            }
        };
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    /// With the first operator, and it signed in.
    fn signed_in() -> Self {
        Self::signed_in_on(On::Embedded)
    }

    fn signed_in_on(store: On) -> Self {
        let home = Self::on(store);
        assert_eq!(
            home.run_with(&["init", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
            0
        );
        assert_eq!(
            home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], PASSWORD).code,
            0
        );
        home
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("tenantry"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("BCRYPT_COST", "10")
            .env("LANG", "C.UTF-8")
            .current_dir(self.folder.path());
        if let Some(database) = &self.database {
            command
                .env("MONGO_URI", &database.uri)
                .env("MASTER_DB", &database.name)
                .env("SECRET_KEY", "0123456789abcdef0123456789abcdef");
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Answer {
        feed(self.command(arguments), input)
    }

    fn create(&self, name: &str, email: &str) -> Answer {
        self.run_with(
            &["org", "create", "--admin-email", email, "--password-stdin", "--json", "--", name],
            PASSWORD,
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join(".local/share/tenantry")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join(".local/state/tenantry")
    }
}

fn feed(mut command: Command, input: &str) -> Answer {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that fails before it reads has closed its stdin.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Answer::of(child.wait_with_output().unwrap())
}
