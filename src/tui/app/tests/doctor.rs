//! The doctor: progress, pages of a repair, and who may end an operation.

use super::*;
use crate::domain::{CheckReport, Finding, Organization, Problem, Progress, RepairOutcome, State};
use crate::service::{RepairProgress, RepairScope};
use crate::tui::cards::recover_operation::RecoverOperation;
use crate::tui::cards::repair::RepairFindings;
use crate::tui::effect::CallProgress;
use crate::tui::screens::doctor::CheckStore;
use std::time::Duration;
use strum::IntoEnumIterator;

fn finding(problem: Problem) -> Finding {
    Finding {
        organization_id: None,
        organization_name: Some("Acme Corp".into()),
        collection_name: Some("org_acme_corp".into()),
        problem,
    }
}

/// The doctor with so many findings that are safe, being repaired: the call of the first page.
fn repairing(count: usize) -> (Model, CallId) {
    let mut model = listing();
    let (check, CheckStore) = only(&press(&mut model, "!"));
    let findings = vec![finding(Problem::LeftAside); count];
    let report = CheckReport { findings, ..CheckReport::default() };
    done(&mut model, check, Ok(answer((report, Duration::ZERO))));
    press(&mut model, "R");
    let (id, page) = page(&press(&mut model, "y"));
    assert_eq!(page, count.min(50));
    (model, id)
}

/// The call of a page, and how many findings are in it.
#[track_caller]
fn page(effects: &[Effect]) -> (CallId, usize) {
    let (id, RepairFindings { findings, scope }) = only(effects);
    assert_eq!(*scope, RepairScope::Safe);
    (id, findings.len())
}

/// A repair ended: the store is checked, and the list is read.
#[track_caller]
fn ended(effects: &[Effect]) {
    let [(_, first), (_, second)] = calls(effects)[..] else { panic!("{effects:?}") };
    assert!(first.is::<CheckStore>() && second.is::<ReadOrganizations>(), "{effects:?}");
}

fn repaired(model: &mut Model, id: CallId, count: usize) -> Vec<Effect> {
    done(model, id, Ok(answer(vec![RepairOutcome::Repaired; count])))
}

#[test]
fn progress_is_shown_as_long_as_somebody_waits_for_it() {
    let mut model = listing();
    press(&mut model, "!");
    let id = model.shared().calls.reads()[0];
    let report = CallProgress::Checking(Progress { organizations: 1, collections: 2, findings: 0 });
    model.is_dirty = false;
    assert_eq!(update(&mut model, Action::Progress(CallId(99), report)), []);
    assert!(!model.is_dirty);
    assert_eq!(update(&mut model, Action::Progress(id, report)), []);
    assert!(model.is_dirty);
    assert_eq!(press(&mut model, "q"), [Effect::Cancel(id)]);
    model.is_dirty = false;
    update(&mut model, Action::Progress(id, report));
    assert!(!model.is_dirty, "it came after the check was left");
}

#[test]
fn a_repair_of_many_goes_page_by_page_and_then_checks() {
    let (mut model, id) = repairing(120);
    update(&mut model, Action::Progress(id, CallProgress::Repairing(RepairProgress { done: 20, of: 50 })));
    let (id, count) = page(&repaired(&mut model, id, 50));
    assert_eq!(count, 50);
    let (id, count) = page(&repaired(&mut model, id, 50));
    assert_eq!(count, 20);
    let effects = repaired(&mut model, id, 20);
    ended(&effects);
}

#[test]
fn a_repair_of_many_stops_between_two_pages() {
    for key in ["q", "<C-c>"] {
        let (mut model, id) = repairing(120);
        assert_eq!(press(&mut model, key), [], "the page that runs is not cut short");
        assert_eq!(title(&model), "doctor");
        let effects = repaired(&mut model, id, 50);
        ended(&effects);
    }
}

#[test]
fn a_repair_that_is_left_says_how_it_came_out() {
    let left = || {
        let (mut model, id) = repairing(120);
        press(&mut model, "q");
        press(&mut model, "q");
        assert_eq!(title(&model), "organizations", "leaving does not wait for the check");
        (model, id)
    };
    let said = |model: &Model| model.shared().notice.clone().map(|notice| notice.text);
    let (mut model, id) = left();
    let effects = repaired(&mut model, id, 50);
    let (_, ReadOrganizations { cursor: None, .. }) = only(&effects) else { panic!("{effects:?}") };
    assert_eq!(said(&model).as_deref(), Some("repairing what was found: 50 repaired."));
    let (mut model, id) = left();
    done(&mut model, id, Err(Error::Forbidden));
    let words = "repairing what was found: Your role does not allow this.";
    assert_eq!(said(&model).as_deref(), Some(words));
    // Whoever signs in next hears nothing of it.
    let (mut model, id) = left();
    session::signed_out(&mut model, "root@example.com", "You are signed out.".to_owned());
    let before = said(&model);
    repaired(&mut model, id, 50);
    assert_eq!(said(&model), before);
}

#[test]
fn the_way_out_waits_for_the_page_that_runs_and_for_no_other() {
    let (mut model, id) = repairing(120);
    assert_eq!(update(&mut model, Action::Signal(Signal::Terminate)), []);
    let effects = repaired(&mut model, id, 50);
    let asked = calls(&effects);
    assert!(asked.iter().any(|(_, call)| call.is::<SignOut>()), "{effects:?}");
    assert!(!asked.iter().any(|(_, call)| call.is::<RepairFindings>()), "{effects:?}");
}

#[test]
fn a_repair_without_an_answer_ends_and_checks_as_soon_as_there_is_one() {
    let (mut model, id) = repairing(120);
    let (id, _) = page(&repaired(&mut model, id, 50));
    let effects = done(&mut model, id, Err(no_answer()));
    ended(&effects);
}

#[test]
fn only_an_operation_that_runs_is_ended_and_it_is_asked_first() {
    for state in State::iter() {
        let mut model = listing();
        let mut shown = Organization::clone(&organization("Acme Corp"));
        shown.state = state;
        let shown = Arc::new(shown);
        press(&mut model, "r");
        let id = model.shared().calls.reads()[0];
        let page = OrganizationPage { items: vec![Arc::clone(&shown)], next_cursor: None };
        done(&mut model, id, Ok(answer(page)));
        press(&mut model, "<Enter>");
        assert_eq!(press(&mut model, "f"), []);
        assert_eq!(title(&model) == "a question", state.has_operation(), "{state}");
        if state.has_operation() {
            let effects = press(&mut model, "y");
            assert_eq!(only::<RecoverOperation>(&effects).1, &RecoverOperation { shown });
        }
    }
}
