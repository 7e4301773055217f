//! Commands that ask, in a pseudo terminal: prompts without echo, and Ctrl-C that leaves the terminal as it was.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "common/pty.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod pty;

use pty::Terminal;

const PASSWORD: &str = "correct horse";

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_first_operator_is_asked_for_and_nothing_secret_is_echoed() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init"]).start();
    init.wait("Email: ");
    init.send("root@example.com\r");
    init.wait("Password (8 to 72 bytes): ");
    init.send(&format!("{PASSWORD}\r"));
    init.wait("The same again: ");
    init.send(&format!("{PASSWORD}\r"));
    init.wait("root@example.com is the first operator");
    assert_eq!(init.exit_code(), 0);
    assert!(!init.text().contains("horse"));
    let mut login = Terminal::new(home.path()).args(&["login", "--email", "root@example.com"]).start();
    login.wait("Password: ");
    login.send(&format!("{PASSWORD}\r"));
    login.wait("Signed in as root@example.com (operator) until ");
    assert_eq!(login.exit_code(), 0);
    login.assert_restored();
}

#[test]
fn two_passwords_that_differ_do_nothing() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("one horse power\r");
    init.wait("The same again: ");
    init.send("two horse power\r");
    init.wait("The two passwords differ");
    assert_eq!(init.exit_code(), 2);
    assert!(!home.path().join(".local/share/tenantry/tenantry.db").exists());
}

#[test]
fn ctrl_c_at_a_prompt_brings_the_echo_back() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("half a pass\u{3}");
    assert_eq!(init.exit_code(), 130);
    init.assert_restored();
}

#[test]
fn sigterm_at_a_prompt_brings_the_echo_back() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.signal("TERM");
    assert_eq!(init.exit_code(), 143);
    init.assert_restored();
}

#[test]
fn no_input_never_asks() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--no-input"]).start();
    init.wait("Give --email.");
    assert_eq!(init.exit_code(), 2);
}

#[test]
fn a_delete_without_confirm_asks_for_the_name() {
    let home = home();
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    let mut init = run(&["init", "--email", "root@example.com"]);
    for prompt in ["Password (8 to 72 bytes): ", "The same again: "] {
        init.wait(prompt);
        init.send(&format!("{PASSWORD}\r"));
    }
    assert_eq!(init.exit_code(), 0);
    let mut login = run(&["login", "--email", "root@example.com"]);
    login.wait("Password: ");
    login.send(&format!("{PASSWORD}\r"));
    assert_eq!(login.exit_code(), 0);
    let mut create = run(&["org", "create", "Acme"]);
    create.wait("Admin email: ");
    create.send("ann@acme.example\r");
    for prompt in ["Admin password (8 to 72 bytes): ", "The same again: "] {
        create.wait(prompt);
        create.send(&format!("{PASSWORD}\r"));
    }
    create.wait("org_acme");
    assert_eq!(create.exit_code(), 0);
    for (typed, code) in [("acme", 2), ("Acme", 0)] {
        let mut delete = run(&["org", "delete", "ACME"]);
        delete.wait("Type the name to delete it: ");
        assert!(delete.text().contains("ann@acme.example"), "it says what will go");
        delete.send(&format!("{typed}\r"));
        assert_eq!(delete.exit_code(), code);
    }
}
