//! Sessions of commands: kept, renewed, replaced, and ended with all their tokens.

use super::*;
use rustix::fs::{FlockOperation, flock};

const LOGIN: [&str; 4] = ["login", "--email", "root@example.com", "--password-stdin"];

impl Home {
    fn kept_token(&self) -> String {
        let text = fs::read_to_string(self.state().join("session.json")).unwrap();
        let content: Value = serde_json::from_str(&text).unwrap();
        let sessions = content["sessions"].as_object().unwrap();
        sessions.values().next().unwrap()["access_token"].as_str().unwrap().to_owned()
    }

    /// What a token is good for.
    fn with_token(&self, token: &str) -> Answer {
        Answer::of(self.command(&["whoami", "--json"]).env("TENANTRY_TOKEN", token).output().unwrap())
    }

    /// A session of a minute: by other settings, more than half of it is over.
    fn login_for_a_minute(&self) -> String {
        let mut login = self.command(&LOGIN);
        login.env("SESSION_MINUTES", "1");
        assert_eq!(feed(login, PASSWORD).code, 0);
        self.kept_token()
    }

    fn assert_over(&self, token: &str, why: &str) {
        assert_eq!(self.with_token(token).code_word(), (4, "session_expired".into()), "{why}");
    }
}

#[test]
fn session_of_the_console_stands_beside_no_command() {
    let home = Home::signed_in_on(On::Embedded);
    let refused = home.run(&["--session", "whoami", "--json"]);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    for others in [["--session", "--headless"], ["--session", "--email=a@b"]] {
        assert_eq!(home.run(&others).code, 2, "{others:?}");
    }
}

#[rstest]
fn commands_renew_the_saved_session_and_logout_ends_every_token(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let fresh = home.kept_token();
    home.run(&["whoami", "--json"]).json();
    assert_eq!(home.kept_token(), fresh, "nothing is due");
    let first = home.login_for_a_minute();
    // In parallel: one command renews, and no token is invalidated.
    let commands: Vec<_> = (0..6)
        .map(|_| {
            home.command(&["whoami", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for command in commands {
        Answer::of(command.wait_with_output().unwrap()).json();
    }
    let second = home.kept_token();
    assert_ne!(first, second);
    let seen = home.run(&["whoami", "--json"]).json();
    assert!(seen["expires_in"].as_i64().unwrap() > 60, "{seen}");
    assert_eq!(home.kept_token(), second, "renewed once");
    home.with_token(&first).json();
    // Commands never renew a token of the environment.
    assert_eq!(home.kept_token(), second);
    assert_eq!(home.run(&["logout"]).code, 0);
    home.assert_over(&first, "the token before the renewal");
    home.assert_over(&second, "the renewed one");
    home.assert_over(&fresh, "the one that another login took the place of");
}

#[rstest]
fn login_ends_the_session_it_replaces(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let before = home.kept_token();
    let answer = home.run_with(&LOGIN, PASSWORD);
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
    home.assert_over(&before, "login");
    let before = home.kept_token();
    let headless = ["--headless", "--email", "root@example.com", "--password-stdin"];
    assert_eq!(home.run_with(&headless, PASSWORD).code, 0);
    home.assert_over(&before, "--headless");
    home.with_token(&home.kept_token()).json();
}

#[rstest]
fn an_exposed_session_is_ended_on_its_store(#[values(On::Embedded, On::MongoDb)] store: On) {
    for by in ["whoami", "logout", "login"] {
        let home = Home::signed_in_on(store);
        let token = home.kept_token();
        let path = home.state().join("session.json");
        let mut open = fs::File::open(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let answer = if by == "login" { home.run_with(&LOGIN, PASSWORD) } else { home.run(&[by]) };
        assert_eq!(answer.code, if by == "whoami" { 4 } else { 0 }, "{by}: {}", answer.stderr);
        home.assert_over(&token, by);
        let mut text = String::new();
        std::io::Read::read_to_string(&mut open, &mut text).unwrap();
        assert_eq!(text, "", "{by}: whoever has it open reads nothing");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{by}");
    }
}

/// While the store does not answer, the exposed session is kept for its end, and never used.
#[test]
fn exposed_session_is_ended_when_its_store_answers_again() {
    let home = Home::signed_in();
    let token = home.kept_token();
    let path = home.state().join("session.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    let (there, away) = (home.data().join("tenantry.db"), home.data().join("away.db"));
    fs::rename(&there, &away).unwrap();
    fs::write(&there, "garbage".repeat(1_000)).unwrap();
    fs::set_permissions(&there, fs::Permissions::from_mode(0o600)).unwrap();
    assert_ne!(home.run(&["whoami"]).code, 0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::rename(&away, &there).unwrap();
    home.with_token(&token).json();
    let answer = home.run(&["whoami", "--json"]);
    assert_eq!(answer.code, 4);
    assert!(answer.stderr.contains("its session was ended"), "{}", answer.stderr);
    home.assert_over(&token, "the next command");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn lock_of_another_process_is_waited_for_until_the_timeout() {
    let home = Home::signed_in();
    let before = home.kept_token();
    let lock = fs::OpenOptions::new().write(true).open(home.state().join("session.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let mut login = LOGIN.to_vec();
    login.extend(["--timeout", "1", "--json"]);
    assert_eq!(home.run_with(&login, PASSWORD).code_word(), (124, "timed_out".into()));
    // What only reads, or would renew, does not wait.
    home.run(&["whoami", "--json"]).json();
    home.login_after(&lock);
    assert_ne!(home.kept_token(), before);
    // A FIFO is refused at once.
    let path = home.state().join("session.lock");
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    let answer = home.run_with(&[&LOGIN[..], &["--json"]].concat(), PASSWORD);
    assert_eq!(answer.code_word(), (3, "store_unusable".into()));
}

impl Home {
    fn login_after(&self, lock: &fs::File) {
        flock(lock, FlockOperation::Unlock).unwrap();
        assert_eq!(self.run_with(&LOGIN, PASSWORD).code, 0);
    }
}

#[rstest]
fn recovery_needs_the_key_of_the_operators(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let recover = ["operator", "password", "root@example.com", "--recover", "--password-stdin", "--json"];
    let mut other = home.command(&recover);
    other.env("SECRET_KEY", "another key of 32 bytes and more");
    assert_eq!(feed(other, "another horse").code_word(), (2, "invalid_config".into()));
    assert_eq!(home.run_with(&LOGIN, PASSWORD).code, 0, "nothing was changed");
    home.run_with(&recover, "another horse").json();
}
