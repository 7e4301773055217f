//! What fills the frame between title and hints. Each screen has a folder of its own, with its keys, its calls and its
//! view, and knows only the screens that it opens. A new screen adds its folder and two lines here.

pub mod activity;
pub mod checks;
pub mod doctor;
pub mod form;
pub mod import;
pub mod operators;
pub mod organization;
pub mod organizations;
mod paged;
pub mod sign_in;
pub mod store_activity;
#[cfg(test)]
mod tests;
pub mod trash;

use super::cards;
use super::keys::{EVERYWHERE, Listed};
use super::layer::{Place, Registered};
use std::fmt::Write as _;

/// Every screen and card, in the order of the list in `docs/keys.md`.
static REGISTERED: &[&Registered] = &[
    &organizations::REGISTERED,
    &organization::REGISTERED,
    &store_activity::REGISTERED,
    &trash::REGISTERED,
    &operators::REGISTERED,
    &doctor::REGISTERED,
    &cards::go_to::REGISTERED,
    &form::REGISTERED,
    &import::REGISTERED,
    &cards::delete_organization::REGISTERED,
    &cards::suspend_organization::REGISTERED,
    &cards::export_organization::REGISTERED,
    &cards::purge_organization::REGISTERED,
    &cards::document::REGISTERED,
    &cards::edit_document::REGISTERED,
    &cards::delete_document::REGISTERED,
    &cards::audit_entry::REGISTERED,
    &cards::remove_operator::REGISTERED,
    &cards::replace_collection::REGISTERED,
    &cards::question::REGISTERED,
    &cards::discard_changes::REGISTERED,
    &cards::quit::REGISTERED,
    &cards::menu::REGISTERED,
    &cards::help::REGISTERED,
    &sign_in::REGISTERED,
    &Registered { places: &[], tables: &[&EVERYWHERE] },
];

/// Every place, in the order in which they are offered.
pub fn places() -> impl Iterator<Item = &'static Place> {
    REGISTERED.iter().flat_map(|registered| registered.places.iter().copied())
}

/// Every table of keys.
pub fn tables() -> impl Iterator<Item = &'static dyn Listed> {
    REGISTERED.iter().flat_map(|registered| registered.tables.iter().copied())
}

/// The list of keys for `docs/keys.md`.
pub fn markdown() -> String {
    let mut text = String::new();
    for table in tables() {
        let _ = writeln!(text, "**{}**\n\n| key | does |\n|---|---|", table.title());
        for binding in table.bindings() {
            let keys: Vec<String> = binding
                .chords
                .iter()
                .map(|chord| format!("`{}`", chord.label(true).replace('|', "\\|")))
                .collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(" "), binding.label);
        }
        text.push('\n');
    }
    text
}
