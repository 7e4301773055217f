//! One organization: its record at once, the figures of its collection when they come.

use super::organizations::draw_state;
use super::{Move, Screen, Step, write_refusal};
use crate::domain::{Figures, Organization, OrganizationId};
use crate::service::Error;
use crate::tui::action::Command;
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::model::{Load, Message, Shared, Ticket};
use crate::tui::overlays::{Overlay, confirm::Confirm};
use crate::tui::screens::form::Form;
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// The screen.
#[derive(Debug)]
pub struct OrganizationScreen {
    id: OrganizationId,
    record: Load<Arc<Organization>>,
    /// Reading the record again behind the one that is shown.
    refreshing: Option<Ticket>,
    figures: Load<Figures>,
    /// The first line in view, where they do not all fit.
    first: usize,
}

impl OrganizationScreen {
    /// With a record that is known; asks for the figures.
    pub fn open(organization: Arc<Organization>, shared: &mut Shared) -> (Self, Vec<Effect>) {
        let id = organization.id;
        let (ticket, effects) = shared.call(Request::Figures(id));
        let screen = Self {
            id,
            record: Load::Ready(organization),
            refreshing: None,
            figures: Load::Loading(ticket),
            first: 0,
        };
        (screen, effects)
    }

    /// With nothing but its id, as an admin's console begins.
    pub fn open_own(id: OrganizationId, shared: &mut Shared) -> (Self, Vec<Effect>) {
        let (record, mut effects) = shared.call(Request::Organization(id));
        let (figures, more) = shared.call(Request::Figures(id));
        effects.extend(more);
        let screen = Self {
            id,
            record: Load::Loading(record),
            refreshing: None,
            figures: Load::Loading(figures),
            first: 0,
        };
        (screen, effects)
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
        effects
    }

    fn read_figures(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let (ticket, effects) = shared.call(Request::Figures(self.id));
        self.figures = Load::Loading(ticket);
        effects
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
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
            Command::Edit => match self.organization().map(Arc::clone) {
                Some(organization) => {
                    let form = Form::edit(organization, shared);
                    Step::go(Move::Push(Screen::Form(Box::new(form))))
                }
                None => Step::default(),
            },
            Command::Delete => match self.organization().map(Arc::clone) {
                Some(organization) => {
                    let (card, effects) = Confirm::delete(organization, shared);
                    Step::effects(effects).and(Move::Open(Overlay::Confirm(Box::new(card))))
                }
                None => Step::default(),
            },
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
            | Command::Suspend => return None,
        };
        Some(step)
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.record.awaits(ticket) || self.figures.awaits(ticket) || self.refreshing == Some(ticket)
    }

    /// Takes the record or the figures.
    pub fn done(&mut self, ticket: Ticket, outcome: Outcome, shared: &mut Shared) -> Step {
        let is_refresh = self.refreshing.take_if(|waiting| *waiting == ticket).is_some();
        match outcome {
            Ok(Answer::Organization(organization)) => {
                self.record = Load::Ready(Arc::clone(&organization));
                Step::go(Move::Saved(organization))
            }
            Ok(Answer::Figures(figures)) => {
                self.figures = Load::Ready(figures);
                Step::default()
            }
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::Deleted(_),
            ) => Step::default(),
            Err(Error::NotFound) if is_refresh && shared.is_operator() => {
                shared.say(Role::Warning, "It is gone: someone else deleted it.");
                Step::go(Move::Gone(self.id))
            }
            Err(error) if self.figures.awaits(ticket) => {
                self.figures = Load::Failed(Message::from(&error));
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

    /// A read was stopped.
    pub fn stopped(&mut self, ticket: Ticket) {
        let stopped = || Message { text: "Stopped.".to_owned(), hint: Some("r reads it".to_owned()) };
        if self.figures.awaits(ticket) {
            self.figures = Load::Failed(stopped());
        } else if self.record.awaits(ticket) {
            self.record = Load::Failed(stopped());
        } else {
            self.refreshing = None;
        }
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<Ticket> {
        let ticket_of = |load: Option<Ticket>| load;
        let record = match self.record {
            Load::Loading(ticket) => Some(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => None,
        };
        let figures = match self.figures {
            Load::Loading(ticket) => Some(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => None,
        };
        [record, figures, ticket_of(self.refreshing)].into_iter().flatten().collect()
    }

    /// It was changed: shown as it is now, the figures read anew unless they are on their way.
    pub fn saved(&mut self, organization: &Arc<Organization>, shared: &mut Shared) -> Vec<Effect> {
        if organization.id != self.id {
            return Vec::new();
        }
        self.record = Load::Ready(Arc::clone(organization));
        match self.figures {
            Load::Loading(_) => Vec::new(),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => self.read_figures(shared),
        }
    }

    /// Whether it shows this organization.
    pub fn shows(&self, id: OrganizationId) -> bool {
        self.id == id
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match (command, self.organization()) {
            (Command::Edit | Command::Delete, Some(organization)) => {
                write_refusal(command, organization, shared)
            }
            (Command::Edit | Command::Delete, None) => Some("nothing read yet"),
            _ => None,
        }
    }

    /// Draws the record and the figures.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        match &self.record {
            Load::Ready(organization) => {
                let right = area.right().saturating_sub(1);
                let state = organization.state.as_str();
                let x = right.saturating_sub(u16::try_from(state.len()).unwrap_or(0));
                draw_state(canvas, (x, area.y), organization.state);
                let columns = x.saturating_sub(area.x + 4);
                let at = (area.x + 1, area.y);
                canvas.put_middle(at, &organization.name, columns, theme.strong(Role::Text));
                self.draw_lines(shared, organization, area, canvas);
            }
            Load::Failed(message) => {
                let danger = theme.style(Role::Danger);
                let columns = area.width.saturating_sub(4);
                canvas.put((area.x + 3, area.y + 2), canvas.signs().attention, 1, danger);
                canvas.put((area.x + 5, area.y + 2), &message.text, columns, danger);
                if let Some(hint) = &message.hint {
                    canvas.put((area.x + 5, area.y + 3), hint, columns, theme.style(Role::Muted));
                }
            }
            Load::Idle | Load::Loading(_) if shared.is_cut_off() => {}
            Load::Idle | Load::Loading(_) => {
                let muted = theme.style(Role::Muted);
                canvas.put((area.x + 3, area.y + 2), "Reading the organization", 40, muted);
            }
        }
    }

    fn draw_lines(&self, shared: &Shared, organization: &Organization, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = usize::from(area.width.saturating_sub(19));
        let lines = self.lines(shared, organization, columns, canvas.signs().ellipsis);
        let rows = area.y + 2..area.bottom();
        let hidden = lines.len().saturating_sub(rows.len());
        let (theme, right) = (canvas.theme, area.right().saturating_sub(1));
        for (y, line) in rows.zip(lines.iter().skip(self.first.min(hidden))) {
            canvas.put((area.x + 2, y), line.label, 14, theme.style(Role::Muted));
            let at = area.x + 18;
            let end = canvas.put((at, y), &line.value, right.saturating_sub(at), theme.style(line.role));
            if !line.aside.is_empty() {
                let room = right.saturating_sub(end + 3);
                canvas.put((end + 3, y), &line.aside, room, theme.style(Role::Muted));
            }
        }
    }

    fn lines(
        &self,
        shared: &Shared,
        organization: &Organization,
        columns: usize,
        ellipsis: &str,
    ) -> Vec<Line> {
        let now = shared.now;
        let place = &shared.fixed.place;
        let collection = format!("{}.{}", place.database, organization.collection_name());
        let mut lines = vec![
            Line::new("Name", organization.name.clone()),
            Line::new("Organization", organization.id.to_string()),
            Line::new("Collection", collection),
            Line::new("Admin", organization.admin_email.clone()),
            Line::new("Created", text::moment(organization.created_at))
                .aside(text::ago(now, organization.created_at)),
            Line::new("Changed", text::moment(organization.updated_at))
                .aside(text::ago(now, organization.updated_at)),
            Line::new("", String::new()),
        ];
        match &self.figures {
            Load::Ready(figures) => lines.extend(figure_lines(figures)),
            Load::Idle | Load::Loading(_) => {
                lines.push(Line::new("Documents", ellipsis.to_owned()));
                lines.push(Line::new("Data", ellipsis.to_owned()));
            }
            Load::Failed(message) => {
                lines.extend(message_lines(message, columns));
            }
        }
        lines
    }
}

struct Line {
    label: &'static str,
    value: String,
    role: Role,
    aside: String,
}

impl Line {
    fn new(label: &'static str, value: String) -> Self {
        Self { label, value, role: Role::Text, aside: String::new() }
    }

    fn aside(mut self, aside: String) -> Self {
        self.aside = aside;
        self
    }
}

/// Why there are no figures, wrapped.
fn message_lines(message: &Message, columns: usize) -> Vec<Line> {
    let hint = message.hint.as_deref().map(|hint| text::wrap(hint, columns));
    let hint = hint.unwrap_or_default().into_iter().map(|line| (line, Role::Muted));
    let text = text::wrap(&message.text, columns).into_iter().map(|line| (line, Role::Danger));
    text.chain(hint)
        .enumerate()
        .map(|(at, (value, role))| Line {
            label: if at == 0 { "Documents" } else { "" },
            value,
            role,
            aside: String::new(),
        })
        .collect()
}

/// What the store does not know has no line.
fn figure_lines(figures: &Figures) -> Vec<Line> {
    let mut data = text::bytes(figures.data_bytes);
    if let Some(each) = figures.data_bytes.checked_div(figures.documents) {
        data = format!("{data}, {} a document", text::bytes(each));
    }
    let mut lines = vec![Line::new("Documents", text::count(figures.documents)), Line::new("Data", data)];
    if let Some(disk) = figures.disk_bytes {
        lines.push(Line::new("On disk", text::bytes(disk)));
    }
    if !figures.indexes.is_empty() {
        let size = figures.index_bytes.map(text::bytes).unwrap_or_default();
        lines.push(Line::new("Indexes", figures.indexes.join(", ")).aside(size));
    }
    lines
}
