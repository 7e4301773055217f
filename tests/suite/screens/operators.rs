//! The operators, their forms and the card that removes one.

use super::*;
use tenantry::domain::Account;
use tenantry::service::OperatorPage;

const ASCII: Look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };

fn three() -> Vec<Account> {
    vec![
        operator("kim@example.com", "2026-03-14", "2026-03-14"),
        operator("night-shift@example.com", "2026-09-02", "2026-11-20"),
        operator("root@example.com", "2025-11-30", "2026-10-01"),
    ]
}

fn opened(look: Look) -> Scene {
    Scene::listing(look, several()).keys("o")
}

/// With the one that is signed in selected.
pub(super) fn own(look: Look) -> Scene {
    opened(look).operators(three()).keys("G")
}

#[test]
fn list() {
    at_each_size("operators_list", own);
    assert_snapshot!("list_40x10", own(at(40, 10)).text());
    assert_snapshot!("list_ascii", own(ASCII).text());
}

#[test]
fn filtered() {
    let scene = opened(at(80, 24)).operators(three()).keys("/night<Enter>");
    let text = scene.text();
    assert!(text.contains("Operators  1 of 3   / night") && !text.contains("kim@"), "{text}");
    let text = scene.keys("D").text();
    assert!(text.contains("night-shift@example.com"), "{text}");
    let scene = opened(at(80, 24)).operators(three()).keys("/night<Esc>");
    assert!(scene.text().contains("Operators  3"), "{}", scene.text());
    assert!(!scene.keys("<Esc>").text().contains("Operators"), "back");
}

#[test]
fn loading() {
    assert_snapshot!(opened(at(80, 24)).later(2).text());
}

#[test]
fn while_pages_come() {
    let page = OperatorPage { items: three(), next_cursor: Some("next".into()) };
    assert_snapshot!(opened(at(80, 24)).answer(Ok(answer(page))).text());
}

#[test]
fn failed() {
    assert_snapshot!(opened(at(80, 24)).answer(Err(Error::Internal(Uuid::nil()))).text());
}

#[test]
fn stopped() {
    assert_snapshot!(opened(at(80, 24)).keys("<C-c>").text());
}

#[test]
fn the_last_one() {
    let alone = vec![operator("root@example.com", "2025-11-30", "2026-10-01")];
    assert_snapshot!(opened(at(80, 24)).operators(alone.clone()).text());
    assert_snapshot!("the_last_one_120x40", opened(at(120, 40)).operators(alone).keys("D").text());
}

#[test]
fn another_one_is_selected() {
    assert_snapshot!(opened(at(120, 40)).operators(three()).keys("e").text());
}

#[test]
fn add() {
    at_each_size("operators_add", |look| {
        own(look).keys("nkim.example<Tab>correct horse<Tab>correct hors<Tab>")
    });
    assert_snapshot!("add_40x10", own(at(40, 10)).keys("nkim.example<Tab>short<Tab>").text());
    assert_snapshot!("add_ascii", own(ASCII).keys("nkim.example<Tab>short<Tab>").text());
}

#[test]
fn add_refused_beside_its_field() {
    let scene = own(at(80, 24))
        .keys("nkim@example.com<Tab>correct horse<Tab>correct horse<Enter>")
        .answer(Err(Error::EmailTaken("kim@example.com".into())));
    assert_snapshot!(scene.text());
}

#[test]
fn password_of_another() {
    assert_snapshot!(own(at(80, 24)).keys("kp").text());
}

#[test]
fn password_of_another_that_someone_else_changed() {
    let scene =
        own(at(80, 24)).keys("kpcorrect horse<Tab>correct horse<Enter>").answer(Err(Error::OperatorChanged));
    assert_snapshot!(scene.text());
    assert!(!scene.waits_for_nothing(), "the list is read anew");
}

#[test]
fn own_password() {
    at_each_size("operators_own_password", |look| {
        own(look).keys("pnew password<Tab>new password<Tab>wrong horse")
    });
}

#[test]
fn own_password_refused() {
    let scene = own(at(80, 24))
        .keys("pnew password<Tab>new password<Tab>wrong horse<Enter>")
        .answer(Err(Error::WrongCurrentPassword));
    assert_snapshot!(scene.text());
}

#[test]
fn own_account() {
    at_each_size("operators_own_account", |look| own(look).keys("e<C-u>boss@example.com<C-s>"));
    assert_snapshot!("own_account_40x10", own(at(40, 10)).keys("e").text());
    assert_snapshot!("own_account_ascii", own(ASCII).keys("e<C-u>boss@example.com<C-s>").text());
}

#[test]
fn remove_ready() {
    at_each_size("operators_remove_ready", |look| own(look).keys("kD").paste("night-shift@example.com"));
    assert_snapshot!("remove_40x10", own(at(40, 10)).keys("kD").paste("night-shift@example.com").text());
    assert_snapshot!("remove_ascii", own(ASCII).keys("kD").paste("Night-Shift@example.com").text());
}

#[test]
fn remove_near_miss() {
    assert_snapshot!(own(at(80, 24)).keys("DROOT@example.com").text());
}

#[test]
fn remove_of_the_last_one_refused() {
    let scene = own(at(80, 24))
        .keys("kD")
        .paste("night-shift@example.com")
        .keys("<Enter>")
        .answer(Err(Error::LastOperator));
    assert_snapshot!(scene.text());
}

#[test]
fn connection_lost() {
    assert_snapshot!(own(at(80, 24)).keys("r").later(60).answer(no_answer()).text());
}

#[test]
fn help() {
    assert_snapshot!(own(at(80, 24)).keys("?").text());
}

#[test]
fn control_characters_in_emails_are_visible() {
    let odd = operator("root\u{1b}[31m@\u{202e}example.com", "2025-11-30", "2026-10-01");
    for keys in ["", "p", "D"] {
        let scene = opened(at(120, 30)).operators(vec![three().remove(0), odd.clone()]).keys("G").keys(keys);
        let text = scene.text();
        assert!(text.contains("root␛[31m@<U+202E>example.com"), "{text}");
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    }
}
