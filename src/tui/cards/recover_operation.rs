//! The card before the operation on an organization is ended ahead of its lease.

use super::question::{self, Key, Question};
use super::repair::refused;
use crate::domain::{Organization, State};
use crate::service::Error;
use crate::tui::effect::{Call, CallContext, CallError, Kind};
use crate::tui::keys::Keys;
use crate::tui::layer::{Availability, Cx, Event, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// Ends the operation on an organization before its lease does.
#[derive(Debug, PartialEq)]
pub struct RecoverOperation {
    /// As it was shown.
    pub shown: Arc<Organization>,
}

impl Call for RecoverOperation {
    /// The organization as it is now; nothing when it is gone.
    type Answer = Option<Arc<Organization>>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("recovering {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Self::Answer, Error> {
        let now = context.service.recover_operation(context.session()?, self.shown.id).await?;
        Ok(now.map(Arc::new))
    }
}

/// The card.
#[derive(Debug)]
pub struct RecoverOperationCard {
    shown: Arc<Organization>,
    question: Question,
}

impl RecoverOperationCard {
    /// For this organization.
    pub fn new(shown: Arc<Organization>, _cx: &mut Cx<'_, Self>) -> Self {
        Self { shown, question: Question::default() }
    }

    fn answered(&mut self, now: Result<Option<Arc<Organization>>, CallError>, cx: &mut Cx<'_, Self>) {
        self.question.is_running = false;
        match now {
            Ok(now) => {
                self.recovered(now, cx);
                cx.close();
            }
            Err(error) => self.question.message = refused(&error, cx),
        }
    }

    /// The organization as it is now, or that it is gone.
    fn recovered(&self, now: Option<Arc<Organization>>, cx: &mut Cx<'_, Self>) {
        let Some(now) = now else {
            let why = match self.shown.state {
                State::Creating => "its create was rolled back",
                State::Renaming
                | State::Deleting
                | State::Restoring
                | State::Purging
                | State::Active
                | State::Deleted => "it is purged",
            };
            cx.say(Tone::Good, format!("{} is gone: {why}.", self.shown.name));
            cx.tell(Event::OrganizationGone(self.shown.id));
            return;
        };
        let (tone, is) =
            if now.state.has_operation() { (Tone::Warning, "is still") } else { (Tone::Good, "is") };
        cx.say(tone, format!("{} {is} {}.", now.name, now.status()));
        // In the trash it is in no list.
        cx.tell(if now.state == State::Deleted {
            Event::OrganizationGone(now.id)
        } else {
            Event::Organization(now)
        });
    }

    fn what(&self) -> [String; 2] {
        let state = self.shown.state;
        let what = if state == State::Purging {
            "The process that works on it stops at its next step. The purge is finished."
        } else {
            "The process that works on it stops at its next step. The operation is finished or rolled back."
        };
        let is = match state {
            State::Creating => "being created",
            State::Renaming => "being changed",
            State::Deleting => "being deleted",
            State::Restoring => "being restored",
            State::Purging => "being purged",
            State::Active | State::Deleted => state.as_str(),
        };
        [format!("{} is {is}.", self.shown.name), what.to_owned()]
    }
}

impl Screen for RecoverOperationCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &question::ASKS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Yes => {
                cx.call(RecoverOperation { shown: Arc::clone(&self.shown) }, Self::answered);
                self.question.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        match key {
            Key::Yes => self.question.availability(shared),
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.question.back(cx);
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.question.draw("Finish now", &self.what(), Some("End it now?"), area, canvas);
    }
}
