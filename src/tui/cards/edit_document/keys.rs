//! The keys of the card: one table while the text is typed on it, one for a text that is not saved, and one when it was
//! left.

use super::typing::Edit;
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, Motion, PAGE_DOWN, PAGE_UP, Row, TAB, UP, back, char, ctrl, help, help_in_text,
    hint, quiet,
};

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Edits the kept text again.
    Again,
    /// Takes the kept text as it is.
    Use,
    /// Moves what is shown below it.
    Motion(Motion),
    /// Takes what is typed here.
    Save,
    /// Edits what is typed here.
    Edit(Edit),
}

/// The keys when the text is not written.
pub(super) static KEPT: Keys<Key> = Keys::of(
    "text that is not saved",
    &[
        hint(&[ENTER], Key::Again, "edit again", Do, 2),
        hint(&[char('y')], Key::Use, "use the text", Do, 3),
        back(&[ESC, char('q')], "leave", Do, Some(1)),
        Row::Motions(Key::Motion),
        help(),
    ],
);

/// The keys when the text was left in its file.
pub(super) static LEFT: Keys<Key> =
    Keys::of("text that is left", &[back(&[ESC, ENTER, char('q')], "close", Do, Some(0))]);

/// The keys while the text is typed here.
pub(super) static TYPING: Keys<Key> = Keys::of_text(
    "document that is typed",
    &[
        hint(&[ctrl('s')], Key::Save, "save", Do, 1),
        back(&[ESC], "leave", Do, Some(0)),
        quiet(&[ENTER], Key::Edit(Edit::Newline), "new line", Do),
        quiet(&[TAB], Key::Edit(Edit::Indent), "indent", Do),
        // Terminals send the same for both.
        hint(&[ctrl('_'), ctrl('7')], Key::Edit(Edit::Undo), "undo", Do, 4),
        quiet(&[UP], Key::Edit(Edit::Up), "one up", Move),
        quiet(&[DOWN], Key::Edit(Edit::Down), "one down", Move),
        quiet(&[PAGE_UP], Key::Edit(Edit::PageUp), "a page up", Move),
        quiet(&[PAGE_DOWN], Key::Edit(Edit::PageDown), "a page down", Move),
        help_in_text("help"),
    ],
);
