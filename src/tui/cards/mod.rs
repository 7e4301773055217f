//! What lies over a screen: one at a time has the keys, the topmost.

mod card;
pub mod delete_organization;
pub mod discard_changes;
pub mod finding;
pub mod help;
pub mod menu;
pub mod palette;
pub mod remove_operator;
pub mod repair;
pub mod replace_collection;

use super::action::Command;
use super::effect::CallId;
use super::effect::Outcome;
use super::keymap::Context;
use super::keys::{Pasted, Typed};
use super::model::Shared;
use super::screens::Step;
use super::screens::sign_in::SignIn;
use super::widgets::canvas::Canvas;
use delete_organization::Confirm;
use discard_changes::LeaveForm;
use help::Help;
use menu::Menu;
use palette::Palette;
use ratatui::layout::Rect;
use remove_operator::RemoveOperator;
use repair::Ask;
use replace_collection::Choose;

/// An overlay.
#[derive(Debug)]
pub enum Overlay {
    /// The card of a dangerous effect.
    Confirm(Box<Confirm>),
    /// The card before an operator is removed.
    Remove(Box<RemoveOperator>),
    /// A question with yes or no.
    Ask(Box<Ask>),
    /// The card before an organization goes on without its own collection.
    Choose(Box<Choose>),
    /// Where to go, by name.
    Palette(Box<Palette>),
    /// The question before a changed form is left.
    Leave(LeaveForm),
    /// A column to sort by.
    Menu(Box<Menu>),
    /// The keys that work here.
    Help(Box<Help>),
    /// The sign-in after a session ended; the screen below stays.
    SignIn(Box<SignIn>),
}

impl Overlay {
    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        match self {
            Self::Confirm(_) => Context::Delete,
            Self::Remove(_) => Context::Remove,
            Self::Ask(card) => card.context(),
            Self::Choose(_) => Context::Choose,
            Self::Palette(_) => Context::Palette,
            Self::Leave(_) => Context::Leave,
            Self::Menu(_) => Context::Menu,
            Self::Help(_) => Context::Help,
            Self::SignIn(sign_in) => sign_in.context(),
        }
    }

    /// Does a command; `None` when it is not one of this overlay's.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        match self {
            Self::Confirm(card) => card.command(command, shared),
            Self::Remove(card) => card.command(command, shared),
            Self::Ask(card) => card.command(command, shared),
            Self::Choose(card) => card.command(command, shared),
            Self::Palette(palette) => palette.command(command, shared),
            Self::Leave(question) => question.command(command),
            Self::Menu(menu) => menu.command(command),
            Self::Help(help) => help.command(command),
            Self::SignIn(sign_in) => sign_in.command(command, shared),
        }
    }

    /// Edits the focused field.
    pub fn input(&mut self, typed: Typed) {
        match self {
            Self::Confirm(card) => card.input(typed),
            Self::Remove(card) => card.input(typed),
            Self::Choose(card) => card.input(typed),
            Self::Palette(palette) => palette.input(typed),
            Self::SignIn(sign_in) => sign_in.input(typed),
            Self::Ask(_) | Self::Leave(_) | Self::Menu(_) | Self::Help(_) => {}
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, pasted: &Pasted) {
        match self {
            Self::Confirm(card) => card.paste(pasted),
            Self::Remove(card) => card.paste(pasted),
            Self::Choose(card) => card.paste(pasted),
            Self::Palette(palette) => palette.paste(pasted),
            Self::SignIn(sign_in) => sign_in.paste(pasted),
            Self::Ask(_) | Self::Leave(_) | Self::Menu(_) | Self::Help(_) => {}
        }
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        match self {
            Self::Confirm(card) => card.awaits(ticket),
            Self::Remove(card) => card.awaits(ticket),
            Self::Ask(card) => card.awaits(ticket),
            Self::Choose(card) => card.awaits(ticket),
            Self::SignIn(sign_in) => sign_in.awaits(ticket),
            Self::Palette(_) | Self::Leave(_) | Self::Menu(_) | Self::Help(_) => false,
        }
    }

    /// Takes an answer it waits for.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        match self {
            Self::Confirm(card) => card.done(ticket, outcome, shared),
            Self::Remove(card) => card.done(outcome, shared),
            Self::Ask(card) => card.done(outcome, shared),
            Self::Choose(card) => card.done(outcome, shared),
            Self::SignIn(sign_in) => sign_in.done(ticket, outcome, shared),
            Self::Palette(_) | Self::Leave(_) | Self::Menu(_) | Self::Help(_) => Step::default(),
        }
    }

    /// A read of its own was stopped by the user.
    pub fn stopped(&mut self, ticket: CallId) {
        match self {
            Self::Confirm(card) => card.stopped(ticket),
            Self::SignIn(_)
            | Self::Remove(_)
            | Self::Ask(_)
            | Self::Choose(_)
            | Self::Palette(_)
            | Self::Leave(_)
            | Self::Menu(_)
            | Self::Help(_) => {}
        }
    }

    /// The reads that nobody waits for once it is closed.
    pub fn reads(&self) -> Vec<CallId> {
        match self {
            Self::Confirm(card) => card.reads(),
            Self::SignIn(_)
            | Self::Remove(_)
            | Self::Ask(_)
            | Self::Choose(_)
            | Self::Palette(_)
            | Self::Leave(_)
            | Self::Menu(_)
            | Self::Help(_) => Vec::new(),
        }
    }

    /// Why a command cannot work now, if it cannot.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match self {
            Self::Confirm(card) => card.refusal(command, shared),
            Self::Remove(card) => card.refusal(command, shared),
            Self::Ask(card) => card.refusal(command, shared),
            Self::Choose(card) => card.refusal(command, shared),
            Self::SignIn(sign_in) => sign_in.refusal(command, shared),
            Self::Palette(_) | Self::Leave(_) | Self::Menu(_) | Self::Help(_) => None,
        }
    }

    /// Draws it over what is there.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        match self {
            Self::Confirm(card) => card.draw(shared, area, canvas),
            Self::Remove(card) => card.draw(shared, area, canvas),
            Self::Ask(card) => card.draw(area, canvas),
            Self::Choose(card) => card.draw(area, canvas),
            Self::Palette(palette) => palette.draw(shared, area, canvas),
            Self::Leave(question) => question.draw(area, canvas),
            Self::Menu(menu) => menu.draw(area, canvas),
            Self::Help(help) => help.draw(area, canvas),
            Self::SignIn(sign_in) => sign_in.draw(shared, area, canvas),
        }
    }
}
