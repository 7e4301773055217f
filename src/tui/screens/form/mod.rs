//! One form for all that is typed into fields and saved: an organization, an operator, the own account. Nothing typed
//! is lost by a refusal, a lost connection or the end of the session.

mod answers;
mod calls;
mod checks;
mod purpose;
mod view;

pub use calls::{
    AddOperator, CreateOrganization, RestoreOrganization, SetOperatorPassword, UpdateOrganization,
    UpdateOwnAccount,
};

use crate::domain::{Account, Organization, Role};
use crate::tui::cards::discard_changes::DiscardChangesCard;
use crate::tui::cards::remove_operator::close_if_about;
use crate::tui::effect::Message;
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{
    BACK_TAB, DOWN, ENTER, ESC, Keys, TAB, Text, UP, back, ctrl, help_in_text, hint, quiet,
};
use crate::tui::layer::{Availability, Cx, Event, Place, Registered, Screen};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::fields::{Fields, Key as FieldKey};
use purpose::Purpose;
use ratatui::layout::Rect;
use std::sync::Arc;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&OWN_ACCOUNT], tables: &[&KEYS] };
static OWN_ACCOUNT: Place = Place::each_time("your account", "email password profile", |desk, opener| {
    desk.build(opener, Form::own_account)
});

/// What a key does to a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Saves it.
    Save,
    /// To the next field.
    Next,
    /// To the previous field.
    Previous,
    /// To the next field; on the last one saves.
    Submit,
}

static KEYS: Keys<Key> = Keys::of_text(
    "form",
    &[
        hint(&[ctrl('s')], Key::Save, "save", Do, 1),
        hint(&[TAB, DOWN], Key::Next, "next field", Move, 4),
        quiet(&[BACK_TAB, UP], Key::Previous, "previous field", Move),
        quiet(&[ENTER], Key::Submit, "next field; on the last one save", Move),
        back(&[ESC], "leave", Do, Some(2)),
        help_in_text("help"),
    ],
);

/// The screen.
#[derive(Debug)]
pub struct Form {
    fields: Fields,
    purpose: Purpose,
    is_saving: bool,
    /// Whether it reads what someone else made of the organization.
    is_reloading: bool,
    message: Option<(Tone, Message)>,
}

impl Form {
    /// For a new organization.
    pub fn create(cx: &mut Cx<'_, Self>) -> Self {
        Self::with(Purpose::Create, cx)
    }

    /// For one that is there.
    pub fn edit(shown: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        let session = cx.shared().session.as_ref();
        let is_own = session.is_some_and(|session| session.principal.role == Role::Admin);
        Self::with(Purpose::Edit { shown, is_own }, cx)
    }

    /// For one in the trash that is put back.
    pub fn restore(shown: Arc<Organization>, cx: &mut Cx<'_, Self>) -> Self {
        Self::with(Purpose::Restore(shown), cx)
    }

    /// For a new operator.
    pub fn add_operator(cx: &mut Cx<'_, Self>) -> Self {
        Self::with(Purpose::AddOperator, cx)
    }

    /// For a new password of an operator; of the own account it needs the present one.
    pub fn operator_password(account: Account, cx: &mut Cx<'_, Self>) -> Self {
        let purpose = if cx.shared().is_own(account.id) {
            Purpose::OwnPassword(account.email)
        } else {
            Purpose::OperatorPassword(account)
        };
        Self::with(purpose, cx)
    }

    /// For email and password of the account that is signed in.
    pub fn own_account(cx: &mut Cx<'_, Self>) -> Self {
        let email = cx.shared().session.as_ref().map(|session| session.principal.email.clone());
        Self::with(Purpose::OwnAccount(email.unwrap_or_default()), cx)
    }

    fn with(purpose: Purpose, cx: &Cx<'_, Self>) -> Self {
        let fields = purpose.fields();
        let mut form = Self { fields, purpose, is_saving: false, is_reloading: false, message: None };
        form.preview(cx.shared());
        form
    }

    /// Whether something is typed that leaving would lose.
    fn is_changed(&self) -> bool {
        self.fields.fields.iter().any(|field| self.purpose.differs(&self.fields, field.key))
    }

    /// Whether there is something to send: a second password and the present one change nothing by themselves.
    fn has_change(&self) -> bool {
        let kept = [FieldKey::Name, FieldKey::Email, FieldKey::Password];
        kept.into_iter().any(|key| self.purpose.differs(&self.fields, key))
    }

    fn step(&mut self, forward: bool) {
        self.check_left_field();
        self.fields.step(forward);
    }

    /// To the next field, unless something is wrong with this one.
    fn go_on(&mut self) {
        if let Some(key) = self.fields.focused() {
            self.check(key, true);
        }
        if !self.fields.is_focus_wrong() {
            self.fields.step(true);
        }
    }

    fn save(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_saving || self.is_reloading {
            return;
        }
        let all = [FieldKey::Name, FieldKey::Email, FieldKey::Password, FieldKey::Again, FieldKey::Current];
        for key in all {
            self.check(key, true);
        }
        if self.fields.focus_error() {
            return;
        }
        if !self.has_change() && !self.purpose.is_done_unchanged() {
            return cx.say(Tone::Muted, "Nothing is changed.");
        }
        self.message = None;
        self.is_saving = true;
        self.send(cx);
    }

    fn after_change(&mut self, key: FieldKey, shared: &Shared) {
        match key {
            FieldKey::Name => self.preview(shared),
            FieldKey::Password => {
                // What was said of the second one was about the first one as it was.
                if let Some(again) = self.fields.get_mut(FieldKey::Again) {
                    again.error = None;
                }
            }
            FieldKey::Email | FieldKey::Again | FieldKey::Current | FieldKey::File => {}
        }
    }
}

impl Screen for Form {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Next => self.step(true),
            Key::Previous => self.step(false),
            Key::Submit if !self.fields.is_on_last() => self.go_on(),
            Key::Submit | Key::Save => self.save(cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let saves = key == Key::Save || (key == Key::Submit && self.fields.is_on_last());
        Availability::unless(match () {
            () if !saves => None,
            () if self.is_saving => Some("saving"),
            () if shared.is_cut_off() => Some("no connection"),
            () => None,
        })
    }

    /// Takes text for the focused field; while it is saved nothing is edited.
    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        if self.is_saving {
            return;
        }
        for key in self.fields.take(text) {
            self.after_change(key, cx.shared());
        }
    }

    fn back(&mut self, cx: &mut Cx<'_, Self>) {
        if self.is_saving {
            cx.say(Tone::Warning, "It is being saved; a moment.");
        } else if self.is_changed() {
            let discarded = cx.reply_to(|_: &mut Self, (), cx| cx.close());
            cx.open(|_| DiscardChangesCard::new(discarded));
        } else {
            cx.close();
        }
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match (event, &mut self.purpose) {
            // It goes on with what there is now.
            (Event::Operator(account), Purpose::OperatorPassword(own))
                if own.id == account.id && !account.is_older_than(own) =>
            {
                own.clone_from(account);
            }
            (Event::OperatorGone(id), Purpose::OperatorPassword(own)) => {
                close_if_about(Some(own.id), *id, cx);
            }
            _ => {}
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
