//! `doctor` at the command line: what it prints, how it asks, how it exits.

use super::*;
use mongodb::bson::{DateTime, Document, doc};
use rusqlite::Connection;

/// Something done to the store past tenantry.
fn harm(home: &Home, sql: &str, collection: &str) {
    let Some(database) = &home.database else {
        let file = Connection::open(home.data().join("tenantry.db")).unwrap();
        file.pragma_update(None, "foreign_keys", "OFF").unwrap();
        return file.execute_batch(sql).unwrap();
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = mongodb::Client::with_uri_str(&database.uri).await.unwrap();
        let direct = client.database(&database.name);
        direct.collection::<Document>(collection).drop().await.unwrap();
        direct.collection::<Document>("org_stray").insert_one(doc! {"_id": 1}).await.unwrap();
        let meta = direct.collection::<Document>("meta");
        meta.update_one(doc! {}, doc! {"$set": {"operators": 4_i64}}).await.unwrap();
        // So long ago that it would have been counted.
        let long_ago = DateTime::from_millis(0);
        let set = doc! {"$set": {"created_at": long_ago}};
        direct.collection::<Document>("admins").update_many(doc! {}, set).await.unwrap();
    });
}

const HARM: &str = "DELETE FROM collections WHERE name = 'org_acme';
    INSERT INTO collections (name, uuid) VALUES ('org_stray', 'u');
    UPDATE meta SET operators = 4";

fn harmed(store: On) -> Home {
    let home = Home::signed_in_on(store);
    assert_eq!(home.create("Acme", "ann@x").code, 0);
    assert_eq!(home.create("Zephyr", "zoe@x").code, 0);
    let mut sound = home.run(&["doctor", "--json"]).json();
    let warnings = sound.as_object_mut().unwrap().remove("warnings").unwrap();
    // The warnings differ between servers.
    assert!(home.database.is_some() || warnings == json!([]), "{warnings}");
    assert_eq!(sound, json!({"findings": [], "organizations": 2, "collections": 2, "repaired": 0}));
    harm(&home, HARM, "org_acme");
    home
}

fn report(answer: &Answer, code: i32) -> Value {
    assert_eq!(answer.code, code, "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

fn rules(report: &Value) -> Vec<(&str, &str, bool)> {
    let findings = report["findings"].as_array().unwrap().iter();
    let text = |finding: &'_ Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    findings
        .map(|finding| {
            assert!(text(finding, "message").ends_with('.') && text(finding, "repair").ends_with('.'));
            let word = |field: &str| finding[field].as_str().unwrap();
            (word("invariant"), word("severity"), finding["repaired"].as_bool().unwrap())
        })
        .collect()
}

#[rstest]
fn checks_and_repairs(#[values(On::Embedded, On::MongoDb)] store: On) {
    let home = harmed(store);
    let found = report(&home.run(&["doctor", "--json"]), 9);
    assert_eq!(rules(&found), [("I1", "error", false), ("I3", "error", false), ("I2", "warning", false)]);
    assert_eq!(found["findings"][0]["organization_name"], "Acme");
    assert_eq!(found["findings"][0]["collection_name"], "org_acme");
    assert_eq!(found["repaired"], 0);

    let repaired = report(&home.run(&["doctor", "--repair", "--yes", "--json"]), 9);
    assert_eq!(rules(&repaired), [("I3", "error", true), ("I1", "error", false), ("I2", "warning", false)]);
    assert_eq!(repaired["repaired"], 1);

    let renewed = home.run(&["doctor", "--repair", "--yes", "--new-collections", "--json"]);
    let renewed = report(&renewed, 0);
    assert_eq!(rules(&renewed), [("I1", "error", true), ("I2", "warning", false)]);
    assert_eq!(renewed["findings"][0]["repair"], "Acme continues with an empty collection.");

    let left = report(&home.run(&["doctor", "--json"]), 0);
    assert_eq!(rules(&left), [("I2", "warning", false)], "warnings alone are no failure");
    let audit = home.run(&["audit", "list", "--json"]).json();
    let repairs = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "repair");
    assert_eq!(repairs.count(), 2);
}

#[test]
fn doctor_prints_sentences_for_people() {
    let home = harmed(On::Embedded);
    let answer = home.run(&["doctor"]);
    assert_eq!(answer.code, 9);
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert!(
        lines[0].starts_with("! I1 The collection of Acme is missing: org_acme does not exist."),
        "{}",
        answer.stdout
    );
    assert!(lines.contains(&"  I2 org_stray belongs to no organization."), "{}", answer.stdout);
    assert_eq!(*lines.last().unwrap(), "2 organizations and 2 collections checked: 2 errors, 1 warning.");
    assert!(answer.stderr.contains("The check found 2 errors."), "{}", answer.stderr);
    assert!(answer.stderr.contains("1 can be repaired without data loss: tenantry doctor --repair"));
}

#[test]
fn repair_needs_a_confirmation_and_an_operator() {
    let home = harmed(On::Embedded);
    let refused = home.run(&["doctor", "--repair", "--json"]);
    assert_eq!(refused.code_word(), (2, "confirmation_required".into()));
    assert_eq!(home.run(&["doctor", "--yes", "--json"]).code, 2, "--yes is for --repair");
    home.run(&["logout"]);
    assert_eq!(home.run(&["doctor", "--json"]).code_word(), (4, "unauthenticated".into()));
    home.run_with(&["login", "--email", "zoe@x", "--password-stdin"], PASSWORD);
    for arguments in [&["doctor", "--json"][..], &["doctor", "--repair", "--yes", "--json"]] {
        assert_eq!(home.run(arguments).code_word(), (7, "forbidden".into()));
    }
}

/// A finding whose repair failed must not be printed with the sentence of a successful repair.
#[test]
fn failed_repair_is_reported() {
    let home = Home::signed_in_on(On::MongoDb);
    assert_eq!(home.create("Acme", "ann@x").code, 0);
    let database = home.database.as_ref().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = mongodb::Client::with_uri_str(&database.uri).await.unwrap();
        let direct = client.database(&database.name);
        // By half an epoch no write finds the record: it looks as if another one were faster each time.
        let organizations = direct.collection::<Document>("organizations");
        organizations.update_many(doc! {}, doc! {"$set": {"epoch": 3.5}}).await.unwrap();
        let name = &database.name;
        let rename = doc! {"renameCollection": format!("{name}.org_acme"), "to": format!("{name}.stash")};
        client.database("admin").run_command(rename).await.unwrap();
    });
    let report = report(&home.run(&["doctor", "--repair", "--yes", "--json"]), 9);
    let repair = report["findings"][0]["repair"].as_str().unwrap();
    assert!(repair.starts_with("It was not repaired"), "{repair}");
}

/// A script repairs a missing admin with the command that the finding names.
#[rstest]
fn a_missing_admin_account_is_created_by_the_command_in_the_finding(
    #[values(On::Embedded, On::MongoDb)] store: On,
) {
    let home = Home::signed_in_on(store);
    assert_eq!(home.create("O'Neil", "ann@x").code, 0);
    match &home.database {
        None => {
            let file = Connection::open(home.data().join("tenantry.db")).unwrap();
            file.execute_batch("DELETE FROM admins WHERE email_key = 'ann@x'").unwrap();
        }
        Some(database) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = mongodb::Client::with_uri_str(&database.uri).await.unwrap();
                let admins = client.database(&database.name).collection::<Document>("admins");
                admins.delete_one(doc! {"email_key": "ann@x"}).await.unwrap();
            });
        }
    }
    let left = report(&home.run(&["doctor", "--repair", "--yes", "--json"]), 9);
    assert_eq!(rules(&left), [("I3", "error", false)]);
    let finding = &left["findings"][0];
    assert_eq!(finding["safe"], false);
    let command = r"tenantry org update 'O'\''Neil' --admin-email EMAIL --password-stdin.";
    let repair = finding["repair"].as_str().unwrap();
    assert!(repair.ends_with(command), "{repair}");
    let arguments = ["org", "update", "O'Neil", "--admin-email", "eve@x", "--password-stdin"];
    let updated = home.run_with(&arguments, PASSWORD);
    assert_eq!(updated.code, 0, "{}", updated.stderr);
    assert_eq!(rules(&report(&home.run(&["doctor", "--json"]), 0)), []);
    let login = home.run_with(&["login", "--email", "eve@x", "--password-stdin"], PASSWORD);
    assert_eq!(login.code, 0, "{}", login.stderr);
}
