//! A file that version 3 wrote (`tests/stores/embedded-v3.db`): its keys of emails are by older rules, and it has names
//! and emails that today's rules refuse.

use super::home::feed;
use super::old_version::{VERSION_3, put_old};
use super::{Home, PASSWORD};
use rstest::rstest;

const DECOMPOSED: &str = "jose\u{301}@x";
const OPERATOR: &str = "kim@example.com";

fn opened() -> Home {
    let home = Home::new();
    put_old(&home.data(), VERSION_3);
    assert_eq!(sign_in(&home, OPERATOR), Some("operator".to_owned()));
    home
}

/// The organization of the account, or that it is an operator.
fn sign_in(home: &Home, email: &str) -> Option<String> {
    let answer = feed(home.command(&["login", "--email", email, "--password-stdin"]), PASSWORD);
    if answer.code != 0 {
        return None;
    }
    let who = home.run(&["whoami", "-o", "json"]).json();
    Some(who["organization_name"].as_str().or(who["role"].as_str()).unwrap().to_owned())
}

#[rstest]
#[case("josé@x", "NFC")]
#[case("JOSÉ@x", "NFC")]
#[case(DECOMPOSED, "NFD")]
#[case("ａnn@example.com", "Wide")]
#[case("ann@example.com", "Wide")]
#[case("bob@x", "Wider")]
#[case("=CMD()@x", "Formula")]
#[case("plain@example.com", "Plain")]
#[case("ｋim@example.com", "operator")]
fn accounts_sign_in_with_emails_of_older_rules(#[case] email: &str, #[case] who: &str) {
    assert_eq!(sign_in(&opened(), email).as_deref(), Some(who));
}

#[test]
fn emails_with_one_key_are_reported_and_no_third_is_added() {
    let home = opened();
    let report = home.run(&["doctor", "-o", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 2, "{findings:?}");
    for (found, email) in findings.iter().zip(["jose\\u{301}@x", "ｋim@example.com"]) {
        let message = found["message"].as_str().unwrap();
        assert!(found["invariant"] == "I4" && message.contains(email), "{message}");
    }
    for email in ["josé@x", "ann@example.com", "bob@x"] {
        let create = ["org", "create", "New", "--admin-email", email, "--password-stdin", "-o", "json"];
        assert_eq!(feed(home.command(&create), PASSWORD).code_word().1, "email_taken", "{email}");
    }
    let entries = home.run(&["audit", "list", "--actor", "ann@example.com", "-o", "json"]).json();
    assert_eq!(entries["items"].as_array().unwrap().len(), 2, "{entries}");
}

#[test]
fn names_of_older_rules_can_be_changed_deleted_and_restored() {
    let home = opened();
    let renamed = home.run(&["org", "update", "Formula", "--name", "Formula Ltd", "-o", "json"]).json();
    assert_eq!(renamed["admin_email"], "=CMD()@x");
    let list = home.run(&["org", "list", "-o", "csv"]);
    assert!(list.stdout.contains("'=CMD()@x") && !list.stdout.contains(",=CMD()@x"), "{}", list.stdout);
    // As it is shown, so that it can be typed.
    let marked = "\u{301}Acme";
    let shown = home.run(&["org", "get", marked]).stdout;
    assert!(shown.contains("<U+0301>Acme"), "{shown}");
    assert_eq!(home.run(&["org", "delete", marked, "--confirm", "Acme"]).code, 2);
    assert_eq!(home.run(&["org", "delete", marked, "--confirm", "<U+0301>Acme"]).code, 0);
    let gone = home.run(&["org", "list", "--state", "deleted", "-o", "json"]).json();
    let gone = gone["items"].as_array().unwrap().iter().find(|found| found["organization_name"] == "Gone");
    let id = gone.unwrap()["organization_id"].as_str().unwrap().to_owned();
    let restored = home.run(&["org", "restore", "--id", &id, "-o", "json"]).json();
    assert_eq!(restored["admin_email"], "ｇone@x");
    assert_eq!(sign_in(&home, "gone@x").as_deref(), Some("Gone"));
}
