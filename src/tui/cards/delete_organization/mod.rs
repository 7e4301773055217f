//! The card before an organization is deleted. The organization and what its collection holds are read before the
//! question, at one moment, so that nobody confirms blind or by a name of before.

mod view;

use super::typing::Typing;
use crate::domain::{CollectionStats, Organization};
use crate::service::{DeletedOrganization, Error, OperationId, OrganizationReference};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Load, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Text, back, danger};
use crate::tui::layer::{Availability, Cx, Event, Intent, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Deletes the organization.
    Delete,
}

static KEYS: Keys<Key> = Keys::of_text(
    "delete",
    &[danger(&[ENTER], Key::Delete, "delete", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
);

/// An organization, and what its collection holds.
#[derive(Debug, PartialEq)]
pub struct ReadDeletion {
    /// As it was shown.
    pub shown: Arc<Organization>,
}

impl Call for ReadDeletion {
    /// As it is now, and what its collection holds, or why that is not known.
    type Answer = (Arc<Organization>, Result<CollectionStats, Error>);

    fn label(&self) -> Option<String> {
        Some("counting documents".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Self::Answer, Error> {
        let (id, session) = (self.shown.id, context.session()?);
        let now = context.service.organization(session, &OrganizationReference::Id(id)).await?;
        match context.service.organization_stats(session, id).await {
            Err(error) if error.ends_session() || matches!(error, Error::Unavailable { .. }) => Err(error),
            stats => Ok((Arc::new(now), stats)),
        }
    }
}

/// Deletes an organization.
#[derive(Debug, PartialEq)]
pub struct DeleteOrganization {
    /// As it was shown.
    pub shown: Arc<Organization>,
    /// Its name, typed.
    pub confirm: String,
}

impl Call for DeleteOrganization {
    type Answer = DeletedOrganization;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("deleting {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<DeletedOrganization, Error> {
        let (reference, session) = (OrganizationReference::Id(self.shown.id), context.session()?);
        let (expected, operation) = (Some(self.shown.epoch), OperationId::random());
        let service = context.service;
        service.delete_organization(session, &reference, &self.confirm, expected, false, operation).await
    }
}

/// The card.
#[derive(Debug)]
pub struct DeleteOrganizationCard {
    /// What confirming deletes, but for the typed name.
    shown: Arc<Organization>,
    stats: Load<CollectionStats>,
    typing: Typing,
}

impl DeleteOrganizationCard {
    /// For this organization; asks what will go.
    pub fn new(shown: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        let mut card = Self { shown, stats: Load::Idle, typing: Typing::default() };
        card.read(cx);
        card
    }

    fn read(&mut self, cx: &mut Cx<'_, Self>) {
        let call = ReadDeletion { shown: Arc::clone(&self.shown) };
        self.stats = Load::Loading(cx.call(call, Self::came));
    }

    fn came(
        &mut self,
        read: Result<(Arc<Organization>, Result<CollectionStats, Error>), CallError>,
        cx: &mut Cx<'_, Self>,
    ) {
        let failed = |text: &str| Load::Failed(Message { text: text.to_owned(), hint: None });
        let stats = match read {
            Ok((now, stats)) => {
                if now != self.shown && !now.is_older_than(&self.shown) {
                    self.is_now(&now);
                    cx.tell(Event::Organization(now));
                }
                stats
            }
            Err(CallError::Stopped) => {
                self.stats = failed("not read");
                return;
            }
            Err(CallError::Refused(Error::NotFound)) => return self.gone(cx),
            Err(CallError::Refused(error)) => Err(error),
        };
        self.stats = match stats {
            Ok(stats) => Load::Ready(stats),
            Err(Error::CollectionMissing(_)) => failed("is missing"),
            Err(error) => Load::Failed(Message::from(&error)),
        };
    }

    /// The card is about what is there now; what was typed stays.
    fn is_now(&mut self, now: &Arc<Organization>) {
        if now.name != self.shown.name {
            let text = format!("It is now called {}.", now.name);
            self.typing.message = Some(Message { text, hint: None });
        }
        self.shown = Arc::clone(now);
    }

    fn is_typed(&self) -> bool {
        self.typing.is(&self.shown.name)
    }

    /// Whether what is typed is the name but for case and space around it.
    fn is_near(&self) -> bool {
        let (typed, name) = (self.typing.input.value().trim(), self.shown.name.as_str());
        let folded = crate::domain::name::key_of(typed);
        !self.is_typed() && !typed.is_empty() && folded == crate::domain::name::key_of(name)
    }

    fn answered(&mut self, deleted: Result<DeletedOrganization, CallError>, cx: &mut Cx<'_, Self>) {
        self.typing.is_running = false;
        match deleted {
            Ok(deleted) => self.deleted(&deleted, cx),
            Err(CallError::Stopped) => {}
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    fn deleted(&self, deleted: &DeletedOrganization, cx: &mut Cx<'_, Self>) {
        let name = &deleted.organization_name;
        let until = deleted.purge_at.map(|at| format!("{} UTC", text::minute(at)));
        let left = deleted.collection_left.as_ref();
        if cx.shared().is_operator() {
            let tone = if left.is_some() { Tone::Warning } else { Tone::Good };
            let until = until.map_or_else(
                || format!("{name} is removed for good."),
                |until| format!("{name} is deleted; it can be restored until {until}.  u restore"),
            );
            let left = left.map(|left| format!(" The collection {left} is not its own and was left."));
            cx.say(tone, format!("{until}{}", left.unwrap_or_default()));
            cx.close();
            if deleted.purge_at.is_some() {
                cx.tell(Event::OrganizationTrashed(Arc::clone(&self.shown)));
            }
            cx.tell(Event::OrganizationGone(self.shown.id));
            return;
        }
        let reason = until.map_or_else(
            || format!("{name} is removed for good, and your account with it."),
            |until| format!("{name} is deleted. An operator can restore it until {until}."),
        );
        cx.follow(Intent::SignedOut { email: String::new(), reason });
    }

    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        self.typing.message = Some(Message::from(error));
        match error {
            Error::Changed => {
                let text = "Someone else changed it. Check it again.".to_owned();
                self.typing.message = Some(Message { text, hint: None });
                self.read(cx);
            }
            Error::NotFound => self.gone(cx),
            // The list tells what became of it as soon as the store answers.
            Error::Unavailable { .. } | Error::Refused { .. } => cx.tell(Event::Stale),
            _ => {}
        }
    }

    fn gone(&mut self, cx: &mut Cx<'_, Self>) {
        if cx.shared().is_operator() {
            cx.say(Tone::Warning, "It is gone: someone else deleted it.");
            cx.close();
            cx.tell(Event::OrganizationGone(self.shown.id));
        } else {
            let message = Message::from(&Error::NotFound);
            self.stats = Load::Failed(message);
        }
    }
}

impl Screen for DeleteOrganizationCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Delete => {
                let confirm = self.typing.input.value().to_owned();
                cx.call(DeleteOrganization { shown: Arc::clone(&self.shown), confirm }, Self::answered);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Delete if self.typing.is_running => Some("deleting"),
            Key::Delete if shared.is_cut_off() => Some("no connection"),
            Key::Delete if self.stats.running().is_some() => Some("still reading what will go"),
            Key::Delete if !self.is_typed() => Some("names differ"),
            Key::Delete => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        self.typing.on_text(text);
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back("It is being deleted; a moment.", cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Live(live) if !self.typing.is_running => match live.now(self.shown.id) {
                _ if live.is_gone(&self.shown) => {
                    cx.redraw();
                    self.gone(cx);
                }
                Some(now) if self.shown.is_older_than(now) => {
                    cx.redraw();
                    self.is_now(now);
                }
                _ => {}
            },
            Event::Organization(now)
                if now.id == self.shown.id && !self.typing.is_running && !now.is_older_than(&self.shown) =>
            {
                self.is_now(now);
            }
            _ => {}
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
