//! What can be copied of the thing in view: one of it is chosen, and sent to the terminal.

mod items;
mod save;

pub use items::{CopyItem, of_document, of_entry, of_operator, of_organization, of_query};
pub use save::SaveCopyCard;

use super::menu::{KEYS, Key};
use crate::tui::clipboard::CopyError;
use crate::tui::effect::Effect;
use crate::tui::keys::Keys;
use crate::tui::layer::{Cx, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred};
use crate::tui::widgets::table::{self, Window};
use ratatui::layout::Rect;

/// The columns of the card, and of the labels.
const WIDTH: u16 = 72;
const LABEL: u16 = 12;

/// The card.
#[derive(Debug)]
pub struct CopyCard {
    items: Vec<CopyItem>,
    window: Window,
}

impl CopyCard {
    /// With these to choose from.
    pub fn new(items: Vec<CopyItem>) -> Self {
        Self { items, window: Window::default() }
    }
}

impl Screen for CopyCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.window.move_by(motion, self.items.len()),
            Key::Choose => {
                if let Some(item) = self.items.get(self.window.selected) {
                    copy(item, cx);
                }
            }
        }
    }

    fn label(&self, key: Key) -> Option<&'static str> {
        (key == Key::Choose).then_some("copy")
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let rows = u16::try_from(self.items.len()).unwrap_or(0);
        let width = WIDTH.min(area.width.saturating_sub(2));
        let inside = canvas.card(centred(area, width, rows + 2), "Copy", Tone::Text, None);
        let theme = canvas.theme;
        table::draw(canvas, inside, &self.window, self.items.len(), |canvas, row, y, _| {
            let Some(item) = self.items.get(row) else {
                return;
            };
            let x = inside.x + 2;
            canvas.put((x, y), item.label, LABEL, theme.style(Tone::Text));
            let x = x + LABEL + 2;
            // No more of a long text than fits.
            let most = item.text.floor_char_boundary(usize::from(WIDTH) * 8);
            let shown = item.text.get(..most).unwrap_or_default();
            canvas.put((x, y), shown, inside.right().saturating_sub(x + 1), theme.style(Tone::Muted));
        });
    }
}

/// Sends it to the terminal, or says why not. The terminal does not answer, so no more than that is known.
fn copy(item: &CopyItem, cx: &mut Cx<'_, CopyCard>) {
    match cx.shared().config.clipboard.sequence(&item.text) {
        Ok(bytes) => {
            cx.close();
            cx.perform(Effect::Send(bytes));
            cx.say(Tone::Good, format!("The {} was sent to the terminal.", item.label));
        }
        Err(CopyError::Missing) => {
            cx.close();
            cx.say(Tone::Warning, "Nothing was sent: a terminal with this TERM has no clipboard.");
        }
        Err(CopyError::TooLong) => cx.open(|_| SaveCopyCard::new(item.clone())),
    }
}
