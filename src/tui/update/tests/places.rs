//! Operators, activity, the palette and signing out.

use super::*;

#[test]
fn the_reads_of_operators_and_activity_are_cancelled_when_they_are_left() {
    for commands in [&[Command::Operators][..], &[Command::Open, Command::Activity]] {
        let mut model = listing();
        for command in commands {
            update(&mut model, Action::Command(*command));
        }
        let mut reading: Vec<Effect> = model.shared.reads().into_iter().map(Effect::Cancel).collect();
        let mut effects = update(&mut model, Action::Command(Command::Back));
        let by_ticket = |effect: &Effect| format!("{effect:?}");
        effects.sort_by_key(by_ticket);
        reading.sort_by_key(by_ticket);
        assert!(!reading.is_empty());
        assert_eq!(effects, reading, "{commands:?}");
        assert_eq!(model.context(), Context::Organizations);
    }
}

#[test]
fn a_write_of_an_operator_is_not_cancelled_when_reading_is_stopped() {
    let mut model = in_context(Context::Remove);
    for c in "kim@example.com".chars() {
        update(&mut model, Action::Input(Typed(InputRequest::InsertChar(c))));
    }
    let effects = update(&mut model, Action::Command(Command::Submit));
    let [Effect::Call(removal, _, Request::RemoveOperator { shown, confirm })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!((shown.email.as_str(), confirm.as_str()), ("kim@example.com", "kim@example.com"));
    assert_eq!(update(&mut model, Action::Command(Command::Interrupt)), []);
    assert_eq!(update(&mut model, Action::Command(Command::Escape)), [], "it stays until it is answered");
    assert_eq!(model.context(), Context::Remove);
    assert!(model.shared.flights.contains_key(removal));
}

#[test]
fn while_signing_out_nothing_else_begins() {
    let mut model = listing();
    update(&mut model, Action::Command(Command::Palette));
    for c in "everywhere".chars() {
        update(&mut model, Action::Input(Typed(InputRequest::InsertChar(c))));
    }
    let effects = update(&mut model, Action::Command(Command::Submit));
    let [Effect::Call(ticket, _, Request::SignOut { everywhere: true })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let ticket = *ticket;
    for command in [Command::New, Command::Open, Command::Palette] {
        assert_eq!(update(&mut model, Action::Command(command)), []);
        assert_eq!(model.context(), Context::Organizations);
    }
    update(&mut model, Action::Done(ticket, Ok(Answer::SignedOut)));
    assert_eq!(model.context(), Context::SignIn);
    assert!(model.shared.session.is_none());
}

#[test]
fn a_renewed_token_that_comes_while_signing_out_is_not_taken() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    let effects = update(&mut model, Action::Command(Command::Palette));
    let [Effect::Call(renewing, _, Request::Renew)] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    update(&mut model, Action::Paste(Pasted("sign out".into())));
    let effects = update(&mut model, Action::Command(Command::Submit));
    let [Effect::Call(signing_out, _, Request::SignOut { everywhere: false })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let renewed = Ok(Answer::SignedIn(Box::new(signed_in(46 * MINUTE))));
    assert_eq!(update(&mut model, Action::Done(*renewing, renewed)), [], "its session is ended as a whole");
    assert_eq!(model.shared.session.as_ref().unwrap().token.number, 1);
    update(&mut model, Action::Done(*signing_out, Ok(Answer::SignedOut)));
    assert_eq!(model.context(), Context::SignIn);
}

#[test]
fn what_is_refreshed_is_read_once() {
    let mut model = listing();
    let effects = update(&mut model, Action::Command(Command::Open));
    let [Effect::Call(figures, _, Request::CollectionStats(_))] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    update(&mut model, Action::Done(*figures, Err(Error::NothingToChange)));
    let effects = update(&mut model, Action::Command(Command::Activity));
    let [Effect::Call(activity, _, Request::Activity { .. })] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    let page = Answer::Activity(crate::service::ActivityPage { items: Vec::new(), next_cursor: None });
    update(&mut model, Action::Done(*activity, Ok(page)));
    let effects = update(&mut model, Action::Command(Command::Refresh));
    let [Effect::Call(record, _, Request::Organization(_)), Effect::Call(..), Effect::Call(..)] =
        effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    let organization = Answer::Organization(crate::tui::screens::organizations::organization("Acme Corp"));
    assert_eq!(update(&mut model, Action::Done(*record, Ok(organization))), []);
}

#[test]
fn an_admin_is_offered_nothing_that_only_operators_may_do() {
    let (mut model, _) = begin(fixed(), now(), (80, 24));
    update(&mut model, Action::Done(CallId(1), Ok(Answer::Initialized(true))));
    let mut session = signed_in(30 * MINUTE);
    session.principal.role = AccountRole::Admin;
    session.principal.organization_id = Some(crate::domain::OrganizationId(Uuid::nil()));
    let _ = session::signed_in(&mut model, session);
    assert_eq!(model.context(), Context::Organization);
    for (typed, offered) in [("operators", false), ("new organization", false), ("your account", true)] {
        update(&mut model, Action::Command(Command::Palette));
        for c in typed.chars() {
            update(&mut model, Action::Input(Typed(InputRequest::InsertChar(c))));
        }
        update(&mut model, Action::Command(Command::Submit));
        let context = if offered { Context::Form } else { Context::Palette };
        assert_eq!(model.context(), context, "{typed}");
        update(&mut model, Action::Command(Command::Escape));
    }
}
