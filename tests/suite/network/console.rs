//! The console when the way to the server is slow, silent, cut, gone, and well again: keys work, it says what is going
//! on, `r` recovers, and a write of unknown outcome is told.

use super::{Network, PASSWORD};
use crate::common::home::SECRET_KEY;
use crate::common::proxy::Act;
use crate::common::pty::{Session, Terminal};
use mongodb::bson::Document;
use std::time::Duration;

const ENTER: &str = "\r";
const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const CTRL_S: &str = "\u{13}";
const CTRL_U: &str = "\u{15}";

impl Network {
    fn terminal(&self) -> Terminal<'_> {
        Terminal::new(self.home.folder.path())
            .env("MONGO_URI", self.proxy.uri())
            .env("MASTER_DB", &self.database().name)
            .env("SECRET_KEY", SECRET_KEY)
    }

    /// The console behind the proxy, signed in, with its list read.
    fn console(&self) -> Session {
        self.console_with(&[])
    }

    fn console_with(&self, arguments: &[&str]) -> Session {
        let mut console = self.terminal().args(arguments).start();
        console.wait("Password");
        console.send(&format!("root@example.com\t{PASSWORD}{ENTER}"));
        console.wait("Acme");
        console.wait("Zephyr");
        console
    }

    /// Every read of organizations meets this from now on.
    fn reads_meet(&self, act: &Act) {
        let act = act.clone();
        self.proxy.reset();
        self.proxy.rule(move |call| {
            if call.command == "find" && call.target == "organizations" { act.clone() } else { Act::Pass }
        });
    }
}

/// Keys have an effect: help opens and closes, the filter takes text and is cleared.
fn assert_keys_work(console: &mut Session) {
    console.send("?");
    console.wait("half a page down");
    console.send(ESC);
    console.wait_gone("half a page down");
    console.send("/zep");
    console.wait_gone("Acme");
    console.send(ESC);
    console.wait("Acme");
}

fn quit(mut console: Session) {
    console.send("q");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

fn two() -> Network {
    Network::with_organizations(&["Acme", "Zephyr"])
}

#[test]
fn a_slow_answer_is_waited_for_and_keys_work_meanwhile() {
    let network = two();
    let mut console = network.console();
    network.reads_meet(&Act::Delay(Duration::from_secs(2)));
    network.home.create("Late", "late@x").json();
    console.send("r");
    console.wait("reading organizations");
    assert_keys_work(&mut console);
    console.wait("Late");
    console.wait_gone("reading organizations");
    network.proxy.reset();
    quit(console);
}

#[test]
fn an_answer_that_never_comes_can_be_stopped_and_read_again() {
    let network = two();
    let mut console = network.console();
    for act in [Act::Silence, Act::Hold] {
        network.reads_meet(&act);
        console.send("r");
        console.wait("reading organizations");
        assert_keys_work(&mut console);
        console.send(CTRL_C);
        console.wait_gone("reading organizations");
        network.proxy.reset();
        network.home.create(&format!("After {act:?}"), &format!("{act:?}@x")).json();
        console.send("r");
        console.wait(&format!("After {act:?}"));
    }
    quit(console);
}

#[test]
fn an_answer_that_never_comes_is_given_up_and_asked_for_again() {
    let network = two();
    let mut console = network.console_with(&["--timeout", "2"]);
    network.reads_meet(&Act::Silence);
    console.send("r");
    console.wait("reading organizations");
    console.wait("No answer from");
    assert!(console.text().contains("Zephyr"), "what was read stays:\n{}", console.text());
    assert_keys_work(&mut console);
    network.proxy.reset();
    network.home.create("Later", "later@x").json();
    // Without a key: it tries again by itself.
    console.wait("Later");
    console.wait_gone("No answer from");
    quit(console);
}

#[test]
fn a_sign_in_without_an_answer_is_given_up() {
    let network = two();
    let mut console = network.terminal().args(&["--timeout", "2"]).start();
    console.wait("Password");
    network.proxy.rule(|_| Act::Silence);
    console.send(&format!("root@example.com\t{PASSWORD}{ENTER}"));
    console.wait("No answer from");
    network.proxy.reset();
    console.send(ENTER);
    console.wait("Zephyr");
    quit(console);
}

#[test]
fn connections_that_are_cut_are_said_and_made_again() {
    let network = two();
    let mut console = network.console();
    for act in [Act::Cut, Act::DropReply, Act::HalfClose] {
        network.reads_meet(&act);
        console.send("r");
        console.wait("No answer from");
        assert!(console.text().contains("Zephyr"), "what was read stays:\n{}", console.text());
        assert_keys_work(&mut console);
        network.proxy.reset();
        console.send("r");
        console.wait_gone("No answer from");
        network.home.create(&format!("After {act:?}"), &format!("{act:?}@x")).json();
        console.send("r");
        console.wait(&format!("After {act:?}"));
    }
    quit(console);
}

#[test]
fn a_server_that_is_gone_more_than_once() {
    let network = two();
    let mut console = network.console();
    for round in 0..2 {
        network.proxy.down();
        console.send("r");
        console.wait("No answer from");
        assert_keys_work(&mut console);
        // What cannot work now says so, and nothing is lost by trying.
        console.send("n");
        console.wait("Not now");
        network.proxy.up();
        console.send("r");
        console.wait_gone("No answer from");
        network.home.create(&format!("Round {round}"), &format!("r{round}@x")).json();
        console.send("r");
        console.wait(&format!("Round {round}"));
    }
    quit(console);
}

#[test]
fn a_write_of_unknown_outcome_is_told_and_is_seen_when_it_is_done() {
    for act in [Act::HalfClose, Act::DropReply] {
        let network = two();
        let mut console = network.console();
        console.send("e");
        console.wait("Edit  Acme");
        console.send(&format!("{CTRL_U}Acme Labs"));
        console.wait("org_acme_labs");
        network.proxy.from("renameCollection", act);
        console.send(CTRL_S);
        console.wait("may still be completed");
        assert!(console.text().contains("Acme Labs"), "what was typed stays:\n{}", console.text());
        network.proxy.reset();
        network.runtime.block_on(network.database().leases_end(Document::new()));
        // Another one meets it and ends it; this console sees what came of it.
        network.home.run(&["org", "get", "Acme", "--json"]);
        console.send(ESC);
        console.wait("Leave without saving");
        console.send("y");
        console.wait_gone("Edit  Acme");
        console.send("r");
        console.wait("Acme Labs");
        quit(console);
    }
}

#[test]
fn a_write_is_waited_for_however_long_it_takes() {
    let network = two();
    let mut console = network.console_with(&["--timeout", "1"]);
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    network.proxy.on("renameCollection", 1, Act::Delay(Duration::from_secs(4)));
    console.send(CTRL_S);
    console.wait("renaming Acme, 3 s");
    console.wait_gone("Edit  Acme");
    assert!(!console.text().contains("No answer from"), "{}", console.text());
    assert!(console.text().contains("Acme Labs"), "{}", console.text());
    quit(console);
}

#[test]
fn a_write_without_any_answer_says_how_long_it_takes_and_can_be_left() {
    let network = two();
    let mut console = network.console();
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    network.proxy.on("renameCollection", 1, Act::Silence);
    console.send(CTRL_S);
    console.wait("renaming Acme, 1 s");
    console.send(CTRL_C);
    console.send(CTRL_C);
    console.wait("Finishing");
    assert!(!console.has_ended(), "it waits for the write");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 130);
    console.assert_restored();
    network.runtime.block_on(network.database().leases_end(Document::new()));
    // The next one that meets it ends it.
    network.home.run(&["org", "get", "Acme", "--json"]);
    network.home.run(&["org", "get", "Acme Labs", "--json"]).json();
}
