//! A table of its own, asked.

use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Motion(Motion),
    Open,
}

static KEYS: Keys<Key> = Keys::of(
    "a table",
    &[hint(&[ENTER, char('d')], Key::Open, "open", Group::Do, 2), help(), Row::Motions(Key::Motion)],
);

#[test]
fn a_chord_means_what_its_row_says() {
    assert_eq!(KEYS.find(char('d')), Some(Means::Own(Key::Open)));
    assert_eq!(KEYS.find(char('j')), Some(Means::Own(Key::Motion(Motion::Down))));
    assert_eq!(KEYS.find(char('?')), Some(Means::Router(RouterKey::Help)));
    assert_eq!(KEYS.find(char('x')), None);
}

#[test]
fn the_keys_that_move_stand_where_the_table_says() {
    let labels: Vec<&str> = KEYS.bindings().iter().map(|binding| binding.label).collect();
    assert_eq!(labels[..4], ["open", "help", "one up", "one down"]);
    assert_eq!(labels.len(), 2 + 8);
}

#[test]
fn a_letter_is_the_same_with_shift_reported_or_not() {
    let question = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT);
    assert_eq!(Chord::of(question), char('?'));
    let back = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
    assert_eq!(Chord::of(back), BACK_TAB);
}

#[test]
fn letters_are_text_and_controls_are_not_typed() {
    let x = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
    assert!(matches!(text_of(x), Some(Text::Typed(_))));
}
