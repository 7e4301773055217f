//! The card that suspends an organization, for a reason, or resumes a suspended one.

use super::draw::{self, Row, What, pair, row};
use super::typing::Typing;
use crate::domain::{Organization, Suspension};
use crate::service::{Error, OperationId, OrganizationReference};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Text, back, hint};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
use crate::tui::reads::ReadOrganization;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&SUSPEND, &RESUME] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Suspends or resumes the organization.
    Confirm,
}

static SUSPEND: Keys<Key> = Keys::of_text(
    "suspend",
    &[hint(&[ENTER], Key::Confirm, "suspend", Do, 1), back(&[ESC], "cancel", Do, Some(0))],
);
static RESUME: Keys<Key> =
    Keys::of("resume", &[hint(&[ENTER], Key::Confirm, "resume", Do, 1), back(&[ESC], "cancel", Do, Some(0))]);

/// Suspends an organization, or resumes it.
#[derive(Debug, PartialEq)]
pub struct ChangeSuspension {
    /// As it was shown.
    pub shown: Arc<Organization>,
    /// Why it is suspended; none: it is resumed.
    pub reason: Option<String>,
}

impl Call for ChangeSuspension {
    type Answer = Arc<Organization>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        let what = if self.reason.is_some() { "suspending" } else { "resuming" };
        Some(format!("{what} {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Arc<Organization>, Error> {
        let (reference, session) = (OrganizationReference::Id(self.shown.id), context.session()?);
        let (expected, operation) = (Some(self.shown.epoch), OperationId::random());
        let service = context.service;
        let changed = match &self.reason {
            Some(reason) => {
                service.suspend_organization(session, &reference, reason, expected, operation).await
            }
            None => service.resume_organization(session, &reference, expected, operation).await,
        };
        changed.map(Arc::new)
    }
}

/// The card.
#[derive(Debug)]
pub struct SuspendOrganizationCard {
    shown: Arc<Organization>,
    /// The reason.
    typing: Typing,
}

impl SuspendOrganizationCard {
    /// For this organization; whether it is suspended decides what is asked.
    pub fn new(shown: Arc<Organization>) -> Self {
        Self { shown, typing: Typing::default() }
    }

    fn suspension(&self) -> Option<&Suspension> {
        self.shown.suspension.as_ref()
    }

    fn answered(&mut self, changed: Result<Arc<Organization>, CallError>, cx: &mut Cx<'_, Self>) {
        self.typing.is_running = false;
        match changed {
            Ok(organization) => {
                let name = &organization.name;
                if organization.suspension.is_some() {
                    cx.say(Tone::Warning, format!("{name} is suspended."));
                } else {
                    cx.say(Tone::Good, format!("{name} is active again."));
                }
                cx.tell(Event::Organization(organization));
                cx.close();
            }
            Err(CallError::Stopped) => {}
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        self.typing.message = Some(Message::from(error));
        match error {
            Error::Changed => {
                cx.call(ReadOrganization(self.shown.id), Self::reloaded);
            }
            Error::NotFound => {
                cx.say(Tone::Warning, "It is gone: someone else deleted it.");
                cx.tell(Event::OrganizationGone(self.shown.id));
                cx.close();
            }
            // The list tells what became of it as soon as the store answers.
            Error::Unavailable { .. } | Error::Refused { .. } => cx.tell(Event::Stale),
            _ => {}
        }
    }

    fn reloaded(&mut self, now: Result<Arc<Organization>, CallError>, cx: &mut Cx<'_, Self>) {
        if let Ok(now) = now {
            cx.tell(Event::Organization(Arc::clone(&now)));
            self.shown = now;
        }
    }

    fn rows(&self, columns: usize) -> Vec<Row> {
        let admin = self.shown.admin_email.clone();
        let mut rows = vec![row(9, What::Free)];
        if let Some(Suspension { at, by, reason }) = self.suspension() {
            rows.push(row(4, pair("suspended", format!("{} UTC", text::minute(*at)))));
            rows.push(row(5, pair("by", by.clone())));
            let mut reason = text::wrap(reason, draw::value_columns(columns)).into_iter();
            rows.push(row(2, pair("reason", reason.next().unwrap_or_default())));
            rows.extend(reason.map(|line| row(6, pair("", line))));
            rows.push(row(3, pair("admin", admin)));
            rows.push(row(8, What::Free));
            rows.extend(draw::paragraph(1, "Resumed, its admin can sign in again.", columns));
        } else {
            rows.push(row(3, pair("admin", admin)));
            let what =
                "Its admin's sessions end at once, and sign-in is refused with the reason. Its data stays.";
            rows.extend(draw::paragraph(2, what, columns));
            rows.push(row(8, What::Free));
            rows.push(row(1, What::Text("Reason, may be empty".to_owned())));
            rows.push(row(0, What::Field));
        }
        rows.extend(draw::wrong(self.typing.message.as_ref(), None, columns));
        rows
    }
}

impl Screen for SuspendOrganizationCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        if self.suspension().is_some() { &RESUME } else { &SUSPEND }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Confirm => {
                let reason = self.suspension().is_none().then(|| self.typing.input.value().trim().to_owned());
                cx.call(ChangeSuspension { shown: Arc::clone(&self.shown), reason }, Self::answered);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Confirm if self.typing.is_running => Some("it is being done"),
            Key::Confirm if shared.is_cut_off() => Some("no connection"),
            Key::Confirm => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        if self.suspension().is_none() {
            self.typing.on_text(text);
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back("It is being done; a moment.", cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Organization(now) if now.id == self.shown.id && !self.typing.is_running => {
                self.shown = Arc::clone(now);
            }
            Event::OrganizationGone(id) if *id == self.shown.id => cx.close(),
            _ => {}
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let is_suspended = self.suspension().is_some();
        let title = format!("{} {}", if is_suspended { "Resume" } else { "Suspend" }, self.shown.name);
        let field = (!is_suspended).then_some(&self.typing.input);
        draw::draw((&title, Tone::Text), self.rows(draw::columns(area)), field, None, area, canvas);
    }
}
