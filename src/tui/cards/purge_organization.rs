//! The card before a deleted organization is removed for good.

use super::draw::{self, Row, What, row};
use super::typing::Typing;
use crate::domain::Organization;
use crate::service::{Error, OperationId, OrganizationReference, PurgedOrganization};
use crate::tui::effect::{Call, CallContext, CallError, Kind, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Text, back, danger};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
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
    /// Removes the organization for good.
    Purge,
}

static KEYS: Keys<Key> = Keys::of_text(
    "purge",
    &[danger(&[ENTER], Key::Purge, "purge", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
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
        let (reference, operation) = (OrganizationReference::Id(self.shown.id), OperationId::random());
        context.service.purge_organization(context.session()?, &reference, &self.confirm, operation).await
    }
}

/// The card.
#[derive(Debug)]
pub struct PurgeOrganizationCard {
    shown: Arc<Organization>,
    typing: Typing,
}

impl PurgeOrganizationCard {
    /// For this deleted organization.
    pub fn new(shown: Arc<Organization>) -> Self {
        Self { shown, typing: Typing::default() }
    }

    fn answered(&mut self, purged: Result<PurgedOrganization, CallError>, cx: &mut Cx<'_, Self>) {
        self.typing.is_running = false;
        match purged {
            Ok(purged) => {
                cx.say(Tone::Good, format!("{} is removed for good.", purged.organization_name));
                cx.tell(Event::OrganizationGone(self.shown.id));
                cx.close();
            }
            Err(CallError::Stopped) => {}
            Err(CallError::Refused(error)) => {
                self.typing.message = Some(Message::from(&error));
                match error {
                    Error::NotFound => {
                        cx.say(Tone::Warning, "It is not in the trash any more.");
                        cx.tell(Event::Stale);
                        cx.close();
                    }
                    Error::Unavailable { .. } | Error::Refused { .. } => cx.tell(Event::Stale),
                    _ => {}
                }
            }
        }
    }

    fn rows(&self, shared: &Shared, columns: usize) -> Vec<Row> {
        let pair = |label, value: String| What::Pair(label, value, (String::new(), Tone::Muted));
        let mut name = text::wrap(&self.shown.name, draw::value_columns(columns)).into_iter();
        let mut rows = vec![row(9, What::Free), row(0, pair("name", name.next().unwrap_or_default()))];
        rows.extend(name.map(|line| row(0, pair("", line))));
        rows.push(row(4, pair("id", self.shown.id.to_string())));
        if let Some(deletion) = &self.shown.deletion {
            let ago = (text::ago(shared.now, deletion.at), Tone::Muted);
            rows.push(row(5, What::Pair("deleted", format!("by {}", deletion.by), ago)));
        }
        rows.push(row(8, What::Free));
        let what = "Its documents and its admin's account are removed now. There is no undo.";
        rows.extend(draw::paragraph(2, what, columns));
        rows.push(row(7, What::Free));
        rows.extend(draw::paragraph(3, &format!("Type {} to purge it", self.shown.name), columns));
        rows.push(row(0, What::Field));
        rows.extend(draw::wrong(self.typing.message.as_ref(), None, columns));
        rows
    }
}

impl Screen for PurgeOrganizationCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Purge => {
                let confirm = self.typing.input.value().to_owned();
                cx.call(PurgeOrganization { shown: Arc::clone(&self.shown), confirm }, Self::answered);
                self.typing.begin();
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Purge if self.typing.is_running => Some("purging"),
            Key::Purge if shared.is_cut_off() => Some("no connection"),
            Key::Purge if !self.typing.is(&self.shown.name) => Some("names differ"),
            Key::Purge => None,
        })
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        self.typing.on_text(text);
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        self.typing.back("It is being purged; a moment.", cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            // It was restored, or is gone already.
            Event::Organization(now) if now.id == self.shown.id => cx.close(),
            Event::OrganizationGone(id) if *id == self.shown.id => cx.close(),
            _ => {}
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let title = format!("Purge {}", self.shown.name);
        let environment = shared.config.environment.as_deref();
        let rows = self.rows(shared, draw::columns(area));
        draw::draw((&title, Tone::Danger), rows, Some(&self.typing.input), environment, area, canvas);
    }
}
