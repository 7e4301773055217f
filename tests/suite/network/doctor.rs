//! An interrupted repair, and one whose server goes away: finished repairs are reported, and the rest is unchanged.

use super::writes::until_finishing;
use super::{Network, ended};
use crate::common::proxy::Act;
use mongodb::bson::doc;
use serde_json::Value;
use std::process::Command;

const REPAIR: [&str; 4] = ["doctor", "--repair", "--yes", "--json"];

/// Five organizations whose collections another program renamed.
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

/// The number of findings, and of repaired ones.
fn told(stdout: &str) -> (usize, usize) {
    let report: Value = serde_json::from_str(stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let repaired = findings.iter().filter(|finding| finding["repaired"] == true).count();
    assert_eq!(report["repaired"], repaired);
    (findings.len(), repaired)
}

#[test]
fn interrupted_repair_ends_after_the_current_one() {
    let network = harmed();
    network.proxy.on("renameCollection", 2, Act::Hold);
    let mut child = network.start(&REPAIR);
    let pid = child.id().to_string();
    network.runtime.block_on(network.proxy.held());
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    until_finishing(&mut child);
    network.proxy.release();
    let answer = ended(child);
    assert_eq!(answer.code, 130, "{}", answer.stderr);
    assert_eq!(told(&answer.stdout), (5, 2));
    let rest = network.home.run(&REPAIR);
    assert_eq!((rest.code, told(&rest.stdout)), (0, (3, 3)), "{}", rest.stderr);
}

#[test]
fn repairs_before_a_lost_connection_are_kept_and_reported() {
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
    // The third one was being repaired: the next process finishes that.
    let rest = network.home.run(&REPAIR);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    let sound = network.home.run(&["doctor", "--json"]);
    assert_eq!((sound.code, told(&sound.stdout)), (0, (0, 0)));
}
