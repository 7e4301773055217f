//! What was done with one organization, newest first. Reads a page at a time, the next one as the selection nears the
//! end of what is there.

mod entry;
mod filter;
mod view;

use crate::domain::AuditEntry;
use crate::domain::OrganizationId;
use crate::service::ActivityPage;
use crate::tui::action::Command;
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::movement;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::TextInput;
use filter::ActivityFilter;
use uuid::Uuid;

/// The next page is asked for when so few entries are left below the selection.
const NEAR_THE_END: usize = 20;
/// As for a table, with the rows of the selected entry below it.
const FRAME: u16 = 14;

/// The tab.
#[derive(Debug)]
pub(super) struct Activity {
    organization: OrganizationId,
    entries: Vec<AuditEntry>,
    window: Window,
    /// What the user chose: it stays selected while it is among what was read.
    chosen: Option<Uuid>,
    /// The reading of a page; ready when one came.
    reading: Load<()>,
    /// Whether the page that is read takes the place of what is there.
    is_anew: bool,
    /// Where the next page begins, if there is one.
    next: Option<String>,
    typed: TextInput,
    is_filtering: bool,
    error: Option<String>,
    /// The filter that holds, as it was typed, and as it was understood when the reading began.
    applied: String,
    filter: ActivityFilter,
}

impl Activity {
    /// With nothing read.
    pub(super) fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            entries: Vec::new(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            is_anew: false,
            next: None,
            typed: TextInput::new(""),
            is_filtering: false,
            error: None,
            applied: String::new(),
            filter: ActivityFilter::default(),
        }
    }

    /// Whether the filter is being typed.
    pub(super) fn is_filtering(&self) -> bool {
        self.is_filtering
    }

    /// Whether a filter holds.
    pub(super) fn is_filtered(&self) -> bool {
        !self.applied.is_empty()
    }

    /// Reads the first page, unless that was done.
    pub(super) fn show(&mut self, shared: &mut Shared) -> Vec<Effect> {
        match self.reading {
            Load::Idle => self.read(shared),
            Load::Loading(_) | Load::Ready(()) | Load::Failed(_) => Vec::new(),
        }
    }

    /// Reads it anew, if it was read: something was done.
    pub(super) fn touched(&mut self, shared: &mut Shared) -> Vec<Effect> {
        match self.reading {
            Load::Idle => Vec::new(),
            Load::Loading(_) | Load::Ready(()) | Load::Failed(_) => self.read(shared),
        }
    }

    /// Reads the first page anew, behind what is there; a time such as `7d` counts from now.
    pub(super) fn read(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.reads().into_iter().flat_map(|ticket| shared.cancel(ticket)).collect();
        self.filter = ActivityFilter::parse(&self.applied, shared.now).unwrap_or_default();
        self.is_anew = true;
        effects.extend(self.read_page(None, shared));
        effects
    }

    fn read_page(&mut self, cursor: Option<String>, shared: &mut Shared) -> Vec<Effect> {
        let ActivityFilter { actor, since } = self.filter.clone();
        let organization = self.organization;
        let (ticket, effects) = shared.call(Request::Activity { organization, actor, since, cursor });
        self.reading = Load::Loading(ticket);
        effects
    }

    fn read_on(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let is_near = self.window.selected + NEAR_THE_END >= self.entries.len();
        match (&self.reading, &self.next) {
            (Load::Ready(()), Some(next)) if is_near => self.read_page(Some(next.clone()), shared),
            _ => Vec::new(),
        }
    }

    fn selected(&self) -> Option<&AuditEntry> {
        self.entries.get(self.window.selected)
    }

    /// Moves, or begins, keeps or clears the filter; `None` for what is not about the rows.
    pub(super) fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Vec<Effect>> {
        if let Some(rows) = movement(command, FRAME, shared) {
            self.window.move_by(rows, self.entries.len());
            self.chosen = self.selected().map(|entry| entry.id);
            return Some(self.read_on(shared));
        }
        if command == Command::Filter {
            self.typed.set(&self.applied);
            self.is_filtering = true;
            return Some(Vec::new());
        }
        if command == Command::Submit {
            return Some(self.apply(shared));
        }
        if command == Command::Escape {
            self.is_filtering = false;
            self.error = None;
            self.typed.clear();
            return Some(if self.is_filtered() { self.apply(shared) } else { Vec::new() });
        }
        None
    }

    /// The typed filter holds from now on, if it is understood.
    fn apply(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let typed = self.typed.value().trim().to_owned();
        if let Err(error) = ActivityFilter::parse(&typed, shared.now) {
            self.error = Some(error.to_string());
            return Vec::new();
        }
        self.is_filtering = false;
        if typed.is_empty() && self.applied.is_empty() {
            return Vec::new();
        }
        self.applied = typed;
        self.entries.clear();
        self.window.selected = 0;
        self.chosen = None;
        self.next = None;
        self.read(shared)
    }

    /// Edits the filter.
    pub(super) fn input(&mut self, typed: Typed) {
        if self.is_filtering && self.typed.edit(typed) {
            self.error = None;
        }
    }

    /// Pastes into the filter.
    pub(super) fn paste(&mut self, pasted: &Pasted) {
        if self.is_filtering && self.typed.paste(pasted).is_ok() {
            self.error = None;
        }
    }

    /// Whether it waits for this answer.
    pub(super) fn awaits(&self, ticket: CallId) -> bool {
        self.reading.awaits(ticket)
    }

    /// Takes a page.
    pub(super) fn done(&mut self, outcome: Outcome, shared: &mut Shared) -> Vec<Effect> {
        match outcome {
            Ok(Answer::Activity(ActivityPage { items, next_cursor })) => {
                if std::mem::take(&mut self.is_anew) {
                    self.entries = items;
                } else {
                    self.entries.extend(items);
                }
                self.next = next_cursor;
                self.reading = Load::Ready(());
                let place = self.entries.iter().position(|entry| Some(entry.id) == self.chosen);
                let last = self.entries.len().saturating_sub(1);
                self.window.selected = place.unwrap_or_else(|| self.window.selected.min(last));
                self.read_on(shared)
            }
            Ok(_) => Vec::new(),
            Err(error) => {
                self.reading = Load::Failed(Message::from(&error));
                Vec::new()
            }
        }
    }

    /// The reading was stopped; what came stays.
    pub(super) fn stopped(&mut self) {
        self.reading = Load::Failed(Message { text: "Stopped.".to_owned(), hint: None });
    }

    /// The reading that runs.
    pub(super) fn reads(&self) -> Vec<CallId> {
        match self.reading {
            Load::Loading(ticket) => vec![ticket],
            Load::Idle | Load::Ready(()) | Load::Failed(_) => Vec::new(),
        }
    }
}
