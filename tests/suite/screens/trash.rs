//! Suspending, deleting, restoring and purging at the keyboard.

use super::*;
use jiff::SignedDuration;
use tenantry::domain::{Deletion, OrganizationId};
use tenantry::service::{DeletedOrganization, PurgedOrganization};
use tenantry::tui::cards::delete_organization::DeleteOrganization;
use tenantry::tui::cards::purge_organization::PurgeOrganization;
use tenantry::tui::cards::suspend_organization::ChangeSuspension;
use tenantry::tui::screens::form::RestoreOrganization;
use tenantry::tui::screens::trash::ReadTrash;

/// An organization that was deleted so many hours ago, and is kept for a week.
fn deleted(name: &str, hours: i64) -> Arc<Organization> {
    let mut organization = Organization::clone(&organization(name));
    let at = "2026-11-24T12:00:00Z".parse::<jiff::Timestamp>().unwrap() - SignedDuration::from_hours(hours);
    organization.state = State::Deleted;
    organization.deletion = Some(Deletion {
        at,
        by: "root@example.com".into(),
        purge_at: at + SignedDuration::from_hours(7 * 24),
        name_key: std::mem::take(&mut organization.name_key),
    });
    Arc::new(organization)
}

/// What the delete of Acme Corp answers.
fn of_acme() -> DeletedOrganization {
    let shown = organization("Acme Corp");
    DeletedOrganization {
        organization_id: shown.id,
        organization_name: shown.name.clone(),
        collection_name: "org_acme_corp".into(),
        purge_at: Some("2026-12-01T12:00:00Z".parse().unwrap()),
        collection_left: None,
        ends_session: false,
    }
}

pub(super) fn in_trash(look: Look) -> Scene {
    let rows = vec![deleted("Acme Corp", 3), deleted("Café Noir", 6 * 24 + 2), deleted("Zephyr Air", 8 * 24)];
    Scene::listing(look, several()).keys(":trash<Enter>").page(rows, false)
}

#[test]
fn trash() {
    at_each_size("trash", in_trash);
    let empty = Scene::listing(at(80, 24), several()).keys(":trash<Enter>").page(Vec::new(), false);
    assert_snapshot!("trash_empty", empty.text());
    at_each_size("purge", |look| in_trash(look).keys("DAcme Corp"));
    at_each_size("restore", |look| in_trash(look).keys("u"));
}

#[test]
fn trash_is_filtered() {
    at_each_size("trash_filtering", |look| in_trash(look).keys("/a !zeph"));
    let scene = in_trash(at(80, 24)).keys("/caf<Enter>");
    let text = scene.text();
    assert!(text.contains("Trash  1 of 3   / caf") && text.contains("▌ Café Noir"), "{text}");
    let scene = scene.keys("D");
    assert!(scene.text().contains("Type Café Noir to purge it"), "{}", scene.text());
    let scene = scene.keys("<Esc><Esc>");
    assert!(scene.text().contains("Trash  3") && scene.text().contains("▌ Café Noir"), "{}", scene.text());
    assert!(!scene.keys("<Esc>").text().contains("Trash"), "back");
    let none = in_trash(at(80, 24)).keys("/qqq");
    assert_snapshot!("trash_without_a_match", none.text());
    let unknown = in_trash(at(80, 24)).keys("/colour:red<Enter>");
    assert!(unknown.text().contains("Unknown filter field \"colour\""), "{}", unknown.text());
}

#[test]
fn filter_for_deleted_organizations_leads_to_the_trash() {
    let scene = Scene::listing(at(80, 24), several()).keys("/state:deleted");
    assert!(scene.text().contains("Deleted organizations are in the trash."), "{}", scene.text());
    assert!(scene.keys("<Enter>").asks::<ReadTrash>());
}

#[test]
fn deleted_organization_is_restored_by_one_key() {
    let shown = organization("Acme Corp");
    let scene = Scene::listing(at(120, 40), several()).keys("jD").figures().keys("Acme Corp<Enter>");
    assert!(scene.asks::<DeleteOrganization>());
    let scene = scene.answer(Ok(answer(of_acme())));
    assert_snapshot!("deleted_with_its_way_back", scene.text());
    // Leaving the form keeps the way back.
    let scene = scene.keys("u<Esc>u<C-s>");
    assert!(
        scene.asked::<RestoreOrganization>().is_some_and(|call| call.shown == shown && call.name.is_none())
    );
    let scene = scene.answer(Ok(answer(shown)));
    assert!(scene.text().contains("Acme Corp is restored."), "{}", scene.text());
    assert!(!scene.text().contains("u restore"), "{}", scene.text());
}

/// The one organization of the list is deleted, which leaves room for one reason less.
#[test]
fn reason_that_finds_no_room_is_said_by_no_hint_before_it() {
    let scene = Scene::listing(at(120, 40), vec![organization("Acme Corp")]).keys("D").figures();
    let scene = scene.keys("Acme Corp<Enter>").answer(Ok(answer(of_acme())));
    let text = scene.text();
    let hints = text.lines().last().unwrap();
    assert!(hints.contains("u restore") && hints.contains("e edit   D delete   u"), "{hints}");
}

#[test]
fn restored_under_another_name_where_the_old_one_is_taken() {
    let scene = in_trash(at(80, 24)).keys("u<C-s>").answer(Err(Error::NameTaken("Acme Corp".into())));
    assert_snapshot!("restore_of_a_taken_name", scene.text());
    let scene = scene.keys(" 2<C-s>");
    let asked = scene.asked::<RestoreOrganization>().unwrap();
    assert_eq!((asked.name.as_deref(), asked.email.as_deref()), (Some("Acme Corp 2"), None));
    let scene = scene.answer(Ok(answer(organization("Acme Corp 2"))));
    assert!(scene.text().contains("Acme Corp 2 is restored."), "{}", scene.text());
}

#[test]
fn near_miss_of_a_purge_is_told() {
    let text = in_trash(at(80, 24)).keys("Dacme corp").text();
    assert!(text.contains("Case matters: type exactly  Acme Corp"), "{text}");
}

#[test]
fn purge_needs_the_exact_name_and_takes_the_row_away() {
    let scene = in_trash(at(80, 24)).keys("DAcme<Enter>");
    assert!(scene.waits_for_nothing(), "the name is not whole");
    let scene = scene.keys(" Corp<Enter>");
    assert!(scene.asked::<PurgeOrganization>().is_some_and(|call| call.confirm == "Acme Corp"));
    let purged = PurgedOrganization {
        organization_id: OrganizationId(Uuid::nil()),
        organization_name: "Acme Corp".into(),
    };
    let scene = scene.answer(Ok(answer(purged)));
    let text = scene.text();
    assert!(text.contains("Acme Corp is removed for good.") && text.contains("1 of 2"), "{text}");
}

/// It was restored and deleted again: what would be purged is not what was seen.
#[test]
fn purge_of_what_changed_is_refused_and_the_trash_is_read_again() {
    let scene = in_trash(at(80, 24)).keys("DAcme Corp<Enter>").answer(Err(Error::Changed));
    let text = scene.text();
    assert!(text.contains("It changed since it was read: look again before you purge it."), "{text}");
    assert!(!text.contains("Purge Acme Corp") && scene.waiting::<ReadTrash>() == 1, "{text}");
}

#[test]
fn suspended_for_a_reason_and_resumed() {
    at_each_size("suspend", |look| Scene::listing(look, several()).keys("jSunpaid"));
    at_each_size("resume", |look| Scene::listing(look, several()).keys("jjjjjS"));
    let scene = Scene::listing(at(80, 24), several()).keys("jSunpaid since May<Enter>");
    let asked = scene.asked::<ChangeSuspension>().unwrap();
    assert_eq!(asked.reason.as_deref(), Some("unpaid since May"));
    let scene = scene.answer(Ok(answer(suspended("Acme Corp"))));
    let text = scene.text();
    assert!(text.contains("Acme Corp is suspended.") && text.contains("‖ 2 suspended"), "{text}");
    let scene = scene.keys("S<Enter>");
    assert!(scene.asked::<ChangeSuspension>().is_some_and(|call| call.reason.is_none()));
    let scene = scene.answer(Ok(answer(organization("Acme Corp"))));
    assert!(scene.text().contains("Acme Corp is active again."), "{}", scene.text());
}

#[test]
fn refused_suspension_keeps_the_reason_and_goes_on_with_what_is_there() {
    let scene = Scene::listing(at(80, 24), several()).keys("jSunpaid<Enter>").answer(Err(Error::Changed));
    let mut now = Organization::clone(&organization("Acme Corp"));
    now.epoch.0 += 1;
    let scene = scene.answer(Ok(answer(Arc::new(now.clone())))).keys("<Enter>");
    let asked = scene.asked::<ChangeSuspension>().unwrap();
    assert_eq!((asked.reason.as_deref(), asked.shown.epoch), (Some("unpaid"), now.epoch));
}

#[test]
fn admins_neither_suspend_nor_see_the_trash() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures()
        .activity(Vec::new(), false);
    assert!(!scene.text().contains("suspend"), "{}", scene.text());
    assert!(scene.keys("S:trash<Enter>").waits_for_nothing());
}
