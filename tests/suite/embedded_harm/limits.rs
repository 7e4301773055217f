//! Limits of the system: each error names its own cause, and an intact file is never reported as damaged.

use super::suite::{create, initialize};
use super::{Answer, Home, names};
use assert_cmd::cargo::cargo_bin;
use std::fs;
use std::process::{Command, Stdio};
use tenantry::domain::DatabaseName;
use tenantry::port::{Audit, AuditQuery};
use tenantry::store::embedded::EmbeddedStore;

/// Runs a command under a limit. `None` if the system killed it, as it does with a program that gets no memory.
fn behind(home: &Home, limit: &str) -> Option<Answer> {
    let template = home.command(&["org", "list", "--json"]);
    let mut command = Command::new("prlimit");
    command.args([limit, "--"]).arg(cargo_bin("tenantry")).args(template.get_args()).env_clear();
    for (name, value) in template.get_envs() {
        command.env(name, value.unwrap());
    }
    command.env("PATH", "/usr/bin:/bin").current_dir(home.folder.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    output.status.code().map(|_| Answer::of(output))
}

fn assert_own_cause(answer: &Answer, limit: &str) {
    for wrong in ["damaged", "rights", "panicked", "backup"] {
        assert!(!answer.stderr.contains(wrong), "{limit}: {wrong:?} in {}", answer.stderr);
    }
}

#[test]
fn lack_of_descriptors_is_reported() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let (mut told, mut done) = (0, 0);
    for count in 4..40 {
        let limit = format!("--nofile={count}");
        let answer = behind(&home, &limit).unwrap();
        assert_own_cause(&answer, &limit);
        if answer.code == 0 {
            done += 1;
        } else if answer.stderr.contains("store_unusable") {
            assert!(answer.stderr.contains("too many open files"), "{limit}: {}", answer.stderr);
            told += 1;
        }
    }
    println!("{told} told by the store, {done} done");
    assert!(told > 0 && done > 0);
    assert_eq!(names(&home), ["Acme"]);
}

#[test]
fn lack_of_memory_is_never_reported_as_damage() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let mut done = 0;
    for mebibytes in (16..200).step_by(3) {
        let limit = format!("--as={}", mebibytes * 1_048_576);
        let Some(answer) = behind(&home, &limit) else {
            continue;
        };
        assert_own_cause(&answer, &limit);
        done += usize::from(answer.code == 0);
    }
    assert!(done > 0);
    assert_eq!(names(&home), ["Acme"]);
}

/// How many descriptors of this process lead to a file.
fn descriptors(path: &std::path::Path) -> usize {
    let open = fs::read_dir("/proc/self/fd").unwrap();
    open.filter(|entry| fs::read_link(entry.as_ref().unwrap().path()).is_ok_and(|to| to == path)).count()
}

#[tokio::test]
async fn sequential_calls_share_one_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("tenantry.db");
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    create(&store, "Acme", "ann@x").await.unwrap();
    store.audit(&AuditQuery::newest(5)).await.unwrap();
    assert_eq!(descriptors(&path), 1);
    let query = AuditQuery::newest(5);
    let calls = (0..20).map(|_| store.audit(&query));
    for answer in futures_util::future::join_all(calls).await {
        answer.unwrap();
    }
    assert!((1..=3).contains(&descriptors(&path)));
}
