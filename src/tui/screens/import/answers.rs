//! What comes of the check and of the import.

use super::{Import, Step};
use crate::domain::Organization;
use crate::service::{Error, ImportPreview};
use crate::tui::effect::{CallError, Message};
use crate::tui::layer::{Cx, Event};
use crate::tui::theme::Tone;
use crate::tui::widgets::fields::Key;
use std::sync::Arc;

impl Import {
    pub(super) fn checked(
        &mut self,
        answer: Result<Option<ImportPreview>, CallError>,
        cx: &mut Cx<'_, Self>,
    ) {
        match answer {
            Ok(Some(preview)) => self.step = Step::Checked(preview),
            Ok(None) | Err(CallError::Stopped) => self.stopped(),
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    pub(super) fn imported(
        &mut self,
        answer: Result<Option<Arc<Organization>>, CallError>,
        cx: &mut Cx<'_, Self>,
    ) {
        match answer {
            Ok(Some(organization)) => {
                cx.say(Tone::Good, format!("{} is imported.", organization.name));
                cx.tell(Event::Organization(organization));
                cx.close();
            }
            Ok(None) | Err(CallError::Stopped) => self.stopped(),
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    /// It was stopped before anything was placed.
    pub(super) fn stopped(&mut self) {
        let text = "Stopped. Nothing was imported.".to_owned();
        self.message = Some((Tone::Warning, Message { text, hint: None }));
        self.step = Step::Typing;
    }

    /// What was refused stands beside the field that it is about.
    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        self.step = Step::Typing;
        let key = match error.field() {
            Some("file") => Some(Key::File),
            Some("name") => Some(Key::Name),
            Some("admin_email") => Some(Key::Email),
            Some("password") => Some(Key::Password),
            _ => None,
        };
        if let Some(field) = key.and_then(|key| self.fields.get_mut(key)) {
            field.error = Some(error.to_string());
            self.fields.focus_error();
            return;
        }
        self.message = Some((Tone::Danger, Message::from(error)));
        // The list tells what became of it as soon as the store answers.
        if matches!(error, Error::Unavailable { .. } | Error::Refused { .. }) {
            cx.tell(Event::Stale);
        }
    }
}
