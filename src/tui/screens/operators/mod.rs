//! The operators: who may manage every organization. Reads every page in the background, behind the rows that are
//! there.

mod view;

use crate::domain::search::{SearchText, fold};
use crate::domain::{Account, AccountId, Email, Record, Status};
use crate::service::{Error, MAX_LIMIT, OperatorPage};
use crate::tui::cards::copy::{self, CopyCard};
use crate::tui::cards::remove_operator::RemoveOperatorCard;
use crate::tui::effect::{Call, CallContext, CallError};
use crate::tui::keys::Group::{Do, Find, Move};
use crate::tui::keys::{
    DOWN, ENTER, ESC, Keys, Motion, Row, Text, UP, back, char, danger, go_to, help, help_in_text, hint, live,
    quiet, refresh,
};
use crate::tui::layer::{Availability, Cx, Destination, Event, LiveChanges, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::screens::paged::{FilterKey, Paged, PagedRow, Taken};
use crate::tui::shared::Shared;
use crate::tui::theme::Tone;
use crate::tui::widgets::canvas::Canvas;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::borrow::Cow;
use std::collections::HashSet;
use uuid::Uuid;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS, &FILTER] };
static PLACE: Place = Place::of::<Operators>("operators", "staff").for_operators();

/// What a key does to the operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Moves the selection.
    Motion(Motion),
    /// A new operator.
    New,
    /// A new password of the selected one.
    Password,
    /// The own account.
    Edit,
    /// Removes the selected one, after a card.
    Remove,
    /// Copies of it, after a menu.
    Copy,
    /// Filters.
    Filter(FilterKey),
}

static KEYS: Keys<Key> = Keys::of(
    "operators",
    &[
        hint(&[char('n')], Key::New, "new", Do, 2),
        hint(&[char('p')], Key::Password, "new password", Do, 3),
        hint(&[char('e')], Key::Edit, "edit yours", Do, 7),
        danger(&[char('D')], Key::Remove, "remove", Do, 4),
        hint(&[char('y')], Key::Copy, "copy", Do, 10),
        hint(&[char('/')], Key::Filter(FilterKey::Begin), "filter", Find, 5),
        refresh("refresh", 9),
        live(),
        go_to(8),
        back(&[char('q')], "back", Move, Some(1)),
        quiet(&[ESC], Key::Filter(FilterKey::Escape), "clear; back", Find),
        Row::Motions(Key::Motion),
        help(),
    ],
);

/// The keys while the filter is typed.
static FILTER: Keys<Key> = Keys::of_text(
    "filter of operators",
    &[
        hint(&[ENTER], Key::Filter(FilterKey::Keep), "keep", Do, 2),
        hint(&[ESC], Key::Filter(FilterKey::Clear), "clear", Do, 1),
        hint(&[UP], Key::Motion(Motion::Up), "up", Move, 5),
        hint(&[DOWN], Key::Motion(Motion::Down), "down", Move, 6),
        help_in_text("syntax"),
    ],
)
.syntax(&[
    ("kim @acme", "parts of email or id"),
    ("id:6f0c", "begins with"),
    ("!night", "not; quotes keep spaces: \"a b\""),
]);

/// A page of operators, by email.
#[derive(Debug, PartialEq)]
pub struct ReadOperators {
    /// Where it begins.
    pub cursor: Option<String>,
}

impl Call for ReadOperators {
    type Answer = OperatorPage;

    fn label(&self) -> Option<String> {
        Some("reading operators".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<OperatorPage, Error> {
        context.service.operators(context.session()?, MAX_LIMIT, self.cursor.as_deref()).await
    }
}

impl PagedRow for Account {
    type Id = AccountId;
    type Order = String;

    fn id(&self) -> AccountId {
        self.id
    }

    fn order(&self) -> String {
        Email::key_of(&self.email)
    }

    fn is_older_than(&self, other: &Self) -> bool {
        Account::is_older_than(self, other)
    }

    fn text(&self) -> SearchText<'_> {
        let none = Cow::Borrowed("");
        SearchText { name: none.clone(), email: fold(&self.email), collection: none, id: self.id.0 }
    }

    fn record(&self) -> Record {
        let (created_at, updated_at) = (self.created_at, self.updated_at);
        Record { status: Status::Active, is_at_rest: true, created_at, updated_at }
    }
}

/// The screen.
#[derive(Debug, Default)]
pub struct Operators {
    /// By the key of their email.
    list: Paged<Account>,
    /// Entries of the audit after which it was read anew.
    entries: HashSet<Uuid>,
}

impl Destination for Operators {
    /// An empty list that begins to read.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self::default();
        Screen::refresh(&mut screen, cx);
        screen
    }
}

impl Operators {
    fn read(&mut self, cursor: Option<String>, cx: &mut Cx<'_, Self>) {
        self.list.asked(cx.call(ReadOperators { cursor }, Self::page_came));
    }

    fn page_came(&mut self, page: Result<OperatorPage, CallError>, cx: &mut Cx<'_, Self>) {
        let page = page.map(|page| (page.items, page.next_cursor));
        let Some(Taken { changed, gone, next }) = self.list.take(page, cx.shared().now) else { return };
        // A form or a card about one goes on with what there is now.
        for account in changed {
            cx.tell(Event::Operator(account));
        }
        for gone in gone {
            cx.tell(Event::OperatorGone(gone));
        }
        if next.is_some() {
            self.read(next, cx);
        } else {
            cx.is_fresh();
        }
    }

    /// What is done with operators is about no organization: it is read anew once for each new entry.
    fn live(&mut self, live: &LiveChanges, cx: &mut Cx<'_, Self>) {
        let entries = live.changes.entries.iter().filter(|entry| entry.organization.is_none());
        let entries: HashSet<Uuid> = entries.map(|entry| entry.id).collect();
        let is_new = entries.iter().any(|entry| !self.entries.contains(entry));
        if is_new && self.list.reading.running().is_none() {
            Screen::refresh(self, cx);
            self.entries = entries;
        }
    }

    /// An operator is as given now; an operator that was just added is selected.
    fn saved(&mut self, account: &Account) {
        if self.list.saved(account) {
            self.list.choose(account.id);
        }
    }

    /// Opens what is about the selected one.
    fn open_selected<T: Screen>(&mut self, make: fn(Account, &mut Cx<'_, T>) -> T, cx: &mut Cx<'_, Self>) {
        if let Some(account) = self.list.choose_selected().cloned() {
            cx.open(|cx| make(account, cx));
        }
    }
}

impl Screen for Operators {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        if self.list.is_filtering() { &FILTER } else { &KEYS }
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => self.list.move_by(motion),
            Key::New => cx.open(Form::add_operator),
            Key::Edit => cx.open(Form::own_account),
            Key::Password => self.open_selected(Form::operator_password, cx),
            Key::Remove => self.open_selected(RemoveOperatorCard::new, cx),
            Key::Copy => self.open_selected(|shown, _| CopyCard::new(copy::of_operator(&shown)), cx),
            Key::Filter(key) => {
                if self.list.filter_by(key) {
                    cx.close();
                }
            }
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let selected = self.list.selected();
        let is_own = selected.is_some_and(|account| shared.is_own(account.id));
        Availability::unless(match key {
            Key::Motion(_) => None,
            Key::Filter(key) => self.list.filter_refusal(key),
            Key::Copy => selected.is_none().then_some("nothing selected"),
            _ if shared.is_cut_off() => Some("no connection"),
            Key::New => None,
            _ if selected.is_none() => Some("nothing selected"),
            Key::Edit if !is_own => Some("only its owner changes the email"),
            Key::Remove if self.list.all().len() == 1 => Some("it is the last operator"),
            Key::Edit | Key::Password | Key::Remove => None,
        })
    }

    fn on_text(&mut self, text: &Text, cx: &mut Cx<'_, Self>) {
        if let Err(refused) = self.list.on_text(text, cx.shared().now) {
            cx.say(Tone::Warning, refused.to_string());
        }
    }

    /// Reads every page anew.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.list.begin();
        self.read(None, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Operator(account) => self.saved(account),
            Event::OperatorGone(id) => self.list.left(*id),
            Event::Stale => Screen::refresh(self, cx),
            Event::Live(live) => self.live(live, cx),
            _ => {}
        }
    }

    fn position(&self) -> Option<(usize, usize)> {
        self.list.position()
    }

    fn due(&self) -> Option<Timestamp> {
        self.list.due()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        if self.list.on_due(cx.shared().now) {
            Screen::refresh(self, cx);
        }
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
