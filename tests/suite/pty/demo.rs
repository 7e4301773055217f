//! The demo: a full console at once, and nothing left of it.

use super::*;
use rstest::rstest;
use std::fs;

#[rstest]
#[case(None, 0)]
#[case(Some("TERM"), 143)]
#[case(Some("HUP"), 129)]
fn it_opens_full_and_leaves_nothing(#[case] signal: Option<&str>, #[case] code: u32) {
    let home = Home::embedded();
    let temporary = home.folder.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut console = home
        .terminal()
        .args(&["demo", "--organizations", "40"])
        .env("TMPDIR", temporary.to_str().unwrap())
        .env("MONGO_URI", "mongodb://127.0.0.1:1/")
        .start();
    console.wait("Organizations  40");
    console.wait("You are demo@example.com");
    console.wait("DEMO");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    console.send("/state:active\r");
    console.wait_until("the heading of what is filtered", |screen| {
        screen.lines().any(|line| line.contains("Organizations  ") && line.contains(" of 40"))
    });
    match signal {
        Some(signal) => console.signal(signal),
        None => console.send("q"),
    }
    assert_eq!(console.exit_code(), code);
    console.assert_restored();
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "thrown away");
    assert!(!home.folder.path().join(".local/share").exists());
    assert!(!home.folder.path().join(".local/state/tenantry/session.json").exists());
}
