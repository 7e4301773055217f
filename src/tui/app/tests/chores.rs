//! What the console does behind its screens, once.

use super::*;
use crate::tui::effect::Chore;

fn chores(effects: &[Effect]) -> Vec<&Chore> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Behind(chore) => Some(chore),
            _ => None,
        })
        .collect()
}

#[test]
fn the_store_is_tidied_once_behind_the_first_page() {
    let mut model = begin_with(true);
    let effects = sign_in(&mut model, signed_in(30 * MINUTE));
    let [Effect::Call(_, _, page), Effect::Behind(Chore::Tidy(token))] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(page.is::<ReadOrganizations>());
    assert_eq!(token.number, 1);
    let again = sign_in(&mut model, signed_in(40 * MINUTE));
    assert!(chores(&again).is_empty(), "{again:?}");
    let mut other = signed_in(30 * MINUTE);
    other.principal.account_id = AccountId(Uuid::from_u128(9));
    let other = sign_in(&mut model, other);
    assert!(chores(&other).is_empty(), "{other:?}");
}

#[test]
fn the_warnings_of_the_store_are_asked_for_behind_its_first_answer() {
    let (mut model, effects) = begin(config(), now(), (80, 24));
    assert!(chores(&effects).is_empty());
    let effects = done(&mut model, CallId(1), Ok(answer(true)));
    assert_eq!(chores(&effects), [&Chore::StoreWarnings]);
    update(&mut model, Action::StoreWarnings(Err(no_answer())));
    let effects = sign_in(&mut model, signed_in(30 * MINUTE));
    let [(reading, _), ..] = calls(&effects)[..] else { panic!("{effects:?}") };
    let effects = done(&mut model, reading, Ok(page()));
    assert_eq!(chores(&effects), [&Chore::StoreWarnings], "asked again behind the next answer");
    let warnings = vec!["This server keeps no promise.".to_owned()];
    update(&mut model, Action::StoreWarnings(Ok(warnings.clone())));
    assert_eq!(model.shared().store_warnings, warnings);
    let (reading, _) = only::<ReadOrganizations>(&press(&mut model, "r"));
    let effects = done(&mut model, reading, Ok(page()));
    assert!(chores(&effects).is_empty(), "{effects:?}");
}
