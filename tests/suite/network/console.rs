//! The console with a server that is slow, silent, cut off, gone, and back again: keys work, the console reports the
//! state, `r` recovers, and an unknown outcome of a write is reported.

use super::{Network, PASSWORD};
use crate::common::home::SECRET_KEY;
use crate::common::proxy::Act;
use crate::common::pty::{Session, Terminal};
use mongodb::bson::Document;

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

    /// From now on every read of organizations gets this.
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

/// The outage is told, and what was read stays.
fn wait_for_outage(console: &Session) {
    console.wait_until("the outage beside what was read", |screen| {
        screen.contains("No answer from") && screen.contains("Zephyr")
    });
}

fn quit(mut console: Session) {
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
    console.assert_restored();
}

fn two() -> Network {
    Network::with_organizations(&["Acme", "Zephyr"])
}

#[test]
fn keys_work_while_a_slow_answer_is_awaited() {
    let network = two();
    let mut console = network.console();
    network.home.create("Late", "late@x").json();
    network.reads_meet(&Act::Hold);
    console.send("r");
    console.wait("reading organizations");
    assert_keys_work(&mut console);
    console.wait("reading organizations");
    network.proxy.release();
    console.wait("Late");
    console.wait_gone("reading organizations");
    network.proxy.reset();
    quit(console);
}

#[test]
fn missing_answer_can_be_cancelled_and_retried() {
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
fn missing_answer_times_out_and_is_retried() {
    let network = two();
    let mut console = network.console_with(&["--timeout", "5"]);
    network.reads_meet(&Act::Silence);
    console.send("r");
    wait_for_outage(&console);
    assert_keys_work(&mut console);
    network.proxy.reset();
    network.home.create("Later", "later@x").json();
    // Without a key: it retries by itself.
    console.wait("Later");
    console.wait_gone("No answer from");
    quit(console);
}

#[test]
fn sign_in_without_an_answer_times_out() {
    let network = two();
    let mut console = network.terminal().args(&["--timeout", "5"]).start();
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
fn cut_connections_are_reported_and_restored() {
    let network = two();
    let mut console = network.console();
    for act in [Act::Cut, Act::DropReply, Act::HalfClose] {
        network.reads_meet(&act);
        console.send("r");
        wait_for_outage(&console);
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
fn console_survives_repeated_loss_of_the_server() {
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
fn write_with_unknown_outcome_is_reported_and_later_shown() {
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
        // Another process recovers it; this console shows the result.
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
fn console_waits_for_a_write_without_a_limit() {
    let network = two();
    let mut console = network.console_with(&["--timeout", "4"]);
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    network.proxy.on("renameCollection", 1, Act::Hold);
    console.send(CTRL_S);
    console.wait_until("more seconds than the limit", |screen| {
        let told = screen.split_once("renaming Acme, ").and_then(|(_, told)| told.split_once(" s"));
        told.is_some_and(|(seconds, _)| seconds.parse::<u64>().is_ok_and(|seconds| seconds > 4))
    });
    assert!(!console.text().contains("No answer from"), "{}", console.text());
    network.proxy.release();
    console.wait("is now Acme Labs");
    console.wait_gone("Edit  Acme");
    assert!(!console.text().contains("No answer from"), "{}", console.text());
    quit(console);
}

#[test]
fn unanswered_write_shows_its_duration_and_can_be_left() {
    let network = two();
    let mut console = network.console();
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    network.proxy.on("renameCollection", 1, Act::Silence);
    console.send(CTRL_S);
    console.wait("renaming Acme, ");
    console.send(&CTRL_C.repeat(2));
    console.wait("Finishing");
    assert!(!console.has_ended(), "it waits for the write");
    console.send(CTRL_C);
    assert_eq!(console.exit_code(), 130);
    console.assert_restored();
    network.runtime.block_on(network.database().leases_end(Document::new()));
    // The next process that needs it recovers it.
    network.home.run(&["org", "get", "Acme", "--json"]);
    network.home.run(&["org", "get", "Acme Labs", "--json"]).json();
}
