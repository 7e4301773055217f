//! Several processes that write at once, and several checks.

use super::{Home, PASSWORD, names};
use crate::common::suite::{by_name, create, delete, initialize, to_name, update};
use rstest::rstest;
use std::process::Stdio;
use std::sync::Arc;
use tenantry::demo::seed;
use tenantry::domain::{DatabaseName, Progress};
use tenantry::port::Doctor;
use tenantry::store::embedded::EmbeddedStore;
use tokio::sync::watch;

/// Two processes after each other's heels, with shells as their users: each create, rename and delete is acknowledged.
#[test]
fn two_processes_share_one_file() {
    const ROUNDS: usize = 12;
    let home = Home::signed_in();
    std::thread::scope(|scope| {
        for process in ["a", "b"] {
            let home = &home;
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let name = format!("{process}{round}");
                    home.create(&name, &format!("{name}@x")).json();
                    let renamed = format!("{name} renamed");
                    home.run(&["org", "update", &name, "--name", &renamed, "--json"]).json();
                    if round % 3 == 0 {
                        home.run(&["org", "delete", &renamed, "--confirm", &renamed, "--json"]).json();
                    }
                }
            });
        }
    });
    let mut expected: Vec<String> = ["a", "b"]
        .iter()
        .flat_map(|process| {
            (0..ROUNDS).filter(|round| round % 3 != 0).map(move |round| format!("{process}{round} renamed"))
        })
        .collect();
    expected.sort();
    assert_eq!(names(&home), expected);
}

/// Stores of their own on one file, each like a process, that write as fast as they can.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_writers_take_turns() {
    const WRITERS: usize = 6;
    const ROUNDS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(EmbeddedStore::new(folder.path(), &DatabaseName::default()));
    initialize(&*open()).await;
    let mut running = Vec::new();
    for writer in 0..WRITERS {
        let store = open();
        running.push(tokio::spawn(async move {
            for round in 0..ROUNDS {
                let name = format!("W{writer} {round}");
                let made = create(&*store, &name, &format!("w{writer}-{round}@x")).await.unwrap();
                let renamed = format!("{name} renamed");
                let made = update(&*store, &made, &to_name(&renamed)).await.unwrap();
                if round % 2 == 0 {
                    delete(&*store, &made).await.unwrap();
                }
            }
        }));
    }
    for writer in running {
        writer.await.unwrap();
    }
    let store = open();
    for writer in 0..WRITERS {
        for round in 0..ROUNDS {
            let found = by_name(&*store, &format!("W{writer} {round} renamed")).await;
            assert_eq!(found.is_some(), round % 2 == 1, "W{writer} {round}");
        }
    }
    let whole: String = rusqlite::Connection::open(folder.path().join("tenantry.db"))
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
}

/// A file that another program holds for longer than it is waited for: not reachable now, and to be tried again; never
/// an error that should not happen.
#[rstest]
#[case(&["org", "create", "New", "--admin-email", "n@x", "--password-stdin", "--json"])]
#[case(&["org", "update", "Acme", "--name", "Acme Labs", "--json"])]
#[case(&["org", "delete", "Acme", "--confirm", "Acme", "--json"])]
fn file_locked_for_long_is_unavailable(#[case] arguments: &[&str]) {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let mut holder = rusqlite::Connection::open(super::file(&home)).unwrap();
    let held = holder.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let answer = home.run_with(arguments, PASSWORD);
    assert_eq!(answer.code_word(), (3, "unavailable".to_owned()), "{}", answer.stderr);
    let error = answer.error();
    assert!(error["message"].as_str().unwrap().contains("another process holds it"), "{error}");
    assert_eq!(error["retryable"], true);
    assert!(!answer.stderr.contains("completed"), "nothing was begun: {error}");
    let mut read = home.command(&["org", "list", "-o", "name"]);
    let read = super::Answer::of(read.stdin(Stdio::null()).output().unwrap());
    assert_eq!((read.code, read.stdout.as_str()), (0, "Acme\n"), "reading goes on");
    drop(held);
    assert_eq!(home.run_with(arguments, PASSWORD).code, 0, "once it is free it is done");
}

/// Each check has a connection for as long as it takes, and the file has few.
#[tokio::test]
async fn checks_run_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::new(folder.path(), &DatabaseName::default());
    initialize(&store).await;
    let now = "2026-11-24T12:00:00Z".parse().unwrap();
    seed::embedded(&store, 2_000, false, &"no hash".into(), now).await.unwrap();
    let (one, _heard) = watch::channel(Progress::default());
    let (other, mut heard) = watch::channel(Progress::default());
    let has_ended = std::cell::Cell::new(false);
    let first = async {
        store.check(&one).await.unwrap();
        has_ended.set(true);
    };
    let second = store.check(&other);
    let begins = async {
        heard.changed().await.unwrap();
        assert!(has_ended.get(), "the second began before the first ended");
    };
    let ((), found, ()) = tokio::join!(first, second, begins);
    assert_eq!(found.unwrap().organizations, 2_000);
}
