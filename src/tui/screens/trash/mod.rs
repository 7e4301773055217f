//! The trash: deleted organizations, until when each can be restored, and the keys that restore or purge one.

mod view;

use crate::domain::{Organization, OrganizationId, SortKey, State, Status};
use crate::service::{Error, ListQuery, MAX_LIMIT, OrganizationPage};
use crate::tui::cards::purge_organization::PurgeOrganizationCard;
use crate::tui::effect::{Call, CallContext, CallError};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{ENTER, ESC, Keys, Motion, Row, back, char, danger, go_to, help, hint, live, refresh};
use crate::tui::layer::{Availability, Cx, Destination, Event, LiveChanges, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::screens::paged::{Paged, PagedRow, Taken};
use crate::tui::shared::Shared;
use crate::tui::widgets::canvas::Canvas;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS] };
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
}

static KEYS: Keys<Key> = Keys::of(
    "trash",
    &[
        hint(&[char('u'), ENTER], Key::Restore, "restore", Do, 2),
        danger(&[char('D')], Key::Purge, "purge", Do, 3),
        refresh("refresh", 6),
        go_to(7),
        live(),
        back(&[ESC, char('q')], "back", Move, Some(1)),
        Row::Motions(Key::Motion),
        help(),
    ],
);

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
    fn live(&mut self, live: &LiveChanges) {
        for organization in &live.changes.organizations {
            if organization.state == State::Deleted {
                self.list.saved(organization);
            } else {
                self.list.left(organization.id);
            }
        }
        for gone in &live.changes.gone {
            self.list.left(*gone);
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
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.list.move_by(motion),
            Key::Restore => self.open_selected(Form::restore, cx),
            Key::Purge => self.open_selected(|shown, _| PurgeOrganizationCard::new(shown), cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Motion(_) => None,
            _ if self.list.selected().is_none() => Some("nothing selected"),
            _ if shared.is_cut_off() => Some("no connection"),
            Key::Restore | Key::Purge => None,
        })
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
            Event::Live(live) => self.live(live),
            // A delete brought one here, or a purge took one away.
            Event::OrganizationGone(id) if self.list.rows().iter().any(|known| known.id == *id) => {
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
        Screen::refresh(self, cx);
    }

    fn position(&self) -> Option<(usize, usize)> {
        self.list.position()
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
