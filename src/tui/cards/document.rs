//! One document as coloured JSON.

use crate::domain::document::id::print_id;
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::domain::{Organization, OrganizationId};
use crate::service::Error;
use crate::tui::cards::delete_document::DeleteDocumentCard;
use crate::tui::cards::edit_document::{self, Editable};
use crate::tui::effect::{CallError, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, Motion, Row, back, char, danger, help, hint, refresh};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
pub use crate::tui::reads::ReadDocument;
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::{Bar, Canvas, centred, inside_card};
use crate::tui::widgets::json::{self, Part, Pretty};
use crate::tui::widgets::table::Scroll;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&KEYS] };

/// Bytes of JSON that are shown at most.
const MOST_BYTES: usize = 256 << 10;
/// The widest that the card becomes.
const WIDEST: u16 = 120;

/// What a key does to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves what is in view.
    Motion(Motion),
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
        refresh("refresh", 4),
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
    pretty: Pretty,
    /// The lines as they were broken last, and for how many columns.
    lines: RefCell<(usize, Vec<Vec<Part>>)>,
    scroll: Scroll,
    /// Why it could not be read again.
    message: Option<Message>,
}

impl DocumentCard {
    /// Of a document as it was read.
    pub fn new(organization: Arc<Organization>, document: RawDocumentBuf) -> Self {
        let id = id_of(document.as_bytes()).map(|id| print_id(&id.get()));
        let pretty = json::pretty(document.as_bytes(), MOST_BYTES);
        let (lines, scroll, editable) = (RefCell::default(), Scroll::default(), Editable::default());
        Self { organization, document, id, editable, pretty, lines, scroll, message: None }
    }

    fn came(&mut self, document: Result<RawDocumentBuf, CallError>, cx: &mut Cx<'_, Self>) {
        match document {
            Ok(document) => {
                cx.is_fresh();
                self.message = None;
                if document != self.document {
                    self.pretty = json::pretty(document.as_bytes(), MOST_BYTES);
                    self.document = document;
                    self.editable = Editable::default();
                    self.lines = RefCell::default();
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

    /// What is left out, in words.
    fn left(&self, ellipsis: &str) -> Option<String> {
        let Pretty { lines_left, bytes_left, .. } = self.pretty;
        (bytes_left > 0).then(|| {
            let (lines, bytes) = (text::count(lines_left), text::bytes(bytes_left));
            format!("{ellipsis} {lines} more lines, {bytes}: not shown")
        })
    }

    /// Breaks the lines for so many columns, unless that was done.
    fn break_lines(&self, columns: usize) {
        let mut broken = self.lines.borrow_mut();
        if broken.0 != columns {
            let lines = self.pretty.lines.iter().flat_map(|line| json::wrapped(line, columns));
            *broken = (columns, lines.collect());
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
            Key::Motion(motion) => self.scroll.move_by(motion),
            Key::Edit => edit_document::begin(Arc::clone(&self.organization), self.document.clone(), cx),
            Key::Delete => {
                let (organization, document) = (Arc::clone(&self.organization), self.document.clone());
                cx.open(|_| DeleteDocumentCard::new(organization, document));
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        match key {
            Key::Motion(_) if !self.scroll.can_scroll() => Availability::Hidden,
            Key::Edit | Key::Delete if self.id.is_none() => Availability::Disabled("its _id cannot be read"),
            Key::Edit | Key::Delete if shared.is_cut_off() => Availability::Disabled("no connection"),
            Key::Edit => Availability::unless(self.editable.refusal(&self.document)),
            Key::Motion(_) | Key::Delete => Availability::Enabled,
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
        self.break_lines(columns);
        let lines = &self.lines.borrow().1;
        let left = self.left(canvas.signs().ellipsis);
        let wrong = self.message.iter().flat_map(|message| text::wrap(&message.text, columns));
        let wrong: Vec<String> = wrong.collect();
        let count = lines.len() + usize::from(left.is_some());
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
        let first = self.scroll.first(count, usize::from(body.height));
        for (y, at) in (body.y..body.bottom()).zip(first..count) {
            if let Some(line) = lines.get(at) {
                let pieces: Vec<_> =
                    line.iter().map(|(part, piece)| (part.as_str(), piece.style(theme))).collect();
                canvas.put_all((body.x, y), body.right(), &pieces);
            } else if let Some(left) = &left {
                canvas.put((body.x, y), left, body.width, theme.style(Tone::Warning));
            }
        }
        let bar = Bar { first, count, top: body.y, height: body.height };
        let thumb = canvas.signs().thumb;
        canvas.scrollbar(card.right().saturating_sub(1), Some(bar), thumb);
    }
}
