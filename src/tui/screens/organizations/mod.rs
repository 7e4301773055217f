//! The list of organizations. Reads every page in the background; shows what it has meanwhile.

mod calls;
mod columns;
mod keys;
mod press;
mod preview;
mod rows;
mod sizes;
mod view;

pub use calls::{ReadOrganizations, ReadSizes, RowRead};
pub use keys::Key;
pub use rows::Column;

use crate::domain::{Filter, Organization, OrganizationId};
use crate::service::OrganizationPage;
use crate::tui::calls::Freshness;
use crate::tui::effect::{CallError, Load};
use crate::tui::keys::{Keys, Text};
use crate::tui::layer::{Availability, Cx, Destination, Event, LiveChanges, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::screens::organization::write_refusal;
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::TextInput;
use columns::Needs;
use jiff::{SignedDuration, Timestamp};
use preview::Beside;
use ratatui::layout::Rect;
use rows::Rows;
use sizes::Sizes;
use std::cell::Cell;
use std::sync::Arc;

/// Rows of the first page: enough for a screen, so that it is full after one round trip.
const FIRST_PAGE: usize = 200;
/// How long what changed by itself is marked.
const MARKED_FOR: SignedDuration = SignedDuration::from_secs(1);
/// Rows of every further page.
const PAGE: usize = 1_000;

/// What it is known by.
pub static REGISTERED: Registered =
    Registered { places: &[&LIST, &NEW], tables: &[&keys::LIST, &keys::FILTER] };
static LIST: Place = Place::of::<Organizations>("organizations", "list home").for_operators();
static NEW: Place =
    Place::each_time("new organization", "create add", |desk, opener| desk.build(opener, Form::create))
        .for_operators();

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
    /// Why the filter is not understood; nothing is shown meanwhile.
    filter_error: Option<String>,
    beside: Beside,
    /// What was deleted here last, as long as it is in the trash.
    trashed: Option<Arc<Organization>>,
    sizes: Sizes,
    /// What the columns need, at which width.
    needs: Cell<(u16, Needs)>,
    freshness: Freshness,
    /// What changed by itself just now, and how long that is marked.
    marked: Option<(Vec<OrganizationId>, Timestamp)>,
}

impl Destination for Organizations {
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        Self::new(cx)
    }
}

impl Organizations {
    /// An empty list that begins to read.
    pub fn new(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self {
            rows: Rows::default(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            filter: TextInput::new(""),
            is_filtering: false,
            filter_error: None,
            beside: Beside::default(),
            trashed: None,
            sizes: Sizes::default(),
            needs: Cell::default(),
            freshness: Freshness::default(),
            marked: None,
        };
        let memory = &cx.shared().memory;
        let sort = memory
            .sort
            .as_ref()
            .and_then(|word| Column::ALL.into_iter().find(|column| column.word() == word))
            .filter(|column| !column.is_read_by_row());
        screen.rows.sort_by(sort.unwrap_or_default(), memory.reverse && sort.is_some());
        Screen::refresh(&mut screen, cx);
        screen
    }

    /// Every organization that was read, in the order of the list.
    pub fn all(&self) -> Vec<Arc<Organization>> {
        self.rows.all()
    }

    /// Those that are shown with an operation.
    pub fn at_work(&self) -> Vec<OrganizationId> {
        self.rows.at_work()
    }

    /// Takes what changed, and marks it for a moment.
    fn live(&mut self, live: &LiveChanges, cx: &mut Cx<'_, Self>) {
        let (now, before) = (cx.shared().now, self.rows.len());
        let gone: Vec<OrganizationId> = self.rows.gone_by(live);
        self.rows.remove(gone, now);
        let changed = self.rows.merge_asked(live.listed().map(Arc::clone), live.asked);
        if !changed.is_empty() || self.rows.len() != before {
            cx.redraw();
        }
        if !changed.is_empty() && matches!(self.reading, Load::Ready(_)) {
            self.marked = Some((changed, now + MARKED_FOR));
        }
        self.follow_chosen();
        self.read_beside(cx);
    }

    /// Reads behind the list what stands beside its records.
    fn read_beside(&mut self, cx: &mut Cx<'_, Self>) {
        self.read_preview(cx);
        self.read_sizes(cx);
    }

    fn is_marked(&self, id: OrganizationId) -> bool {
        self.marked.as_ref().is_some_and(|(marked, _)| marked.contains(&id))
    }

    fn selected(&self) -> Option<&Arc<Organization>> {
        self.rows.get(self.window.selected)
    }

    fn read(&mut self, cursor: Option<String>, limit: usize, cx: &mut Cx<'_, Self>) {
        let call = ReadOrganizations { cursor, limit };
        self.reading = Load::Loading(cx.call(call, Self::page_came));
    }

    fn page_came(&mut self, page: Result<OrganizationPage, CallError>, cx: &mut Cx<'_, Self>) {
        match page {
            Ok(OrganizationPage { items, next_cursor }) => {
                self.rows.merge(items);
                if next_cursor.is_some() {
                    self.read(next_cursor, PAGE, cx);
                } else {
                    self.rows.end_pass();
                    self.reading = Load::Ready(cx.shared().now);
                    self.freshness.came(cx.shared().now);
                    cx.is_fresh();
                }
                self.follow_chosen();
                self.read_beside(cx);
            }
            // What came stays.
            Err(CallError::Stopped) => self.reading = Load::Idle,
            Err(CallError::Refused(error)) => {
                self.reading = Load::Failed(self.freshness.failed(&error, cx.shared().now));
            }
        }
    }

    fn choose_selected(&mut self) {
        self.chosen = self.selected().map(|organization| organization.id).or(self.chosen);
    }

    fn follow_chosen(&mut self) {
        let place = self.chosen.and_then(|id| self.rows.place_of(id));
        self.window.follow(place, self.rows.shown());
    }

    fn refilter(&mut self, now: Timestamp) {
        match Filter::parse(self.filter.value(), now) {
            Ok(filter) => {
                self.filter_error = None;
                self.rows.set_filter(Some(filter));
            }
            Err(error) => {
                self.filter_error = Some(error.to_string());
                self.rows.set_filter(None);
            }
        }
        // The best match, unless what was chosen is among them.
        self.window.selected = 0;
        self.follow_chosen();
    }
}

impl Screen for Organizations {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        if self.is_filtering { &keys::FILTER } else { &keys::LIST }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        self.press(key, cx);
        self.read_beside(cx);
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        if key == Key::Undo && self.trashed.is_none() {
            return Availability::Hidden;
        }
        Availability::unless(match (key, self.selected()) {
            (Key::Open | Key::Edit | Key::Delete | Key::Suspend | Key::Export | Key::Copy, None) => {
                Some("nothing selected")
            }
            (Key::Edit | Key::Delete | Key::Suspend | Key::Export, Some(organization)) => {
                write_refusal(organization, shared)
            }
            (Key::KeepFilter, _) if self.filter_error.is_some() => Some("the filter is not understood"),
            (Key::Sort | Key::Reverse | Key::Filter, _) if self.rows.is_empty() => Some("no organization"),
            _ => None,
        })
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        if !self.is_filtering {
            return;
        }
        match self.filter.take(text) {
            Ok(true) => {
                self.refilter(cx.shared().now);
                self.read_beside(cx);
            }
            Ok(false) => {}
            Err(refused) => cx.say(Tone::Warning, refused.to_string()),
        }
    }

    /// Reads every page anew, behind the rows that are there.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.beside.forget();
        self.forget_sizes();
        self.freshness.begin();
        self.rows.begin_pass(cx.shared().now);
        self.read(None, FIRST_PAGE, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Organization(organization) => {
                self.trashed.take_if(|trashed| trashed.id == organization.id);
                self.rows.put(Arc::clone(organization));
                self.chosen = Some(organization.id);
                self.follow_chosen();
            }
            Event::OrganizationTrashed(trashed) => self.trashed = Some(Arc::clone(trashed)),
            // The selection stays where it was.
            Event::OrganizationGone(id) => {
                self.rows.remove([*id], cx.shared().now);
                self.follow_chosen();
            }
            Event::OrganizationChosen(id) => {
                self.chosen = Some(*id);
                self.follow_chosen();
            }
            Event::Stale => Screen::refresh(self, cx),
            Event::Live(live) => self.live(live, cx),
            _ => {}
        }
        self.read_beside(cx);
    }

    fn label(&self, key: Key) -> Option<&'static str> {
        let is_suspended = self.selected().is_some_and(|selected| selected.suspension.is_some());
        (key == Key::Suspend && is_suspended).then_some("resume")
    }

    fn position(&self) -> Option<(usize, usize)> {
        (self.rows.shown() > 0).then(|| (self.window.selected + 1, self.rows.shown()))
    }

    fn due(&self) -> Option<Timestamp> {
        let unmarked = self.marked.as_ref().map(|(_, until)| *until);
        self.freshness.next_try().into_iter().chain(unmarked).min()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        let now = cx.shared().now;
        self.marked.take_if(|(_, until)| *until <= now);
        if self.freshness.next_try().is_some_and(|next| next <= now) {
            Screen::refresh(self, cx);
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
