//! Commands whose write does not get a plain answer, on MongoDB behind the proxy: lost, late, interrupted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/mongo.rs"]
mod mongo;
#[path = "common/proxy.rs"]
mod proxy;

use assert_cmd::cargo::cargo_bin;
use mongo::TestDatabase;
use proxy::{Act, Proxy};
use serde_json::Value;
use std::io::Write;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";
const OPERATION: &str = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";

struct Home {
    folder: TempDir,
    database: TestDatabase,
    proxy: Proxy,
}

impl Home {
    /// With the first operator and one organization, signed in.
    async fn with_acme() -> Self {
        let database = TestDatabase::new().await;
        let proxy = Proxy::start(&database.uri).await;
        let home = Self { folder: tempfile::tempdir().unwrap(), database, proxy };
        for arguments in [
            &["init", "--email", "root@example.com", "--password-stdin"][..],
            &["login", "--email", "root@example.com", "--password-stdin"],
            &["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"],
        ] {
            let output = home.run(arguments).await;
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        home.proxy.reset();
        home
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut child = Command::new(cargo_bin("tenantry"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("BCRYPT_COST", "10")
            .env("MONGO_URI", self.proxy.uri())
            .env("MASTER_DB", &self.database.name)
            .env("SECRET_KEY", "0123456789abcdef0123456789abcdef")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no password has closed its stdin.
        let _ = child.stdin.take().unwrap().write_all(PASSWORD.as_bytes());
        child
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        wait(self.start(arguments)).await
    }

    async fn state(&self) -> String {
        let output = self.run(&["org", "list", "--json"]).await;
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        list["items"][0]["state"].as_str().unwrap().to_owned()
    }
}

/// The proxy lives in the test's runtime, so the child is waited for elsewhere.
async fn wait(child: Child) -> Output {
    tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap()
}

fn error(output: &Output) -> Value {
    assert!(output.stdout.is_empty());
    let text = String::from_utf8_lossy(&output.stderr);
    serde_json::from_str::<Value>(text.lines().last().unwrap()).unwrap()["error"].clone()
}

const RENAME: [&str; 8] =
    ["org", "update", "Acme", "--name", "Acme Labs", "--json", "--operation-id", OPERATION];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_names_the_operation_and_the_organization_is_busy() {
    let home = Home::with_acme().await;
    home.proxy.on("renameCollection", 1, Act::DropReply);
    let output = home.run(&RENAME).await;
    let error = error(&output);
    assert_eq!((output.status.code(), error["code"].as_str()), (Some(3), Some("unavailable")));
    assert_eq!(error["operation_id"], OPERATION);
    assert!(error["message"].as_str().unwrap().contains("may still be completed"));
    assert!(error["hint"].as_str().unwrap().contains(OPERATION));
    assert_eq!(error["retryable"], true);
    assert_eq!(home.state().await, "renaming");
    let again = home.run(&RENAME).await;
    assert_eq!(again.status.code(), Some(6), "busy: {}", String::from_utf8_lossy(&again.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_takes_too_long_is_timed_out_and_may_still_be_completed() {
    let home = Home::with_acme().await;
    home.proxy.on("renameCollection", 1, Act::Delay(Duration::from_secs(4)));
    let output = home.run(&[&RENAME[..], &["--timeout", "1"]].concat()).await;
    let error = error(&output);
    assert_eq!((output.status.code(), error["code"].as_str()), (Some(124), Some("timed_out")));
    assert_eq!(error["operation_id"], OPERATION);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_signal_waits_for_the_write_and_the_second_leaves_it() {
    for (signal, second, code) in
        [("INT", false, 0), ("TERM", false, 0), ("INT", true, 130), ("TERM", true, 143)]
    {
        let home = Home::with_acme().await;
        home.proxy.on("renameCollection", 1, Act::Hold);
        let child = home.start(&RENAME);
        let pid = child.id().to_string();
        home.proxy.held().await;
        let send =
            || assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        send();
        tokio::time::sleep(Duration::from_millis(300)).await;
        if second {
            send();
            let output = wait(child).await;
            assert_eq!(output.status.code(), Some(code), "{signal}");
            home.proxy.release();
        } else {
            home.proxy.release();
            let output = wait(child).await;
            assert_eq!(output.status.code(), Some(code), "{signal}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("finishing the write"));
            assert!(String::from_utf8_lossy(&output.stdout).contains("org_acme_labs"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_during_a_read_leaves_at_once() {
    let home = Home::with_acme().await;
    home.proxy.on("find", 4, Act::Hold);
    let child = home.start(&["org", "list"]);
    let pid = child.id().to_string();
    home.proxy.held().await;
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(wait(child).await.status.code(), Some(130));
    home.proxy.release();
}
