//! What is suspended, deleted and due, and what the store cannot promise.

use super::*;
use tenantry::domain::Status;
use tenantry::service::{ListQuery, OperationId, OrganizationReference};

fn acme() -> OrganizationReference {
    OrganizationReference::Name("Acme Corp".into())
}

async fn in_trash(place: &Place) -> usize {
    let query = ListQuery { status: Some(Status::Deleted), limit: 10, ..ListQuery::default() };
    let root = token(place, ROOT).await;
    place.service.list_organizations(&root, &query).await.unwrap().items.len()
}

#[tokio::test(start_paused = true)]
async fn a_console_of_an_operator_purges_what_is_due_behind_its_list() {
    let place = Place::with(&["Acme Corp", "Zephyr Air"]).await;
    let root = token(&place, ROOT).await;
    let operation = OperationId::random();
    place.service.delete_organization(&root, &acme(), "Acme Corp", None, false, operation).await.unwrap();
    // Two days ago, and an entry of the audit that bears witness of yesterday.
    let day = 86_400_000;
    let now = place.service.now().as_millisecond();
    place.harm(&format!(
        "UPDATE organizations SET purge_at = {} WHERE state = 'deleted';
         UPDATE audit SET at = {} WHERE action = 'init'",
        now - 2 * day,
        now - day - 1
    ));
    let console = Console::start(&place).await;
    console.press(&format!("admin1@x.example<Tab>{PASSWORD}<Enter>")).await;
    assert_eq!(in_trash(&place).await, 1, "an admin purges nothing");
    let console = Console::signed_in(&place).await;
    console.shows("Organizations  1");
    pass(1).await;
    assert_eq!(in_trash(&place).await, 0);
}

#[tokio::test(start_paused = true)]
async fn the_sign_in_tells_what_the_store_cannot_promise() {
    let place = Place::with(&["Acme Corp"]).await;
    *place.gate.warnings.lock().unwrap() = vec!["This server ignores collectionUUID.".to_owned()];
    let console = Console::start(&place).await;
    console.shows("Sign in");
    console.shows("! This server ignores collectionUUID.");
}

#[tokio::test(start_paused = true)]
async fn a_suspended_admin_reads_the_reason_at_the_sign_in() {
    let place = Place::with(&["Acme Corp"]).await;
    let root = token(&place, ROOT).await;
    let operation = OperationId::random();
    let reason = "invoice 4711 is unpaid";
    place.service.suspend_organization(&root, &acme(), reason, None, operation).await.unwrap();
    let console = Console::start(&place).await;
    console.press(&format!("admin0@x.example<Tab>{PASSWORD}<Enter>")).await;
    console.shows("This organization is suspended: invoice 4711 is unpaid.");
    console.shows("Ask the operators of the platform.");
    let console = Console::signed_in(&place).await;
    console.shows("‖ suspended");
    console.press("/state:active<Enter>").await;
    console.shows("0 of 1");
    console.press("<Esc><Enter>").await;
    console.shows("by root@example.com: invoice 4711 is unpaid.");
}
