//! The form that creates an organization from an archive: the archive is checked and what would be created is shown,
//! then it is imported. Nothing typed is lost by a refusal or a stop.

mod answers;
mod calls;
mod view;

pub use calls::{CheckImport, ImportOrganization, Wanted};

use super::checks::check;
use crate::domain::OrganizationName;
use crate::service::{ImportPreview, ImportProgress};
use crate::tui::cards::discard_changes::DiscardChangesCard;
use crate::tui::effect::{CallId, CallProgress, Message};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    BACK_TAB, DOWN, ENTER, ESC, Keys, TAB, Text, UP, back, ctrl, help_in_text, hint, quiet,
};
use crate::tui::layer::{Availability, Cx, Place, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::fields::{Field, Fields, Key as FieldKey};
use crate::tui::widgets::text_input::TextInput;
use jiff::Timestamp;
use ratatui::layout::Rect;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&IMPORT], tables: &[&TYPING, &CHECKED, &RUNNING] };
static IMPORT: Place = Place::each_time("import organization", "archive file bring", |desk, opener| {
    desk.build(opener, |_| Import::new())
})
.for_operators();

/// What a key does to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Checks the archive.
    Check,
    /// To the next field.
    Next,
    /// To the previous field.
    Previous,
    /// To the next field; on the last one checks the archive.
    Submit,
    /// Imports the archive that was checked.
    Import,
}

static TYPING: Keys<Key> = Keys::of_text(
    "import",
    &[
        hint(&[ctrl('s')], Key::Check, "check", Do, 1),
        hint(&[TAB, DOWN], Key::Next, "next field", Move, 4),
        quiet(&[BACK_TAB, UP], Key::Previous, "previous field", Move),
        quiet(&[ENTER], Key::Submit, "next field; on the last one check", Move),
        back(&[ESC], "leave", Do, Some(2)),
        help_in_text("help"),
    ],
);
static CHECKED: Keys<Key> = Keys::of_text(
    "import of a checked archive",
    &[
        hint(&[ENTER, ctrl('s')], Key::Import, "import", Do, 1),
        hint(&[TAB, DOWN], Key::Next, "next field", Move, 4),
        quiet(&[BACK_TAB, UP], Key::Previous, "previous field", Move),
        back(&[ESC], "change it", Do, Some(2)),
        help_in_text("help"),
    ],
);
static RUNNING: Keys<Key> = Keys::of("import that runs", &[back(&[ESC], "stop", Do, Some(0))]);

/// A call that runs, and how far it is.
#[derive(Debug)]
struct Running {
    call: CallId,
    since: Timestamp,
    progress: ImportProgress,
    is_stopping: bool,
}

/// How far the form is.
#[derive(Debug)]
enum Step {
    /// It is filled in.
    Typing,
    /// The archive is checked.
    Checking(Running),
    /// This would be created.
    Checked(ImportPreview),
    /// It is created.
    Importing(Running),
}

/// The screen.
#[derive(Debug)]
pub struct Import {
    fields: Fields,
    step: Step,
    message: Option<(Tone, Message)>,
}

impl Import {
    /// With nothing typed.
    pub fn new() -> Self {
        let plain = |key, label| Field::new(key, label, TextInput::new(""));
        let secret = |key, label| Field::new(key, label, TextInput::secret());
        let fields = Fields::new(vec![
            plain(FieldKey::File, "File").help("written by an export"),
            plain(FieldKey::Name, "Name").help("empty: the one in the file"),
            plain(FieldKey::Email, "Admin email").help("empty: the one in the file"),
            secret(FieldKey::Password, "Admin password").help("8 to 72 bytes; the file has none"),
            secret(FieldKey::Again, "Again"),
        ]);
        Self { fields, step: Step::Typing, message: None }
    }

    fn wanted(&self) -> Wanted {
        let given = |key| Some(self.fields.value(key).to_owned()).filter(|value| !value.is_empty());
        Wanted {
            file: self.fields.value(FieldKey::File).into(),
            name: given(FieldKey::Name),
            email: given(FieldKey::Email),
        }
    }

    fn running(&self) -> Option<&Running> {
        match &self.step {
            Step::Checking(running) | Step::Importing(running) => Some(running),
            Step::Typing | Step::Checked(_) => None,
        }
    }

    fn running_mut(&mut self) -> Option<&mut Running> {
        match &mut self.step {
            Step::Checking(running) | Step::Importing(running) => Some(running),
            Step::Typing | Step::Checked(_) => None,
        }
    }

    /// Says what is wrong with a field. Name and email may stay away.
    fn check_field(&mut self, key: FieldKey, submitted: bool) {
        let is_given = !self.fields.value(key).is_empty();
        match key {
            FieldKey::Name => {
                let error = OrganizationName::parse(self.fields.value(key)).err();
                if let Some(field) = self.fields.get_mut(key) {
                    field.error = error.filter(|_| is_given).map(|error| error.to_string());
                }
            }
            FieldKey::Email => check(&mut self.fields, key, submitted && is_given),
            FieldKey::File | FieldKey::Password | FieldKey::Again | FieldKey::Current => {
                check(&mut self.fields, key, submitted);
            }
        }
    }

    fn step_field(&mut self, forward: bool) {
        if let Some(key) = self.fields.focused() {
            self.check_field(key, false);
        }
        self.fields.step(forward);
    }

    /// To the next field, unless something is wrong with this one.
    fn go_on(&mut self) {
        if let Some(key) = self.fields.focused() {
            self.check_field(key, true);
        }
        if !self.fields.is_focus_wrong() {
            self.fields.step(true);
        }
    }

    /// Checks the fields, then the archive.
    fn check(&mut self, cx: &mut Cx<'_, Self>) {
        let all = [FieldKey::File, FieldKey::Name, FieldKey::Email, FieldKey::Password, FieldKey::Again];
        for key in all {
            self.check_field(key, true);
        }
        if self.fields.focus_error() {
            return;
        }
        self.message = None;
        let call = cx.call(CheckImport(self.wanted()), Self::checked);
        self.step = Step::Checking(Self::begun(call, cx.shared()));
    }

    fn import(&mut self, cx: &mut Cx<'_, Self>) {
        let Step::Checked(preview) = &self.step else { return };
        let import = ImportOrganization {
            wanted: self.wanted(),
            name: preview.organization.name.clone(),
            password: self.fields.value(FieldKey::Password).into(),
        };
        self.message = None;
        let call = cx.call(import, Self::imported);
        self.step = Step::Importing(Self::begun(call, cx.shared()));
    }

    fn begun(call: CallId, shared: &Shared) -> Running {
        Running { call, since: shared.now, progress: ImportProgress::default(), is_stopping: false }
    }
}

impl Default for Import {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen for Import {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        match self.step {
            Step::Typing => &TYPING,
            Step::Checked(_) => &CHECKED,
            Step::Checking(_) | Step::Importing(_) => &RUNNING,
        }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Next => self.step_field(true),
            Key::Previous => self.step_field(false),
            Key::Submit if !self.fields.is_on_last() => self.go_on(),
            Key::Submit | Key::Check => self.check(cx),
            Key::Import => self.import(cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let is_moving =
            matches!(key, Key::Next | Key::Previous) || (key == Key::Submit && !self.fields.is_on_last());
        Availability::unless((!is_moving && shared.is_cut_off()).then_some("no connection"))
    }

    /// What was checked is something else now.
    fn on_text(&mut self, text: &Text, _cx: &mut Cx<'_, Self>) {
        if self.running().is_none() && !self.fields.take(text).is_empty() {
            self.step = Step::Typing;
            self.message = None;
        }
    }

    /// Stops what runs; what comes of that is answered.
    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        if let Some(running) = self.running_mut() {
            running.is_stopping = cx.stop(running.call);
            if !running.is_stopping {
                self.stopped();
            }
        } else if matches!(self.step, Step::Checked(_)) {
            self.step = Step::Typing;
        } else if self.fields.fields.iter().any(|field| !field.input.is_empty()) {
            let discarded = cx.reply_to(|_: &mut Self, (), cx| cx.close());
            cx.open(|_| DiscardChangesCard::new(discarded));
        } else {
            cx.close();
        }
    }

    fn on_progress(&mut self, told: CallProgress) {
        if let (CallProgress::Importing(told), Some(running)) = (told, self.running_mut()) {
            running.progress = told;
        }
    }

    /// What runs is asked to stop; that is no batch of writes.
    fn stop_batch(&mut self) -> bool {
        if let Some(running) = self.running_mut() {
            running.is_stopping = true;
        }
        false
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
