//! What the console does behind its screens, once.

use super::*;
use crate::tui::effect::Chore;

fn chores(effects: &[Effect]) -> Vec<&Chore> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Behind(chore) => Some(chore),
            Effect::Call(..) | Effect::Cancel(_) | Effect::Redraw | Effect::Suspend | Effect::Exit(_) => None,
        })
        .collect()
}

#[test]
fn the_store_is_tidied_once_behind_the_first_page() {
    let mut model = begin_with(true);
    let effects = session::signed_in(&mut model, signed_in(30 * MINUTE));
    assert!(
        matches!(
            effects.as_slice(),
            [Effect::Call(_, _, Request::Page { .. }), Effect::Behind(Chore::Tidy(token))] if token.number == 1
        ),
        "{effects:?}"
    );
    let again = session::signed_in(&mut model, signed_in(40 * MINUTE));
    assert!(chores(&again).is_empty(), "{again:?}");
    let mut other = signed_in(30 * MINUTE);
    other.principal.account_id = AccountId(Uuid::from_u128(9));
    let other = session::signed_in(&mut model, other);
    assert!(chores(&other).is_empty(), "{other:?}");
}

#[test]
fn the_warnings_of_the_store_are_asked_for_behind_its_first_answer() {
    let (mut model, effects) = begin(fixed(), now(), (80, 24));
    assert!(chores(&effects).is_empty());
    let effects = update(&mut model, Action::Done(CallId(1), Ok(Answer::Initialized(true))));
    assert_eq!(chores(&effects), [&Chore::StoreWarnings]);
    let no_answer = Error::Unavailable { place: "x".into(), operation: None };
    update(&mut model, Action::StoreWarnings(Err(no_answer)));
    let effects = session::signed_in(&mut model, signed_in(30 * MINUTE));
    let [Effect::Call(page, _, _), ..] = effects.as_slice() else { panic!("{effects:?}") };
    let effects = update(&mut model, Action::Done(*page, Ok(super::page())));
    assert_eq!(chores(&effects), [&Chore::StoreWarnings], "asked again behind the next answer");
    let warnings = vec!["This server keeps no promise.".to_owned()];
    update(&mut model, Action::StoreWarnings(Ok(warnings.clone())));
    assert_eq!(model.shared.store_warnings, warnings);
    let effects = update(&mut model, Action::Command(Command::Refresh));
    let [Effect::Call(page, ..)] = effects.as_slice() else { panic!("{effects:?}") };
    let effects = update(&mut model, Action::Done(*page, Ok(super::page())));
    assert!(chores(&effects).is_empty(), "{effects:?}");
}
