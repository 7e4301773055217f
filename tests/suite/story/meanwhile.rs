//! What others do meanwhile, and an admin's console.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_delete_looks_again_when_someone_else_changed_it() {
    let place = Place::with(&["Acme Corp"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    one.press("DAcme Corp").await;
    other.press("e<Tab><C-u>new@acme.example<C-s>").await;
    one.press("<Enter>").await;
    one.shows("Someone else changed it. Check it again.");
    one.shows("new@acme.example");
    one.press("<Enter>").await;
    one.shows("Acme Corp is deleted; it can be restored until 2026-12-01 12:00 UTC.");
    one.shows("No organization yet.");
    other.press("<Enter>r").await;
    other.shows("It is gone: someone else deleted it.");
    other.shows("Organizations  0");
}

#[tokio::test(start_paused = true)]
async fn an_admin_deletes_the_own_organization_and_is_signed_out() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::start(&place).await;
    console.press(&format!("admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.shows("q quit");
    console.press("DAcme Corp<Enter>").await;
    console.shows("still reading what will go");
    console.press("<Enter>").await;
    console.shows("Acme Corp is deleted. An operator can restore it until");
    console.shows("2026-12-01 12:00 UTC.");
    console.press("admin0@x.example<Tab>correct horse<Enter>").await;
    console.shows("Email or password is wrong.");
}

#[tokio::test(start_paused = true)]
async fn leaving_a_changed_form_asks() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("e<Esc>").await;
    console.shows_not("Leave without saving?");
    console.press("e!<Esc>").await;
    console.shows("Leave without saving?");
    console.press("<Esc>").await;
    console.shows("Acme Corp!");
    console.press("<Esc>y").await;
    console.shows("Organizations  1");
}

#[tokio::test(start_paused = true)]
async fn the_same_values_again_are_not_sent() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    console.press("e<C-s>").await;
    console.shows("Nothing is changed.");
    console.shows_not("No answer");
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_left_does_not_keep_the_banner() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    set(&place.gate.is_down, true);
    console.press("<Enter>").await;
    console.shows("No answer from");
    console.press("<F5><Esc>").await;
    set(&place.gate.is_down, false);
    console.shows_not("No answer from");
    console.press("n").await;
    console.shows("New organization");
}

#[tokio::test(start_paused = true)]
async fn the_collection_is_missing_beside_the_record() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    place.drop_collection("org_acme_corp");
    console.press("<Enter>").await;
    console.shows("admin0@x.example");
    console.shows("The collection \"org_acme_corp\" of this organization is missing.");
    console.press("<Esc>").await;
    console.shows("Organizations  1");
}
