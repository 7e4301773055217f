//! The trash: `org delete`, `restore` and `purge`, and automatic purges after commands.

use super::*;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

fn with_acme(store: On) -> Home {
    let home = Home::signed_in_on(store);
    home.create("Acme", "ann@x").json();
    home
}

fn delete(home: &Home, name: &str) -> Value {
    home.run(&["org", "delete", name, "--confirm", name, "--json"]).json()
}

fn trash(home: &Home) -> Vec<Value> {
    let list = home.run(&["org", "list", "--state", "deleted", "--json"]).json();
    list["items"].as_array().unwrap().clone()
}

fn names_in_trash(home: &Home) -> Vec<String> {
    trash(home).iter().map(|item| item["organization_name"].as_str().unwrap().to_owned()).collect()
}

fn file(home: &Home) -> Connection {
    let file = Connection::open(home.data().join("tenantry.db")).unwrap();
    file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    file
}

/// Makes everything in the trash due, with an entry of the audit that bears witness of the time.
fn make_due(home: &Home) {
    let ago = |hours| (Timestamp::now() - SignedDuration::from_hours(hours)).as_millisecond();
    let file = file(home);
    file.execute("UPDATE organizations SET purge_at = ?1 WHERE state = 'deleted'", [ago(48)]).unwrap();
    file.execute("UPDATE audit SET at = ?1 WHERE action = 'init'", [ago(30)]).unwrap();
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

#[rstest]
fn a_deleted_organization_is_restored_as_it_was(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    let before = home.run(&["org", "get", "Acme", "--json"]).json();
    let deleted = delete(&home, "Acme");
    assert_eq!(
        (&deleted["collection_name"], &deleted["collection_left"]),
        (&json!("org_acme"), &Value::Null)
    );
    let listed = trash(&home);
    let [item] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&item["state"], &item["purge_at"]), (&json!("deleted"), &deleted["purge_at"]));
    let kept = time(&item["purge_at"]).duration_since(time(&item["deleted_at"]));
    assert!((kept - SignedDuration::from_hours(7 * 24)).abs() < SignedDuration::from_secs(60), "{kept}");
    for command in [&["org", "get", "Acme", "--json"][..], &["org", "get", "--id", id(item), "--json"]] {
        assert_eq!(home.run(command).code_word(), (5, "not_found".into()));
    }
    assert_eq!(home.run(&["org", "list", "--json"]).json()["items"], json!([]));
    let login = ["login", "--email", "ann@x", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, PASSWORD).code_word(), (4, "invalid_credentials".into()));
    let restored = home.run(&["org", "restore", "acme", "--json"]).json();
    for field in
        ["organization_id", "organization_name", "collection_name", "admin_email", "state", "created_at"]
    {
        assert_eq!(restored[field], before[field], "{field}");
    }
    assert!(restored.get("purge_at").is_none(), "{restored}");
    assert_eq!(trash(&home), Vec::<Value>::new());
    assert_eq!(home.run_with(&login, PASSWORD).code, 0, "with the password it had");
}

fn id(item: &Value) -> &str {
    item["organization_id"].as_str().unwrap()
}

#[rstest]
fn organization_with_a_taken_name_is_restored_under_another(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    delete(&home, "Acme");
    home.create("ACME", "new@x").json();
    home.create("Other", "ann@x").json();
    let restore = |more: &[&str]| {
        home.run_with(&[&["org", "restore", "Acme", "--json"], more].concat(), "another horse")
    };
    assert_eq!(restore(&[]).code_word(), (6, "name_taken".into()));
    assert_eq!(restore(&["--name", "Acme 2"]).code_word(), (6, "email_taken".into()));
    let names = ["--name", "Acme 2", "--admin-email", "ann2@x", "--password-stdin"];
    let dry = restore(&[&names[..], &["-n"]].concat()).json();
    assert_eq!((&dry["collection_name"], &dry["state"]), (&json!("org_acme_2"), &json!("active")));
    assert_eq!((&dry["updated_at"], &dry["dry_run"]), (&Value::Null, &json!(true)));
    assert_eq!(names_in_trash(&home), ["Acme"], "a dry run restores nothing");
    let restored = restore(&names).json();
    assert_eq!(
        (&restored["organization_name"], &restored["admin_email"]),
        (&json!("Acme 2"), &json!("ann2@x"))
    );
    let login = ["login", "--email", "ann2@x", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, "another horse").code, 0);
}

#[rstest]
fn deleted_organizations_with_one_name_are_selected_by_id(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    delete(&home, "Acme");
    home.create("acme", "ann@x").json();
    delete(&home, "acme");
    let ids: Vec<String> = trash(&home).iter().map(|item| id(item).to_owned()).collect();
    assert_eq!(ids.len(), 2);
    for command in
        [&["org", "restore", "Acme", "--json"][..], &["org", "purge", "Acme", "--confirm", "Acme", "--json"]]
    {
        let refused = home.run(command);
        assert_eq!(refused.code_word(), (6, "ambiguous".into()));
        assert!(ids.iter().all(|id| refused.stderr.contains(id.as_str())), "{}", refused.stderr);
    }
    let restored = home.run(&["org", "restore", "--id", &ids[1], "--json"]).json();
    assert_eq!(restored["organization_id"], json!(ids[1]));
    let again = home.run(&["org", "restore", "--id", &ids[1], "--json"]);
    assert_eq!(again.code_word(), (5, "not_found".into()), "it is not in the trash");
}

#[rstest]
fn purge_needs_the_name_and_is_permanent(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    let purge = |more: &[&str]| home.run(&[&["org", "purge", "acme", "--json"], more].concat());
    assert_eq!(purge(&["--confirm", "Acme"]).code_word(), (5, "not_found".into()), "it is not in the trash");
    let deleted = delete(&home, "Acme");
    assert_eq!(purge(&[]).code_word(), (2, "confirmation_required".into()));
    assert_eq!(purge(&["--confirm", "acme"]).code_word(), (2, "confirmation_required".into()));
    let purged =
        json!({"organization_id": deleted["organization_id"], "organization_name": "Acme", "purged": true});
    let mut dry = purged.clone();
    dry["dry_run"] = json!(true);
    assert_eq!(purge(&["-n"]).json(), dry);
    let operation = ["--confirm", "Acme", "--operation-id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11"];
    assert_eq!(purge(&operation).json(), purged);
    assert_eq!(purge(&operation).json(), purged, "done once");
    assert_eq!(trash(&home), Vec::<Value>::new());
    assert_eq!(home.run(&["org", "restore", "Acme", "--json"]).code_word(), (5, "not_found".into()));
}

#[rstest]
fn delete_with_now_is_permanent(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = with_acme(store);
    let delete = ["org", "delete", "Acme", "--confirm", "Acme", "--now"];
    let dry = home.run(&[&delete[..], &["-n"]].concat());
    assert!(
        dry.stdout.starts_with("Would remove Acme, its collection org_acme and its admin for good."),
        "{}",
        dry.stdout
    );
    let gone = home.run(&[&delete[..], &["--json"]].concat()).json();
    assert_eq!((&gone["deleted"], &gone["purge_at"]), (&json!(true), &Value::Null));
    assert_eq!(trash(&home), Vec::<Value>::new());
}

#[test]
fn without_trash_days_delete_is_permanent() {
    let home = with_acme(On::Embedded);
    let mut command = home.command(&["org", "delete", "Acme", "--confirm", "Acme"]);
    let answer = Answer::of(command.env("TRASH_DAYS", "0").output().unwrap());
    assert_eq!((answer.code, answer.stdout.as_str()), (0, "Removed Acme for good.\n"));
    assert_eq!(trash(&home), Vec::<Value>::new());
    let mut wrong = home.command(&["whoami", "--json"]);
    let wrong = Answer::of(wrong.env("TRASH_DAYS", "366").output().unwrap());
    assert_eq!(wrong.code_word(), (2, "invalid_config".into()));
    assert!(wrong.stderr.contains("TRASH_DAYS"), "{}", wrong.stderr);
}

#[test]
fn admin_can_only_delete_the_organization_into_the_trash() {
    let home = with_acme(On::Embedded);
    let login = ["login", "--email", "ann@x", "--password-stdin"];
    assert_eq!(home.run_with(&login, PASSWORD).code, 0);
    let delete = ["org", "delete", "Acme", "--confirm", "Acme", "--json"];
    assert_eq!(home.run(&[&delete[..], &["--now"]].concat()).code_word(), (7, "forbidden".into()));
    for arguments in [
        &["org", "restore", "Acme", "--json"][..],
        &["org", "purge", "Acme", "--confirm", "Acme", "--json"],
        &["org", "purge", "--expired", "--yes", "--json"],
        &["org", "purge", "--expired", "-n", "--json"],
    ] {
        assert_eq!(home.run(arguments).code_word(), (7, "forbidden".into()), "{arguments:?}");
    }
    let deleted = home.run(&delete);
    assert_eq!(deleted.code, 0, "{}", deleted.stderr);
    home.run_with(&["login", "--email", "root@example.com", "--password-stdin"], PASSWORD);
    assert_eq!(names_in_trash(&home), ["Acme"]);
}

#[test]
fn trash_is_listed_and_filtered_like_any_list() {
    let home = with_acme(On::Embedded);
    home.create("Zephyr", "zoe@x").json();
    delete(&home, "Acme");
    delete(&home, "Zephyr");
    let list = |more: &[&str]| home.run(&[&["org", "list"], more].concat()).stdout;
    assert_eq!(list(&["--state", "deleted", "-o", "name"]), "Acme\nZephyr\n");
    assert_eq!(list(&["--state", "deleted", "--filter", "zeph", "-o", "name"]), "Zephyr\n");
    assert_eq!(list(&["--filter", "state:deleted acm", "-o", "name"]), "Acme\n");
    assert_eq!(
        list(&["--filter", "!state:active", "-o", "name"]),
        "",
        "only who asks for deleted ones gets them"
    );
    let table = list(&["--state", "deleted"]);
    assert!(table.starts_with("NAME    ID "), "{table}");
    assert!(table.lines().next().unwrap().ends_with("UNTIL"), "{table}");
    let csv = list(&["--state", "deleted", "-o", "csv", "--fields", "organization_name,deleted_at,purge_at"]);
    assert!(csv.starts_with("organization_name,deleted_at,purge_at\r\nAcme,2"), "{csv}");
    let elsewhere = home.run(&["org", "list", "--fields", "purge_at", "--json"]);
    assert_eq!(elsewhere.code_word(), (2, "usage".into()));
}

#[test]
fn purge_expired_purges_everything_due_and_returns_the_count() {
    let home = with_acme(On::Embedded);
    for number in 0..12 {
        let name = format!("Old {number}");
        home.create(&name, &format!("a{number}@x")).json();
        delete(&home, &name);
    }
    make_due(&home);
    delete(&home, "Acme");
    let sql = "SELECT COUNT(*) FROM organizations WHERE state = 'deleted'";
    let left: i64 = file(&home).query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 3, "behind a command ten of them are purged");
    let purge = |more: &[&str]| home.run(&[&["org", "purge", "--expired"], more].concat());
    assert_eq!(purge(&["--json"]).code_word(), (2, "confirmation_required".into()));
    assert_eq!(purge(&["-n", "--json"]).json(), json!({"purged": 2, "dry_run": true}));
    assert_eq!(purge(&["--yes", "--json"]).json(), json!({"purged": 2}));
    assert_eq!(names_in_trash(&home), ["Acme"], "what is not due stays");
    assert_eq!(purge(&["--yes"]).stdout, "Removed 0 deleted organizations for good.\n");
    let audit = home.run(&["audit", "list", "--actor", "expired", "--json"]).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 12);
}

#[test]
fn purge_takes_one_organization_or_expired() {
    let home = with_acme(On::Embedded);
    for arguments in [
        &["org", "purge", "--json"][..],
        &["org", "purge", "Acme", "--expired", "--yes", "--json"],
        &["org", "purge", "Acme", "--yes", "--json"],
        &["org", "purge", "--expired", "--confirm", "Acme", "--json"],
        &["org", "purge", "--expired", "--operation-id", "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a11", "--json"],
    ] {
        assert_eq!(home.run(arguments).code_word(), (2, "usage".into()), "{arguments:?}");
    }
}

#[test]
fn foreign_collection_is_left_alone_and_reported() {
    let home = with_acme(On::Embedded);
    let file = file(&home);
    file.pragma_update(None, "foreign_keys", "OFF").unwrap();
    file.execute_batch(
        "DELETE FROM collections WHERE name = 'org_acme';
         INSERT INTO collections (name, uuid) VALUES ('org_acme', 'another')",
    )
    .unwrap();
    drop(file);
    let answer = home.run(&["org", "delete", "Acme", "--confirm", "Acme", "--json"]);
    let deleted: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(deleted["collection_left"], "org_acme");
    assert!(answer.stderr.contains("org_acme does not belong to it"), "{}", answer.stderr);
}

#[test]
fn organization_without_an_admin_gets_a_new_one() {
    let home = with_acme(On::Embedded);
    let file = file(&home);
    file.pragma_update(None, "foreign_keys", "OFF").unwrap();
    file.execute("DELETE FROM admins WHERE email = 'ann@x'", []).unwrap();
    drop(file);
    let update = |more: &[&str]| {
        home.run_with(&[&["org", "update", "Acme", "--json"], more].concat(), "another horse")
    };
    assert_eq!(update(&["--name", "Acme Labs", "-n"]).json()["organization_name"], "Acme Labs");
    for more in [&["--password-stdin"][..], &["--admin-email", "eva@x"], &["--password-stdin", "-n"]] {
        let refused = update(more);
        assert_eq!(refused.code_word(), (5, "not_found".into()), "{more:?}");
        assert!(
            refused.stderr.contains("The admin account of \\\"Acme\\\" is missing."),
            "{}",
            refused.stderr
        );
        assert!(refused.error()["hint"].as_str().unwrap().contains("--admin-email"), "{}", refused.stderr);
    }
    let whole = update(&["--admin-email", "ann@x", "--password-stdin"]).json();
    assert_eq!(whole["admin_email"], "ann@x");
    let login = ["login", "--email", "ann@x", "--password-stdin", "--json"];
    assert_eq!(home.run_with(&login, "another horse").json()["organization_name"], "Acme");
}

#[test]
fn missing_collection_is_not_retryable() {
    let home = with_acme(On::Embedded);
    let file = file(&home);
    file.pragma_update(None, "foreign_keys", "OFF").unwrap();
    file.execute("DELETE FROM collections WHERE name = 'org_acme'", []).unwrap();
    drop(file);
    let refused = home.run(&["org", "update", "Acme", "--name", "Acme Labs", "--json"]);
    assert_eq!(refused.code_word(), (6, "collection_missing".into()));
    let error = refused.error();
    assert_eq!(error["retryable"], false);
    assert!(error["hint"].as_str().unwrap().contains("tenantry doctor"), "{error}");
    let got = home.run(&["org", "get", "Acme", "--json"]).json();
    assert_eq!(got["state"], "active", "no state is kept of it");
}
