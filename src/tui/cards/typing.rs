//! What the cards share on which a name is typed before something is written.

use crate::domain::text::is_as_shown;
use crate::tui::effect::Message;
use crate::tui::keys::Text;
use crate::tui::layer::{Cx, Screen};
use crate::tui::theme::Tone;
use crate::tui::widgets::text_input::TextInput;

/// What is typed into a card, and what becomes of it.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// What is typed.
    pub(super) input: TextInput,
    /// Whether the write runs that was released.
    pub(super) is_running: bool,
    /// What is wrong.
    pub(super) message: Option<Message>,
}

impl Typing {
    /// The write is released.
    pub(super) fn begin(&mut self) {
        self.message = None;
        self.is_running = true;
    }

    /// Edits what is typed.
    pub(super) fn on_text(&mut self, text: &Text) {
        if self.is_running {
            return;
        }
        match self.input.take(text) {
            Ok(true) => self.message = None,
            Ok(false) => {}
            Err(refused) => self.message = Some(Message { text: refused.to_string(), hint: None }),
        }
    }

    /// Whether it is this name, as it is or as it is shown.
    pub(super) fn is(&self, name: &str) -> bool {
        !self.input.is_empty() && is_as_shown(self.input.value(), name)
    }

    /// Leaves everything as it is, but for a write that runs.
    pub(super) fn back<S: Screen>(&self, busy: &str, cx: &mut Cx<'_, S>) {
        if self.is_running {
            cx.say(Tone::Warning, busy);
        } else {
            cx.close();
        }
    }
}
