//! Operators, one's own account, the audit and dry runs by commands.

use super::*;

const ROOT: &str = "root@example.com";
const OTHER: &str = "another horse";

impl Home {
    fn login(&self, email: &str, password: &str) -> Answer {
        self.run_with(&["login", "--email", email, "--password-stdin", "--json"], password)
    }

    /// A file with a password, the user's alone.
    fn password_file(&self, name: &str, password: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, password).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn operators(&self) -> String {
        self.run(&["operator", "list", "-o", "name"]).stdout
    }

    /// The audit, newest first, as `action actor`.
    fn activity(&self, filters: &[&str]) -> Vec<String> {
        let list = self.run(&[&["audit", "list", "--all", "--json"], filters].concat()).json();
        let word = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| format!("{} {}", word(item, "action"), word(item, "actor"))).collect()
    }
}

#[rstest]
fn operator_can_be_added_changed_and_removed_by_commands(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    let added =
        home.run_with(&["operator", "add", "kim@example.com", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(added.json(), json!({"email": "kim@example.com", "role": "operator"}));
    let again =
        home.run_with(&["operator", "add", "KIM@example.com", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(again.code_word(), (6, "email_taken".into()));
    assert_eq!(again.error()["field"], "email");
    let listed = home.run(&["operator", "list", "--json"]).json();
    let emails: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|item| &item["email"]).collect();
    assert_eq!(emails, ["kim@example.com", ROOT]);
    assert_eq!(home.login("kim@example.com", PASSWORD).code, 0);
    assert_eq!(home.create("By Kim", "a@x").code, 0, "an operator like the first one");
    assert_eq!(home.login(ROOT, PASSWORD).code, 0);

    let password = ["operator", "password", "kim@example.com", "--password-stdin", "--json"];
    assert_eq!(
        home.run_with(&password, OTHER).json(),
        json!({"email": "kim@example.com", "role": "operator"})
    );
    assert_eq!(home.login("kim@example.com", PASSWORD).code_word(), (4, "invalid_credentials".into()));
    assert_eq!(home.login("kim@example.com", OTHER).code, 0);
    assert_eq!(home.login(ROOT, PASSWORD).code, 0);

    let remove = |confirm: &[&str]| {
        home.run(&[&["operator", "remove", "Kim@example.com", "--json"], confirm].concat())
    };
    assert_eq!(remove(&[]).code_word(), (2, "confirmation_required".into()));
    assert_eq!(
        remove(&["--confirm", "Kim@example.com"]).code_word(),
        (2, "confirmation_required".into()),
        "as it stands"
    );
    let removed = remove(&["--confirm", "kim@example.com"]).json();
    assert_eq!(removed, json!({"email": "kim@example.com", "removed": true}));
    assert_eq!(home.operators(), "root@example.com\n");
    assert_eq!(remove(&["--confirm", "kim@example.com"]).code_word(), (5, "not_found".into()));
    assert_eq!(home.login("kim@example.com", OTHER).code_word(), (4, "invalid_credentials".into()));
    let last = home.run(&["operator", "remove", ROOT, "--confirm", ROOT, "--json"]);
    assert_eq!(last.code_word(), (6, "last_operator".into()));
}

#[rstest]
fn removed_first_operator_stays_removed(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.run_with(&["operator", "add", "kim@example.com", "--password-stdin", "--json"], PASSWORD).json();
    let removed = home.run(&["operator", "remove", ROOT, "--confirm", ROOT, "--json", "-q"]).json();
    assert_eq!(removed["email"], ROOT);
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()), "it was its own");
    for _ in 0..3 {
        assert_eq!(home.login(ROOT, PASSWORD).code_word(), (4, "invalid_credentials".into()));
    }
    let again = home.run_with(&["init", "--email", ROOT, "--password-stdin", "--json"], PASSWORD);
    assert_eq!(again.code_word(), (6, "already_initialized".into()));
    assert_eq!(home.login("kim@example.com", PASSWORD).code, 0);
    assert_eq!(home.operators(), "kim@example.com\n");
}

#[rstest]
fn operators_and_admins_change_their_own_account(
    #[values(On::Embedded, On::MongoDb)] store: On,
    #[values(true, false)] admin: bool,
) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    let (old, new) = if admin { ("ann@x", "anna@x") } else { (ROOT, "boss@example.com") };
    assert_eq!(home.login(old, PASSWORD).code, 0);
    let current = home.password_file("current", PASSWORD);
    let wrong = home.password_file("wrong", "not the horse");
    let update = ["account", "update", "--email", new, "--json", "-q"];
    assert_eq!(home.run(&update).code_word(), (2, "usage".into()));
    assert_eq!(home.run(&["account", "update", "--json"]).code_word(), (2, "usage".into()));
    let refused = home.run(&[&update[..], &["--current-password-file", &wrong]].concat());
    assert_eq!(refused.code_word(), (4, "invalid_credentials".into()));
    assert_eq!(refused.error()["field"], "current_password");
    let same = ["account", "update", "--email", old, "--current-password-file", &current, "--json"];
    home.run(&same).json();
    assert_eq!(home.run(&["whoami"]).code, 0, "nothing was changed, so nothing ended");

    let changed = home.run(&[&update[..], &["--current-password-file", &current]].concat()).json();
    assert_eq!(changed["email"], new);
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
    assert_eq!(home.login(old, PASSWORD).code_word(), (4, "invalid_credentials".into()));
    assert_eq!(home.login(new, PASSWORD).code, 0);

    let password = ["operator", "password", "--password-stdin", "--json", "-q"];
    assert_eq!(home.run_with(&password, OTHER).code_word(), (2, "usage".into()));
    let both = [&password[..], &["--current-password-file", "-"]].concat();
    let both = home.run_with(&both, OTHER);
    assert_eq!(both.code_word(), (2, "usage".into()));
    assert!(both.stderr.contains("--current-password-file"), "{}", both.stderr);
    let with_current = [&password[..], &["--current-password-file", &current]].concat();
    assert_eq!(home.run_with(&with_current, OTHER).json()["email"], new);
    assert_eq!(home.login(new, OTHER).code, 0);
}

#[rstest]
fn admin_who_deletes_the_organization_is_signed_out(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.create("Other", "bob@x").json();
    let other = home.run(&["org", "delete", "Other", "--confirm", "Other"]);
    assert_eq!((other.code, other.stderr.as_str()), (0, ""), "an operator's session goes on");
    assert_eq!(home.run(&["whoami"]).code, 0);
    assert_eq!(home.login("ann@x", PASSWORD).code, 0);
    let own = home.run(&["org", "delete", "Acme", "--confirm", "Acme"]);
    assert_eq!(own.code, 0);
    assert!(own.stdout.starts_with("Deleted Acme. An operator can restore it until 2"), "{}", own.stdout);
    assert!(own.stderr.contains("has ended"), "{}", own.stderr);
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
}

#[rstest]
fn access_to_store_and_key_recovers_an_operator(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.run(&["logout"]);
    for _ in 0..7 {
        home.login(ROOT, "wrong");
    }
    assert_eq!(home.login(ROOT, PASSWORD).code_word().0, 10, "throttled");
    let recover = |email: &str| {
        let recover = ["operator", "password", email, "--recover", "--password-stdin", "--json"];
        home.run_with(&recover, OTHER)
    };
    assert_eq!(recover("ann@x").code_word(), (5, "not_found".into()), "an admin is no operator");
    assert_eq!(recover(ROOT).json(), json!({"email": ROOT, "role": "operator"}));
    assert_eq!(home.login(ROOT, OTHER).code, 0, "and the wait is over");
    assert_eq!(home.activity(&[])[1], format!("recovered {ROOT}"));
    let without_whom = home.run(&["operator", "password", "--recover", "--json"]);
    assert_eq!(without_whom.code_word(), (2, "usage".into()));
    if matches!(store, On::Embedded) {
        fs::remove_file(home.data().join("secret.key")).unwrap();
        assert_eq!(recover(ROOT).code_word(), (3, "store_unusable".into()), "without the key");
        assert!(!home.data().join("secret.key").exists(), "and none is made");
    }
}

#[rstest]
fn audit_list_applies_its_filters(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.create("Other", "bob@x").json();
    home.run(&["org", "update", "Acme", "--name", "Acme Labs", "--json"]).json();
    home.login("ann@x", "wrong");
    home.run(&["org", "delete", "Acme Labs", "--confirm", "Acme Labs", "--json"]).json();
    let of = |organization: &str| home.activity(&["--organization", organization]);
    let whole = [
        "organization_delete root@example.com",
        "sign_in_failed ann@x",
        "organization_update root@example.com",
        "organization_create root@example.com",
    ];
    assert_eq!(of("acme labs")[0], whole[0], "what is deleted is found by its last name");
    assert!(of("acme").contains(&whole[3].to_owned()), "and by the name before");
    assert_eq!(of("other"), ["organization_create root@example.com"]);
    assert_eq!(home.activity(&["--actor", "ANN@x"]), ["sign_in_failed ann@x"]);
    let list = home.run(&["audit", "list", "--all", "--json"]).json();
    let create = list["items"].as_array().unwrap().iter().find(|item| item["organization_name"] == "Other");
    let create = create.unwrap();
    assert_eq!(create["changes"]["admin_email"], json!({"from": null, "to": "bob@x"}));
    let by_id = home.activity(&["--id", create["organization_id"].as_str().unwrap()]);
    assert_eq!(by_id, ["organization_create root@example.com"]);
    assert!(home.activity(&["--since", "1h"]).len() >= 6);
    assert!(home.activity(&["--since", "2999-01-01"]).is_empty());
    let first = home.run(&["audit", "list", "--limit", "2", "--json"]).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = home.run(&["audit", "list", "--limit", "2", "--cursor", cursor, "--json"]).json();
    assert_eq!(next["items"][0], list["items"][2]);
    let recent = home.run(&["audit", "list", "--since", "7d", "--limit", "2", "--json"]).json();
    let cursor_of_recent = recent["next_cursor"].as_str().unwrap();
    let next = ["audit", "list", "--since", "7d", "--limit", "2", "--cursor", cursor_of_recent, "--json"];
    assert_eq!(home.run(&next).json()["items"][0], list["items"][2], "how long ago is another time by now");
    let elsewhere = home.run(&["audit", "list", "--actor", ROOT, "--cursor", cursor, "--json"]);
    assert_eq!(elsewhere.code_word(), (2, "invalid_cursor".into()));
    // An admin only reads entries of the own organization.
    assert_eq!(home.login("bob@x", PASSWORD).code, 0);
    assert_eq!(home.activity(&[]), ["sign_in bob@x", "organization_create root@example.com"]);
    let other = home.run(&["audit", "list", "--organization", "Acme Labs", "--json"]);
    assert_eq!(other.code_word(), (5, "not_found".into()));
}

#[rstest]
fn audit_list_takes_words_and_fields(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme Books", "ann@x").json();
    home.create("Other", "bob@x").json();
    home.run(&["org", "rename", "Acme Books", "Acme Labs", "--json"]).json();
    home.login("ann@x", "wrong");
    let find = |filter: &str| home.activity(&["--filter", filter]);
    assert_eq!(find("action:renamed"), ["organization_rename root@example.com"]);
    assert_eq!(find("ACME created"), ["organization_create root@example.com"]);
    assert_eq!(find("failed"), ["sign_in_failed ann@x"]);
    assert_eq!(find("actor:ann@x|bob@x"), ["sign_in_failed ann@x"]);
    assert_eq!(find("org:\"acme labs\" !failed").len(), 2);
    assert_eq!(find("org:other since:1h"), ["organization_create root@example.com"]);
    assert_eq!(home.activity(&["--actor", ROOT, "--filter", "other"]).len(), 1);
    let first = home.run(&["audit", "list", "--filter", "created", "--limit", "1", "--json"]).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = ["audit", "list", "--filter", "created", "--limit", "1", "--cursor", cursor, "--json"];
    let next = home.run(&next).json();
    assert_eq!((next["items"].as_array().unwrap().len(), &next["next_cursor"]), (1, &json!(null)), "{next}");
    let other = home.run(&["audit", "list", "--filter", "renamed", "--cursor", cursor, "--json"]);
    assert_eq!(other.code_word(), (2, "invalid_cursor".into()));
    let table = home.run(&["audit", "list", "--filter", "action:renamed|failed"]).stdout;
    assert!(table.contains("  renamed  ") && table.contains("  failed to sign in  "), "{table}");
    for (filter, says) in [
        ("plan:pro", "Known fields: action, actor, org, since."),
        ("action:destroyed", "Known actions: signed_in, failed, signed_out,"),
        ("since:tomorrow", "since: Not a time: \"tomorrow\"."),
    ] {
        let refused = home.run(&["audit", "list", "--filter", filter, "--json"]);
        assert_eq!(refused.code_word(), (2, "invalid_filter".into()));
        let message = refused.error()["message"].as_str().unwrap().to_owned();
        assert_eq!(message.matches(says).count(), 1, "{message}");
    }
    let unknown = home.run(&["audit", "list", "--filter", "org:Acme", "--json"]);
    let message = unknown.error()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("is or was called \"Acme\". Did you mean \"Acme Labs\"?"), "{message}");
}

#[rstest]
fn dry_runs_write_nothing_and_refuse_like_the_write(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home.run_with(&["operator", "add", "kim@example.com", "--password-stdin", "--json"], PASSWORD).json();
    let before = (home.run(&["org", "list", "--json"]).stdout, home.operators(), home.activity(&[]));
    let ok = |arguments: &[&str]| home.run(&[arguments, &["-n", "--json"]].concat()).json();
    let created = ok(&["org", "create", "New", "--admin-email", "new@x"]);
    assert_eq!((&created["collection_name"], &created["organization_id"]), (&json!("org_new"), &Value::Null));
    let all = [
        created,
        ok(&["org", "update", "Acme", "--name", "Acme Labs"]),
        ok(&["org", "update", "Acme", "--admin-email", "anna@x"]),
        ok(&["org", "delete", "Acme"]),
        ok(&["org", "delete", "Acme", "--confirm", "Acme"]),
        ok(&["operator", "add", "new@example.com"]),
        ok(&["operator", "remove", "kim@example.com"]),
        ok(&["operator", "password", "kim@example.com"]),
        ok(&["operator", "password"]),
        ok(&["operator", "password", "kim@example.com", "--recover"]),
        ok(&["account", "update", "--email", "boss@example.com"]),
    ];
    assert!(all.iter().all(|value| value["dry_run"] == true), "{all:?}");
    let refused = |arguments: &[&str], input: &str, code: i32, word: &str| {
        let answer = home.run_with(&[arguments, &["--dry-run", "--json"]].concat(), input);
        assert_eq!(answer.code_word(), (code, word.to_owned()), "{arguments:?}");
    };
    refused(&["org", "create", "acme", "--admin-email", "new@x"], "", 6, "name_taken");
    refused(&["org", "create", "New", "--admin-email", "ann@x"], "", 6, "email_taken");
    refused(
        &["org", "create", "New", "--admin-email", "a@x", "--password-stdin"],
        "short",
        2,
        "invalid_password",
    );
    refused(&["org", "create", "New"], "", 2, "usage");
    refused(&["org", "update", "Acme", "--admin-email", ROOT], "", 6, "email_taken");
    refused(&["org", "update", "Acme", "--password-stdin"], "short", 2, "invalid_password");
    refused(&["org", "delete", "Acme", "--confirm", "acme"], "", 2, "confirmation_required");
    refused(&["org", "delete", "Nobody"], "", 5, "not_found");
    refused(&["operator", "add", "ann@x"], "", 6, "email_taken");
    refused(&["operator", "remove", "nobody@example.com"], "", 5, "not_found");
    refused(&["operator", "password", "--password-stdin"], "short", 2, "invalid_password");
    refused(&["account", "update", "--email", "ann@x"], "", 6, "email_taken");
    let after = (home.run(&["org", "list", "--json"]).stdout, home.operators(), home.activity(&[]));
    assert_eq!(after, before);
}

#[rstest]
fn open_registration_allows_only_creating(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    home.run(&["logout"]);
    let open = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env("OPEN_REGISTRATION", "true");
        feed(command, PASSWORD)
    };
    let create = ["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&create, PASSWORD).code_word(), (4, "unauthenticated".into()));
    assert_eq!(open(&create).json()["collection_name"], "org_acme");
    assert_eq!(open(&["org", "list", "--json"]).code_word(), (4, "unauthenticated".into()));
    let operator = ["operator", "add", "kim@example.com", "--password-stdin", "--json"];
    assert_eq!(open(&operator).code_word(), (4, "unauthenticated".into()));
    assert_eq!(home.login("ann@x", PASSWORD).code, 0, "who registered signs in");
    let second = ["org", "create", "Second", "--admin-email", "b@x", "--password-stdin", "--json"];
    assert_eq!(open(&second).code_word(), (7, "forbidden".into()), "an admin makes no other");
}

#[test]
fn audit_names_the_account_that_acted() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    home.run_with(&["login", "--email", "nobody@x.example", "--password-stdin"], "wrong horse");
    let list = home.run(&["audit", "list", "--json"]).json();
    let actor_of = |action: &str| {
        let items = list["items"].as_array().unwrap();
        items.iter().find(|entry| entry["action"] == action).unwrap()["actor_id"].clone()
    };
    let root = actor_of("sign_in");
    assert!(root.as_str().is_some_and(|id| id.len() == 36), "{root}");
    assert_eq!(actor_of("organization_create"), root);
    assert_eq!(actor_of("sign_in_failed"), Value::Null);
}
