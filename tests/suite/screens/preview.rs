//! The selected organization beside the list.

use super::*;
use crate::common::samples::{entry, stats};
use serde_json::json;
use tenantry::domain::{AuditAction, AuditEntry};

fn recent() -> Vec<AuditEntry> {
    let renamed = [("organization_name", json!({"from": "Acme", "to": "Acme Corp"}))];
    let suspended = [("reason", json!({"from": null, "to": "unpaid"}))];
    let made = [
        ("organization_name", json!({"from": null, "to": "Acme"})),
        ("admin_email", json!({"from": null, "to": "ops@acme-corp.example"})),
    ];
    vec![
        entry("2026-11-24T11:12:10Z", "ops@acme-corp.example", AuditAction::SignIn, &[]),
        entry("2026-11-24T08:57:02Z", "ops@acme-corp.example", AuditAction::SignInFailed, &[]),
        entry("2026-11-22T17:40:03Z", "root@example.com", AuditAction::OrganizationRename, &renamed),
        entry("2026-11-01T17:40:03Z", "root@example.com", AuditAction::OrganizationResume, &[]),
        entry("2026-10-30T17:40:03Z", "root@example.com", AuditAction::OrganizationSuspend, &suspended),
        entry("2026-09-01T09:12:44Z", "root@example.com", AuditAction::OrganizationCreate, &made),
    ]
}

fn missing() -> Error {
    Error::CollectionMissing("org_acme_corp is missing.".into())
}

#[test]
fn preview_stands_beside_the_list_from_110_columns_on() {
    for (columns, rows) in [(120, 40), (160, 50)] {
        let scene = Scene::listing(at(columns, rows), several()).sizes(row_read).keys("j");
        let scene = scene.preview(Ok(stats()), recent()).preview(Ok(stats()), recent());
        assert_snapshot!(format!("preview_{columns}x{rows}"), scene.text());
    }
    let narrow = Scene::listing(at(109, 40), several()).keys("j");
    assert_eq!(narrow.previews(), 0, "what is not shown is not read");
    assert_eq!(narrow.resized(110, 40).previews(), 1, "a wider terminal shows it");
}

#[test]
fn selection_that_moves_on_reads_only_where_it_comes_to_rest() {
    let scene = Scene::listing(at(120, 40), several()).keys("jjjjj");
    assert_eq!(scene.previews(), 1, "one at a time, however many keys");
    let scene = scene.preview(Ok(stats()), recent());
    assert!(!scene.text().contains("documents   12,408"), "what was read belongs to another row");
    let scene = scene.preview(Ok(stats()), recent());
    assert!(scene.text().contains("documents   12,408"), "{}", scene.text());
    assert_eq!(scene.previews(), 0);
}

#[test]
fn missing_collection_is_counted_and_marked_until_it_is_there_again() {
    let scene = Scene::listing(at(120, 40), several()).preview(Err(missing()), Vec::new());
    let text = scene.text();
    assert!(text.contains("! 1 missing") && text.contains("! missing"), "{text}");
    let scene = scene.keys("r").page(several(), false).preview(Ok(stats()), Vec::new());
    assert!(!scene.text().contains("missing"), "{}", scene.text());
}

#[test]
fn refresh_reads_the_preview_again_behind_what_is_there() {
    let scene = Scene::listing(at(120, 40), several()).preview(Ok(stats()), recent()).keys("r");
    let scene = scene.page(several(), false);
    assert_eq!(scene.previews(), 1);
    assert!(scene.text().contains("documents   12,408"), "{}", scene.text());
}

#[test]
fn head_counts_what_is_shown_and_not_usual() {
    let text = Scene::listing(at(120, 40), several()).text();
    assert!(text.contains("Organizations  9 · ↻ 2 in work · ‖ 1 suspended"), "{text}");
    let text = Scene::listing(at(120, 40), several()).keys("/state:suspended<Enter>").text();
    assert!(text.contains("Organizations  1 of 9 · ‖ 1 suspended"), "{text}");
}
