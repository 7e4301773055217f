//! Operators, activity, places and signing out.

use super::*;
use crate::service::ActivityPage;
use crate::tui::cards::remove_operator::RemoveOperator;
use crate::tui::keys::{Listed, Means};
use crate::tui::reads::{ReadOrganization, ReadSignIn};
use crate::tui::screens;
use crate::tui::screens::activity::ReadActivity;
use crate::tui::screens::form::UpdateOrganization;
use crate::tui::screens::operators::ReadOperators;

#[test]
fn every_key_that_goes_somewhere_names_a_place() {
    let mut names: Vec<&str> = screens::places().map(|place| place.name).collect();
    for binding in screens::tables().flat_map(Listed::bindings) {
        if let Means::Place(name) = binding.means {
            assert!(names.contains(&name), "{binding:?}");
        }
    }
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each place has a name of its own");
}

#[test]
fn the_reads_of_operators_and_activity_are_cancelled_when_they_are_left() {
    for keys in ["o", "<Enter>2"] {
        let mut model = listing();
        press(&mut model, keys);
        let reading: Vec<Effect> = model.shared().calls.reads().into_iter().map(Effect::Cancel).collect();
        assert!(!reading.is_empty());
        assert_eq!(press(&mut model, "q"), reading, "{keys}");
        assert_eq!(title(&model), "organizations");
    }
}

#[test]
fn a_write_of_an_operator_is_not_cancelled_when_reading_is_stopped() {
    let mut model = listing();
    let (reading, _) = only::<ReadOperators>(&press(&mut model, "o"));
    done(&mut model, reading, Ok(operators()));
    press(&mut model, "Dkim@example.com");
    let effects = press(&mut model, "<Enter>");
    let (removal, RemoveOperator { shown, confirm }) = only(&effects);
    assert_eq!((shown.email.as_str(), confirm.as_str()), ("kim@example.com", "kim@example.com"));
    assert_eq!(press(&mut model, "<C-c>"), []);
    assert_eq!(press(&mut model, "<Esc>"), [], "it stays until it is answered");
    assert_eq!(title(&model), "remove");
    assert!(model.shared().calls.pending.contains_key(&removal));
}

#[test]
fn while_signing_out_nothing_else_begins() {
    let mut model = listing();
    press(&mut model, ":everywhere");
    let effects = press(&mut model, "<Enter>");
    let (id, SignOut { everywhere: true }) = only(&effects) else { panic!("{effects:?}") };
    for key in ["n", "<Enter>", ":", "q"] {
        assert_eq!(press(&mut model, key), []);
        assert_eq!(title(&model), "organizations");
    }
    done(&mut model, id, Ok(answer(())));
    assert_eq!(title(&model), "sign in");
    assert!(model.shared().session.is_none());
}

#[test]
fn a_renewed_token_that_comes_while_signing_out_is_not_taken() {
    let mut model = listing();
    update(&mut model, Action::Tick(now() + SignedDuration::from_mins(16)));
    let (renewing, _) = only::<Renew>(&press(&mut model, ":"));
    paste(&mut model, "sign out");
    let effects = press(&mut model, "<Enter>");
    let (signing_out, SignOut { everywhere: false }) = only(&effects) else { panic!("{effects:?}") };
    let renewed = Ok(answer(signed_in(46 * MINUTE)));
    assert_eq!(done(&mut model, renewing, renewed), [], "its session is ended as a whole");
    assert_eq!(model.shared().session.as_ref().unwrap().token.number, 1);
    done(&mut model, signing_out, Ok(answer(())));
    assert_eq!(title(&model), "sign in");
}

#[test]
fn what_is_refreshed_is_read_once() {
    let mut model = listing();
    let effects = press(&mut model, "<Enter>");
    let [(stats, _), (activity, _), _] = calls(&effects)[..] else { panic!("{effects:?}") };
    done(&mut model, stats, Err(Error::NothingToChange));
    assert_eq!(press(&mut model, "3"), [], "it is being read already");
    let none = ActivityPage { items: Vec::new(), next_cursor: None };
    done(&mut model, activity, Ok(answer(none)));
    let effects = press(&mut model, "r");
    let [(record, first), (stats, second), (_, third), (_, fourth)] = calls(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert!(first.is::<ReadOrganization>() && second.is::<ReadStats>() && third.is::<ReadActivity>());
    assert!(fourth.is::<ReadSignIn>());
    // In whichever order they are answered.
    assert_eq!(done(&mut model, stats, Err(Error::NothingToChange)), []);
    assert_eq!(done(&mut model, record, Ok(answer(organization("Acme Corp")))), []);
}

#[test]
fn an_admin_is_offered_nothing_that_only_operators_may_do() {
    let mut model = begin_with(true);
    let mut session = signed_in(30 * MINUTE);
    session.principal.role = Role::Admin;
    session.principal.organization_id = Some(crate::domain::OrganizationId(Uuid::nil()));
    sign_in(&mut model, session);
    assert_eq!(title(&model), "organization");
    for (typed, offered) in [("operators", false), ("new organization", false), ("your account", true)] {
        press(&mut model, ":");
        press(&mut model, typed);
        press(&mut model, "<Enter>");
        assert_eq!(title(&model), if offered { "form" } else { "go to" }, "{typed}");
        press(&mut model, "<Esc>");
    }
}

#[test]
fn a_value_that_was_loaded_and_is_kept_is_not_judged() {
    let shown = organization("Acme Corp");
    assert!(crate::domain::Email::parse(&shown.admin_email).is_err(), "it is older than the rule");
    let mut model = listing();
    let key = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
    press(&mut model, "eLabs");
    let effects = update(&mut model, Action::Key(Pressed(key)));
    let (_, call) = only::<UpdateOrganization>(&effects);
    assert_eq!((call.name.as_deref(), &call.email), (Some("Acme CorpLabs"), &None));
}

#[test]
fn esc_never_quits() {
    let mut model = begin_with(true);
    let mut session = signed_in(30 * MINUTE);
    session.principal.role = Role::Admin;
    session.principal.organization_id = Some(crate::domain::OrganizationId(Uuid::nil()));
    sign_in(&mut model, session);
    for keys in ["<Esc>", "2<Esc>", "<Esc>"] {
        press(&mut model, keys);
        assert!(model.leaving.is_none(), "{keys}");
    }
    press(&mut model, "q");
    assert!(model.leaving.is_none(), "it asks");
    for no in ["<Esc>", "n", "q"] {
        press(&mut model, no);
        assert!(model.leaving.is_none(), "{no}");
        press(&mut model, "q");
    }
    press(&mut model, "<Enter>");
    assert!(model.leaving.is_some());
}
