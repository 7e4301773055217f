//! The command: exit codes, the JSON, the file of decisions, and the warning about a long password.

use super::interrupted::is_last_look;
use super::old::{HASH, Old};
use super::passwords::hashed;
use crate::common::home::{Answer, Home, On, PASSWORD};
use crate::common::proxy::{Act, Proxy};
use mongodb::bson::oid::ObjectId;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

/// A database with one sound organization and two of one name; their ids.
fn home() -> (Home, [ObjectId; 2]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (database, ids) = runtime.block_on(async {
        let old = Old::new().await;
        old.with_hash("Beta Co", "ben@x", &hashed(&"long ".repeat(16))).await;
        let ids = [old.sound("Twin", "a@x").await, old.with_hash("TWIN", "b@x", HASH).await];
        (old.database, ids)
    });
    (Home { folder: tempfile::tempdir().unwrap(), database: Some(database), way: None }, ids)
}

fn report(home: &Home, arguments: &[&str], code: i32) -> Value {
    let answer = home.run(&[&["adopt", "--json"], arguments].concat());
    assert_eq!(answer.code, code, "{}{}", answer.stdout, answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

#[test]
fn the_report_is_on_stdout_and_the_exit_code_says_whether_something_is_left() {
    let (home, [one, other]) = home();
    let fields =
        |report: &Value| [report["dry_run"].clone(), report["adopted"].clone(), report["left"].clone()];
    let looked = report(&home, &[], 9);
    assert_eq!(
        looked.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["dry_run", "adopted", "left", "findings"]
    );
    assert_eq!(fields(&looked), [json!(true), json!(1), json!(2)]);
    let twins = looked["findings"].as_array().unwrap().iter().find(|it| it["kind"] == "same_name").unwrap();
    assert_eq!(twins["organization_name"], "Twin");
    assert_eq!(twins["record_ids"], json!([one.to_hex(), other.to_hex()]));
    assert_eq!(twins["action"], "leave");
    let refused = home.run(&["adopt", "--apply", "--json"]).code_word();
    assert_eq!(refused, (4, "unauthenticated".into()), "not initialized");
    for command in ["init", "login"] {
        let arguments = [command, "--email", "root@example.com", "--password-stdin"];
        assert_eq!(home.run_with(&arguments, PASSWORD).code, 0);
    }
    assert_eq!(fields(&report(&home, &["--apply"], 9)), [json!(false), json!(1), json!(2)]);
    let table = home.run(&["adopt"]);
    assert_eq!(table.code, 9);
    assert!(table.stdout.ends_with("0 organizations would be adopted, 2 left.\n"), "{}", table.stdout);
    let file = home.folder.path().join("decisions");
    let decisions = format!(
        "{}\n{}\n",
        json!({"_id": one.to_hex(), "organization_name": "Twin", "admin_email": "a@x"}),
        json!({"_id": {"$oid": other.to_hex()}, "organization_name": "Other Twin", "admin_email": "b@x"})
    );
    fs::write(&file, &decisions).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(fields(&report(&home, &["--resolve", file], 0)), [json!(true), json!(2), json!(0)]);
    assert_eq!(
        fields(&report(&home, &["--apply", "--resolve", file], 0)),
        [json!(false), json!(2), json!(0)]
    );
    assert_eq!(
        fields(&report(&home, &["--apply", "--resolve", file], 0)),
        [json!(false), json!(0), json!(0)]
    );
    let doctor = home.run(&["doctor", "--json"]);
    assert_eq!(doctor.json()["findings"], json!([]));
    let long = "long ".repeat(16);
    let signed = home.run_with(&["login", "--email", "ben@x", "--password-stdin", "--json"], &long);
    assert!(signed.warnings().iter().any(|warning| warning["code"] == "password_cut"), "{}", signed.stderr);
    // An admin adopts nothing.
    assert_eq!(home.run(&["adopt", "--json"]).code_word(), (7, "forbidden".into()));
}

#[test]
fn a_bad_line_is_refused_with_its_number_before_anything_is_written() {
    let (home, [one, _]) = home();
    for command in ["init", "login"] {
        let arguments = [command, "--email", "root@example.com", "--password-stdin"];
        assert_eq!(home.run_with(&arguments, PASSWORD).code, 0);
    }
    let file = home.folder.path().join("decisions");
    let good = json!({"_id": one.to_hex(), "organization_name": "Twin", "admin_email": "a@x"});
    fs::write(&file, format!("{good}\n\n{{\"_id\": 7}}\n")).unwrap();
    let answer = home.run(&["adopt", "--apply", "--json", "--resolve", file.to_str().unwrap()]);
    let error = answer.error();
    assert_eq!((answer.code, &error["code"]), (2, &json!("usage")));
    assert!(error["message"].as_str().unwrap().starts_with("Line 3: "), "{error}");
    assert_eq!(report(&home, &[], 9)["adopted"], 1, "nothing was adopted");
}

/// Ctrl-C: what was begun is finished, and the rest is told as left.
#[test]
fn a_stopped_adoption_tells_what_it_did_not_reach() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (old, proxy) = runtime.block_on(async {
        let old = Old::new().await;
        for number in 0..9 {
            old.sound(&format!("Org {number}"), &format!("admin{number}@x")).await;
        }
        let proxy = Proxy::start(&old.database.uri).await;
        (old, proxy)
    });
    let way = Some(proxy.uri().to_owned());
    let home = Home { folder: tempfile::tempdir().unwrap(), database: Some(old.database), way };
    for command in ["init", "login"] {
        let arguments = [command, "--email", "root@example.com", "--password-stdin"];
        assert_eq!(home.run_with(&arguments, PASSWORD).code, 0);
    }
    proxy.reset();
    proxy.rule(|call| if is_last_look(call) { Act::Hold } else { Act::Pass });
    let mut command = home.command(&["adopt", "--apply", "--json"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    runtime.block_on(proxy.held());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = stderr.find(|line| line.as_ref().unwrap().contains("Finishing the write"));
    assert!(heard.is_some(), "the first Ctrl-C stops it");
    proxy.release();
    let last = stderr.map(Result::unwrap).last().unwrap();
    let answer = Answer::of(child.wait_with_output().unwrap());
    assert_eq!(answer.code, 130, "{last}");
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!([&report["adopted"], &report["left"]], [&json!(8), &json!(1)]);
    let findings = report["findings"].as_array().unwrap();
    let of_action = |action: &str| findings.iter().filter(|it| it["action"] == action).collect::<Vec<_>>();
    assert_eq!(of_action("adopt").len(), 8);
    let [left] = of_action("leave")[..] else { panic!("{findings:#?}") };
    assert_eq!([&left["kind"], &left["organization_name"]], ["not_reached", "Org 8"]);
    assert_eq!(left["message"], "\"Org 8\" was not reached. Run it again.");
    let error: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(error["error"]["code"], "interrupted", "{last}");
    assert_eq!(self::report(&home, &["--apply"], 0)["adopted"], 1);
}

#[test]
fn the_embedded_store_has_nothing_to_adopt() {
    let home = Home::on(On::Embedded);
    for arguments in [&["adopt", "--json"][..], &["adopt", "--apply", "--json"]] {
        assert_eq!(home.run(arguments).code_word(), (2, "usage".into()));
    }
}

/// The routes of the earlier service over its adopted database.
#[cfg(feature = "http")]
#[test]
fn callers_of_an_adopted_organization_get_the_answers_that_they_had() {
    use crate::http::ground::Serve;
    let (home, _) = home();
    for command in ["init", "login"] {
        let arguments = [command, "--email", "root@example.com", "--password-stdin"];
        assert_eq!(home.run_with(&arguments, PASSWORD).code, 0);
    }
    let serve = Serve::start(&home, &[("OPEN_REGISTRATION", "true")]);
    assert_eq!(serve.get("Beta Co").status, 404, "not adopted yet");
    report(&home, &["--apply"], 9);
    let shown = serve.get("Beta Co").expect(200);
    assert_eq!([shown.field("collection_name"), shown.field("admin_email")], ["org_Beta Co", "ben@x"]);
    assert_eq!(serve.get("Twin").status, 404, "left");
    assert_eq!(serve.login("ben@x", "another").expect(401).field("detail"), "Invalid credentials");
    let session = serve.login("ben@x", &"long ".repeat(16)).expect(200);
    assert_eq!([session.field("token_type"), session.field("org_name")], ["bearer", "Beta Co"]);
    assert_eq!(session.json()["warnings"].as_array().unwrap().len(), 1, "longer than what is verified");
    let login = json!({"email": "ben@x", "password": "long ".repeat(16)});
    let v1 = serve.send(&crate::http::client::Request::post("/v1/sessions", &login)).expect(201);
    assert_eq!(v1.json()["warnings"], session.json()["warnings"], "told by both");
    let token = session.field("access_token");
    let renamed = serve.update(&token, &json!({"organization_name": "Beta Two"})).expect(200);
    assert_eq!([renamed.field("status"), renamed.field("new_name")], ["updated", "Beta Two"]);
    assert_eq!(serve.delete(&token, "Beta Co").expect(403).field("code"), "forbidden");
    let deleted = serve.delete(&token, "Beta Two").expect(200);
    assert_eq!(deleted.field("status"), "Organization and data deleted");
}
