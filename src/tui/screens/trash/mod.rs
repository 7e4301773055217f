//! The trash: deleted organizations, until when each can be restored, and the keys that restore or purge one.

mod view;

use crate::domain::search::SearchText;
use crate::domain::{Organization, OrganizationId, Record, SortKey, State, Status};
use crate::service::{Error, ListQuery, MAX_LIMIT, OrganizationPage};
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::purge_organization::PurgeOrganizationCard;
use crate::tui::effect::{Call, CallContext, CallError};
use crate::tui::keys::Group::{Do, Find, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, Motion, Row, Text, UP, back, char, danger, go_to, help, help_in_text, hint, live,
    quiet, refresh,
};
use crate::tui::layer::{Availability, Cx, Destination, Event, LiveChanges, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::screens::paged::{FilterKey, Paged, PagedRow, Taken};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS, &FILTER] };
static PLACE: Place = Place::of::<Trash>("trash", "deleted restore purge").for_operators();

/// What a key does to the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// Restores the selected one, after a form: name and email may be taken by now.
    Restore,
    /// Removes it for good, after a card.
    Purge,
    /// Copies of it, after a menu.
    Copy,
    /// Filters.
    Filter(FilterKey),
}

static KEYS: Keys<Key> = Keys::of(
    "trash",
    &[
        hint(&[char('u'), ENTER], Key::Restore, "restore", Do, 2),
        danger(&[char('D')], Key::Purge, "purge", Do, 3),
        hint(&[char('y')], Key::Copy, "copy", Do, 8),
        hint(&[char('/')], Key::Filter(FilterKey::Begin), "filter", Find, 4),
        refresh("refresh", 6),
        go_to(7),
        live(),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::Filter(FilterKey::Escape), "clear; back", Find),
        Row::Motions(Key::Motion),
        help(),
    ],
);

/// The keys while the filter is typed.
static FILTER: Keys<Key> = Keys::of_text(
    "filter of the trash",
    &[
        hint(&[ENTER], Key::Filter(FilterKey::Keep), "keep", Do, 2),
        hint(&[ESC], Key::Filter(FilterKey::Clear), "clear", Do, 1),
        hint(&[UP], Key::Motion(Motion::Up), "up", Move, 5),
        hint(&[DOWN], Key::Motion(Motion::Down), "down", Move, 6),
        help_in_text("syntax"),
    ],
)
.syntax(&[
    ("acm co", "parts of name, email, collection or id"),
    ("email:@acme", "part of it; also name: collection:"),
    ("id:6f0c", "begins with"),
    ("!europe", "not; quotes keep spaces: \"a b\""),
]);

/// A page of deleted organizations, by the name that they had.
#[derive(Debug, PartialEq)]
pub struct ReadTrash {
    /// Where it begins.
    pub cursor: Option<String>,
}

impl Call for ReadTrash {
    type Answer = OrganizationPage;

    fn label(&self) -> Option<String> {
        Some("reading the trash".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<OrganizationPage, Error> {
        let query = ListQuery {
            status: Some(Status::Deleted),
            sort: SortKey::Name,
            limit: MAX_LIMIT,
            cursor: self.cursor.clone(),
            ..ListQuery::default()
        };
        context.service.list_organizations(context.session()?, &query).await
    }
}

impl PagedRow for Arc<Organization> {
    type Id = OrganizationId;
    type Order = (String, OrganizationId);

    fn id(&self) -> OrganizationId {
        self.id
    }

    fn order(&self) -> Self::Order {
        (self.sort_name().to_owned(), self.id)
    }

    fn is_older_than(&self, other: &Self) -> bool {
        Organization::is_older_than(self, other)
    }

    fn text(&self) -> SearchText<'_> {
        SearchText::of(self)
    }

    fn record(&self) -> Record {
        Record::from(&**self)
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct Trash {
    /// By the name that they had.
    list: Paged<Arc<Organization>>,
}

impl Destination for Trash {
    /// An empty list that begins to read.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self::default();
        Screen::refresh(&mut screen, cx);
        screen
    }
}

impl Trash {
    fn read(&mut self, cursor: Option<String>, cx: &mut Cx<'_, Self>) {
        self.list.asked(cx.call(ReadTrash { cursor }, Self::page_came));
    }

    fn page_came(&mut self, page: Result<OrganizationPage, CallError>, cx: &mut Cx<'_, Self>) {
        let page = page.map(|page| (page.items, page.next_cursor));
        match self.list.take(page, cx.shared().now) {
            Some(Taken { next: Some(next), .. }) => self.read(Some(next), cx),
            Some(Taken { next: None, .. }) => cx.is_fresh(),
            None => {}
        }
    }

    /// What was put into the trash, restored or purged elsewhere.
    fn live(&mut self, live: &LiveChanges, cx: &mut Cx<'_, Self>) {
        let changes = &live.changes;
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            changes.organizations.iter().partition(|organization| organization.state == State::Deleted);
        let gone =
            elsewhere.into_iter().map(|organization| organization.id).chain(changes.gone.iter().copied());
        if self.list.changed(here, gone, cx.shared().now) {
            cx.redraw();
        }
    }

    fn open_selected<T: Screen>(
        &mut self,
        make: fn(Arc<Organization>, &mut Cx<'_, T>) -> T,
        cx: &mut Cx<'_, Self>,
    ) {
        if let Some(selected) = self.list.choose_selected().map(Arc::clone) {
            cx.open(|cx| make(selected, cx));
        }
    }
}

impl Screen for Trash {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        if self.list.is_filtering() { &FILTER } else { &KEYS }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.list.move_by(motion),
            Key::Restore => self.open_selected(Form::restore, cx),
            Key::Purge => self.open_selected(|shown, _| PurgeOrganizationCard::new(shown), cx),
            Key::Copy => self.open_selected(|shown, _| CopyCard::new(copy::of_organization(&shown)), cx),
            Key::Filter(key) => {
                if self.list.filter_by(key) {
                    cx.close();
                }
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Motion(_) => None,
            Key::Filter(key) => self.list.filter_refusal(key),
            _ if self.list.selected().is_none() => Some("nothing selected"),
            Key::Copy => None,
            _ if shared.is_cut_off() => Some("no connection"),
            Key::Restore | Key::Purge => None,
        })
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        if let Err(refused) = self.list.on_text(text, cx.shared().now) {
            cx.say(Tone::Warning, refused.to_string());
        }
    }

    /// Reads every page anew.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.list.begin();
        self.read(None, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Organization(restored) => self.list.left(restored.id),
            Event::Live(live) => self.live(live, cx),
            // A delete brought one here, or a purge took one away.
            Event::OrganizationGone(id) if self.list.all().iter().any(|known| known.id == *id) => {
                self.list.left(*id);
            }
            Event::OrganizationGone(_) | Event::Stale => Screen::refresh(self, cx),
            _ => {}
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.list.due()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        if self.list.on_due(cx.shared().now) {
            Screen::refresh(self, cx);
        }
    }

    fn position(&self) -> Option<(usize, usize)> {
        self.list.position()
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
