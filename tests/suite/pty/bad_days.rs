//! On MongoDB behind the proxy: a server that is away at start, goes away in the middle and comes back, an answer
//! that is lost, a write that is held, and a session that ends over a half-filled form.

use super::*;
use crate::common::proxy::Act;

#[test]
fn a_store_that_is_away_at_start() {
    let home = Home::mongo().with_operator();
    home.proxy().down();
    let mut console = home.terminal().start();
    console.wait("No answer from");
    assert!(!console.text().contains("Welcome"), "neither form is shown:\n{}", console.text());
    home.proxy().up();
    console.send("\u{1b}[15~");
    Home::signed_in(console);
}

#[test]
fn a_store_that_goes_away_during_the_list_and_comes_back() {
    let home = Home::mongo().with_operator().with_organizations(&["Acme", "Zephyr"]);
    let mut console = home.console();
    console.wait("Zephyr");
    home.proxy().down();
    console.send("r");
    console.wait_until("the outage beside what was read", |screen| {
        screen.contains("No answer from") && screen.contains("Zephyr")
    });
    console.send("j");
    home.proxy().up();
    console.wait_gone("No answer from");
    console.wait("Zephyr");
    console.send("qy");
    assert_eq!(console.exit_code(), 0);
}

#[test]
fn a_save_whose_answer_is_lost_keeps_what_was_typed_and_says_what_is_not_known() {
    let home = Home::mongo().with_operator();
    let mut console = home.console();
    console.send("n");
    console.wait("New organization");
    console.send(&format!("Acme{TAB}ann@acme.example{TAB}{PASSWORD}{TAB}{PASSWORD}"));
    // The driver sends writes of documents again by itself, but not a rename; and nothing comes through after that.
    home.proxy().from("renameCollection", Act::DropReply);
    console.send(ENTER);
    console.wait("may still be completed");
    assert!(console.text().contains("ann@acme.example"), "{}", console.text());
}

#[test]
fn quit_waits_for_a_write_that_is_held() {
    let home = Home::mongo().with_operator().with_organizations(&["Acme"]);
    let mut console = home.console();
    console.wait("Acme");
    console.send("e");
    console.wait("Edit  Acme");
    console.send(&format!("{CTRL_U}Acme Labs"));
    console.wait("org_acme_labs");
    home.proxy().on("renameCollection", 1, Act::Hold);
    console.send(CTRL_S);
    console.send(&CTRL_C.repeat(2));
    console.wait("Finishing");
    assert!(!console.has_ended());
    home.proxy().release();
    console.exit_code();
    console.assert_restored();
    let now = home.run(&["org", "get", "Acme Labs", "--json"]);
    assert!(now.contains("\"state\":\"active\""), "{now}");
}

#[test]
fn a_session_that_ends_over_a_half_filled_form_goes_on_after_signing_in() {
    let home = Home::mongo().with_operator();
    let mut console = home.console();
    console.send("n");
    console.wait("New organization");
    console.send(&format!("Acme Corp{TAB}ann@acme.example{TAB}{PASSWORD}{TAB}{PASSWORD}"));
    console.wait("org_acme_corp");
    // On another terminal.
    home.run(&["logout", "--everywhere"]);
    console.send(ENTER);
    console.wait("Sign in");
    console.send(&format!("{PASSWORD}{ENTER}"));
    // The write that was refused is sent again.
    console.wait_gone("New organization");
    console.wait("Acme Corp");
    let made = home.run(&["login", "--email", ROOT, "--password-stdin"])
        + &home.run(&["org", "get", "Acme Corp", "--json"]);
    assert!(made.contains("org_acme_corp") && made.contains("ann@acme.example"), "{made}");
}
