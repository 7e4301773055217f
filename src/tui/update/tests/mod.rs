//! Effects compared: no loop, no service.

mod chores;
mod doctor;
mod places;

use super::*;
use crate::domain::{
    AccessToken, Account, AccountId, Claims, OrganizationName, Principal, Role as AccountRole,
};
use crate::service::{OperatorPage, OrganizationPage, SignedIn};
use crate::service::{StoreKind, StoreLocation};
use crate::tui::effect::CallId;
use crate::tui::effect::{Answer, Request};
use crate::tui::keymap::{self, Context};
use crate::tui::model::CollectionOf;
use crate::tui::theme::Theme;
use std::sync::Arc;
use tui_input::InputRequest;
use uuid::Uuid;

const MINUTE: i64 = 60;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn fixed() -> ConsoleConfig {
    ConsoleConfig {
        place: StoreLocation {
            kind: StoreKind::Embedded,
            short: "tenantry.db".into(),
            full: "/data/tenantry.db".into(),
            host: "/data/tenantry.db".into(),
            warnings: Vec::new(),
        },
        store_from: None,
        environment: None,
        theme: Theme { colour: true, ascii: false },
        session_length: SignedDuration::from_mins(30),
        trash_length: SignedDuration::from_hours(7 * 24),
        collection_of: CollectionOf(Arc::new(|name| {
            Ok(OrganizationName::parse(name)?.collection("master_db"))
        })),
        email: None,
    }
}

fn signed_in(until: i64) -> SignedIn {
    let account = AccountId(Uuid::from_u128(1));
    SignedIn {
        token: AccessToken("token".into()),
        principal: Principal {
            account_id: account,
            email: "root@example.com".into(),
            role: AccountRole::Operator,
            organization_id: None,
            organization_name: None,
            claims: Claims {
                iss: "tenantry".into(),
                aud: Uuid::nil(),
                sub: account,
                org: None,
                role: AccountRole::Operator,
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

/// A console with its list read, and no call in flight.
fn listing() -> Model {
    let (mut model, effects) = begin(fixed(), now(), (80, 24));
    assert_eq!(effects, [Effect::Call(CallId(1), None, Request::IsInitialized)]);
    update(&mut model, Action::Done(CallId(1), Ok(Answer::Initialized(true))));
    for c in "root@example.com".chars() {
        update(&mut model, Action::Input(Typed(InputRequest::InsertChar(c))));
    }
    update(&mut model, Action::Command(Command::Submit));
    update(&mut model, Action::Paste(Pasted("correct horse".into())));
    update(&mut model, Action::Command(Command::Submit));
    let session = Box::new(signed_in(30 * MINUTE));
    update(&mut model, Action::Done(CallId(2), Ok(Answer::SignedIn(session))));
    update(&mut model, Action::Done(CallId(3), Ok(page())));
    assert_eq!(model.context(), Context::Organizations);
    model
}

fn page() -> Answer {
    Answer::Page(OrganizationPage {
        items: vec![crate::tui::screens::organizations::organization("Acme Corp")],
        next_cursor: None,
    })
}

fn operators() -> Answer {
    let account = |number: u128, email: &str| Account {
        id: AccountId(Uuid::from_u128(number)),
        email: email.into(),
        role: AccountRole::Operator,
        organization_id: None,
        version: 1,
        token_version: 1,
        created_at: now(),
        updated_at: now(),
    };
    let items = vec![account(2, "kim@example.com"), account(1, "root@example.com")];
    Answer::Operators(OperatorPage { items, next_cursor: None })
}

fn requests(effects: &[Effect]) -> Vec<&Request> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Call(_, _, request) => Some(request),
            Effect::Cancel(_) | Effect::Behind(_) | Effect::Redraw | Effect::Suspend | Effect::Exit(_) => {
                None
            }
        })
        .collect()
}

#[test]
fn an_unknown_call_is_dropped_and_draws_nothing() {
    let mut model = listing();
    model.is_dirty = false;
    assert_eq!(update(&mut model, Action::Done(CallId(99), Ok(page()))), []);
    assert!(!model.is_dirty);
}

#[test]
fn a_key_renews_once_when_less_than_half_is_left() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(14)));
    assert_eq!(update(&mut model, Action::Command(Command::Down)), []);
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    let effects = update(&mut model, Action::Command(Command::Down));
    assert_eq!(requests(&effects), [&Request::Renew]);
    assert_eq!(update(&mut model, Action::Command(Command::Up)), [], "one is in flight");
}

#[test]
fn a_renewal_ends_nothing() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    let effects = update(&mut model, Action::Command(Command::Refresh));
    let (reading, renewing) = match effects.as_slice() {
        [Effect::Call(reading, _, Request::Page { .. }), Effect::Call(renewing, _, Request::Renew)] => {
            (*reading, *renewing)
        }
        other => panic!("{other:?}"),
    };
    let renewed = Ok(Answer::SignedIn(Box::new(signed_in(46 * MINUTE))));
    assert_eq!(update(&mut model, Action::Done(renewing, renewed)), []);
    assert_eq!(update(&mut model, Action::Done(reading, Ok(page()))), [], "the old token stays good for it");
    assert_eq!(model.shared.session.as_ref().unwrap().token.number, 2);
}

#[test]
fn a_read_that_is_left_is_cancelled() {
    let mut model = listing();
    let effects = update(&mut model, Action::Command(Command::Open));
    let [Effect::Call(figures, _, Request::CollectionStats(_))] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let figures = *figures;
    assert_eq!(update(&mut model, Action::Command(Command::Back)), [Effect::Cancel(figures)]);
}

#[test]
fn reads_without_an_answer_wait_and_come_back_under_their_id() {
    let mut model = listing();
    let effects = update(&mut model, Action::Command(Command::Refresh));
    let [Effect::Call(ticket, token, request)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let lost = Error::Unavailable { place: "x".into(), operation: None };
    assert_eq!(update(&mut model, Action::Done(*ticket, Err(lost.clone()))), []);
    assert_eq!(update(&mut model, Action::Tick(now())), []);
    let due = now() + SignedDuration::from_secs(1);
    assert_eq!(model.next_wake(), Some(due));
    let again = Effect::Call(*ticket, token.clone(), request.clone());
    assert_eq!(update(&mut model, Action::Tick(due)), [again]);
    update(&mut model, Action::Done(*ticket, Err(lost)));
    let next = model.shared.outage.as_ref().and_then(|outage| outage.next_try);
    assert_eq!(next, Some(due + SignedDuration::from_secs(2)), "ever less often");
}

#[test]
fn without_a_connection_nothing_is_written() {
    let mut model = listing();
    update(&mut model, Action::Command(Command::Refresh));
    let ticket = *model.shared.flights.keys().next().unwrap();
    let lost = Error::Unavailable { place: "x".into(), operation: None };
    update(&mut model, Action::Done(ticket, Err(lost)));
    for command in [Command::New, Command::Edit, Command::Delete] {
        assert_eq!(update(&mut model, Action::Command(command)), []);
        assert_eq!(model.context(), Context::Organizations);
    }
    assert!(model.shared.notice.is_some());
}

/// Opens each context in turn.
fn in_context(context: Context) -> Model {
    let mut model = listing();
    let commands: &[Command] = match context {
        Context::SignIn => return begin_with(true),
        Context::FirstOperator => return begin_with(false),
        Context::Connecting => return begin(fixed(), now(), (80, 24)).0,
        Context::Organizations | Context::Anywhere => &[],
        Context::Filter => &[Command::Filter],
        Context::Organization => &[Command::Open],
        Context::Activity => &[Command::Open, Command::Activity],
        Context::ActivityFilter => &[Command::Open, Command::Activity, Command::Filter],
        Context::Operators | Context::Remove => &[Command::Operators],
        Context::Doctor | Context::Ask | Context::Choose | Context::Told => &[Command::Doctor],
        Context::Palette => &[Command::Palette],
        Context::Form | Context::Leave => &[Command::New],
        Context::Delete => &[Command::Delete],
        Context::Menu => &[Command::Sort],
        Context::Help => &[Command::Help],
    };
    for command in commands {
        update(&mut model, Action::Command(*command));
    }
    if let Some(reading) = model.shared.reads().first().filter(|_| model.context() == Context::Operators) {
        update(&mut model, Action::Done(*reading, Ok(operators())));
    }
    if let Some(reading) = model.shared.reads().first().filter(|_| model.context() == Context::Doctor) {
        update(&mut model, Action::Done(*reading, Ok(doctor::examined())));
    }
    for command in doctor::way_to(context) {
        update(&mut model, Action::Command(*command));
    }
    if context == Context::Remove {
        update(&mut model, Action::Command(Command::Delete));
    }
    if context == Context::Leave {
        update(&mut model, Action::Input(Typed(InputRequest::InsertChar('x'))));
        update(&mut model, Action::Command(Command::Escape));
    }
    model
}

fn begin_with(is_initialized: bool) -> Model {
    let (mut model, _) = begin(fixed(), now(), (80, 24));
    update(&mut model, Action::Done(CallId(1), Ok(Answer::Initialized(is_initialized))));
    model
}

#[test]
fn every_binding_of_a_context_is_answered_there() {
    for context in Context::ALL.into_iter().filter(|context| *context != Context::Anywhere) {
        for binding in keymap::of(context) {
            let mut model = in_context(context);
            assert_eq!(model.context(), context);
            // Done by the router, whatever is in view.
            let everywhere =
                [Command::Help, Command::Interrupt, Command::Redraw, Command::Suspend, Command::Palette];
            if everywhere.contains(&binding.command) {
                continue;
            }
            let shared = &mut model.shared;
            let step = match (model.overlays.last_mut(), model.screens.last_mut()) {
                (Some(overlay), _) => overlay.command(binding.command, shared),
                (None, Some(screen)) => screen.command(binding.command, shared),
                (None, None) => None,
            };
            assert!(step.is_some(), "{binding:?}");
        }
    }
}

#[test]
fn nothing_typed_is_in_the_debug_of_an_action() {
    let typed = Action::Input(Typed(InputRequest::InsertChar('s')));
    let pasted = Action::Paste(Pasted("secret".into()));
    assert_eq!(format!("{typed:?} {pasted:?}"), "Input(Typed) Paste(Pasted)");
}
