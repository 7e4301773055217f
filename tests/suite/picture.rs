//! The pictures in `docs/pictures` are what the console draws, in both themes. `scripts/pictures` renews them.
#![expect(clippy::cast_precision_loss, reason = "a picture has few columns")]

mod svg;

use crate::common::samples::{entry, in_state, invoice, operator, organization, row_read, stats, suspended};
use crate::common::scene::{Look, Scene};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use tenantry::domain::{AuditAction, AuditEntry, Finding, Organization, Problem, State};
use tenantry::tui::effect::answer;
use tenantry::tui::theme::Palette;

fn rows() -> Vec<Arc<Organization>> {
    let mut rows: Vec<_> = [
        "Aachen Analytics",
        "Acme Corp",
        "Bäckerei Müller",
        "Blue Heron Books",
        "Café Noir",
        "Fjord Shipping",
        "Green Acres Co-op",
        "Harbour Light Hotels",
        "Juniper & Sage",
        "Kestrel Aviation",
        "Lumen Energy",
        "Maple Street Dental",
        "Northwind Logistics",
        "Orchard Software",
        "Pine Valley Schools",
        "Quarry Bay Marine",
        "Riverbank Insurance",
        "Silverline Media",
        "Zephyr Air",
    ]
    .map(organization)
    .into_iter()
    .collect();
    rows.push(in_state("Acme Europe", State::Renaming));
    rows.push(suspended("Delft Robotics"));
    rows.sort_by(|a, b| a.name_key.cmp(&b.name_key));
    rows
}

fn activity() -> Vec<AuditEntry> {
    use AuditAction as A;
    let renamed = [("organization_name", json!({"from": "Acme", "to": "Acme Corp"}))];
    let moved = [("admin_email", json!({"from": "ann@acme.example", "to": "ops@acme-corp.example"}))];
    let reason = [("reason", json!({"from": null, "to": "unpaid"}))];
    let resumed = [("reason", json!({"from": "unpaid", "to": null}))];
    let made = [
        ("organization_name", json!({"from": null, "to": "Acme"})),
        ("admin_email", json!({"from": null, "to": "ann@acme.example"})),
    ];
    vec![
        entry("2026-11-24T11:41:10Z", "ops@acme-corp.example", A::SignIn, &[]),
        entry("2026-11-24T08:57:02Z", "ops@acme-corp.example", A::SignInFailed, &[]),
        entry("2026-11-19T09:02:03Z", "root@example.com", A::OrganizationUpdate, &moved),
        entry("2026-11-19T09:01:03Z", "root@example.com", A::OrganizationRename, &renamed),
        entry("2026-11-19T08:55:00Z", "root@example.com", A::OrganizationResume, &resumed),
        entry("2026-11-03T17:20:00Z", "root@example.com", A::OrganizationSuspend, &reason),
        entry("2026-09-14T08:11:00Z", "root@example.com", A::OrganizationCreate, &made),
    ]
}

fn finding(name: &str, collection: &str, problem: Problem) -> Finding {
    let about = organization(name);
    Finding {
        problem,
        organization_id: Some(about.id),
        organization_name: Some(name.to_owned()),
        collection_name: Some(collection.to_owned()),
    }
}

/// Signed in as an operator, in production, the list read and the second row selected.
fn listing(look: Look) -> Scene {
    Scene::listing_in("PROD", look, rows())
        .sizes(row_read)
        .preview(Ok(stats()), activity())
        .keys("j")
        .preview(Ok(stats()), activity())
        .later(330)
}

type Way = fn(Look) -> Scene;

/// A name for each screen, and the way there.
const SCREENS: [(&str, Way); 15] = [
    ("list", listing),
    ("filter", |look| listing(look).keys("/ar")),
    ("overview", |look| listing(look).keys("<Enter>").figures().activity(activity(), false)),
    ("store-activity", |look| listing(look).keys("a").activity(activity(), false).keys("jj")),
    ("activity", |look| listing(look).keys("<Enter>").figures().activity(activity(), false).keys("3jj")),
    ("documents", |look| {
        let invoices = (0..30).map(invoice).collect();
        let opened = listing(look).keys("<Enter>").figures().activity(activity(), false).keys("2");
        opened.documents(invoices, Some("next"), 14_903).keys("jj")
    }),
    ("delete", |look| listing(look).keys("D").figures().keys("Acme Co")),
    ("suspend", |look| listing(look).keys("Sinvoice 4711 is unpaid")),
    ("edit", |look| listing(look).keys("e<C-u>Acme Labs")),
    ("operators", |look| {
        let all = vec![
            operator("kim@example.com", "2026-02-03", "2026-09-30"),
            operator("root@example.com", "2025-11-30", "2025-11-30"),
        ];
        listing(look).keys("o").operators(all)
    }),
    ("doctor", |look| {
        let found = vec![
            finding("Acme Corp", "org_acme_corp", Problem::CollectionMissing),
            finding("Zephyr Air", "org_zephyr_air", Problem::CollectionReplaced),
        ];
        listing(look).keys("!").examined(found)
    }),
    ("go-to", |look| listing(look).keys(":a")),
    ("help", |look| listing(look).keys("?")),
    ("sort", |look| listing(look).keys("s")),
    ("sign-in", |look| Scene::new(look).answer(Ok(answer(true))).keys("ann@acme.example<Tab>correct horse")),
];

#[test]
fn pictures_are_what_is_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let renews = std::env::var_os("TENANTRY_UPDATE_ASSETS").is_some();
    if renews {
        std::fs::create_dir_all(&folder).unwrap();
    }
    let mut names = BTreeSet::new();
    for (name, scene) in SCREENS {
        for (theme, palette) in [("dark", Palette::Dark), ("light", Palette::Light)] {
            let drawn = svg::svg(&scene(Look { size: (112, 28), palette, ascii: false }).buffer());
            let name = format!("{name}-{theme}.svg");
            if renews {
                std::fs::write(folder.join(&name), &drawn).unwrap();
            }
            let kept = std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
            assert!(kept == drawn, "docs/pictures/{name} is not what is drawn; scripts/pictures renews it");
            names.insert(name);
        }
    }
    let kept =
        std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(kept.collect::<BTreeSet<_>>(), names, "a picture of no screen");
}
