//! A repair that is interrupted, and one whose server goes: what was done is told, and the rest is as it was.

use super::{Network, ended};
use crate::common::proxy::Act;
use mongodb::bson::doc;
use serde_json::Value;
use std::process::Command;

const REPAIR: [&str; 4] = ["doctor", "--repair", "--yes", "--json"];

/// Five organizations whose collections were renamed by somebody else.
fn harmed() -> Network {
    let network = Network::with_organizations(&["One", "Two", "Three", "Four", "Five"]);
    network.runtime.block_on(async {
        let (name, admin) = (&network.database().name, network.database().direct.client().database("admin"));
        for one in ["one", "two", "three", "four", "five"] {
            let (from, to) = (format!("{name}.org_{one}"), format!("{name}.away_{one}"));
            admin.run_command(doc! {"renameCollection": from, "to": to}).await.unwrap();
        }
    });
    network.proxy.reset();
    network
}

/// How many findings there are, and how many of them are mended.
fn told(stdout: &str) -> (usize, usize) {
    let report: Value = serde_json::from_str(stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let repaired = findings.iter().filter(|finding| finding["repaired"] == true).count();
    assert_eq!(report["repaired"], repaired);
    (findings.len(), repaired)
}

#[test]
fn an_interrupted_repair_ends_behind_the_one_that_is_being_done() {
    let network = harmed();
    network.proxy.on("renameCollection", 2, Act::Hold);
    let child = network.start(&REPAIR);
    let pid = child.id().to_string();
    network.runtime.block_on(network.proxy.held());
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    std::thread::sleep(std::time::Duration::from_millis(300));
    network.proxy.release();
    let answer = ended(child);
    assert_eq!(answer.code, 130, "{}", answer.stderr);
    assert_eq!(told(&answer.stdout), (5, 2));
    let rest = network.home.run(&REPAIR);
    assert_eq!((rest.code, told(&rest.stdout)), (0, (3, 3)), "{}", rest.stderr);
}

#[test]
fn a_server_that_goes_leaves_what_was_done_and_it_is_told() {
    let network = harmed();
    let mut renames = 0;
    network.proxy.rule(move |call| {
        renames += usize::from(call.command == "renameCollection");
        if renames > 2 { Act::Cut } else { Act::Pass }
    });
    let answer = ended(network.start(&REPAIR));
    assert_eq!(answer.code, 3, "{}", answer.stderr);
    assert_eq!(told(&answer.stdout), (5, 2));
    assert!(answer.stderr.contains("\"code\":\"unavailable\""), "{}", answer.stderr);
    network.proxy.reset();
    network.runtime.block_on(network.database().leases_end(doc! {}));
    // The third one was being repaired: whoever meets it finishes that.
    let rest = network.home.run(&REPAIR);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    let sound = network.home.run(&["doctor", "--json"]);
    assert_eq!((sound.code, told(&sound.stdout)), (0, (0, 0)));
}
