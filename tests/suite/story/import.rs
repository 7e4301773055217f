//! Importing an archive: what is refused beside its field, stops, and what is there afterwards.

use super::export::filled;
use super::*;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tenantry::service::{ExportProgress, ExportRequest, ListQuery, OrganizationReference};
use tenantry::tui::app::Signal;
use tokio::sync::watch;

/// A store with an organization of so many documents, and the archive of it.
async fn exported(count: usize) -> (Place, TempDir, PathBuf) {
    let (place, folder) = filled(count).await;
    let file = folder.path().join("a.tar.gz");
    let request = ExportRequest { to: Some(file.clone()), ..ExportRequest::default() };
    let (progress, _heard) = watch::channel(ExportProgress::default());
    let (root, acme) = (token(&place, ROOT).await, OrganizationReference::Name("Acme Corp".into()));
    place.service.export_organization(&root, &acme, &request, &progress).await.unwrap();
    (place, folder, file)
}

/// The form, filled in: the file, these keys for name and email, and the password twice.
async fn filled_in(console: &Console, file: &Path, name: &str, email: &str) {
    console.press("I").await;
    console.shows("Import organization");
    console.send(Event::Paste(file.to_str().unwrap().into()));
    console.press(&format!("<Tab>{name}<Tab>{email}<Tab>{PASSWORD}<Tab>{PASSWORD}")).await;
}

async fn names(place: &Place) -> Vec<String> {
    let root = token(place, ROOT).await;
    let query = ListQuery { limit: 10, ..ListQuery::default() };
    let page = place.service.list_organizations(&root, &query).await.unwrap();
    page.items.iter().map(|row| row.name.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_and_email_are_refused_beside_their_fields_and_others_are_imported() {
    let (place, _folder, file) = exported(1_500).await;
    let console = Console::signed_in(&place).await;
    filled_in(&console, &file, "", "").await;
    console.press("<C-s>").await;
    console.shows("An organization named \"Acme Corp\" already exists.");
    console.press("Acme Two<C-s>").await;
    console.shows("admin0@x.example");
    console.press("two@x.example<Enter>").await;
    console.press("<C-s>").await;
    console.shows("org_acme_two");
    console.shows("1,500");
    assert_eq!(names(&place).await, ["Acme Corp"], "nothing before it is confirmed");
    console.press("<Enter>").await;
    console.shows("Acme Two is imported.");
    console.shows("▌ Acme Two");
    assert_eq!(names(&place).await, ["Acme Corp", "Acme Two"]);
    console.press("<Enter>").await;
    console.shows("documents   1,500");
}

#[tokio::test(start_paused = true)]
async fn a_stopped_import_leaves_nothing_and_keeps_what_is_typed() {
    let (place, _folder, file) = exported(1_500).await;
    let console = Console::signed_in(&place).await;
    filled_in(&console, &file, "Acme Two", "two@x.example").await;
    for stop in ["<Esc>", "<C-c>"] {
        console.press("<C-s>").await;
        console.shows("org_acme_two");
        set(&place.gate.holds_writes, true);
        console.press("<Enter>").await;
        pass(1).await;
        console.shows("importing: 0 of 1,500 documents");
        console.press(stop).await;
        set(&place.gate.holds_writes, false);
        place.gate.permits.add_permits(1);
        console.settle().await;
        console.shows("Stopped. Nothing was imported.");
        assert_eq!(names(&place).await, ["Acme Corp"], "{stop}");
    }
    console.press("<C-s>").await;
    console.press("<Enter>").await;
    console.shows("Acme Two is imported.");
}

#[tokio::test(start_paused = true)]
async fn leaving_stops_a_running_import_and_waits_until_nothing_is_left() {
    let (place, _folder, file) = exported(1_500).await;
    let console = Console::signed_in(&place).await;
    filled_in(&console, &file, "Acme Two", "two@x.example").await;
    console.press("<C-s>").await;
    set(&place.gate.holds_writes, true);
    console.press("<Enter>").await;
    console.send(Event::Signal(Signal::Terminate));
    console.settle().await;
    console.shows("Finishing: importing Acme Two.");
    assert!(!console.is_over());
    set(&place.gate.holds_writes, false);
    place.gate.permits.add_permits(1);
    assert_eq!(console.left().await, Leave::Terminated);
    assert_eq!(names(&place).await, ["Acme Corp"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_no_archive_is_refused_beside_its_field() {
    let (place, folder, file) = exported(3).await;
    let bytes = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut.tar.gz");
    std::fs::write(&cut, bytes.get(..bytes.len() / 2).unwrap()).unwrap();
    let console = Console::signed_in(&place).await;
    filled_in(&console, &cut, "Acme Two", "two@x.example").await;
    console.press("<C-s>").await;
    console.shows("it was cut");
    console.press("<Esc>").await;
    console.shows("lose what was typed");
    console.press("y").await;
    console.shows("Organizations  1");
}
