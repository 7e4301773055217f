//! One document as coloured JSON.

use crate::domain::document::id::print_id;
use crate::domain::document::json::{Form, Layout, to_string};
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::domain::{Organization, OrganizationId};
use crate::service::Error;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::delete_document::DeleteDocumentCard;
use crate::tui::cards::edit_document::{self, Editable};
use crate::tui::effect::{CallError, Effect, Message};
use crate::tui::keys::Group::{Do, Find};
use crate::tui::keys::{
    ENTER, ESC, Keys, LEFT, Motion, RIGHT, Row, back, char, danger, help, hint, quiet, refresh,
};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
pub use crate::tui::reads::ReadDocument;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Canvas, centred, inside_card};
use crate::tui::widgets::json_tree::JsonTree;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// The widest that the card becomes.
const WIDEST: u16 = 120;

/// What a key does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selected line.
    Motion(Motion),
    /// Folds what the selected line begins or is in, or unfolds it.
    ToggleFold,
    /// Folds it.
    Fold,
    /// Unfolds it.
    Unfold,
    /// Folds everything, or unfolds it.
    FoldAll,
    /// Copies of it, after a menu.
    Copy,
    /// Saves it to a new file.
    Save,
    /// Edits it.
    Edit,
    /// Deletes it, after a card.
    Delete,
}

static KEYS: Keys<Key> = Keys::of(
    "document",
    &[
        hint(&[char('e')], Key::Edit, "edit", Do, 2),
        danger(&[char('D')], Key::Delete, "delete", Do, 3),
        hint(&[char(' ')], Key::ToggleFold, "fold", Find, 4),
        hint(&[char('y')], Key::Copy, "copy", Do, 5),
        hint(&[char('s')], Key::Save, "save to a file", Do, 6),
        quiet(&[char('h'), LEFT], Key::Fold, "fold", Find),
        quiet(&[char('l'), RIGHT], Key::Unfold, "unfold", Find),
        quiet(&[char('z')], Key::FoldAll, "fold all, unfold all", Find),
        refresh("refresh", 7),
        back(&[ESC, char('q'), ENTER], "close", Do, Some(1)),
        Row::Motions(Key::Motion),
        help(),
    ],
);

/// The card.
#[derive(Debug)]
pub struct DocumentCard {
    organization: Arc<Organization>,
    document: RawDocumentBuf,
    /// Its printed id, if that can be read.
    id: Option<String>,
    editable: Editable,
    tree: JsonTree,
    /// Why it could not be read again.
    message: Option<Message>,
}

impl DocumentCard {
    /// Of a document as it was read.
    pub fn new(organization: Arc<Organization>, document: RawDocumentBuf) -> Self {
        let id = id_of(document.as_bytes()).map(|id| print_id(&id.get()));
        let (tree, editable) = (JsonTree::of(document.as_bytes()), Editable::default());
        Self { organization, document, id, editable, tree, message: None }
    }

    fn came(&mut self, document: Result<RawDocumentBuf, CallError>, cx: &mut Cx<'_, Self>) {
        match document {
            Ok(document) => {
                cx.is_fresh();
                self.message = None;
                if document != self.document {
                    self.tree.set(document.as_bytes());
                    self.document = document;
                    self.editable = Editable::default();
                }
            }
            Err(CallError::Refused(Error::DocumentNotFound | Error::NotFound)) => {
                cx.say(Tone::Warning, "It is gone: someone else deleted it.");
                let id = self.id.clone().unwrap_or_default();
                cx.tell(Event::DocumentGone(self.organization.id, id));
                cx.close();
            }
            Err(CallError::Refused(error)) => self.message = Some(Message::from(&error)),
            Err(CallError::Stopped) => {}
        }
    }
}

impl Screen for DocumentCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.tree.move_by(motion),
            Key::ToggleFold => self.tree.toggle(),
            Key::Fold => self.tree.fold(),
            Key::Unfold => {
                self.tree.unfold();
            }
            Key::FoldAll => self.tree.toggle_all(),
            Key::Copy => {
                let items = copy::of_document(&self.organization, self.document.as_bytes());
                cx.open(|_| CopyCard::new(items));
            }
            Key::Save => {
                // In the form that keeps every type and is read most easily.
                let text = to_string(self.document.as_bytes(), Form::Editor, Layout::Pretty);
                cx.perform(Effect::Save { extension: "json", text });
            }
            Key::Edit => edit_document::begin(Arc::clone(&self.organization), self.document.clone(), cx),
            Key::Delete => {
                let (organization, document) = (Arc::clone(&self.organization), self.document.clone());
                cx.open(|_| DeleteDocumentCard::new(organization, document));
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        match key {
            Key::ToggleFold | Key::Fold | Key::Unfold | Key::FoldAll if !self.tree.can_fold() => {
                Availability::Hidden
            }
            Key::Edit | Key::Delete if self.id.is_none() => Availability::Disabled("its _id cannot be read"),
            Key::Edit | Key::Delete if shared.is_cut_off() => Availability::Disabled("no connection"),
            Key::Edit => Availability::unless(self.editable.refusal(&self.document)),
            _ => Availability::Enabled,
        }
    }

    fn refresh_refusal(&self) -> Option<&'static str> {
        self.id.is_none().then_some("its _id cannot be read")
    }

    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        if let Some(id) = self.id.clone() {
            cx.stop_reading();
            cx.call(ReadDocument { organization: self.organization.id, id }, Self::came);
        }
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        let is_own = |organization: &OrganizationId, id: &String| {
            *organization == self.organization.id && Some(id) == self.id.as_ref()
        };
        match event {
            Event::DocumentGone(organization, id) if is_own(organization, id) => cx.close(),
            Event::DocumentChanged(organization, id) if is_own(organization, id) => {
                Screen::refresh(self, cx);
            }
            Event::OrganizationGone(id) if *id == self.organization.id => cx.close(),
            Event::Stale => Screen::refresh(self, cx),
            _ => {}
        }
    }

    fn draw(&self, _shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        let widest = WIDEST.min(area.width.saturating_sub(if area.width < 80 { 2 } else { 8 }));
        let columns = usize::from(inside_card(widest));
        let wrong = self.message.iter().flat_map(|message| text::wrap(&message.text, columns));
        let wrong: Vec<String> = wrong.collect();
        let count = self.tree.height(columns);
        let title = format!("Document {}", self.id.as_deref().unwrap_or("without an _id"));
        let height = u16::try_from(wrong.len() + count + 2).unwrap_or(u16::MAX);
        let card = centred(area, widest, height);
        let inside = canvas.card(card, &title, Tone::Text, None);
        let theme = canvas.theme;
        for (y, line) in (inside.y..inside.bottom()).zip(&wrong) {
            canvas.put((inside.x, y), line, inside.width, theme.style(Tone::Danger));
        }
        let above = u16::try_from(wrong.len()).unwrap_or(u16::MAX).min(inside.height);
        let body = Rect { y: inside.y + above, height: inside.height - above, ..inside };
        self.tree.draw(body, card.right().saturating_sub(1), canvas);
    }
}
