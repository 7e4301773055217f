//! One form for all that is typed into fields and saved: an organization, an operator, the own account. Nothing typed
//! is lost by a refusal, a lost connection or the end of the session.

mod answers;
mod checks;
mod purpose;
mod view;

use super::{Move, Step};
use crate::domain::{Account, AccountId, Organization, Role as AccountRole};
use crate::tui::action::Command;
use crate::tui::cards::{Overlay, discard_changes::LeaveForm};
use crate::tui::effect::{CallId, Message};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::theme::Role;
use crate::tui::widgets::fields::{Fields, Key};
use purpose::Purpose;
use std::sync::Arc;

/// The screen.
#[derive(Debug)]
pub struct Form {
    fields: Fields,
    purpose: Purpose,
    saving: Option<CallId>,
    /// Reading what someone else made of the organization.
    reloading: Option<CallId>,
    message: Option<(Role, Message)>,
}

impl Form {
    /// For a new organization.
    pub fn create(shared: &Shared) -> Self {
        Self::with(Purpose::Create, shared)
    }

    /// For one that is there.
    pub fn edit(shown: Arc<Organization>, shared: &Shared) -> Self {
        let is_own =
            shared.session.as_ref().is_some_and(|session| session.principal.role == AccountRole::Admin);
        Self::with(Purpose::Edit { shown, is_own }, shared)
    }

    /// For a new operator.
    pub fn add_operator(shared: &Shared) -> Self {
        Self::with(Purpose::AddOperator, shared)
    }

    /// For a new password of an operator; of the own account it wants the present one.
    pub fn operator_password(account: Account, shared: &Shared) -> Self {
        let purpose = if shared.is_own(account.id) {
            Purpose::OwnPassword(account.email)
        } else {
            Purpose::OperatorPassword(account)
        };
        Self::with(purpose, shared)
    }

    /// For email and password of the account that is signed in.
    pub fn own_account(shared: &Shared) -> Self {
        let email = shared.session.as_ref().map(|session| session.principal.email.clone());
        Self::with(Purpose::OwnAccount(email.unwrap_or_default()), shared)
    }

    fn with(purpose: Purpose, shared: &Shared) -> Self {
        let fields = purpose.fields();
        let mut form = Self { fields, purpose, saving: None, reloading: None, message: None };
        form.preview(shared);
        form
    }

    /// Whether something is typed that leaving would lose.
    pub fn is_changed(&self) -> bool {
        self.fields.fields.iter().any(|field| self.purpose.differs(&self.fields, field.key))
    }

    /// Whether there is something to send: a second password and the present one change nothing by themselves.
    fn has_change(&self) -> bool {
        [Key::Name, Key::Email, Key::Password].into_iter().any(|key| self.purpose.differs(&self.fields, key))
    }

    /// Whether it is about this account.
    pub fn is_about(&self, account: AccountId) -> bool {
        self.purpose.account().is_some_and(|own| own.id == account)
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
            | Command::PreviousTab => return None,
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
        if !self.has_change() {
            shared.say(Role::Muted, "Nothing is changed.");
            return Step::default();
        }
        self.message = None;
        let (ticket, effects) = shared.call(self.purpose.request(&self.fields));
        self.saving = Some(ticket);
        Step::effects(effects)
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
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.saving == Some(ticket) || self.reloading == Some(ticket)
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<CallId> {
        self.reloading.into_iter().collect()
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
