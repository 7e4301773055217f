//! The console that goes on with the session of `login`, and what it remembers.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

fn state(home: &Home, name: &str) -> PathBuf {
    home.folder.path().join(".local/state/tenantry").join(name)
}

fn token(home: &Home) -> String {
    let text = fs::read_to_string(state(home, "session.json")).unwrap();
    let content: serde_json::Value = serde_json::from_str(&text).unwrap();
    let sessions = content["sessions"].as_object().unwrap();
    sessions.values().next().unwrap()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn session_of_login_is_gone_on_with_and_not_ended() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let mut console = home.terminal().args(&["--session"]).start();
    console.wait("Organizations  1");
    console.send("q");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
    home.run(&["whoami"]);

    home.run(&["logout"]);
    let mut console = home.terminal().args(&["--session"]).start();
    console.wait("No session is saved for this store: sign in.");
    console.send(&format!("{PASSWORD}{ENTER}"));
    console.wait("Organizations  1");
    // That one is its own.
    console.send("q");
    console.wait("Your session ends with the console.");
    console.send("y");
    assert_eq!(console.exit_code(), 0);
}

#[test]
fn session_of_login_is_renewed_in_its_file_and_its_end_asks_for_the_password() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let mut login = home.command(&["login", "--email", ROOT, "--password-stdin"]);
    login.env("SESSION_MINUTES", "1");
    Home::feed(login);
    let before = token(&home);
    let mut console = home.terminal().args(&["--session"]).start();
    console.wait("Organizations  1");
    console.send("j");
    console.wait_until("the renewal", |_| token(&home) != before);
    home.run(&["whoami"]);
    home.run(&["logout"]);
    console.wait("Your session was ended.");
    console.send(&format!("{PASSWORD}{ENTER}"));
    console.wait("Signed in again");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
}

#[test]
fn token_of_the_environment_is_gone_on_with() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme"]);
    let token = token(&home);
    fs::remove_file(state(&home, "session.json")).unwrap();
    let mut console = home.terminal().args(&["--session"]).env("TENANTRY_TOKEN", &token).start();
    console.wait("Organizations  1");
    console.send("q");
    assert_eq!(console.exit_code(), 0);
    assert!(!state(&home, "session.json").exists());
}

#[test]
fn email_and_sorting_are_remembered_and_no_secret() {
    let home = Home::embedded().with_operator().with_organizations(&["Acme", "Beta"]);
    let mut console = home.console();
    console.wait("Beta");
    console.send("O");
    console.wait("NAME \u{25bc}");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    let path = state(&home, "console.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(ROOT) && !text.contains(PASSWORD) && !text.contains("eyJ"), "{text}");

    let again = || {
        let mut console = home.terminal().start();
        console.wait(ROOT);
        console.send(&format!("{PASSWORD}{ENTER}"));
        console
    };
    let mut console = again();
    console.wait("NAME \u{25bc}");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);

    fs::write(&path, "{\"stores\": []").unwrap();
    let mut console = home.terminal().start();
    console.wait("Email");
    console.send(&format!("{ROOT}{ENTER}{PASSWORD}{ENTER}"));
    console.wait("NAME \u{25b2}");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.wait("console.json is not used");
    assert!(fs::read_to_string(&path).unwrap().contains(ROOT), "it is written anew");
}
