//! What others change is seen by itself, and a quiet console costs nothing.

use super::*;
use std::sync::atomic::Ordering;
use tenantry::domain::OrganizationId;
use tenantry::service::{OrganizationReference, RestoreOrganization, UpdateOrganization};

async fn rename(place: &Place, from: &str, to: &str) -> OrganizationId {
    let root = token(place, ROOT).await;
    let request = UpdateOrganization { name: Some(to.to_owned()), ..UpdateOrganization::default() };
    let reference = OrganizationReference::Name(from.to_owned());
    let operation = OperationId::random();
    place.service.update_organization(&root, &reference, request, operation).await.unwrap().id
}

async fn delete(place: &Place, name: &str) {
    let root = token(place, ROOT).await;
    let reference = OrganizationReference::Name(name.to_owned());
    let operation = OperationId::random();
    place.service.delete_organization(&root, &reference, name, None, false, operation).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_others_change_is_seen_within_five_seconds() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    other.press("jjk").await;
    one.press("nBeta Corp<Tab>b@x.example<Tab>correct horse<Tab>correct horse<C-s>").await;
    pass(6).await;
    other.shows("Beta Corp");
    other.shows("Organizations  3");
    rename(&place, "Acme Corp", "Acme Labs").await;
    pass(6).await;
    other.shows("Acme Labs");
    other.shows_not("Acme Corp");
    other.shows("▌ Acme Labs");
    delete(&place, "Zephyr Air").await;
    pass(6).await;
    other.shows_not("Zephyr");
    other.shows("Organizations  2");
    assert_eq!(place.gate.pages.load(Ordering::SeqCst), 2, "no list was read a second time");
}

#[tokio::test(start_paused = true)]
async fn trash_in_view_follows_what_others_delete_and_restore() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    console.press(":trash<Enter>").await;
    console.shows("The trash is empty.");
    delete(&place, "Zephyr Air").await;
    pass(6).await;
    console.shows("▌ Zephyr Air");
    let root = token(&place, ROOT).await;
    let reference = OrganizationReference::Name("Zephyr Air".to_owned());
    let unchanged = RestoreOrganization::default();
    place.service.restore_organization(&root, &reference, unchanged, OperationId::random()).await.unwrap();
    pass(6).await;
    console.shows("The trash is empty.");
}

#[tokio::test(start_paused = true)]
async fn record_and_activity_in_view_follow_what_others_do() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let (overview, activity) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    let whole = Console::signed_in(&place).await;
    overview.press("<Enter>").await;
    activity.press("<Enter>3").await;
    activity.shows("created");
    whole.press("a").await;
    whole.shows("created");
    rename(&place, "Acme Corp", "Acme Labs").await;
    pass(6).await;
    overview.shows("org_acme_labs");
    activity.shows("renamed");
    whole.shows("renamed");
    delete(&place, "Acme Labs").await;
    pass(6).await;
    overview.shows("It is gone: someone else deleted it.");
    overview.shows("Organizations  1");
}

#[tokio::test(start_paused = true)]
async fn operators_that_others_add_are_seen() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.shows("Operators  1");
    let root = token(&place, ROOT).await;
    place.service.add_operator(&root, KIM, PASSWORD.into(), OperationId::random()).await.unwrap();
    pass(6).await;
    console.shows("Operators  2");
}

#[tokio::test(start_paused = true)]
async fn admin_sees_what_is_done_to_its_organization() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = signed_in_as(&place, "admin0@x.example").await;
    console.shows("org_acme_corp");
    rename(&place, "Acme Corp", "Acme Labs").await;
    pass(6).await;
    console.shows("org_acme_labs");
}

#[tokio::test(start_paused = true)]
async fn nothing_moves_while_somebody_types() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    let looks = || place.gate.looks.load(Ordering::SeqCst);
    pass(6).await;
    let before = looks();
    assert!(before > 0);
    for _ in 0..10 {
        pass(1).await;
        console.press("j").await;
    }
    assert_eq!(looks(), before);
    console.shows_not("as of");
    for _ in 0..6 {
        pass(1).await;
        console.press("j").await;
    }
    console.shows("as of 12:00:05");
    pass(3).await;
    assert!(looks() > before);
    console.shows_not("as of");
}

#[tokio::test(start_paused = true)]
async fn switched_off_it_says_from_when_what_is_shown_is() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    pass(6).await;
    console.press("w").await;
    console.shows("Press w to turn it on.");
    console.shows("as of 12:00:05");
    rename(&place, "Acme Corp", "Acme Labs").await;
    pass(60).await;
    console.shows("Acme Corp");
    console.press("r").await;
    console.shows("Acme Labs");
    console.shows("as of 12:01:06");
    rename(&place, "Acme Labs", "Acme Mills").await;
    console.press("w").await;
    pass(3).await;
    console.shows("Acme Mills");
    console.shows_not("as of");
}

#[tokio::test(start_paused = true)]
async fn lost_connection_and_an_ended_session_are_noticed_by_themselves() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    pass(6).await;
    console.shows("No answer from");
    set(&place.gate.is_down, false);
    pass(31).await;
    console.shows_not("No answer from");
    let root = token(&place, ROOT).await;
    place.service.sign_out(&root, true).await.unwrap();
    pass(6).await;
    console.shows("Your session was ended.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Signed in again; the work goes on.");
    rename(&place, "Acme Corp", "Acme Labs").await;
    pass(6).await;
    console.shows("Acme Labs");
}

/// The clock of the session changes at each minute; beside it only the look at the store wakes the loop.
#[tokio::test(start_paused = true)]
async fn quiet_console_writes_nothing_and_sleeps() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    pass(30).await;
    let (cells, wakes) = (console.cells(), console.wakes());
    pass(300).await;
    let (cells, wakes) = (console.cells() - cells, console.wakes() - wakes);
    assert!(cells <= 5 * 12, "{cells} cells for five minutes of the clock and of the ages");
    // Each look is two: it is due, and it is answered.
    assert!(wakes <= 2 * 60 + 2 * 5 + 4, "{wakes} times in 300 s");
    assert!(place.gate.looks.load(Ordering::SeqCst) >= 60);
    assert_eq!(place.gate.pages.load(Ordering::SeqCst), 1, "the list is not read anew");
}

#[tokio::test(start_paused = true)]
async fn what_changed_by_itself_is_marked_for_a_second() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    pass(3).await;
    rename(&place, "Zephyr Air", "Zephyr Labs").await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    console.shows("Zephyr Labs");
    let marked = console.is_bold("Zephyr Labs");
    pass(2).await;
    assert!(marked && !console.is_bold("Zephyr Labs"));
}

#[tokio::test(start_paused = true)]
async fn what_comes_into_the_trash_is_marked_for_a_second() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    delete(&place, "Acme Corp").await;
    let console = Console::signed_in(&place).await;
    console.press(":trash<Enter>").await;
    console.shows("▌ Acme Corp");
    pass(3).await;
    delete(&place, "Zephyr Air").await;
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    console.shows("Zephyr Air");
    let marked = console.is_bold("Zephyr Air");
    pass(2).await;
    assert!(marked && !console.is_bold("Zephyr Air"));
}
