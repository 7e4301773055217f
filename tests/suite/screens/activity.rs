//! The activity of one organization, and the tabs.

use super::*;
use serde_json::json;
use tenantry::domain::{AuditAction, AuditEntry};

const ASCII: Look = Look { size: (80, 24), palette: Palette::Plain, ascii: true };

pub(super) fn entries() -> Vec<AuditEntry> {
    use AuditAction as A;
    let renamed = [("organization_name", json!({"from": "Acme", "to": "Acme Corp"}))];
    let moved = [
        ("admin_email", json!({"from": "ann@acme.example", "to": "ops@acme-corp.example"})),
        ("password", json!("changed")),
    ];
    let made = [
        ("organization_name", json!({"from": null, "to": "Acme"})),
        ("admin_email", json!({"from": null, "to": "ann@acme.example"})),
    ];
    vec![
        entry("2026-11-24T11:58:10Z", "ops@acme-corp.example", A::SignIn, &[]),
        entry("2026-11-24T11:57:02Z", "ops@acme-corp.example", A::SignInFailed, &[]),
        entry("2026-11-23T17:40:03Z", "root@example.com", A::OrganizationUpdate, &moved),
        entry("2026-11-22T17:40:03Z", "root@example.com", A::OrganizationUpdate, &renamed),
        entry("2026-11-02T08:00:00Z", "ann@acme.example", A::SignOut, &[("everywhere", json!(true))]),
        entry("2026-11-01T09:12:44Z", "root@example.com", A::OrganizationCreate, &made),
    ]
}

pub(super) fn opened(look: Look) -> Scene {
    Scene::listing(look, several()).keys("j<Enter>").figures().keys("3")
}

#[test]
fn list() {
    at_each_size("activity_list", |look| opened(look).activity(entries(), false).keys("jj"));
    assert_snapshot!("list_40x10", opened(at(40, 10)).activity(entries(), false).keys("jj").text());
    assert_snapshot!("list_ascii", opened(ASCII).activity(entries(), false).keys("jj").text());
}

#[test]
fn of_an_admin() {
    let scene = Scene::new(at(80, 24))
        .signed_in("ann@acme.example", Role::Admin)
        .answer(Ok(answer(organization("Acme Corp"))))
        .figures()
        .keys("[")
        .activity(entries(), false);
    assert_snapshot!(scene.text());
}

#[test]
fn loading() {
    assert_snapshot!(opened(at(80, 24)).text());
}

#[test]
fn empty() {
    assert_snapshot!(opened(at(80, 24)).activity(Vec::new(), false).text());
}

#[test]
fn filtering() {
    at_each_size("activity_filtering", |look| {
        opened(look).activity(entries(), false).keys("/actor:root@example.com since:7d")
    });
}

#[test]
fn filtered() {
    let scene = opened(at(80, 24))
        .activity(entries(), false)
        .keys("/actor:root@example.com<Enter>")
        .activity(entries().drain(2..4).collect(), false);
    assert_snapshot!(scene.text());
}

#[test]
fn filtered_without_a_match() {
    let scene =
        opened(at(80, 24)).activity(entries(), false).keys("/since:1m<Enter>").activity(Vec::new(), false);
    assert_snapshot!(scene.text());
}

#[test]
fn a_filter_that_is_not_understood() {
    let scene = opened(at(80, 24)).activity(entries(), false).keys("/plan:pro<Enter>");
    assert_snapshot!(scene.text());
    let low = opened(at(40, 10)).activity(entries(), false).keys("/plan:pro<Enter>");
    assert_snapshot!("a_filter_that_is_not_understood_40x10", low.text());
}

#[test]
fn failed() {
    let scene = opened(at(80, 24)).answer(Err(Error::Internal(Uuid::nil())));
    assert_snapshot!(scene.text());
}

#[test]
fn failed_behind_what_is_there() {
    let scene = opened(at(80, 24)).activity(entries(), true).answer(Err(Error::Internal(Uuid::nil())));
    assert_snapshot!(scene.text());
}

#[test]
fn stopped() {
    assert_snapshot!(opened(at(80, 24)).keys("<C-c>").text());
}

#[test]
fn help_in_the_filter() {
    assert_snapshot!(opened(at(80, 24)).activity(entries(), false).keys("/<F1>").text());
}

#[test]
fn long_change_is_cut_in_the_list_and_wrapped_on_its_card() {
    let long = "Association of Very Long Names and Even Longer Descriptions 2026";
    let change = [("organization_name", json!({"from": long, "to": format!("{long}!")}))];
    let entry = entry("2026-11-23T17:40:03Z", "root@example.com", AuditAction::OrganizationUpdate, &change);
    let scene = opened(at(80, 24)).activity(vec![entry], false);
    assert_snapshot!("activity_long_change", scene.text());
    assert_snapshot!("activity_entry", scene.keys("<Enter>").text());
}

#[test]
fn what_changed_is_there_in_full_however_long() {
    let long = |letter: &str| format!("{}end", letter.repeat(61));
    let change = [
        ("organization_name", json!({"from": long("日"), "to": long("本")})),
        ("admin_email", json!({"from": null, "to": "last@example.com"})),
    ];
    let entry = entry("2026-11-23T17:40:03Z", "root@example.com", AuditAction::OrganizationUpdate, &change);
    for size in [(80, 24), (120, 40)] {
        let text = opened(at(size.0, size.1)).activity(vec![entry.clone()], false).keys("<Enter>").text();
        assert!(text.contains("last@example.com"), "{text}");
    }
}

#[test]
fn control_characters_in_changes_are_visible() {
    let change = [("organization_name", json!({"from": "a\u{1b}[31mb", "to": "c\u{202e}d"}))];
    let odd = entry("2026-11-23T17:40:03Z", "x\u{7f}@y", AuditAction::OrganizationUpdate, &change);
    for size in [(80, 24), (120, 40)] {
        let text = opened(at(size.0, size.1)).activity(vec![odd.clone()], false).text();
        assert!(text.contains("a␛[31mb → c<U+202E>d") && text.contains("x␡"), "{text}");
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    }
}

#[test]
fn the_next_page_is_read_as_the_selection_nears_the_end() {
    let at_minute = |minute: usize| {
        let time = format!("2026-11-20T{:02}:{:02}:00Z", 23 - minute / 60, 59 - minute % 60);
        entry(&time, &format!("page{}@example.com", minute / 100), AuditAction::SignIn, &[])
    };
    let page = |from: usize| (from..from + 100).map(at_minute).collect::<Vec<_>>();
    let scene = opened(at(80, 24)).activity(page(0), true).keys("<PgDn>");
    assert!(scene.waits_for_nothing(), "the end is far");
    let scene = scene.keys("<PgDn><PgDn><PgDn><PgDn><PgDn><PgDn><PgDn><PgDn>");
    assert!(!scene.waits_for_nothing(), "the end is near");
    let scene = scene.activity(page(100), false).keys("G");
    assert!(scene.text().contains("page1"), "{}", scene.text());
    assert!(scene.waits_for_nothing(), "that was the last page");
}

/// Entries about several organizations, and about none.
fn of_the_store() -> Vec<AuditEntry> {
    use AuditAction as A;
    let reason = [("reason", json!({"from": null, "to": "unpaid"}))];
    let added = [("email", json!({"from": null, "to": "kim@example.com"}))];
    let mut all = entries();
    all.insert(0, entry("2026-11-24T11:59:01Z", "root@example.com", A::OperatorAdd, &added));
    all.insert(1, entry("2026-11-24T11:58:59Z", "root@example.com", A::OrganizationSuspend, &reason));
    all[0].organization_id = None;
    all[0].organization_name = None;
    all[1].organization_name = Some("Zephyr Air".into());
    all
}

#[test]
fn whole_store() {
    at_each_size("store_activity", |look| {
        Scene::listing(look, several()).keys("a").activity(of_the_store(), false).keys("j")
    });
    at_each_size("store_activity_filtering", |look| {
        let shown = Scene::listing(look, several()).keys("a").activity(of_the_store(), false);
        shown.keys("/acme action:renamed|created")
    });
    let low = Scene::listing(at(40, 10), several()).keys("a").activity(of_the_store(), false);
    assert_snapshot!("store_activity_40x10", low.text());
}

#[test]
fn whole_store_opens_an_entry_and_its_organization() {
    let scene = Scene::listing(at(80, 24), several()).keys("a").activity(of_the_store(), false);
    let scene = scene.keys("d");
    assert!(scene.text().contains("about no organization"), "{}", scene.text());
    let scene = scene.keys("j<Enter>");
    assert!(scene.text().contains("organization  Zephyr Air"), "{}", scene.text());
    let scene = scene.keys("<Esc>d");
    assert!(scene.text().contains("Reading the organization"), "{}", scene.text());
    assert!(scene.keys("q").text().contains("Activity  of the whole store"));
}
