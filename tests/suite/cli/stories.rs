//! What people and scripts do, from the first operator to the last logout.

use super::*;
use crate::common::home::SECRET_KEY;

#[rstest]
fn organization_can_be_created_changed_and_deleted_by_commands(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    let created = home.create("Acme", "ann@acme.example").json();
    assert_eq!(created["collection_name"], "org_acme");
    let fields: Vec<&String> = created.as_object().unwrap().keys().collect();
    let expected = [
        "organization_id",
        "organization_name",
        "collection_name",
        "admin_email",
        "state",
        "created_at",
        "updated_at",
        "suspended",
    ];
    assert_eq!(fields, expected);
    assert_eq!(record_of(&home.run(&["org", "get", "ACME", "--json"]).json()), created);
    let id = created["organization_id"].as_str().unwrap();
    assert_eq!(record_of(&home.run(&["org", "get", "--id", id, "-o", "json"]).json()), created);
    let renamed = home.run(&["org", "update", "acme", "--name", "Acme Labs", "--json"]).json();
    assert_eq!(
        (&renamed["organization_id"], &renamed["collection_name"]),
        (&json!(id), &json!("org_acme_labs"))
    );
    let listed = home.run(&["org", "list", "--json"]).json();
    assert_eq!(listed, json!({"items": [renamed], "next_cursor": null, "truncated": false}));
    let mut deleted = home.run(&["org", "delete", "acme labs", "--confirm", "Acme Labs", "--json"]).json();
    let purge_at = deleted.as_object_mut().unwrap().remove("purge_at").unwrap();
    assert!(purge_at.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{purge_at}");
    let expected = json!({"organization_id": id, "organization_name": "Acme Labs",
        "collection_name": "org_acme_labs", "deleted": true, "collection_left": null});
    assert_eq!(deleted, expected);
    assert_eq!(home.run(&["org", "get", "Acme Labs", "--json"]).code_word(), (5, "not_found".into()));
}

#[test]
fn sessions_are_saved_shown_and_ended() {
    let home = Home::new();
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
    assert!(home.run(&["org", "list"]).stderr.contains("tenantry init"));
    let init =
        home.run_with(&["init", "--email", "root@example.com", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(init.json(), json!({"email": "root@example.com", "role": "operator"}));
    let again = home.run_with(&["init", "--email", "x@y", "--password-stdin", "--json"], PASSWORD);
    assert_eq!(again.code_word(), (6, "already_initialized".into()));
    let wrong =
        home.run_with(&["login", "--email", "root@example.com", "--password-stdin", "--json"], "wrong");
    assert_eq!(wrong.code_word(), (4, "invalid_credentials".into()));
    let login =
        home.run_with(&["login", "--email", "ROOT@example.com", "--password-stdin", "--json"], PASSWORD);
    let login = login.json();
    assert_eq!((&login["token_type"], &login["organization_id"]), (&json!("bearer"), &Value::Null));
    assert_eq!(login["expires_in"], 1800);
    let whoami = home.run(&["whoami", "--json"]).json();
    assert_eq!(whoami["email"], "root@example.com");
    assert_eq!(whoami["store_from"], "default");
    assert_eq!(home.run(&["logout", "--json"]).json(), json!({"ended": true, "everywhere": false}));
    assert_eq!(home.run(&["logout", "--json"]).json(), json!({"ended": false, "everywhere": false}));
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()));
}

#[test]
fn headless_prints_only_the_token_and_the_environment_takes_precedence() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let arguments = ["--headless", "--email", "ann@acme.example", "--password-stdin", "--no-save"];
    let headless = home.run_with(&arguments, &format!("{PASSWORD}\n"));
    assert_eq!((headless.code, headless.stdout.lines().count()), (0, 1));
    let token = headless.stdout.trim();
    let whoami = |home: &Home| {
        let output = home.command(&["whoami", "--json"]).env("TENANTRY_TOKEN", token).output().unwrap();
        Answer::of(output)
    };
    assert_eq!(whoami(&home).json()["role"], "admin");
    assert_eq!(home.run(&["whoami", "--json"]).json()["role"], "operator", "--no-save kept the file");
    let logout = home.command(&["logout"]).env("TENANTRY_TOKEN", token).output().unwrap();
    assert!(logout.status.success());
    assert_eq!(whoami(&home).code_word(), (4, "session_expired".into()));
    assert_eq!(home.run(&["whoami", "--json"]).json()["role"], "operator");
}

#[test]
fn admin_provides_the_current_password_in_a_file() {
    let home = Home::signed_in();
    home.create("Acme", "ann@acme.example").json();
    let login = ["login", "--email", "ann@acme.example", "--password-stdin"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
    let update = ["org", "update", "Acme", "--password-stdin", "--json"];
    let nobody_asked = home.run_with(&update, "another horse");
    assert_eq!(nobody_asked.code_word(), (2, "usage".into()));
    assert!(nobody_asked.stderr.contains("--current-password-file"), "{}", nobody_asked.stderr);
    let file = home.folder.path().join("current");
    fs::write(&file, "a wrong horse\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let with_file = [&update[..], &["-q", "--current-password-file", file.to_str().unwrap()]].concat();
    assert_eq!(home.run_with(&with_file, "another horse").code_word(), (4, "invalid_credentials".into()));
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    home.run_with(&with_file, "another horse").json();
    assert_eq!(home.run(&["whoami", "--json"]).code_word(), (4, "unauthenticated".into()), "and is not kept");
    assert_eq!(home.run_with(&login, "another horse").code, 0);
    let again = [&update[..], &["--current-password-file", file.to_str().unwrap()]].concat();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let refused = home.run_with(&again, PASSWORD);
    assert_eq!(refused.code_word(), (2, "usage".into()));
    assert!(refused.stderr.contains("written by others"));
}

#[test]
fn names_with_a_leading_dash_and_hostile_names_work() {
    let home = Home::signed_in();
    assert_eq!(home.create("-x", "x@y").json()["organization_name"], "-x");
    let updated = home.run(&["org", "update", "--name", "-y", "--json", "--", "-x"]).json();
    assert_eq!(updated["organization_name"], "-y");
    assert_eq!(home.run(&["org", "list", "--filter", "-y", "--json"]).json()["items"][0], updated);
    home.run(&["org", "delete", "--confirm", "-y", "--json", "--", "-y"]).json();
    for hostile in ["a\u{1b}[31mred", "a\u{202e}b", "a\nb", "a\u{9b}2J"] {
        let refused = home.create(hostile, "x@y");
        assert_eq!(refused.code_word(), (2, "invalid_name".into()));
        assert!(!refused.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", refused.stderr);
    }
    let prose = home.run(&["org", "get", "--", "a\u{1b}[31mred"]);
    assert_eq!((prose.code, prose.stderr.contains('\u{1b}')), (5, false));
}

#[rstest]
fn pages_continue_by_cursor_with_a_note_on_stderr(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::signed_in_on(store);
    for number in 0..5 {
        home.create(&format!("Org {number}"), &format!("a{number}@x")).json();
    }
    let first = home.run(&["org", "list", "--limit", "2", "--json"]).json();
    assert_eq!((first["items"].as_array().unwrap().len(), &first["truncated"]), (2, &json!(true)));
    let cursor = first["next_cursor"].as_str().unwrap();
    let next = home.run(&["org", "list", "--limit", "2", "--cursor", cursor, "--json"]).json();
    assert_eq!(next["items"][0]["organization_name"], "Org 2");
    let other = home.run(&["org", "list", "--sort", "created", "--cursor", cursor, "--json"]);
    assert_eq!(other.code_word(), (2, "invalid_cursor".into()));
    let table = home.run(&["org", "list", "--limit", "2"]);
    assert!(table.stdout.starts_with("NAME"), "{}", table.stdout);
    assert_eq!(table.stdout.lines().count(), 3);
    assert!(table.stderr.contains("more follow"), "{}", table.stderr);
    let all = home.run(&["org", "list", "--all", "--reverse", "--json"]).json();
    assert_eq!(all["items"][0]["organization_name"], "Org 4");
    assert_eq!(all["items"].as_array().unwrap().len(), 5);
}

/// Nothing secret is in anything that was written, by any command: files, output, log at trace.
#[rstest]
fn no_secret_is_written_anywhere(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = Home::on(store);
    let file = |name: &str, secret: &str| {
        let path = home.folder.path().join(name);
        fs::write(&path, secret).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (root, root_2) = (file("1", "canary-root-password"), file("2", "canary-root-password-2"));
    let mut said = String::new();
    let mut run = |code: i32, arguments: &[&str], input: &str| {
        let mut command = home.command(arguments);
        command.env("TENANTRY_LOG", "trace");
        let answer = feed(command, input);
        assert_eq!(answer.code, code, "{arguments:?}: {}", answer.stderr);
        said.push_str(&answer.stdout);
        said.push_str(&answer.stderr);
    };
    let email = "root@example.com";
    run(0, &["init", "--email", email, "--password-file", &root], "");
    run(6, &["init", "--email", email, "--password-stdin"], "canary-other-password");
    run(0, &["login", "--email", email, "--password-stdin"], "canary-root-password");
    run(4, &["login", "--email", email, "--password-stdin", "--json"], "canary-wrong-password");
    run(4, &["login", "--email", "canary-typed-into-the-email", "--password-stdin"], "canary-wrong-password");
    run(0, &["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin"], "canary-ann-password");
    run(
        0,
        &["org", "create", "New", "--admin-email", "b@x", "--password-stdin", "-n"],
        "canary-dry-password",
    );
    run(0, &["org", "update", "Acme", "--password-stdin", "--name", "Acme Labs"], "canary-new-password");
    run(2, &["org", "create", "Bad", "--admin-email", "b@x", "--password-stdin"], &"canary-long".repeat(10));
    run(0, &["operator", "add", "kim@example.com", "--password-stdin"], "canary-kim-password");
    run(0, &["operator", "password", "kim@example.com", "--password-stdin"], "canary-kim-password-2");
    run(0, &["operator", "password", "kim@example.com", "--recover", "--password-stdin"], "canary-kim-3");
    run(4, &["operator", "password", "--password-stdin", "--current-password-file", &root_2], "canary-own");
    run(0, &["operator", "password", "--password-file", &root_2, "--current-password-file", &root], "");
    run(0, &["login", "--email", email, "--password-file", &root_2], "");
    let update = ["account", "update", "--email", "boss@example.com", "--current-password-file", &root_2];
    run(0, &update, "");
    run(0, &["login", "--email", "boss@example.com", "--password-stdin"], "canary-root-password-2");
    for format in ["table", "json", "jsonl", "csv"] {
        run(0, &["audit", "list", "--all", "-o", format], "");
        run(0, &["operator", "list", "-o", format], "");
        run(0, &["org", "list", "-o", format], "");
    }
    run(0, &["operator", "remove", "kim@example.com", "--confirm", "kim@example.com"], "");
    run(0, &["org", "delete", "Acme Labs", "--confirm", "Acme Labs"], "");
    run(0, &["whoami", "--json"], "");
    let token: Value = serde_json::from_slice(&fs::read(home.state().join("session.json")).unwrap()).unwrap();
    let token = token["sessions"].as_object().unwrap().values().next().unwrap()["access_token"].clone();
    let signature = token.as_str().unwrap().rsplit_once('.').unwrap().1.to_owned();
    let key = match store {
        On::Embedded => fs::read_to_string(home.data().join("secret.key")).unwrap(),
        On::MongoDb => SECRET_KEY.to_owned(),
    };
    run(0, &["logout", "--everywhere"], "");
    for text in [email, "organization_create", "operator_password", "recovered", "DEBUG"] {
        assert!(said.contains(text), "{text}: the story was told");
    }
    for secret in ["canary-", "$2b$", signature.as_str(), key.as_str()] {
        assert!(!said.contains(secret), "{secret} was printed or logged");
    }
    if matches!(store, On::Embedded) {
        let holds = |folder: &PathBuf, secret: &str| {
            let files = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
            files
                .filter(|bytes| bytes.windows(secret.len()).any(|window| window == secret.as_bytes()))
                .count()
        };
        assert_eq!(holds(&home.data(), "canary-"), 0);
        assert!(holds(&home.data(), "boss@example.com") > 0, "the search finds what is there");
        assert_eq!(holds(&home.data(), &signature), 0, "no token in the store");
    }
    let session = fs::read_to_string(home.state().join("session.json")).unwrap();
    assert!(!session.contains("canary-") && !session.contains(&signature), "signed out: {session}");
}
