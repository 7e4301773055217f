//! What comes of a save: it is done, beside which field it is refused, or what someone else did meanwhile.

use super::Form;
use super::purpose::Purpose;
use crate::domain::{Account, Organization};
use crate::service::Error;
use crate::tui::effect::{Answer, Outcome, Request};
use crate::tui::effect::{CallId, Message};
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Step};
use crate::tui::theme::Role;
use crate::tui::widgets::fields::Key;
use std::sync::Arc;

const CHANGED_OWN: &str = "Your email or password was changed. Sign in with it.";
const KEPT: &str = "What you typed is kept; saving again puts it in place.";

impl Form {
    /// Takes the answer to a save, or what someone else made of the organization.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        if self.reloading == Some(ticket) {
            self.reloading = None;
            return self.reloaded(outcome, shared);
        }
        self.saving = None;
        match outcome {
            Ok(Answer::Organization(organization)) => self.saved(organization, shared),
            Ok(Answer::Operator(account)) => self.saved_operator(account, shared),
            Ok(Answer::OwnAccount(own)) => {
                Step::go(Move::SignedOut { email: own.email, reason: CHANGED_OWN.to_owned() })
            }
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::CollectionStats(_)
                | Answer::Deleted(_)
                | Answer::Activity(_)
                | Answer::Operators(_)
                | Answer::Removed(_)
                | Answer::Examined(..)
                | Answer::Repaired(_)
                | Answer::Ended(_),
            ) => Step::default(),
            Err(error) => self.refused(&error, shared),
        }
    }

    fn saved(&mut self, organization: Arc<Organization>, shared: &mut Shared) -> Step {
        let words = match self.purpose.organization() {
            None => format!("{} is created.", organization.name),
            Some(shown) if shown.name != organization.name => {
                format!("{} is now {}.", shown.name, organization.name)
            }
            Some(_) => format!("{} is saved.", organization.name),
        };
        if self.purpose.changes_own_account(&self.fields) {
            let email = organization.admin_email.clone();
            let step = Step::go(Move::Saved(organization));
            return step.and(Move::SignedOut { email, reason: CHANGED_OWN.to_owned() });
        }
        shared.say(Role::Good, words);
        Step::go(Move::Saved(organization)).and(Move::Pop)
    }

    fn saved_operator(&mut self, account: Account, shared: &mut Shared) -> Step {
        let words = match self.purpose.account() {
            None => format!("{} is an operator now.", account.email),
            Some(_) => format!("{} has a new password.", account.email),
        };
        shared.say(Role::Good, words);
        Step::go(Move::OperatorSaved(account)).and(Move::Pop)
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
        match (error, &self.purpose) {
            (Error::Changed, Purpose::Edit { shown, .. }) => {
                let (ticket, effects) = shared.call(Request::Organization(shown.id));
                self.reloading = Some(ticket);
                Step::effects(effects)
            }
            (Error::OperatorChanged, _) => {
                let text = error.to_string();
                self.message = Some((Role::Warning, Message { text, hint: Some(KEPT.to_owned()) }));
                Step::go(Move::Reread)
            }
            (Error::OperatorNotFound, Purpose::OperatorPassword(account)) => {
                shared.say(Role::Warning, "It is gone: someone else removed it.");
                Step::go(Move::OperatorGone(account.id)).and(Move::Reread)
            }
            // The list tells what became of it as soon as the store answers.
            (Error::Unavailable { .. } | Error::Refused { .. }, _) => Step::go(Move::Reread),
            _ => Step::default(),
        }
    }

    /// The form anew with what is there now; what was typed stays.
    fn reloaded(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        let (now, was) = match (outcome, self.purpose.organization()) {
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
        self.message = Some((Role::Warning, Message { text, hint: Some(KEPT.to_owned()) }));
        if let Purpose::Edit { shown, .. } = &mut self.purpose {
            *shown = Arc::clone(&now);
        }
        self.preview(shared);
        Step::go(Move::Saved(now))
    }

    /// An operator is as given now: a form about it goes on with that.
    pub fn operator_saved(&mut self, account: &Account) {
        if let Purpose::OperatorPassword(own) = &mut self.purpose
            && own.id == account.id
        {
            own.clone_from(account);
        }
    }
}
