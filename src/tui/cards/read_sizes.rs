//! The question before the sizes of very many collections are read.

use super::question::{ASKS, Key, Question};
use crate::tui::keys::Keys;
use crate::tui::layer::{Cx, Reply, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::fmt;

/// The card.
#[derive(Debug)]
pub struct ReadSizesCard<T> {
    count: usize,
    answer: T,
    reply: Reply<T>,
    question: Question,
}

impl<T> ReadSizesCard<T> {
    /// For so many organizations; a yes answers with this.
    pub fn new(count: usize, answer: T, reply: Reply<T>) -> Self {
        Self { count, answer, reply, question: Question::default() }
    }
}

impl<T: Copy + fmt::Debug + Send + 'static> Screen for ReadSizesCard<T> {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &ASKS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Yes => {
                cx.close();
                cx.reply(&self.reply, self.answer);
            }
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.question.back(cx);
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let what = [
            format!("This reads the size of {} collections.", text::count(self.count as u64)),
            "Each look opens the collection's files on the server.".to_owned(),
        ];
        self.question.draw("Read all sizes", &what, Some("Read them?"), area, canvas);
    }
}
