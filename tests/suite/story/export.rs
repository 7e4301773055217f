//! Exporting an organization: how far it is, stops, files that are there, refusals, and ways out.

use super::*;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tenantry::archive::{Archive, Watch};
use tenantry::domain::document::json::read;
use tenantry::service::OrganizationReference;
use tenantry::tui::app::Signal;

/// An organization with so many documents, and a folder for exports.
pub(super) async fn filled(count: usize) -> (Place, TempDir) {
    let place = Place::with(&["Acme Corp"]).await;
    let root = token(&place, ROOT).await;
    let acme = OrganizationReference::Name("Acme Corp".into());
    let documents: Vec<_> =
        (0..count).map(|number| read(&format!(r#"{{"_id":{number}}}"#)).unwrap()).collect();
    for documents in documents.chunks(1_000) {
        for outcome in place.service.insert_documents(&root, &acme, documents.to_vec()).await.unwrap() {
            outcome.unwrap();
        }
    }
    (place, tempfile::tempdir().unwrap())
}

/// The card, with this file in its field.
async fn asked(console: &Console, file: &Path) {
    console.press("X<C-u>").await;
    console.send(Event::Paste(file.to_str().unwrap().into()));
    console.settle().await;
}

fn files(folder: &TempDir) -> Vec<PathBuf> {
    std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Told in a notice, or on the card where the whole path finds no room beside what else stands there.
#[track_caller]
fn is_exported(console: &Console, file: &Path, count: &str) {
    let screen = console.text();
    let file = file.to_str().unwrap();
    let in_a_notice = screen.contains(&format!("Acme Corp is exported: {count} documents in {file} ("));
    let on_the_card = screen.contains("Exported Acme Corp")
        && screen.contains(file)
        && screen.contains(&format!("documents     {count}"));
    assert!(in_a_notice || on_the_card, "{screen}");
}

fn documents(file: &Path) -> u64 {
    Archive::open(file, Watch::default()).unwrap().manifest.documents
}

#[tokio::test(start_paused = true)]
async fn an_export_tells_how_far_it_is_and_then_where_it_is() {
    let (place, folder) = filled(2_500).await;
    let file = folder.path().join("a.tar.gz");
    let console = Console::signed_in(&place).await;
    console.press("X").await;
    console.shows("./acme_corp-2026-11-24.tar.gz");
    console.press("<Esc><Enter>").await;
    asked(&console, &file).await;
    console.shows("documents, indexes and activity");
    console.press("<Tab>").await;
    console.shows("documents and indexes, without its activity");
    set(&place.gate.holds_pages, true);
    console.press("<Enter>").await;
    place.gate.permits.add_permits(1);
    pass(2).await;
    console.shows("1,000 of 2,500 documents");
    console.shows("40 %");
    console.shows("2 s");
    place.gate.permits.add_permits(2);
    console.settle().await;
    is_exported(&console, &file, "2,500");
    assert_eq!(documents(&file), 2_500);
    assert_eq!(Archive::open(&file, Watch::default()).unwrap().manifest.activity, None);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_export_leaves_no_file_and_can_begin_again() {
    let (place, folder) = filled(1_500).await;
    let file = folder.path().join("a.tar.gz");
    let console = Console::signed_in(&place).await;
    asked(&console, &file).await;
    for stop in ["<Esc>", "<C-c>"] {
        set(&place.gate.holds_pages, true);
        console.press("<Enter>").await;
        place.gate.permits.add_permits(1);
        pass(1).await;
        console.shows("1,000 of 1,500 documents");
        console.press(stop).await;
        console.shows("Stopped. No file was written.");
        assert_eq!(files(&folder), Vec::<PathBuf>::new(), "{stop}");
        set(&place.gate.holds_pages, false);
    }
    console.press("<Enter>").await;
    is_exported(&console, &file, "1,500");
    assert_eq!(documents(&file), 1_500);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_there_is_replaced_only_after_a_question() {
    let (place, folder) = filled(3).await;
    let file = folder.path().join("a.tar.gz");
    std::fs::write(&file, "mine").unwrap();
    let console = Console::signed_in(&place).await;
    asked(&console, &file).await;
    console.press("<Enter>").await;
    console.shows("Replace it?");
    console.press("<Esc>").await;
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    console.press("<Enter>").await;
    console.press("y").await;
    is_exported(&console, &file, "3");
    assert_eq!(documents(&file), 3);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_exported_says_why_and_keeps_the_file_that_was_typed() {
    let (place, folder) = filled(3).await;
    let console = Console::signed_in(&place).await;
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.path().join("link")).unwrap();
    for (name, why) in [
        ("folder", "is a folder"),
        ("link", "is a symbolic link"),
        ("none/a.tar.gz", "does not exist"),
        ("folder/", "does not name a file"),
    ] {
        let file = format!("{}/{name}", folder.path().display());
        console.press("X<C-u>").await;
        console.send(Event::Paste(file.clone()));
        console.press("<Enter>").await;
        console.shows(why);
        console.shows(&file);
        console.press("<Esc>").await;
    }
    place.drop_collection("org_acme_corp");
    asked(&console, &folder.path().join("a.tar.gz")).await;
    console.press("<Enter>").await;
    console.shows("org_acme_corp");
    console.shows("is missing");
    assert_eq!(files(&folder).len(), 2, "what was there before");
}

#[tokio::test(start_paused = true)]
async fn leaving_ends_a_running_export_without_a_file() {
    let (place, folder) = filled(1_500).await;
    let console = Console::signed_in(&place).await;
    asked(&console, &folder.path().join("a.tar.gz")).await;
    set(&place.gate.holds_pages, true);
    console.press("<Enter>").await;
    place.gate.permits.add_permits(1);
    pass(1).await;
    console.send(Event::Signal(Signal::Terminate));
    assert_eq!(console.left().await, Leave::Terminated);
    place.service.writes_end().await;
    assert_eq!(files(&folder), Vec::<PathBuf>::new());
}

#[tokio::test(start_paused = true)]
async fn an_export_goes_on_after_a_lost_connection() {
    let (place, folder) = filled(1_500).await;
    let file = folder.path().join("a.tar.gz");
    let console = Console::signed_in(&place).await;
    asked(&console, &file).await;
    set(&place.gate.holds_pages, true);
    console.press("<Enter>").await;
    place.gate.permits.add_permits(1);
    pass(1).await;
    set(&place.gate.is_down, true);
    set(&place.gate.holds_pages, false);
    place.gate.permits.add_permits(1);
    pass(60).await;
    console.shows("No answer from");
    console.shows("It begins again as soon as the store answers.");
    set(&place.gate.is_down, false);
    pass(60).await;
    is_exported(&console, &file, "1,500");
    assert_eq!(documents(&file), 1_500);
}

#[tokio::test(start_paused = true)]
async fn an_admin_exports_its_own_organization_also_from_its_documents() {
    let (place, folder) = filled(3).await;
    let console = signed_in_as(&place, "admin0@x.example").await;
    console.shows("org_acme_corp");
    asked(&console, &folder.path().join("a.tar.gz")).await;
    console.press("<Enter>").await;
    is_exported(&console, &folder.path().join("a.tar.gz"), "3");
    console.press("<Esc>2").await;
    asked(&console, &folder.path().join("b.tar.gz")).await;
    console.press("<Enter>").await;
    is_exported(&console, &folder.path().join("b.tar.gz"), "3");
    assert_eq!(files(&folder).len(), 2);
}
