//! What keys do to an activity, whichever screen shows it.

use crate::tui::keys::Motion;

/// What a key does to the activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityKey {
    /// Moves the selection.
    Motion(Motion),
    /// Opens the selected entry.
    Open,
    /// Copies of it, after a menu.
    Copy,
    /// Begins to filter.
    Filter,
    /// Filters by what is typed.
    ApplyFilter,
    /// Clears the filter.
    ClearFilter,
    /// Clears the filter that holds; without one, back.
    Escape,
}

/// A key that moves the selection.
pub(in crate::tui::screens) const fn motion(motion: Motion) -> ActivityKey {
    ActivityKey::Motion(motion)
}

/// What may be typed into the filter.
pub(in crate::tui::screens) const FILTER_SYNTAX: &[(&str, &str)] = &[
    ("acme|delft", "parts of actor, name or action; either"),
    ("action:purged", "or renamed, signed_in, ..."),
    ("actor:a@b", "the whole email of who acted"),
    ("org:\"Acme Co\"", "the whole name, now or then, or id"),
    ("since:7d", "or 90m, 24h, 2026-11-24 (UTC)"),
    ("!failed", "not; quotes keep spaces: \"a b\""),
];
