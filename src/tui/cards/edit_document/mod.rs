//! The card of a document that is edited: in the user's editor, or on the card itself. It is in view while the user
//! types on it and when the text is not written; what was typed is never lost by a refusal.

mod calls;
mod judge;
mod keys;
mod trouble;
mod typing;
mod view;
mod writes;

pub use calls::{InsertDocument, ReplaceDocument};
pub use keys::Key;
pub use typing::Edit;

use crate::domain::Organization;
use crate::domain::document::json::{Form, Layout, round_trips, to_string};
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::tui::cards::discard_changes::DiscardChangesCard;
use crate::tui::effect::{CallError, CallId, Draft, EditOutcome, EditRequest, Effect};
use crate::tui::keys::{Keys, Text};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Scroll;
use judge::{Verdict, judge};
use keys::{KEPT, LEFT, TYPING};
use ratatui::layout::Rect;
use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;
use trouble::{Kind, Trouble};
use typing::Typing;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[], tables: &[&TYPING, &KEPT, &LEFT] };

/// The text of a new document.
const EMPTY: &str = "{\n  \n}\n";
/// The bytes of a document without fields.
const NO_FIELDS: &[u8] = &[5, 0, 0, 0, 0];

/// Bytes of a document that is checked before a key is pressed: a larger one only when it is.
const CHECKED_EARLY: usize = 256 << 10;

/// What is said of a document whose text would not give its bytes back.
const NO_WORDS: &str = "its JSON does not keep every byte";

/// Whether a document that is shown can be edited: its text has to give its bytes back. Found out once.
#[derive(Debug, Default)]
pub struct Editable(OnceCell<bool>);

impl Editable {
    /// Why it cannot be edited, if that is known before a key is pressed.
    pub fn refusal(&self, document: &RawDocumentBuf) -> Option<&'static str> {
        let bytes = document.as_bytes();
        let is_editable = bytes.len() > CHECKED_EARLY || *self.0.get_or_init(|| round_trips(bytes));
        (!is_editable).then_some(NO_WORDS)
    }
}

/// What is edited.
#[derive(Debug)]
enum Base {
    /// Nothing that is stored.
    New,
    /// A document as it was read.
    Stored {
        /// Its printed id.
        id: String,
        document: RawDocumentBuf,
    },
}

impl Base {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::New => NO_FIELDS,
            Self::Stored { document, .. } => document.as_bytes(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::New => EMPTY.to_owned(),
            Self::Stored { document, .. } => {
                let mut text = to_string(document.as_bytes(), Form::Editor, Layout::Pretty);
                text.push('\n');
                text
            }
        }
    }
}

/// What goes on.
#[derive(Debug)]
enum Doing {
    /// The user's editor has the terminal.
    Editing,
    /// The text is typed here.
    Typing(Box<Typing>),
    /// It is being written.
    Writing,
    /// What it is now is being read.
    Reading(CallId),
    /// Nothing; why is told.
    Waiting,
    /// The user left; where the text is, is told.
    Left(PathBuf),
}

/// The card.
#[derive(Debug)]
pub struct EditDocumentCard {
    organization: Arc<Organization>,
    base: Base,
    /// The text as it was given last, then as it came back.
    text: String,
    /// Where it lies, if it came from the user's editor.
    file: Option<PathBuf>,
    /// Whether it was ever another one than it was given.
    is_typed: bool,
    doing: Doing,
    /// Why the text was not written.
    trouble: Option<Trouble>,
    scroll: Scroll,
}

/// Opens a document in the editor; `None` where its text would not give its bytes back.
pub fn begin<S: Screen>(organization: Arc<Organization>, document: RawDocumentBuf, cx: &mut Cx<'_, S>) {
    let id = id_of(document.as_bytes()).map(|id| crate::domain::document::id::print_id(&id.get()));
    let Some(id) = id.filter(|_| round_trips(document.as_bytes())) else {
        return cx.say(Tone::Warning, format!("Not now: {NO_WORDS}."));
    };
    cx.open(|cx| EditDocumentCard::open(organization, Base::Stored { id, document }, cx));
}

/// Opens a new document in the editor.
pub fn begin_new<S: Screen>(organization: Arc<Organization>, cx: &mut Cx<'_, S>) {
    cx.open(|cx| EditDocumentCard::open(organization, Base::New, cx));
}

impl EditDocumentCard {
    fn open(organization: Arc<Organization>, base: Base, cx: &mut Cx<'_, Self>) -> Self {
        let (text, scroll) = (base.text(), Scroll::default());
        let (file, doing, trouble) = (None, Doing::Waiting, None);
        let mut card = Self { organization, base, text, file, is_typed: false, doing, trouble, scroll };
        // Between the braces.
        let line = matches!(card.base, Base::New).then_some(2);
        card.edit(line, cx);
        card
    }

    /// Lets the user edit the text, from a line on.
    fn edit(&mut self, line: Option<usize>, cx: &mut Cx<'_, Self>) {
        if cx.shared().config.has_editor {
            let draft = match &self.file {
                Some(file) => Draft::Kept(file.clone()),
                None => Draft::New(self.text.clone()),
            };
            self.doing = Doing::Editing;
            cx.edit(EditRequest { draft, line }, Self::edited);
        } else if self.text.len() > typing::MOST_BYTES {
            let why = "The document is too large to be typed here. Set VISUAL or EDITOR to your editor.";
            self.wait(Trouble::no_text(why));
        } else {
            let theme = cx.shared().config.theme;
            self.doing = Doing::Typing(Box::new(Typing::new(&self.text, line, theme)));
        }
    }

    /// The user's editor ended.
    fn edited(&mut self, outcome: EditOutcome, cx: &mut Cx<'_, Self>) {
        match outcome {
            Ok(edited) => {
                self.file = Some(edited.path);
                let verdict =
                    judge(self.base.bytes(), &self.text, edited.text.as_deref(), edited.failure.as_deref());
                let is_quick = edited.is_quick;
                if let Some(text) = edited.text {
                    self.keep(text);
                }
                self.follow(verdict, is_quick, cx);
            }
            Err(failure) => {
                self.file = failure.path.or(self.file.take());
                self.wait(Trouble::no_text(&failure.why));
            }
        }
    }

    /// What was typed here is taken.
    fn typed(&mut self, cx: &mut Cx<'_, Self>) {
        let Doing::Typing(typing) = &self.doing else { return };
        let text = typing.text();
        let verdict = judge(self.base.bytes(), &self.text, Some(&text), None);
        self.keep(text);
        self.follow(verdict, false, cx);
    }

    fn keep(&mut self, text: String) {
        self.is_typed |= text != self.text;
        self.text = text;
    }

    fn follow(&mut self, verdict: Verdict, is_quick: bool, cx: &mut Cx<'_, Self>) {
        match verdict {
            Verdict::Unchanged if is_quick => self.wait(Trouble::quick()),
            Verdict::Unchanged => self.end(Tone::Muted, "Unchanged: nothing was written.", cx),
            Verdict::Cancelled(Some(_)) if self.trouble.is_some() => self.doing = Doing::Waiting,
            Verdict::Cancelled(Some(failure)) => {
                let said = format!("Cancelled: the editor ended with {failure}. Nothing was written.");
                self.end(Tone::Warning, &said, cx);
            }
            Verdict::Cancelled(None) => {
                self.end(Tone::Warning, "Cancelled: the text is empty. Nothing was written.", cx);
            }
            Verdict::Doubtful(failure) => self.wait(Trouble::doubtful(&failure)),
            Verdict::Document(document) => self.write(document, cx),
            Verdict::Invalid(error) => self.wait(Trouble::invalid(&error, &self.text)),
        }
    }

    /// Tells why the text is not written, and waits.
    fn wait(&mut self, trouble: Trouble) {
        self.scroll = Scroll::default();
        self.trouble = Some(trouble);
        self.doing = Doing::Waiting;
    }

    /// It is over; no text is left.
    fn end(&mut self, tone: Tone, said: &str, cx: &mut Cx<'_, Self>) {
        self.discard(cx);
        cx.say(tone, said);
        cx.close();
    }

    fn discard(&mut self, cx: &mut Cx<'_, Self>) {
        if let Some(file) = self.file.take() {
            cx.perform(Effect::Discard(file));
        }
    }

    /// Whether leaving would lose what was typed.
    fn has_text(&self) -> bool {
        self.is_typed && !self.trouble.as_ref().is_some_and(|trouble| trouble.kind == Kind::Quick)
    }

    /// Leaves without writing. A text that was typed stays in its file; one without a file is asked for.
    fn leave(&mut self, cx: &mut Cx<'_, Self>) {
        let has_text = match &self.doing {
            Doing::Typing(typing) => typing.is_changed() || self.has_text(),
            _ => self.has_text(),
        };
        match self.file.take() {
            None if has_text => {
                let discarded = cx.reply_to(|card: &mut Self, (), cx| card.gone(cx));
                cx.open(|_| DiscardChangesCard::new(discarded));
            }
            Some(file) if has_text => self.doing = Doing::Left(file),
            file => {
                self.file = file;
                self.discard(cx);
                self.gone(cx);
            }
        }
    }

    /// Closes, and tells what was learnt of the document.
    fn gone(&mut self, cx: &mut Cx<'_, Self>) {
        let kind = self.trouble.as_ref().map(|trouble| trouble.kind);
        if let Base::Stored { id, .. } = &self.base {
            let (organization, id) = (self.organization.id, id.clone());
            match kind {
                Some(Kind::Gone) => cx.tell(Event::DocumentGone(organization, id)),
                Some(Kind::Changed | Kind::Refused) => cx.tell(Event::DocumentChanged(organization, id)),
                _ => {}
            }
        }
        cx.close();
    }
}

impl Screen for EditDocumentCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        match self.doing {
            Doing::Typing(_) => &TYPING,
            Doing::Left(_) => &LEFT,
            Doing::Editing | Doing::Writing | Doing::Reading(_) | Doing::Waiting => &KEPT,
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Again => {
                let line = self.trouble.as_ref().and_then(|trouble| trouble.line);
                self.edit(line, cx);
            }
            Key::Use => self.take(cx),
            Key::Motion(motion) => self.scroll.move_by(motion),
            Key::Save => self.typed(cx),
            Key::Edit(edit) => {
                if let Doing::Typing(typing) = &mut self.doing {
                    typing.edit(edit);
                }
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let kind = self.trouble.as_ref().map(|trouble| trouble.kind);
        match key {
            Key::Again | Key::Use if !matches!(self.doing, Doing::Waiting) => {
                Availability::Disabled("a moment")
            }
            Key::Use if kind.and_then(Kind::use_label).is_none() => Availability::Hidden,
            Key::Motion(_) if !self.scroll.can_scroll() => Availability::Hidden,
            Key::Use | Key::Save if shared.is_cut_off() => Availability::Disabled("no connection"),
            Key::Again | Key::Use | Key::Motion(_) | Key::Save | Key::Edit(_) => Availability::Enabled,
        }
    }

    fn label(&self, key: Key) -> Option<&'static str> {
        let kind = self.trouble.as_ref().map(|trouble| trouble.kind)?;
        if key == Key::Use { kind.use_label() } else { None }
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        if let Doing::Typing(typing) = &mut self.doing {
            typing.on_text(text);
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        match self.doing {
            Doing::Editing | Doing::Writing => cx.say(Tone::Warning, "It is being saved; a moment."),
            Doing::Reading(running) => {
                cx.cancel(running);
                self.present_came(Err(CallError::Stopped), cx);
                self.leave(cx);
            }
            Doing::Typing(_) | Doing::Waiting => self.leave(cx),
            Doing::Left(_) => self.gone(cx),
        }
    }

    /// The layer below goes with its organization, and this card with it.
    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        if let Event::OrganizationGone(id) = event
            && *id == self.organization.id
        {
            if let Some(file) = self.file.take().filter(|_| self.has_text()) {
                let said = format!("It is gone. Your text: {}", file.display());
                cx.say(Tone::Warning, said);
            }
            cx.close();
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
