//! What is too long for the terminal is offered as a file.

use super::CopyItem;
use crate::tui::cards::question::{ASKS, Key, Question};
use crate::tui::clipboard::MOST_BYTES;
use crate::tui::effect::Effect;
use crate::tui::keys::Keys;
use crate::tui::layer::{Cx, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// The card.
#[derive(Debug)]
pub struct SaveCopyCard {
    item: CopyItem,
    question: Question,
}

impl SaveCopyCard {
    /// For this.
    pub fn new(item: CopyItem) -> Self {
        Self { item, question: Question::default() }
    }
}

impl Screen for SaveCopyCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &ASKS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Yes => {
                cx.close();
                let text = std::mem::take(&mut self.item.text);
                cx.perform(Effect::Save { extension: self.item.extension, text });
            }
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let what = [
            format!(
                "The {} has {}, and a terminal takes {} at most. Nothing was sent.",
                self.item.label,
                text::bytes(self.item.text.len() as u64),
                text::bytes(MOST_BYTES as u64),
            ),
            "The file goes into the folder where tenantry was started; only you can read it.".to_owned(),
        ];
        self.question.draw("Too long to copy", &what, Some("Save it to a file?"), area, canvas);
    }
}
