//! Every way out leaves the terminal as it was, with its exit code.

use super::*;
use portable_pty::CommandBuilder;
use rstest::rstest;
use std::time::{Duration, Instant};

#[rstest]
#[case("TERM", 143)]
#[case("HUP", 129)]
#[case("INT", 130)]
fn signals(#[case] signal: &str, #[case] code: u32) {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    assert!(console.is_on_alternate_screen());
    console.signal(signal);
    assert_eq!(console.exit_code(), code);
    console.assert_restored();
}

#[test]
fn ctrl_c_quits_on_the_sign_in() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().start();
    console.wait("Sign in");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[test]
fn ctrl_c_twice_quits_the_list() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    // While the list is being read the first one would stop that.
    console.wait("No organization yet.");
    console.send(CTRL_C);
    console.wait("Ctrl-C again");
    console.send(CTRL_C);
    console.exit_code();
    console.assert_restored();
}

#[test]
fn the_token_is_revoked_at_quit() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    console.send("q");
    assert_eq!(console.exit_code(), 0);
    let path = home.folder.path().join(".local/share/tenantry/tenantry.db");
    let revoked: i64 = rusqlite::Connection::open(path)
        .unwrap()
        .query_row("SELECT COUNT(*) FROM revoked", [], |row| row.get(0))
        .unwrap();
    assert_eq!(revoked, 1);
}

/// A terminal that vanishes without a signal: no controlling terminal, and the other end is closed.
#[test]
fn a_terminal_that_vanishes_ends_the_console() {
    let home = Home::embedded().with_operator();
    let code = home.folder.path().join("code");
    let mut command = CommandBuilder::new("sh");
    let binary = assert_cmd::cargo::cargo_bin("tenantry");
    let script = format!("trap '' HUP; setsid --wait {}; echo $? > {}", binary.display(), code.display());
    command.args(["-c", &script]);
    let mut shell = home.terminal().start_command(command);
    shell.wait("Sign in");
    shell.hang_up("x");
    let until = Instant::now() + Duration::from_secs(20);
    let ended = loop {
        match std::fs::read_to_string(&code) {
            Ok(text) if text.ends_with('\n') => break text,
            _ => assert!(Instant::now() < until, "the console did not notice"),
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(ended.trim(), "129");
}

#[cfg(debug_assertions)]
#[rstest]
#[case("loop")]
#[case("task")]
fn a_panic_restores_the_terminal_and_says_where_its_report_is(#[case] place: &str) {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().env("TENANTRY_TEST_PANIC", place).start();
    console.wait("Sign in");
    console.send("x");
    assert_eq!(console.exit_code(), 1);
    console.assert_restored();
    console.wait("panic-");
    let folder = home.folder.path().join(".local/state/tenantry/log");
    let report = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("panic-"))
        .unwrap();
    let mode = std::os::unix::fs::MetadataExt::mode(&report.metadata().unwrap());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn suspend_hands_the_terminal_back_and_takes_it_again() {
    let home = Home::embedded().with_operator();
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "-i"]);
    let mut shell = home.terminal().start_command(command);
    let binary = assert_cmd::cargo::cargo_bin("tenantry");
    shell.send(&format!("PS1='ready> '; {}\r", binary.display()));
    shell.wait("Sign in");
    shell.send("\u{1a}");
    shell.wait("ready>");
    assert!(!shell.is_on_alternate_screen());
    shell.send("fg\r");
    shell.wait("Sign in");
    assert!(shell.is_on_alternate_screen());
    shell.send(CTRL_C);
    shell.wait("ready>");
    shell.send("exit\r");
    shell.exit_code();
}
