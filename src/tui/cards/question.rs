//! What the cards share that are answered with yes or no, or only tell something.

use super::draw::{self, Row, What, row};
use crate::tui::effect::Message;
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, char, hint};
use crate::tui::layer::{Availability, Cx, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// What they are known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&ASKS, &TELLS] };

/// What a key does to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Yes.
    Yes,
}

pub(super) static ASKS: Keys<Key> = Keys::of(
    "a question",
    &[hint(&[char('y')], Key::Yes, "yes", Do, 1), back(&[ESC, char('n'), char('q')], "no", Do, Some(0))],
);

pub(super) static TELLS: Keys<Key> =
    Keys::of("a note", &[back(&[ESC, ENTER, char('q')], "close", Do, Some(0))]);

/// What becomes of a question.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// Whether the write runs that was released.
    pub(super) is_running: bool,
    /// What is wrong.
    pub(super) message: Option<Message>,
}

impl Question {
    /// The write is released.
    pub(super) fn begin(&mut self) {
        self.message = None;
        self.is_running = true;
    }

    /// Whether yes can be said.
    pub(super) fn availability(&self, shared: &Shared) -> Availability {
        Availability::unless(match () {
            () if self.is_running => Some("it is being done"),
            () if shared.is_cut_off() => Some("no connection"),
            () => None,
        })
    }

    /// Leaves everything as it is, but for a write that runs.
    pub(super) fn back<S: Screen>(&self, cx: &mut Cx<'_, S>) {
        if self.is_running {
            cx.say(Tone::Warning, "It is being done; a moment.");
        } else {
            cx.close();
        }
    }

    /// Draws paragraphs, the question, and what is wrong.
    pub(super) fn draw(
        &self,
        title: &str,
        what: &[String],
        question: Option<&str>,
        area: Rect,
        canvas: &mut Canvas<'_>,
    ) {
        let columns = draw::columns(area);
        let mut rows: Vec<Row> = Vec::new();
        for (gives_way, text) in (1..).zip(what) {
            if !rows.is_empty() {
                rows.push(row(8, What::Free));
            }
            rows.extend(draw::paragraph(gives_way, text, columns));
        }
        if let Some(question) = question {
            rows.push(row(7, What::Free));
            rows.extend(draw::paragraph(0, question, columns));
        }
        if self.message.is_some() {
            rows.push(row(8, What::Free));
            rows.extend(draw::wrong(self.message.as_ref(), None, columns));
        }
        draw::draw((title, Tone::Text), rows, None, None, area, canvas);
    }
}
