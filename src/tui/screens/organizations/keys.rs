//! The keys of the list and of its filter.

use crate::tui::keys::Group::{Anywhere, Do, Find, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, Motion, PAGE_DOWN, PAGE_UP, Row, UP, back, char, danger, go_to, help,
    help_in_text, hint, live, place, quiet, refresh,
};

/// What a key does to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// Opens the selected one.
    Open,
    /// Edits it.
    Edit,
    /// Deletes it, after a card.
    Delete,
    /// Suspends it, or resumes a suspended one, after a card.
    Suspend,
    /// Exports it, on a card.
    Export,
    /// Restores the organization that was deleted here last.
    Undo,
    /// Begins to filter.
    Filter,
    /// Keeps what is typed as the filter.
    KeepFilter,
    /// Clears it.
    ClearFilter,
    /// Chooses the column to sort by.
    Sort,
    /// Turns the order around.
    Reverse,
    /// Copies of it, after a menu.
    Copy,
}

/// The keys of the list.
pub(super) static LIST: Keys<Key> = Keys::of(
    "organizations",
    &[
        hint(&[ENTER, char('d')], Key::Open, "open", Do, 2),
        place(&[char('n')], "new organization", "new", Do, Some(3)),
        hint(&[char('e')], Key::Edit, "edit", Do, 4),
        danger(&[char('D')], Key::Delete, "delete", Do, 6),
        hint(&[char('S')], Key::Suspend, "suspend", Do, 8),
        hint(&[char('X')], Key::Export, "export", Do, 12),
        place(&[char('I')], "import organization", "import", Do, Some(17)),
        hint(&[char('u')], Key::Undo, "restore", Do, 1),
        hint(&[char('/')], Key::Filter, "filter", Find, 5),
        hint(&[char('s')], Key::Sort, "sort", Find, 9),
        quiet(&[char('O')], Key::Reverse, "reverse the order", Find),
        hint(&[char('y')], Key::Copy, "copy", Do, 10),
        refresh("refresh", 14),
        live(),
        Row::Motions(Key::Motion),
        quiet(&[ESC], Key::ClearFilter, "clear the filter", Find),
        place(&[char('a')], "activity", "activity", Find, Some(16)),
        place(&[char('o')], "operators", "operators", Find, Some(15)),
        place(&[char('!')], "doctor", "doctor", Find, Some(11)),
        go_to(7),
        help(),
        back(&[char('q')], "quit", Anywhere, Some(13)),
    ],
);

/// What may be typed.
const SYNTAX: &[(&str, &str)] = &[
    ("acm co", "parts of name, email, collection or id"),
    ("email:@acme", "part of it; also name: collection:"),
    ("state:active", "or another state; missing: without its collection"),
    ("created:>7d", "older; <7d, 2026-11, >2026-11-01, 2026-11..2026-12"),
    ("signin:none", "never signed in; >30d and the like, also changed:"),
    ("docs:>1000", "documents; 0, <=5, 10..20"),
    ("size:>1g", "data; <500k, 1m..1g"),
    ("acme|delft", "either"),
    ("state:deleted", "Enter goes to the trash"),
    ("id:6f0c", "begins with"),
    ("!europe", "not; quotes keep spaces: \"a b\""),
];

/// The keys while the filter is typed.
pub(super) static FILTER: Keys<Key> = Keys::of_text(
    "filter",
    &[
        hint(&[ENTER], Key::KeepFilter, "keep", Do, 2),
        hint(&[ESC], Key::ClearFilter, "clear", Do, 1),
        hint(&[UP], Key::Motion(Motion::Up), "up", Move, 5),
        hint(&[DOWN], Key::Motion(Motion::Down), "down", Move, 6),
        quiet(&[PAGE_UP], Key::Motion(Motion::PageUp), "a page up", Move),
        quiet(&[PAGE_DOWN], Key::Motion(Motion::PageDown), "a page down", Move),
        help_in_text("syntax"),
    ],
)
.syntax(SYNTAX);
