//! The question before the console is left with a session that ends with it.

use super::question::Question;
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, char, hint};
use crate::tui::layer::{Cx, Intent, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Quits.
    Quit,
}

static KEYS: Keys<Key> = Keys::of(
    "quit",
    &[
        hint(&[char('y'), ENTER], Key::Quit, "quit", Do, 1),
        back(&[ESC, char('n'), char('q')], "stay", Do, Some(0)),
    ],
);

const WHAT: &str = "Your session ends with the console. The next one asks for your password.";

/// The card.
#[derive(Debug, Default)]
pub struct QuitCard(Question);

impl Screen for QuitCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Quit => cx.follow(Intent::Leave),
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.0.draw("Quit", &[WHAT.to_owned()], Some("Quit?"), area, canvas);
    }
}
