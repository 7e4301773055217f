//! What is sent, and what comes of it: it is saved, a field is refused, or someone else did something first.

use super::Form;
use super::calls::{
    AddOperator, CreateOrganization, RestoreOrganization, SetOperatorPassword, UpdateOrganization,
    UpdateOwnAccount,
};
use super::purpose::Purpose;
use crate::domain::{Account, Organization};
use crate::service::{Error, OwnAccount};
use crate::tui::effect::{CallError, Message};
use crate::tui::layer::{Cx, Event, Intent};
use crate::tui::reads::ReadOrganization;
use crate::tui::secret::Secret;
use crate::tui::theme::Tone;
use crate::tui::widgets::fields::Key;
use std::sync::Arc;

const CHANGED_OWN: &str = "Your email or password was changed. Sign in with it.";
const KEPT: &str = "What you typed is kept; saving again puts it in place.";

impl Form {
    /// Sends what is typed: of a change only what differs from what was loaded.
    pub(super) fn send(&self, cx: &mut Cx<'_, Self>) {
        let (purpose, fields) = (&self.purpose, &self.fields);
        let text = |key| fields.value(key).to_owned();
        let changed = |key| purpose.differs(fields, key).then(|| text(key));
        let secret = |key| Secret::from(fields.value(key));
        let given = |key| purpose.differs(fields, key).then(|| secret(key));
        match purpose {
            Purpose::Create => {
                let (name, email) = (text(Key::Name), text(Key::Email));
                let call = CreateOrganization { name, email, password: secret(Key::Password) };
                cx.call(call, Self::organization_saved)
            }
            Purpose::Edit { shown, .. } => {
                let call = UpdateOrganization {
                    shown: Arc::clone(shown),
                    name: changed(Key::Name),
                    email: changed(Key::Email),
                    password: given(Key::Password),
                    current: given(Key::Current).filter(|_| purpose.changes_own_account(fields)),
                };
                cx.call(call, Self::organization_saved)
            }
            Purpose::Restore(shown) => {
                let call = RestoreOrganization {
                    shown: Arc::clone(shown),
                    name: changed(Key::Name),
                    email: changed(Key::Email),
                    password: given(Key::Password),
                };
                cx.call(call, Self::organization_saved)
            }
            Purpose::AddOperator => {
                let call = AddOperator { email: text(Key::Email), password: secret(Key::Password) };
                cx.call(call, Self::operator_saved)
            }
            Purpose::OperatorPassword(account) => {
                let call = SetOperatorPassword { shown: account.clone(), password: secret(Key::Password) };
                cx.call(call, Self::operator_saved)
            }
            Purpose::OwnPassword(_) | Purpose::OwnAccount(_) => {
                let (email, password) = (changed(Key::Email), given(Key::Password));
                let call = UpdateOwnAccount { email, password, current: given(Key::Current) };
                cx.call(call, Self::own_account_saved)
            }
        };
    }

    fn organization_saved(&mut self, saved: Result<Arc<Organization>, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_saving = false;
        let organization = match saved {
            Ok(organization) => organization,
            Err(error) => return self.refused(error, cx),
        };
        let words = match self.purpose.organization() {
            None if matches!(self.purpose, Purpose::Restore(_)) => {
                format!("{} is restored.", organization.name)
            }
            None => format!("{} is created.", organization.name),
            Some(shown) if shown.name != organization.name => {
                format!("{} is now {}.", shown.name, organization.name)
            }
            Some(_) => format!("{} is saved.", organization.name),
        };
        if self.purpose.changes_own_account(&self.fields) {
            let email = organization.admin_email.clone();
            return cx.follow(Intent::SignedOut { email, reason: CHANGED_OWN.to_owned() });
        }
        cx.say(Tone::Good, words);
        cx.tell(Event::Organization(organization));
        cx.close();
    }

    fn operator_saved(&mut self, saved: Result<Account, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_saving = false;
        let account = match saved {
            Ok(account) => account,
            Err(error) => return self.refused(error, cx),
        };
        let words = match self.purpose.account() {
            None => format!("{} is an operator now.", account.email),
            Some(_) => format!("{} has a new password.", account.email),
        };
        cx.say(Tone::Good, words);
        cx.tell(Event::Operator(account));
        cx.close();
    }

    fn own_account_saved(&mut self, saved: Result<OwnAccount, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_saving = false;
        match saved {
            Ok(own) => {
                let reason = CHANGED_OWN.to_owned();
                cx.follow(Intent::SignedOut { email: own.email, reason });
            }
            Err(error) => self.refused(error, cx),
        }
    }

    fn refused(&mut self, error: CallError, cx: &mut Cx<'_, Self>) {
        let CallError::Refused(error) = error else {
            return;
        };
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
            return;
        }
        self.message = Some((Tone::Danger, Message::from(&error)));
        match (&error, &self.purpose) {
            (Error::Changed, Purpose::Edit { shown, .. }) => {
                cx.call(ReadOrganization(shown.id), Self::reloaded);
                self.is_reloading = true;
            }
            (Error::OperatorChanged, _) => {
                let text = error.to_string();
                self.message = Some((Tone::Warning, Message { text, hint: Some(KEPT.to_owned()) }));
                cx.tell(Event::Stale);
            }
            (Error::OperatorNotFound, Purpose::OperatorPassword(account)) => {
                cx.say(Tone::Warning, "It is gone: someone else removed it.");
                cx.tell(Event::OperatorGone(account.id));
                cx.tell(Event::Stale);
                cx.close();
            }
            (Error::NotFound, Purpose::Restore(_)) => {
                cx.say(Tone::Warning, "It is not in the trash any more.");
                cx.tell(Event::Stale);
                cx.close();
            }
            // The list tells what became of it as soon as the store answers.
            (Error::Unavailable { .. } | Error::Refused { .. }, _) => cx.tell(Event::Stale),
            _ => {}
        }
    }

    /// The form anew with what is there now; what was typed stays.
    fn reloaded(&mut self, now: Result<Arc<Organization>, CallError>, cx: &mut Cx<'_, Self>) {
        self.is_reloading = false;
        let (now, was) = match (now, self.purpose.organization()) {
            (Ok(now), Some(was)) if now.is_older_than(was) => return,
            (Ok(now), Some(was)) => (now, Arc::clone(was)),
            (Err(CallError::Refused(error)), _) => {
                self.message = Some((Tone::Danger, Message::from(&error)));
                return;
            }
            // Stopped: saving again is refused again, and reads again.
            (Ok(_) | Err(CallError::Stopped), _) => return,
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
            "Someone else changed it.".to_owned()
        } else {
            format!("Someone else changed it: {}.", news.join(", "))
        };
        self.message = Some((Tone::Warning, Message { text, hint: Some(KEPT.to_owned()) }));
        if let Purpose::Edit { shown, .. } = &mut self.purpose {
            *shown = Arc::clone(&now);
        }
        self.preview(cx.shared());
        cx.tell(Event::Organization(now));
    }
}
