//! Secrets that must not appear in the log at trace level while the console runs.

use crate::captured::Log;
use crate::common::console::{Console, PASSWORD, Place, ROOT};
use tracing_subscriber::filter::EnvFilter;

#[tokio::test(start_paused = true)]
async fn trace_log_contains_no_password_and_no_key_press() {
    let _alone = crate::LOG.lock().await;
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_writer(move || written.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let place = Place::empty();
    let console = Console::start(&place).await;
    console.press(&format!("{ROOT}<Tab>{PASSWORD}<Tab>{PASSWORD}<Enter>")).await;
    console.press(&format!("nCanary Corp<Tab>a@b.example<Tab>{PASSWORD}<Tab>{PASSWORD}<Enter>")).await;
    console.shows("Canary Corp is created.");
    console.send(tenantry::tui::event::Event::Paste("pasted horse".into()));
    console.settle().await;
    // The password of an operator, then one's own, with a refusal first.
    console.press("<Esc>o").await;
    console.press("nkim@example.com<Tab>canary-added<Tab>canary-added<Enter>").await;
    console.shows("kim@example.com is an operator now.");
    console.press("pcanary-given<Tab>canary-given<Enter>").await;
    console.shows("kim@example.com has a new password.");
    console.press("Gpcanary-own<Tab>canary-own<Tab>canary-wrong<Enter>").await;
    console.shows("This is not your current password.");
    console.press(&format!("{PASSWORD}<Enter>")).await;
    console.shows("Your email or password was changed.");
    console.press("canary-own<Enter>").await;
    console.press(":account<Enter>").await;
    console.press("<Tab>canary-last<Tab>canary-last<Tab>canary-own<Enter>").await;
    console.shows("Your email or password was changed.");
    let log = log.take();
    assert!(log.contains("happened"), "the loop logs what it hears");
    for secret in [PASSWORD, "pasted horse", "canary-", "InsertChar", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
