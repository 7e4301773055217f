//! From the first operator to the last delete, sessions that end, connections that are lost, and ways out.

use super::*;
use crate::common::suite;
use tenantry::domain::OrganizationName;
use tenantry::port::NewOrganization;
use tenantry::service::OrganizationReference;
use tenantry::tui::app::Signal;

#[tokio::test(start_paused = true)]
async fn from_an_empty_store_to_the_first_organization() {
    let place = Place::empty();
    let console = Console::start(&place).await;
    console.shows("Welcome to tenantry");
    console.press("root@example.com<Tab>correct horse<Tab>correct hors<Enter>").await;
    console.shows("The two passwords differ.");
    console.press("e<Enter>").await;
    console.shows("No organization yet.");
    console.shows("operator");
    console.press("n").await;
    console.shows("New organization");
    console.press("Acme Corp").await;
    console.shows("collection  org_acme_corp");
    console.press("<Tab>ann.acme<Tab>").await;
    console.shows("An email needs exactly one @ with text before and after it.");
    console.press("<S-Tab><C-u>ann@acme.example<Tab>correct horse<Tab>correct horse<Enter>").await;
    console.shows("Acme Corp is created.");
    console.shows("ann@acme.example");
    console.press("qy").await;
    assert!(console.is_over(), "{}", console.text());
    assert_eq!(console.left().await, Leave::Quit);
    assert_eq!(place.gate.revoked.lock().unwrap().len(), 1, "its token is ended");
}

/// Its name and email are of older rules, and the mark at its beginning cannot be typed.
#[tokio::test(start_paused = true)]
async fn organization_of_older_rules_is_renamed_and_deleted() {
    let place = Place::with(&["Zephyr Air"]).await;
    let new = NewOrganization {
        name: OrganizationName::stored("\u{301}Acme".to_owned()),
        ..suite::new_organization("Acme", "=ann@x")
    };
    suite::try_create(&*place.gate, &new, suite::at(1)).await.unwrap();
    let console = Console::signed_in(&place).await;
    console.shows("<U+0301>Acme");
    console.press("/acme<Enter><Enter>e<Tab><Tab>correct horse<Tab>correct horse<C-s>").await;
    console.shows("<U+0301>Acme is saved.");
    console.press("DAcme<Enter>").await;
    console.shows("names differ");
    console.press("<C-u>").await;
    console.send(Event::Paste("<U+0301>Acme".into()));
    console.press("<Enter>").await;
    console.shows("<U+0301>Acme is deleted");
}

#[tokio::test(start_paused = true)]
async fn filter_open_rename_and_delete() {
    let place = Place::with(&["Acme Corp", "Acme Europe", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    console.shows("Organizations  3");
    console.press("/acm !europe").await;
    console.shows("1 of 3");
    console.shows_not("Zephyr");
    console.press("<Enter><Enter>").await;
    console.shows("org_acme_corp");
    console.shows("documents   0");
    console.press("e<C-u>Acme Labs").await;
    console.shows("collection becomes org_acme_labs, documents stay");
    console.press("<C-s>").await;
    console.shows("Acme Corp is now Acme Labs.");
    console.shows("org_acme_labs");
    console.press("Dacme labs").await;
    console.shows("Case matters: type exactly  Acme Labs");
    console.press("<Enter>").await;
    console.shows("names differ");
    console.press("<C-u>").await;
    console.send(Event::Paste("Acme Labs\n".into()));
    console.press("<Enter>").await;
    console.shows("Acme Labs is deleted; it can be restored until 2026-12-01 12:00 UTC.");
    console.shows("0 of 2");
    console.press("<Esc>").await;
    console.shows("Acme Europe");
}

#[tokio::test(start_paused = true)]
async fn what_someone_else_changed_meanwhile_keeps_what_is_typed() {
    let place = Place::with(&["Acme Corp"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    one.press("e<C-u>Acme Labs").await;
    other.press("e<Tab><C-u>new@acme.example<C-s>").await;
    other.shows("Acme Corp is saved.");
    one.press("<C-s>").await;
    one.shows("Someone else changed it: new@acme.example.");
    one.shows("Acme Labs");
    one.shows("new@acme.example");
    one.press("<C-s>").await;
    one.shows("Acme Corp is now Acme Labs.");
    other.press("r").await;
    other.shows("Acme Labs");
    other.shows("new@acme.example");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_over_a_half_filled_form_loses_nothing() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("nAcme Corp<Tab>ann@acme.example<Tab>correct horse").await;
    pass(26 * 60).await;
    console.shows("left");
    pass(4 * 60).await;
    console.shows("Your session has ended. Sign in to go on where you were.");
    console.shows(ROOT);
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Signed in again; the work goes on.");
    console.shows("Acme Corp");
    console.press("<Tab>correct horse<C-s>").await;
    console.shows("Acme Corp is created.");
}

#[tokio::test(start_paused = true)]
async fn a_refused_write_is_done_after_signing_in_again() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("nAcme Corp<Tab>ann@acme.example<Tab>correct horse<Tab>correct horse").await;
    let ended = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    place.service.sign_out(&ended.token, true).await.unwrap();
    console.press("<C-s>").await;
    console.shows("Your session was ended. Sign in to go on where you were.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Acme Corp is created.");
}

#[tokio::test(start_paused = true)]
async fn another_account_drops_the_draft_and_starts_at_its_own_screen() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("nDraft Corp").await;
    pass(31 * 60).await;
    console.press(&format!("<S-Tab><C-u>admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.shows("what was open is dropped");
    console.shows("org_acme_corp");
    console.shows_not("Draft Corp");
    console.press("<Esc>").await;
    console.shows("org_acme_corp");
    console.press("q<Enter>").await;
    assert_eq!(console.left().await, Leave::Quit, "no list lies above it");
}

#[tokio::test(start_paused = true)]
async fn keys_renew_the_session_and_end_nothing() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.shows("30 min");
    pass(10 * 60).await;
    console.press("j").await;
    console.shows("20 min");
    pass(10 * 60).await;
    place.gate.revoked.lock().unwrap().clear();
    console.press("jjjj").await;
    console.shows("30 min");
    assert!(place.gate.revoked.lock().unwrap().is_empty());
    console.press("r").await;
    console.shows("Organizations  1");
    pass(31 * 60).await;
    console.shows("Your session has ended.");
}

#[tokio::test(start_paused = true)]
async fn an_admin_who_changes_the_own_password_signs_in_again() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::start(&place).await;
    console.press(&format!("admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.shows("org_acme_corp");
    console.press("e<Tab><Tab>new password<Tab>new password<C-s>").await;
    console.shows("Needed to change email or password.");
    console.press("wrong horse<C-s>").await;
    console.shows("This is not your current password.");
    console.press("correct horse<C-s>").await;
    console.shows("Your email or password was changed.");
    console.shows("admin0@x.example");
    console.press("new password<Enter>").await;
    console.shows("org_acme_corp");
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_retried_and_nothing_typed_is_lost() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    console.press("r").await;
    console.shows("No answer from");
    console.shows("Trying again in 1 s.");
    console.shows("Acme Corp");
    console.shows("(no connection)");
    pass(1).await;
    console.shows("Trying again in 2 s.");
    console.press("<F5>").await;
    console.shows("Trying again in 4 s.");
    set(&place.gate.is_down, false);
    pass(4).await;
    console.shows_not("No answer from");
    console.press("nZephyr<Tab>z@z.example<Tab>correct horse<Tab>correct horse").await;
    set(&place.gate.is_down, true);
    console.press("<C-s>").await;
    console.shows("No answer from");
    console.shows("Zephyr");
    set(&place.gate.is_down, false);
    console.press("<F5><C-s>").await;
    console.press("<C-s>").await;
    console.shows("Zephyr is created.");
}

#[tokio::test(start_paused = true)]
async fn a_write_of_unknown_outcome_says_so_with_its_operation() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("nAcme<Tab>a@a.example<Tab>correct horse<Tab>correct horse").await;
    set(&place.gate.holds_writes, true);
    console.press("<C-s>").await;
    console.shows("creating Acme");
    set(&place.gate.is_down, true);
    place.gate.permits.add_permits(1);
    console.settle().await;
    console.shows("The change may still be completed.");
    console.shows("Operation ");
}

#[tokio::test(start_paused = true)]
async fn without_a_store_at_the_start_neither_form_is_shown() {
    let place = Place::empty();
    set(&place.gate.is_down, true);
    let console = Console::start(&place).await;
    console.shows("No answer from");
    console.shows_not("Password");
    set(&place.gate.is_down, false);
    pass(1).await;
    console.shows("Welcome to tenantry");
    console.press("<C-c>").await;
    assert_eq!(console.left().await, Leave::Quit);
}

#[tokio::test(start_paused = true)]
async fn quit_waits_for_a_write_and_a_second_ctrl_c_does_not() {
    for gives_up in [false, true] {
        let place = Place::with(&["Acme Corp"]).await;
        let console = Console::signed_in(&place).await;
        set(&place.gate.holds_writes, true);
        console.press("e<C-u>Acme Labs<C-s>").await;
        console.shows("renaming Acme Corp");
        console.press("<C-c>").await;
        console.shows("Ctrl-C again quits.");
        console.press("<C-c>").await;
        console.shows("Finishing: renaming Acme Corp. Press Ctrl-C again to leave it to recovery.");
        assert!(!console.is_over());
        if gives_up {
            console.press("<C-c>").await;
            assert_eq!(console.left().await, Leave::Interrupted);
        } else {
            place.gate.permits.add_permits(1);
            assert_eq!(console.left().await, Leave::Quit);
            let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
            let name = OrganizationReference::Name("Acme Labs".into());
            assert!(place.service.organization(&root.token, &name).await.is_ok());
        }
    }
}

/// A terminal that vanishes is told by a signal, by its reader and by the next frame.
#[tokio::test(start_paused = true)]
async fn a_vanished_terminal_waits_for_a_write_however_often_it_is_told() {
    for already_leaving in [false, true] {
        let place = Place::with(&["Acme"]).await;
        let console = Console::signed_in(&place).await;
        set(&place.gate.holds_writes, true);
        console.press("e<C-u>Acme Labs<C-s>").await;
        if already_leaving {
            console.press("<C-c><C-c>").await;
        }
        for _ in 0..3 {
            console.send(Event::Signal(Signal::HangUp));
            console.settle().await;
        }
        place.gate.permits.add_permits(1);
        assert_eq!(console.left().await, Leave::TerminalGone);
        assert_eq!(place.gate.revoked.lock().unwrap().len(), 1);
        let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
        let name = OrganizationReference::Name("Acme Labs".into());
        assert!(place.service.organization(&root.token, &name).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn signals_and_a_vanished_terminal_end_it() {
    for (signal, leave) in [
        (Signal::Terminate, Leave::Terminated),
        (Signal::HangUp, Leave::TerminalGone),
        (Signal::Interrupt, Leave::Interrupted),
    ] {
        let place = Place::initialized().await;
        let console = Console::signed_in(&place).await;
        console.send(Event::Signal(signal));
        assert_eq!(console.left().await, leave);
        assert_eq!(place.gate.revoked.lock().unwrap().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn control_characters_in_a_password_are_refused_with_a_word() {
    let place = Place::initialized().await;
    let console = Console::start(&place).await;
    console.press("root@example.com<Tab>").await;
    console.send(Event::Paste("correct\thorse".into()));
    console.settle().await;
    console.shows("Control characters in the paste; nothing was taken.");
    console.send(Event::Paste("correct horse\r\n".into()));
    console.press("<Enter>").await;
    console.shows("No organization yet.");
}

#[tokio::test(start_paused = true)]
async fn a_filter_selects_its_best_match_and_what_was_chosen_stays() {
    let place = Place::with(&["Aachen Mills", "Acme Corp", "Acme Mills", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    // On its way the filter also matches what is not meant; what it selected by itself does not stay.
    console.press("/acme").await;
    console.shows("▌ Acme Corp");
    console.press("<Esc>").await;
    console.shows("▌ Aachen Mills");
    console.press("jj/mills").await;
    console.shows("▌ Acme Mills");
    console.press("<C-u>zeph").await;
    console.shows("▌ Zephyr Air");
    console.press("<Esc>").await;
    console.shows("▌ Acme Mills");
}

#[tokio::test(start_paused = true)]
async fn the_last_sign_in_of_the_admin_is_told_and_how_often_it_failed_since() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>").await;
    console.shows("never");
    console.shows_not("failed");
    token(&place, "admin0@x.example").await;
    pass(1).await;
    place.service.sign_in("admin0@x.example", &"wrong horse".into()).await.unwrap_err();
    console.press("r").await;
    console.shows("just now  2026-11-24 12:00");
    console.shows("failed tries  1  since then");
    token(&place, "admin0@x.example").await;
    console.press("r").await;
    console.shows_not("failed tries");
}
