//! What fills the frame between title and hints. Each screen owns its state, answers commands, text and answers of
//! the service, and draws itself. A screen does no IO and knows no other screen: it says where to go with a [`Move`].

pub mod doctor;
pub mod form;
pub mod operators;
pub mod organization;
pub mod organizations;
pub mod sign_in;

use super::action::Command;
use super::cards::Overlay;
use super::effect::CallId;
use super::effect::{Effect, Outcome, Report};
use super::keymap::Context;
use super::keys::{Pasted, Typed};
use super::model::Shared;
use super::widgets::canvas::Canvas;
use crate::domain::{Account, AccountId, Finding, Organization, OrganizationId};
use crate::service::SignedIn;
use doctor::Doctor;
use form::Form;
use operators::Operators;
use organization::OrganizationScreen;
use organizations::{Column, Organizations};
use ratatui::layout::Rect;
use sign_in::SignIn;
use std::sync::Arc;

/// Where to go.
#[derive(Debug)]
pub enum Move {
    /// Another screen on top.
    Push(Screen),
    /// Back to the screen below; from the last one, quit.
    Pop,
    /// Something over the screen.
    Open(Overlay),
    /// The topmost overlay goes.
    Close,
    /// The list is sorted by another column.
    SortBy(Column),
    /// To the operators.
    Operators,
    /// To the doctor.
    Doctor,
    /// The doctor repairs all that is safe.
    RepairAll,
    /// A finding is repaired, or not so any more.
    Repaired(Box<Finding>),
    /// Back to the first screen.
    First,
    /// To this organization, over the list.
    Visit(Arc<Organization>),
    /// As if the key of this command had been pressed.
    Run(Command),
    /// Out.
    Quit,
    /// The session ends, or every session of the account.
    SignOut {
        /// Every one.
        everywhere: bool,
    },
    /// Someone signed in.
    SignedIn(Box<SignedIn>),
    /// An organization is as given now: every screen shows it so.
    Saved(Arc<Organization>),
    /// An organization is gone: no screen shows it any more.
    Gone(OrganizationId),
    /// An operator is as given now: every screen shows it so.
    OperatorSaved(Account),
    /// An operator is gone: nothing is about it any more.
    OperatorGone(AccountId),
    /// The lists may not be what the store has: they are read anew.
    Reread,
    /// The own session ended with what was done: to the sign-in, with this email and the reason.
    SignedOut {
        /// Filled in.
        email: String,
        /// Why.
        reason: String,
    },
}

/// What comes of a key, a text or an answer.
#[derive(Debug, Default)]
pub struct Step {
    /// For the loop.
    pub effects: Vec<Effect>,
    /// For the router, in this order.
    pub moves: Vec<Move>,
}

impl Step {
    /// Nothing but effects.
    pub fn effects(effects: Vec<Effect>) -> Self {
        Self { effects, moves: Vec::new() }
    }

    /// Nothing but a move.
    pub fn go(to: Move) -> Self {
        Self { effects: Vec::new(), moves: vec![to] }
    }

    /// With one more move.
    #[must_use]
    pub fn and(mut self, to: Move) -> Self {
        self.moves.push(to);
        self
    }
}

/// A screen.
#[derive(Debug)]
pub enum Screen {
    /// Sign in, and the first operator.
    SignIn(Box<SignIn>),
    /// The list.
    Organizations(Box<Organizations>),
    /// One organization.
    Organization(Box<OrganizationScreen>),
    /// Whatever is typed into fields and saved.
    Form(Box<Form>),
    /// The operators.
    Operators(Box<Operators>),
    /// The doctor.
    Doctor(Box<Doctor>),
}

/// Calls a method of whatever screen it is.
macro_rules! each {
    ($self:ident, $screen:ident => $call:expr) => {
        match $self {
            Screen::SignIn($screen) => $call,
            Screen::Organizations($screen) => $call,
            Screen::Organization($screen) => $call,
            Screen::Form($screen) => $call,
            Screen::Operators($screen) => $call,
            Screen::Doctor($screen) => $call,
        }
    };
}

impl Screen {
    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        match self {
            Self::SignIn(screen) => screen.context(),
            Self::Organizations(screen) => screen.context(),
            Self::Organization(screen) => screen.context(),
            Self::Form(_) => Context::Form,
            Self::Operators(_) => Context::Operators,
            Self::Doctor(_) => Context::Doctor,
        }
    }

    /// Does a command; `None` when it is not one of this screen's.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        each!(self, screen => screen.command(command, shared))
    }

    /// Edits the focused field.
    pub fn input(&mut self, typed: Typed, shared: &mut Shared) {
        match self {
            Self::SignIn(screen) => screen.input(typed),
            Self::Organizations(screen) => screen.input(typed),
            Self::Organization(screen) => screen.input(typed),
            Self::Form(screen) => screen.input(typed, shared),
            Self::Operators(_) | Self::Doctor(_) => {}
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, pasted: &Pasted, shared: &mut Shared) {
        match self {
            Self::SignIn(screen) => screen.paste(pasted),
            Self::Organizations(screen) => screen.paste(pasted),
            Self::Organization(screen) => screen.paste(pasted),
            Self::Form(screen) => screen.paste(pasted, shared),
            Self::Operators(_) | Self::Doctor(_) => {}
        }
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        each!(self, screen => screen.awaits(ticket))
    }

    /// Takes an answer it waits for.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        each!(self, screen => screen.done(ticket, outcome, shared))
    }

    /// A call that it waits for tells how far it is.
    pub fn reported(&mut self, report: Report) {
        match self {
            Self::Doctor(screen) => screen.reported(report),
            Self::SignIn(_)
            | Self::Organizations(_)
            | Self::Organization(_)
            | Self::Form(_)
            | Self::Operators(_) => {}
        }
    }

    /// Begins nothing more of a work of many writes; answers whether one runs that was not stopped before.
    pub fn stop_work(&mut self) -> bool {
        match self {
            Self::Doctor(screen) => screen.stop_work(),
            Self::SignIn(_)
            | Self::Organizations(_)
            | Self::Organization(_)
            | Self::Form(_)
            | Self::Operators(_) => false,
        }
    }

    /// Whether a key of its context is there at all: one that is not neither works nor is named.
    pub fn offers(&self, command: Command, shared: &Shared) -> bool {
        match self {
            Self::Organization(screen) => screen.offers(command, shared),
            Self::SignIn(_)
            | Self::Organizations(_)
            | Self::Form(_)
            | Self::Operators(_)
            | Self::Doctor(_) => true,
        }
    }

    /// A read of its own was stopped by the user.
    pub fn stopped(&mut self, ticket: CallId) {
        match self {
            Self::Organizations(screen) => screen.stopped(ticket),
            Self::Organization(screen) => screen.stopped(ticket),
            Self::Operators(screen) => screen.stopped(ticket),
            Self::Doctor(screen) => screen.stopped(ticket),
            Self::SignIn(_) | Self::Form(_) => {}
        }
    }

    /// The reads that nobody waits for once it is left.
    pub fn reads(&self) -> Vec<CallId> {
        match self {
            Self::SignIn(_) => Vec::new(),
            Self::Organizations(screen) => screen.reads(),
            Self::Organization(screen) => screen.reads(),
            Self::Form(screen) => screen.reads(),
            Self::Operators(screen) => screen.reads(),
            Self::Doctor(screen) => screen.reads(),
        }
    }

    /// An organization is as given now.
    pub fn saved(&mut self, organization: &Arc<Organization>, shared: &mut Shared) -> Vec<Effect> {
        match self {
            Self::Organizations(screen) => {
                screen.saved(organization);
                Vec::new()
            }
            Self::Organization(screen) => screen.saved(organization, shared),
            Self::SignIn(_) | Self::Form(_) | Self::Operators(_) | Self::Doctor(_) => Vec::new(),
        }
    }

    /// Why a command cannot work now, if it cannot.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        each!(self, screen => screen.refusal(command, shared))
    }

    /// Draws it.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        each!(self, screen => screen.draw(shared, area, canvas));
    }
}

/// Rows that a screen with a table needs for everything else: title and rule of the console, its own title, a free
/// row and the heads; the lower rule and the hints.
const TABLE_FRAME: u16 = 7;

/// By how many rows a command moves the selection, if it does; `frame` is what the screen needs beside its rows.
pub(super) fn movement(command: Command, frame: u16, shared: &Shared) -> Option<isize> {
    let page = isize::try_from(shared.size.1.saturating_sub(frame)).unwrap_or(1).max(1);
    match command {
        Command::Up => Some(-1),
        Command::Down => Some(1),
        Command::First => Some(isize::MIN),
        Command::Last => Some(isize::MAX),
        Command::HalfUp => Some(-(page / 2).max(1)),
        Command::HalfDown => Some((page / 2).max(1)),
        Command::PageUp => Some(-page),
        Command::PageDown => Some(page),
        Command::Open
        | Command::Back
        | Command::Escape
        | Command::Filter
        | Command::Sort
        | Command::Reverse
        | Command::New
        | Command::Edit
        | Command::Delete
        | Command::Operators
        | Command::Password
        | Command::Doctor
        | Command::Repair
        | Command::Finish
        | Command::Overview
        | Command::Activity
        | Command::NextTab
        | Command::PreviousTab
        | Command::Palette
        | Command::Refresh
        | Command::Help
        | Command::NextField
        | Command::PreviousField
        | Command::Submit
        | Command::Save
        | Command::Accept
        | Command::Interrupt
        | Command::Redraw
        | Command::Suspend => None,
    }
}

/// Why an organization cannot be written now, if it cannot.
pub(super) fn write_refusal(organization: &Organization, shared: &Shared) -> Option<&'static str> {
    use crate::domain::State;
    if shared.is_cut_off() {
        return Some("no connection");
    }
    match organization.state {
        State::Active => None,
        State::Creating => Some("it is being created"),
        State::Renaming => Some("it is being renamed"),
        State::Deleting => Some("it is being deleted"),
        State::Deleted => Some("it is deleted"),
        State::Restoring => Some("it is being restored"),
        State::Purging => Some("it is being purged"),
    }
}
