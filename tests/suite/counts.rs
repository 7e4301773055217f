//! How often the console draws, and which keys it answers: counted in the real loop, under paused time.

use crate::common::console::{Console, PASSWORD, Place, ROOT};
use crate::common::gate::set;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tenantry::domain::{AccountId, Epoch, Organization, OrganizationId, State};
use tenantry::tui::event::Event;
use uuid::Uuid;

fn many(count: u128) -> Vec<Arc<Organization>> {
    (0..count)
        .map(|number| {
            let name = format!("organization {number:06}");
            Arc::new(Organization {
                id: OrganizationId(Uuid::from_u128(number)),
                name_key: name.clone(),
                former_email_key: None,
                name,
                collection: None,
                collection_uuid: None,
                admin_id: AccountId(Uuid::from_u128(number)),
                admin_email: format!("admin{number}@x.example"),
                state: State::Active,
                suspension: None,
                deletion: None,
                epoch: Epoch(1),
                unchanged_since: Epoch(1),
                created_at: "2025-11-30T09:12:44Z".parse().unwrap(),
                updated_at: "2026-11-22T17:40:03Z".parse().unwrap(),
            })
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_keys_is_one_draw() {
    let place = Place::with(&["A", "B", "C", "D", "E", "F"]).await;
    let console = Console::signed_in(&place).await;
    console.draws();
    console.press("jjjjkkjj").await;
    assert_eq!(console.draws(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_paste_of_a_thousand_characters_is_one_draw() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.press("n").await;
    console.draws();
    console.send(Event::Paste("x".repeat(1_000)));
    console.settle().await;
    assert_eq!(console.draws(), 1);
    let console = Console::signed_in(&place).await;
    console.press("n").await;
    console.draws();
    console.press(&"x".repeat(1_000)).await;
    assert_eq!(console.draws(), 1, "also typed at once, as terminals without bracketed paste do");
}

#[tokio::test(start_paused = true)]
async fn keys_that_mean_nothing_draw_nothing() {
    let place = Place::initialized().await;
    let console = Console::signed_in(&place).await;
    console.draws();
    console.press("zxcvb").await;
    assert_eq!(console.draws(), 0);
}

#[tokio::test(start_paused = true)]
async fn idle_draws_only_the_clock() {
    let place = Place::with(&["Acme"]).await;
    let console = Console::start(&place).await;
    console.draws();
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(console.draws(), 0, "on the sign-in nothing is due");
    console.press(&format!("{ROOT}<Tab>{PASSWORD}<Enter>")).await;
    console.draws();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(console.draws(), 0);
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert_eq!(console.draws(), 10, "once a minute");
    tokio::time::sleep(Duration::from_mins(15)).await;
    console.shows("left");
    console.draws();
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(console.draws(), 10, "once a second at the end");
}

#[tokio::test(start_paused = true)]
async fn keys_are_answered_between_two_pages() {
    let place = Place::initialized().await;
    *place.gate.many.lock().unwrap() = many(5_000);
    set(&place.gate.holds_pages, true);
    place.gate.permits.add_permits(1);
    let console = Console::signed_in(&place).await;
    console.shows("Organizations  200…");
    console.press("jjj").await;
    console.shows("▌ organization 000003");
    console.press("/000150<Enter>").await;
    console.shows("1 of 200…");
    place.gate.permits.add_permits(1);
    console.settle().await;
    console.shows("1 of 1,200…");
    assert_eq!(place.gate.pages.load(Ordering::SeqCst), 3);
    console.press("<C-c>").await;
    console.shows("Stopped reading.");
    console.press("<Esc>").await;
    console.shows("▌ organization 000150");
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_organizations() {
    let place = Place::initialized().await;
    *place.gate.many.lock().unwrap() = many(100_000);
    let console = Console::signed_in(&place).await;
    console.shows("Organizations  100,000");
    console.press("G").await;
    console.shows("▌ organization 099999");
    console.draws();
    console.press("/o 77777").await;
    console.shows("of 100,000");
    console.shows("organization 077777");
    // The keys, and behind them what is read of the row that is left.
    assert!(console.draws() <= 2);
    console.press("<Esc>O").await;
    console.shows("NAME ▼");
}
