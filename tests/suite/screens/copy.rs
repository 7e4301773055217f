//! The menu of what can be copied, and what becomes of it.

use super::*;
use serde_json::json;
use tenantry::domain::AuditAction;
use tenantry::tui::app::Action;

/// `Acme Corp` in base64.
const ACME: &str = "\u{1b}]52;c;QWNtZSBDb3Jw\u{7}";

#[test]
fn menu() {
    at_each_size("copy", |look| Scene::listing(look, several()).keys("jyj"));
    assert_snapshot!("copy_40x10", Scene::listing(at(40, 10), several()).keys("jyj").text());
}

#[test]
fn what_is_chosen_is_sent_to_the_terminal_and_no_more_is_claimed() {
    let scene = Scene::listing(at(80, 24), several()).keys("jy<Enter>");
    assert_eq!(scene.sent, [ACME]);
    let text = scene.text();
    assert!(text.contains("The name was sent to the terminal.") && !text.contains("copied"), "{text}");
    let scene = scene.keys("yjjjjj<Enter>");
    assert!(scene.text().contains("The command was sent to the terminal."), "{}", scene.text());
    let scene = scene.keys("y<Esc>");
    assert_eq!(scene.sent.len(), 2, "nothing is sent by leaving");
}

#[test]
fn every_screen_with_a_thing_has_the_menu() {
    let organization = Scene::listing(at(80, 24), several()).keys("j<Enter>y<Enter>");
    assert_eq!(organization.sent, [ACME]);
    let trash = trash::in_trash(at(80, 24)).keys("y");
    assert!(trash.text().contains("tenantry org list --state deleted"), "{}", trash.text());
    let operators = operators::own(at(80, 24)).keys("y");
    assert!(operators.text().contains("tenantry operator list"), "{}", operators.text());
    let shown = activity::opened(at(80, 24)).activity(activity::entries(), false);
    let entry = shown.keys("jy");
    assert!(entry.text().contains("tenantry audit list --since"), "{}", entry.text());
    let card = entry.keys("<Esc><Enter>yj<Enter>");
    assert_eq!(card.sent.len(), 1);
    assert!(card.text().contains("The id was sent to the terminal."), "{}", card.text());
}

#[test]
fn what_is_too_long_is_offered_as_a_file_and_nothing_is_sent() {
    let change = [("query", json!("x".repeat(80_000)))];
    let entry = entry("2026-11-23T17:40:03Z", "root@example.com", AuditAction::OrganizationUpdate, &change);
    let scene = activity::opened(at(80, 24)).activity(vec![entry], false).keys("yjjj<Enter>");
    assert_snapshot!("copy_too_long", scene.text());
    let scene = scene.keys("y");
    assert!(scene.sent.is_empty());
    let [(extension, text)] = scene.saved.as_slice() else { panic!("{}", scene.text()) };
    assert_eq!(*extension, "json");
    assert!(text.len() > 80_000 && text.starts_with('{') && text.ends_with('}'));
    let scene = scene.happens(Action::Saved(Ok("/home/ann/tenantry-1.json".into())));
    assert!(scene.text().contains("Saved in /home/ann/tenantry-1.json."), "{}", scene.text());
    let scene = scene.happens(Action::Saved(Err("Permission denied (os error 13)".into())));
    assert!(scene.text().contains("Nothing was saved: Permission denied"), "{}", scene.text());
}

#[test]
fn a_terminal_without_a_clipboard_is_told() {
    let mut config = crate::common::scene::config(at(80, 24));
    config.clipboard = Clipboard::Missing;
    let scene = Scene::with(config, (80, 24)).signed_in("root@example.com", Role::Operator);
    let scene = scene.page(several(), false).keys("y<Enter>");
    assert!(scene.sent.is_empty());
    assert!(scene.text().contains("a terminal with this TERM has no clipboard."), "{}", scene.text());
}
