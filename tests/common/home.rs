//! The binary run by a test, in a home of its own, on either store.

use super::documents;
use super::mongo::TestDatabase;
use super::service::service_with;
use assert_cmd::cargo::cargo_bin;
use mongodb::bson::{Document, doc};
use rusqlite::Connection;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tenantry::demo::seed;
use tenantry::domain::DatabaseName;
use tenantry::port::GivenKey;
use tenantry::service::TenantService;
use tenantry::store::embedded::EmbeddedStore;
use tenantry::store::embedded::secret_key::KeyFile;

pub(crate) const PASSWORD: &str = "correct horse";

/// What signs the sessions on MongoDB.
pub(crate) const SECRET_KEY: &str = "0123456789abcdef0123456789abcdef";

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A connection of this runtime: one ends with the runtime that made it.
async fn direct(database: &TestDatabase) -> mongodb::Database {
    let client = mongodb::Client::with_uri_str(&database.uri).await.unwrap();
    client.database(&database.name)
}

/// A home of its own, so that nothing of the machine is read or written.
pub(crate) struct Home {
    pub(crate) folder: TempDir,
    /// The database behind `MONGO_URI`; none on the embedded store.
    pub(crate) database: Option<TestDatabase>,
    /// The way to its server, if it is not the straight one.
    pub(crate) way: Option<String>,
}

/// Which store a story runs on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum On {
    Embedded,
    MongoDb,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The data, with nothing on stderr but what the store cannot promise.
    pub(crate) fn json(&self) -> Value {
        let others: Vec<_> =
            self.warnings().into_iter().filter(|warning| warning["code"] != "store").collect();
        assert_eq!((self.code, others), (0, Vec::new()), "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error object, with stdout empty and the exit code as it says.
    pub(crate) fn error(&self) -> Value {
        assert_eq!(self.stdout, "");
        let error = self.stderr_lines().pop().unwrap()["error"].clone();
        assert_eq!(error["exit_code"], self.code);
        error
    }

    /// stderr of a command that speaks JSON: objects with nothing but a warning or, on the last line, an error.
    pub(crate) fn stderr_lines(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {}", self.stderr));
        let lines: Vec<Value> = self.stderr.lines().map(read).collect();
        for (at, line) in lines.iter().enumerate() {
            let name = line.as_object().unwrap().keys().next().unwrap().as_str();
            assert!(name == "warning" || (name == "error" && at + 1 == lines.len()), "{}", self.stderr);
        }
        lines
    }

    /// The warnings of a command that speaks JSON.
    pub(crate) fn warnings(&self) -> Vec<Value> {
        self.stderr_lines().iter().filter_map(|line| line.get("warning").cloned()).collect()
    }

    pub(crate) fn code_word(&self) -> (i32, String) {
        (self.code, self.error()["code"].as_str().unwrap().to_owned())
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::on(On::Embedded)
    }

    pub(crate) fn on(store: On) -> Self {
        let database = match store {
            On::Embedded => None,
            On::MongoDb => Some(block_on(TestDatabase::new())),
        };
        Self { folder: tempfile::tempdir().unwrap(), database, way: None }
    }

    /// With the first operator, and it signed in.
    pub(crate) fn signed_in() -> Self {
        Self::signed_in_on(On::Embedded)
    }

    pub(crate) fn signed_in_on(store: On) -> Self {
        let home = Self::on(store);
        home.sign_in_first();
        home
    }

    /// Makes the first operator, and signs it in.
    pub(crate) fn sign_in_first(&self) {
        for command in ["init", "login"] {
            let answer =
                self.run_with(&[command, "--email", "root@example.com", "--password-stdin"], PASSWORD);
            assert_eq!(answer.code, 0, "{}", answer.stderr);
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("tenantry"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("TENANTRY_TEST_LOW_COST", "1")
            .env("LANG", "C.UTF-8")
            .current_dir(self.folder.path());
        if let Some(database) = &self.database {
            command
                .env("MONGO_URI", self.way.as_ref().unwrap_or(&database.uri))
                .env("MASTER_DB", &database.name)
                .env("SECRET_KEY", SECRET_KEY);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Answer {
        feed(self.command(arguments), input)
    }

    pub(crate) fn create(&self, name: &str, email: &str) -> Answer {
        self.run_with(
            &["org", "create", "--admin-email", email, "--password-stdin", "--json", "--", name],
            PASSWORD,
        )
    }

    /// Puts documents into a collection, past tenantry.
    pub(crate) fn put_documents(&self, collection: &str, count: usize) {
        match &self.database {
            None => {
                let mut file = self.file();
                let transaction = file.transaction().unwrap();
                for number in 0..count {
                    documents::put(&transaction, collection, &format!("d{number}"));
                }
                transaction.commit().unwrap();
            }
            Some(database) => block_on(async {
                let documents = direct(database).await.collection(collection);
                for number in 0..count {
                    documents.insert_one(doc! {"_id": format!("d{number}"), "number": 1}).await.unwrap();
                }
            }),
        }
    }

    /// A service of this process over the same store.
    pub(crate) fn service(&self) -> TenantService {
        match &self.database {
            None => {
                let store = EmbeddedStore::new(&self.data(), &DatabaseName::default());
                service_with(Arc::new(store), Arc::new(KeyFile::new(&self.data())))
            }
            Some(database) => service_with(database.store(), Arc::new(GivenKey(SECRET_KEY.into()))),
        }
    }

    /// Adds so many organizations without documents to the embedded store.
    pub(crate) fn seed(&self, count: usize) {
        let store = EmbeddedStore::new(&self.data(), &DatabaseName::default());
        let hash = "$2b$04$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW".into();
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        block_on(seed::embedded(&store, count, false, &hash, now)).unwrap();
    }

    /// Drops a collection, past tenantry.
    pub(crate) fn drop_collection(&self, name: &str) {
        match &self.database {
            None => {
                let sql = "DELETE FROM collections WHERE name = ?1";
                assert_eq!(self.file().execute(sql, [name]).unwrap(), 1);
            }
            Some(database) => {
                block_on(async {
                    direct(database).await.collection::<Document>(name).drop().await.unwrap();
                });
            }
        }
    }

    pub(crate) fn file(&self) -> Connection {
        let file = Connection::open(self.data().join("tenantry.db")).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file.pragma_update(None, "foreign_keys", true).unwrap();
        file
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join(".local/share/tenantry")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join(".local/state/tenantry")
    }
}

pub(crate) fn feed(mut command: Command, input: &str) -> Answer {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that fails before it reads has closed its stdin.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Answer::of(child.wait_with_output().unwrap())
}
