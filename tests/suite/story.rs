//! Stories: key strings through the real loop, on the embedded store, under paused time.

mod activity;
mod doctor;
mod documents;
mod editing;
mod export;
mod import;
mod layers;
mod live;
mod meanwhile;
mod mouse;
mod operators;
mod organizations;
mod own_account;
mod trash;
mod trying;

use crate::common::console::{Console, PASSWORD, Place, ROOT};
use crate::common::gate::set;
use std::time::Duration;
use tenantry::domain::AccessToken;
use tenantry::service::OperationId;
use tenantry::tui::Leave;
use tenantry::tui::event::Event;

/// A second operator.
const KIM: &str = "kim@example.com";

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

async fn token(place: &Place, email: &str) -> AccessToken {
    place.service.sign_in(email, &PASSWORD.into()).await.unwrap().token
}

/// A store with a second operator.
async fn with_kim() -> Place {
    let place = Place::with(&["Acme Corp"]).await;
    let root = token(&place, ROOT).await;
    place.service.add_operator(&root, KIM, PASSWORD.into(), OperationId::random()).await.unwrap();
    place
}

async fn signed_in_as(place: &Place, email: &str) -> Console {
    let console = Console::start(place).await;
    console.press(&format!("{email}<Tab>{PASSWORD}<Enter>")).await;
    console
}
