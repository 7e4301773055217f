//! The card before an organization is deleted. The organization and what its collection holds are read before the
//! question, at one moment, so that nobody confirms blind or by a name of before.

mod view;

use super::by_name::{ByName, Card, Key, Words, changed_elsewhere};
use super::draw::Row;
use crate::domain::{CollectionStats, Organization};
use crate::service::{DeletedOrganization, Error, OperationId, OrganizationReference};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Load, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, danger};
use crate::tui::layer::{Cx, Event, Intent, Registered};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

static KEYS: Keys<Key> = Keys::of_text(
    "delete",
    &[danger(&[ENTER], Key::Confirm, "delete", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
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
pub type DeleteOrganizationCard = Card<Deletion>;

/// What confirming deletes, but for the typed name.
#[derive(Debug)]
pub struct Deletion {
    shown: Arc<Organization>,
    stats: Load<CollectionStats>,
}

impl DeleteOrganizationCard {
    /// For this organization; asks what will go.
    pub fn new(shown: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        let mut card = Self::of(Deletion { shown, stats: Load::Idle });
        card.read(cx);
        card
    }

    fn read(&mut self, cx: &mut Cx<'_, Self>) {
        let call = ReadDeletion { shown: Arc::clone(&self.of.shown) };
        self.of.stats = Load::Loading(cx.call(call, Self::came));
    }

    fn came(
        &mut self,
        read: Result<(Arc<Organization>, Result<CollectionStats, Error>), CallError>,
        cx: &mut Cx<'_, Self>,
    ) {
        let failed = |text: &str| Load::Failed(Message { text: text.to_owned(), hint: None });
        let stats = match read {
            Ok((now, stats)) => {
                if now != self.of.shown && !now.is_older_than(&self.of.shown) {
                    self.is_now(&now);
                    cx.tell(Event::Organization(now));
                }
                stats
            }
            Err(CallError::Stopped) => {
                self.of.stats = failed("not read");
                return;
            }
            Err(CallError::Refused(Error::NotFound)) => return self.gone(cx),
            Err(CallError::Refused(error)) => Err(error),
        };
        self.of.stats = match stats {
            Ok(stats) => Load::Ready(stats),
            Err(Error::CollectionMissing(_)) => failed("is missing"),
            Err(error) => Load::Failed(Message::from(&error)),
        };
    }

    /// The card is about what is there now; what was typed stays.
    fn is_now(&mut self, now: &Arc<Organization>) {
        if now.name != self.of.shown.name {
            let text = format!("It is now called {}.", now.name);
            self.say(Message { text, hint: None });
        }
        self.of.shown = Arc::clone(now);
    }

    fn answered(&mut self, deleted: Result<DeletedOrganization, CallError>, cx: &mut Cx<'_, Self>) {
        match self.answer(deleted) {
            Some(Ok(deleted)) => self.deleted(&deleted, cx),
            Some(Err(error)) => self.refused(&error, cx),
            None => {}
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
                cx.tell(Event::OrganizationTrashed(Arc::clone(&self.of.shown)));
            }
            cx.tell(Event::OrganizationGone(self.of.shown.id));
            return;
        }
        let reason = until.map_or_else(
            || format!("{name} is removed for good, and your account with it."),
            |until| format!("{name} is deleted. An operator can restore it until {until}."),
        );
        cx.follow(Intent::SignedOut { email: String::new(), reason });
    }

    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        self.say(error);
        match error {
            Error::Changed => {
                self.say(changed_elsewhere());
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
            cx.tell(Event::OrganizationGone(self.of.shown.id));
        } else {
            let message = Message::from(&Error::NotFound);
            self.of.stats = Load::Failed(message);
        }
    }
}

impl ByName for Deletion {
    const KEYS: &'static Keys<Key> = &KEYS;
    const WORDS: Words =
        Words { running: "deleting", busy: "It is being deleted; a moment.", differs: "names differ" };

    fn name(&self) -> &str {
        &self.shown.name
    }

    fn title(&self) -> String {
        format!("Delete {}", self.shown.name)
    }

    fn ask(&self) -> String {
        format!("Type {} to delete it", self.shown.name)
    }

    fn release(&self, confirm: String, cx: &mut Cx<'_, Card<Self>>) {
        cx.call(DeleteOrganization { shown: Arc::clone(&self.shown), confirm }, Card::<Self>::answered);
    }

    fn waits_for(&self) -> Option<&'static str> {
        self.stats.running().map(|_| "still reading what will go")
    }

    fn rows(&self, shared: &Shared, columns: usize, ellipsis: &str) -> Vec<Row> {
        self.told(shared, columns, ellipsis)
    }

    fn on_event(card: &mut Card<Self>, event: &Event, cx: &mut Cx<'_, Card<Self>>) {
        let (shown, is_running) = (Arc::clone(&card.of.shown), card.is_running());
        match event {
            Event::Live(live) if !is_running => match live.now(shown.id) {
                _ if live.is_gone(&shown) => {
                    cx.redraw();
                    card.gone(cx);
                }
                Some(now) if shown.is_older_than(now) => {
                    cx.redraw();
                    card.is_now(now);
                }
                _ => {}
            },
            Event::Organization(now) if now.id == shown.id && !is_running && !now.is_older_than(&shown) => {
                card.is_now(now);
            }
            _ => {}
        }
    }
}
