//! The card before an operator is removed: what goes, and the email to be typed.

use super::by_name::{ByName, Card, Key, Words, changed_elsewhere};
use super::draw::{self, Row, What, row};
use crate::domain::{Account, AccountId};
use crate::service::{Error, OperationId, RemovedOperator};
use crate::tui::effect::{Call, CallContext, CallError, Kind};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, danger};
use crate::tui::layer::{Cx, Event, Intent, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

static KEYS: Keys<Key> = Keys::of_text(
    "remove",
    &[danger(&[ENTER], Key::Confirm, "remove", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
);

/// Removes an operator.
#[derive(Debug, PartialEq)]
pub struct RemoveOperator {
    /// The account as it was when it was shown.
    pub shown: Account,
    /// The email, typed.
    pub confirm: String,
}

impl Call for RemoveOperator {
    type Answer = RemovedOperator;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("removing {}", self.shown.email))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<RemovedOperator, Error> {
        let operation = OperationId::random();
        context.service.remove_operator(context.session()?, &self.shown, &self.confirm, operation).await
    }
}

/// The card.
pub type RemoveOperatorCard = Card<Removal>;

/// What confirming removes, but for the typed email.
#[derive(Debug)]
pub struct Removal {
    account: Account,
    is_own: bool,
}

impl RemoveOperatorCard {
    /// For this operator.
    pub fn new(account: Account, cx: &mut Cx<'_, Self>) -> Self {
        let is_own = cx.shared().is_own(account.id);
        Self::of(Removal { account, is_own })
    }

    fn answered(&mut self, removed: Result<RemovedOperator, CallError>, cx: &mut Cx<'_, Self>) {
        match self.answer(removed) {
            Some(Ok(removed)) if self.of.is_own => {
                let reason = format!("{} is removed, and can sign in no more.", removed.email);
                cx.follow(Intent::SignedOut { email: String::new(), reason });
            }
            Some(Ok(removed)) => {
                cx.say(Tone::Good, format!("{} is removed.", removed.email));
                self.gone(cx);
            }
            Some(Err(error)) => self.refused(&error, cx),
            None => {}
        }
    }

    fn gone(&self, cx: &mut Cx<'_, Self>) {
        cx.tell(Event::OperatorGone(self.of.account.id));
        cx.close();
    }

    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        if matches!(error, Error::OperatorNotFound) {
            cx.say(Tone::Warning, "It is gone: someone else removed it.");
            self.gone(cx);
            cx.tell(Event::Stale);
            return;
        }
        // What was typed is the email that was shown: it is another one now.
        let is_changed = matches!(error, Error::OperatorChanged | Error::ConfirmationRequired(_));
        if is_changed {
            self.say(changed_elsewhere());
        } else {
            self.say(error);
        }
        // The list is not what the store has; without an answer it is read as soon as there is one.
        if is_changed || matches!(error, Error::LastOperator | Error::Unavailable { .. }) {
            cx.tell(Event::Stale);
        }
    }
}

/// What is about an operator closes when it is gone; whoever knows more has said it already.
pub fn close_if_about<S: Screen>(own: Option<AccountId>, gone: AccountId, cx: &mut Cx<'_, S>) {
    if own == Some(gone) {
        if cx.shared().notice.is_none() {
            cx.say(Tone::Warning, "It is gone: that operator was removed.");
        }
        cx.close();
    }
}

impl ByName for Removal {
    const KEYS: &'static Keys<Key> = &KEYS;
    const WORDS: Words =
        Words { running: "removing", busy: "It is being removed; a moment.", differs: "emails differ" };

    fn name(&self) -> &str {
        &self.account.email
    }

    fn title(&self) -> String {
        "Remove operator".to_owned()
    }

    fn ask(&self) -> String {
        "Type the email to remove it:".to_owned()
    }

    fn release(&self, confirm: String, cx: &mut Cx<'_, Card<Self>>) {
        cx.call(RemoveOperator { shown: self.account.clone(), confirm }, Card::<Self>::answered);
    }

    fn rows(&self, shared: &Shared, columns: usize, _ellipsis: &str) -> Vec<Row> {
        let sessions = if self.is_own { "end at once: you are signed out" } else { "end at once" };
        let mut rows = vec![row(5, What::Text("This removes for ever:".to_owned())), row(8, What::Free)];
        rows.extend(draw::name_of("Operator", &self.account.email, columns));
        rows.extend([
            row(5, draw::pair("Made", text::ago(shared.now, self.account.created_at))),
            row(4, draw::pair("Sessions", sessions.to_owned())),
            row(8, What::Free),
            row(6, What::Text("What it did stays in the activity. There is no undo.".to_owned())),
        ]);
        rows
    }

    fn on_event(card: &mut Card<Self>, event: &Event, cx: &mut Cx<'_, Card<Self>>) {
        let own = &mut card.of.account;
        match event {
            // The card goes on with what there is now.
            Event::Operator(account) if account.id == own.id && !account.is_older_than(own) => {
                own.clone_from(account);
            }
            Event::OperatorGone(id) => close_if_about(Some(own.id), *id, cx),
            _ => {}
        }
    }
}
