//! The card before an operator is removed: what goes, and the email to be typed.

use super::card::{self, Question, Row, What, row};
use crate::domain::{Account, AccountId};
use crate::service::Error;
use crate::tui::action::Command;
use crate::tui::effect::{Answer, Outcome, Request};
use crate::tui::effect::{CallId, Message};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Step};
use crate::tui::text;
use crate::tui::theme::Role;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// The card.
#[derive(Debug)]
pub struct RemoveOperator {
    /// What confirming removes, but for the typed email.
    account: Account,
    is_own: bool,
    question: Question,
}

impl RemoveOperator {
    /// For this operator.
    pub fn new(account: Account, shared: &Shared) -> Self {
        let is_own = shared.is_own(account.id);
        Self { account, is_own, question: Question::default() }
    }

    fn request(&self) -> Request {
        let shown = Box::new(self.account.clone());
        Request::RemoveOperator { shown, confirm: self.question.typed.value().to_owned() }
    }

    fn is_typed(&self) -> bool {
        self.question.typed.value() == self.account.email
    }

    /// Whether what is typed is the email but for case and space around it.
    fn is_near(&self) -> bool {
        let typed = self.question.typed.value().trim().to_lowercase();
        !self.is_typed() && typed == self.account.email.to_lowercase()
    }

    /// Whether it is about this account.
    pub fn is_about(&self, account: AccountId) -> bool {
        self.account.id == account
    }

    /// Removes, or keeps.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        let write = self.refusal(command, shared).is_none().then(|| self.request());
        self.question.command(command, write, "It is being removed; a moment.", shared)
    }

    /// Types the email.
    pub fn input(&mut self, typed: Typed) {
        self.question.input(typed);
    }

    /// Pastes the email.
    pub fn paste(&mut self, pasted: &Pasted) {
        self.question.paste(pasted);
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.question.running == Some(ticket)
    }

    /// Takes the answer to the removal.
    pub fn done(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        self.question.running = None;
        match outcome {
            Ok(Answer::Removed(removed)) if self.is_own => {
                let reason = format!("{} is removed, and can sign in no more.", removed.email);
                Step::go(Move::Close).and(Move::SignedOut { email: String::new(), reason })
            }
            Ok(Answer::Removed(removed)) => {
                shared.say(Role::Good, format!("{} is removed.", removed.email));
                Step::go(Move::OperatorGone(self.account.id))
            }
            Ok(_) => Step::default(),
            Err(error) => self.refused(&error, shared),
        }
    }

    fn refused(&mut self, error: &Error, shared: &mut Shared) -> Step {
        if matches!(error, Error::OperatorNotFound) {
            shared.say(Role::Warning, "It is gone: someone else removed it.");
            return Step::go(Move::OperatorGone(self.account.id)).and(Move::Reread);
        }
        // What was typed is the email that was shown: it is another one now.
        let is_changed = matches!(error, Error::OperatorChanged | Error::ConfirmationRequired(_));
        self.question.message = Some(if is_changed {
            Message { text: "Someone else changed it meanwhile; look again.".to_owned(), hint: None }
        } else {
            Message::from(error)
        });
        // The list is not what the store has; without an answer it is read as soon as there is one.
        if is_changed || matches!(error, Error::LastOperator | Error::Unavailable { .. }) {
            return Step::go(Move::Reread);
        }
        Step::default()
    }

    /// An operator is as given now: the card goes on with that.
    pub fn operator_saved(&mut self, account: &Account) {
        if self.account.id == account.id {
            self.account.clone_from(account);
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match () {
            () if command != Command::Submit => None,
            () if self.question.running.is_some() => Some("removing"),
            () if shared.is_cut_off() => Some("no connection"),
            () if !self.is_typed() => Some("emails differ"),
            () => None,
        }
    }

    /// Draws it over what is there.
    pub fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = card::columns(area);
        let rows = self.rows(shared, columns);
        card::draw(("Remove operator", Role::Danger), rows, Some(&self.question.typed), area, canvas);
    }

    fn rows(&self, shared: &Shared, columns: usize) -> Vec<Row> {
        let pair = |label, value: String| What::Pair(label, value, (String::new(), Role::Muted));
        let sessions = if self.is_own { "end at once: you are signed out" } else { "end at once" };
        let mut email = text::wrap(&self.account.email, card::value_columns(columns)).into_iter();
        let mut rows = vec![
            row(5, What::Text("This removes for ever:".to_owned())),
            row(8, What::Free),
            row(0, pair("Operator", email.next().unwrap_or_default())),
        ];
        rows.extend(email.map(|line| row(0, pair("", line))));
        rows.extend([
            row(5, pair("Made", text::ago(shared.now, self.account.created_at))),
            row(4, pair("Sessions", sessions.to_owned())),
            row(8, What::Free),
            row(6, What::Text("What it did stays in the activity. There is no undo.".to_owned())),
            row(7, What::Free),
            row(3, What::Text("Type the email to remove it:".to_owned())),
            row(0, What::Field),
        ]);
        let near = self.is_near().then(|| format!("Case matters: type exactly  {}", self.account.email));
        rows.extend(card::wrong(self.question.message.as_ref(), near, columns));
        rows
    }
}
