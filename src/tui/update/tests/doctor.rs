//! The doctor: progress, pages of a repair, and who may end an operation.

use super::*;
use crate::domain::{CheckReport, Finding, Problem, Progress, RepairOutcome, State};
use crate::service::{RepairProgress, RepairScope};
use crate::tui::screens::organizations::organization;
use std::sync::Arc;
use std::time::Duration;

fn finding(problem: Problem) -> Finding {
    Finding {
        organization_id: None,
        organization_name: Some("Acme Corp".into()),
        collection_name: Some("org_acme_corp".into()),
        problem,
    }
}

/// One to be chosen, one that is safe, one that is left.
pub(super) fn examined() -> Answer {
    let findings = [Problem::CollectionMissing, Problem::LeftAside, Problem::Orphan].map(finding).to_vec();
    Answer::Examined(Box::new(CheckReport { findings, organizations: 3, collections: 4 }), Duration::ZERO)
}

/// What leads from the checked doctor to a context over it.
pub(super) fn way_to(context: Context) -> &'static [Command] {
    match context {
        Context::Ask => &[Command::Repair],
        Context::Choose => &[Command::Open],
        Context::Told => &[Command::Last, Command::Open],
        Context::SignIn
        | Context::FirstOperator
        | Context::Connecting
        | Context::Organizations
        | Context::Filter
        | Context::Organization
        | Context::Activity
        | Context::ActivityFilter
        | Context::Operators
        | Context::Doctor
        | Context::Form
        | Context::Delete
        | Context::Remove
        | Context::Palette
        | Context::Leave
        | Context::Menu
        | Context::Help
        | Context::Anywhere => &[],
    }
}

/// The doctor with so many findings that are safe, being repaired: the ticket of the first page.
fn repairing(count: usize) -> (Model, CallId) {
    let mut model = listing();
    update(&mut model, Action::Command(Command::Doctor));
    let ticket = model.shared.reads()[0];
    let findings = vec![finding(Problem::LeftAside); count];
    let examination = Box::new(CheckReport { findings, ..CheckReport::default() });
    update(&mut model, Action::Done(ticket, Ok(Answer::Examined(examination, Duration::ZERO))));
    update(&mut model, Action::Command(Command::Repair));
    let effects = update(&mut model, Action::Command(Command::Accept));
    let (ticket, page) = page(&effects);
    assert_eq!(page, count.min(50));
    (model, ticket)
}

/// The ticket of a page, and how many findings are in it.
#[track_caller]
fn page(effects: &[Effect]) -> (CallId, usize) {
    let [Effect::Call(ticket, _, Request::Mend { findings, extent: RepairScope::Safe })] = effects else {
        panic!("{effects:?}");
    };
    (*ticket, findings.len())
}

fn done(ticket: CallId, count: usize) -> Action {
    Action::Done(ticket, Ok(Answer::Repaired(vec![RepairOutcome::Repaired; count])))
}

#[test]
fn progress_is_shown_as_long_as_somebody_waits_for_it() {
    let mut model = listing();
    update(&mut model, Action::Command(Command::Doctor));
    let ticket = model.shared.reads()[0];
    let report = Report::Examining(Progress { organizations: 1, collections: 2, findings: 0 });
    model.is_dirty = false;
    assert_eq!(update(&mut model, Action::Report(CallId(99), report)), []);
    assert!(!model.is_dirty);
    assert_eq!(update(&mut model, Action::Report(ticket, report)), []);
    assert!(model.is_dirty);
    assert_eq!(update(&mut model, Action::Command(Command::Back)), [Effect::Cancel(ticket)]);
    model.is_dirty = false;
    update(&mut model, Action::Report(ticket, report));
    assert!(!model.is_dirty, "it came after the check was left");
}

#[test]
fn a_repair_of_many_goes_page_by_page_and_then_checks() {
    let (mut model, ticket) = repairing(120);
    update(&mut model, Action::Report(ticket, Report::Repairing(RepairProgress { done: 20, of: 50 })));
    let (ticket, count) = page(&update(&mut model, done(ticket, 50)));
    assert_eq!(count, 50);
    let (ticket, count) = page(&update(&mut model, done(ticket, 50)));
    assert_eq!(count, 20);
    let effects = update(&mut model, done(ticket, 20));
    assert!(matches!(requests(&effects)[..], [Request::Examine, Request::Page { .. }]), "{effects:?}");
}

#[test]
fn a_repair_of_many_stops_between_two_pages() {
    for command in [Command::Back, Command::Interrupt] {
        let (mut model, ticket) = repairing(120);
        assert_eq!(update(&mut model, Action::Command(command)), [], "the page that runs is not cut short");
        assert_eq!(model.context(), Context::Doctor);
        let effects = update(&mut model, done(ticket, 50));
        assert!(matches!(requests(&effects)[..], [Request::Examine, Request::Page { .. }]), "{effects:?}");
    }
}

#[test]
fn a_repair_that_is_left_says_how_it_came_out() {
    let left = || {
        let (mut model, ticket) = repairing(120);
        update(&mut model, Action::Command(Command::Back));
        update(&mut model, Action::Command(Command::Back));
        assert_eq!(model.context(), Context::Organizations, "who does not want to wait need not");
        (model, ticket)
    };
    let said = |model: &Model| model.shared.notice.clone().map(|notice| notice.text);
    let (mut model, ticket) = left();
    update(&mut model, done(ticket, 50));
    assert_eq!(said(&model).as_deref(), Some("repairing what was found: 50 repaired."));
    let (mut model, ticket) = left();
    update(&mut model, Action::Done(ticket, Err(Error::Forbidden)));
    let words = "repairing what was found: Your role does not allow this.";
    assert_eq!(said(&model).as_deref(), Some(words));
    // Whoever signs in next hears nothing of it.
    let (mut model, ticket) = left();
    session::signed_out(&mut model, "root@example.com", "You are signed out.".to_owned());
    let before = said(&model);
    update(&mut model, done(ticket, 50));
    assert_eq!(said(&model), before);
}

#[test]
fn the_way_out_waits_for_the_page_that_runs_and_for_no_other() {
    let (mut model, ticket) = repairing(120);
    assert_eq!(update(&mut model, Action::Signal(Signal::Terminate)), []);
    let effects = update(&mut model, done(ticket, 50));
    let asked = requests(&effects);
    assert!(asked.contains(&&Request::SignOut { everywhere: false }), "{effects:?}");
    assert!(!asked.iter().any(|request| matches!(request, Request::Mend { .. })), "{effects:?}");
}

#[test]
fn a_repair_without_an_answer_ends_and_checks_as_soon_as_there_is_one() {
    let (mut model, ticket) = repairing(120);
    let (ticket, _) = page(&update(&mut model, done(ticket, 50)));
    let lost = Error::Unavailable { place: "x".into(), operation: None };
    let effects = update(&mut model, Action::Done(ticket, Err(lost)));
    assert!(matches!(requests(&effects)[..], [Request::Examine, Request::Page { .. }]), "{effects:?}");
}

#[test]
fn only_an_operation_that_runs_is_ended_and_it_is_asked_first() {
    for state in State::ALL {
        let mut model = listing();
        let mut shown = crate::domain::Organization::clone(&organization("Acme Corp"));
        shown.state = state;
        let shown = Arc::new(shown);
        update(&mut model, Action::Command(Command::Refresh));
        let ticket = model.shared.reads()[0];
        let page = OrganizationPage { items: vec![Arc::clone(&shown)], next_cursor: None };
        update(&mut model, Action::Done(ticket, Ok(Answer::Page(page))));
        update(&mut model, Action::Command(Command::Open));
        assert_eq!(update(&mut model, Action::Command(Command::Finish)), []);
        assert_eq!(model.context() == Context::Ask, state.has_operation(), "{state}");
        if state.has_operation() {
            let effects = update(&mut model, Action::Command(Command::Accept));
            assert_eq!(requests(&effects), [&Request::EndOperation(shown)]);
        }
    }
}
