//! Effects compared: no loop, no service.

mod chores;
mod doctor;
mod layers;
mod places;

use super::session::{Renew, SignOut};
use super::*;
use crate::domain::{
    AccessToken, Account, AccountId, Claims, OrganizationName, Principal, Role, Warning, WarningCode,
};
use crate::service::{Error, OperatorPage, OrganizationPage};
use crate::service::{StoreKind, StoreLocation};
use crate::tui::clipboard::Clipboard;
use crate::tui::effect::{Answer, BoxedCall, Call, CallId, Outcome, answer};
use crate::tui::keys::Pasted;
use crate::tui::reads::ReadStats;
use crate::tui::samples::organization;
use crate::tui::screens::organizations::ReadOrganizations;
use crate::tui::screens::sign_in::IsInitialized;
use crate::tui::shared::CollectionOf;
use crate::tui::theme::{Palette, Theme};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;
use std::sync::Arc;
use uuid::Uuid;

const MINUTE: i64 = 60;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn config() -> ConsoleConfig {
    ConsoleConfig {
        location: StoreLocation {
            kind: StoreKind::Embedded,
            short: "tenantry.db".into(),
            full: "/data/tenantry.db".into(),
            host: "/data/tenantry.db".into(),
            warnings: Vec::new(),
        },
        store_from: None,
        environment: None,
        shows_path: false,
        theme: Theme { palette: Palette::Terminal, ascii: false },
        session_length: SignedDuration::from_mins(30),
        clipboard: Clipboard::Terminal,
        has_editor: false,
        trash_length: SignedDuration::from_hours(7 * 24),
        collection_of: CollectionOf(Arc::new(|name| {
            Ok(OrganizationName::parse(name)?.collection("master_db"))
        })),
        email: None,
        resumed: None,
        is_live: false,
        memory: crate::tui::effect::Memory::default(),
        remember: None,
        history: crate::tui::effect::History::default(),
    }
}

fn signed_in(until: i64) -> SignedIn {
    let account = AccountId(Uuid::from_u128(1));
    SignedIn {
        token: AccessToken("token".into()),
        warnings: Vec::new(),
        principal: Principal {
            account_id: account,
            email: "root@example.com".into(),
            role: Role::Operator,
            organization_id: None,
            organization_name: None,
            claims: Claims {
                iss: "tenantry".into(),
                aud: Uuid::nil(),
                sub: account,
                org: None,
                role: Role::Operator,
                tv: 1,
                iat: now().as_second(),
                nbf: now().as_second(),
                exp: now().as_second() + until,
                auth_time: now().as_second(),
                sid: Uuid::nil(),
                jti: Uuid::nil(),
            },
        },
    }
}

/// Presses keys, one after the other: letters, and `<Enter>`, `<Esc>`, `<C-c>`. The effects of all of them.
fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut rest = keys;
    while let Some(first) = rest.chars().next() {
        let named = rest.split_once('>').filter(|_| first == '<');
        let (key, after) = match named {
            Some(("<Enter", after)) => (KeyEvent::from(KeyCode::Enter), after),
            Some(("<Esc", after)) => (KeyEvent::from(KeyCode::Esc), after),
            Some(("<F1", after)) => (KeyEvent::from(KeyCode::F(1)), after),
            Some(("<C-c", after)) => (KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL), after),
            _ => (KeyEvent::from(KeyCode::Char(first)), rest.get(first.len_utf8()..).unwrap()),
        };
        effects.extend(update(model, Action::Key(Pressed(key))));
        rest = after;
    }
    effects
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    update(model, Action::Paste(Pasted(text.into())))
}

/// Answers a call.
fn done(model: &mut Model, id: CallId, outcome: Outcome) -> Vec<Effect> {
    update(model, Action::Done(id, outcome))
}

/// The name of the table of keys that holds.
fn title(model: &Model) -> &'static str {
    model.top().unwrap().layer.table().title()
}

fn no_answer() -> Error {
    Error::Unavailable { place: "x".into(), operation: None }
}

/// A console with its list read, and no call in flight.
fn listing() -> Model {
    let (mut model, effects) = begin(config(), now(), (80, 24));
    assert_eq!(effects, [Effect::Call(CallId(1), None, BoxedCall::of(IsInitialized))]);
    done(&mut model, CallId(1), Ok(answer(true)));
    press(&mut model, "root@example.com<Enter>");
    paste(&mut model, "correct horse");
    press(&mut model, "<Enter>");
    done(&mut model, CallId(2), Ok(answer(signed_in(30 * MINUTE))));
    done(&mut model, CallId(3), Ok(page()));
    assert_eq!(title(&model), "organizations");
    model
}

fn page() -> Answer {
    answer(OrganizationPage { items: vec![organization("Acme Corp")], next_cursor: None })
}

fn operators() -> Answer {
    let account = |number: u128, email: &str| Account {
        id: AccountId(Uuid::from_u128(number)),
        email: email.into(),
        role: Role::Operator,
        organization_id: None,
        version: 1,
        token_version: 1,
        created_at: now(),
        updated_at: now(),
    };
    let items = vec![account(2, "kim@example.com"), account(1, "root@example.com")];
    answer(OperatorPage { items, next_cursor: None })
}

/// The calls among effects.
fn calls(effects: &[Effect]) -> Vec<(CallId, &BoxedCall)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Call(id, _, call) => Some((*id, call)),
            _ => None,
        })
        .collect()
}

/// The one effect, a call of this type.
#[track_caller]
fn only<C: Call>(effects: &[Effect]) -> (CallId, &C) {
    let [Effect::Call(id, _, call)] = effects else { panic!("{effects:?}") };
    (*id, call.get().unwrap_or_else(|| panic!("{call:?}")))
}

fn begin_with(is_initialized: bool) -> Model {
    let (mut model, _) = begin(config(), now(), (80, 24));
    done(&mut model, CallId(1), Ok(answer(is_initialized)));
    model
}

/// Someone signs in, as if the sign-in had been answered.
fn sign_in(model: &mut Model, signed_in: SignedIn) -> Vec<Effect> {
    session::signed_in(model, signed_in, Origin::Typed);
    model.desk.take_effects()
}

#[test]
fn a_warning_of_a_sign_in_is_a_notice() {
    let mut model = begin_with(true);
    let message = "Only the first 72 bytes of your password count; choose another.";
    let warnings = vec![Warning::new(WarningCode::PasswordCut, message)];
    for _ in 0..2 {
        // Also over a screen whose session ended.
        sign_in(&mut model, SignedIn { warnings: warnings.clone(), ..signed_in(30 * MINUTE) });
        assert_eq!(model.shared().notice.as_ref().unwrap().text, message);
    }
}

#[test]
fn an_unknown_call_is_dropped_and_draws_nothing() {
    let mut model = listing();
    model.is_dirty = false;
    assert_eq!(done(&mut model, CallId(99), Ok(page())), []);
    assert!(!model.is_dirty);
}

#[test]
fn a_key_renews_once_when_less_than_half_is_left() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(14)));
    assert_eq!(press(&mut model, "j"), []);
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    only::<Renew>(&press(&mut model, "j"));
    assert_eq!(press(&mut model, "k"), [], "one is in flight");
}

#[test]
fn a_renewal_ends_nothing() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    let effects = press(&mut model, "r");
    let [(reading, first), (renewing, second)] = calls(&effects)[..] else { panic!("{effects:?}") };
    assert!(first.is::<ReadOrganizations>() && second.is::<Renew>());
    let renewed = Ok(answer(signed_in(46 * MINUTE)));
    assert_eq!(done(&mut model, renewing, renewed), []);
    assert_eq!(done(&mut model, reading, Ok(page())), [], "the old token stays good for it");
    assert_eq!(model.shared().session.as_ref().unwrap().token.number, 2);
}

#[test]
fn a_read_that_is_left_is_cancelled() {
    let mut model = listing();
    let effects = press(&mut model, "<Enter>");
    let reads: Vec<Effect> = calls(&effects).iter().map(|(id, _)| Effect::Cancel(*id)).collect();
    assert_eq!(reads.len(), 3, "{effects:?}");
    assert_eq!(press(&mut model, "q"), reads);
}

#[test]
fn reads_without_an_answer_wait_and_come_back_under_their_id() {
    let mut model = listing();
    let effects = press(&mut model, "r");
    let (id, _) = only::<ReadOrganizations>(&effects);
    assert_eq!(done(&mut model, id, Err(no_answer())), []);
    assert_eq!(update(&mut model, Action::Tick(now())), []);
    let due = now() + SignedDuration::from_secs(1);
    assert_eq!(model.next_wake(), Some(due));
    assert_eq!(update(&mut model, Action::Tick(due)), effects);
    done(&mut model, id, Err(no_answer()));
    let next = model.shared().calls.outage.as_ref().and_then(|outage| outage.next_try);
    assert_eq!(next, Some(due + SignedDuration::from_secs(2)), "ever less often");
}

#[test]
fn without_a_connection_nothing_is_written() {
    let mut model = listing();
    let (id, _) = only::<ReadOrganizations>(&press(&mut model, "r"));
    done(&mut model, id, Err(no_answer()));
    for key in ["n", "e", "D"] {
        assert_eq!(press(&mut model, key), []);
        assert_eq!(title(&model), "organizations");
    }
    assert!(model.shared().notice.is_some());
}

#[test]
fn a_write_of_the_account_before_is_never_sent_with_the_next_token() {
    let mut model = listing();
    press(&mut model, "nBeta Corp<Enter>ann@beta.example<Enter>");
    paste(&mut model, "correct horse");
    press(&mut model, "<Enter>");
    paste(&mut model, "correct horse");
    let effects = press(&mut model, "<Enter>");
    let [(create, _)] = calls(&effects)[..] else { panic!("{effects:?}") };
    session::signed_out(&mut model, "", "You are signed out.".to_owned());
    let mut other = signed_in(30 * MINUTE);
    other.principal.account_id = AccountId(Uuid::from_u128(9));
    sign_in(&mut model, other);
    assert_eq!(done(&mut model, create, Err(Error::Unauthenticated)), []);
    assert!(model.shared().calls.refused.is_empty(), "it does not wait for a sign-in either");
}

#[test]
fn nothing_typed_is_in_the_debug_of_an_action() {
    let typed = Action::Key(Pressed(KeyEvent::from(KeyCode::Char('s'))));
    let pasted = Action::Paste(Pasted("secret".into()));
    assert_eq!(format!("{typed:?} {pasted:?}"), "Key(Pressed) Paste(Pasted)");
}
