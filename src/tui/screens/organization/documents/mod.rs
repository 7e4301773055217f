//! The documents of one organization: a page at a time, those before and behind it by key, and a query that runs when
//! it is confirmed.

mod calls;
mod completion;
mod places;
mod query_line;
mod table;
mod view;

pub use calls::{CountDocuments, FoundDocuments, ReadDocuments};

use super::{DocumentsKey, OrganizationScreen, missing, write_refusal};
use crate::domain::document::{OwnedValue, RawDocumentBuf};
use crate::domain::{Organization, OrganizationId};
use crate::service::Error;
use crate::tui::calls::Freshness;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::delete_document::DeleteDocumentCard;
use crate::tui::cards::document::DocumentCard;
use crate::tui::cards::edit_document;
use crate::tui::effect::{CallError, Load, Message};
use crate::tui::keys::Text;
use crate::tui::layer::{Cx, Intent, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use places::{Places, Turn};
use query_line::QueryLine;
use std::sync::Arc;
use std::time::Duration;
use table::{Row, Table};

type OwnCx<'a> = Cx<'a, OrganizationScreen>;

/// The tab.
#[derive(Debug)]
pub(super) struct Documents {
    organization: OrganizationId,
    table: Table,
    places: Places,
    window: Window,
    /// What the user chose: it stays selected while it is among what was read.
    chosen: Option<OwnedValue>,
    /// Each document as JSON, in place of columns.
    is_json: bool,
    /// The reading of a page; ready when one came.
    reading: Load<()>,
    /// What the page that is read is to the one in view.
    turn: Turn,
    /// How long the page in view took.
    took: Duration,
    /// How many the query finds.
    counted: Load<u64>,
    freshness: Freshness,
    line: QueryLine,
    /// The fields of the documents in view.
    names: Vec<String>,
}

impl Documents {
    /// With nothing read.
    pub(super) fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            table: Table::default(),
            places: Places::default(),
            window: Window::default(),
            chosen: None,
            is_json: false,
            reading: Load::Idle,
            turn: Turn::Again,
            took: Duration::ZERO,
            counted: Load::Idle,
            freshness: Freshness::default(),
            line: QueryLine::default(),
            names: Vec::new(),
        }
    }

    /// Whether the query is being typed.
    pub(super) fn is_typing(&self) -> bool {
        self.line.is_typing()
    }

    /// Whether each document is shown as JSON.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Reads the first page, unless that was done.
    pub(super) fn show(&mut self, cx: &mut OwnCx<'_>) {
        if self.reading == Load::Idle {
            self.read(cx);
        }
    }

    /// Reads the page in view anew, if it was read.
    pub(super) fn touched(&mut self, cx: &mut OwnCx<'_>) {
        if self.reading != Load::Idle {
            self.read(cx);
        }
    }

    /// Reads the page in view anew, behind what is there, and counts anew.
    fn read(&mut self, cx: &mut OwnCx<'_>) {
        self.read_page(Turn::Again, cx);
        if let Some(running) = self.counted.running() {
            cx.cancel(running);
        }
        let call = CountDocuments { organization: self.organization, query: self.line.query().to_owned() };
        let running = cx.call(call, |screen, count, cx| screen.documents.count_came(count, cx));
        self.counted = Load::Loading(running);
    }

    fn read_page(&mut self, turn: Turn, cx: &mut OwnCx<'_>) {
        if let Some(running) = self.reading.running() {
            cx.cancel(running);
        }
        self.turn = turn;
        self.freshness.begin();
        let cursor = self.places.cursor(turn);
        let call =
            ReadDocuments { organization: self.organization, query: self.line.query().to_owned(), cursor };
        let running = cx.call(call, |screen, page, cx| screen.documents.page_came(page, cx));
        self.reading = Load::Loading(running);
    }

    /// A key that is held down asks once, so that the page has time to come.
    fn turn_page(&mut self, turn: Turn, cx: &mut OwnCx<'_>) {
        if self.reading.running().is_none() || self.turn != turn {
            self.read_page(turn, cx);
        }
    }

    fn page_came(&mut self, found: Result<FoundDocuments, CallError>, cx: &mut OwnCx<'_>) {
        match found {
            Ok(FoundDocuments { page, took }) => {
                self.freshness.came(cx.shared().now);
                cx.is_fresh();
                self.places.turned(self.turn, self.table.rows.len(), page.next_cursor);
                if !page.items.is_empty() {
                    self.names = completion::names(page.items.iter());
                }
                self.table = Table::of(page.items);
                self.took = took;
                self.reading = Load::Ready(());
                if std::mem::take(&mut self.turn) != Turn::Again {
                    self.window.selected = 0;
                    self.chosen = None;
                }
                let place = self.chosen.as_ref().and_then(|id| self.table.place(id));
                self.window.follow(place, self.table.rows.len());
            }
            // What came stays.
            Err(CallError::Stopped) => self.reading = Load::Failed(stopped()),
            Err(CallError::Refused(error)) => {
                let message = self.freshness.failed(&error, cx.shared().now);
                let is_operator = cx.shared().is_operator();
                self.reading = Load::Failed(match error {
                    Error::CollectionMissing(_) => missing(&error, is_operator),
                    _ => message,
                });
            }
        }
    }

    /// Without a count the page says all the same what there is.
    fn count_came(&mut self, count: Result<u64, CallError>, _cx: &mut OwnCx<'_>) {
        self.counted = match count {
            Ok(count) => Load::Ready(count),
            Err(CallError::Stopped) => Load::Failed(stopped()),
            Err(CallError::Refused(error)) => Load::Failed(Message::from(&error)),
        };
    }

    fn selected(&self) -> Option<&Row> {
        self.table.rows.get(self.window.selected)
    }

    /// Which document is selected, from one, and of how many.
    pub(super) fn position(&self) -> Option<(usize, usize)> {
        let Load::Ready(count) = self.counted else { return None };
        self.selected()?;
        let shown = self.places.before() + self.window.selected + 1;
        let seen = self.places.before() + self.table.rows.len();
        // The count is from another moment than the page.
        Some((shown, usize::try_from(count).unwrap_or(usize::MAX).max(seen)))
    }

    /// When it is read again by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try()
    }

    /// Whether a key can do something some time: of one page none is turned.
    pub(super) fn has_key(&self, key: DocumentsKey) -> bool {
        let turns = matches!(key, DocumentsKey::NextPage | DocumentsKey::PreviousPage);
        !turns || self.places.has(Turn::Next) || self.places.has(Turn::Previous)
    }

    /// Why a key does nothing now.
    pub(super) fn refusal(
        &self,
        key: DocumentsKey,
        organization: Option<&Arc<Organization>>,
        shared: &Shared,
    ) -> Option<&'static str> {
        match key {
            DocumentsKey::Open | DocumentsKey::Edit | DocumentsKey::Delete | DocumentsKey::Copy
                if self.selected().is_none() =>
            {
                Some("no document")
            }
            DocumentsKey::Edit | DocumentsKey::Delete
                if self.selected().is_some_and(|row| row.id.is_none()) =>
            {
                Some("its _id cannot be read")
            }
            DocumentsKey::Edit => organization
                .and_then(|shown| write_refusal(shown, shared))
                .or_else(|| self.selected().and_then(|row| row.editable.refusal(&row.document))),
            DocumentsKey::New if organization.is_none() => Some("nothing read yet"),
            DocumentsKey::New | DocumentsKey::Delete => {
                organization.and_then(|shown| write_refusal(shown, shared))
            }
            DocumentsKey::NextPage if !self.places.has(Turn::Next) => Some("last page"),
            DocumentsKey::PreviousPage if !self.places.has(Turn::Previous) => Some("first page"),
            DocumentsKey::RunQuery => self.line.error().map(|_| "the query is not understood"),
            DocumentsKey::Complete if !self.line.can_complete(&self.names) => Some("no field begins so"),
            DocumentsKey::Older | DocumentsKey::Newer if shared.history.of(self.organization).is_empty() => {
                Some("no query was run yet")
            }
            DocumentsKey::Motion(_)
            | DocumentsKey::Open
            | DocumentsKey::Copy
            | DocumentsKey::View
            | DocumentsKey::NextPage
            | DocumentsKey::PreviousPage
            | DocumentsKey::Query
            | DocumentsKey::Complete
            | DocumentsKey::Older
            | DocumentsKey::Newer
            | DocumentsKey::ClearQuery
            | DocumentsKey::Escape => None,
        }
    }

    /// Moves, turns a page, opens, edits or deletes what is selected, or begins, runs, stops or clears the query.
    pub(super) fn on_key(
        &mut self,
        key: DocumentsKey,
        organization: Option<Arc<Organization>>,
        cx: &mut OwnCx<'_>,
    ) {
        match key {
            DocumentsKey::Motion(motion) => {
                self.window.move_by(motion, self.table.rows.len());
                self.choose_selected();
            }
            DocumentsKey::Open => self.open(organization, DocumentCard::new, cx),
            DocumentsKey::Edit => {
                self.choose_selected();
                let document = self.selected().map(|row| row.document.clone());
                if let (Some(organization), Some(document)) = (organization, document) {
                    edit_document::begin(organization, document, cx);
                }
            }
            DocumentsKey::New => {
                if let Some(organization) = organization {
                    edit_document::begin_new(organization, cx);
                }
            }
            DocumentsKey::Delete => self.open(organization, DeleteDocumentCard::new, cx),
            DocumentsKey::Copy => self.copy(organization.as_ref(), cx),
            DocumentsKey::View => self.is_json = !self.is_json,
            DocumentsKey::NextPage => self.turn_page(Turn::Next, cx),
            DocumentsKey::PreviousPage => self.turn_page(Turn::Previous, cx),
            DocumentsKey::Query => self.line.begin(),
            DocumentsKey::Complete => self.line.complete(&self.names),
            DocumentsKey::Older | DocumentsKey::Newer => {
                let queries = cx.shared().history.of(self.organization);
                self.line.recall(key == DocumentsKey::Older, &queries);
            }
            DocumentsKey::RunQuery => self.run(cx),
            DocumentsKey::ClearQuery => self.clear(cx),
            DocumentsKey::Escape => self.escape(cx),
        }
    }

    fn choose_selected(&mut self) {
        self.chosen = self.selected().and_then(|row| row.id.clone());
    }

    fn open<T: Screen>(
        &mut self,
        organization: Option<Arc<Organization>>,
        make: fn(Arc<Organization>, RawDocumentBuf) -> T,
        cx: &mut OwnCx<'_>,
    ) {
        self.choose_selected();
        let document = self.selected().map(|row| row.document.clone());
        if let (Some(organization), Some(document)) = (organization, document) {
            cx.open(|_| make(organization, document));
        }
    }

    /// Esc undoes the innermost thing: the search that runs, then the query, then it is the way back.
    fn escape(&mut self, cx: &mut OwnCx<'_>) {
        if let Some(running) = self.reading.running() {
            cx.cancel(running);
            self.reading = Load::Failed(stopped());
            if let Some(running) = self.counted.running() {
                cx.cancel(running);
                self.counted = Load::Failed(stopped());
            }
        } else if self.line.query().is_empty() {
            cx.follow(Intent::Escape);
        } else {
            self.clear(cx);
        }
    }

    fn clear(&mut self, cx: &mut OwnCx<'_>) {
        if self.line.clear() {
            self.search(cx);
        }
    }

    fn run(&mut self, cx: &mut OwnCx<'_>) {
        if self.line.run() {
            cx.keep_query(self.organization, self.line.query());
            self.search(cx);
        }
    }

    /// From the first page on, by the query that holds.
    fn search(&mut self, cx: &mut OwnCx<'_>) {
        self.table = Table::default();
        self.places = Places::default();
        self.window.selected = 0;
        self.chosen = None;
        self.read(cx);
    }

    fn copy(&self, organization: Option<&Arc<Organization>>, cx: &mut OwnCx<'_>) {
        if let (Some(organization), Some(row)) = (organization, self.selected()) {
            let mut items = copy::of_document(organization, row.document.as_bytes());
            items.extend(copy::of_query(organization, self.line.query()));
            cx.open(|_| CopyCard::new(items));
        }
    }

    /// Edits the query.
    pub(super) fn on_text(&mut self, text: &Text, cx: &mut OwnCx<'_>) {
        if self.line.is_typing()
            && let Err(refused) = self.line.take(text)
        {
            cx.say(Tone::Warning, refused.to_string());
        }
    }
}

fn stopped() -> Message {
    Message { text: "Stopped.".to_owned(), hint: None }
}
