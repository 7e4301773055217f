//! The real loop on a screen in memory, under paused time: key strings in, text out.

use super::documents;
use super::gate::Gate;
use super::keys::keys;
use futures_util::stream::poll_fn;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::{Backend, ClearType, TestBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Modifier;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tempfile::TempDir;
use tenantry::domain::DatabaseName;
use tenantry::port::GivenKey;
use tenantry::port::Store;
use tenantry::service::clock::Clock;
use tenantry::service::{OperationId, ServiceOptions, TenantService};
use tenantry::store::embedded::EmbeddedStore;
use tenantry::tui::app::Signal;
use tenantry::tui::editor::EditorOptions;
use tenantry::tui::effect::{EditOutcome, EditRequest};
use tenantry::tui::event::Event;
use tenantry::tui::runtime::{self, Host};
use tenantry::tui::theme::Palette;
use tenantry::tui::{self, ConsoleOptions, Leave};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// The password of every account.
pub(crate) const PASSWORD: &str = "correct horse";
/// The first operator.
pub(crate) const ROOT: &str = "root@example.com";

/// The time of the test's runtime: it stands still while something is done and jumps while nothing is.
#[derive(Debug)]
pub(crate) struct PausedClock(tokio::time::Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let gone = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        start + SignedDuration::from_millis(gone)
    }
}

/// A service over an embedded store that can be cut off and held.
pub(crate) struct Place {
    pub(crate) service: Arc<TenantService>,
    pub(crate) gate: Arc<Gate>,
    folder: TempDir,
}

impl Place {
    /// An empty store, to be called inside the runtime.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = Arc::new(EmbeddedStore::new(folder.path(), &DatabaseName::default()));
        let gate = Arc::new(Gate::new(inner));
        let options = ServiceOptions {
            session: SignedDuration::from_mins(30),
            bcrypt_cost: 4,
            open_registration: false,
            legacy_update: false,
            trash: SignedDuration::from_hours(7 * 24),
        };
        let service = TenantService::new(
            Arc::clone(&gate) as Arc<dyn Store>,
            Arc::new(GivenKey("0123456789abcdef0123456789abcdef".into())),
            Arc::new(PausedClock(tokio::time::Instant::now())),
            options,
        );
        Self { service: Arc::new(service), gate, folder }
    }

    /// A store with its first operator.
    pub(crate) async fn initialized() -> Self {
        let place = Self::empty();
        place.service.initialize(ROOT, PASSWORD.into(), OperationId::random()).await.unwrap();
        place
    }

    /// A store with its first operator and organizations of these names, the admin of the first is `admin0@x.example`.
    pub(crate) async fn with(names: &[&str]) -> Self {
        let place = Self::initialized().await;
        let root = place.service.sign_in(ROOT, &PASSWORD.into()).await.unwrap();
        for (at, name) in names.iter().enumerate() {
            let request = tenantry::service::CreateOrganization {
                name: (*name).to_owned(),
                admin_email: format!("admin{at}@x.example"),
                admin_password: PASSWORD.into(),
            };
            let operation = OperationId::random();
            let made = place.service.create_organization(Some(&root.token), request, operation).await;
            made.unwrap();
        }
        place
    }

    /// As something else would that reaches the file.
    pub(crate) fn drop_collection(&self, name: &str) {
        assert_eq!(self.file().execute("DELETE FROM collections WHERE name = ?1", [name]).unwrap(), 1);
    }

    /// Makes a collection that tenantry knows nothing of, with one document.
    pub(crate) fn put_foreign(&self, name: &str) {
        let sql = "INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, NULL)";
        self.file().execute(sql, [name, &uuid::Uuid::new_v4().to_string()]).unwrap();
        documents::put(&self.file(), name, "foreign");
    }

    /// The ids of the documents of a collection.
    pub(crate) fn ids(&self, name: &str) -> Vec<String> {
        documents::ids(&self.file(), name)
    }

    /// Statements on the file, past tenantry and past what it forbids.
    pub(crate) fn harm(&self, statements: &str) {
        self.file().execute_batch(&format!("PRAGMA foreign_keys = OFF; {statements}")).unwrap();
    }

    fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("tenantry.db")).unwrap()
    }
}

#[derive(Default)]
struct Seen {
    backend: Option<TestBackend>,
    draws: usize,
    /// Cells that were written.
    cells: usize,
    /// How often the loop went round.
    wakes: usize,
}

/// A backend that the test can look at while the loop draws on it.
struct Glass(Arc<Mutex<Seen>>);

impl Glass {
    fn with<T>(&self, look: impl FnOnce(&mut TestBackend) -> T) -> T {
        look(self.0.lock().unwrap().backend.as_mut().unwrap())
    }
}

impl Backend for Glass {
    type Error = Infallible;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> Result<(), Infallible> {
        let content: Vec<_> = content.collect();
        {
            let mut seen = self.0.lock().unwrap();
            seen.draws += 1;
            seen.cells += content.len();
        }
        self.with(|backend| backend.draw(content.into_iter()))
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.with(TestBackend::hide_cursor)
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        self.with(TestBackend::show_cursor)
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        self.with(TestBackend::get_cursor_position)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.with(|backend| backend.set_cursor_position(position))
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.with(TestBackend::clear)
    }

    fn clear_region(&mut self, region: ClearType) -> Result<(), Infallible> {
        self.with(|backend| backend.clear_region(region))
    }

    fn size(&self) -> Result<Size, Infallible> {
        self.with(|backend| backend.size())
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        self.with(TestBackend::window_size)
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// What a scripted editor does with a request.
pub(crate) type Script = Box<dyn FnMut(&EditRequest) -> EditOutcome + Send>;

struct GlassHost {
    terminal: Terminal<Glass>,
    editor: Option<Script>,
    /// The files that were to be removed.
    discarded: Arc<Mutex<Vec<PathBuf>>>,
}

impl Host for GlassHost {
    type Backend = Glass;

    fn terminal(&mut self) -> &mut Terminal<Glass> {
        &mut self.terminal
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn send(&mut self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn size(&mut self) -> (u16, u16) {
        let size = self.terminal.size().unwrap();
        (size.width, size.height)
    }

    async fn edit(
        &mut self,
        request: &EditRequest,
        _ending: impl Future<Output = Signal> + Send,
    ) -> EditOutcome {
        self.editor.as_mut().unwrap()(request)
    }

    fn discard(&mut self, file: &Path) {
        self.discarded.lock().unwrap().push(file.to_owned());
    }
}

/// A console that runs.
pub(crate) struct Console {
    events: UnboundedSender<Event>,
    seen: Arc<Mutex<Seen>>,
    running: JoinHandle<color_eyre::Result<Leave>>,
    /// The files of edits that were to be removed.
    pub(crate) discarded: Arc<Mutex<Vec<PathBuf>>>,
}

impl Console {
    /// Starts one, and waits for its first screen.
    pub(crate) async fn start(place: &Place) -> Self {
        let console = Self::start_unsettled(place, None);
        console.settle().await;
        console
    }

    /// Starts one with an editor, and signs in as the first operator.
    pub(crate) async fn with_editor(place: &Place, editor: Script) -> Self {
        let console = Self::start_unsettled(place, Some(editor));
        console.settle().await;
        console.press(&format!("{ROOT}<Tab>{PASSWORD}<Enter>")).await;
        console
    }

    fn start_unsettled(place: &Place, editor: Option<Script>) -> Self {
        let seen = Arc::new(Mutex::new(Seen {
            backend: Some(TestBackend::new(100, 28)),
            draws: 0,
            cells: 0,
            wakes: 0,
        }));
        let (events, mut received) = unbounded_channel();
        let discarded = Arc::new(Mutex::new(Vec::new()));
        let terminal = Terminal::new(Glass(Arc::clone(&seen))).unwrap();
        let command = editor.as_ref().map(|_| ("VISUAL", "scripted".into()));
        let mut host = GlassHost { terminal, editor, discarded: Arc::clone(&discarded) };
        let editor = EditorOptions { command, ..EditorOptions::default() };
        let options = ConsoleOptions { palette: Palette::Terminal, editor, ..ConsoleOptions::default() };
        let begun = tui::begin(&place.service, &options, (100, 28));
        let service = Arc::clone(&place.service);
        let polled = Arc::clone(&seen);
        let running = tokio::spawn(async move {
            // The loop asks for events as it begins to wait and once more as it goes on; a poll that finds it waiting
            // still is not one of its own.
            let events = poll_fn(move |context| {
                polled.lock().unwrap().wakes += 1;
                received.poll_recv(context)
            });
            runtime::run(
                &mut host,
                events,
                service,
                begun,
                None,
                #[cfg(debug_assertions)]
                None,
            )
            .await
        });
        Self { events, seen, running, discarded }
    }

    /// Starts one, and signs in as the first operator.
    pub(crate) async fn signed_in(place: &Place) -> Self {
        let console = Self::start(place).await;
        console.press(&format!("{ROOT}<Tab>{PASSWORD}<Enter>")).await;
        console
    }

    /// Presses keys, all at once, and waits until nothing more happens.
    pub(crate) async fn press(&self, text: &str) {
        self.press_only(text);
        self.settle().await;
    }

    /// Presses keys and waits for nothing.
    pub(crate) fn press_only(&self, text: &str) {
        for key in keys(text) {
            self.send(Event::Key(key));
        }
    }

    /// Sends an event and waits for nothing.
    pub(crate) fn send(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Waits until nothing more happens: time moves only then.
    pub(crate) async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.seen().backend.as_ref().unwrap().to_string()
    }

    /// How often was drawn since this was asked last.
    pub(crate) fn draws(&self) -> usize {
        std::mem::take(&mut self.seen().draws)
    }

    /// Cells that were written so far.
    pub(crate) fn cells(&self) -> usize {
        self.seen().cells
    }

    /// How often the loop woke so far: it asks for events when it wakes, when it goes on, and when it waits again.
    pub(crate) fn wakes(&self) -> usize {
        self.seen().wakes / 3
    }

    /// Whether a text is on the screen in bold.
    pub(crate) fn is_bold(&self, text: &str) -> bool {
        let seen = self.seen();
        let buffer = seen.backend.as_ref().unwrap().buffer();
        let lines = buffer.content().chunks(usize::from(buffer.area.width));
        lines.into_iter().any(|line| {
            let shown: String = line.iter().map(Cell::symbol).collect();
            let at = shown.find(text).map(|at| shown.get(..at).unwrap().chars().count());
            at.and_then(|at| line.get(at)).is_some_and(|cell| cell.modifier.contains(Modifier::BOLD))
        })
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        let screen = self.text();
        assert!(screen.contains(text), "{text:?} is not in\n{screen}");
    }

    #[track_caller]
    pub(crate) fn shows_not(&self, text: &str) {
        let screen = self.text();
        assert!(!screen.contains(text), "{text:?} is in\n{screen}");
    }

    /// Whether it ended.
    pub(crate) fn is_over(&self) -> bool {
        self.running.is_finished()
    }

    /// How it ended.
    pub(crate) async fn left(self) -> Leave {
        self.running.await.unwrap().unwrap()
    }
}
