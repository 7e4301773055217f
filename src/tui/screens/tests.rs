//! Every table of keys walked.

use super::*;
use crate::tui::keys::{Binding, Chord, Group, Means, RouterKey};
use crossterm::event::{KeyCode, KeyModifiers};
use std::collections::HashSet;

/// Every key with the title of its table.
fn all() -> Vec<(&'static str, Binding<()>)> {
    tables().flat_map(|table| table.bindings().into_iter().map(move |row| (table.title(), row))).collect()
}

#[test]
fn no_chord_is_bound_twice_in_a_table() {
    let mut seen = HashSet::new();
    for (title, binding) in all() {
        assert!(!binding.chords.is_empty(), "{binding:?}");
        for chord in binding.chords {
            assert!(seen.insert((title, *chord)), "{title}: {binding:?}");
        }
    }
}

#[test]
fn each_table_has_a_title_of_its_own() {
    let mut seen = HashSet::new();
    assert!(tables().all(|table| seen.insert(table.title())));
}

#[test]
fn chords_that_terminals_cannot_send_are_not_bound() {
    for chord in all().iter().flat_map(|(_, binding)| binding.chords) {
        let is_control = chord.modifiers.contains(KeyModifiers::CONTROL);
        let sends_another = matches!(chord.code, KeyCode::Char('m' | 'i' | '[' | 'h'));
        assert!(!(is_control && sends_another), "{chord:?}");
        assert!(!chord.modifiers.contains(KeyModifiers::ALT), "{chord:?}");
        assert!(!chord.modifiers.contains(KeyModifiers::SHIFT), "{chord:?}");
    }
}

#[test]
fn ctrl_d_and_ctrl_k_destroy_nothing() {
    for (_, binding) in all() {
        for chord in binding.chords {
            let is_control = chord.modifiers.contains(KeyModifiers::CONTROL);
            if is_control && matches!(chord.code, KeyCode::Char('d' | 'k')) {
                assert!(!binding.is_danger, "{binding:?}");
                assert_eq!(binding.group, Group::Move, "{binding:?}");
            }
        }
    }
}

#[test]
fn in_text_fields_only_a_few_keys_act() {
    let named = [
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::F(1),
        KeyCode::F(5),
    ];
    // The last two are one key to a terminal: it takes typing back, where that is more than a line.
    let controls = ['s', 'c', 'l', 'z', '_', '7'].map(KeyCode::Char);
    let allowed = |chord: &Chord| {
        let is_control = chord.modifiers == KeyModifiers::CONTROL;
        named.contains(&chord.code) || (is_control && controls.contains(&chord.code))
    };
    for table in tables().filter(|table| table.is_text()) {
        for binding in table.bindings().into_iter().chain(EVERYWHERE.bindings()) {
            assert!(binding.chords.iter().all(allowed), "{binding:?}");
        }
    }
}

#[test]
fn go_to_opens_over_every_screen_and_over_no_field() {
    let screens = [
        "organizations",
        "organization",
        "documents",
        "activity",
        "activity of the store",
        "trash",
        "operators",
        "doctor",
    ];
    for table in tables() {
        let mut rows = table.bindings().into_iter();
        let opens = rows.any(|binding| binding.means == Means::Router(RouterKey::GoTo));
        assert_eq!(opens, screens.contains(&table.title()), "{}", table.title());
    }
}

#[test]
fn what_removes_is_marked_as_a_danger_and_asks_first() {
    for title in ["organizations", "organization", "documents", "document", "trash", "operators"] {
        let chord = Chord { code: KeyCode::Char('D'), modifiers: KeyModifiers::NONE };
        let removes = |(of, binding): &&(&str, Binding<()>)| *of == title && binding.chords.contains(&chord);
        assert!(all().iter().find(removes).is_some_and(|(_, binding)| binding.is_danger), "{title}");
    }
    for title in ["delete", "delete document", "purge", "remove", "another collection"] {
        let card = tables().find(|table| table.title() == title).unwrap();
        assert!(card.is_text(), "what goes has to be typed");
        assert!(card.bindings().iter().any(|binding| binding.is_danger), "{title}");
    }
}

#[test]
fn hints_of_a_table_have_ranks_of_their_own() {
    for table in tables() {
        let ranks: Vec<u8> = table.bindings().iter().filter_map(|binding| binding.rank).collect();
        let distinct: HashSet<&u8> = ranks.iter().collect();
        assert_eq!(distinct.len(), ranks.len(), "{}", table.title());
    }
}

#[test]
fn the_list_names_every_key() {
    let text = markdown();
    for (_, binding) in all() {
        assert!(text.contains(binding.label), "{binding:?}");
    }
    assert_eq!(text.matches("\n| `").count(), all().len());
}
