//! `org suspend` and `resume`.

use super::*;

const REASON: &str = "invoice 4711 is unpaid";

fn suspend(home: &Home, arguments: &[&str]) -> Answer {
    home.run(&[&["org", "suspend", "Acme", "--json"], arguments].concat())
}

fn with_acme(store: On) -> Home {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home
}

/// A session of Acme's admin, for `TENANTRY_TOKEN`.
fn token_of_ann(home: &Home) -> String {
    let sign_in = ["--headless", "--no-save", "--email", "ann@x", "--password-stdin"];
    let answer = home.run_with(&sign_in, PASSWORD);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    answer.stdout.trim().to_owned()
}

#[rstest]
fn suspended_admin_cannot_sign_in_and_sees_the_reason(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    let token = token_of_ann(&home);
    let suspended = suspend(&home, &["--reason", REASON]).json();
    assert_eq!(suspended["state"], "suspended");
    let (at, by) = (&suspended["suspended"]["at"], &suspended["suspended"]["by"]);
    assert!(at.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{at}");
    assert_eq!((by, &suspended["suspended"]["reason"]), (&json!("root@example.com"), &json!(REASON)));
    let own = home.command(&["whoami", "--json"]).env("TENANTRY_TOKEN", token).output().unwrap();
    assert_eq!(Answer::of(own).code_word(), (4, "session_expired".into()));
    let login = ["login", "--email", "ann@x", "--password-stdin", "--json"];
    let refused = home.run_with(&login, PASSWORD);
    assert_eq!(refused.code_word(), (7, "suspended".into()));
    assert!(refused.error()["message"].as_str().unwrap().contains(REASON), "{}", refused.stderr);
    let wrong = home.run_with(&login, "a wrong horse");
    assert_eq!(
        wrong.code_word(),
        (4, "invalid_credentials".into()),
        "the reason is for who knows the password"
    );
    assert_eq!(record_of(&home.run(&["org", "get", "Acme", "--json"]).json()), suspended);
    for list in [&["--state", "suspended"][..], &["--filter", "state:suspended"]] {
        let listed = home.run(&[&["org", "list", "--json"], list].concat()).json();
        assert_eq!(listed["items"], json!([suspended]), "{list:?}");
    }
    let active = home.run(&["org", "list", "--state", "active", "--json"]).json();
    assert_eq!(active["items"], json!([]));
    let renamed = home.run(&["org", "update", "Acme", "--name", "Acme Labs", "--json"]).json();
    assert_eq!(renamed["suspended"], suspended["suspended"], "operators go on changing it");
    let resumed = home.run(&["org", "resume", "Acme Labs", "--json"]).json();
    assert_eq!((&resumed["state"], &resumed["suspended"]), (&json!("active"), &Value::Null));
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
}

#[test]
fn same_suspension_changes_nothing_and_another_reason_replaces_it() {
    let home = with_acme(On::Embedded);
    let first = suspend(&home, &["--reason", REASON]).json();
    assert_eq!(suspend(&home, &["--reason", &format!(" {REASON} ")]).json(), first);
    let other = suspend(&home, &["--reason", "abuse"]).json();
    assert_eq!(other["suspended"]["reason"], "abuse");
    assert_eq!(suspend(&home, &[]).json()["suspended"]["reason"], "", "a reason may be empty");
    let resumed = home.run(&["org", "resume", "Acme", "--json"]).json();
    assert_eq!(home.run(&["org", "resume", "Acme", "--json"]).json(), resumed);
    let audit = home.run(&["audit", "list", "--organization", "Acme", "--json"]).json();
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|item| item["action"].as_str().unwrap()).collect();
    assert_eq!(audit["items"][0]["changes"]["reason"], json!({"from": "", "to": null}), "{audit}");
    assert_eq!(audit["items"][2]["changes"]["reason"], json!({"from": REASON, "to": "abuse"}), "{audit}");
    let suspensions = actions.iter().filter(|action| **action == "organization_suspend").count();
    assert_eq!((suspensions, actions[0]), (3, "organization_resume"), "{actions:?}");
}

#[test]
fn dry_run_shows_the_suspension_and_writes_nothing() {
    let home = with_acme(On::Embedded);
    let before = home.run(&["org", "get", "Acme", "--json"]).json();
    let dry = suspend(&home, &["--reason", REASON, "-n"]).json();
    assert_eq!((&dry["state"], &dry["dry_run"]), (&json!("suspended"), &json!(true)));
    assert_eq!(dry["suspended"], json!({"at": null, "by": "root@example.com", "reason": REASON}));
    assert_eq!(dry["updated_at"], Value::Null);
    assert_eq!(home.run(&["org", "get", "Acme", "--json"]).json(), before);
    let nothing = home.run(&["org", "resume", "Acme", "-n", "--json"]).json();
    assert_eq!(nothing["updated_at"], before["updated_at"], "nothing would be changed");
    suspend(&home, &[]).json();
    let resumed = home.run(&["org", "resume", "Acme", "-n", "--json"]).json();
    assert_eq!((&resumed["state"], &resumed["suspended"]), (&json!("active"), &Value::Null));
}

#[test]
fn a_reason_is_one_line_of_at_most_500_characters() {
    let home = with_acme(On::Embedded);
    let long = "ü".repeat(500);
    assert_eq!(suspend(&home, &["--reason", &long]).json()["suspended"]["reason"], long);
    for reason in [format!("{long}x"), "two\nlines".to_owned()] {
        let refused = suspend(&home, &["--reason", &reason]);
        assert_eq!(refused.code_word(), (2, "usage".into()));
        assert_eq!(refused.error()["field"], "reason");
    }
}

#[test]
fn admin_can_neither_suspend_nor_resume() {
    let home = with_acme(On::Embedded);
    let token = token_of_ann(&home);
    for command in ["suspend", "resume"] {
        let mut command = home.command(&["org", command, "Acme", "--json"]);
        let answer = Answer::of(command.env("TENANTRY_TOKEN", &token).output().unwrap());
        assert_eq!(answer.code_word(), (7, "forbidden".into()));
    }
}

#[test]
fn a_repeat_with_the_same_operation_id_suspends_once() {
    let home = with_acme(On::Embedded);
    let id = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11";
    suspend(&home, &["--operation-id", id]).json();
    let resumed = home.run(&["org", "resume", "Acme", "--json"]).json();
    assert_eq!(suspend(&home, &["--operation-id", id]).json(), resumed, "it was done, and is as it is now");
    let other = home.run(&["org", "resume", "Acme", "--operation-id", id, "--json"]);
    assert_eq!(other.code_word(), (2, "operation_mismatch".into()));
}
