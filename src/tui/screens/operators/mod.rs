//! The operators: who may manage every organization. Reads every page in the background, behind the rows that are
//! there.

mod view;

use crate::domain::{Account, AccountId, Email};
use crate::service::{Error, MAX_LIMIT, OperatorPage};
use crate::tui::calls::Freshness;
use crate::tui::cards::remove_operator::RemoveOperatorCard;
use crate::tui::effect::{Call, CallContext, CallError, Load};
use crate::tui::keys::Group::{Do, Move};
use crate::tui::keys::{ESC, Keys, Motion, Row, back, char, danger, go_to, help, hint, live, refresh};
use crate::tui::layer::{Availability, Cx, Destination, Event, LiveChanges, Place, Registered, Screen};
use crate::tui::screens::form::Form;
use crate::tui::shared::Shared;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use ratatui::layout::Rect;
use std::collections::HashSet;
use uuid::Uuid;

/// What it is known by.
pub static REGISTERED: Registered = Registered { places: &[&PLACE], tables: &[&KEYS] };
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
}

static KEYS: Keys<Key> = Keys::of(
    "operators",
    &[
        hint(&[char('n')], Key::New, "new", Do, 2),
        hint(&[char('p')], Key::Password, "new password", Do, 3),
        hint(&[char('e')], Key::Edit, "edit yours", Do, 7),
        danger(&[char('D')], Key::Remove, "remove", Do, 4),
        refresh("refresh", 9),
        live(),
        go_to(8),
        back(&[ESC, char('q')], "back", Move, Some(1)),
        Row::Motions(Key::Motion),
        help(),
    ],
);

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

/// The screen.
#[derive(Debug)]
pub struct Operators {
    /// By the key of their email.
    rows: Vec<Account>,
    window: Window,
    /// What the user chose: it stays selected, whatever row it comes to stand in.
    chosen: Option<AccountId>,
    /// The reading of all pages; done when the last one came.
    reading: Load<Timestamp>,
    /// Operators that this pass has read.
    seen: HashSet<AccountId>,
    /// Those that are gone since it began: its pages do not bring them back.
    gone: HashSet<AccountId>,
    /// Entries of the audit after which it was read anew.
    entries: HashSet<Uuid>,
    freshness: Freshness,
}

impl Destination for Operators {
    /// An empty list that begins to read.
    fn open(cx: &mut Cx<'_, Self>) -> Self {
        let mut screen = Self {
            rows: Vec::new(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            seen: HashSet::new(),
            gone: HashSet::new(),
            entries: HashSet::new(),
            freshness: Freshness::default(),
        };
        Screen::refresh(&mut screen, cx);
        screen
    }
}

impl Operators {
    fn read(&mut self, cursor: Option<String>, cx: &mut Cx<'_, Self>) {
        self.reading = Load::Loading(cx.call(ReadOperators { cursor }, Self::page_came));
    }

    fn page_came(&mut self, page: Result<OperatorPage, CallError>, cx: &mut Cx<'_, Self>) {
        let page = match page {
            Ok(page) => page,
            // What came stays.
            Err(CallError::Stopped) => {
                self.reading = Load::Idle;
                return;
            }
            Err(CallError::Refused(error)) => {
                self.reading = Load::Failed(self.freshness.failed(&error, cx.shared().now));
                return;
            }
        };
        for account in page.items.into_iter().filter(|account| !self.gone.contains(&account.id)) {
            self.seen.insert(account.id);
            match self.rows.iter_mut().find(|known| known.id == account.id) {
                Some(known) if *known == account || account.is_older_than(known) => {}
                // A form or a card about it goes on with what there is now.
                Some(known) => {
                    known.clone_from(&account);
                    cx.tell(Event::Operator(account));
                }
                None => self.rows.push(account),
            }
        }
        if page.next_cursor.is_some() {
            self.read(page.next_cursor, cx);
        } else {
            for gone in self.rows.extract_if(.., |account| !self.seen.contains(&account.id)) {
                cx.tell(Event::OperatorGone(gone.id));
            }
            self.reading = Load::Ready(cx.shared().now);
            self.freshness.came(cx.shared().now);
            cx.is_fresh();
        }
        self.settle();
    }

    /// What is done with operators is about no organization: it is read anew once for each new entry.
    fn live(&mut self, live: &LiveChanges, cx: &mut Cx<'_, Self>) {
        let entries = live.changes.entries.iter().filter(|entry| entry.organization.is_none());
        let entries: HashSet<Uuid> = entries.map(|entry| entry.id).collect();
        let is_new = entries.iter().any(|entry| !self.entries.contains(entry));
        if is_new && self.reading.running().is_none() {
            Screen::refresh(self, cx);
            self.entries = entries;
        }
    }

    fn selected(&self) -> Option<&Account> {
        self.rows.get(self.window.selected)
    }

    /// Opens what is about the selected one.
    fn open_selected<T: Screen>(&mut self, make: fn(Account, &mut Cx<'_, T>) -> T, cx: &mut Cx<'_, Self>) {
        self.chosen = self.selected().map(|account| account.id);
        if let Some(account) = self.selected().cloned() {
            cx.open(|cx| make(account, cx));
        }
    }

    /// In order, and the selection where it belongs.
    fn settle(&mut self) {
        self.rows.sort_by_cached_key(|account| Email::key_of(&account.email));
        let place = self.rows.iter().position(|account| Some(account.id) == self.chosen);
        self.window.follow(place, self.rows.len());
    }

    /// An operator is as given now; one that was just added is selected.
    fn saved(&mut self, account: &Account) {
        self.gone.remove(&account.id);
        if let Some(known) = self.rows.iter_mut().find(|known| known.id == account.id) {
            if !account.is_older_than(known) {
                known.clone_from(account);
            }
        } else {
            self.rows.push(account.clone());
            self.chosen = Some(account.id);
        }
        self.seen.insert(account.id);
        self.settle();
    }
}

impl Screen for Operators {
    type Key = Key;

    fn keys(&self) -> &'static Keys<Key> {
        &KEYS
    }

    fn on_key(&mut self, key: Key, cx: &mut Cx<'_, Self>) {
        match key {
            Key::Motion(motion) => {
                self.window.move_by(motion, self.rows.len());
                self.chosen = self.selected().map(|account| account.id);
            }
            Key::New => cx.open(Form::add_operator),
            Key::Edit => cx.open(Form::own_account),
            Key::Password => self.open_selected(Form::operator_password, cx),
            Key::Remove => self.open_selected(RemoveOperatorCard::new, cx),
        }
    }

    fn availability(&self, key: Key, shared: &Shared) -> Availability {
        let selected = self.selected();
        let is_own = selected.is_some_and(|account| shared.is_own(account.id));
        Availability::unless(match key {
            Key::Motion(_) => None,
            _ if shared.is_cut_off() => Some("no connection"),
            Key::New => None,
            _ if selected.is_none() => Some("nothing selected"),
            Key::Edit if !is_own => Some("only its owner changes the email"),
            Key::Remove if self.rows.len() == 1 => Some("it is the last operator"),
            Key::Edit | Key::Password | Key::Remove => None,
        })
    }

    /// Reads every page anew.
    fn refresh(&mut self, cx: &mut Cx<'_, Self>) {
        cx.stop_reading();
        self.seen.clear();
        self.gone.clear();
        self.freshness.begin();
        self.read(None, cx);
    }

    fn on_event(&mut self, event: &Event, cx: &mut Cx<'_, Self>) {
        match event {
            Event::Operator(account) => self.saved(account),
            // The selection stays where it was.
            Event::OperatorGone(id) => {
                self.rows.retain(|known| known.id != *id);
                self.gone.insert(*id);
                self.settle();
            }
            Event::Stale => Screen::refresh(self, cx),
            Event::Live(live) => self.live(live, cx),
            _ => {}
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.freshness.next_try()
    }

    fn on_due(&mut self, cx: &mut Cx<'_, Self>) {
        Screen::refresh(self, cx);
    }

    fn draw(&self, shared: &Shared, area: Rect, canvas: &mut Canvas<'_>) {
        self.paint(shared, area, canvas);
    }
}
