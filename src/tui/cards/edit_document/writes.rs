//! Writes the edited document, and takes what the service answers.

use super::trouble::Trouble;
use super::{Base, Doing, EditDocumentCard, InsertDocument, Kind, ReplaceDocument};
use crate::domain::document::json::read;
use crate::domain::document::raw::revision;
use crate::domain::document::{Builder, Elements, RawDocumentBuf, id_of};
use crate::service::Error;
use crate::tui::effect::CallError;
use crate::tui::layer::{Cx, Event};
use crate::tui::reads::ReadDocument;
use crate::tui::theme::Tone;
use std::sync::Arc;

type OwnCx<'a> = Cx<'a, EditDocumentCard>;

impl EditDocumentCard {
    /// Writes a document.
    pub(super) fn write(&mut self, new: RawDocumentBuf, cx: &mut OwnCx<'_>) {
        self.doing = Doing::Writing;
        let organization = Arc::clone(&self.organization);
        match &self.base {
            Base::New => {
                cx.call(InsertDocument { organization, document: new }, Self::inserted);
            }
            Base::Stored { id, document } => {
                let revision = revision(document.as_bytes());
                cx.call(ReplaceDocument { organization, id: id.clone(), revision, new }, Self::replaced);
            }
        }
    }

    /// Takes the kept text as it is.
    pub(super) fn take(&mut self, cx: &mut OwnCx<'_>) {
        let is_gone = self.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Gone);
        match read(&self.text) {
            Ok(document) if is_gone => {
                self.doing = Doing::Writing;
                let document = self.with_own_id(document);
                let organization = Arc::clone(&self.organization);
                cx.call(InsertDocument { organization, document }, Self::inserted);
            }
            Ok(document) => self.write(document, cx),
            Err(error) => self.wait(Trouble::invalid(&error, &self.text)),
        }
    }

    /// A document whose `_id` was left out keeps the one it had.
    fn with_own_id(&self, document: RawDocumentBuf) -> RawDocumentBuf {
        let (None, Some(own)) = (id_of(document.as_bytes()), id_of(self.base.bytes())) else {
            return document;
        };
        let mut whole = Builder::default();
        whole.put(b"_id", &own.get());
        for element in Elements::of(document.as_bytes()) {
            if let Ok(value) = element.value {
                whole.put(element.name, &value);
            }
        }
        RawDocumentBuf::from_bytes(whole.finish()).unwrap_or(document)
    }

    fn replaced(&mut self, replaced: Result<RawDocumentBuf, CallError>, cx: &mut OwnCx<'_>) {
        let Base::Stored { id, .. } = &self.base else { return };
        match replaced {
            Ok(_) => {
                let id = id.clone();
                self.saved(&format!("Document {id} is saved."), id, cx);
            }
            Err(CallError::Refused(Error::DocumentChanged)) => {
                let call = ReadDocument { organization: self.organization.id, id: id.clone() };
                self.doing = Doing::Reading(cx.call(call, Self::present_came));
            }
            Err(CallError::Refused(Error::DocumentNotFound)) => self.wait(Trouble::gone()),
            Err(CallError::Refused(error)) => self.wait(Trouble::refused(&error)),
            Err(CallError::Stopped) => self.doing = Doing::Waiting,
        }
    }

    fn inserted(&mut self, inserted: Result<String, CallError>, cx: &mut OwnCx<'_>) {
        match inserted {
            Ok(id) => self.saved(&format!("Document {id} is inserted."), id, cx),
            Err(CallError::Refused(error)) => {
                let was_gone = self.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Gone);
                let mut trouble = Trouble::refused(&error);
                // It is still to be inserted, not to be replaced.
                if was_gone {
                    trouble.kind = Kind::Gone;
                }
                self.wait(trouble);
            }
            Err(CallError::Stopped) => self.doing = Doing::Waiting,
        }
    }

    fn saved(&mut self, said: &str, id: String, cx: &mut OwnCx<'_>) {
        cx.tell(Event::DocumentChanged(self.organization.id, id));
        self.end(Tone::Good, said, cx);
    }

    /// What someone else made of it: the text is edited on top of that from here on.
    pub(super) fn present_came(&mut self, now: Result<RawDocumentBuf, CallError>, _cx: &mut OwnCx<'_>) {
        match now {
            Ok(now) => {
                self.wait(Trouble::changed(&now));
                if let Base::Stored { document, .. } = &mut self.base {
                    *document = now;
                }
            }
            Err(CallError::Refused(Error::DocumentNotFound)) => self.wait(Trouble::gone()),
            Err(CallError::Refused(error)) => self.wait(Trouble::changed_unread(&error)),
            Err(CallError::Stopped) => {
                let why = "Someone else changed the document since you opened it. Nothing was saved.";
                self.wait(Trouble { kind: Kind::Refused, ..Trouble::no_text(why) });
            }
        }
    }
}
