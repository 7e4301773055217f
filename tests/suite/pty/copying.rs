//! Copying: the bytes that reach the terminal, and the file that takes what is too long.

use super::*;
use rstest::rstest;
use std::os::unix::fs::PermissionsExt;

/// `Acme Corp` for the clipboard, bare.
const ACME: &str = "\u{1b}]52;c;QWNtZSBDb3Jw\u{7}";

#[rstest]
#[case("xterm-256color", "", "", ACME.to_owned())]
#[case("tmux-256color", "TMUX", "/tmp/tmux-0/default,1,0", ACME.replace('\u{1b}', "\u{1b}Ptmux;\u{1b}\u{1b}") + "\u{1b}\\")]
#[case("screen", "STY", "1.pts-0.host", format!("\u{1b}P{ACME}\u{1b}\\"))]
fn chosen_text_is_sent_once_as_what_stands_between_takes_it(
    #[case] term: &str,
    #[case] name: &str,
    #[case] value: &str,
    #[case] expected: String,
) {
    let home = Home::embedded().with_operator().with_organizations(&["Acme Corp"]);
    let mut terminal = home.terminal().env("TERM", term);
    if !name.is_empty() {
        terminal = terminal.env(name, value);
    }
    let mut console = Home::signed_in(terminal.start());
    console.wait("Acme Corp");
    console.send("y");
    console.wait("admin email");
    console.send(ENTER);
    console.wait("The name was sent to the terminal.");
    assert_eq!((console.count(&expected), console.count("52;c;")), (1, 1));
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

#[test]
fn a_terminal_without_a_clipboard_gets_a_word_and_no_bytes() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme Corp"]);
    let mut console = Home::signed_in(home.terminal().env("TERM", "linux").start());
    console.wait("Acme Corp");
    console.send("y");
    console.wait("admin email");
    console.send(ENTER);
    console.wait("a terminal with this TERM has no clipboard");
    assert_eq!(console.count("52;c;"), 0);
}

#[test]
fn what_is_too_long_is_saved_in_a_file_of_its_own() {
    let home = Home::embedded().with_operator();
    let long = format!("{{\"query\":\"{}\"}}", "x".repeat(80_000));
    home.file().execute("UPDATE audit SET changes = ?1 WHERE action = 'init'", [&long]).unwrap();
    let mut console = home.console();
    console.send("a");
    console.wait("the store");
    console.send("/action:began\r");
    console.wait_gone("signed in");
    console.wait("root  began");
    console.send("y");
    console.wait("actor");
    // Id, actor, JSON.
    console.send("jj\r");
    console.wait("Too long to copy");
    assert_eq!(console.count("52;c;"), 0);
    console.send("y");
    console.wait("Saved in ");
    let found = std::fs::read_dir(home.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = found.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    let [path] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let saved: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(
        (saved["action"].as_str(), saved["changes"]["query"].as_str().unwrap().len()),
        (Some("init"), 80_000)
    );
}
