//! What comes late, fails, or is typed wrong: answers in any order, filters that are none, refused pastes.

use super::*;
use crate::common::samples::{entry, in_state, operator, organization};
use crate::common::scene::{Scene, at, no_answer};
use rstest::rstest;
use std::sync::Arc;
use tenantry::domain::{
    Account, AuditAction, AuditEntry, CollectionStats, Epoch, Finding, Organization, Problem, State,
};
use tenantry::service::{DeletedOrganization, Error, RemovedOperator};
use tenantry::tui::effect::{Call, Leave, answer};
use tenantry::tui::reads::{ReadOrganization, ReadStats};
use tenantry::tui::screens::activity::ReadActivity;
use tenantry::tui::screens::doctor::CheckStore;
use tenantry::tui::screens::operators::ReadOperators;
use tenantry::tui::screens::organizations::ReadOrganizations;
use tenantry::tui::screens::trash::ReadTrash;

fn renamed(name: &str, to: &str) -> Arc<Organization> {
    let mut renamed = Organization::clone(&organization(name));
    to.clone_into(&mut renamed.name);
    renamed.name_key = to.to_lowercase();
    renamed.epoch = Epoch(renamed.epoch.0 + 2);
    Arc::new(renamed)
}

fn created() -> AuditEntry {
    entry("2026-11-20T09:00:00Z", ROOT, AuditAction::OrganizationCreate, &[])
}

fn two() -> Vec<Arc<Organization>> {
    vec![organization("Acme Corp"), organization("Zephyr Air")]
}

fn listing() -> Scene {
    Scene::listing(at(100, 28), two())
}

fn deleted(organization: &Organization) -> DeletedOrganization {
    DeletedOrganization {
        organization_id: organization.id,
        organization_name: organization.name.clone(),
        collection_name: organization.collection_name().to_owned(),
        purge_at: None,
        collection_left: None,
        ends_session: false,
    }
}

#[track_caller]
fn shows(scene: &Scene, text: &str) {
    assert!(scene.text().contains(text), "{text:?} is not in\n{}", scene.text());
}

#[track_caller]
fn shows_not(scene: &Scene, text: &str) {
    assert!(!scene.text().contains(text), "{text:?} is in\n{}", scene.text());
}

#[test]
fn page_in_flight_brings_no_renamed_or_deleted_organization_back() {
    let scene =
        listing().keys("re<C-u>Acme Labs<C-s>").answer_last(Ok(answer(renamed("Acme Corp", "Acme Labs"))));
    shows(&scene, "Acme Labs");
    let scene = scene.keys("g").page(two(), false);
    shows(&scene, "Acme Labs");
    shows_not(&scene, "Acme Corp");

    let acme = organization("Acme Corp");
    let stats = Ok::<CollectionStats, Error>(CollectionStats::default());
    let scene =
        listing().keys("rD").answer_last(Ok(answer((Arc::clone(&acme), stats)))).keys("Acme Corp<Enter>");
    let scene = scene.answer_last(Ok(answer(deleted(&acme)))).page(two(), false);
    shows(&scene, "Organizations  1");
    // Another reading, begun since, is believed.
    let scene = scene.later(1).keys("r").page(two(), false);
    shows(&scene, "Organizations  2");
}

#[test]
fn page_in_flight_brings_no_removed_or_changed_operator_back() {
    let kim = operator(KIM, "2026-01-02", "2026-01-02");
    let all = || vec![kim.clone(), operator(ROOT, "2026-01-01", "2026-01-01")];
    let changed = Account { version: 2, updated_at: "2026-11-20T00:00:00Z".parse().unwrap(), ..kim.clone() };
    let scene = listing().keys("o").operators(all());
    let scene = scene.keys("rpnew password<Tab>new password<C-s>").answer_last(Ok(answer(changed)));
    let scene = scene.operators(all());
    shows(&scene, "2026-11-20");
    let removed = RemovedOperator { email: KIM.into(), ends_session: false };
    let scene = scene.keys("rD").keys("kim@example.com<Enter>").answer_last(Ok(answer(removed)));
    let scene = scene.operators(all());
    shows(&scene, "Operators  1");
}

#[test]
fn record_in_flight_does_not_undo_a_save() {
    let scene = listing().keys("<Enter>").figures().keys("re<C-u>Acme Labs<C-s>");
    let scene = scene.answer_last(Ok(answer(renamed("Acme Corp", "Acme Labs"))));
    let scene = scene.answer(Ok(answer(organization("Acme Corp"))));
    shows(&scene, "Acme Labs");
    let scene = scene.keys("<Esc>");
    shows(&scene, "Acme Labs");
}

#[test]
fn filter_that_is_not_understood_shows_no_row_and_is_not_kept() {
    let scene = listing().keys("/state:dam");
    shows_not(&scene, "Zephyr");
    shows(&scene, "0 of 2");
    let scene = scene.keys("<Enter>");
    shows(&scene, "Not now: the filter is not understood.");
    shows(&scene, "state:dam");
    let scene = scene.keys("<C-u>zeph");
    shows(&scene, "Zephyr Air");
    shows(&scene.keys("<Enter>D"), "Zephyr Air");
}

#[test]
fn activity_shows_nothing_beside_a_filter_that_is_not_understood() {
    let scene = listing().keys("<Enter>").figures().keys("3").activity(vec![created()], false);
    shows(&scene, "created");
    let scene = scene.keys("/actr:x<Enter>");
    shows_not(&scene, "created");
    let scene = scene.keys("<Enter>");
    shows(&scene, "Not now: the filter is not understood.");
    let scene = scene.keys("<Esc>");
    shows(&scene, "created");
}

#[test]
fn go_to_refuses_enter_where_nothing_matches() {
    shows(&listing().keys(":qqqqq<Enter>"), "Not now: no match.");
}

/// A screen with its rows, then a refresh that fails.
#[rstest]
#[case::organizations(listing(), "Zephyr Air", is::<ReadOrganizations>)]
#[case::operators(
    listing().keys("o").operators(vec![operator(ROOT, "2026-01-01", "2026-01-01")]),
    ROOT,
    is::<ReadOperators>
)]
#[case::trash(
    listing().keys(":trash<Enter>").page(vec![in_state("Café Noir", State::Deleted)], false),
    "Café Noir",
    is::<ReadTrash>
)]
#[case::overview(listing().keys("<Enter>").figures(), "org_acme_corp", is::<ReadOrganization>)]
#[case::activity(
    listing().keys("<Enter>").figures().keys("3")
        .activity(vec![created()], false),
    "created",
    is::<ReadActivity>
)]
fn failed_refresh_is_told_above_the_rows_and_tried_again(
    #[case] scene: Scene,
    #[case] row: &str,
    #[case] asks: fn(&Scene) -> usize,
) {
    let mut scene = scene.later(7).keys("r");
    while !scene.waits_for_nothing() {
        scene = scene.answer(Err(Error::Overloaded));
    }
    shows(
        &scene,
        "As of 12:00:00: Too many passwords are being checked at once. It is tried again by itself.",
    );
    shows(&scene, row);
    assert_eq!(asks(&scene), 0);
    let mut scene = scene.later(1);
    assert_eq!(asks(&scene), 1, "after a second");
    while !scene.waits_for_nothing() {
        scene = scene.answer(Err(Error::Forbidden));
    }
    shows(&scene, "As of 12:00:00: Your role does not allow this.");
    let scene = scene.later(600);
    assert_eq!(asks(&scene), 0, "that cannot help");
    shows(&scene, row);
}

fn is<C: Call>(scene: &Scene) -> usize {
    scene.waiting::<C>()
}

#[test]
fn failed_check_is_told_with_the_age_of_its_findings_and_tried_again() {
    let finding = Finding {
        organization_id: None,
        organization_name: None,
        collection_name: Some("org_nobodys".into()),
        problem: Problem::LeftAside,
    };
    let scene = listing().keys("!").examined(vec![finding]).later(7).keys("r").answer(Err(Error::Overloaded));
    shows(&scene, "As of 12:00:00: Too many passwords");
    assert_eq!(scene.later(1).waiting::<CheckStore>(), 1);
}

#[test]
fn stats_are_read_once() {
    let scene = listing().keys("<Enter>");
    assert_eq!(scene.waiting::<ReadStats>(), 1);
    let scene = scene.figures().keys("r");
    assert_eq!(scene.waiting::<ReadStats>(), 1);
    let scene = scene.answer(Ok(answer(organization("Acme Corp")))).figures();
    assert_eq!(scene.waiting::<ReadStats>(), 0);
    let scene = scene.keys("e<C-u>Acme Labs<C-s>").answer_last(Ok(answer(renamed("Acme Corp", "Acme Labs"))));
    assert_eq!(scene.waiting::<ReadStats>(), 1);
}

#[test]
fn lines_scroll_to_their_end_and_no_further() {
    let scene = Scene::listing(at(60, 10), two()).keys("<Enter>").figures().keys("jjjjjjjjjjjjjjjjjjjjjj");
    let end = scene.text();
    assert_ne!(scene.keys("k").text(), end, "the first step back is seen");
}

#[test]
fn note_about_ctrl_c_stands_as_long_as_it_holds() {
    let scene = listing().keys("<C-c>");
    shows(&scene, "Ctrl-C again quits.");
    let scene = scene.later(2);
    shows_not(&scene, "Ctrl-C again quits.");
    let scene = scene.keys("<C-c>");
    shows(&scene, "Ctrl-C again quits.");
    let scene = scene.keys("j<C-c>");
    shows(&scene, "Ctrl-C again quits.");
}

/// Also where the first one stops a read, and where a read begins by itself between them.
#[test]
fn second_ctrl_c_quits() {
    let scene = Scene::operator(at(100, 28)).keys("<C-c>");
    shows(&scene, "Stopped reading. Ctrl-C again quits.");
    assert_eq!(scene.keys("<C-c>").answer(Ok(answer(()))).left, Some(Leave::Quit));

    let scene = listing().keys("r").answer(no_answer()).keys("<C-c>");
    assert!(scene.waits_for_nothing());
    let scene = scene.later(1);
    assert!(!scene.waits_for_nothing(), "it is tried again by itself");
    assert_eq!(scene.keys("<C-c>").answer(Ok(answer(()))).left, Some(Leave::Quit));
}

#[test]
fn enter_stays_on_a_field_in_error() {
    let scene = Scene::new(at(100, 28)).answer(Ok(answer(false))).keys("root.example<Enter>@x");
    shows(&scene, "root.example@x");
    shows_not(&scene, "exactly one @");
    let scene = Scene::new(at(100, 28)).answer(Ok(answer(true))).keys("<Enter>");
    shows(&scene, "Type your email.");
    let scene = scene.keys("root@x<Enter><Enter>");
    shows(&scene, "Type your password.");
    assert!(scene.waits_for_nothing(), "nothing is sent");
    let scene = listing().keys("n<Enter>Acme<Enter>ann.acme<Enter>secret words");
    shows(&scene, "ann.acmesecret words");
    let scene = scene.keys("<C-u>ann@acme.example<Enter>short<Enter>er password");
    shows(&scene, "ann@acme.example");
    let scene = scene.keys("<Enter>other<Enter>");
    shows(&scene, "The two passwords differ.");
}

#[test]
fn pasted_lines_are_refused_and_told() {
    let lines = "Acme\nann@acme.example\n";
    shows(&listing().keys("n").paste(lines), "The paste has more than one line; nothing was taken.");
    shows(&listing().keys("/").paste(lines), "The paste has more than one line; nothing was taken.");
    shows(&listing().keys(":").paste(lines), "The paste has more than one line; nothing was taken.");
    let typing = listing().keys("<Enter>").figures().keys("3").activity(Vec::new(), false).keys("/");
    shows(&typing.paste(lines), "The paste has more than one line; nothing was taken.");
    let stats = Ok::<CollectionStats, Error>(CollectionStats::default());
    let card = listing().keys("D").answer(Ok(answer((organization("Acme Corp"), stats))));
    let card = card.paste("Acme\nCorp");
    shows(&card, "The paste has more than one line; nothing was taken.");
    shows_not(&card.paste("Acme Corp\n"), "more than one line");
    shows(&Scene::new(at(100, 28)).answer(Ok(answer(true))).paste(lines), "more than one line");
}

#[test]
fn pasted_columns_fill_the_fields() {
    let scene = listing().keys("n").paste("Acme Labs\tann@acme.example\tcorrect horse\tcorrect horse\r\n");
    shows(&scene, "collection  org_acme_labs");
    shows(&scene, "ann@acme.example");
    let scene = scene.keys("<Enter>");
    shows(&scene, "creating Acme Labs");
    let scene = listing().keys("n<Tab>").paste("a\tb\tc\td");
    shows(&scene, "The paste has more columns than there are fields left; nothing was taken.");
    let scene = listing().keys("/").paste("a\tb");
    shows(&scene, "The paste has tabs in it; nothing was taken.");
}

#[test]
fn notice_stays_until_the_next_key() {
    let scene = listing().keys("e<C-u>Acme Labs<C-s>").answer(Ok(answer(renamed("Acme Corp", "Acme Labs"))));
    let scene = scene.later(600);
    shows(&scene, "Acme Corp is now Acme Labs.");
    shows_not(&scene.keys("j"), "Acme Corp is now Acme Labs.");
}

#[tokio::test(start_paused = true)]
async fn quitting_asks_once_where_it_costs_the_session() {
    let place = Place::with(&["Acme Corp"]).await;
    let console = Console::signed_in(&place).await;
    console.press("q").await;
    console.shows("Your session ends with the console.");
    console.press("<Esc>").await;
    console.shows_not("Your session ends with the console.");
    assert!(!console.is_over());
    console.press(":quit<Enter>").await;
    console.shows("Your session ends with the console.");
    console.press("<Esc>q<Enter>").await;
    assert_eq!(console.left().await, Leave::Quit);
    assert_eq!(place.gate.revoked.lock().unwrap().len(), 1);
}
