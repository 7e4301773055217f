//! The list of organizations. Reads every page in the background; shows what it has meanwhile.

mod rows;
#[cfg(test)]
mod tests;
mod view;

pub use rows::Column;

#[cfg(test)]
pub(in crate::tui) use tests::organization;

use super::{Move, Screen, Step, TABLE_FRAME, movement, write_refusal};
use crate::domain::{Filter, Organization, OrganizationId};
use crate::service::OrganizationPage;
use crate::tui::action::Command;
use crate::tui::cards::{Overlay, delete_organization::Confirm, menu::Menu};
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::keymap::Context;
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::form::Form;
use crate::tui::screens::organization::OrganizationScreen;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::TextInput;
use jiff::Timestamp;
use rows::Rows;
use std::sync::Arc;

/// Rows of the first page: enough for a screen, so that it is full after one round trip.
pub const FIRST_PAGE: usize = 200;
/// Rows of every further page.
pub const PAGE: usize = 1_000;

/// The screen.
#[derive(Debug)]
pub struct Organizations {
    rows: Rows,
    window: Window,
    /// What the user chose: it stays selected, whatever row it comes to stand in, and while a filter hides it the
    /// best match is. Until something was chosen the first row is selected.
    chosen: Option<OrganizationId>,
    /// The reading of all pages; done when the last one came.
    reading: Load<Timestamp>,
    filter: TextInput,
    is_filtering: bool,
    /// Why the filter is not understood; the last good one holds meanwhile.
    filter_error: Option<String>,
}

impl Organizations {
    /// An empty list that begins to read.
    pub fn open(shared: &mut Shared) -> (Self, Vec<Effect>) {
        let mut screen = Self {
            rows: Rows::default(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            filter: TextInput::new(""),
            is_filtering: false,
            filter_error: None,
        };
        let effects = screen.read(shared);
        (screen, effects)
    }

    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        if self.is_filtering { Context::Filter } else { Context::Organizations }
    }

    /// What is selected.
    pub fn selected(&self) -> Option<&Arc<Organization>> {
        self.rows.get(self.window.selected)
    }

    /// Every organization that was read, in the order of the list.
    pub fn all(&self) -> Vec<Arc<Organization>> {
        self.rows.all()
    }

    /// Selects an organization, if the filter does not hide it.
    pub fn choose(&mut self, id: OrganizationId) {
        self.chosen = Some(id);
        self.follow_chosen();
    }

    /// Reads every page anew, behind the rows that are there.
    pub fn read(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let mut effects = match self.reading {
            Load::Loading(ticket) => shared.cancel(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => Vec::new(),
        };
        self.rows.begin_pass();
        effects.extend(self.read_page(None, FIRST_PAGE, shared));
        effects
    }

    fn read_page(&mut self, cursor: Option<String>, limit: usize, shared: &mut Shared) -> Vec<Effect> {
        let (ticket, effects) = shared.call(Request::Page { cursor, limit });
        self.reading = Load::Loading(ticket);
        effects
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if let Some(rows) = movement(command, TABLE_FRAME, shared) {
            self.window.move_by(rows, self.rows.shown());
            self.choose_selected();
            return Some(Step::default());
        }
        let step = match command {
            Command::Filter => {
                self.is_filtering = true;
                Step::default()
            }
            Command::Submit => {
                self.is_filtering = false;
                self.choose_selected();
                Step::default()
            }
            Command::Escape => self.clear_filter(),
            Command::Sort => {
                let (column, _) = self.rows.sorting();
                Step::go(Move::Open(Overlay::Menu(Box::new(Menu::new(column)))))
            }
            Command::Reverse => {
                let (column, is_reverse) = self.rows.sorting();
                self.sort_by(column, !is_reverse);
                Step::default()
            }
            Command::Refresh => Step::effects(self.read(shared)),
            Command::New => Step::go(Move::Push(Screen::Form(Box::new(Form::create(shared))))),
            Command::Operators => Step::go(Move::Operators),
            Command::Doctor => Step::go(Move::Doctor),
            Command::Back => Step::go(Move::Pop),
            Command::Open | Command::Edit | Command::Delete => self.with_selected(command, shared),
            Command::Up
            | Command::Down
            | Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Help
            | Command::NextField
            | Command::PreviousField
            | Command::Save
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend
            | Command::Password
            | Command::Repair
            | Command::Finish
            | Command::Palette
            | Command::Overview
            | Command::Activity
            | Command::NextTab
            | Command::PreviousTab => return None,
        };
        Some(step)
    }

    fn with_selected(&mut self, command: Command, shared: &mut Shared) -> Step {
        self.choose_selected();
        let Some(organization) = self.selected().map(Arc::clone) else {
            return Step::default();
        };
        if command == Command::Edit {
            let form = Form::edit(organization, shared);
            return Step::go(Move::Push(Screen::Form(Box::new(form))));
        }
        if command == Command::Delete {
            let (card, effects) = Confirm::delete(organization, shared);
            let mut step = Step::effects(effects);
            step.moves.push(Move::Open(Overlay::Confirm(Box::new(card))));
            return step;
        }
        let (screen, effects) = OrganizationScreen::open(organization, shared);
        let mut step = Step::effects(effects);
        step.moves.push(Move::Push(Screen::Organization(Box::new(screen))));
        step
    }

    /// Sorts by a column; the selection stays on its organization.
    pub fn sort_by(&mut self, column: Column, is_reverse: bool) {
        self.rows.sort_by(column, is_reverse);
        self.follow_chosen();
    }

    /// By what it is sorted.
    pub fn sorting(&self) -> (Column, bool) {
        self.rows.sorting()
    }

    fn choose_selected(&mut self) {
        self.chosen = self.selected().map(|organization| organization.id);
    }

    fn follow_chosen(&mut self) {
        let place = self.chosen.and_then(|id| self.rows.place_of(id));
        let last = self.rows.shown().saturating_sub(1);
        self.window.selected = place.unwrap_or_else(|| self.window.selected.min(last));
    }

    /// Edits the filter.
    pub fn input(&mut self, typed: Typed) {
        if self.is_filtering && self.filter.edit(typed) {
            self.refilter();
        }
    }

    /// Pastes into the filter.
    pub fn paste(&mut self, pasted: &Pasted) {
        if self.is_filtering && self.filter.paste(pasted).is_ok() {
            self.refilter();
        }
    }

    fn clear_filter(&mut self) -> Step {
        self.is_filtering = false;
        self.filter.clear();
        self.refilter();
        Step::default()
    }

    fn refilter(&mut self) {
        match Filter::parse(self.filter.value()) {
            Ok(filter) => {
                self.filter_error = None;
                self.rows.set_filter(filter);
                // The best match, unless what was chosen is among them.
                self.window.selected = 0;
                self.follow_chosen();
            }
            Err(error) => self.filter_error = Some(error.to_string()),
        }
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.reading.awaits(ticket)
    }

    /// Takes a page and asks for the next one.
    pub fn done(&mut self, _ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        match outcome {
            Ok(Answer::Page(OrganizationPage { items, next_cursor })) => {
                self.rows.merge(items);
                let effects = if next_cursor.is_some() {
                    self.read_page(next_cursor, PAGE, shared)
                } else {
                    self.rows.end_pass();
                    self.reading = Load::Ready(shared.now);
                    Vec::new()
                };
                self.follow_chosen();
                Step::effects(effects)
            }
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Organization(_)
                | Answer::CollectionStats(_)
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
            Err(error) => {
                self.reading = Load::Failed(Message::from(&error));
                Step::default()
            }
        }
    }

    /// The reading was stopped; what came stays.
    pub fn stopped(&mut self, ticket: CallId) {
        if self.awaits(ticket) {
            self.reading = Load::Idle;
        }
    }

    /// The reading that runs.
    pub fn reads(&self) -> Vec<CallId> {
        match self.reading {
            Load::Loading(ticket) => vec![ticket],
            Load::Idle | Load::Ready(_) | Load::Failed(_) => Vec::new(),
        }
    }

    /// An organization is as given now; one that was just made is selected.
    pub fn saved(&mut self, organization: &Arc<Organization>) {
        self.rows.merge([Arc::clone(organization)]);
        self.chosen = Some(organization.id);
        self.follow_chosen();
    }

    /// An organization is gone; the selection stays where it was.
    pub fn gone(&mut self, id: OrganizationId) {
        self.rows.remove(id);
        self.follow_chosen();
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        let needs_one = matches!(command, Command::Open | Command::Edit | Command::Delete);
        match (command, self.selected()) {
            (_, None) if needs_one => Some("nothing selected"),
            (Command::Edit | Command::Delete, Some(organization)) => write_refusal(organization, shared),
            (Command::New, _) if shared.is_cut_off() => Some("no connection"),
            (Command::Sort | Command::Reverse | Command::Filter, _) if self.rows.is_empty() => {
                Some("no organization")
            }
            _ => None,
        }
    }
}
