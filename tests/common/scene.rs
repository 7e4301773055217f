//! The console without its loop: keys and answers go straight to `update`, then it is drawn once.

use super::keys::keys;
use super::samples::{organization, signed_in, stats};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tenantry::domain::document::RawDocumentBuf;
use tenantry::domain::{
    Account, AuditEntry, CheckReport, CollectionStats, Finding, Organization, OrganizationName, Progress,
    Role,
};
use tenantry::service::{
    ActivityPage, Changes, ChangesPosition, DocumentPage, Error, OperatorPage, OrganizationPage,
};
use tenantry::service::{StoreKind, StoreLocation};
use tenantry::tui::app::{Action, Model, Pressed, begin, update};
use tenantry::tui::cards::delete_organization::ReadDeletion;
use tenantry::tui::clipboard::Clipboard;
use tenantry::tui::effect::{BoxedCall, Call, CallId, CallProgress, Effect, Leave, Outcome, answer};
use tenantry::tui::frame;
use tenantry::tui::keys::Pasted;
use tenantry::tui::reads::{Preview, ReadChanges, ReadPreview, ReadSignIn};
use tenantry::tui::screens::organization::FoundDocuments;
use tenantry::tui::screens::organizations::{ReadSizes, RowRead};
use tenantry::tui::shared::{CollectionOf, ConsoleConfig};
use tenantry::tui::theme::{Palette, Theme};

/// When every scene begins.
pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";

/// How a scene looks.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) size: (u16, u16),
    pub(crate) palette: Palette,
    pub(crate) ascii: bool,
}

/// With colours and signs.
pub(crate) fn at(columns: u16, rows: u16) -> Look {
    Look { size: (columns, rows), palette: Palette::Terminal, ascii: false }
}

/// What does not change in a scene.
pub(crate) fn config(look: Look) -> ConsoleConfig {
    ConsoleConfig {
        location: StoreLocation {
            kind: StoreKind::MongoDb,
            short: "db1.internal/master_db".into(),
            full: "db1.internal:27017/master_db".into(),
            host: "db1.internal:27017".into(),
            warnings: Vec::new(),
        },
        store_from: None,
        environment: None,
        shows_path: false,
        theme: Theme { palette: look.palette, ascii: look.ascii },
        session_length: SignedDuration::from_mins(30),
        clipboard: Clipboard::Terminal,
        has_editor: false,
        trash_length: SignedDuration::from_hours(7 * 24),
        collection_of: CollectionOf(Arc::new(|name| {
            Ok(OrganizationName::parse(name)?.collection("master_db"))
        })),
        email: None,
        resumed: None,
        is_live: true,
        memory: tenantry::tui::effect::Memory::default(),
        remember: None,
        history: tenantry::tui::effect::History::default(),
    }
}

/// A console whose calls a test answers.
pub(crate) struct Scene {
    model: Model,
    size: (u16, u16),
    calls: VecDeque<(CallId, BoxedCall)>,
    /// What is read beside a list, answered by [`Scene::preview`] alone.
    previews: VecDeque<CallId>,
    /// The sizes that are read behind a list, answered by [`Scene::sizes`] alone.
    sizes: VecDeque<(CallId, BoxedCall)>,
    looks: Vec<CallId>,
    /// Who asks when an admin signed in last, answered with the figures.
    sign_ins: Vec<CallId>,
    /// What was sent to the terminal past what is drawn.
    pub(crate) sent: Vec<String>,
    /// The calls that were asked to end in good order.
    stops: Vec<CallId>,
    /// What was to be saved in files: how each name ends, and the text.
    pub(crate) saved: Vec<(&'static str, String)>,
    /// How the console was left.
    pub(crate) left: Option<Leave>,
}

impl Scene {
    pub(crate) fn new(look: Look) -> Self {
        Self::with(config(look), look.size)
    }

    pub(crate) fn with(config: ConsoleConfig, size: (u16, u16)) -> Self {
        let (model, effects) = begin(config, NOW.parse().unwrap(), size);
        let (calls, previews, sizes) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        let (looks, sign_ins, sent) = (Vec::new(), Vec::new(), Vec::new());
        let (stops, saved) = (Vec::new(), Vec::new());
        let mut scene =
            Self { model, size, calls, previews, sizes, looks, sign_ins, sent, stops, saved, left: None };
        scene.take(effects);
        scene
    }

    /// Signed in as an operator, the list being read.
    pub(crate) fn operator(look: Look) -> Self {
        Self::new(look).signed_in("root@example.com", Role::Operator)
    }

    /// Signed in, from the first question on.
    pub(crate) fn signed_in(self, email: &str, role: Role) -> Self {
        let session = signed_in(email, role);
        self.answer(Ok(answer(true)))
            .keys(&format!("{email}<Tab>correct horse<Enter>"))
            .answer(Ok(answer(session)))
    }

    /// Signed in as an operator, these organizations read.
    pub(crate) fn listing(look: Look, items: Vec<Arc<Organization>>) -> Self {
        Self::operator(look).page(items, false)
    }

    /// The same in an environment of this name.
    pub(crate) fn listing_in(environment: &str, look: Look, items: Vec<Arc<Organization>>) -> Self {
        let config = ConsoleConfig { environment: Some(environment.to_owned()), ..config(look) };
        Self::with(config, look.size).signed_in("root@example.com", Role::Operator).page(items, false)
    }

    pub(crate) fn page(self, items: Vec<Arc<Organization>>, is_more: bool) -> Self {
        let next_cursor = is_more.then(|| "next".to_owned());
        self.answer(Ok(answer(OrganizationPage { items, next_cursor })))
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                // What nobody asked for tells that nothing changed.
                Effect::Call(id, _, call) if call.is::<ReadChanges>() => self.looks.push(id),
                Effect::Call(id, _, call) if call.is::<ReadSignIn>() => self.sign_ins.push(id),
                Effect::Call(id, _, call) if call.get::<ReadPreview>().is_some() => {
                    self.previews.push_back(id);
                }
                Effect::Call(id, _, call) if call.is::<ReadSizes>() => self.sizes.push_back((id, call)),
                Effect::Call(id, _, call) => self.calls.push_back((id, call)),
                Effect::Cancel(id) => {
                    self.calls.retain(|(waiting, _)| *waiting != id);
                    self.previews.retain(|waiting| *waiting != id);
                    self.sizes.retain(|(waiting, _)| *waiting != id);
                }
                Effect::Stop(id) => self.stops.push(id),
                Effect::Send(bytes) => self.sent.push(String::from_utf8(bytes).unwrap()),
                Effect::Save { extension, text } => self.saved.push((extension, text)),
                Effect::Behind(_)
                | Effect::Remember(..)
                | Effect::KeepQuery(..)
                | Effect::Redraw
                | Effect::Edit(..)
                | Effect::Discard(_)
                | Effect::Suspend => {}
                Effect::Exit(leave) => self.left = Some(leave),
            }
        }
    }

    fn act(&mut self, action: Action) {
        let effects = update(&mut self.model, action);
        self.take(effects);
        while let Some(look) = self.looks.pop() {
            let next = ChangesPosition { stamp: 1, touched_at: 1, seen_at: 1, audit: 1 };
            let effects = update(&mut self.model, Action::Done(look, Ok(answer(Changes::none(next)))));
            self.take(effects);
        }
    }

    /// Presses keys at what is drawn.
    pub(crate) fn keys(mut self, text: &str) -> Self {
        // A page is what was in view.
        self.drawn();
        for key in keys(text) {
            self.act(Action::Key(Pressed(key)));
        }
        self
    }

    /// Pastes a text.
    pub(crate) fn paste(mut self, text: &str) -> Self {
        self.act(Action::Paste(Pasted(text.into())));
        self
    }

    /// Answers the call that waits longest.
    #[track_caller]
    pub(crate) fn answer(mut self, outcome: Outcome) -> Self {
        let (id, _) = self.calls.pop_front().expect("a call that waits");
        self.act(Action::Done(id, outcome));
        self
    }

    /// Answers what is read beside the list.
    #[track_caller]
    pub(crate) fn preview(mut self, stats: Result<CollectionStats, Error>, recent: Vec<AuditEntry>) -> Self {
        let id = self.previews.pop_front().expect("a preview that is read");
        self.act(Action::Done(id, Ok(answer(Preview { stats, recent }))));
        self
    }

    /// Answers what is read of the rows, until nothing is left to be read.
    pub(crate) fn sizes(mut self, of: impl Fn(&Organization) -> RowRead) -> Self {
        while let Some((id, call)) = self.sizes.pop_front() {
            let rows = &call.get::<ReadSizes>().unwrap().0;
            let read: Vec<RowRead> = rows.iter().map(|row| of(row)).collect();
            self.act(Action::Done(id, Ok(answer(read))));
        }
        self
    }

    /// The names of the rows whose sizes are being read, a list for each call.
    pub(crate) fn asked_sizes(&self) -> Vec<Vec<String>> {
        let names = |call: &BoxedCall| {
            call.get::<ReadSizes>().unwrap().0.iter().map(|row| row.name.clone()).collect()
        };
        self.sizes.iter().map(|(_, call)| names(call)).collect()
    }

    /// Lets what is read of the rows fail.
    #[track_caller]
    pub(crate) fn sizes_fail(mut self, error: Error) -> Self {
        let (id, _) = self.sizes.pop_front().expect("sizes that are read");
        self.act(Action::Done(id, Err(error)));
        self
    }

    /// How many previews are being read.
    pub(crate) fn previews(&self) -> usize {
        self.previews.len()
    }

    /// The terminal gets another size.
    pub(crate) fn resized(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self.act(Action::Resize(columns, rows));
        self
    }

    /// Answers the call that was made last.
    #[track_caller]
    pub(crate) fn answer_last(mut self, outcome: Outcome) -> Self {
        let (id, _) = self.calls.pop_back().expect("a call that waits");
        self.act(Action::Done(id, outcome));
        self
    }

    /// How many calls of a type wait.
    pub(crate) fn waiting<C: Call>(&self) -> usize {
        self.calls.iter().filter(|(_, call)| call.is::<C>()).count()
    }

    /// Answers the call that waits longest with figures, and when the admin signed in: two hours ago.
    pub(crate) fn figures(mut self) -> Self {
        let stats = stats();
        let signed_in = NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(2);
        while let Some(id) = self.sign_ins.pop() {
            self.act(Action::Done(id, Ok(answer(Some(signed_in)))));
        }
        let deletion = self.asked::<ReadDeletion>().map(|read| Arc::clone(&read.shown));
        match deletion {
            Some(shown) => self.answer(Ok(answer((shown, Ok::<_, Error>(stats))))),
            None => self.answer(Ok(answer(stats))),
        }
    }

    /// Answers the call that waits longest with all operators.
    pub(crate) fn operators(self, items: Vec<Account>) -> Self {
        self.answer(Ok(answer(OperatorPage { items, next_cursor: None })))
    }

    /// Answers the call that waits longest with a page of the activity.
    pub(crate) fn activity(self, items: Vec<AuditEntry>, is_more: bool) -> Self {
        let next_cursor = is_more.then(|| "next".to_owned());
        self.answer(Ok(answer(ActivityPage { items, next_cursor })))
    }

    /// Answers the calls that wait longest with a page of documents, and with how many there are.
    pub(crate) fn documents(self, items: Vec<RawDocumentBuf>, next_cursor: Option<&str>, count: u64) -> Self {
        self.page_of_documents(items, next_cursor).answer(Ok(answer(count)))
    }

    /// Answers the call that waits longest with a page of documents.
    pub(crate) fn page_of_documents(self, items: Vec<RawDocumentBuf>, next_cursor: Option<&str>) -> Self {
        let organization = Organization::clone(&organization("Acme Corp"));
        let page = DocumentPage { organization, items, next_cursor: next_cursor.map(str::to_owned) };
        self.answer(Ok(answer(FoundDocuments { page, took: Duration::from_millis(4) })))
    }

    /// Answers the call that waits longest with what a check found.
    pub(crate) fn examined(self, findings: Vec<Finding>) -> Self {
        let examination = CheckReport { findings, organizations: 4_213, collections: 4_215 };
        self.answer(Ok(answer((examination, Duration::from_millis(1_840)))))
    }

    /// How far the check is that waits longest.
    #[track_caller]
    pub(crate) fn progress(self, organizations: u64, collections: u64, findings: u64) -> Self {
        self.report(CallProgress::Checking(Progress { organizations, collections, findings }))
    }

    /// How far the call is that waits longest.
    #[track_caller]
    pub(crate) fn report(mut self, progress: CallProgress) -> Self {
        let (id, _) = self.calls.front().expect("a call that waits");
        self.act(Action::Progress(*id, progress));
        self
    }

    /// The call that waits longest, if it is one of this type.
    pub(crate) fn asked<C: Call>(&self) -> Option<&C> {
        self.calls.front().and_then(|(_, call)| call.get())
    }

    /// Whether the call that waits longest is one of this type.
    pub(crate) fn asks<C: Call>(&self) -> bool {
        self.asked::<C>().is_some()
    }

    /// Whether the call that waits longest was asked to end in good order.
    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.calls.front().is_some_and(|(id, _)| self.stops.contains(id))
    }

    /// Whether no call is left to be answered.
    pub(crate) fn waits_for_nothing(&self) -> bool {
        self.calls.is_empty()
    }

    /// Lets time pass.
    pub(crate) fn later(mut self, seconds: i64) -> Self {
        let now: Timestamp = self.model.shared().now + SignedDuration::from_secs(seconds);
        self.act(Action::Tick(now));
        self
    }

    /// Something happens.
    pub(crate) fn happens(mut self, action: Action) -> Self {
        self.act(action);
        self
    }

    /// What is drawn.
    pub(crate) fn drawn(&self) -> Terminal<TestBackend> {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| frame::draw(&self.model, frame)).unwrap();
        terminal
    }

    /// What is drawn, as text.
    pub(crate) fn text(&self) -> String {
        self.drawn().backend().to_string()
    }

    /// What is drawn, with its styles.
    pub(crate) fn buffer(&self) -> Buffer {
        self.drawn().backend().buffer().clone()
    }
}

/// No answer from the store.
pub(crate) fn no_answer() -> Outcome {
    Err(Error::Unavailable { place: "db1.internal:27017".into(), operation: None })
}
