//! The activity of an organization, and going somewhere by its name.

use super::*;
use tenantry::service::{OperationId, OrganizationReference, UpdateOrganization};

#[tokio::test(start_paused = true)]
async fn what_was_done_is_shown_and_filtered_by_who_and_when() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    pass(10 * 60).await;
    place.service.sign_in("admin0@x.example", &PASSWORD.into()).await.unwrap();
    console.press("<Enter>3").await;
    console.shows("signed in");
    console.shows("created");
    console.shows("Acme Corp, admin admin0@x.example");
    console.shows_not("admin1@x.example");
    console.press("1e<C-u>Acme Labs<C-s>").await;
    console.press("3").await;
    console.shows("renamed");
    console.shows("Acme Corp → Acme Labs");
    console.press("/actor:ADMIN0@x.example<Enter>").await;
    console.shows("/ actor:ADMIN0@x.example");
    console.shows("signed in");
    console.shows_not("renamed");
    console.shows_not("created");
    console.press("/ since:5m<Enter>").await;
    console.shows("signed in");
    console.press("/<C-u>action:renamed<Enter>").await;
    console.shows("Acme Corp → Acme Labs");
    console.shows_not("signed in");
    console.press("/<C-u>!renamed !\"signed in\"<Enter>").await;
    console.shows("created");
    console.shows_not("Acme Corp → Acme Labs");
    console.press("<Esc>").await;
    console.shows("created");
    console.press("/since:5m<Enter>").await;
    console.shows("renamed");
    console.shows_not("created");
    console.press("/<C-u>since:5m actor:admin1@x.example<Enter>").await;
    console.shows("Nothing matches  since:5m actor:admin1@x.example");
    console.press("/<C-u>actor:nobody@x.example<Enter>").await;
    console.shows("No account and no entry of the audit has the email \"nobody@x.example\".");
    console.press("<Esc>").await;
    console.shows("created");
    console.press("<Esc>").await;
    console.shows("Organizations  2");
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_is_not_understood_says_what_is() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>[/plan:pro<Enter>").await;
    console.shows("Unknown filter field \"plan\". Known fields: action, actor, org, since.");
    console.press("<C-u>action:destroyed<Enter>").await;
    console.shows("Unknown action \"destroyed\". Known actions: signed_in");
    console.press("<C-u>since:tomorrow<Enter>").await;
    console.shows("since: Not a time: \"tomorrow\". Write 7d, 24h");
    console.press("<C-u>since:1d<Enter>").await;
    console.shows("created");
    console.press("/x<Esc>").await;
    console.shows_not("since:1d");
    console.shows("created");
}

#[tokio::test(start_paused = true)]
async fn an_admin_reads_the_own_activity() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::start(&place).await;
    console.press("admin0@x.example<Tab>wrong horse<Enter>").await;
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.press("[").await;
    console.shows("failed      to sign in");
    console.shows("created");
    console.press("1").await;
    console.shows("Identity");
    console.press("3qy").await;
    assert_eq!(console.left().await, Leave::Quit, "no list lies above it");
}

#[tokio::test(start_paused = true)]
async fn pages_are_read_on_towards_the_oldest_entry() {
    let place = Place::with(&["Acme Corp"]).await;
    let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    for number in 0..230 {
        let name = OrganizationReference::Name("Acme Corp".into());
        let request = UpdateOrganization {
            admin_email: Some(format!("admin{number}@y.example")),
            ..UpdateOrganization::default()
        };
        let operation = OperationId::random();
        place.service.update_organization(&root.token, &name, request, operation).await.unwrap();
    }
    let console = Console::signed_in(&place).await;
    console.press("<Enter>3").await;
    console.shows("admin229@y.example");
    console.press("G").await;
    console.shows("admin130@y.example");
    console.press("G").await;
    console.press("G").await;
    console.shows("created");
    console.press("g").await;
    console.shows("admin229@y.example");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_while_the_activity_is_read() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>").await;
    set(&place.gate.is_down, true);
    console.press("3r").await;
    console.shows("No answer from");
    set(&place.gate.is_down, false);
    pass(1).await;
    console.shows_not("No answer from");
    console.shows("created");
}

#[tokio::test(start_paused = true)]
async fn the_activity_goes_on_after_signing_in_again() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("<Enter>").await;
    let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
    place.service.sign_out(&root.token, true).await.unwrap();
    console.press("3r").await;
    console.shows("Your session was ended.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("created");
}

#[tokio::test(start_paused = true)]
async fn an_organization_is_opened_by_its_name_from_anywhere() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    console.press("o").await;
    console.shows("Operators  1");
    console.press(":zeph<Enter>").await;
    console.shows("org_zephyr_air");
    console.press("3<C-p>acm<Enter>").await;
    console.shows("org_acme_corp");
    console.press("q").await;
    console.shows("▌ Acme Corp");
    console.press(":operators<Enter>").await;
    console.shows("Operators  1");
    console.press(":organizations<Enter>").await;
    console.shows("Organizations  2");
}

#[tokio::test(start_paused = true)]
async fn everything_else_by_its_name() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press(":nothing is called so<Enter>").await;
    console.shows("No match.");
    console.press("<Esc>:new<Enter>").await;
    console.shows("New organization");
    console.press("<Esc>").await;
    let pages = place.gate.pages.load(std::sync::atomic::Ordering::SeqCst);
    console.press(":refresh<Enter>").await;
    assert!(place.gate.pages.load(std::sync::atomic::Ordering::SeqCst) > pages, "it was read anew");
    console.press(":keys<Enter>").await;
    console.shows("Keys: organizations");
    console.press("<Esc>:quit<Enter>y").await;
    assert_eq!(console.left().await, Leave::Quit);
    assert_eq!(place.gate.revoked.lock().unwrap().len(), 1, "its token is ended");
}

#[tokio::test(start_paused = true)]
async fn the_activity_of_the_whole_store_is_filtered_and_leads_to_an_organization() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::signed_in(&place).await;
    console.press("a").await;
    console.shows("Activity  of the whole store");
    console.shows("Acme Corp, admin admin0@x.example");
    console.shows("Zephyr Air, admin admin1@x.example");
    console.press("/zephyr created<Enter>").await;
    console.shows("/ zephyr created");
    console.shows_not("Acme Corp");
    console.press("/<C-u>org:nobody<Enter>").await;
    console.shows("No organization is or was called \"nobody\".");
    console.press("/<C-u>org:\"zephyr air\" !created !failed<Enter>").await;
    console.shows("Nothing matches");
    console.press("<Esc>/zephyr<Enter>").await;
    console.shows_not("Acme Corp");
    console.press("<Enter>").await;
    console.shows("organization  Zephyr Air");
    console.press("<Esc>d").await;
    console.shows("org_zephyr_air");
    console.press("e<C-u>Zephyr Labs<C-s>").await;
    console.shows("Zephyr Air is now Zephyr Labs.");
    console.press("q").await;
    console.shows("renamed");
    console.shows("Zephyr Air → Zephyr Labs");
    console.press("<Esc>").await;
    console.shows("Acme Corp");
    console.press("<Esc>").await;
    console.shows("Organizations  2");
}

#[tokio::test(start_paused = true)]
async fn an_admin_sees_the_activity_of_its_own_organization_there() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let console = Console::start(&place).await;
    console.press(&format!("admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.press(":activity<Enter>").await;
    console.shows("Activity  of your organization");
    console.shows("Acme Corp, admin admin0@x.example");
    console.shows_not("Zephyr");
    console.press("q").await;
    console.shows("Identity");
}
