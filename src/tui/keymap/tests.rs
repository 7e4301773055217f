//! The table walked.

use super::*;
use std::collections::HashSet;

#[test]
fn no_chord_is_bound_twice_in_a_context() {
    let mut seen = HashSet::new();
    for binding in BINDINGS {
        assert!(!binding.chords.is_empty(), "{binding:?}");
        for chord in binding.chords {
            assert!(seen.insert((binding.context, *chord)), "{binding:?}");
        }
    }
}

#[test]
fn chords_that_terminals_cannot_send_are_not_bound() {
    for chord in BINDINGS.iter().flat_map(|binding| binding.chords) {
        let is_control = chord.modifiers.contains(KeyModifiers::CONTROL);
        let sends_another = matches!(chord.code, KeyCode::Char('m' | 'i' | '[' | 'h'));
        assert!(!(is_control && sends_another), "{chord:?}");
        assert!(!chord.modifiers.contains(KeyModifiers::ALT), "{chord:?}");
        assert!(!chord.modifiers.contains(KeyModifiers::SHIFT), "{chord:?}");
    }
}

#[test]
fn ctrl_d_and_ctrl_k_destroy_nothing() {
    for binding in BINDINGS {
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
    let controls = ['s', 'c', 'l', 'z'].map(KeyCode::Char);
    let allowed = |chord: &Chord| {
        let is_control = chord.modifiers == KeyModifiers::CONTROL;
        named.contains(&chord.code) || (is_control && controls.contains(&chord.code))
    };
    for context in Context::ALL.into_iter().filter(|context| context.is_text()) {
        for binding in of(context).chain(of(Context::Anywhere)) {
            assert!(binding.chords.iter().all(allowed), "{binding:?}");
        }
    }
}

#[test]
fn go_to_opens_over_every_screen_and_over_no_field() {
    let screens = [
        Context::Organizations,
        Context::Organization,
        Context::Activity,
        Context::Operators,
        Context::Doctor,
    ];
    for context in Context::ALL {
        for key in
            [KeyEvent::from(KeyCode::Char(':')), KeyEvent::new(KeyCode::Char('p'), KeyModifiers::CONTROL)]
        {
            let opens = action(context, key) == Some(Action::Command(Command::Palette));
            assert_eq!(opens, screens.contains(&context), "{context:?} {key:?}");
        }
    }
}

#[test]
fn what_removes_is_marked_as_a_danger_and_asks_first() {
    for context in [Context::Organizations, Context::Organization, Context::Operators] {
        let removes = |binding: &&Binding| binding.command == Command::Delete;
        assert!(of(context).find(removes).is_some_and(|binding| binding.is_danger), "{context:?}");
    }
    for card in [Context::Delete, Context::Remove, Context::Choose] {
        assert!(card.is_text(), "what goes has to be typed");
        let submits = |binding: &&Binding| binding.command == Command::Submit;
        assert!(of(card).find(submits).is_some_and(|binding| binding.is_danger), "{card:?}");
    }
}

#[test]
fn hints_of_a_context_have_ranks_of_their_own() {
    for context in Context::ALL {
        let ranks: Vec<u8> = of(context).filter_map(|binding| binding.rank).collect();
        let distinct: HashSet<&u8> = ranks.iter().collect();
        assert_eq!(distinct.len(), ranks.len(), "{context:?}");
    }
}

#[test]
fn a_letter_is_the_same_with_shift_reported_or_not() {
    let question = KeyEvent::new(KeyCode::Char('?'), KeyModifiers::SHIFT);
    assert_eq!(action(Context::Organizations, question), Some(Action::Command(Command::Help)));
    let back = KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT);
    assert_eq!(action(Context::Form, back), Some(Action::Command(Command::PreviousField)));
}

#[test]
fn in_a_field_letters_are_text_and_elsewhere_nothing() {
    let x = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
    assert!(matches!(action(Context::Form, x), Some(Action::Input(_))));
    assert_eq!(action(Context::Organization, x), None);
    let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
    assert!(matches!(action(Context::Filter, q), Some(Action::Input(_))));
}

#[test]
fn the_list_names_every_binding() {
    let text = markdown();
    for binding in BINDINGS {
        assert!(text.contains(binding.label), "{binding:?}");
    }
    assert_eq!(text.matches("\n| `").count(), BINDINGS.len());
}
