//! A terminal that vanishes: a write that runs is waited for, the token is ended, nothing panics, once is enough.

use super::*;
use crate::common::proxy::Act;
use std::time::{Duration, Instant};

fn assert_no_report(home: &Home) {
    let reports = std::fs::read_dir(home.log_folder()).into_iter().flatten();
    let names: Vec<_> = reports.map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().starts_with("panic")), "{names:?}");
}

/// Waits until the console has told its log this.
fn wait_for_log(home: &Home, text: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let files = std::fs::read_dir(home.log_folder()).into_iter().flatten();
        let mut logs = files.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
        if logs.any(|log| log.contains(text)) {
            return;
        }
        assert!(Instant::now() < until, "{text:?} is not in the log");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_token_is_ended_and_nothing_panics() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    console.wait("No organization yet.");
    console.hang_up("?");
    assert_eq!(console.exit_code(), 129);
    assert_eq!(home.revoked(), 1);
    assert_no_report(&home);
}

#[test]
fn a_write_that_runs_is_waited_for() {
    let home = Home::mongo().with_operator().with_organizations(&["Acme"]);
    let mut console = Home::signed_in(home.terminal().env("TENANTRY_LOG", "trace").start());
    console.wait("Acme");
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    home.proxy().on("renameCollection", 1, Act::Hold);
    console.send(CTRL_S);
    console.wait("renaming Acme");
    // Told by a signal, by the terminal's end, and once more.
    console.hang_up("x");
    console.signal("HUP");
    wait_for_log(&home, "Signal(HangUp)");
    assert!(!console.has_ended());
    home.proxy().release();
    assert_eq!(console.exit_code(), 129);
    let now = home.run(&["org", "get", "Acme Labs", "--json"]);
    assert!(now.contains("\"state\":\"active\""), "{now}");
    assert_no_report(&home);
}

#[test]
fn a_demo_removes_its_folder() {
    let home = Home::embedded();
    let temporary = home.folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let arguments = ["demo", "--organizations", "10"];
    let terminal = home.terminal().args(&arguments).env("TMPDIR", temporary.to_str().unwrap());
    let mut console = terminal.start();
    console.wait("Organizations  10");
    console.hang_up("?");
    assert_eq!(console.exit_code(), 129);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert_no_report(&home);
}
