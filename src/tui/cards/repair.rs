//! A question that is answered with yes or no, and what is done then: one finding repaired, all that are safe, or an
//! operation ended. Of a finding that is left alone it only tells.

use super::card::{self, What, row};
use crate::domain::{Finding, Organization, Remedy, RepairOutcome, State};
use crate::service::{Error, RepairScope};
use crate::tui::action::Command;
use crate::tui::cards::finding as words;
use crate::tui::effect::{Answer, Outcome, Request};
use crate::tui::effect::{CallId, Message};
use crate::tui::keymap::Context;
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Step};
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What is asked.
#[derive(Debug)]
enum Purpose {
    Repair(Finding),
    RepairAll { safe: usize, of: usize },
    Finish(Arc<Organization>),
}

/// The card.
#[derive(Debug)]
pub struct Ask {
    purpose: Purpose,
    /// The write that was released.
    running: Option<CallId>,
    message: Option<Message>,
}

impl Ask {
    fn new(purpose: Purpose) -> Self {
        Self { purpose, running: None, message: None }
    }

    /// Whether this finding is to be repaired; or why it is not, if it is left alone.
    pub fn repair(finding: Finding) -> Self {
        Self::new(Purpose::Repair(finding))
    }

    /// Whether so many of the findings are to be repaired: those that lose nothing.
    pub fn repair_all(safe: usize, of: usize) -> Self {
        Self::new(Purpose::RepairAll { safe, of })
    }

    /// Whether the operation on this organization is to be ended.
    pub fn finish(organization: Arc<Organization>) -> Self {
        Self::new(Purpose::Finish(organization))
    }

    fn is_only_told(&self) -> bool {
        matches!(&self.purpose, Purpose::Repair(finding)
            if matches!(finding.problem.remedy(), Remedy::Account | Remedy::Leave))
    }

    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        if self.is_only_told() { Context::Told } else { Context::Ask }
    }

    /// Yes, or no.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if command == Command::Accept {
            if self.refusal(command, shared).is_some() {
                return Some(Step::default());
            }
            return Some(self.accept(shared));
        }
        if command != Command::Escape {
            return None;
        }
        if self.running.is_some() {
            shared.say(Role::Warning, "It is being done; a moment.");
            return Some(Step::default());
        }
        Some(Step::go(Move::Close))
    }

    fn accept(&mut self, shared: &mut Shared) -> Step {
        let request = match &self.purpose {
            Purpose::RepairAll { .. } => return Step::go(Move::Close).and(Move::RepairAll),
            Purpose::Repair(finding) => {
                Request::Mend { findings: Arc::new([finding.clone()]), extent: RepairScope::Safe }
            }
            Purpose::Finish(organization) => Request::EndOperation(Arc::clone(organization)),
        };
        self.message = None;
        let (ticket, effects) = shared.call(request);
        self.running = Some(ticket);
        Step::effects(effects)
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.running == Some(ticket)
    }

    /// Takes what became of it.
    pub fn done(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        self.running = None;
        match (outcome, &self.purpose) {
            (Ok(Answer::Repaired(outcomes)), Purpose::Repair(finding)) => {
                let (step, message) = repair_outcome(finding, outcomes, shared);
                self.message = message;
                step
            }
            (Ok(Answer::Ended(now)), Purpose::Finish(shown)) => ended(shown, now, shared),
            (Ok(_), _) => Step::default(),
            (Err(error), _) => {
                self.message = Some(Message::from(&error));
                // The list tells what became of it as soon as the store answers.
                if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
                    return Step::go(Move::Reread);
                }
                Step::default()
            }
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match () {
            () if command != Command::Accept => None,
            () if self.running.is_some() => Some("it is being done"),
            () if self.is_only_told() => Some("nothing to repair here"),
            () if shared.is_cut_off() => Some("no connection"),
            () => None,
        }
    }

    /// Draws it over what is there.
    pub fn draw(&self, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = card::columns(area);
        let (title, what, question) = self.says();
        let mut rows = Vec::new();
        for (gives_way, text) in (1..).zip(what) {
            if !rows.is_empty() {
                rows.push(row(8, What::Free));
            }
            rows.extend(card::paragraph(gives_way, &text, columns));
        }
        if let Some(question) = question {
            rows.push(row(7, What::Free));
            rows.extend(card::paragraph(0, &question, columns));
        }
        if self.message.is_some() {
            rows.push(row(8, What::Free));
            rows.extend(card::wrong(self.message.as_ref(), None, columns));
        }
        card::draw((title, Role::Text), rows, None, area, canvas);
    }

    /// Title, paragraphs and the question.
    fn says(&self) -> (&'static str, Vec<String>, Option<String>) {
        match &self.purpose {
            Purpose::Repair(finding) => {
                let what = vec![finding.message(), words::repair(finding)];
                if self.is_only_told() {
                    let title = if finding.problem.remedy() == Remedy::Leave {
                        "Left alone"
                    } else {
                        "Needs an account"
                    };
                    return (title, what, None);
                }
                ("Repair", what, Some("Repair it?".to_owned()))
            }
            Purpose::RepairAll { safe, of } => {
                let (safe, of) = (*safe as u64, *of as u64);
                let what = "Each is checked again first and skipped if it is not so any more. None of these repairs loses \
                            anything.";
                let rest = (of > safe).then(|| {
                    let rest = text::count(of - safe);
                    format!(
                        "Not included: {rest} of {}, which need a decision or are left alone.",
                        text::count(of)
                    )
                });
                let what = std::iter::once(what.to_owned()).chain(rest).collect();
                let things = if safe == 1 { "the one finding that is" } else { "findings that are" };
                let number = if safe == 1 { String::new() } else { format!("{} ", text::count(safe)) };
                ("Repair all that is safe", what, Some(format!("Repair {number}{things} safe to repair?")))
            }
            Purpose::Finish(organization) => {
                let what = match organization.state {
                    State::Purging => "Whoever works on it stops at its next step. The purge is finished.",
                    State::Creating
                    | State::Renaming
                    | State::Deleting
                    | State::Restoring
                    | State::Active
                    | State::Deleted => {
                        "Whoever works on it stops at its next step. The operation is finished, or rolled back."
                    }
                };
                let is = match organization.state {
                    State::Creating => "being created",
                    State::Renaming => "being changed",
                    State::Deleting => "being deleted",
                    State::Restoring => "being restored",
                    State::Purging => "being purged",
                    State::Active | State::Deleted => organization.state.as_str(),
                };
                let is = format!("{} is {is}.", organization.name);
                ("Finish now", vec![is, what.to_owned()], Some("End it now?".to_owned()))
            }
        }
    }
}

/// What became of one finding: the card goes, or says why it was left.
pub(super) fn repair_outcome(
    finding: &Finding,
    outcomes: Vec<RepairOutcome>,
    shared: &mut Shared,
) -> (Step, Option<Message>) {
    let gone = || Step::go(Move::Close).and(Move::Repaired(Box::new(finding.clone()))).and(Move::Reread);
    match outcomes.into_iter().next() {
        Some(RepairOutcome::Repaired) => {
            shared.say(Role::Good, format!("Repaired: {}.", finding.problem.title()));
            (gone(), None)
        }
        Some(RepairOutcome::Skipped(why)) => (Step::default(), Some(Message { text: why, hint: None })),
        Some(RepairOutcome::NoLongerPresent) | None => {
            shared
                .say(Role::Warning, "It is not so any more: another process repaired it or is changing it.");
            (gone(), None)
        }
    }
}

/// The organization as it is now, or that it is gone.
fn ended(shown: &Organization, now: Option<Arc<Organization>>, shared: &mut Shared) -> Step {
    let close = Step::go(Move::Close);
    let Some(now) = now else {
        let why = match shown.state {
            State::Creating => "its create was rolled back",
            State::Renaming
            | State::Deleting
            | State::Restoring
            | State::Purging
            | State::Active
            | State::Deleted => "it is purged",
        };
        shared.say(Role::Good, format!("{} is gone: {why}.", shown.name));
        return close.and(Move::Gone(shown.id));
    };
    let (role, is) = if now.state.has_operation() { (Role::Warning, "is still") } else { (Role::Good, "is") };
    shared.say(role, format!("{} {is} {}.", now.name, now.status()));
    // In the trash it is in no list.
    close.and(if now.state == State::Deleted { Move::Gone(now.id) } else { Move::Saved(now) })
}
