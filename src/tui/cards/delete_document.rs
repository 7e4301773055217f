//! The card before a document is deleted.

use super::by_name::{ByName, Card, Key, Words};
use super::draw::{self, Row, What, row};
use crate::domain::Organization;
use crate::domain::document::id::print_id;
use crate::domain::document::raw::revision;
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::domain::text::is_as_shown;
use crate::service::{DocumentChange, Error, OrganizationReference};
use crate::tui::effect::{Call, CallContext, CallError, Kind};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, back, danger};
use crate::tui::layer::{Cx, Event, Registered};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::json;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

static KEYS: Keys<Key> = Keys::of_text(
    "delete document",
    &[danger(&[ENTER], Key::Confirm, "delete", Do, 1), back(&[ESC], "keep it", Do, Some(0))],
);

/// Lines of the document that are shown at most.
const EXCERPT: usize = 4;

/// Deletes a document as it was read.
#[derive(Debug, PartialEq)]
pub struct DeleteDocument {
    /// Whose document.
    pub organization: Arc<Organization>,
    /// Its printed id.
    pub id: String,
    /// What was read of it.
    pub revision: String,
    /// Its id, typed.
    pub confirm: String,
}

impl Call for DeleteDocument {
    type Answer = RawDocumentBuf;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("deleting document {}", self.id))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<RawDocumentBuf, Error> {
        let reference = OrganizationReference::Id(self.organization.id);
        let change = DocumentChange {
            id: self.id.clone(),
            revision: Some(self.revision.clone()),
            new: None,
            confirm: Some(self.confirm.clone()),
        };
        context.service.change_document(context.session()?, &reference, &change).await
    }
}

/// The card.
pub type DeleteDocumentCard = Card<Deletion>;

/// What confirming deletes, but for the typed id.
#[derive(Debug)]
pub struct Deletion {
    organization: Arc<Organization>,
    document: RawDocumentBuf,
    /// Its printed id.
    id: String,
}

impl DeleteDocumentCard {
    /// For this document, which has an `_id`.
    pub fn new(organization: Arc<Organization>, document: RawDocumentBuf) -> Self {
        let id = id_of(document.as_bytes()).map(|id| print_id(&id.get())).unwrap_or_default();
        Self::of(Deletion { organization, document, id })
    }

    fn answered(&mut self, deleted: Result<RawDocumentBuf, CallError>, cx: &mut Cx<'_, Self>) {
        let (organization, id) = (self.of.organization.id, self.of.id.clone());
        match self.answer(deleted) {
            Some(Ok(_)) => {
                cx.say(Tone::Good, format!("Document {id} is deleted."));
                cx.tell(Event::DocumentGone(organization, id));
                cx.close();
            }
            Some(Err(Error::DocumentNotFound)) => {
                cx.say(Tone::Warning, "It is gone: someone else deleted it.");
                cx.tell(Event::DocumentGone(organization, id));
                cx.close();
            }
            Some(Err(Error::DocumentChanged)) => {
                let said = "Someone else changed the document. It is read again; nothing was deleted.";
                cx.say(Tone::Warning, said);
                cx.tell(Event::DocumentChanged(organization, id));
                cx.close();
            }
            Some(Err(error)) => {
                self.say(&error);
                if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
                    cx.tell(Event::DocumentChanged(organization, id));
                }
            }
            None => {}
        }
    }
}

impl ByName for Deletion {
    const KEYS: &'static Keys<Key> = &KEYS;
    const WORDS: Words =
        Words { running: "deleting", busy: "It is being deleted; a moment.", differs: "ids differ" };

    fn name(&self) -> &str {
        &self.id
    }

    fn title(&self) -> String {
        "Delete document".to_owned()
    }

    fn ask(&self) -> String {
        format!("Type {} to delete it", self.id)
    }

    fn release(&self, typed: String, cx: &mut Cx<'_, Card<Self>>) {
        // The same letters composed in another way are the id too; the service compares bytes.
        let confirm = if is_as_shown(&typed, &self.id) { self.id.clone() } else { typed };
        let call = DeleteDocument {
            organization: Arc::clone(&self.organization),
            id: self.id.clone(),
            revision: revision(self.document.as_bytes()),
            confirm,
        };
        cx.call(call, Card::<Self>::answered);
    }

    fn rows(&self, _shared: &Shared, columns: usize, _ellipsis: &str) -> Vec<Row> {
        let mut rows = vec![row(9, What::Free)];
        rows.extend(draw::name_of("_id", &self.id, columns));
        rows.extend(draw::name_of("of", &self.organization.name, columns));
        rows.push(row(8, What::Free));
        let excerpt = text::wrap(&json::one_line(self.document.as_bytes(), columns * EXCERPT), columns);
        let lines = excerpt.into_iter().take(EXCERPT);
        rows.extend(lines.map(|line| row(5, What::Toned(line, Tone::Muted))));
        rows.push(row(8, What::Free));
        rows.extend(draw::paragraph(2, "It is deleted for good. There is no undo.", columns));
        rows
    }

    fn on_event(card: &mut Card<Self>, event: &Event, cx: &mut Cx<'_, Card<Self>>) {
        match event {
            Event::DocumentGone(organization, id)
                if *organization == card.of.organization.id && *id == card.of.id =>
            {
                cx.close();
            }
            Event::OrganizationGone(id) if *id == card.of.organization.id => cx.close(),
            _ => {}
        }
    }
}
