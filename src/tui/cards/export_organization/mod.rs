//! The card that exports an organization to a file: where to, how far it is, and what came of it.

mod call;
mod view;

pub use call::ExportOrganization;

use crate::archive::TargetError;
use crate::domain::Organization;
use crate::service::{Error, ExportProgress, Exported, default_export_file};
use crate::tui::effect::{CallError, CallId, CallProgress, Message};
use crate::tui::keys::Group::Do;
use crate::tui::keys::{ENTER, ESC, Keys, TAB, Text, back, char, hint};
use crate::tui::layer::{Availability, Cx, Event, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::text_input::TextInput;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::path::PathBuf;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered =
    Registered { places: &[], tables: &[&ASKING, &REPLACING, &RUNNING, &DONE] };

/// What a key does to the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Begins.
    Export,
    /// Leaves the activity out, or not.
    Contents,
    /// Begins, and replaces the file that is there.
    Replace,
}

static ASKING: Keys<Key> = Keys::of_text(
    "export",
    &[
        hint(&[ENTER], Key::Export, "export", Do, 1),
        hint(&[TAB], Key::Contents, "documents only", Do, 2),
        back(&[ESC], "cancel", Do, Some(0)),
    ],
);
static REPLACING: Keys<Key> = Keys::of(
    "export over a file",
    &[
        hint(&[char('y')], Key::Replace, "replace it", Do, 1),
        back(&[ESC, char('n'), char('q')], "no", Do, Some(0)),
    ],
);
static RUNNING: Keys<Key> = Keys::of("export that runs", &[back(&[ESC], "stop", Do, Some(0))]);
static DONE: Keys<Key> = Keys::of("exported", &[back(&[ESC, ENTER, char('q')], "close", Do, Some(0))]);

/// What the notice leaves free for what stands beside it.
const BESIDE_NOTICE: usize = 24;

/// The export that runs.
#[derive(Debug)]
struct Running {
    call: CallId,
    since: Timestamp,
    progress: ExportProgress,
    is_stopping: bool,
}

/// How far it is.
#[derive(Debug)]
enum Step {
    /// The file is typed.
    Asking,
    /// There is a file: whether it is replaced.
    Replacing,
    /// It runs.
    Running(Running),
    /// It is done.
    Done(Exported),
}

/// The card.
#[derive(Debug)]
pub struct ExportOrganizationCard {
    shown: Arc<Organization>,
    /// The file.
    input: TextInput,
    documents_only: bool,
    step: Step,
    /// What is wrong, or what came of it.
    message: Option<(Tone, Message)>,
}

impl ExportOrganizationCard {
    /// For this organization, to the file that a command would choose.
    pub fn new(shown: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        let file = default_export_file(&shown, cx.shared().now).display().to_string();
        let input = TextInput::new(&file);
        Self { shown, input, documents_only: false, step: Step::Asking, message: None }
    }

    fn begin(&mut self, replaces: bool, cx: &mut Cx<'_, Self>) {
        let export = ExportOrganization {
            shown: Arc::clone(&self.shown),
            to: PathBuf::from(self.input.value()),
            replaces,
            documents_only: self.documents_only,
        };
        self.message = None;
        self.step = Step::Running(Running {
            call: cx.call(export, Self::answered),
            since: cx.shared().now,
            progress: ExportProgress::default(),
            is_stopping: false,
        });
    }

    fn answered(&mut self, answer: Result<Option<Exported>, CallError>, cx: &mut Cx<'_, Self>) {
        self.step = Step::Asking;
        match answer {
            Ok(Some(exported)) => self.done(exported, cx),
            Ok(None) | Err(CallError::Stopped) => self.stopped(),
            Err(CallError::Refused(Error::ExportTarget(TargetError::Exists(_)))) => {
                self.step = Step::Replacing;
            }
            Err(CallError::Refused(error)) => self.refused(&error, cx),
        }
    }

    /// A notice tells it, or the card where the file's whole path finds no room there.
    fn done(&mut self, exported: Exported, cx: &mut Cx<'_, Self>) {
        let documents = text::documents(exported.documents);
        let file = exported.file.display();
        let size = text::bytes(exported.archive_bytes.unwrap_or(0));
        let words = format!("{} is exported: {documents} in {file} ({size}).", exported.organization_name);
        if text::width(&words) + BESIDE_NOTICE <= usize::from(cx.shared().size.0) {
            cx.say(Tone::Good, words);
            cx.close();
        } else {
            self.step = Step::Done(exported);
        }
    }

    fn stopped(&mut self) {
        self.step = Step::Asking;
        let text = "Stopped. No file was written.".to_owned();
        self.message = Some((Tone::Warning, Message { text, hint: None }));
    }

    fn refused(&mut self, error: &Error, cx: &mut Cx<'_, Self>) {
        self.message = Some((Tone::Danger, Message::from(error)));
        if matches!(error, Error::NotFound) {
            cx.say(Tone::Warning, "It is gone: someone else deleted it.");
            cx.tell(Event::OrganizationGone(self.shown.id));
            cx.close();
        }
    }
}

impl Screen for ExportOrganizationCard {
    type Key = Key;
    const IS_CARD: bool = true;

    fn keys(&self) -> &'static Keys<Key> {
        match self.step {
            Step::Asking => &ASKING,
            Step::Replacing => &REPLACING,
            Step::Running(_) => &RUNNING,
            Step::Done(_) => &DONE,
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Export => self.begin(false, cx),
            Key::Contents => self.documents_only = !self.documents_only,
            Key::Replace => self.begin(true, cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        Availability::unless(match key {
            Key::Export | Key::Replace if shared.is_cut_off() => Some("no connection"),
            Key::Export if self.input.is_empty() => Some("no file"),
            Key::Export | Key::Replace | Key::Contents => None,
        })
    }

    fn label(&self, key: Key) -> Option<&'static str> {
        (key == Key::Contents && self.documents_only).then_some("with its activity")
    }

    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        match self.input.take(text) {
            Ok(true) => self.message = None,
            Ok(false) => {}
            Err(refused) => {
                let message = Message { text: refused.to_string(), hint: None };
                self.message = Some((Tone::Danger, message));
            }
        }
    }

    /// Stops what runs; what comes of that is answered.
    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        match &mut self.step {
            Step::Running(running) => {
                running.is_stopping = cx.stop(running.call);
                if !running.is_stopping {
                    self.stopped();
                }
            }
            Step::Replacing => self.step = Step::Asking,
            Step::Asking | Step::Done(_) => cx.close(),
        }
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match (event, &self.step) {
            (Event::Organization(now), Step::Asking | Step::Replacing) if now.id == self.shown.id => {
                self.shown = Arc::clone(now);
            }
            (Event::OrganizationGone(id), Step::Asking | Step::Replacing) if *id == self.shown.id => {
                cx.close();
            }
            _ => {}
        }
    }

    fn on_progress(&mut self, told: CallProgress) {
        if let (CallProgress::Exporting(told), Step::Running(running)) = (told, &mut self.step) {
            running.progress = told;
        }
    }

    /// What runs is asked to stop; that is no batch of writes.
    fn stop_batch(&mut self) -> bool {
        if let Step::Running(running) = &mut self.step {
            running.is_stopping = true;
        }
        false
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
