//! The keys of an organization: one table for each tab, and one for the filter of the activity.

use crate::tui::keys::Group::{Do, Find, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, Motion, Row, UP, back, char, danger, go_to, help, help_in_text, hint, live,
    place, quiet, refresh,
};
use crate::tui::screens::activity::{ActivityKey, FILTER_SYNTAX, motion};

/// What a key does to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// One line up.
    Up,
    /// One line down.
    Down,
    /// Edits it.
    Edit,
    /// Deletes it, after a card.
    Delete,
    /// Suspends it, or resumes a suspended one, after a card.
    Suspend,
    /// Copies of it, after a menu.
    Copy,
    /// Ends the operation on it now, after a card.
    Recover,
    /// The first tab: the record.
    Overview,
    /// The second tab: what was done.
    Activity,
    /// To the other tab.
    OtherTab,
    /// Something that the activity does.
    OfActivity(ActivityKey),
}

/// The keys of the overview.
pub(super) static OVERVIEW: Keys<Key> = Keys::of(
    "organization",
    &[
        hint(&[char('e')], Key::Edit, "edit", Do, 2),
        danger(&[char('D')], Key::Delete, "delete", Do, 3),
        hint(&[char('S')], Key::Suspend, "suspend", Do, 8),
        hint(&[char('y')], Key::Copy, "copy", Do, 9),
        hint(&[char('f')], Key::Recover, "finish now", Do, 5),
        place(&[char('!')], "doctor", "doctor", Find, None),
        hint(&[char('2'), ENTER], Key::Activity, "activity", Move, 4),
        quiet(&[char(']')], Key::OtherTab, "next tab", Move),
        quiet(&[char('[')], Key::OtherTab, "previous tab", Move),
        refresh("refresh", 6),
        live(),
        go_to(7),
        back(&[ESC, char('q')], "back", Move, Some(1)),
        quiet(&[char('k'), UP], Key::Up, "one up", Move),
        quiet(&[char('j'), DOWN], Key::Down, "one down", Move),
        help(),
    ],
);

const fn of_activity(key: Motion) -> Key {
    Key::OfActivity(motion(key))
}

/// The keys of the activity.
pub(super) static ACTIVITY: Keys<Key> = Keys::of(
    "activity",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::Open), "entry", Do, 2),
        hint(&[char('y')], Key::OfActivity(ActivityKey::Copy), "copy", Do, 8),
        hint(&[char('/')], Key::OfActivity(ActivityKey::Filter), "filter", Find, 4),
        hint(&[char('1')], Key::Overview, "overview", Move, 3),
        quiet(&[char(']')], Key::OtherTab, "next tab", Move),
        quiet(&[char('[')], Key::OtherTab, "previous tab", Move),
        refresh("refresh", 5),
        live(),
        go_to(7),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::OfActivity(ActivityKey::Escape), "clear filter; back", Find),
        Row::Motions(of_activity),
        help(),
    ],
);

/// The keys while the filter of the activity is typed.
pub(super) static ACTIVITY_FILTER: Keys<Key> = Keys::of_text(
    "filter of the activity",
    &[
        hint(&[ENTER], Key::OfActivity(ActivityKey::ApplyFilter), "filter", Do, 2),
        hint(&[ESC], Key::OfActivity(ActivityKey::ClearFilter), "clear", Do, 1),
        help_in_text("syntax"),
    ],
)
.syntax(FILTER_SYNTAX);
