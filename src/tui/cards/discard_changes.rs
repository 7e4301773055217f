//! The question before a changed form is left.

use crate::tui::keys::Group::Do;
use crate::tui::keys::{ESC, Keys, back, char, danger};
use crate::tui::layer::{Cx, Registered, Reply, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Leaves the form.
    Discard,
}

static KEYS: Keys<Key> = Keys::of(
    "unsaved changes",
    &[
        danger(&[char('y')], Key::Discard, "leave, and lose what was typed", Do, 1),
        back(&[ESC, char('n')], "stay", Do, Some(0)),
    ],
);

/// The question; it knows nothing but how it is answered.
#[derive(Debug)]
pub struct DiscardChangesCard {
    discarded: Reply<()>,
}

impl DiscardChangesCard {
    /// Answers whoever asks that what was typed may go.
    pub fn new(discarded: Reply<()>) -> Self {
        Self { discarded }
    }
}

impl Screen for DiscardChangesCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Discard => {
                cx.close();
                cx.reply(&self.discarded, ());
            }
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let inside = canvas.card(centred(area, 50, 6), "Leave without saving?", Tone::Text, None);
        let theme = canvas.theme;
        let (x, y) = (inside.x, inside.y + 1);
        canvas.put((x, y), "What was typed here will be lost.", inside.width, theme.style(Tone::Text));
        let pieces = [
            ("y", theme.strong(Tone::Danger)),
            ("  leave", theme.style(Tone::Muted)),
            ("     Esc", theme.key()),
            ("  stay", theme.style(Tone::Muted)),
        ];
        canvas.put_all((x, y + 2), inside.right(), &pieces);
    }
}
