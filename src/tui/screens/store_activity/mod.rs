//! What was done in the whole store, newest first; for an admin in its organization.

use super::activity::{Activity, ActivityKey, FILTER_SYNTAX, HasActivity, motion};
use super::organization::OrganizationScreen;
use crate::domain::OrganizationId;
use crate::tui::keys::Group::{Do, Find, Move};
use crate::tui::keys::{
    ENTER, ESC, Keys, Motion, Row, Text, back, char, go_to, help, help_in_text, hint, live, quiet, refresh,
};
use crate::tui::layer::{Availability, Cx, Destination, Event, Place, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, EDGE};
use jiff::Timestamp;
use ratatui::layout::Rect;

/// Below so many rows the filter stands in the place of the title.
const LOW: u16 = 12;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS, &FILTER] };
static PLACE: Place = Place::of::<StoreActivity>("activity", "audit log history");

/// What a key does to the activity of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// What it does to every activity.
    OfActivity(ActivityKey),
    /// Opens the organization that the selected entry is about.
    Organization,
}

const fn of_activity(key: Motion) -> Key {
    Key::OfActivity(motion(key))
}

static KEYS: Keys<Key> = Keys::of(
    "activity of the store",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::Open), "entry", Do, 2),
        hint(&[char('y')], Key::OfActivity(ActivityKey::Copy), "copy", Do, 8),
        hint(&[char('d')], Key::Organization, "organization", Do, 3),
        hint(&[char('/')], Key::OfActivity(ActivityKey::Filter), "filter", Find, 4),
        refresh("refresh", 5),
        live(),
        go_to(7),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::OfActivity(ActivityKey::Escape), "clear filter; back", Find),
        Row::Motions(of_activity),
        help(),
    ],
);

/// The keys while the filter is typed.
static FILTER: Keys<Key> = Keys::of_text(
    "filter of the store's activity",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::ApplyFilter), "filter", Do, 2),
        hint(&[ESC], Key::OfActivity(ActivityKey::ClearFilter), "clear", Do, 1),
        help_in_text("syntax"),
    ],
)
.syntax(FILTER_SYNTAX);

/// The screen.
#[derive(Debug)]
pub struct StoreActivity {
    activity: Activity,
}

impl Destination for StoreActivity {
    /// An empty list that begins to read.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self { activity: Activity::new(None) };
        screen.activity.show(cx);
        screen
    }
}

impl HasActivity for StoreActivity {
    fn activity(&mut self) -> &mut Activity {
        &mut self.activity
    }
}

impl StoreActivity {
    fn organization(&self) -> Option<OrganizationId> {
        self.activity.selected()?.organization_id
    }
}

impl Screen for StoreActivity {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        if self.activity.is_filtering() { &FILTER } else { &KEYS }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::OfActivity(key) => self.activity.on_key(key, cx),
            Key::Organization => {
                if let Some(id) = self.organization() {
                    cx.open(|cx| OrganizationScreen::open_own(id, cx));
                }
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        match key {
            Key::OfActivity(key) => self.activity.availability(key),
            // An admin comes from its own.
            Key::Organization if !shared.is_operator() => Availability::Hidden,
            Key::Organization => {
                Availability::unless(self.organization().is_none().then_some("about no organization"))
            }
        }
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        self.activity.on_text(text, cx);
    }

    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.activity.touched(cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Stale => Screen::refresh(self, cx),
            Event::Live(live) if live.changes.entries.iter().any(|entry| self.activity.is_new(entry)) => {
                self.activity.touched(cx);
            }
            // Something was done in a layer above.
            Event::Organization(_)
            | Event::OrganizationGone(_)
            | Event::Operator(_)
            | Event::OperatorGone(_)
            | Event::DocumentGone(..) => self.activity.touched(cx),
            Event::Live(_)
            | Event::OrganizationTrashed(_)
            | Event::OrganizationChosen(_)
            | Event::DocumentChanged(..)
            | Event::Resized => {}
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.activity.due()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        if self.activity.due().is_some_and(|due| due <= cx.shared().now) {
            self.activity.touched(cx);
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let theme = canvas.theme;
        let head = if area.height < LOW { 1 } else { 2 };
        let x = canvas.put((area.x + EDGE, area.y), "Activity", area.width, theme.strong(Tone::Text));
        let whose = if shared.is_operator() { "of the whole store" } else { "of your organization" };
        let room = area.right().saturating_sub(x + 2 + EDGE);
        canvas.put((x + 2, area.y), whose, room, theme.style(Tone::Muted));
        let below = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
        self.activity.draw(shared, below, canvas);
    }
}
