//! Create and edit, one form. Nothing typed is lost by a refusal, a lost connection or the end of the session.

mod checks;
mod view;

use super::{Move, Step};
use crate::domain::{Organization, Role as AccountRole};
use crate::service::Error;
use crate::tui::action::{Command, Pasted, Typed};
use crate::tui::effect::{Answer, Outcome, Request};
use crate::tui::model::{Message, Shared, Ticket};
use crate::tui::overlays::{Overlay, leave::LeaveForm};
use crate::tui::secret::Secret;
use crate::tui::theme::Role;
use crate::tui::widgets::fields::{Field, Fields, Key};
use crate::tui::widgets::text_input::TextInput;
use std::sync::Arc;

/// The screen.
#[derive(Debug)]
pub struct Form {
    fields: Fields,
    /// What is edited, as it was shown; nothing for a new one.
    shown: Option<Arc<Organization>>,
    /// Whether it is the own organization of an admin: then email and password want the present password.
    is_own: bool,
    saving: Option<Ticket>,
    /// Reading what someone else made of it.
    reloading: Option<Ticket>,
    message: Option<(Role, Message)>,
}

impl Form {
    /// For a new organization.
    pub fn create() -> Self {
        let fields = vec![
            Field::new(Key::Name, "Name", TextInput::new("")).help("the collection gets its name from it"),
            Field::new(Key::Email, "Admin email", TextInput::new("")).help("signs in with it"),
            Field::new(Key::Password, "Admin password", TextInput::secret()).help("8 to 72 bytes"),
            Field::new(Key::Again, "Again", TextInput::secret()),
        ];
        Self::with(fields, None, false)
    }

    /// For one that is there.
    pub fn edit(shown: Arc<Organization>, shared: &Shared) -> Self {
        let is_own =
            shared.session.as_ref().is_some_and(|session| session.principal.role == AccountRole::Admin);
        let password = "8 to 72 bytes; empty keeps the present one";
        let mut fields = vec![
            Field::new(Key::Name, "Name", TextInput::new(&shown.name)),
            Field::new(Key::Email, "Admin email", TextInput::new(&shown.admin_email)),
            Field::new(Key::Password, "New password", TextInput::secret()).help(password),
            Field::new(Key::Again, "Again", TextInput::secret()),
        ];
        if is_own {
            let current = Field::new(Key::Current, "Current password", TextInput::secret());
            fields.push(current.help("needed to change email or password"));
        }
        let mut form = Self::with(fields, Some(shown), is_own);
        form.fields.focus = 0;
        form.preview(shared);
        form
    }

    fn with(fields: Vec<Field>, shown: Option<Arc<Organization>>, is_own: bool) -> Self {
        Self { fields: Fields::new(fields), shown, is_own, saving: None, reloading: None, message: None }
    }

    /// Whether something differs from what was loaded.
    pub fn is_changed(&self) -> bool {
        let (name, email) = self.shown.as_ref().map_or(("", ""), |shown| (&shown.name, &shown.admin_email));
        self.fields.fields.iter().any(|field| match field.key {
            Key::Name => field.input.value() != name,
            Key::Email => field.input.value() != email,
            Key::Password | Key::Again | Key::Current => !field.input.is_empty(),
        })
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        let step = match command {
            Command::NextField | Command::PreviousField => {
                self.check_left_field();
                self.fields.step(command == Command::NextField);
                Step::default()
            }
            Command::Submit if !self.fields.is_on_last() => {
                self.check_left_field();
                self.fields.step(true);
                Step::default()
            }
            Command::Submit | Command::Save => self.save(shared),
            Command::Escape => self.leave(shared),
            Command::Refresh => Step::default(),
            Command::Up
            | Command::Down
            | Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Open
            | Command::Back
            | Command::Filter
            | Command::Sort
            | Command::Reverse
            | Command::New
            | Command::Edit
            | Command::Delete
            | Command::Help
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend => return None,
        };
        Some(step)
    }

    fn leave(&mut self, shared: &mut Shared) -> Step {
        if self.saving.is_some() {
            shared.say(Role::Warning, "It is being saved; a moment.");
            return Step::default();
        }
        if self.is_changed() {
            return Step::go(Move::Open(Overlay::Leave(LeaveForm)));
        }
        Step::go(Move::Pop)
    }

    fn save(&mut self, shared: &mut Shared) -> Step {
        if self.saving.is_some() || self.reloading.is_some() {
            return Step::default();
        }
        for key in [Key::Name, Key::Email, Key::Password, Key::Again, Key::Current] {
            self.check(key, true);
        }
        if self.fields.focus_error() {
            return Step::default();
        }
        if !self.is_changed() {
            shared.say(Role::Muted, "Nothing is changed.");
            return Step::default();
        }
        self.message = None;
        let (ticket, effects) = shared.call(self.request());
        self.saving = Some(ticket);
        Step::effects(effects)
    }

    /// What is sent: of an edit only what differs from what was loaded.
    fn request(&self) -> Request {
        let text = |key| self.fields.value(key).to_owned();
        let secret = |key| {
            let field = self.fields.get(key).filter(|field| !field.input.is_empty());
            field.map(|field| field.input.to_secret())
        };
        match &self.shown {
            None => Request::Create {
                name: text(Key::Name),
                email: text(Key::Email),
                password: secret(Key::Password).unwrap_or_else(|| Secret::from("")),
            },
            Some(shown) => Request::Update {
                shown: Arc::clone(shown),
                name: Some(text(Key::Name)).filter(|name| *name != shown.name),
                email: Some(text(Key::Email)).filter(|email| *email != shown.admin_email),
                password: secret(Key::Password),
                current: secret(Key::Current).filter(|_| self.needs_current()),
            },
        }
    }

    /// Edits the focused field; while it is saved nothing is edited.
    pub fn input(&mut self, typed: Typed, shared: &Shared) {
        if self.saving.is_none()
            && let Some(key) = self.fields.edit(typed)
        {
            self.after_change(key, shared);
        }
    }

    /// Pastes into the focused field.
    pub fn paste(&mut self, pasted: &Pasted, shared: &Shared) {
        if self.saving.is_none()
            && let Some(key) = self.fields.paste(pasted)
        {
            self.after_change(key, shared);
        }
    }

    fn after_change(&mut self, key: Key, shared: &Shared) {
        match key {
            Key::Name => self.preview(shared),
            Key::Password => {
                // What was said of the second one was about the first one as it was.
                if let Some(again) = self.fields.get_mut(Key::Again) {
                    again.error = None;
                }
            }
            Key::Email | Key::Again | Key::Current => {}
        }
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: Ticket) -> bool {
        self.saving == Some(ticket) || self.reloading == Some(ticket)
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<Ticket> {
        self.reloading.into_iter().collect()
    }

    /// Takes the answer to a save, or what someone else made of the organization.
    pub fn done(&mut self, ticket: Ticket, outcome: Outcome, shared: &mut Shared) -> Step {
        if self.reloading == Some(ticket) {
            self.reloading = None;
            return self.reloaded(outcome, shared);
        }
        self.saving = None;
        match outcome {
            Ok(Answer::Organization(organization)) => self.saved(organization, shared),
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::Figures(_)
                | Answer::Deleted(_),
            ) => Step::default(),
            Err(error) => self.refused(&error, shared),
        }
    }

    fn saved(&mut self, organization: Arc<Organization>, shared: &mut Shared) -> Step {
        let words = match &self.shown {
            None => format!("{} is created.", organization.name),
            Some(shown) if shown.name != organization.name => {
                format!("{} is now {}.", shown.name, organization.name)
            }
            Some(_) => format!("{} is saved.", organization.name),
        };
        if self.needs_current() {
            let step = Step::go(Move::Saved(Arc::clone(&organization)));
            return step.and(Move::SignedOut {
                email: organization.admin_email.clone(),
                reason: "Your email or password was changed. Sign in with the new one.".to_owned(),
            });
        }
        shared.say(Role::Good, words);
        Step::go(Move::Saved(organization)).and(Move::Pop)
    }

    fn refused(&mut self, error: &Error, shared: &mut Shared) -> Step {
        let key = match error.field() {
            Some("name") => Some(Key::Name),
            Some("admin_email") => Some(Key::Email),
            Some("password") => Some(Key::Password),
            Some("current_password") => Some(Key::Current),
            _ => None,
        };
        if let Some(field) = key.and_then(|key| self.fields.get_mut(key)) {
            field.error = Some(if matches!(error, Error::WrongCurrentPassword) {
                field.input.clear();
                "This is not your current password.".to_owned()
            } else {
                error.to_string()
            });
            self.fields.focus_error();
            return Step::default();
        }
        self.message = Some((Role::Danger, Message::from(error)));
        match (error, &self.shown) {
            (Error::Changed, Some(shown)) => {
                let (ticket, effects) = shared.call(Request::Organization(shown.id));
                self.reloading = Some(ticket);
                Step::effects(effects)
            }
            // The list tells what became of it as soon as the store answers.
            (Error::Unavailable { .. }, _) => Step::go(Move::Reread),
            _ => Step::default(),
        }
    }

    /// The form anew with what is there now; what was typed stays.
    fn reloaded(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        let (now, was) = match (outcome, &self.shown) {
            (Ok(Answer::Organization(now)), Some(was)) => (now, Arc::clone(was)),
            (Err(error), _) => {
                self.message = Some((Role::Danger, Message::from(&error)));
                return Step::default();
            }
            (Ok(_), _) => return Step::default(),
        };
        let values = [(Key::Name, &was.name, &now.name), (Key::Email, &was.admin_email, &now.admin_email)];
        let mut news = Vec::new();
        for (key, was, now) in values {
            if was == now {
                continue;
            }
            news.push(now.as_str());
            if let Some(field) = self.fields.get_mut(key)
                && field.input.value() == was.as_str()
            {
                field.input.set(now);
            }
        }
        let text = if news.is_empty() {
            "Someone else changed it meanwhile.".to_owned()
        } else {
            format!("Someone else changed it meanwhile: {}.", news.join(", "))
        };
        let hint = Some("What you typed is kept; saving again puts it in place.".to_owned());
        self.message = Some((Role::Warning, Message { text, hint }));
        self.shown = Some(Arc::clone(&now));
        self.preview(shared);
        Step::go(Move::Saved(now))
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        let saves = command == Command::Save || (command == Command::Submit && self.fields.is_on_last());
        match () {
            () if !saves => None,
            () if self.saving.is_some() => Some("saving"),
            () if shared.is_cut_off() => Some("no connection"),
            () => None,
        }
    }
}
