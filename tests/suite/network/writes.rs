//! Writes that do not get a plain answer: lost, late, interrupted.

use super::{Network, OPERATION, ended, error};
use crate::common::home::PASSWORD;
use crate::common::proxy::{Act, Call};
use mongodb::bson::Document;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};

const RENAME: [&str; 8] =
    ["org", "update", "Acme", "--name", "Acme Labs", "--json", "--operation-id", OPERATION];

#[test]
fn a_lost_answer_names_the_operation_and_the_organization_is_busy() {
    let network = Network::with_organizations(&["Acme"]);
    network.proxy.from("renameCollection", Act::DropReply);
    let answer = network.home.run(&RENAME);
    network.proxy.reset();
    let error = error(&answer);
    assert_eq!((answer.code, error["code"].as_str()), (3, Some("unavailable")));
    assert_eq!(error["operation_id"], OPERATION);
    assert!(error["message"].as_str().unwrap().contains("may still be completed"));
    assert!(error["hint"].as_str().unwrap().contains(OPERATION));
    assert_eq!(error["retryable"], true);
    assert_eq!(network.state(), "renaming");
    let again = network.home.run(&RENAME);
    assert_eq!(again.code, 6, "busy: {}", again.stderr);
}

const OTHER: &str = "6f0c2f8e-3b1d-4f7e-9c58-0b8f2f1f6a12";

/// After its new name is set, the retry's old name does not find the organization; the operation id does.
#[test]
fn interrupted_rename_can_be_repeated_with_the_old_name() {
    let network = Network::with_organizations(&["Acme"]);
    network.proxy.rule(|call| {
        let is_behind = call.command == "delete" || call.target == "audit" && call.command == "update";
        if is_behind { Act::Hold } else { Act::Pass }
    });
    let answer = network.home.run(&[&RENAME[..], &["--timeout", "5"]].concat());
    assert_eq!(error(&answer)["operation_id"], OPERATION);
    network.proxy.reset();
    let names = network.home.run(&["org", "list", "-o", "name"]).stdout;
    assert_eq!((names.as_str(), network.state().as_str()), ("Acme Labs\n", "renaming"));
    assert_eq!(error(&network.home.run(&RENAME))["code"], "busy", "its lease runs");
    network.runtime.block_on(network.database().leases_end(Document::new()));
    let again = network.home.run(&RENAME).json();
    assert_eq!(
        (again["organization_name"].as_str(), again["state"].as_str()),
        (Some("Acme Labs"), Some("active"))
    );
}

/// The name that the retry of a create finds taken belongs to the create itself.
#[test]
fn interrupted_create_is_busy_not_taken() {
    let network = Network::new();
    let create = |seconds: &str, operation: &str| {
        let arguments = ["org", "create", "Acme", "--admin-email", "ann@x", "--password-stdin", "--json"];
        let of = ["--timeout", seconds, "--operation-id", operation];
        ended(network.start(&[&arguments[..], &of].concat()))
    };
    network
        .proxy
        .rule(|call| if call.target == "audit" && call.command == "update" { Act::Hold } else { Act::Pass });
    assert_eq!(error(&create("5", OPERATION))["operation_id"], OPERATION);
    network.proxy.reset();
    assert_eq!(error(&create("30", OPERATION))["code"], "busy", "its lease runs");
    network.runtime.block_on(network.database().leases_end(Document::new()));
    let made = create("30", OPERATION).json();
    assert_eq!((made["organization_name"].as_str(), made["state"].as_str()), (Some("Acme"), Some("active")));
    assert_eq!(create("30", OPERATION).json()["organization_id"], made["organization_id"]);
    assert_eq!(error(&create("30", OTHER))["code"], "name_taken", "to another request it is taken");
}

/// The one who did not choose the id learns it, and a repeat with it gives the outcome.
#[test]
fn interrupted_writes_of_accounts_name_their_operation() {
    let network = Network::new();
    let current = network.home.folder.path().join("current");
    std::fs::write(&current, PASSWORD).unwrap();
    std::fs::set_permissions(&current, std::fs::Permissions::from_mode(0o600)).unwrap();
    let current = current.to_str().unwrap();
    let run =
        |arguments: &[&str], rest: &[&str]| ended(network.start(&[arguments, &["--json"], rest].concat()));
    let interrupted = |arguments: &[&str]| {
        let is_last = |call: &Call| call.target == "audit" && call.command == "update";
        network.proxy.rule(move |call| if is_last(call) { Act::Hold } else { Act::Pass });
        let answer = run(arguments, &["--timeout", "4"]);
        network.proxy.reset();
        let error = error(&answer);
        assert_eq!((answer.code, error["code"].as_str()), (124, Some("timed_out")), "{arguments:?}: {error}");
        assert_eq!(error["retryable"], true, "{arguments:?}");
        let operation = error["operation_id"].as_str().unwrap_or_else(|| panic!("{arguments:?}: {error}"));
        assert!(error["hint"].as_str().unwrap().contains(operation), "{arguments:?}");
        operation.to_owned()
    };
    for arguments in [
        &["operator", "add", "kim@x", "--password-stdin"][..],
        &["operator", "password", "kim@x", "--password-stdin"],
        &["operator", "password", "kim@x", "--recover", "--password-stdin"],
        &["operator", "remove", "kim@x", "--confirm", "kim@x"],
        &["account", "update", "--email", "boss@x", "--current-password-file", current],
    ] {
        let operation = interrupted(arguments);
        if arguments[0] == "account" {
            // The write has ended the session.
            run(&["login", "--email", "boss@x", "--password-stdin"], &[]).json();
        }
        run(arguments, &["--operation-id", &operation]).json();
    }
    let audited = network.home.run(&["audit", "list", "--all", "--json"]).json();
    let actions: Vec<_> = audited["items"].as_array().unwrap().iter().map(|item| &item["action"]).collect();
    for action in ["operator_add", "operator_password", "operator_remove", "recovered", "operator_update"] {
        assert_eq!(actions.iter().filter(|other| **other == action).count(), 1, "{action}: {actions:?}");
    }
}

/// Both the write that decides and those that complete it.
#[test]
fn lost_init_names_its_operation() {
    for (command, target) in [("insert", "meta"), ("update", "audit")] {
        let network = Network::new();
        network.runtime.block_on(async { network.database().direct.drop().await }).unwrap();
        let init = |operation: &[&str]| {
            let arguments = ["init", "--email", "root@example.com", "--password-stdin", "--json"];
            ended(network.start(&[&arguments[..], operation].concat()))
        };
        network.proxy.rule(move |call| {
            if call.command == command && call.target == target { Act::DropReply } else { Act::Pass }
        });
        let answer = init(&[]);
        network.proxy.reset();
        let error = error(&answer);
        assert_eq!((answer.code, error["code"].as_str()), (3, Some("unavailable")), "{command} {target}");
        assert!(error["message"].as_str().unwrap().contains("may still be completed"), "{error}");
        let operation = error["operation_id"].as_str().unwrap();
        assert_eq!(init(&["--operation-id", operation]).json()["email"], "root@example.com");
    }
}

#[test]
fn slow_write_times_out_and_may_still_be_completed() {
    let network = Network::with_organizations(&["Acme"]);
    network.proxy.on("renameCollection", 1, Act::Hold);
    let answer = network.home.run(&[&RENAME[..], &["--timeout", "5"]].concat());
    let error = error(&answer);
    assert_eq!((answer.code, error["code"].as_str()), (124, Some("timed_out")));
    assert_eq!(error["operation_id"], OPERATION);
}

/// Waits until a command says that it heard a signal and goes on with its write.
pub(super) fn until_finishing(child: &mut Child) {
    let stderr = child.stderr.as_mut().unwrap();
    let (mut said, mut byte) = (Vec::new(), [0]);
    // Byte by byte: what follows is for who waits for the end.
    while byte != *b"\n" || !String::from_utf8_lossy(&said).contains("Finishing the write") {
        assert_eq!(stderr.read(&mut byte).unwrap(), 1, "it ended: {}", String::from_utf8_lossy(&said));
        said.extend(byte);
    }
}

#[test]
fn the_first_signal_waits_for_the_write_and_the_second_leaves_it() {
    for (signal, second, code) in
        [("INT", false, 0), ("TERM", false, 0), ("INT", true, 130), ("TERM", true, 143)]
    {
        let network = Network::with_organizations(&["Acme"]);
        network.proxy.on("renameCollection", 1, Act::Hold);
        let mut child = network.start(&RENAME);
        let pid = child.id().to_string();
        network.runtime.block_on(network.proxy.held());
        let send =
            || assert!(Command::new("kill").args([&format!("-{signal}"), &pid]).status().unwrap().success());
        send();
        until_finishing(&mut child);
        if second {
            send();
            assert_eq!(ended(child).code, code, "{signal}");
            network.proxy.release();
        } else {
            network.proxy.release();
            let answer = ended(child);
            assert_eq!(answer.code, code, "{signal}");
            assert!(answer.stdout.contains("org_acme_labs"));
        }
    }
}

#[test]
fn signal_during_a_read_ends_the_command() {
    let network = Network::with_organizations(&["Acme"]);
    network.proxy.rule(|call| {
        let is_list = call.command == "find"
            && call.body.get_document("sort").is_ok_and(|by| by.contains_key("name_key"));
        if is_list { Act::Hold } else { Act::Pass }
    });
    let child = network.start(&["org", "list"]);
    let pid = child.id().to_string();
    network.runtime.block_on(network.proxy.held());
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(ended(child).code, 130);
    network.proxy.release();
}

/// Q31: the server gets the limit of the command, and its answer that the time is over is that of the command.
#[test]
fn a_search_has_the_time_limit_of_its_command() {
    let network = Network::with_organizations(&["Acme"]);
    let filter = r#"{"t":{"$regex":"(a+)+$"}}"#;
    for (verb, command) in [("list", "find"), ("count", "aggregate")] {
        network.proxy.reset();
        network.proxy.rule(move |call| {
            let is_search = call.command == command && call.target == "org_acme";
            if is_search { Act::Refuse(50) } else { Act::Pass }
        });
        let answer =
            network.home.run(&["doc", verb, "Acme", "--filter", filter, "--timeout", "10", "--json"]);
        let error = error(&answer);
        assert_eq!((answer.code, error["code"].as_str()), (124, Some("timed_out")), "{error}");
        let calls = network.proxy.calls();
        let search: Vec<&Call> =
            calls.iter().filter(|call| call.command == command && call.target == "org_acme").collect();
        assert!(!search.is_empty(), "{verb}");
        for call in search {
            assert_eq!(call.body.get_i64("maxTimeMS").ok(), Some(10_000), "{call:?}");
        }
    }
}
