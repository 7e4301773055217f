//! A MongoDB server of a test's own, which it may kill and start again on the same data.
//!
//! The program is that of `TENANTRY_TEST_MONGO_SERVER`: a `mongod`, or SecantusDB.

use mongodb::Client;
use mongodb::bson::doc;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

/// How long a server may take to answer; only a failure takes so long.
const PATIENCE: Duration = Duration::from_mins(1);

/// Collections that leave none of 16 tables unused, whose turn comes by a hash: one is left with a chance of 1 to 25,000.
const FIRST_USES: i32 = 200;

/// The program. Without one a test fails: it never passes by doing nothing.
fn program() -> PathBuf {
    let path = std::env::var_os("TENANTRY_TEST_MONGO_SERVER").filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| {
        panic!(
            "run scripts/test, or set TENANTRY_TEST_MONGO_SERVER to the path of mongod or secantusd-rs: this test \
             kills a server of its own, for which TENANTRY_TEST_MONGO_URI is not enough"
        )
    });
    PathBuf::from(path)
}

/// A port below the range that systems assign: between a kill and the next start nothing else takes it.
fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::try_from(Uuid::new_v4().as_u128() % 12_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A running server; it ends with the test.
pub(crate) struct Server {
    program: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
}

impl Server {
    /// Starts one on an empty folder, in memory where there is some: what survives a SIGKILL stays true there too.
    pub(crate) async fn start() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("tenantry-test.").tempdir_in(parent).unwrap();
        fs::create_dir(folder.path().join("db")).unwrap();
        fs::write(folder.path().join("empty"), "").unwrap();
        let port = free_port();
        let mut server = Self { program: program(), folder, port, child: None };
        server.run().await;
        server.make_its_tables().await;
        server
    }

    /// Uses the server until all that it makes for itself on first use is there. SecantusDB keeps collections and its log
    /// in two times 16 tables, each made with the first collection or entry that belongs into it: killed in the middle of
    /// that it does not open its data any more (`cannot be used until all column groups are created`), which says nothing
    /// about tenantry.
    async fn make_its_tables(&self) {
        let client = Client::with_uri_str(self.uri()).await.unwrap();
        let database = client.database("first_use");
        for number in 0..FIRST_USES {
            let collection = database.collection(&format!("c{number}"));
            collection.insert_one(doc! {"_id": number}).await.unwrap();
        }
        database.drop().await.unwrap();
    }

    pub(crate) fn uri(&self) -> String {
        format!(
            "mongodb://127.0.0.1:{}/?directConnection=true&heartbeatFrequencyMS=500&serverMonitoringMode=poll",
            self.port
        )
    }

    /// SIGKILL: nothing is written or closed any more.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Runs it on its folder and its port, and waits until it answers.
    pub(crate) async fn run(&mut self) {
        assert!(self.child.is_none(), "it runs");
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let started = command.spawn();
        self.child = Some(started.unwrap_or_else(|error| panic!("{}: {error}", self.program.display())));
        let client =
            Client::with_uri_str(format!("{}&serverSelectionTimeoutMS=500", self.uri())).await.unwrap();
        let until = Instant::now() + PATIENCE;
        while client.database("admin").run_command(doc! {"ping": 1}).await.is_err() {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            let log = || fs::read_to_string(self.log()).unwrap_or_default();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", log());
            assert!(Instant::now() < until, "the server does not answer\n{}", log());
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let (data, port) = (self.folder.path().join("db"), self.port.to_string());
        if self.program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("mongod")) {
            command.arg("--dbpath").arg(data).args(["--bind_ip", "127.0.0.1", "--port", &port]);
        } else {
            // Without --sync-on-commit it loses acknowledged writes by a SIGKILL.
            command.arg("--config").arg(self.folder.path().join("empty"));
            command.args(["--host", "127.0.0.1", "--port", &port, "--storage-path"]).arg(data);
            command.args(["--sync-on-commit", "--enable-test-commands", "--cache-size", "512M"]);
            command.args(["--log-file-max", "16MB", "--log-level", "WARNING"]);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
