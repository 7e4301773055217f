//! What was done with one organization, newest first. Reads a page at a time, the next one as the selection nears the
//! end of what is there.

mod filter;
mod view;

use super::{ActivityKey, OrganizationScreen};
use crate::domain::{AuditEntry, OrganizationId};
use crate::service::{ActivityPage, ActivityQuery, Error, NewEntry, OrganizationReference};
use crate::tui::calls::Freshness;
use crate::tui::cards::audit_entry::AuditEntryCard;
use crate::tui::effect::{Call, CallContext, CallError, Load, Message};
use crate::tui::keys::Text;
use crate::tui::layer::{Cx, Intent};
use crate::tui::theme::Tone;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::TextInput;
use filter::ActivityFilter;
use jiff::Timestamp;
use uuid::Uuid;

/// The next page is asked for when so few entries are left below the selection.
const NEAR_THE_END: usize = 20;
/// Entries of a page.
const PAGE: usize = 100;

/// A page of what was done with an organization, newest first.
#[derive(Debug, PartialEq)]
pub struct ReadActivity {
    /// Which one.
    pub organization: OrganizationId,
    /// Only of who has this email.
    pub actor: Option<String>,
    /// Only from this time on.
    pub since: Option<Timestamp>,
    /// Where it begins.
    pub cursor: Option<String>,
}

impl Call for ReadActivity {
    type Answer = ActivityPage;

    fn label(&self) -> Option<String> {
        Some("reading the activity".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<ActivityPage, Error> {
        let query = ActivityQuery {
            organization: Some(OrganizationReference::Id(self.organization)),
            actor: self.actor.clone(),
            since: self.since,
            limit: PAGE,
            cursor: self.cursor.clone(),
        };
        context.service.activity(context.session()?, &query).await
    }
}

type OwnCx<'a> = Cx<'a, OrganizationScreen>;

/// The tab.
#[derive(Debug)]
pub(super) struct Activity {
    organization: OrganizationId,
    entries: Vec<AuditEntry>,
    window: Window,
    /// What the user chose: it stays selected while it is among what was read.
    chosen: Option<Uuid>,
    /// The reading of a page; ready when one came.
    reading: Load<()>,
    /// Whether the page that is read takes the place of what is there.
    is_anew: bool,
    /// Where the next page begins, if there is one.
    next: Option<String>,
    typed: TextInput,
    is_filtering: bool,
    /// Why what is typed is no filter; nothing is shown until it is another.
    error: Option<String>,
    freshness: Freshness,
    /// The filter that holds, as it was typed, and as it was understood when the reading began.
    applied: String,
    filter: ActivityFilter,
}

impl Activity {
    /// With nothing read.
    pub(super) fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            entries: Vec::new(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            is_anew: false,
            next: None,
            typed: TextInput::new(""),
            is_filtering: false,
            error: None,
            freshness: Freshness::default(),
            applied: String::new(),
            filter: ActivityFilter::default(),
        }
    }

    /// Whether the filter is being typed.
    pub(super) fn is_filtering(&self) -> bool {
        self.is_filtering
    }

    /// Whether a filter holds.
    pub(super) fn is_filtered(&self) -> bool {
        !self.applied.is_empty()
    }

    /// Reads the first page, unless that was done.
    pub(super) fn show(&mut self, cx: &mut OwnCx<'_>) {
        if self.reading == Load::Idle {
            self.read(cx);
        }
    }

    /// Reads it anew, if it was read: something was done.
    pub(super) fn touched(&mut self, cx: &mut OwnCx<'_>) {
        if self.reading != Load::Idle {
            self.read(cx);
        }
    }

    /// Reads the first page anew, behind what is there; a time such as `7d` counts from now.
    fn read(&mut self, cx: &mut OwnCx<'_>) {
        if let Some(running) = self.reading.running() {
            cx.cancel(running);
        }
        self.filter = ActivityFilter::parse(&self.applied, cx.shared().now).unwrap_or_default();
        self.is_anew = true;
        self.freshness.begin();
        self.read_page(None, cx);
    }

    fn read_page(&mut self, cursor: Option<String>, cx: &mut OwnCx<'_>) {
        let ActivityFilter { actor, since } = self.filter.clone();
        let call = ReadActivity { organization: self.organization, actor, since, cursor };
        let running = cx.call(call, |screen, page, cx| screen.activity.page_came(page, cx));
        self.reading = Load::Loading(running);
    }

    fn read_on(&mut self, cx: &mut OwnCx<'_>) {
        let is_near = self.window.selected + NEAR_THE_END >= self.entries.len();
        if let (Load::Ready(()), Some(next), true) = (&self.reading, &self.next, is_near) {
            self.read_page(Some(next.clone()), cx);
        }
    }

    fn page_came(&mut self, page: Result<ActivityPage, CallError>, cx: &mut OwnCx<'_>) {
        match page {
            Ok(ActivityPage { items, next_cursor }) => {
                if std::mem::take(&mut self.is_anew) {
                    self.freshness.came(cx.shared().now);
                    cx.is_fresh();
                    self.entries = items;
                } else {
                    self.entries.extend(items);
                }
                self.next = next_cursor;
                self.reading = Load::Ready(());
                let place = self.entries.iter().position(|entry| Some(entry.id) == self.chosen);
                self.window.follow(place, self.entries.len());
                self.read_on(cx);
            }
            // What came stays.
            Err(CallError::Stopped) => {
                self.reading = Load::Failed(Message { text: "Stopped.".to_owned(), hint: None });
            }
            Err(CallError::Refused(error)) => {
                self.reading = Load::Failed(self.freshness.failed(&error, cx.shared().now));
            }
        }
    }

    /// Whether an entry is selected.
    pub(super) fn has_selected(&self) -> bool {
        self.selected().is_some()
    }

    /// Whether an entry belongs here that is not there yet.
    pub(super) fn is_new(&self, entry: &NewEntry) -> bool {
        entry.organization == Some(self.organization)
            && !self.entries.iter().any(|known| known.id == entry.id)
    }

    /// The entries that are shown: none beside a filter that is not understood.
    fn shown(&self) -> &[AuditEntry] {
        if self.error.is_some() { &[] } else { &self.entries }
    }

    fn selected(&self) -> Option<&AuditEntry> {
        self.shown().get(self.window.selected)
    }

    /// Why the filter cannot be applied, if it cannot.
    pub(super) fn filter_refusal(&self) -> Option<&'static str> {
        self.error.is_some().then_some("the filter is not understood")
    }

    /// When it is read again by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try()
    }

    /// Moves, or begins, keeps or clears the filter.
    pub(super) fn on_key(&mut self, key: ActivityKey, cx: &mut OwnCx<'_>) {
        match key {
            ActivityKey::Motion(motion) => {
                self.window.move_by(motion, self.entries.len());
                self.chosen = self.selected().map(|entry| entry.id);
                self.read_on(cx);
            }
            ActivityKey::Open => {
                if let Some(entry) = self.selected().cloned() {
                    cx.open(|_| AuditEntryCard::new(entry));
                }
            }
            ActivityKey::Filter => {
                self.typed.set(&self.applied);
                self.is_filtering = true;
            }
            ActivityKey::ApplyFilter => self.apply(cx),
            ActivityKey::ClearFilter => self.clear(cx),
            ActivityKey::Escape if self.is_filtered() => self.clear(cx),
            ActivityKey::Escape => cx.follow(Intent::Escape),
        }
    }

    fn clear(&mut self, cx: &mut OwnCx<'_>) {
        self.is_filtering = false;
        self.error = None;
        self.typed.clear();
        if self.is_filtered() {
            self.apply(cx);
        }
    }

    /// The typed filter holds from now on, if it is understood.
    fn apply(&mut self, cx: &mut OwnCx<'_>) {
        let typed = self.typed.value().trim().to_owned();
        if let Err(error) = ActivityFilter::parse(&typed, cx.shared().now) {
            self.error = Some(error.to_string());
            return;
        }
        self.is_filtering = false;
        if typed.is_empty() && self.applied.is_empty() {
            return;
        }
        self.applied = typed;
        self.entries.clear();
        self.window.selected = 0;
        self.chosen = None;
        self.next = None;
        self.read(cx);
    }

    /// Edits the filter.
    pub(super) fn on_text(&mut self, text: &Text, cx: &mut OwnCx<'_>) {
        if !self.is_filtering {
            return;
        }
        match self.typed.take(text) {
            Ok(true) => self.error = None,
            Ok(false) => {}
            Err(refused) => cx.say(Tone::Warning, refused.to_string()),
        }
    }
}
