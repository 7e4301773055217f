//! Sign in, and the first operator on an empty store; the sign-in also lies over a screen whose session ended.

mod view;

use super::checks::check;
use crate::service::{Error, OperationId, SignedIn};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Message};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{BACK_TAB, DOWN, ENTER, Keys, TAB, Text, UP, back, char, hint, quiet};
use crate::tui::layer::{Availability, Cx, Intent, Registered, Screen};
use crate::tui::secret::Secret;
use crate::tui::shared::Shared;
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

/// Whether the store has its first operator.
#[derive(Debug, PartialEq)]
pub struct IsInitialized;

impl Call for IsInitialized {
    type Answer = bool;

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("connecting".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<bool, Error> {
        context.service.is_initialized().await
    }
}

/// Makes the store with its first operator.
#[derive(Debug, PartialEq)]
pub struct Initialize {
    /// The email.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Call for Initialize {
    type Answer = ();

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("creating the first operator".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<(), Error> {
        let password = self.password.expose();
        context.service.initialize(&self.email, password, OperationId::random()).await?;
        Ok(())
    }
}

/// Signs in.
#[derive(Debug, PartialEq)]
pub struct SignInCall {
    /// The email.
    pub email: String,
    /// The password.
    pub password: Secret,
}

impl Call for SignInCall {
    type Answer = SignedIn;

    fn kind(&self) -> Kind {
        Kind::Session
    }

    fn needs_session(&self) -> bool {
        false
    }

    fn label(&self) -> Option<String> {
        Some("signing in".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<SignedIn, Error> {
        context.service.sign_in(&self.email, &self.password.expose()).await
    }
}

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
        let email = cx.shared().config.email.clone().unwrap_or_default();
        let mut screen = Self::again(&email, None);
        screen.stage = Stage::Connecting;
        Screen::refresh(&mut screen, cx);
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
        self.check_left_field();
        let rest_is_empty =
            self.fields.fields.iter().skip(self.fields.focus + 1).any(|field| field.input.is_empty());
        if !self.fields.is_on_last() && rest_is_empty {
            self.fields.step(true);
            return;
        }
        self.message = None;
        if self.stage == Stage::FirstOperator {
            self.check_all();
        } else if self.fields.value(FieldKey::Email).is_empty() {
            self.fields.focus_on(FieldKey::Email);
            return;
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
            Ok(signed_in) => cx.follow(Intent::SignedIn(Box::new(signed_in))),
            Err(error) => self.refused(error),
        }
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
        for key in [FieldKey::Email, FieldKey::Password, FieldKey::Again] {
            check(&mut self.fields, key, true);
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
        if !self.is_waiting && self.fields.take(text).is_some() {
            self.message = None;
        }
    }

    /// Asks once more which of the two it is, after a refusal that is not about the connection.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        if self.stage == Stage::Connecting && !self.is_waiting {
            self.message = None;
            self.is_waiting = true;
            cx.call(IsInitialized, Self::connected);
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
