//! The doctor: a check of the whole store, begun as it is opened, and what it found, to be repaired one by one or all
//! that is safe together. Nothing is repaired without being asked.

mod repair;
mod view;

use super::{Move, Step, TABLE_FRAME, movement};
use crate::domain::{CheckReport, Finding, Progress, Remedy};
use crate::service::{Error, RepairScope};
use crate::tui::action::Command;
use crate::tui::cards::{Overlay, repair::Ask, replace_collection::Choose};
use crate::tui::effect::{Answer, Effect, Outcome, Report, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::model::Shared;
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::table::Window;
use repair::{Repair, Tally, is_safe};
use std::time::Duration;

/// What a check looked at, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Checked {
    organizations: u64,
    collections: u64,
    took: Duration,
}

/// The screen.
#[derive(Debug)]
pub struct Doctor {
    /// Errors first.
    findings: Vec<Finding>,
    /// How many of them can be repaired without losing anything.
    safe: usize,
    window: Window,
    check: Load<Checked>,
    /// How far the check is that runs.
    progress: Progress,
    repair: Option<Repair>,
    /// How the repair came out before the check that runs.
    tally: Option<Tally>,
    /// What is to be said of what was done, until something else is.
    said: Option<(Role, String)>,
    /// Findings that were repaired by themselves since the check.
    repaired: usize,
}

impl Doctor {
    /// Begins to check.
    pub fn open(shared: &mut Shared) -> (Self, Vec<Effect>) {
        let mut screen = Self {
            findings: Vec::new(),
            safe: 0,
            window: Window::default(),
            check: Load::Idle,
            progress: Progress::default(),
            repair: None,
            tally: None,
            said: None,
            repaired: 0,
        };
        let effects = screen.check(shared);
        (screen, effects)
    }

    /// Checks anew, behind what is there.
    fn check(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.reads().into_iter().flat_map(|ticket| shared.cancel(ticket)).collect();
        let (ticket, call) = shared.call(Request::Examine);
        self.check = Load::Loading(ticket);
        self.progress = Progress::default();
        self.said = None;
        effects.extend(call);
        effects
    }

    fn is_checking(&self) -> bool {
        matches!(self.check, Load::Loading(_))
    }

    fn selected(&self) -> Option<&Finding> {
        self.findings.get(self.window.selected)
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        let frame = TABLE_FRAME + view::panel(shared.size.1.saturating_sub(4));
        if let Some(rows) = movement(command, frame, shared) {
            self.window.move_by(rows, self.findings.len());
            return Some(Step::default());
        }
        let step = match command {
            Command::Refresh if self.repair.is_some() => Step::default(),
            Command::Refresh => Step::effects(self.check(shared)),
            // What runs is not left half: it ends first, unless it is left a second time.
            Command::Back if self.stop_work() => {
                shared.say(Role::Warning, "It stops after what is being repaired now.");
                Step::default()
            }
            Command::Back => Step::go(Move::Pop),
            Command::Open => self.selected().map(ask).unwrap_or_default(),
            Command::Repair => {
                let card = Ask::repair_all(self.safe, self.findings.len());
                Step::go(Move::Open(Overlay::Ask(Box::new(card))))
            }
            Command::Up
            | Command::Down
            | Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Escape
            | Command::Filter
            | Command::Sort
            | Command::Reverse
            | Command::New
            | Command::Edit
            | Command::Delete
            | Command::Operators
            | Command::Password
            | Command::Doctor
            | Command::Finish
            | Command::Overview
            | Command::Activity
            | Command::NextTab
            | Command::PreviousTab
            | Command::Palette
            | Command::Help
            | Command::NextField
            | Command::PreviousField
            | Command::Submit
            | Command::Save
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend => return None,
        };
        Some(step)
    }

    /// Repairs all that is safe, page by page.
    pub fn repair_all(&mut self, shared: &mut Shared) -> Step {
        self.said = None;
        self.repair = Some(Repair::of_all_safe(&self.findings));
        self.next_page(shared)
    }

    /// The next page; after the last one a check, which tells what is left.
    fn next_page(&mut self, shared: &mut Shared) -> Step {
        let Some(repair) = &mut self.repair else {
            return Step::default();
        };
        match repair.page(&self.findings) {
            Some(findings) => {
                let (ticket, effects) = shared.call(Request::Mend { findings, extent: RepairScope::Safe });
                repair.running = Some(ticket);
                Step::effects(effects)
            }
            None => self.end_repair(None, shared),
        }
    }

    fn end_repair(&mut self, failure: Option<&Error>, shared: &mut Shared) -> Step {
        if let Some(repair) = self.repair.take() {
            self.tally = Some(repair.end(&mut self.findings, failure.map(ToString::to_string)));
        }
        self.settle();
        let mut step = Step::effects(self.check(shared));
        // The check may wait long for its answer, or be stopped.
        self.said = self.tally.as_ref().map(|tally| (tally.role(), format!("{}.", tally.words())));
        step.moves.push(Move::Reread);
        step
    }

    /// A finding was repaired by itself, or was not so any more.
    pub fn repaired(&mut self, finding: &Finding, shared: &mut Shared) -> Vec<Effect> {
        if let Some(at) = self.findings.iter().position(|known| known == finding) {
            self.findings.remove(at);
            self.repaired += 1;
        }
        self.settle();
        self.said = None;
        // That nothing is left is said by a check alone.
        if self.findings.is_empty() { self.check(shared) } else { Vec::new() }
    }

    /// The selection within the rows, and what is counted of them.
    fn settle(&mut self) {
        self.safe = self.findings.iter().filter(|finding| is_safe(finding)).count();
        self.window.move_by(0, self.findings.len());
    }

    /// Lets a repair of many end with the page that runs; answers whether there was one to stop.
    pub fn stop_work(&mut self) -> bool {
        self.repair.as_mut().is_some_and(|repair| !std::mem::replace(&mut repair.is_stopping, true))
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.check.awaits(ticket) || self.repair.as_ref().is_some_and(|repair| repair.running == Some(ticket))
    }

    /// How far the check or the repair is.
    pub fn reported(&mut self, report: Report) {
        match (report, &mut self.repair) {
            (Report::Examining(progress), _) => self.progress = progress,
            (Report::Repairing(progress), Some(repair)) => repair.reached(progress.done),
            (Report::Repairing(_), None) => {}
        }
    }

    /// Takes what a check found, or what became of a page.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        let is_check = self.check.awaits(ticket);
        match outcome {
            Ok(Answer::Examined(examination, took)) => {
                self.examined(*examination, took);
                Step::default()
            }
            Ok(Answer::Repaired(outcomes)) => {
                if let Some(repair) = &mut self.repair {
                    repair.took(&outcomes);
                }
                self.next_page(shared)
            }
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::Organization(_)
                | Answer::CollectionStats(_)
                | Answer::Deleted(_)
                | Answer::Activity(_)
                | Answer::Operators(_)
                | Answer::Operator(_)
                | Answer::Removed(_)
                | Answer::Ended(_)
                | Answer::OwnAccount(_),
            ) => Step::default(),
            Err(error) if is_check => {
                self.check = Load::Failed(Message::from(&error));
                Step::default()
            }
            Err(error) => self.end_repair(Some(&error), shared),
        }
    }

    fn examined(&mut self, examination: CheckReport, took: Duration) {
        let CheckReport { findings, organizations, collections } = examination;
        // What was selected stays so, or else the row.
        let chosen = self.selected().and_then(|chosen| findings.iter().position(|found| found == chosen));
        self.findings = findings;
        self.window.selected = chosen.unwrap_or(self.window.selected);
        self.repaired = 0;
        self.settle();
        self.check = Load::Ready(Checked { organizations, collections, took });
        self.said = self.tally.take().map(|tally| {
            let left = match self.findings.len() {
                0 => "nothing is left".to_owned(),
                1 => "1 finding is left".to_owned(),
                count => format!("{} findings are left", text::count(count as u64)),
            };
            (tally.role(), format!("{}; {left}.", tally.words()))
        });
    }

    /// The check was stopped; what was found before stays.
    pub fn stopped(&mut self, ticket: CallId) {
        if self.check.awaits(ticket) {
            self.check = Load::Idle;
        }
    }

    /// The check that runs.
    pub fn reads(&self) -> Vec<CallId> {
        match self.check {
            Load::Loading(ticket) => vec![ticket],
            Load::Idle | Load::Ready(_) | Load::Failed(_) => Vec::new(),
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        let is_repair = matches!(command, Command::Open | Command::Repair);
        match () {
            () if self.repair.is_some() && (is_repair || command == Command::Refresh) => Some("repairing"),
            () if !is_repair => None,
            () if self.is_checking() => Some("checking"),
            () if self.findings.is_empty() => Some("nothing found"),
            () if command == Command::Open => None,
            () if self.safe == 0 => Some("nothing safe to repair"),
            () if shared.is_cut_off() => Some("no connection"),
            () => None,
        }
    }
}

/// The card that asks about one finding, or tells why it is left.
fn ask(finding: &Finding) -> Step {
    let finding = finding.clone();
    Step::go(Move::Open(match finding.problem.remedy() {
        Remedy::Choose => Overlay::Choose(Box::new(Choose::new(finding))),
        Remedy::Safe | Remedy::Account | Remedy::Leave => Overlay::Ask(Box::new(Ask::repair(finding))),
    }))
}
