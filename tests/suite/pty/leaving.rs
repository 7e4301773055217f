//! Every way out leaves the terminal as it was, with its exit code.

use super::*;
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
    console.send(CTRL_C);
    console.wait("Ctrl-C again");
    // Once it has lapsed, two at once cannot be too far apart.
    console.wait_gone("Ctrl-C again");
    console.send(&CTRL_C.repeat(2));
    console.exit_code();
    console.assert_restored();
}

#[test]
fn the_token_is_revoked_at_quit() {
    let home = Home::embedded().with_operator();
    let mut console = home.console();
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    assert_eq!(home.revoked(), 1);
}

/// A terminal that vanishes without a signal: no controlling terminal, and the other end is closed.
#[test]
fn a_terminal_that_vanishes_ends_the_console() {
    let home = Home::embedded().with_operator();
    let code = home.folder.path().join("code");
    let mut command = CommandBuilder::new("sh");
    let script = format!("trap '' HUP; setsid --wait {}; echo $? > {}", binary(), code.display());
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
    let report = std::fs::read_dir(home.log_folder())
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
    let mut shell = home.shell();
    shell.send(&format!("{}\r", binary()));
    shell.wait("Sign in");
    shell.send("\u{1a}");
    shell.wait("Stopped");
    shell.assert_left();
    Home::foreground(&mut shell);
    assert!(shell.is_on_alternate_screen());
    shell.send(CTRL_C);
    Home::at_the_prompt(&shell);
    shell.send("exit\r");
    shell.exit_code();
    shell.assert_restored();
}

/// The shell waits for the script, not for the console.
#[test]
fn suspend_stops_the_script_that_started_it_too() {
    let home = Home::embedded().with_operator();
    let mut shell = home.shell();
    shell.send(&format!("sh -c '{}; echo script-$?'\r", binary()));
    shell.wait("Sign in");
    shell.send("\u{1a}");
    shell.wait("Stopped");
    Home::at_the_prompt(&shell);
    Home::foreground(&mut shell);
    shell.send(CTRL_C);
    shell.wait("script-0");
    shell.send("exit\r");
    shell.exit_code();
    shell.assert_restored();
}

/// Stopped from outside it could not give the terminal back; the shell has made it its own.
#[test]
fn stopped_from_outside_it_takes_the_terminal_again() {
    let home = Home::embedded().with_operator();
    let mut shell = home.shell();
    shell.send(&format!("sh -c 'echo $$ > pid; exec {}'; echo code-$?\r", binary()));
    shell.wait("Sign in");
    let pid = std::fs::read_to_string(home.folder.path().join("pid")).unwrap();
    assert!(Command::new("kill").args(["-STOP", pid.trim()]).status().unwrap().success());
    shell.wait("Stopped");
    shell.send("clear; echo cleared\r");
    shell.wait("cleared\nready>");
    shell.send("fg\r");
    shell.wait("Sign in");
    shell.wait_gone("cleared");
    // In line mode it would be a signal: 130.
    shell.send(CTRL_C);
    Home::at_the_prompt(&shell);
    shell.send("echo code-$?\r");
    shell.wait("code-0");
    shell.send("exit\r");
    shell.exit_code();
    shell.assert_restored();
}

/// Where no shell would wake it, the system does not stop it, and it goes on.
#[test]
fn suspend_without_a_shell_draws_anew() {
    let home = Home::embedded().with_operator();
    let mut console = home.terminal().start();
    console.wait("Sign in");
    console.send("\u{1a}");
    console.wait_until("the second start", |_| console.count("\u{1b}[?1049h") == 2);
    console.wait("Sign in");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}
