//! A menu: one of a few things is chosen, and the layer that opened it hears which.

use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{DOWN, ENTER, ESC, Keys, Motion, UP, back, char, hint};
use crate::tui::layer::{Cx, Registered, Reply, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::{self, Window};
use ratatui::layout::Rect;
use std::fmt;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to a menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// Chooses what is selected.
    Choose,
}

pub(super) static KEYS: Keys<Key> = Keys::of(
    "menu",
    &[
        hint(&[ENTER], Key::Choose, "choose", Do, 1),
        hint(&[char('k'), UP], Key::Motion(Motion::Up), "up", Move, 3),
        hint(&[char('j'), DOWN], Key::Motion(Motion::Down), "down", Move, 4),
        back(&[ESC, char('q')], "close", Do, Some(0)),
    ],
);

/// The menu.
#[derive(Debug)]
pub struct Menu<T> {
    title: &'static str,
    /// What can be chosen, in words.
    items: Vec<(T, &'static str)>,
    current: T,
    window: Window,
    chosen: Reply<T>,
}

impl<T: Copy + PartialEq> Menu<T> {
    /// With what holds now selected.
    pub fn new(title: &'static str, items: Vec<(T, &'static str)>, current: T, chosen: Reply<T>) -> Self {
        let mut window = Window::default();
        window.selected = items.iter().position(|(item, _)| *item == current).unwrap_or(0);
        Self { title, items, current, window, chosen }
    }
}

impl<T: Copy + PartialEq + fmt::Debug + Send + 'static> Screen for Menu<T> {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.window.move_by(motion, self.items.len()),
            Key::Choose => {
                cx.close();
                if let Some((item, _)) = self.items.get(self.window.selected) {
                    cx.reply(&self.chosen, *item);
                }
            }
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let rows = u16::try_from(self.items.len()).unwrap_or(0);
        let inside = canvas.card(centred(area, 26, rows + 2), self.title, Tone::Text, None);
        let theme = canvas.theme;
        table::draw(canvas, inside, &self.window, self.items.len(), |canvas, row, y, _| {
            let Some((item, word)) = self.items.get(row) else {
                return;
            };
            let end = canvas.put((inside.x + 2, y), word, 14, theme.style(Tone::Text));
            if *item == self.current {
                canvas.put((end + 2, y), canvas.signs().good, 1, theme.style(Tone::Accent));
            }
        });
    }
}
