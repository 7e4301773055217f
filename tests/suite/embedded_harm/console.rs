//! The console with a damaged file: it reports the damage, continues or ends as requested, and never panics.

use super::{Home, PASSWORD, file};
use crate::common::pty::{Session, Terminal};
use std::fs;

const CTRL_C: &str = "\u{3}";

fn assert_said(console: &Session) {
    // Both at once: it tries again by itself, and then says so for a moment.
    console.wait_until("the damage and what to do", |screen| {
        screen.contains("damaged") && screen.contains("backup")
    });
}

fn assert_no_panic(home: &Home, mut console: Session) {
    console.send(CTRL_C);
    console.send(CTRL_C);
    console.exit_code();
    console.assert_restored();
    let log = home.state().join("log");
    let reports = fs::read_dir(log).map(|entries| {
        entries
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("panic"))
            .count()
    });
    assert_eq!(reports.unwrap_or(0), 0, "a panic was reported");
}

#[test]
fn file_damaged_before_opening_is_reported() {
    let home = Home::signed_in();
    home.create("Acme", "ann@x").json();
    let whole = fs::read(file(&home)).unwrap();
    fs::write(file(&home), &whole[..whole.len() / 3]).unwrap();
    let console = Terminal::new(home.folder.path()).start();
    assert_said(&console);
    assert_no_panic(&home, console);
}

#[test]
fn file_damaged_while_open_is_reported() {
    let home = Home::signed_in();
    super::fill(&home, 150);
    let mut console = Terminal::new(home.folder.path()).start();
    console.wait("Password");
    console.send(&format!("root@example.com\t{PASSWORD}\r"));
    console.wait("Org 100");
    super::damage::overwrite_all_but_the_first(&file(&home));
    // SQLite has cached earlier pages; those of the last organization were not read yet.
    console.send("G");
    console.wait("Org 99");
    console.send("\r");
    console.wait("Overview");
    console.send("2");
    assert_said(&console);
    console.send("?");
    console.wait("half a page down");
    assert_no_panic(&home, console);
}
