//! The card before a deleted organization is removed for good.

use super::by_name::{ByName, Card, Key, Words};
use super::draw::{self, Row, What, row};
use crate::domain::Organization;
use crate::service::{Error, OperationId, OrganizationReference, PurgedOrganization};
use crate::tui::effect::{Call, CallContext, CallError, Kind};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, danger};
use crate::tui::layer::{Cx, Event, Registered};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

static KEYS: Keys<Key> = Keys::of_text(
    "purge",
    &[danger(&[ENTER], Key::Confirm, "purge", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
);

/// Removes a deleted organization for good.
#[derive(Debug, PartialEq)]
pub struct PurgeOrganization {
    /// As it was shown.
    pub shown: Arc<Organization>,
    /// Its name, typed.
    pub confirm: String,
}

impl Call for PurgeOrganization {
    type Answer = PurgedOrganization;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("purging {}", self.shown.name))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<PurgedOrganization, Error> {
        let (reference, session) = (OrganizationReference::Id(self.shown.id), context.session()?);
        let (expected, operation) = (Some(self.shown.epoch), OperationId::random());
        context.service.purge_organization(session, &reference, &self.confirm, expected, operation).await
    }
}

/// The card.
pub type PurgeOrganizationCard = Card<Purge>;

/// What confirming purges, but for the typed name.
#[derive(Debug)]
pub struct Purge {
    shown: Arc<Organization>,
}

impl PurgeOrganizationCard {
    /// For this deleted organization.
    pub fn new(shown: Arc<Organization>) -> Self {
        Self::of(Purge { shown })
    }

    fn answered(&mut self, purged: Result<PurgedOrganization, CallError>, cx: &mut Cx<'_, Self>) {
        match self.answer(purged) {
            Some(Ok(purged)) => {
                cx.say(Tone::Good, format!("{} is removed for good.", purged.organization_name));
                cx.tell(Event::OrganizationGone(self.of.shown.id));
                cx.close();
            }
            Some(Err(gone @ (Error::NotFound | Error::Changed))) => {
                let said = if gone == Error::Changed {
                    // Restored and deleted again: it has what nobody has seen here.
                    "It changed since it was read: look again before you purge it."
                } else {
                    "It is not in the trash any more."
                };
                cx.say(Tone::Warning, said);
                cx.tell(Event::Stale);
                cx.close();
            }
            Some(Err(error)) => {
                self.say(&error);
                if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
                    cx.tell(Event::Stale);
                }
            }
            None => {}
        }
    }
}

impl ByName for Purge {
    const KEYS: &'static Keys<Key> = &KEYS;
    const WORDS: Words =
        Words { running: "purging", busy: "It is being purged; a moment.", differs: "names differ" };

    fn name(&self) -> &str {
        &self.shown.name
    }

    fn title(&self) -> String {
        format!("Purge {}", self.shown.name)
    }

    fn ask(&self) -> String {
        format!("Type {} to purge it", self.shown.name)
    }

    fn release(&self, confirm: String, cx: &mut Cx<'_, Card<Self>>) {
        cx.call(PurgeOrganization { shown: Arc::clone(&self.shown), confirm }, Card::<Self>::answered);
    }

    fn rows(&self, shared: &Shared, columns: usize, _ellipsis: &str) -> Vec<Row> {
        let mut rows = vec![row(9, What::Free)];
        rows.extend(draw::name_of("name", &self.shown.name, columns));
        rows.push(row(4, draw::pair("id", self.shown.id.to_string())));
        if let Some(deletion) = &self.shown.deletion {
            let ago = (text::ago(shared.now, deletion.at), Tone::Muted);
            rows.push(row(5, What::Pair("deleted", format!("by {}", deletion.by), ago)));
        }
        rows.push(row(8, What::Free));
        let what = "Its documents and its admin's account are removed now. There is no undo.";
        rows.extend(draw::paragraph(2, what, columns));
        rows
    }

    fn on_event(card: &mut Card<Self>, event: &Event, cx: &mut Cx<'_, Card<Self>>) {
        match event {
            // It was restored, or is gone already.
            Event::Organization(now) if now.id == card.of.shown.id => cx.close(),
            Event::OrganizationGone(id) if *id == card.of.shown.id => cx.close(),
            _ => {}
        }
    }
}
