//! The card of a delete. What it says is made from the request that confirming releases; what will go is fetched
//! before the question, so that nobody confirms blind.

mod view;

use super::card::Question;
use crate::domain::{CollectionStats, Organization};
use crate::service::{DeletedOrganization, Error};
use crate::tui::action::Command;
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::keys::{Pasted, Typed};
use crate::tui::model::Shared;
use crate::tui::screens::{Move, Step};
use crate::tui::text;
use crate::tui::theme::Role;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// The card.
#[derive(Debug)]
pub struct Confirm {
    /// What confirming releases, but for the typed name.
    shown: Arc<Organization>,
    figures: Load<CollectionStats>,
    question: Question,
    /// Reading what someone else made of it.
    reloading: Option<CallId>,
}

impl Confirm {
    /// For the delete of an organization; asks what its collection holds.
    pub fn delete(shown: Arc<Organization>, shared: &mut Shared) -> (Self, Vec<Effect>) {
        let (ticket, effects) = shared.call(Request::CollectionStats(shown.id));
        let card =
            Self { shown, figures: Load::Loading(ticket), question: Question::default(), reloading: None };
        (card, effects)
    }

    fn request(&self) -> Request {
        Request::Delete { shown: Arc::clone(&self.shown), confirm: self.question.typed.value().to_owned() }
    }

    fn is_typed(&self) -> bool {
        self.question.typed.value().nfc().eq(self.shown.name.chars())
    }

    /// Whether what is typed is the name but for case and space around it.
    fn is_near(&self) -> bool {
        let (typed, name) = (self.question.typed.value().trim(), self.shown.name.as_str());
        let folded = crate::domain::name::key_of(typed);
        !self.is_typed() && !typed.is_empty() && folded == crate::domain::name::key_of(name)
    }

    /// Deletes, or keeps.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        let write = self.refusal(command, shared).is_none().then(|| self.request());
        self.question.command(command, write, "It is being deleted; a moment.", shared)
    }

    /// Types the name.
    pub fn input(&mut self, typed: Typed) {
        self.question.input(typed);
    }

    /// Pastes the name.
    pub fn paste(&mut self, pasted: &Pasted) {
        self.question.paste(pasted);
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.figures.awaits(ticket) || self.question.running == Some(ticket) || self.reloading == Some(ticket)
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<CallId> {
        let figures = match self.figures {
            Load::Loading(ticket) => Some(ticket),
            Load::Idle | Load::Ready(_) | Load::Failed(_) => None,
        };
        [figures, self.reloading].into_iter().flatten().collect()
    }

    /// A read was stopped.
    pub fn stopped(&mut self, ticket: CallId) {
        if self.figures.awaits(ticket) {
            self.figures = Load::Failed(Message { text: "not read".to_owned(), hint: None });
        }
    }

    /// Takes the figures, the answer to the delete, or what someone else made of it.
    pub fn done(&mut self, ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        if self.figures.awaits(ticket) {
            self.figures = match outcome {
                Ok(Answer::CollectionStats(figures)) => Load::Ready(figures),
                Ok(_) => Load::Idle,
                Err(Error::CollectionMissing(_)) => {
                    Load::Failed(Message { text: "is missing".to_owned(), hint: None })
                }
                Err(error) => Load::Failed(Message::from(&error)),
            };
            return Step::default();
        }
        if self.reloading.take_if(|waiting| *waiting == ticket).is_some() {
            return self.reloaded(outcome, shared);
        }
        self.question.running = None;
        match outcome {
            Ok(Answer::Deleted(deleted)) => self.deleted(&deleted, shared),
            Ok(_) => Step::default(),
            Err(error) => self.refused(&error, shared),
        }
    }

    fn deleted(&self, deleted: &DeletedOrganization, shared: &mut Shared) -> Step {
        let name = &deleted.organization_name;
        let until = deleted.purge_at.map(|at| format!("{} UTC", text::minute(at)));
        let left = deleted.collection_left.as_ref();
        if shared.is_operator() {
            let role = if left.is_some() { Role::Warning } else { Role::Good };
            let until = until.map_or_else(
                || format!("{name} is removed for good."),
                |until| format!("{name} is deleted; it can be restored until {until}."),
            );
            let left = left.map(|left| format!(" The collection {left} is not its own and was left."));
            shared.say(role, format!("{until}{}", left.unwrap_or_default()));
            return Step::go(Move::Close).and(Move::Gone(self.shown.id));
        }
        let reason = until.map_or_else(
            || format!("{name} is removed for good, and your account with it."),
            |until| format!("{name} is deleted. An operator can restore it until {until}."),
        );
        Step::go(Move::Close).and(Move::SignedOut { email: String::new(), reason })
    }

    fn refused(&mut self, error: &Error, shared: &mut Shared) -> Step {
        self.question.message = Some(Message::from(error));
        if matches!(error, Error::Changed) {
            let (ticket, effects) = shared.call(Request::Organization(self.shown.id));
            self.reloading = Some(ticket);
            return Step::effects(effects);
        }
        if matches!(error, Error::NotFound) && shared.is_operator() {
            shared.say(Role::Warning, "It is gone: someone else deleted it.");
            return Step::go(Move::Close).and(Move::Gone(self.shown.id));
        }
        // The list tells what became of it as soon as the store answers.
        if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
            return Step::go(Move::Reread);
        }
        Step::default()
    }

    /// The card anew with what is there now; what was typed stays.
    fn reloaded(&mut self, outcome: Outcome, shared: &mut Shared) -> Step {
        match outcome {
            Ok(Answer::Organization(now)) => {
                self.question.message = Some(Message {
                    text: "Someone else changed it meanwhile; look again.".to_owned(),
                    hint: None,
                });
                self.shown = Arc::clone(&now);
                let (ticket, effects) = shared.call(Request::CollectionStats(now.id));
                self.figures = Load::Loading(ticket);
                Step::effects(effects).and(Move::Saved(now))
            }
            Ok(_) => Step::default(),
            Err(error) => self.refused(&error, shared),
        }
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        match () {
            () if command != Command::Submit => None,
            () if self.question.running.is_some() => Some("deleting"),
            () if shared.is_cut_off() => Some("no connection"),
            () if matches!(self.figures, Load::Loading(_)) || self.reloading.is_some() => {
                Some("still reading what will go")
            }
            () if !self.is_typed() => Some("names differ"),
            () => None,
        }
    }
}
