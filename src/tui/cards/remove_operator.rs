//! The card before an operator is removed: what goes, and the email to be typed.

use super::draw::{self, Row, What, row};
use super::typing::Typing;
use crate::domain::{Account, AccountId};
use crate::service::{Error, OperationId, RemovedOperator};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Text, back, danger};
use crate::tui::layer::{Availability, Cx, Event, Intent, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Removes the operator.
    Remove,
}

static KEYS: Keys<Key> = Keys::of_text(
    "remove",
    &[danger(&[ENTER], Key::Remove, "remove", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
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
#[derive(Debug)]
pub struct RemoveOperatorCard {
    /// What confirming removes, but for the typed email.
    account: Account,
    is_own: bool,
    typing: Typing,
}

impl RemoveOperatorCard {
    /// For this operator.
    pub fn new(account: Account, cx: &mut Cx<'_, Self>) -> Self {
        let is_own = cx.shared().is_own(account.id);
        Self { account, is_own, typing: Typing::default() }
    }

    fn is_typed(&self) -> bool {
        self.typing.is(&self.account.email)
    }

    /// Whether what is typed is the email but for case and space around it.
    fn is_near(&self) -> bool {
        let typed = self.typing.input.value().trim().to_lowercase();
        !self.is_typed() && typed == self.account.email.to_lowercase()
    }

    fn answered(&mut self, removed: Result<RemovedOperator, CallError>, cx: &mut Cx<'_, Self>) {
        self.typing.is_running = false;
        match removed {
            Ok(removed) if self.is_own => {
                let reason = format!("{} is removed, and can sign in no more.", removed.email);
                cx.follow(Intent::SignedOut { email: String::new(), reason });
            }
            Ok(removed) => {
                cx.say(Tone::Good, format!("{} is removed.", removed.email));
                self.gone(cx);
            }
            Err(CallError::Stopped) => {}
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    fn gone(&self, cx: &mut Cx<'_, Self>) {
        cx.tell(Event::OperatorGone(self.account.id));
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
        self.typing.message = Some(if is_changed {
            Message { text: "Someone else changed it. Check it again.".to_owned(), hint: None }
        } else {
            Message::from(error)
        });
        // The list is not what the store has; without an answer it is read as soon as there is one.
        if is_changed || matches!(error, Error::LastOperator | Error::Unavailable { .. }) {
            cx.tell(Event::Stale);
        }
    }

    fn rows(&self, shared: &Shared, columns: usize) -> Vec<Row> {
        let pair = |label, value: String| What::Pair(label, value, (String::new(), Tone::Muted));
        let sessions = if self.is_own { "end at once: you are signed out" } else { "end at once" };
        let mut email = text::wrap(&self.account.email, draw::value_columns(columns)).into_iter();
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
        rows.extend(draw::wrong(self.typing.message.as_ref(), near, columns));
        rows
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

impl Screen for RemoveOperatorCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Remove => {
                let confirm = self.typing.input.value().to_owned();
                cx.call(RemoveOperator { shown: self.account.clone(), confirm }, Self::answered);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Remove if self.typing.is_running => Some("removing"),
            Key::Remove if shared.is_cut_off() => Some("no connection"),
            Key::Remove if !self.is_typed() => Some("emails differ"),
            Key::Remove => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        self.typing.on_text(text);
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back("It is being removed; a moment.", cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            // The card goes on with what there is now.
            Event::Operator(account)
                if account.id == self.account.id && !account.is_older_than(&self.account) =>
            {
                self.account.clone_from(account);
            }
            Event::OperatorGone(id) => close_if_about(Some(self.account.id), *id, cx),
            _ => {}
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let columns = draw::columns(area);
        let rows = self.rows(shared, columns);
        let environment = shared.config.environment.as_deref();
        draw::draw(
            ("Remove operator", Tone::Danger),
            rows,
            Some(&self.typing.input),
            environment,
            area,
            canvas,
        );
    }
}
