//! Stories: key strings through the real loop, on the embedded store, under paused time.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![expect(
    clippy::panic,
    clippy::string_slice,
    reason = "key strings are ASCII and ours"
)]

#[path = "common/console.rs"]
mod console;
#[path = "common/gate.rs"]
mod gate;
#[path = "common/keys.rs"]
mod keys;

use console::{Console, PASSWORD, Place, ROOT};
use std::time::Duration;
use tenantry::service::{OrganizationReference, UpdateOrganization};
use tenantry::tui::Leave;
use tenantry::tui::event::Event;

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn from_an_empty_store_to_the_first_organization() {
    let place = Place::empty();
    let console = Console::start(&place).await;
    console.shows("Welcome to tenantry");
    console
        .press("root@example.com<Tab>correct horse<Tab>correct hors<Enter>")
        .await;
    console.shows("The two passwords differ.");
    console.press("e<Enter>").await;
    console.shows("No organization yet.");
    console.shows("operator");
    console.press("n").await;
    console.shows("New organization");
    console.press("Acme Corp").await;
    console.shows("collection  org_acme_corp");
    console.press("<Tab>ann.acme<Tab>").await;
    console.shows("An email is one @ with something on both sides.");
    console
        .press("<S-Tab><C-u>ann@acme.example<Tab>correct horse<Tab>correct horse<Enter>")
        .await;
    console.shows("Acme Corp is created.");
    console.shows("org_acme_corp");
    console.press("q").await;
    assert!(console.is_over(), "{}", console.text());
    assert_eq!(console.left().await, Leave::Quit);
    assert_eq!(place.gate.revoked.lock().unwrap().len(), 1, "its token is ended");
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
    console.shows("master_db.org_acme_corp");
    console.shows("Documents       0");
    console.press("e<C-u>Acme Labs").await;
    console.shows("collection becomes org_acme_labs, documents stay");
    console.press("<C-s>").await;
    console.shows("Acme Corp is now Acme Labs.");
    console.shows("master_db.org_acme_labs");
    console.press("Dacme labs").await;
    console.shows("Case matters: type exactly  Acme Labs");
    console.press("<Enter>").await;
    console.shows("names differ");
    console.press("<C-u>").await;
    console.send(Event::Paste("Acme Labs\n".into()));
    console.press("<Enter>").await;
    console.shows("Acme Labs is deleted.");
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
    one.shows("Someone else changed it meanwhile: new@acme.example.");
    one.shows("Acme Labs");
    one.shows("new@acme.example");
    one.press("<C-s>").await;
    one.shows("Acme Corp is now Acme Labs.");
    other.press("r").await;
    other.shows("Acme Labs");
    other.shows("new@acme.example");
}
