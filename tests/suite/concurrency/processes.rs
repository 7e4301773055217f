//! Several processes of the real binary at the same moment.

use crate::common::home::{Answer, Home, On, PASSWORD};
use rstest::rstest;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Commands that are started together; their answers in the same order.
fn at_once(home: &Home, commands: &[Vec<String>]) -> Vec<Answer> {
    in_a_row(home, commands, &vec![Duration::ZERO; commands.len()])
}

/// The same, each so much later.
fn in_a_row(home: &Home, commands: &[Vec<String>], delays: &[Duration]) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let running: Vec<_> = commands
            .iter()
            .zip(delays)
            .map(|(command, delay)| {
                scope.spawn(|| {
                    std::thread::sleep(*delay);
                    let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--json"]).collect();
                    home.run_with(&arguments, PASSWORD)
                })
            })
            .collect();
        running.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

fn words(text: &[&str]) -> Vec<String> {
    text.iter().map(|word| (*word).to_owned()).collect()
}

/// Every organization, all of them usable.
fn names(home: &Home) -> BTreeSet<String> {
    let list = home.run(&["org", "list", "--all", "--json"]).json();
    let name = |item: &Value| {
        assert_eq!(item["state"], "active", "{item}");
        item["organization_name"].as_str().unwrap().to_owned()
    };
    list["items"].as_array().unwrap().iter().map(name).collect()
}

/// They can be deleted, and their names and emails are free then.
fn assert_usable(home: &Home, emails: &[String]) {
    for name in names(home) {
        home.run(&["org", "delete", &name, "--confirm", &name, "--json"]).json();
    }
    for (number, email) in emails.iter().enumerate() {
        home.create(&format!("Next {number}"), email).json();
    }
}

#[rstest]
fn of_six_processes_that_rename_to_one_name_one_succeeds(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let emails: Vec<String> = (0..6).map(|number| format!("a{number}@x")).collect();
    for (number, email) in emails.iter().enumerate() {
        home.create(&format!("Source {number}"), email).json();
    }
    let renames: Vec<_> = (0..6)
        .map(|number| words(&["org", "update", &format!("Source {number}"), "--name", "Target"]))
        .collect();
    let answers = at_once(&home, &renames);
    let done: Vec<usize> = (0..6).filter(|number| answers[*number].code == 0).collect();
    assert_eq!(done.len(), 1, "{:?}", answers.iter().map(|answer| &answer.stderr).collect::<Vec<_>>());
    for (number, answer) in answers.iter().enumerate().filter(|(number, _)| *number != done[0]) {
        assert_eq!(answer.code_word(), (6, "name_taken".into()), "{number}");
    }
    let left = (0..6).filter(|number| *number != done[0]).map(|number| format!("Source {number}"));
    assert_eq!(names(&home), left.chain(["Target".to_owned()]).collect());
    assert_usable(&home, &emails[..2]);
}

#[rstest]
fn two_processes_that_swap_names_lose_neither(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.create("Zephyr", "zoe@x").json();
    let swap = [
        words(&["org", "update", "Acme", "--name", "Zephyr"]),
        words(&["org", "update", "Zephyr", "--name", "Acme"]),
    ];
    for round in 0..2 {
        for answer in at_once(&home, &swap) {
            assert_eq!(answer.code_word(), (6, "name_taken".into()), "{round}");
        }
        assert_eq!(names(&home), BTreeSet::from(["Acme".to_owned(), "Zephyr".to_owned()]), "{round}");
    }
    assert_usable(&home, &["ann@x".to_owned(), "zoe@x".to_owned()]);
}

/// Each looks for itself, so several may come through, one after the other.
#[rstest]
fn rename_email_change_and_delete_by_three_processes_stay_consistent(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let mut done = [0; 3];
    for round in 0..3 {
        let (name, renamed) = (format!("Acme {round}"), format!("Zephyr {round}"));
        let (old, new) = (format!("ann{round}@x"), format!("zoe{round}@x"));
        home.create(&name, &old).json();
        // A delete has one step less before it begins, so it would always be the first.
        let later = Duration::from_millis(round * 8);
        let answers = in_a_row(
            &home,
            &[
                words(&["org", "update", &name, "--name", &renamed]),
                words(&["org", "update", &name, "--admin-email", &new]),
                words(&["org", "delete", &name, "--confirm", &name]),
            ],
            &[Duration::ZERO, Duration::ZERO, later],
        );
        for (at, answer) in answers.iter().enumerate() {
            done[at] += usize::from(answer.code == 0);
            if answer.code != 0 {
                let (_, word) = answer.code_word();
                assert!(["changed", "busy", "not_found"].contains(&word.as_str()), "{round}: {word}");
            }
        }
        let [rename, email, delete] = [0, 1, 2].map(|at| answers[at].code == 0);
        assert!(rename || email || delete, "{round}: one of them comes first");
        // A delete by the old name never removes a renamed organization, and none is lost.
        let expected = match (rename, delete) {
            (_, true) => BTreeSet::new(),
            (true, false) => BTreeSet::from([renamed.clone()]),
            (false, false) => BTreeSet::from([name.clone()]),
        };
        assert!(!(rename && delete), "{round}: renamed, and deleted by the name before");
        assert_eq!(names(&home), expected, "{round}");
        for left in &expected {
            let shown = home.run(&["org", "get", left, "--json"]).json();
            assert_eq!(shown["admin_email"], if email { new.as_str() } else { old.as_str() }, "{round}");
        }
        assert_usable(&home, &[]);
        let free = [home.create(&name, &old), home.create(&renamed, &new)];
        for answer in &free {
            answer.json();
        }
        assert_usable(&home, &[]);
    }
    println!("{store:?}: rename, email and delete came through {done:?} times of 3");
}

#[rstest]
fn two_processes_that_remove_the_last_two_operators_leave_one(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let operators = ["root@example.com", "kim@example.com"];
    let mut stays = operators[0];
    for round in 0..3 {
        let other = *operators.iter().find(|operator| **operator != stays).unwrap();
        home.run_with(&["operator", "add", other, "--password-stdin", "--json"], PASSWORD).json();
        let remove = operators.map(|who| words(&["operator", "remove", who, "--confirm", who]));
        let answers = at_once(&home, &remove);
        let removed: Vec<usize> = (0..2).filter(|at| answers[*at].code == 0).collect();
        assert_eq!(removed.len(), 1, "{round}: {} {}", answers[0].stderr, answers[1].stderr);
        let (_, word) = answers[1 - removed[0]].code_word();
        // An operator that removed itself is no longer signed in.
        let expected = ["last_operator", "session_expired", "unauthenticated"];
        assert!(expected.contains(&word.as_str()), "{round}: {word}");
        stays = operators[1 - removed[0]];
        let gone = home
            .run_with(&["login", "--email", operators[removed[0]], "--password-stdin", "--json"], PASSWORD);
        assert_eq!(gone.code_word(), (4, "invalid_credentials".into()), "{round}");
        assert_eq!(
            home.run_with(&["login", "--email", stays, "--password-stdin"], PASSWORD).code,
            0,
            "{round}"
        );
        let list = home.run(&["operator", "list", "--json"]).json();
        let listed: Vec<&str> =
            list["items"].as_array().unwrap().iter().map(|item| item["email"].as_str().unwrap()).collect();
        assert_eq!(listed, [stays], "{round}");
    }
}
