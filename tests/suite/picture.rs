//! The picture in the README matches the console's screen. `TENANTRY_UPDATE_ASSETS=1` renews it.
#![expect(clippy::cast_precision_loss, reason = "a picture has few columns")]
#![expect(clippy::wildcard_enum_match_arm, reason = "every other colour is that of text")]

mod svg;

use crate::common::scene::{Scene, at, in_state, organization, suspended};
use std::path::Path;
use tenantry::domain::State;

#[test]
fn committed_picture_matches_the_screen() {
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
    let drawn = svg::svg(&Scene::listing(at(112, 28), rows).keys("j").later(330).buffer());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/console.svg");
    if std::env::var_os("TENANTRY_UPDATE_ASSETS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "assets/console.svg is not what is drawn; TENANTRY_UPDATE_ASSETS=1 renews it");
}
