//! The trash: deleted organizations, until when each can be restored, and the keys that restore or purge one.

mod view;

use crate::domain::{Organization, OrganizationId, SortKey, Status};
use crate::service::{Error, ListQuery, MAX_LIMIT, OrganizationPage};
use crate::tui::cards::purge_organization::PurgeOrganizationCard;
use crate::tui::effect::{Call, CallContext, CallError, Load, Message};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{ENTER, ESC, Keys, Motion, Row, back, char, danger, go_to, help, hint, refresh};
use crate::tui::layer::{Availability, Cx, Destination, Event, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::shared::Shared;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::collections::HashSet;
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

/// The screen.
#[derive(Debug)]
pub struct Trash {
    /// By the name that they had.
    rows: Vec<Arc<Organization>>,
    window: Window,
    /// What the user chose: it stays selected, whatever row it comes to stand in.
    chosen: Option<OrganizationId>,
    /// The reading of all pages; done when the last one came.
    reading: Load<Timestamp>,
    /// Those that this pass has read; what left the trash while it runs is not brought back by a page that is older.
    seen: HashSet<OrganizationId>,
    gone: HashSet<OrganizationId>,
}

impl Destination for Trash {
    /// An empty list that begins to read.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self {
            rows: Vec::new(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            seen: HashSet::new(),
            gone: HashSet::new(),
        };
        Screen::refresh(&mut screen, cx);
        screen
    }
}

impl Trash {
    fn read(&mut self, cursor: Option<String>, cx: &mut Cx<'_, Self>) {
        self.reading = Load::Loading(cx.call(ReadTrash { cursor }, Self::page_came));
    }

    fn page_came(&mut self, page: Result<OrganizationPage, CallError>, cx: &mut Cx<'_, Self>) {
        let page = match page {
            Ok(page) => page,
            // What came stays.
            Err(CallError::Stopped) => {
                self.reading = Load::Idle;
                return;
            }
            Err(CallError::Refused(error)) => {
                self.reading = Load::Failed(Message::from(&error));
                return;
            }
        };
        for organization in page.items {
            self.seen.insert(organization.id);
            if self.gone.contains(&organization.id) {
                continue;
            }
            match self.rows.iter_mut().find(|known| known.id == organization.id) {
                Some(known) => *known = organization,
                None => self.rows.push(organization),
            }
        }
        if page.next_cursor.is_some() {
            self.read(page.next_cursor, cx);
        } else {
            self.rows.retain(|known| self.seen.contains(&known.id));
            self.reading = Load::Ready(cx.shared().now);
        }
        self.settle();
    }

    fn selected(&self) -> Option<&Arc<Organization>> {
        self.rows.get(self.window.selected)
    }

    /// In order, and the selection where it belongs.
    fn settle(&mut self) {
        self.rows.sort_by(|a, b| a.sort_name().cmp(b.sort_name()).then_with(|| a.id.cmp(&b.id)));
        let place = self.rows.iter().position(|known| Some(known.id) == self.chosen);
        self.window.follow(place, self.rows.len());
    }

    /// It was restored or purged; the selection stays where it was.
    fn left(&mut self, id: OrganizationId) {
        self.gone.insert(id);
        self.rows.retain(|known| known.id != id);
        self.settle();
    }

    fn open_selected<T: Screen>(
        &mut self,
        make: fn(Arc<Organization>, &mut Cx<'_, T>) -> T,
        cx: &mut Cx<'_, Self>,
    ) {
        self.chosen = self.selected().map(|selected| selected.id);
        if let Some(selected) = self.selected().map(Arc::clone) {
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
            Key::Motion(motion) => {
                self.window.move_by(motion, self.rows.len());
                self.chosen = self.selected().map(|selected| selected.id);
            }
            Key::Restore => self.open_selected(Form::restore, cx),
            Key::Purge => self.open_selected(|shown, _| PurgeOrganizationCard::new(shown), cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Motion(_) => None,
            _ if self.selected().is_none() => Some("nothing selected"),
            _ if shared.is_cut_off() => Some("no connection"),
            Key::Restore | Key::Purge => None,
        })
    }

    /// Reads every page anew.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.seen.clear();
        self.gone.clear();
        self.read(None, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Organization(restored) => self.left(restored.id),
            // A delete brought one here, or a purge took one away.
            Event::OrganizationGone(id) if self.rows.iter().any(|known| known.id == *id) => self.left(*id),
            Event::OrganizationGone(_) | Event::Stale => Screen::refresh(self, cx),
            _ => {}
        }
    }

    fn position(&self) -> Option<(usize, usize)> {
        (!self.rows.is_empty()).then(|| (self.window.selected + 1, self.rows.len()))
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
