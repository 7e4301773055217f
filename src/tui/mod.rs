//! The console: a pure `update`, effects as data, a view that only reads.
//!
//! One event goes one way. A key goes to the layer on top by the table of keys that stands beside it, `update` in
//! [`app`] changes the [`app::Model`] and answers [`effect::Effect`]s, the loop in [`runtime`] performs each as one call
//! of the service and brings its answer back under its id, to the function that was named where the call was made; then
//! everything is drawn once. Nothing here knows a store.
//!
//! Each module lies below all that use it: the edges (`runtime`, `terminal`, `backend`, `event`, `input`, `editor`), [`frame`],
//! [`app`], [`screens`], [`cards`], [`layer`], [`shared`], [`calls`], [`reads`], [`widgets`], [`keys`], [`effect`],
//! [`text`], [`theme`], [`window`], [`clipboard`], [`terminal_type`], [`secret`].

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of an event or an error most variants are not what a layer is about; its own keys are matched whole"
)]

pub mod app;
mod backend;
pub mod calls;
pub mod cards;
pub mod clipboard;
pub mod editor;
pub mod effect;
pub mod event;
pub mod frame;
mod input;
pub mod keys;
pub mod layer;
pub mod reads;
pub mod runtime;
#[cfg(test)]
mod samples;
mod saving;
pub mod screens;
pub mod secret;
pub mod shared;
mod terminal;
pub mod terminal_type;
pub mod text;
pub mod theme;
pub mod widgets;
pub mod window;

pub use effect::Leave;

use crate::domain::text::visible;
use crate::service::{SignedIn, StoreKind, TenantService};
use app::Model;
use clipboard::Clipboard;
use color_eyre::eyre::{Result, eyre};
use editor::{Editor, EditorOptions};
pub use effect::{History, KeepQuery, KeptQuery, Memory, Remember};
use futures_util::FutureExt;
use shared::{CollectionOf, ConsoleConfig};
pub use shared::{Keeper, Resumed};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use terminal::Wanted;
use terminal_type::TerminalType;
use theme::{Palette, Theme};
use window::Window;

/// How the console is to look and where it leaves a report.
#[derive(Debug, Clone, Default)]
pub struct ConsoleOptions {
    /// The email that the sign-in begins with.
    pub email: Option<String>,
    /// The session to go on with, or why there is none; nothing when none was asked for.
    pub resumed: Option<std::result::Result<Resumed, String>>,
    /// What was remembered of this store.
    pub memory: Memory,
    /// Where what is to be remembered is kept, if anywhere.
    pub remember: Option<Remember>,
    /// The queries that were run before.
    pub history: History,
    /// Who is signed in already, and what is said to them once.
    pub signed_in: Option<(SignedIn, String)>,
    /// Where the setting of the store came from, when the title is to say so: `from .env`.
    pub store_from: Option<String>,
    /// A word for the title, such as PROD.
    pub environment: Option<String>,
    /// Whether the title shows the whole path of an embedded store: it is not where it is by default.
    pub shows_path: bool,
    /// Which colours may be used.
    pub palette: Palette,
    /// The terminal's window.
    pub window: Window,
    /// What the terminal can show.
    pub terminal_type: TerminalType,
    /// How a text reaches the clipboard of the terminal.
    pub clipboard: Clipboard,
    /// The user's editor, and what it gets.
    pub editor: EditorOptions,
    /// Whether the mouse is heard.
    pub mouse: bool,
    /// How long an answer is waited for that changes nothing; none: as long as it takes.
    pub patience: Option<Duration>,
    /// Whether signs are ASCII only.
    pub ascii: bool,
    /// The folder for reports of panics, made if need be; without one there are none.
    pub log_dir: Option<PathBuf>,
    /// What panics on purpose, for tests of the way out.
    #[cfg(debug_assertions)]
    pub panic_switch: Option<PanicSwitch>,
}

/// Where a test wants a panic.
#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanicSwitch {
    /// In the loop, at the first key.
    Loop,
    /// In a task, at the first key.
    Task,
}

/// Runs the console on the terminal until it is left; the terminal is then as it was.
///
/// To be run with `block_on` of a multi-threaded runtime, not spawned: the thread that polls it is the one that
/// draws, and a panic on any other thread does not touch the terminal. Calls that are still running when it returns
/// are dropped with the runtime.
///
/// # Errors
/// No terminal, or a panic; the message of a panic says where its report is.
pub async fn run(service: Arc<TenantService>, options: ConsoleOptions) -> Result<Leave> {
    let reports = terminal::Reports::install(options.log_dir.clone());
    let ended = AssertUnwindSafe(run_on_terminal(service, options)).catch_unwind().await;
    let report = reports.written();
    drop(reports);
    match (ended, report) {
        (Ok(ended), None) => ended,
        (_, Some(path)) => Err(eyre!("the console failed; the report is in {}", path.display())),
        (Err(_), None) => Err(eyre!("the console failed, and its report could not be written")),
    }
}

async fn run_on_terminal(service: Arc<TenantService>, options: ConsoleOptions) -> Result<Leave> {
    let title = options.terminal_type.has_title.then(|| window_title(&service, &options));
    let (window, terminal_type) = (options.window, options.terminal_type);
    let (editor, mouse) = (Editor::new(options.editor.clone()), options.mouse);
    let mut screen = terminal::Screen::enter(Wanted { window, terminal_type, title, mouse }, editor)?;
    let (events, keys) = event::of_terminal(window)?;
    screen.reads_with(keys);
    let size = runtime::Host::size(&mut screen);
    let model = begin(&service, &options, size);
    runtime::run(
        &mut screen,
        events,
        service,
        model,
        options.patience,
        #[cfg(debug_assertions)]
        options.panic_switch,
    )
    .await
}

/// What tells this console from others in a list of windows: `tenantry PROD db1.internal`.
fn window_title(service: &TenantService, options: &ConsoleOptions) -> String {
    let place = service.place();
    let host = match place.kind {
        StoreKind::MongoDb => place.short.split('/').next(),
        StoreKind::Embedded if options.shows_path => Path::new(&place.full).parent().and_then(Path::to_str),
        StoreKind::Embedded => None,
    };
    let words = ["tenantry"].into_iter().chain(options.environment.as_deref()).chain(host);
    visible(&words.collect::<Vec<_>>().join(" ")).into_owned()
}

/// The model at the start, for a terminal of this size.
pub fn begin(
    service: &Arc<TenantService>,
    options: &ConsoleOptions,
    size: (u16, u16),
) -> (Model, Vec<effect::Effect>) {
    let names = Arc::clone(service);
    let config = ConsoleConfig {
        location: service.place().clone(),
        store_from: options.store_from.clone(),
        environment: options.environment.clone(),
        shows_path: options.shows_path,
        theme: Theme { palette: options.palette, ascii: options.ascii },
        clipboard: options.clipboard,
        has_editor: options.editor.command.is_some(),
        session_length: service.session_length(),
        trash_length: service.trash_length(),
        collection_of: CollectionOf(Arc::new(move |name| names.preview_collection(name))),
        email: options.email.clone(),
        resumed: options.resumed.clone(),
        memory: options.memory.clone(),
        remember: options.remember.clone(),
        history: options.history.clone(),
        is_live: true,
    };
    match options.signed_in.clone() {
        Some(signed_in) => app::begin_signed_in(config, service.now(), size, signed_in),
        None => app::begin(config, service.now(), size),
    }
}
