//! What was done, newest first: with one organization, as a tab of it, or in the whole store. Reads a page at a time, the
//! next one as the selection nears the end of what is there.

mod keys;
mod view;

pub use keys::ActivityKey;
pub(super) use keys::{FILTER_SYNTAX, motion};

use crate::domain::text::quoted;
use crate::domain::{AuditEntry, AuditFilter, OrganizationId};
use crate::service::{ActivityPage, ActivityQuery, Error, NewEntry, OrganizationReference};
use crate::tui::calls::Freshness;
use crate::tui::cards::audit_entry::AuditEntryCard;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::effect::{Call, CallContext, CallError, Load, Message};
use crate::tui::keys::Text;
use crate::tui::layer::{Availability, Cx, Intent, Screen};
use crate::tui::theme::Tone;
use crate::tui::widgets::table::Window;
use crate::tui::widgets::text_input::TextInput;
use jiff::Timestamp;
use uuid::Uuid;

/// The next page is asked for when so few entries are left below the selection.
const NEAR_THE_END: usize = 20;
/// Entries of a page.
const PAGE: usize = 100;

/// A page of what was done, newest first.
#[derive(Debug, PartialEq)]
pub struct ReadActivity {
    /// With which organization; none: in the whole store, as far as whoever is signed in may see it.
    pub organization: Option<OrganizationId>,
    /// In the filter language of the audit.
    pub filter: String,
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
            filter: self.filter.clone(),
            organization: self.organization.map(OrganizationReference::Id),
            limit: PAGE,
            may_be_short: true,
            cursor: self.cursor.clone(),
            ..ActivityQuery::default()
        };
        context.service.activity(context.session()?, &query).await
    }
}

/// A screen that shows an activity.
pub(super) trait HasActivity: Screen {
    /// That of this screen.
    fn activity(&mut self) -> &mut Activity;
}

/// The list.
#[derive(Debug)]
pub(super) struct Activity {
    /// With which organization; none: in the whole store.
    organization: Option<OrganizationId>,
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
    /// The filter that holds, as it was typed.
    applied: String,
}

impl Activity {
    /// Of one organization, or of the whole store, with nothing read.
    pub(super) fn new(organization: Option<OrganizationId>) -> Self {
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
    pub(super) fn show<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        if self.reading == Load::Idle {
            self.read(cx);
        }
    }

    /// Reads it anew, if it was read: something was done.
    pub(super) fn touched<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        if self.reading != Load::Idle {
            self.read(cx);
        }
    }

    /// Reads the first page anew, behind what is there.
    fn read<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        if let Some(running) = self.reading.running() {
            cx.cancel(running);
        }
        self.is_anew = true;
        self.freshness.begin();
        self.read_page(None, cx);
    }

    fn read_page<S: HasActivity>(&mut self, cursor: Option<String>, cx: &mut Cx<'_, S>) {
        let call = ReadActivity { organization: self.organization, filter: self.applied.clone(), cursor };
        let running = cx.call(call, |screen: &mut S, page, cx| screen.activity().page_came(page, cx));
        self.reading = Load::Loading(running);
    }

    fn read_on<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        let is_near = self.window.selected + NEAR_THE_END >= self.entries.len();
        if let (Load::Ready(()), Some(next), true) = (&self.reading, &self.next, is_near) {
            self.read_page(Some(next.clone()), cx);
        }
    }

    fn page_came<S: HasActivity>(&mut self, page: Result<ActivityPage, CallError>, cx: &mut Cx<'_, S>) {
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
                let message = self.freshness.failed(&error, cx.shared().now);
                self.reading = Load::Failed(self.explained(&error, message));
            }
        }
    }

    /// Names the organization of the filter that was not found.
    fn explained(&self, error: &Error, message: Message) -> Message {
        let filter = AuditFilter::parse(&self.applied, Timestamp::UNIX_EPOCH).unwrap_or_default();
        match (error, filter.pushed().organization) {
            (Error::NotFound, Some(typed)) if self.organization.is_none() => {
                let text = format!("No organization is or was called {}.", quoted(&typed));
                Message { text, hint: Some("A plain word finds a part of a name.".to_owned()) }
            }
            _ => message,
        }
    }

    /// Why a key does nothing now, if it does not.
    pub(super) fn availability(&self, key: ActivityKey) -> Availability {
        Availability::unless(match key {
            ActivityKey::Open | ActivityKey::Copy if self.selected().is_none() => Some("no entry"),
            ActivityKey::ApplyFilter if self.error.is_some() => Some("the filter is not understood"),
            _ => None,
        })
    }

    /// Whether an entry belongs here that is not there yet.
    pub(super) fn is_new(&self, entry: &NewEntry) -> bool {
        (self.organization.is_none() || entry.organization == self.organization)
            && !self.entries.iter().any(|known| known.id == entry.id)
    }

    /// The entries that are shown: none beside a filter that is not understood.
    fn shown(&self) -> &[AuditEntry] {
        if self.error.is_some() { &[] } else { &self.entries }
    }

    /// The selected entry.
    pub(super) fn selected(&self) -> Option<&AuditEntry> {
        self.shown().get(self.window.selected)
    }

    /// When it is read again by itself.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try()
    }

    /// Moves, or begins, keeps or clears the filter.
    pub(super) fn on_key<S: HasActivity>(&mut self, key: ActivityKey, cx: &mut Cx<'_, S>) {
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
            ActivityKey::Copy => {
                if let Some(entry) = self.selected() {
                    let items = copy::of_entry(entry);
                    cx.open(|_| CopyCard::new(items));
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

    fn clear<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        self.is_filtering = false;
        self.error = None;
        self.typed.clear();
        if self.is_filtered() {
            self.apply(cx);
        }
    }

    /// The typed filter holds from now on, if it is understood.
    fn apply<S: HasActivity>(&mut self, cx: &mut Cx<'_, S>) {
        let typed = self.typed.value().trim().to_owned();
        if let Err(error) = AuditFilter::parse(&typed, cx.shared().now) {
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
    pub(super) fn on_text<S: Screen>(&mut self, text: &Text, cx: &mut Cx<'_, S>) {
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
