//! The card before something is removed or given up: what it is, and its name to be typed. What each of them removes,
//! and what becomes of it, is its own ([`ByName`]).

use super::draw::{self, Row, What, row};
use super::typing::Typing;
use crate::domain::name::key_of;
use crate::service::Error;
use crate::tui::effect::{CallError, Message};
use crate::tui::keys::{Keys, Text};
use crate::tui::layer::{Availability, Cx, Event, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::fmt;

/// What a key does to such a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Does what the name was typed for.
    Confirm,
}

/// What is said of a write while it cannot be released.
#[derive(Debug)]
pub struct Words {
    /// It runs.
    pub running: &'static str,
    /// The write runs, and the user presses a key to leave.
    pub busy: &'static str,
    /// Something else is typed.
    pub differs: &'static str,
}

/// What is removed or given up.
pub trait ByName: fmt::Debug + Send + Sized + 'static {
    /// The keys, with their names here.
    const KEYS: &'static Keys<Key>;
    /// What is said of the write.
    const WORDS: Words;

    /// What is to be typed.
    fn name(&self) -> &str;
    /// What is going to happen, to what.
    fn title(&self) -> String;
    /// What is told before the name is asked for.
    fn rows(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row>;
    /// Asks for the name.
    fn ask(&self) -> String;
    /// Makes the call, with what was typed.
    fn release(&self, confirm: String, cx: &mut Cx<'_, Card<Self>>);
    /// Why the write is not released yet.
    fn waits_for(&self) -> Option<&'static str> {
        None
    }
    /// Hears what another layer told.
    fn on_event(_card: &mut Card<Self>, _event: &Event, _cx: &mut Cx<'_, Card<Self>>) {}
}

/// The card.
#[derive(Debug)]
pub struct Card<T> {
    /// What confirming removes, but for the typed name.
    pub(super) of: T,
    typing: Typing,
}

impl<T: ByName> Card<T> {
    pub(super) fn of(of: T) -> Self {
        Self { of, typing: Typing::default() }
    }

    pub(super) fn is_running(&self) -> bool {
        self.typing.is_running
    }

    /// The answer of the write; nothing if it was stopped.
    pub(super) fn answer<A>(&mut self, answer: Result<A, CallError>) -> Option<Result<A, Error>> {
        self.typing.is_running = false;
        match answer {
            Ok(answer) => Some(Ok(answer)),
            Err(CallError::Stopped) => None,
            Err(CallError::Refused(error)) => Some(Err(error)),
        }
    }

    /// The write is answered; what is wrong with that, if anything.
    pub(super) fn ended(&mut self, message: Option<Message>) {
        self.typing.is_running = false;
        self.typing.message = message;
    }

    /// What is wrong stands below the field.
    pub(super) fn say(&mut self, message: impl Into<Message>) {
        self.typing.message = Some(message.into());
    }

    fn is_typed(&self) -> bool {
        self.typing.is(self.of.name())
    }

    /// What is typed is the name but for case and space around it.
    fn near(&self) -> Option<String> {
        let (typed, name) = (self.typing.input.value().trim(), self.of.name());
        let is_near = !self.is_typed() && !typed.is_empty() && key_of(typed) == key_of(name);
        is_near.then(|| format!("Case matters: type exactly  {name}"))
    }
}

impl<T: ByName> Screen for Card<T> {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        T::KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Confirm => {
                self.of.release(self.typing.input.value().to_owned(), cx);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Confirm if self.typing.is_running => Some(T::WORDS.running),
            Key::Confirm if shared.is_cut_off() => Some("no connection"),
            Key::Confirm if self.of.waits_for().is_some() => self.of.waits_for(),
            Key::Confirm if !self.is_typed() => Some(T::WORDS.differs),
            Key::Confirm => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        self.typing.on_text(text);
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back(T::WORDS.busy, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        T::on_event(self, event, cx);
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = draw::columns(area);
        let mut rows = self.of.rows(shared, columns, canvas.signs().ellipsis);
        rows.push(row(8, What::Free));
        rows.extend(draw::paragraph(1, &self.of.ask(), columns));
        rows.push(row(0, What::Field));
        rows.extend(draw::wrong(self.typing.message.as_ref(), self.near(), columns));
        let environment = shared.config.environment.as_deref();
        let title = self.of.title();
        draw::draw((&title, Tone::Danger), rows, Some(&self.typing.input), environment, area, canvas);
    }
}

/// What was shown is not what is there.
pub(super) fn changed_elsewhere() -> Message {
    Message { text: "Someone else changed it. Check it again.".to_owned(), hint: None }
}
