//! One organization: its record at once, the stats of its collection when they come, and what was done with it.

mod documents;
pub mod facts;
mod keys;
mod overview;
mod refusals;
mod sign_in;
mod tabs;
mod view;

pub use documents::{CountDocuments, FoundDocuments, ReadDocuments};
pub use keys::{DocumentsKey, Key};
pub use refusals::write_refusal;

use crate::domain::{CollectionStats, Organization, OrganizationId, SignIn};
use crate::service::Error;
use crate::tui::calls::Freshness;
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::delete_organization::DeleteOrganizationCard;
use crate::tui::cards::export_organization::ExportOrganizationCard;
use crate::tui::cards::recover_operation::RecoverOperationCard;
use crate::tui::cards::suspend_organization::SuspendOrganizationCard;
use crate::tui::effect::{CallError, CallId, Load, Message};
use crate::tui::keys::{Keys, Text};
use crate::tui::layer::{Availability, Cx, Event, LiveChanges, Registered, Screen};
use crate::tui::reads::{ReadOrganization, ReadStats};
use crate::tui::screens::activity::{Activity, HasActivity};
use crate::tui::screens::form::Form;
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Scroll;
use documents::Documents;
use jiff::Timestamp;
use ratatui::layout::Rect;
use refusals::{missing, stopped};
use std::sync::Arc;
use tabs::Tab;

/// What it is known by.
pub static REGISTERED: Registered = Registered {
    places: &[],
    tables: &[
        &keys::OVERVIEW,
        &keys::DOCUMENTS,
        &keys::DOCUMENTS_QUERY,
        &keys::ACTIVITY,
        &keys::ACTIVITY_FILTER,
    ],
};

/// The screen.
#[derive(Debug)]
pub struct OrganizationScreen {
    id: OrganizationId,
    record: Load<Arc<Organization>>,
    /// Reading the record again behind the one that is shown.
    refreshing: Option<CallId>,
    /// Why the record could not be read again.
    failure: Option<Message>,
    freshness: Freshness,
    stats: Load<CollectionStats>,
    stats_freshness: Freshness,
    /// When its admin signed in last.
    signed_in: SignIn,
    /// The lines of the overview, where they do not all fit.
    scroll: Scroll,
    tab: Tab,
    documents: Documents,
    activity: Activity,
}

impl OrganizationScreen {
    /// With a record that is known; asks for the stats.
    pub fn open(organization: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self::with(organization.id);
        screen.record = Load::Ready(organization);
        screen.freshness.came(cx.shared().now);
        screen.read_stats(cx);
        screen.activity.show(cx);
        screen.read_sign_in(cx);
        screen
    }

    /// With nothing but its id, as an admin's console begins.
    pub fn open_own(id: OrganizationId, cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self::with(id);
        screen.read_record(cx);
        screen.read_stats(cx);
        screen.activity.show(cx);
        screen
    }

    fn with(id: OrganizationId) -> Self {
        Self {
            id,
            record: Load::Idle,
            refreshing: None,
            failure: None,
            freshness: Freshness::default(),
            stats: Load::Idle,
            stats_freshness: Freshness::default(),
            signed_in: SignIn::default(),
            scroll: Scroll::default(),
            tab: Tab::Overview,
            documents: Documents::new(id),
            activity: Activity::new(Some(id)),
        }
    }

    /// The record, if it is there.
    fn organization(&self) -> Option<&Arc<Organization>> {
        match &self.record {
            Load::Ready(organization) => Some(organization),
            Load::Idle | Load::Loading(_) | Load::Failed(_) => None,
        }
    }

    fn read_record(&mut self, cx: &mut Cx<'_, Self>) {
        self.freshness.begin();
        let id = cx.call(ReadOrganization(self.id), Self::record_came);
        if self.organization().is_some() {
            self.refreshing = Some(id);
        } else {
            self.record = Load::Loading(id);
        }
    }

    fn record_came(&mut self, record: Result<Arc<Organization>, CallError>, cx: &mut Cx<'_, Self>) {
        let is_refresh = self.refreshing.take().is_some();
        match record {
            // A write that was answered meanwhile is newer.
            Ok(read) if self.organization().is_some_and(|shown| read.is_older_than(shown)) => {}
            Ok(organization) => {
                self.is_read(&organization, cx.shared().now);
                cx.is_fresh();
                if !is_refresh {
                    self.read_sign_in(cx);
                }
                cx.tell(Event::Organization(organization));
            }
            Err(CallError::Refused(Error::NotFound)) if is_refresh && cx.shared().is_operator() => {
                cx.say(Tone::Warning, "It is gone: someone else deleted it.");
                cx.tell(Event::OrganizationGone(self.id));
                cx.close();
            }
            Err(CallError::Stopped) if is_refresh => {}
            Err(CallError::Refused(error)) if is_refresh => {
                self.failure = Some(self.freshness.failed(&error, cx.shared().now));
            }
            Err(CallError::Stopped) => self.record = Load::Failed(stopped()),
            Err(CallError::Refused(error)) => {
                self.record = Load::Failed(self.freshness.failed(&error, cx.shared().now));
            }
        }
    }

    fn is_read(&mut self, organization: &Arc<Organization>, now: Timestamp) {
        self.record = Load::Ready(Arc::clone(organization));
        self.freshness.came(now);
        self.failure = None;
    }

    fn read_stats(&mut self, cx: &mut Cx<'_, Self>) {
        self.stats_freshness.begin();
        self.stats = Load::Loading(cx.call(ReadStats(self.id), Self::stats_came));
    }

    fn stats_came(&mut self, stats: Result<CollectionStats, CallError>, cx: &mut Cx<'_, Self>) {
        self.stats = match stats {
            Ok(stats) => {
                self.stats_freshness.came(cx.shared().now);
                Load::Ready(stats)
            }
            Err(CallError::Stopped) => Load::Failed(stopped()),
            Err(CallError::Refused(error)) => {
                self.stats_freshness.failed(&error, cx.shared().now);
                Load::Failed(self.why_not_counted(&error, cx.shared().is_operator()))
            }
        };
    }

    /// Why there are no stats. What its state is and what comes of that is said beside it.
    fn why_not_counted(&self, error: &Error, is_operator: bool) -> Message {
        let state = match (error, &self.record) {
            (Error::Busy(state), _) => *state,
            // Between two names the collection has neither.
            (Error::CollectionMissing(_), Load::Ready(shown)) if shown.state.has_operation() => shown.state,
            (Error::CollectionMissing(_), _) => return missing(error, is_operator),
            _ => return Message::from(error),
        };
        Message { text: format!("Not counted while it is {state}."), hint: Some("r looks again".to_owned()) }
    }

    /// Itself, while it is shown with an operation.
    pub fn at_work(&self) -> Option<OrganizationId> {
        self.organization().filter(|shown| shown.state.has_operation()).map(|shown| shown.id)
    }

    /// Takes what changed by itself.
    fn live(&mut self, live: &LiveChanges, cx: &mut Cx<'_, Self>) {
        let Some(shown) = self.organization().map(Arc::clone) else {
            return;
        };
        match live.now(self.id) {
            _ if live.is_gone(&shown) && cx.shared().is_operator() => {
                cx.say(Tone::Warning, "It is gone: someone else deleted it.");
                cx.redraw();
                cx.close();
            }
            Some(now) if shown.is_older_than(now) => self.changed(now, cx),
            _ if live.changes.entries.iter().any(|entry| self.activity.is_new(entry)) => {
                self.activity.touched(cx);
            }
            _ => {}
        }
    }

    fn turn_to(&mut self, tab: Tab, cx: &mut Cx<'_, Self>) {
        self.tab = tab;
        match tab {
            Tab::Overview => {}
            Tab::Documents => self.documents.show(cx),
            Tab::Activity => self.activity.show(cx),
        }
    }

    /// Opens what is about it; nothing before the record is there.
    fn open_own_layer<T: Screen>(
        &self,
        make: fn(Arc<Organization>, &mut Cx<'_, T>) -> T,
        cx: &mut Cx<'_, Self>,
    ) {
        if let Some(organization) = self.organization().map(Arc::clone) {
            cx.open(|cx| make(organization, cx));
        }
    }

    /// It was changed elsewhere: shown as it is now, the stats read anew unless they are on their way.
    fn changed(&mut self, organization: &Arc<Organization>, cx: &mut Cx<'_, Self>) {
        cx.redraw();
        if self.organization().is_some_and(|shown| organization.is_older_than(shown)) {
            return;
        }
        self.is_read(organization, cx.shared().now);
        if self.stats.running().is_none() {
            self.read_stats(cx);
        }
        self.activity.touched(cx);
    }
}

impl HasActivity for OrganizationScreen {
    fn activity(&mut self) -> &mut Activity {
        &mut self.activity
    }
}

impl Screen for OrganizationScreen {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        match self.tab {
            Tab::Overview => &keys::OVERVIEW,
            Tab::Documents if self.documents.is_typing() => &keys::DOCUMENTS_QUERY,
            Tab::Documents => &keys::DOCUMENTS,
            Tab::Activity if self.activity.is_filtering() => &keys::ACTIVITY_FILTER,
            Tab::Activity => &keys::ACTIVITY,
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Up => self.scroll.up(),
            Key::Down => self.scroll.down(),
            Key::Edit => self.open_own_layer(Form::edit, cx),
            Key::Delete => self.open_own_layer(DeleteOrganizationCard::new, cx),
            Key::Suspend => self.open_own_layer(|shown, _| SuspendOrganizationCard::new(shown), cx),
            Key::Export => self.open_own_layer(ExportOrganizationCard::new, cx),
            Key::Copy => self.open_own_layer(|shown, _| CopyCard::new(copy::of_organization(&shown)), cx),
            Key::Recover => self.open_own_layer(RecoverOperationCard::new, cx),
            Key::Overview => self.turn_to(Tab::Overview, cx),
            Key::Activity => self.turn_to(Tab::Activity, cx),
            Key::Documents => self.turn_to(Tab::Documents, cx),
            Key::NextTab => self.turn_to(self.tab.next(), cx),
            Key::PreviousTab => self.turn_to(self.tab.previous(), cx),
            Key::OfDocuments(key) => {
                let organization = self.organization().map(Arc::clone);
                self.documents.on_key(key, organization, cx);
            }
            Key::OfActivity(key) => self.activity.on_key(key, cx),
        }
    }

    /// Only operators end an operation, and only one that runs.
    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let organization = self.organization();
        match key {
            Key::Suspend if !shared.is_operator() => Availability::Hidden,
            Key::Edit | Key::Delete | Key::Suspend | Key::Export => {
                Availability::unless(match organization {
                    Some(organization) => write_refusal(organization, shared),
                    None => Some("nothing read yet"),
                })
            }
            Key::Recover
                if !shared.is_operator()
                    || !organization.is_some_and(|shown| shown.state.has_operation()) =>
            {
                Availability::Hidden
            }
            Key::Copy if organization.is_none() => Availability::Disabled("nothing read yet"),
            Key::Up | Key::Down if !self.scroll.can_scroll() => Availability::Hidden,
            Key::OfDocuments(key) if !self.documents.has_key(key) => Availability::Hidden,
            Key::OfDocuments(key) => Availability::unless(self.documents.refusal(key, organization, shared)),
            Key::Recover if shared.is_cut_off() => Availability::Disabled("no connection"),
            Key::OfActivity(key) => self.activity.availability(key),
            _ => Availability::Enabled,
        }
    }

    fn label(&self, key: Key) -> Option<&'static str> {
        if key == Key::OfDocuments(DocumentsKey::View) && self.documents.is_json() {
            return Some("table");
        }
        let is_suspended = self.organization().is_some_and(|shown| shown.suspension.is_some());
        (key == Key::Suspend && is_suspended).then_some("resume")
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        self.documents.on_text(text, cx);
        self.activity.on_text(text, cx);
    }

    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.refreshing = None;
        self.read_record(cx);
        self.read_stats(cx);
        self.documents.touched(cx);
        self.activity.touched(cx);
        self.read_sign_in(cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Organization(organization) if organization.id == self.id => {
                self.changed(organization, cx);
            }
            Event::OrganizationGone(id) if *id == self.id => cx.close(),
            Event::DocumentChanged(id, _) | Event::DocumentGone(id, _) if *id == self.id => {
                self.documents.touched(cx);
                self.activity.touched(cx);
                self.read_stats(cx);
            }
            Event::Stale => Screen::refresh(self, cx),
            Event::Live(live) => self.live(live, cx),
            _ => {}
        }
    }

    fn due(&self) -> Option<Timestamp> {
        let own = [&self.freshness, &self.stats_freshness].map(Freshness::next_try);
        own.into_iter().chain([self.documents.due(), self.activity.due()]).flatten().min()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        let is_due =
            |due: Option<Timestamp>, cx: &Cx<'_, Self>| due.is_some_and(|due| due <= cx.shared().now);
        if is_due(self.freshness.next_try(), cx) {
            self.read_record(cx);
        }
        if is_due(self.stats_freshness.next_try(), cx) {
            self.read_stats(cx);
        }
        if is_due(self.documents.due(), cx) {
            self.documents.touched(cx);
        }
        if is_due(self.activity.due(), cx) {
            self.activity.touched(cx);
        }
    }

    fn position(&self) -> Option<(usize, usize)> {
        if self.tab == Tab::Documents { self.documents.position() } else { None }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
