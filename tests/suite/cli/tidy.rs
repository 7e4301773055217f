//! Maintenance after a command's output, and warnings about what the store cannot promise.

use super::*;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use std::io::{BufRead, BufReader};
use std::time::Duration;

/// A store with a deleted organization that is due, as its file says it.
fn with_one_due() -> (Home, Connection) {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    home.create("Old", "old@x").json();
    home.run(&["org", "delete", "Old", "--confirm", "Old", "--json"]).json();
    let file = Connection::open(home.data().join("tenantry.db")).unwrap();
    file.busy_timeout(Duration::from_secs(5)).unwrap();
    let ago = |hours| (Timestamp::now() - SignedDuration::from_hours(hours)).as_millisecond();
    file.execute("UPDATE organizations SET purge_at = ?1 WHERE state = 'deleted'", [ago(48)]).unwrap();
    file.execute("UPDATE audit SET at = ?1 WHERE action = 'init'", [ago(30)]).unwrap();
    (home, file)
}

fn in_trash(file: &Connection) -> i64 {
    let sql = "SELECT COUNT(*) FROM organizations WHERE state = 'deleted'";
    file.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn operators_command_purges_expired_organizations_after_its_output() {
    let (home, file) = with_one_due();
    assert_eq!(home.run(&["org", "update", "Acme", "--name", "Labs", "-n"]).code, 0);
    assert_eq!(in_trash(&file), 1, "a dry run writes nothing");
    for text in [&["man"][..], &["completions", "bash"], &["--help"]] {
        assert_eq!(home.run(text).code, 0);
    }
    assert_eq!(in_trash(&file), 1, "text opens no store");
    let sign_in = ["--headless", "--no-save", "--email", "ann@x", "--password-stdin"];
    assert_eq!(home.run_with(&sign_in, PASSWORD).code, 0);
    assert_eq!(in_trash(&file), 1, "an admin purges nothing");
    let refused = home.run(&["org", "get", "Nobody", "--json"]);
    assert_eq!(refused.code_word(), (5, "not_found".into()), "what failed is told as ever");
    assert_eq!(in_trash(&file), 0, "also behind a command that was refused");
}

/// A list whose output is read, while another process writes for ever.
fn list_behind_a_lock(home: &Home, file: &Connection) -> std::process::Child {
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = home.command(&["org", "list", "-o", "name"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("TENANTRY_LOG", "tenantry::cli=debug").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "Acme\n", "the output comes first");
    child
}

#[test]
fn ctrl_c_ends_tidying_and_keeps_the_result() {
    let (home, file) = with_one_due();
    let mut child = list_behind_a_lock(&home, &file);
    std::thread::sleep(Duration::from_millis(500));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the lock");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code, 0);
    assert!(answer.stderr.contains("tidying was interrupted"), "{}", answer.stderr);
    file.execute_batch("ROLLBACK").unwrap();
    assert_eq!(in_trash(&file), 1);
}

#[test]
fn tidying_is_limited_to_a_few_seconds() {
    let (home, file) = with_one_due();
    // The lock is never given back.
    let child = list_behind_a_lock(&home, &file);
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code, 0);
    assert!(answer.stderr.contains("tidying took too long"), "{}", answer.stderr);
}

#[test]
fn unusable_store_is_reported_and_not_tidied() {
    let home = Home::signed_in();
    fs::write(home.data().join("tenantry.db"), "garbage".repeat(1_000)).unwrap();
    let before = fs::read(home.data().join("tenantry.db")).unwrap();
    assert_eq!(home.run(&["org", "list", "--json"]).code_word(), (3, "store_unusable".into()));
    assert_eq!(fs::read(home.data().join("tenantry.db")).unwrap(), before);
    let empty = Home::new();
    assert_eq!(empty.run(&["org", "list", "--json"]).code_word(), (4, "unauthenticated".into()));
    assert!(!empty.data().join("tenantry.db").exists(), "tidying makes no store");
}

#[rstest]
fn whoami_and_doctor_report_what_the_store_cannot_promise(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    for command in ["whoami", "doctor"] {
        let object = home.run(&[command, "--json"]).json();
        let warnings: Vec<&str> =
            object["warnings"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let people = home.run(&[command]);
        assert_eq!(people.code, 0, "a warning is no finding");
        assert!(!people.stdout.contains("warnings"), "{}", people.stdout);
        assert_eq!(people.stderr.lines().count(), warnings.len(), "{}", people.stderr);
        assert!(warnings.iter().all(|text| people.stderr.contains(text)), "{}", people.stderr);
        if home.database.is_none() {
            assert_eq!(warnings, [""; 0]);
        }
        let chosen = home.run(&[command, "--fields", "warnings", "-o", "json"]).json();
        assert_eq!(chosen["warnings"], object["warnings"]);
        let cell = home.run(&[command, "--fields", "warnings"]);
        assert_eq!(cell.code, 2, "people read them on stderr");
    }
}

#[test]
fn ctrl_c_ends_a_purge_of_all_after_the_current_call() {
    let (home, file) = with_one_due();
    let more = "INSERT INTO organizations (id, organization_name, admin_id, admin_email, state, deleted_at, deleted_by,
            purge_at, deleted_name_key, epoch, created_at, updated_at)
        SELECT ?1, organization_name, ?1, admin_email, state, deleted_at, deleted_by, purge_at, deleted_name_key, epoch,
            created_at, updated_at
        FROM organizations WHERE state = 'deleted' LIMIT 1";
    for _ in 0..14 {
        file.execute(more, [uuid::Uuid::new_v4().to_string()]).unwrap();
    }
    file.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut command = home.command(&["org", "purge", "--expired", "--yes", "--json"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("Finishing the write"), "{said}");
    file.execute_batch("ROLLBACK").unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.stdout.as_str()), (130, "{\"purged\":10}\n"), "{}", answer.stderr);
    assert_eq!(in_trash(&file), 5, "nothing more was begun, and nothing tidied");
}
