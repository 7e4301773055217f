//! Commands that ask, in a pseudo terminal: prompts without echo, and Ctrl-C that leaves the terminal as it was.

use crate::common::pty::{Session, Terminal};

const PASSWORD: &str = "correct horse";

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Types the password at a prompt, and the same again.
fn answer_twice(session: &mut Session, prompt: &str) {
    for prompt in [prompt, "Repeat the password: "] {
        session.wait(prompt);
        session.send(&format!("{PASSWORD}\r"));
    }
}

/// A store with its first operator, signed in.
fn signed_in(home: &std::path::Path) {
    let run = |arguments: &[&str]| Terminal::new(home).args(arguments).start();
    let mut init = run(&["init", "--email", "root@example.com"]);
    answer_twice(&mut init, "Password (8 to 72 bytes): ");
    assert_eq!(init.exit_code(), 0);
    let mut login = run(&["login", "--email", "root@example.com"]);
    login.wait("Password: ");
    login.send(&format!("{PASSWORD}\r"));
    assert_eq!(login.exit_code(), 0);
}

#[test]
fn init_prompts_without_echoing_secrets() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init"]).start();
    init.wait("Email: ");
    init.send("root@example.com\r");
    init.wait("Password (8 to 72 bytes): ");
    init.send(&format!("{PASSWORD}\r"));
    init.wait("Repeat the password: ");
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
fn two_different_passwords_change_nothing() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("one horse power\r");
    init.wait("Repeat the password: ");
    init.send("two horse power\r");
    init.wait("The two passwords differ");
    assert_eq!(init.exit_code(), 2);
    assert!(!home.path().join(".local/share/tenantry/tenantry.db").exists());
}

#[test]
fn ctrl_c_at_a_prompt_restores_echo() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("half a pass\u{3}");
    assert_eq!(init.exit_code(), 130);
    init.assert_restored();
}

#[test]
fn sigterm_at_a_prompt_restores_echo() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.signal("TERM");
    assert_eq!(init.exit_code(), 143);
    init.assert_restored();
}

#[test]
fn ctrl_backslash_and_hang_up_at_a_prompt_restore_echo() {
    for (signal, code) in [("QUIT", 130), ("HUP", 129)] {
        let home = home();
        let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
        init.wait("Password (8 to 72 bytes): ");
        init.signal(signal);
        assert_eq!(init.exit_code(), code, "{signal}");
        init.assert_restored();
    }
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("half a pass\u{1c}");
    assert_eq!(init.exit_code(), 130);
    init.assert_restored();
}

#[test]
fn control_character_at_a_prompt_is_refused() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("correct\u{1b}[Dhorse\r");
    init.wait("control character");
    assert_eq!(init.exit_code(), 2);
}

#[test]
fn no_input_never_prompts() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--no-input"]).start();
    init.wait("Pass --email.");
    assert_eq!(init.exit_code(), 2);
}

#[test]
fn a_delete_and_a_purge_without_confirm_ask_for_the_name() {
    let home = home();
    signed_in(home.path());
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    let mut create = run(&["org", "create", "Acme"]);
    create.wait("Admin email: ");
    create.send("ann@acme.example\r");
    answer_twice(&mut create, "Admin password (8 to 72 bytes): ");
    create.wait("org_acme");
    assert_eq!(create.exit_code(), 0);
    for (typed, code) in [("acme", 2), ("Acme", 0)] {
        let mut delete = run(&["org", "delete", "ACME"]);
        delete.wait("Type the name to delete it: ");
        assert!(delete.text().contains("ann@acme.example"), "it says what will go");
        assert!(delete.text().contains("goes to the trash and can be restored until 2"), "{}", delete.text());
        delete.send(&format!("{typed}\r"));
        assert_eq!(delete.exit_code(), code);
    }
    let mut declined = run(&["org", "purge", "--expired"]);
    declined.wait("Remove 0 deleted organizations for good? [y/N]: ");
    declined.send("\r");
    assert_eq!(declined.exit_code(), 2);
    let mut restore = run(&["org", "restore", "ACME", "--password-stdin"]);
    answer_twice(&mut restore, "New admin password (8 to 72 bytes): ");
    restore.wait("org_acme");
    assert_eq!(restore.exit_code(), 0);
    let mut now = run(&["org", "delete", "Acme", "--now"]);
    now.wait("Type the name to delete it: ");
    assert!(now.text().contains("This removes for good: Acme"), "{}", now.text());
    now.send("\u{3}");
    assert_eq!(now.exit_code(), 130);
    let delete = || assert_eq!(run(&["org", "delete", "Acme", "--confirm", "Acme"]).exit_code(), 0);
    delete();
    // While it asks, somebody restores and deletes it: that is not what it said would go.
    let mut stale = run(&["org", "purge", "ACME"]);
    stale.wait("Type the name to remove it: ");
    assert_eq!(run(&["org", "restore", "Acme"]).exit_code(), 0);
    delete();
    stale.send("Acme\r");
    assert_eq!(stale.exit_code(), 6, "{}", stale.text());
    for (typed, code) in [("acme", 2), ("Acme", 0)] {
        let mut purge = run(&["org", "purge", "ACME"]);
        purge.wait("Type the name to remove it: ");
        assert!(purge.text().contains("This removes for good: Acme"), "{}", purge.text());
        purge.send(&format!("{typed}\r"));
        assert_eq!(purge.exit_code(), code);
    }
}

/// The hint of a lost answer says to repeat the write with its id, so a preview must not refuse what it did.
#[test]
fn a_repeat_is_answered_by_the_write_not_by_its_preview() {
    let home = home();
    signed_in(home.path());
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    let twice = |number: u128, arguments: &[&str], answers: &[(&str, &str)], says: &str| {
        let id = uuid::Uuid::from_u128(number).to_string();
        for time in ["first", "second"] {
            let mut command = run(&[arguments, &["--operation-id", &id]].concat());
            for (prompt, answer) in answers {
                command.wait(prompt);
                command.send(&format!("{answer}\r"));
            }
            command.wait(says);
            assert_eq!(command.exit_code(), 0, "{arguments:?}, {time}: {}", command.text());
        }
    };
    let password = |prompt: &'static str| [(prompt, PASSWORD), ("Repeat the password: ", PASSWORD)];
    let create = ["org", "create", "Acme", "--admin-email", "ann@x"];
    twice(1, &create, &password("Admin password (8 to 72 bytes): "), "org_acme");
    twice(2, &["org", "delete", "Acme"], &[("Type the name to delete it: ", "Acme")], "Deleted Acme.");
    twice(
        3,
        &["org", "purge", "Acme"],
        &[("Type the name to remove it: ", "Acme")],
        "Removed Acme for good.",
    );
    let add = ["operator", "add", "kim@x"];
    twice(4, &add, &password("Password of the operator (8 to 72 bytes): "), "Added the operator kim@x.");
    let set = ["operator", "password", "kim@x"];
    twice(5, &set, &password("New password of kim@x (8 to 72 bytes): "), "kim@x has a new password");
    let remove = ["operator", "remove", "kim@x"];
    twice(6, &remove, &[("Type the email to remove it: ", "kim@x")], "Removed the operator kim@x.");
    let mut other = run(&["org", "delete", "Acme"]);
    other.wait("No organization is called");
    assert_eq!(other.exit_code(), 5, "without an id it is no repeat");
}

#[test]
fn operator_prompts_come_in_order() {
    let home = home();
    signed_in(home.path());
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    let mut add = run(&["operator", "add", "kim@example.com"]);
    answer_twice(&mut add, "Password of the operator (8 to 72 bytes): ");
    add.wait("Added the operator kim@example.com.");
    assert_eq!(add.exit_code(), 0);
    let mut own = run(&["account", "update", "--email", "boss@example.com", "--password-stdin"]);
    own.wait("Current password: ");
    assert!(!own.text().contains("New password"));
    own.send(&format!("{PASSWORD}\r"));
    own.wait("New password (8 to 72 bytes): ");
    own.send("another horse\r");
    own.wait("Repeat the password: ");
    own.send("another horse\r");
    own.wait("The account boss@example.com is changed.");
    own.wait("sign in again");
    assert_eq!(own.exit_code(), 0);
    assert!(!own.text().contains("horse"), "--password-stdin on a terminal asks without echo");
    own.assert_restored();
}

#[test]
fn typed_email_confirms_the_removal_of_an_operator() {
    let home = home();
    signed_in(home.path());
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    let mut last = run(&["operator", "remove", "root@example.com"]);
    last.wait("This is the last operator");
    assert_eq!(last.exit_code(), 6, "what cannot be is not asked for");
    let mut add = run(&["operator", "add", "Kim@example.com"]);
    answer_twice(&mut add, "Password of the operator (8 to 72 bytes): ");
    assert_eq!(add.exit_code(), 0);
    for (typed, code) in [("kim@example.com", 2), ("Kim@example.com", 0)] {
        let mut remove = run(&["operator", "remove", "kim@example.com"]);
        remove.wait("Type the email to remove it: ");
        assert!(remove.text().contains("its sessions end immediately"), "it says what will go");
        remove.send(&format!("{typed}\r"));
        assert_eq!(remove.exit_code(), code);
    }
}

#[test]
fn dry_run_does_not_prompt() {
    let home = home();
    signed_in(home.path());
    let run = |arguments: &[&str]| Terminal::new(home.path()).args(arguments).start();
    for (arguments, says) in [
        (&["org", "create", "Acme", "--admin-email", "ann@x", "-n"][..], "dry_run"),
        (&["operator", "add", "kim@example.com", "-n", "--password-stdin"], "Would add"),
        (&["operator", "password", "-n"], "password  changed"),
        (&["account", "update", "--email", "boss@example.com", "-n"], "root@example.com -> boss@example.com"),
    ] {
        let mut dry = run(arguments);
        dry.wait(says);
        assert_eq!(dry.exit_code(), 0);
    }
}

#[test]
fn end_of_file_at_a_prompt_is_a_usage_error() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init"]).start();
    init.wait("Email: ");
    init.send("\u{4}");
    init.wait("ended before");
    assert_eq!(init.exit_code(), 2);
}

#[test]
fn password_file_that_is_the_terminal_prompts_without_echo() {
    let home = home();
    signed_in(home.path());
    for stdin in ["-", "/dev/stdin"] {
        let arguments = ["login", "--email", "root@example.com", "--password-file", stdin];
        let mut login = Terminal::new(home.path()).args(&arguments).start();
        login.wait("Password: ");
        login.send(&format!("{PASSWORD}\r"));
        login.wait("Signed in as");
        assert_eq!(login.exit_code(), 0);
        assert!(!login.text().contains("horse"));
    }
    let arguments = ["login", "--email", "root@example.com", "--password-file", "/dev/tty"];
    let mut login = Terminal::new(home.path()).args(&arguments).start();
    login.wait("is a terminal");
    assert_eq!(login.exit_code(), 2);
}

#[test]
fn echo_stays_off_after_a_stop_at_a_prompt() {
    let home = home();
    signed_in(home.path());
    let mut command = portable_pty::CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    let mut shell = Terminal::new(home.path()).env("PS1", "ready> ").start_command(command);
    shell.wait("ready>");
    let binary = assert_cmd::cargo::cargo_bin("tenantry");
    shell.send(&format!("{} login --email root@example.com\r", binary.display()));
    shell.wait("Password: ");
    shell.send("\u{1a}");
    shell.wait("Stopped");
    shell.send("fg\r");
    // The shell prints what it continues.
    shell.wait_until("the command to go on", |screen| screen.matches("login --email").count() > 2);
    shell.wait_for_silence();
    shell.send(&format!("{PASSWORD}\r"));
    shell.wait("Signed in as");
    assert!(!shell.text().contains("horse"), "{}", shell.text());
    shell.send("exit\r");
    shell.exit_code();
}

#[test]
fn invalid_password_is_not_asked_for_twice() {
    let home = home();
    let mut init = Terminal::new(home.path()).args(&["init", "--email", "root@example.com"]).start();
    init.wait("Password (8 to 72 bytes): ");
    init.send("short\r");
    init.wait("at least 8 bytes");
    assert_eq!(init.exit_code(), 2);
}

#[test]
fn no_prompt_precedes_a_certain_refusal() {
    let home = home();
    signed_in(home.path());
    for (arguments, says) in [
        (&["operator", "add", "ROOT@example.com"][..], "already signs in"),
        (&["org", "create", "a<b", "--admin-email", "ann@x"], "A name"),
        (&["account", "update", "--email", "nobody"], "An email needs"),
        (&["init", "--email", "nobody"], "already has its first operator"),
    ] {
        let mut refused = Terminal::new(home.path()).args(arguments).start();
        refused.wait(says);
        assert_ne!(refused.exit_code(), 0);
        assert!(!refused.text().contains("assword ("), "{}", refused.text());
    }
}

#[test]
fn doctor_shows_its_findings_and_asks() {
    let home = home();
    signed_in(home.path());
    let file = home.path().join(".local/share/tenantry/tenantry.db");
    let operators = || {
        let file = rusqlite::Connection::open(&file).unwrap();
        file.query_row("SELECT operators FROM meta", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let set = rusqlite::Connection::open(&file).unwrap();
    set.execute_batch("UPDATE meta SET operators = 4").unwrap();
    for (answer, left) in [("n", 4), ("", 4), ("y", 1)] {
        let mut doctor = Terminal::new(home.path()).args(&["doctor", "--repair"]).start();
        doctor.wait("The stored number of operators is 4, the actual number 1.");
        doctor.wait("Repair 1 of 1? [y/N]: ");
        doctor.send(&format!("{answer}\r"));
        doctor.wait("0 organizations and 0 collections checked: ");
        assert_eq!(doctor.exit_code(), if left == 1 { 0 } else { 9 }, "{answer}");
        assert_eq!(operators(), left, "{answer}");
        doctor.assert_restored();
    }
}

/// The doctor asks for the account of an organization without one; an empty email skips it.
#[test]
fn doctor_prompts_for_a_missing_admin() {
    let home = home();
    signed_in(home.path());
    let file = || rusqlite::Connection::open(home.path().join(".local/share/tenantry/tenantry.db")).unwrap();
    let mut create =
        Terminal::new(home.path()).args(&["org", "create", "Acme", "--admin-email", "ann@x"]).start();
    answer_twice(&mut create, "Admin password (8 to 72 bytes): ");
    assert_eq!(create.exit_code(), 0);
    file().execute("DELETE FROM admins WHERE email_key = 'ann@x'", []).unwrap();

    let repair = || Terminal::new(home.path()).args(&["doctor", "--repair"]).start();
    let mut skipped = repair();
    skipped.wait("Acme has no admin");
    skipped.wait("Admin email (empty skips): ");
    skipped.send("\r");
    assert_eq!(skipped.exit_code(), 9);

    let mut repaired = repair();
    repaired.wait("Admin email (empty skips): ");
    repaired.send("ann@x\r");
    answer_twice(&mut repaired, "Admin password (8 to 72 bytes): ");
    repaired.wait("Created a new admin account for Acme.");
    repaired.wait("checked: 1 repaired, no findings left.");
    assert_eq!(repaired.exit_code(), 0);
    assert!(!repaired.text().contains("horse"));
    let there = "SELECT COUNT(*) FROM admins WHERE email_key = 'ann@x'";
    assert_eq!(file().query_row(there, [], |row| row.get(0)), Ok(1));
}
