//! Sign in, and the first operator on an empty store; the sign-in also lies over a screen whose session ended.

mod view;

use super::{Move, Step};
use crate::domain::{Email, Password};
use crate::service::Error;
use crate::tui::action::Command;
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Message};
use crate::tui::keymap::Context;
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::secret::Secret;
use crate::tui::widgets::fields::{Field, Fields, Key};
use crate::tui::widgets::text_input::TextInput;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not known yet which of the two.
    Connecting,
    SignIn,
    FirstOperator,
}

/// The screen.
#[derive(Debug)]
pub struct SignIn {
    stage: Stage,
    fields: Fields,
    waiting: Option<CallId>,
    /// What the first operator will sign in with once the account is made.
    made: Option<(String, Secret)>,
    message: Option<Message>,
    reason: Option<String>,
}

impl SignIn {
    /// At the start: asks which of the two it is.
    pub fn start(shared: &mut Shared) -> (Self, Vec<Effect>) {
        let (ticket, effects) = shared.call(Request::IsInitialized);
        let email = shared.fixed.email.clone().unwrap_or_default();
        let mut screen = Self::again(&email, None);
        screen.stage = Stage::Connecting;
        screen.waiting = Some(ticket);
        (screen, effects)
    }

    /// After a session ended, with the email filled in and the reason.
    pub fn again(email: &str, reason: Option<String>) -> Self {
        Self {
            stage: Stage::SignIn,
            fields: sign_in_fields(email),
            waiting: None,
            made: None,
            message: None,
            reason,
        }
    }

    /// Where its keys are looked up.
    pub fn context(&self) -> Context {
        match self.stage {
            Stage::Connecting => Context::Connecting,
            Stage::SignIn => Context::SignIn,
            Stage::FirstOperator => Context::FirstOperator,
        }
    }

    fn turn_to(&mut self, stage: Stage) {
        let email = self.fields.value(Key::Email).to_owned();
        self.stage = stage;
        self.fields = match stage {
            Stage::Connecting | Stage::SignIn => sign_in_fields(&email),
            Stage::FirstOperator => first_operator_fields(&email),
        };
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        match command {
            Command::NextField | Command::PreviousField => {
                self.check_left_field();
                self.fields.step(command == Command::NextField);
                Some(Step::default())
            }
            Command::Submit => Some(self.submit(shared)),
            Command::Back => Some(Step::go(Move::Pop)),
            Command::Refresh => Some(Step::effects(self.ask_again(shared))),
            Command::Up
            | Command::Down
            | Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Open
            | Command::Escape
            | Command::Filter
            | Command::Sort
            | Command::Reverse
            | Command::New
            | Command::Edit
            | Command::Delete
            | Command::Help
            | Command::Save
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend
            | Command::Operators
            | Command::Password
            | Command::Doctor
            | Command::Repair
            | Command::Finish
            | Command::Palette
            | Command::Overview
            | Command::Activity
            | Command::NextTab
            | Command::PreviousTab => None,
        }
    }

    /// Asks once more which of the two it is, after a refusal that is not about the connection.
    fn ask_again(&mut self, shared: &mut Shared) -> Vec<Effect> {
        if self.stage != Stage::Connecting || self.waiting.is_some() {
            return Vec::new();
        }
        self.message = None;
        let (ticket, effects) = shared.call(Request::IsInitialized);
        self.waiting = Some(ticket);
        effects
    }

    fn submit(&mut self, shared: &mut Shared) -> Step {
        if self.waiting.is_some() || self.stage == Stage::Connecting {
            return Step::default();
        }
        self.check_left_field();
        let rest_is_empty =
            self.fields.fields.iter().skip(self.fields.focus + 1).any(|field| field.input.is_empty());
        if !self.fields.is_on_last() && rest_is_empty {
            self.fields.step(true);
            return Step::default();
        }
        self.message = None;
        if self.stage == Stage::FirstOperator {
            self.check_all();
        } else if self.fields.value(Key::Email).is_empty() {
            self.fields.focus_on(Key::Email);
            return Step::default();
        }
        if self.fields.focus_error() {
            return Step::default();
        }
        let email = self.fields.value(Key::Email).to_owned();
        let Some(password) = self.fields.get(Key::Password).map(|field| field.input.to_secret()) else {
            return Step::default();
        };
        let request = if self.stage == Stage::FirstOperator {
            self.made = Some((email.clone(), password.clone()));
            Request::Initialize { email, password }
        } else {
            Request::SignIn { email, password }
        };
        let (ticket, effects) = shared.call(request);
        self.waiting = Some(ticket);
        Step::effects(effects)
    }

    /// On the sign-in nothing is wrong with a field: only the service says whether it signs in.
    fn check_left_field(&mut self) {
        if self.stage == Stage::FirstOperator
            && let Some(key) = self.fields.focused()
        {
            check(&mut self.fields, key, false);
        }
    }

    fn check_all(&mut self) {
        for key in [Key::Email, Key::Password, Key::Again] {
            check(&mut self.fields, key, true);
        }
    }

    /// Edits the focused field.
    pub fn input(&mut self, typed: Typed) {
        if self.waiting.is_none() && self.fields.edit(typed).is_some() {
            self.message = None;
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, pasted: &Pasted) {
        if self.waiting.is_none() && self.fields.paste(pasted).is_some() {
            self.message = None;
        }
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.waiting == Some(ticket)
    }

    /// Takes the answer it waits for.
    pub fn done(&mut self, _ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        self.waiting = None;
        match outcome {
            Ok(Answer::Initialized(is_initialized)) => {
                self.turn_to(if is_initialized { Stage::SignIn } else { Stage::FirstOperator });
                Step::default()
            }
            Ok(Answer::Made) => match self.made.take() {
                Some((email, password)) => {
                    let (ticket, effects) = shared.call(Request::SignIn { email, password });
                    self.turn_to(Stage::SignIn);
                    self.waiting = Some(ticket);
                    Step::effects(effects)
                }
                None => Step::default(),
            },
            Ok(Answer::SignedIn(signed_in)) => Step::go(Move::SignedIn(signed_in)),
            Ok(
                Answer::SignedOut
                | Answer::Page(_)
                | Answer::Organization(_)
                | Answer::CollectionStats(_)
                | Answer::Deleted(_)
                | Answer::Activity(_)
                | Answer::Operators(_)
                | Answer::Operator(_)
                | Answer::Removed(_)
                | Answer::Examined(..)
                | Answer::Repaired(_)
                | Answer::Ended(_)
                | Answer::OwnAccount(_),
            ) => Step::default(),
            Err(error) => {
                self.refused(&error);
                Step::default()
            }
        }
    }

    fn refused(&mut self, error: &Error) {
        self.made = None;
        if matches!(error, Error::AlreadyInitialized) {
            self.turn_to(Stage::SignIn);
        } else if matches!(error, Error::NotInitialized) {
            self.turn_to(Stage::FirstOperator);
        }
        let mut message = Message::from(error);
        if matches!(error, Error::AlreadyInitialized | Error::NotInitialized) {
            message.hint = None;
        }
        if matches!(error, Error::InvalidCredentials)
            && let Some(field) = self.fields.get_mut(Key::Password)
        {
            field.input.clear();
            self.fields.focus_on(Key::Password);
        }
        self.message = Some(message);
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, _shared: &Shared) -> Option<&'static str> {
        (command == Command::Submit && self.waiting.is_some()).then_some("working")
    }
}

fn sign_in_fields(email: &str) -> Fields {
    Fields::new(vec![
        Field::new(Key::Email, "Email", TextInput::new(email)),
        Field::new(Key::Password, "Password", TextInput::secret()),
    ])
}

fn first_operator_fields(email: &str) -> Fields {
    Fields::new(vec![
        Field::new(Key::Email, "Email", TextInput::new(email)),
        Field::new(Key::Password, "Password", TextInput::secret()).help("8 to 72 bytes"),
        Field::new(Key::Again, "Password again", TextInput::secret()),
    ])
}

/// Says what is wrong with an email or a new password; an empty field is wrong only when it is submitted.
pub(in crate::tui::screens) fn check(fields: &mut Fields, key: Key, submitted: bool) {
    let typed = fields.value(key);
    let error = match key {
        _ if typed.is_empty() && !submitted => None,
        Key::Email => Email::parse(typed).err().map(|error| error.to_string()),
        Key::Password => Password::new(typed.into()).err().map(|error| error.to_string()),
        Key::Again => (typed != fields.value(Key::Password)).then(|| "The two passwords differ.".to_owned()),
        Key::Name | Key::Current => None,
    };
    if let Some(field) = fields.get_mut(key) {
        field.error = error;
    }
}
