//! Exporting and importing at the keyboard.

use super::*;
use crate::common::samples::{exported, import_preview};
use tenantry::archive::{ArchiveError, TargetError};
use tenantry::service::{ExportProgress, ImportProgress};
use tenantry::tui::cards::export_organization::ExportOrganization;
use tenantry::tui::effect::CallProgress;
use tenantry::tui::screens::import::{CheckImport, ImportOrganization};

const LONG: &str =
    "/var/lib/backups/tenants/production/europe-west/2026/11/24/acme-corp-before-the-migration.tar.gz";

fn plain() -> Look {
    Look { size: (80, 24), palette: Palette::Plain, ascii: true }
}

/// At the usual sizes, and in ASCII without colour.
fn at_each_look(name: &str, scene: impl Fn(Look) -> Scene) {
    at_each_size(name, &scene);
    let drawn = scene(plain()).text();
    let odd = drawn.chars().find(|c| !c.is_ascii() && !c.is_alphabetic());
    assert_eq!(odd, None, "{drawn}");
    assert_snapshot!(format!("{name}_ascii"), drawn);
}

fn exporting(look: Look) -> Scene {
    Scene::listing(look, several()).keys("jX")
}

fn half_way(documents: u64) -> CallProgress {
    CallProgress::Exporting(ExportProgress { documents, total: 12_408, bytes: documents * 1_293, written: 0 })
}

#[test]
fn export() {
    at_each_look("export", exporting);
    at_each_look("export_running", |look| exporting(look).keys("<Enter>").report(half_way(6_452)).later(12));
    let there = || Err(Error::ExportTarget(TargetError::Exists("./acme_corp-2026-11-24.tar.gz".into())));
    at_each_look("export_over_a_file", |look| exporting(look).keys("<Enter>").answer(there()));
    at_each_look("export_of_a_long_path", |look| {
        exporting(look).keys("<Enter>").answer(Ok(answer(Some(exported(LONG)))))
    });
    let scene = exporting(at(40, 10)).keys("<Enter>").report(half_way(6_452)).later(12);
    assert_snapshot!("smallest_export_running", scene.text());
}

#[test]
fn export_asks_for_what_the_card_says() {
    let scene = exporting(at(120, 40)).keys("<Tab><C-u>a.tar.gz<Enter>");
    let asked = scene.asked::<ExportOrganization>().unwrap();
    assert_eq!((asked.to.to_str(), asked.replaces, asked.documents_only), (Some("a.tar.gz"), false, true));
    let there = Err(Error::ExportTarget(TargetError::Exists("a.tar.gz".into())));
    let scene = scene.answer(there).keys("<Enter>");
    assert!(scene.waits_for_nothing(), "a file is replaced by y alone");
    let scene = scene.keys("y");
    assert!(scene.asked::<ExportOrganization>().unwrap().replaces);
    let scene = scene.answer(Ok(answer(Some(exported("a.tar.gz")))));
    assert!(
        scene.text().contains("✓ Acme Corp is exported: 12,408 documents in a.tar.gz (3.1 MiB)."),
        "{}",
        scene.text()
    );
}

/// What is told of a stopped export is what came of it.
#[test]
fn export_that_ended_before_it_was_stopped_is_told_as_done() {
    let scene = exporting(at(120, 40)).keys("<Enter><Esc>");
    assert!(scene.is_asked_to_stop() && scene.text().contains("Stopping."), "{}", scene.text());
    let scene = scene.answer(Ok(answer(Some(exported("a.tar.gz")))));
    assert!(scene.text().contains("Acme Corp is exported"), "{}", scene.text());
    // The second Ctrl-C does not wait for the first one.
    let scene = exporting(at(120, 40)).keys("<Enter><C-c>");
    assert!(scene.is_asked_to_stop() && scene.text().contains("Stopping."), "{}", scene.text());
    let scene = scene.keys("<C-c>");
    assert!(scene.text().contains("Ctrl-C again quits."), "{}", scene.text());
}

#[test]
fn refused_export_says_why_and_keeps_the_file() {
    let scene = exporting(at(80, 24)).keys("<C-u>b.tar.gz<Enter>");
    let refused = Err(Error::NotExportable("The collection org_acme_corp is a view.".into()));
    let scene = scene.answer(refused);
    assert_snapshot!("export_refused", scene.text());
    assert!(scene.keys("<Enter>").asks::<ExportOrganization>());
    let scene = Scene::listing(at(120, 40), several()).keys("jjX");
    assert!(scene.text().contains("Not now: it is being renamed."), "{}", scene.text());
}

fn importing(look: Look) -> Scene {
    Scene::listing(look, several()).keys("I/backup/acme.tar.gz<Tab><Tab><Tab>correct horse<Tab>correct horse")
}

#[test]
fn import() {
    at_each_look("import", |look| Scene::listing(look, several()).keys("I"));
    let checking = |look| {
        let progress =
            ImportProgress { checked_bytes: 12 << 20, file_bytes: 40 << 20, ..ImportProgress::default() };
        importing(look).keys("<Enter>").report(CallProgress::Importing(progress)).later(3)
    };
    at_each_look("import_checking", checking);
    let checked = |look| importing(look).keys("<Enter>").answer(Ok(answer(Some(import_preview()))));
    at_each_look("import_checked", checked);
    let running = |look| {
        let progress =
            ImportProgress { checked_bytes: 40 << 20, file_bytes: 40 << 20, documents: 5_000, total: 12_408 };
        checked(look).keys("<Enter>").report(CallProgress::Importing(progress)).later(7)
    };
    at_each_look("import_running", running);
    assert_snapshot!("smallest_import_running", running(at(40, 10)).text());
}

#[test]
fn import_sends_what_was_checked() {
    let scene = importing(at(120, 40)).keys("<S-Tab><S-Tab><S-Tab>Acme Two<C-s>");
    let checked = scene.asked::<CheckImport>().unwrap().0.clone();
    assert_eq!((checked.name.as_deref(), checked.email.as_deref()), (Some("Acme Two"), None));
    let scene = scene.answer(Ok(answer(Some(import_preview()))));
    // What is changed is checked again.
    let scene = scene.keys("<BS><Enter>");
    assert!(scene.waits_for_nothing(), "{}", scene.text());
    let scene = scene.keys("<C-s>").answer(Ok(answer(Some(import_preview())))).keys("<C-s>");
    let asked = scene.asked::<ImportOrganization>().unwrap();
    assert_eq!(asked.wanted.name.as_deref(), Some("Acme Tw"));
    assert_eq!(asked.wanted.file.to_str(), Some("/backup/acme.tar.gz"));
    let scene = scene.answer(Ok(answer(Some(organization("Acme Tw")))));
    assert!(scene.text().contains("Acme Tw is imported."), "{}", scene.text());
    assert!(scene.text().contains("▌ Acme Tw"), "{}", scene.text());
}

#[test]
fn import_is_refused_beside_the_field_that_it_is_about() {
    let scene = importing(at(80, 24)).keys("<Enter>").answer(Err(Error::InvalidArchive(ArchiveError::Cut)));
    assert_snapshot!("import_refused", scene.text());
    let scene = importing(at(80, 24)).keys("<Enter>").answer(Err(Error::NameTaken("Acme Corp".into())));
    let scene = scene.keys("Acme Two<C-s>");
    assert_eq!(scene.asked::<CheckImport>().unwrap().0.name.as_deref(), Some("Acme Two"));
    // Its answer is lost: a write is never begun again by itself.
    let scene = scene.answer(Ok(answer(Some(import_preview())))).keys("<Enter>");
    let lost =
        Error::Unavailable { place: "db1.internal:27017".into(), operation: Some(OperationId(Uuid::nil())) };
    let scene = scene.answer(Err(lost));
    assert!(scene.text().contains("The change may still be completed."), "{}", scene.text());
}

#[test]
fn admins_do_not_import() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures()
        .activity(Vec::new(), false);
    let scene = scene.keys("I");
    assert!(!scene.text().contains("Import"), "{}", scene.text());
    assert!(scene.keys("X").text().contains("Export Acme Corp"));
}
