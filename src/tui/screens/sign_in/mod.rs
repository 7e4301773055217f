//! Sign in, and the first operator on an empty store; the sign-in also lies over a screen whose session ended.

mod calls;
mod view;

pub use calls::{Initialize, IsInitialized, Resume, SignInCall};

use super::checks::check;
use crate::service::{Error, SignedIn};
use crate::tui::effect::{CallError, Message};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{BACK_TAB, DOWN, ENTER, Keys, TAB, Text, UP, back, char, hint, quiet};
use crate::tui::layer::{Availability, Cx, Intent, Registered, Screen};
use crate::tui::secret::Secret;
use crate::tui::shared::{Origin, Shared};
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::fields::{Field, Fields, Key as FieldKey};
use crate::tui::widgets::text_input::TextInput;
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered =
    Registered { places: &[], tables: &[&SIGN_IN, &FIRST_OPERATOR, &CONNECTING] };

/// What a key does to the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next field, and on the last one signs in.
    Submit,
    /// To the next field.
    Next,
    /// To the previous field.
    Previous,
}

static SIGN_IN: Keys<Key> = Keys::of_text(
    "sign in",
    &[
        hint(&[ENTER], Key::Submit, "sign in", Do, 1),
        hint(&[TAB, DOWN], Key::Next, "next field", Move, 4),
        quiet(&[BACK_TAB, UP], Key::Previous, "previous field", Move),
    ],
);

static FIRST_OPERATOR: Keys<Key> = Keys::of_text(
    "first operator",
    &[
        hint(&[ENTER], Key::Submit, "create", Do, 1),
        hint(&[TAB, DOWN], Key::Next, "next field", Move, 4),
        quiet(&[BACK_TAB, UP], Key::Previous, "previous field", Move),
    ],
);

static CONNECTING: Keys<Key> = Keys::of("connecting", &[back(&[char('q')], "quit", Do, None)]);

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
    is_waiting: bool,
    /// What the first operator will sign in with once the account is made.
    made: Option<(String, Secret)>,
    message: Option<Message>,
    reason: Option<String>,
}

impl SignIn {
    /// At the start: asks which of the two it is.
    pub fn start(cx: &mut Cx<'_, Self>) -> Self {
        let config = &cx.shared().config;
        let email = config.email.clone().or_else(|| config.memory.email.clone()).unwrap_or_default();
        let resumed = config.resumed.clone();
        let mut screen = Self::again(&email, None);
        screen.stage = Stage::Connecting;
        match resumed {
            Some(Ok(resumed)) => {
                screen.is_waiting = true;
                cx.call(Resume { token: resumed.token }, Self::resumed);
            }
            Some(Err(why)) => {
                screen.reason = Some(why);
                screen.connect(cx);
            }
            None => screen.connect(cx),
        }
        screen
    }

    /// After a session ended, with the email filled in and the reason.
    pub fn again(email: &str, reason: Option<String>) -> Self {
        Self {
            stage: Stage::SignIn,
            fields: sign_in_fields(email),
            is_waiting: false,
            made: None,
            message: None,
            reason,
        }
    }

    fn turn_to(&mut self, stage: Stage) {
        let email = self.fields.value(FieldKey::Email).to_owned();
        self.stage = stage;
        self.fields = match stage {
            Stage::Connecting | Stage::SignIn => sign_in_fields(&email),
            Stage::FirstOperator => first_operator_fields(&email),
        };
    }

    fn connected(&mut self, is_initialized: Result<bool, CallError>, _cx: &mut Cx<'_, Self>) {
        self.is_waiting = false;
        match is_initialized {
            Ok(true) => self.turn_to(Stage::SignIn),
            Ok(false) => self.turn_to(Stage::FirstOperator),
            Err(error) => self.refused(error),
        }
    }

    fn submit(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_waiting {
            return;
        }
        if let Some(key) = self.fields.focused() {
            self.check(key);
        }
        if self.fields.is_focus_wrong() {
            return;
        }
        let rest_is_empty =
            self.fields.fields.iter().skip(self.fields.focus + 1).any(|field| field.input.is_empty());
        if !self.fields.is_on_last() && rest_is_empty {
            self.fields.step(true);
            return;
        }
        self.message = None;
        for key in [FieldKey::Email, FieldKey::Password, FieldKey::Again] {
            self.check(key);
        }
        if self.fields.focus_error() {
            return;
        }
        let email = self.fields.value(FieldKey::Email).to_owned();
        let Some(password) = self.fields.get(FieldKey::Password).map(|field| field.input.to_secret()) else {
            return;
        };
        self.is_waiting = true;
        if self.stage == Stage::FirstOperator {
            self.made = Some((email.clone(), password.clone()));
            cx.call(Initialize { email, password }, Self::initialized);
        } else {
            cx.call(SignInCall { email, password }, Self::signed_in);
        }
    }

    fn initialized(&mut self, made: Result<(), CallError>, cx: &mut Cx<'_, Self>) {
        self.is_waiting = false;
        match (made, self.made.take()) {
            (Ok(()), Some((email, password))) => {
                cx.call(SignInCall { email, password }, Self::signed_in);
                self.turn_to(Stage::SignIn);
                self.is_waiting = true;
            }
            (Ok(()), None) => {}
            (Err(error), _) => self.refused(error),
        }
    }

    fn signed_in(&mut self, signed_in: Result<SignedIn, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_waiting = false;
        match signed_in {
            Ok(signed_in) => cx.follow(Intent::SignedIn(Box::new(signed_in), Origin::Typed)),
            Err(error) => self.refused(error),
        }
    }

    /// The session to go on with is good, or over: then someone has to sign in.
    fn resumed(&mut self, resumed: Result<SignedIn, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_waiting = false;
        match resumed {
            Ok(signed_in) => cx.follow(Intent::SignedIn(Box::new(signed_in), Origin::Kept)),
            Err(CallError::Refused(error)) if error.ends_session() || error == Error::NotInitialized => {
                self.reason = Some("The saved session has ended: sign in.".to_owned());
                self.connect(cx);
            }
            Err(error) => self.refused(error),
        }
    }

    fn connect(&mut self, cx: &mut Cx<'_, Self>) {
        self.message = None;
        self.is_waiting = true;
        cx.call(IsInitialized, Self::connected);
    }

    /// On the sign-in nothing is wrong with a field: only the service says whether it signs in.
    fn check_left_field(&mut self) {
        if self.stage == Stage::FirstOperator
            && let Some(key) = self.fields.focused()
        {
            check(&mut self.fields, key, false);
        }
    }

    /// What is wrong with a field that is sent: on the sign-in only that it is empty.
    fn check(&mut self, key: FieldKey) {
        if self.stage == Stage::FirstOperator {
            return check(&mut self.fields, key, true);
        }
        if let Some(field) = self.fields.get_mut(key) {
            let needed = match key {
                FieldKey::Email => "Type your email.",
                FieldKey::Password => "Type your password.",
                FieldKey::Name | FieldKey::Again | FieldKey::Current | FieldKey::File => return,
            };
            field.error = field.input.is_empty().then(|| needed.to_owned());
        }
    }

    fn refused(&mut self, error: CallError) {
        self.made = None;
        let CallError::Refused(error) = error else {
            return;
        };
        let mut message = Message::from(&error);
        match error {
            Error::AlreadyInitialized => {
                self.turn_to(Stage::SignIn);
                message.hint = None;
            }
            Error::NotInitialized => {
                self.turn_to(Stage::FirstOperator);
                message.hint = None;
            }
            Error::InvalidCredentials => {
                if let Some(field) = self.fields.get_mut(FieldKey::Password) {
                    field.input.clear();
                    self.fields.focus_on(FieldKey::Password);
                }
            }
            _ => {}
        }
        self.message = Some(message);
    }
}

impl Screen for SignIn {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        match self.stage {
            Stage::Connecting => &CONNECTING,
            Stage::SignIn => &SIGN_IN,
            Stage::FirstOperator => &FIRST_OPERATOR,
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Submit => self.submit(cx),
            Key::Next | Key::Previous => {
                self.check_left_field();
                self.fields.step(key == Key::Next);
            }
        }
    }

    fn availability(&self, key: Key, _shared: &Shared) -> Availability {
        Availability::unless((key == Key::Submit && self.is_waiting).then_some("working"))
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        if !self.is_waiting && !self.fields.take(text).is_empty() {
            self.message = None;
        }
    }

    /// Asks once more which of the two it is, after a refusal that is not about the connection.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        if self.stage == Stage::Connecting && !self.is_waiting {
            self.connect(cx);
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}

fn sign_in_fields(email: &str) -> Fields {
    Fields::new(vec![
        Field::new(FieldKey::Email, "Email", TextInput::new(email)),
        Field::new(FieldKey::Password, "Password", TextInput::secret()),
    ])
}

fn first_operator_fields(email: &str) -> Fields {
    Fields::new(vec![
        Field::new(FieldKey::Email, "Email", TextInput::new(email)),
        Field::new(FieldKey::Password, "Password", TextInput::secret()).help("8 to 72 bytes"),
        Field::new(FieldKey::Again, "Password again", TextInput::secret()),
    ])
}
