//! More stories: what others do meanwhile, an admin's console, and what the log must not know.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![expect(clippy::panic, clippy::string_slice, reason = "key strings are ASCII and ours")]

#[path = "common/console.rs"]
#[expect(dead_code, reason = "each test file uses its part")]
mod console;
#[path = "common/gate.rs"]
mod gate;
#[path = "common/keys.rs"]
mod keys;

use console::{Console, PASSWORD, Place, ROOT};
use gate::set;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::filter::EnvFilter;

#[tokio::test(start_paused = true)]
async fn a_delete_looks_again_when_someone_else_changed_it() {
    let place = Place::with(&["Acme Corp"]).await;
    let (one, other) = (Console::signed_in(&place).await, Console::signed_in(&place).await);
    one.press("DAcme Corp").await;
    other.press("e<Tab><C-u>new@acme.example<C-s>").await;
    one.press("<Enter>").await;
    one.shows("Someone else changed it meanwhile; look again.");
    one.shows("new@acme.example");
    one.press("<Enter>").await;
    one.shows("Acme Corp is deleted.");
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
    console.shows("Acme Corp is deleted, and your account with it.");
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
    console.press("<Enter>?").await;
    console.shows("Keys: organization");
    console.press("<Esc><Esc>").await;
    console.shows("Organizations  1");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn the_log_at_trace_knows_no_password_and_no_key_pressed() {
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
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("happened"), "the loop logs what it hears");
    for secret in [PASSWORD, "pasted horse", "InsertChar", "eyJ"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
