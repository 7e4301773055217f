//! One organization: its record at once, the figures of its collection when they come, and what was done with it.

mod activity;
mod overview;
mod view;

use super::{Move, Screen, Step, write_refusal};
use crate::domain::{CollectionStats, Organization, OrganizationId};
use crate::service::Error;
use crate::tui::action::Command;
use crate::tui::cards::{Overlay, delete_organization::Confirm, repair::Ask};
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::keymap::Context;
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::form::Form;
use crate::tui::theme::Role;
use activity::Activity;
use std::sync::Arc;

/// The screen.
#[derive(Debug)]
pub struct OrganizationScreen {
    id: OrganizationId,
    record: Load<Arc<Organization>>,
    /// Reading the record again behind the one that is shown.
    refreshing: Option<CallId>,
    figures: Load<CollectionStats>,
    /// The first line in view, where they do not all fit.
    first: usize,
    tab: Tab,
    activity: Activity,
}

impl OrganizationScreen {
    /// With a record that is known; asks for the figures.
    pub fn open(organization: Arc<Organization>, shared: &mut Shared) -> (Self, Vec<Effect>) {
        let id = organization.id;
        let (ticket, effects) = shared.call(Request::CollectionStats(id));
        (Self::with(id, Load::Ready(organization), ticket), effects)
    }

    /// With nothing but its id, as an admin's console begins.
    pub fn open_own(id: OrganizationId, shared: &mut Shared) -> (Self, Vec<Effect>) {
        let (record, mut effects) = shared.call(Request::Organization(id));
        let (figures, more) = shared.call(Request::CollectionStats(id));
        effects.extend(more);
        (Self::with(id, Load::Loading(record), figures), effects)
    }

    fn with(id: OrganizationId, record: Load<Arc<Organization>>, figures: CallId) -> Self {
        Self {
            id,
            record,
            refreshing: None,
            figures: Load::Loading(figures),
            first: 0,
            tab: Tab::Overview,
            activity: Activity::new(id),
        }
    }

    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        match self.tab {
            Tab::Overview => Context::Organization,
            Tab::Activity if self.activity.is_filtering() => Context::ActivityFilter,
            Tab::Activity => Context::Activity,
        }
    }

    /// The record, if it is there.
    pub fn organization(&self) -> Option<&Arc<Organization>> {
        match &self.record {
            Load::Ready(organization) => Some(organization),
            Load::Idle | Load::Loading(_) | Load::Failed(_) => None,
        }
    }

    fn refresh(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let mut effects: Vec<Effect> = Vec::new();
        for ticket in self.reads() {
            effects.extend(shared.cancel(ticket));
        }
        let (ticket, call) = shared.call(Request::Organization(self.id));
        effects.extend(call);
        if self.organization().is_some() {
            self.refreshing = Some(ticket);
        } else {
            self.record = Load::Loading(ticket);
        }
        effects.extend(self.read_figures(shared));
        effects.extend(self.activity.touched(shared));
        effects
    }

    fn turn_to(&mut self, tab: Tab, shared: &mut Shared) -> Step {
        self.tab = tab;
        match tab {
            Tab::Overview => Step::default(),
            Tab::Activity => Step::effects(self.activity.show(shared)),
        }
    }

    /// Edits the filter of the activity.
    pub fn input(&mut self, typed: Typed) {
        self.activity.input(typed);
    }

    /// Pastes into the filter of the activity.
    pub fn paste(&mut self, pasted: &Pasted) {
        self.activity.paste(pasted);
    }

    fn read_figures(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let (ticket, effects) = shared.call(Request::CollectionStats(self.id));
        self.figures = Load::Loading(ticket);
        effects
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if let Some(step) = self.activity_command(command, shared) {
            return Some(step);
        }
        let step = match command {
            Command::Back => Step::go(Move::Pop),
            Command::Refresh => Step::effects(self.refresh(shared)),
            Command::Up => {
                self.first = self.first.saturating_sub(1);
                Step::default()
            }
            Command::Down => {
                self.first = (self.first + 1).min(12);
                Step::default()
            }
            Command::Overview => self.turn_to(Tab::Overview, shared),
            Command::Activity => self.turn_to(Tab::Activity, shared),
            Command::NextTab | Command::PreviousTab => self.turn_to(self.tab.other(), shared),
            Command::Edit | Command::Delete | Command::Finish => self.write(command, shared),
            Command::Doctor => Step::go(Move::Doctor),
            Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Open
            | Command::Escape
            | Command::Filter
            | Command::Sort
            | Command::Reverse
            | Command::New
            | Command::Help
            | Command::NextField
            | Command::PreviousField
            | Command::Submit
            | Command::Save
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend
            | Command::Operators
            | Command::Password
            | Command::Repair
            | Command::Palette => return None,
        };
        Some(step)
    }

    /// What asks or is typed before something is written; nothing before the record is there.
    fn write(&self, command: Command, shared: &mut Shared) -> Step {
        let Some(organization) = self.organization().map(Arc::clone) else {
            return Step::default();
        };
        if command == Command::Edit {
            let form = Form::edit(organization, shared);
            return Step::go(Move::Push(Screen::Form(Box::new(form))));
        }
        if command == Command::Finish {
            return Step::go(Move::Open(Overlay::Ask(Box::new(Ask::finish(organization)))));
        }
        let (card, effects) = Confirm::delete(organization, shared);
        Step::effects(effects).and(Move::Open(Overlay::Confirm(Box::new(card))))
    }

    /// What is about the entries of the activity, while they are in view.
    fn activity_command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if self.tab != Tab::Activity {
            return None;
        }
        let has_filter = self.activity.is_filtering() || self.activity.is_filtered();
        if command == Command::Escape && !has_filter {
            return Some(Step::go(Move::Pop));
        }
        self.activity.command(command, shared).map(Step::effects)
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.record.awaits(ticket)
            || self.figures.awaits(ticket)
            || self.activity.awaits(ticket)
            || self.refreshing == Some(ticket)
    }

    /// Takes the record or the figures.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        if self.activity.awaits(ticket) {
            return Step::effects(self.activity.done(outcome, shared));
        }
        let is_refresh = self.refreshing.take_if(|waiting| *waiting == ticket).is_some();
        match outcome {
            Ok(Answer::Organization(organization)) => {
                self.record = Load::Ready(Arc::clone(&organization));
                Step::go(Move::Saved(organization))
            }
            Ok(Answer::CollectionStats(figures)) => {
                self.figures = Load::Ready(figures);
                Step::default()
            }
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::Deleted(_)
                | Answer::Activity(_)
                | Answer::Operators(_)
                | Answer::Operator(_)
                | Answer::Removed(_)
                | Answer::Examined(..)
                | Answer::Repaired(_)
                | Answer::Ended(_)
                | Answer::OwnAccount(_),
            ) => Step::default(),
            Err(Error::NotFound) if is_refresh && shared.is_operator() => {
                shared.say(Role::Warning, "It is gone: someone else deleted it.");
                Step::go(Move::Gone(self.id))
            }
            Err(error) if self.figures.awaits(ticket) => {
                self.figures = Load::Failed(self.why_not_counted(&error, shared.is_operator()));
                Step::default()
            }
            Err(error) if is_refresh => {
                shared.say(Role::Danger, error.to_string());
                Step::default()
            }
            Err(error) => {
                self.record = Load::Failed(Message::from(&error));
                Step::default()
            }
        }
    }

    /// Why there are no figures. What its state is and what comes of that is said beside it.
    fn why_not_counted(&self, error: &Error, is_operator: bool) -> Message {
        let state = match (error, &self.record) {
            (Error::Busy(state), _) => *state,
            // Between two names the collection has neither.
            (Error::CollectionMissing(_), Load::Ready(shown)) if shown.state.has_operation() => shown.state,
            (Error::CollectionMissing(_), _) => {
                let next =
                    if is_operator { "See what the doctor finds: !" } else { "An operator can look for it." };
                let text = format!("{error} Its documents cannot be read. tenantry dropped nothing.");
                return Message { text, hint: Some(next.to_owned()) };
            }
            _ => return Message::from(error),
        };
        Message { text: format!("Not counted while it is {state}."), hint: Some("r looks again".to_owned()) }
    }

    /// A read was stopped.
    pub fn stopped(&mut self, ticket: CallId) {
        let stopped = || Message { text: "Stopped.".to_owned(), hint: Some("r reads it".to_owned()) };
        if self.figures.awaits(ticket) {
            self.figures = Load::Failed(stopped());
        } else if self.record.awaits(ticket) {
            self.record = Load::Failed(stopped());
        } else if self.activity.awaits(ticket) {
            self.activity.stopped();
        } else {
            self.refreshing.take_if(|waiting| *waiting == ticket);
        }
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<CallId> {
        let record = match self.record {
            Load::Loading(ticket) => Some(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => None,
        };
        let figures = match self.figures {
            Load::Loading(ticket) => Some(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => None,
        };
        let mut reads: Vec<CallId> = [record, figures, self.refreshing].into_iter().flatten().collect();
        reads.extend(self.activity.reads());
        reads
    }

    /// It was changed: shown as it is now, the figures read anew unless they are on their way.
    pub fn saved(&mut self, organization: &Arc<Organization>, shared: &mut Shared) -> Vec<Effect> {
        if organization.id != self.id {
            return Vec::new();
        }
        // What this screen read by itself was not done just now.
        let is_news = !self.organization().is_some_and(|own| Arc::ptr_eq(own, organization));
        self.record = Load::Ready(Arc::clone(organization));
        let mut effects = match self.figures {
            Load::Loading(_) => Vec::new(),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => self.read_figures(shared),
        };
        if is_news {
            effects.extend(self.activity.touched(shared));
        }
        effects
    }

    /// Whether it shows this organization.
    pub fn shows(&self, id: OrganizationId) -> bool {
        self.id == id
    }

    /// Whether a key is there for whoever is signed in: only operators end an operation, and only one that runs.
    pub fn offers(&self, command: Command, shared: &Shared) -> bool {
        let has_operation =
            || self.organization().is_some_and(|organization| organization.state.has_operation());
        match () {
            () if command == Command::Finish => shared.is_operator() && has_operation(),
            () if command == Command::Doctor => shared.is_operator(),
            () => true,
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match (command, self.organization()) {
            (Command::Edit | Command::Delete, Some(organization)) => write_refusal(organization, shared),
            (Command::Edit | Command::Delete, None) => Some("nothing read yet"),
            (Command::Finish, _) if shared.is_cut_off() => Some("no connection"),
            _ => None,
        }
    }
}

/// What of the organization is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tab {
    Overview,
    Activity,
}

impl Tab {
    const ALL: [Self; 2] = [Self::Overview, Self::Activity];

    /// The key that leads there.
    fn number(self) -> &'static str {
        match self {
            Self::Overview => "1",
            Self::Activity => "2",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Activity => "Activity",
        }
    }

    /// The other one: of two, the next and the previous are the same.
    fn other(self) -> Self {
        match self {
            Self::Overview => Self::Activity,
            Self::Activity => Self::Overview,
        }
    }
}
