//! Refusals with their codes, help, pipes and passwords from stdin.

use super::*;

#[rstest]
#[case(&["org", "create", "", "--admin-email", "a@b", "--password-stdin"], 2, "invalid_name")]
#[case(&["org", "create", "a<b", "--admin-email", "a@b", "--password-stdin"], 2, "invalid_name")]
#[case(&["org", "create", "New", "--admin-email", "ab", "--password-stdin"], 2, "invalid_email")]
#[case(&["org", "create", "acme", "--admin-email", "a@b", "--password-stdin"], 6, "name_taken")]
#[case(&["org", "create", "New", "--admin-email", "ANN@acme.example", "--password-stdin"], 6, "email_taken")]
#[case(&["org", "create", "New", "--admin-email", "a@b"], 2, "usage")]
#[case(&["org", "create", "New", "--password-stdin"], 2, "usage")]
#[case(&["org", "create"], 2, "usage")]
#[case(&["org", "get", "nobody"], 5, "not_found")]
#[case(&["org", "get"], 2, "usage")]
#[case(&["org", "get", "Acme", "--id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11"], 2, "usage")]
#[case(&["org", "get", "--id", "6f0c2f8e"], 2, "usage")]
#[case(&["org", "update", "Acme"], 2, "usage")]
#[case(&["org", "update", "Acme", "--name", "-$-"], 2, "invalid_name")]
#[case(&["org", "delete", "Acme"], 2, "confirmation_required")]
#[case(&["org", "delete", "Acme", "--confirm", "acme"], 2, "confirmation_required")]
#[case(&["org", "list", "--limit", "0"], 2, "usage")]
#[case(&["org", "list", "--limit", "1001"], 2, "usage")]
#[case(&["org", "list", "--all", "--limit", "5"], 2, "usage")]
#[case(&["org", "list", "--filter", "plan:pro"], 2, "invalid_filter")]
#[case(&["org", "list", "--cursor", "nonsense"], 2, "invalid_cursor")]
#[case(&["org", "list", "--state", "sleeping"], 2, "usage")]
#[case(&["--email", "a@b", "org", "list"], 2, "usage")]
#[case(&["--headless", "--email", "a@b"], 2, "usage")]
#[case(&["--headless", "--password-stdin"], 2, "usage")]
#[case(&["login"], 2, "usage")]
#[case(&["frobnicate"], 2, "usage")]
#[case(&["org", "list", "--timeout", "0"], 2, "usage")]
fn refusals_have_their_code_and_change_nothing(
    #[case] arguments: &[&str],
    #[case] code: i32,
    #[case] word: &str,
) {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let before = home.run(&["org", "list", "--json"]).stdout;
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let refused = home.run_with(&arguments, PASSWORD);
    assert_eq!(refused.code_word(), (code, word.to_owned()), "{}", refused.stderr);
    assert!(!refused.error()["message"].as_str().unwrap().is_empty());
    assert_eq!(home.run(&["org", "list", "--json"]).stdout, before);
}

#[test]
fn without_a_terminal_help_is_printed_instead_of_the_console() {
    let home = Home::new();
    let answer = home.run(&[]);
    assert_eq!((answer.code, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("Usage: tenantry"));
    let version = home.run(&["--version"]);
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (0, concat!("tenantry ", env!("CARGO_PKG_VERSION"), "\n"))
    );
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), 0, "and nothing is made");
}

#[test]
fn closed_pipe_is_not_an_error() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let mut child =
        home.command(&["org", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!((answer.code, answer.stderr.as_str()), (0, ""));
}

#[test]
fn empty_line_is_a_wrong_password_and_empty_stdin_a_usage_error() {
    let home = Home::signed_in();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, "\n").code_word(), (4, "invalid_credentials".into()));
    assert_eq!(home.run_with(&login, "").code_word(), (2, "usage".into()));
    assert_eq!(home.run_with(&login, &format!("{PASSWORD}\n")).code, 0);
    assert_eq!(home.run_with(&login, &format!("{PASSWORD}\n\n")).code_word().0, 2, "one line end is dropped");
}

#[test]
fn throttled_sign_in_says_how_long_to_wait() {
    let home = Home::signed_in();
    let login = ["login", "--email", "root@example.com", "--password-stdin", "--json"];
    for _ in 0..7 {
        home.run_with(&login, "wrong horse");
    }
    // Waits of up to 2 s are sat out; the seventh failure made one of 4 s.
    let answer = home.run_with(&login, PASSWORD);
    assert_eq!(answer.code_word(), (10, "throttled".into()), "{}", answer.stderr);
    assert!(answer.error()["retry_after"].as_i64().unwrap() > 2);
    assert_eq!(answer.error()["retryable"], true);
}

#[test]
fn help_lists_every_command() {
    let home = Home::new();
    let help = home.run(&["--help"]).stdout;
    for command in ["init", "login", "logout", "whoami", "org"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}");
    }
    let help = home.run(&["org", "--help"]).stdout;
    for command in ["create", "list", "get", "update", "delete"] {
        assert!(help.contains(&format!("\n  {command}")), "{command}");
    }
}

#[test]
fn panic_is_told_as_an_internal_error() {
    let home = Home::signed_in();
    let panicked = |format: &str| {
        let mut command = home.command(&["org", "list", "-o", format]);
        Answer::of(command.env("TENANTRY_TEST_PANIC", "command").output().unwrap())
    };
    let json = panicked("json");
    assert_eq!(json.code_word(), (1, "internal".to_owned()), "{}", json.stderr);
    assert_eq!(json.stderr.lines().count(), 1, "{}", json.stderr);
    let table = panicked("table");
    assert_eq!((table.code, table.stdout.as_str()), (1, ""));
    for raw in ["thread '", "RUST_BACKTRACE", "The application panicked"] {
        assert!(!table.stderr.contains(raw), "{}", table.stderr);
    }
}
