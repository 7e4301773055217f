//! The operators: who may manage every organization. Reads every page in the background, behind the rows that are
//! there.

mod view;

use super::form::Form;
use super::{Move, Screen, Step, TABLE_FRAME, movement};
use crate::domain::{Account, AccountId, Email};
use crate::service::OperatorPage;
use crate::tui::action::Command;
use crate::tui::cards::{Overlay, remove_operator::RemoveOperator};
use crate::tui::effect::{Answer, Effect, Outcome, Request};
use crate::tui::effect::{CallId, Load, Message};
use crate::tui::model::Shared;
use crate::tui::widgets::table::Window;
use jiff::Timestamp;
use std::collections::HashSet;

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
}

impl Operators {
    /// An empty list that begins to read.
    pub fn open(shared: &mut Shared) -> (Self, Vec<Effect>) {
        let mut screen = Self {
            rows: Vec::new(),
            window: Window::default(),
            chosen: None,
            reading: Load::Idle,
            seen: HashSet::new(),
        };
        let effects = screen.read(shared);
        (screen, effects)
    }

    /// Reads every page anew.
    pub fn read(&mut self, shared: &mut Shared) -> Vec<Effect> {
        let mut effects: Vec<Effect> =
            self.reads().into_iter().flat_map(|ticket| shared.cancel(ticket)).collect();
        self.seen.clear();
        effects.extend(self.read_page(None, shared));
        effects
    }

    fn read_page(&mut self, cursor: Option<String>, shared: &mut Shared) -> Vec<Effect> {
        let (ticket, effects) = shared.call(Request::Operators { cursor });
        self.reading = Load::Loading(ticket);
        effects
    }

    fn selected(&self) -> Option<&Account> {
        self.rows.get(self.window.selected)
    }

    /// Does a command.
    pub fn command(&mut self, command: Command, shared: &mut Shared) -> Option<Step> {
        if let Some(rows) = movement(command, TABLE_FRAME, shared) {
            self.window.move_by(rows, self.rows.len());
            self.chosen = self.selected().map(|account| account.id);
            return Some(Step::default());
        }
        let step = match command {
            Command::Refresh => Step::effects(self.read(shared)),
            Command::Back => Step::go(Move::Pop),
            Command::New => push(Form::add_operator(shared)),
            Command::Edit => push(Form::own_account(shared)),
            Command::Password | Command::Delete => {
                self.chosen = self.selected().map(|account| account.id);
                match self.selected().cloned() {
                    Some(account) if command == Command::Password => {
                        push(Form::operator_password(account, shared))
                    }
                    Some(account) => {
                        let card = RemoveOperator::new(account, shared);
                        Step::go(Move::Open(Overlay::Remove(Box::new(card))))
                    }
                    None => Step::default(),
                }
            }
            Command::Up
            | Command::Down
            | Command::First
            | Command::Last
            | Command::HalfUp
            | Command::HalfDown
            | Command::PageUp
            | Command::PageDown
            | Command::Open
            | Command::Escape
            | Command::Filter
            | Command::Sort
            | Command::Reverse
            | Command::Operators
            | Command::Doctor
            | Command::Repair
            | Command::Finish
            | Command::Overview
            | Command::Activity
            | Command::NextTab
            | Command::PreviousTab
            | Command::Palette
            | Command::Help
            | Command::NextField
            | Command::PreviousField
            | Command::Submit
            | Command::Save
            | Command::Accept
            | Command::Interrupt
            | Command::Redraw
            | Command::Suspend => return None,
        };
        Some(step)
    }

    /// Whether it waits for this answer.
    pub fn awaits(&self, ticket: CallId) -> bool {
        self.reading.awaits(ticket)
    }

    /// Takes a page and asks for the next one.
    pub fn done(&mut self, _ticket: CallId, outcome: Outcome, shared: &mut Shared) -> Step {
        match outcome {
            Ok(Answer::Operators(page)) => self.read_on(page, shared),
            Ok(
                Answer::Initialized(_)
                | Answer::Made
                | Answer::SignedIn(_)
                | Answer::SignedOut
                | Answer::Page(_)
                | Answer::Organization(_)
                | Answer::CollectionStats(_)
                | Answer::Deleted(_)
                | Answer::Activity(_)
                | Answer::Operator(_)
                | Answer::Removed(_)
                | Answer::Examined(..)
                | Answer::Repaired(_)
                | Answer::Ended(_)
                | Answer::OwnAccount(_),
            ) => Step::default(),
            Err(error) => {
                self.reading = Load::Failed(Message::from(&error));
                Step::default()
            }
        }
    }

    fn read_on(&mut self, page: OperatorPage, shared: &mut Shared) -> Step {
        let mut step = Step::default();
        for account in page.items {
            self.seen.insert(account.id);
            let known = self.rows.iter_mut().find(|known| known.id == account.id);
            match known {
                Some(known) if *known == account => {}
                // A form or a card about it goes on with what there is now.
                Some(known) => {
                    known.clone_from(&account);
                    step.moves.push(Move::OperatorSaved(account));
                }
                None => self.rows.push(account),
            }
        }
        if page.next_cursor.is_some() {
            step.effects = self.read_page(page.next_cursor, shared);
        } else {
            let gone = self.rows.iter().filter(|account| !self.seen.contains(&account.id));
            step.moves.extend(gone.map(|account| Move::OperatorGone(account.id)));
            self.reading = Load::Ready(shared.now);
        }
        self.settle();
        step
    }

    /// In order, and the selection where it belongs.
    fn settle(&mut self) {
        self.rows.sort_by_cached_key(|account| Email::key_of(&account.email));
        let place = self.rows.iter().position(|account| Some(account.id) == self.chosen);
        let last = self.rows.len().saturating_sub(1);
        self.window.selected = place.unwrap_or_else(|| self.window.selected.min(last));
    }

    /// The reading was stopped; what came stays.
    pub fn stopped(&mut self, ticket: CallId) {
        if self.awaits(ticket) {
            self.reading = Load::Idle;
        }
    }

    /// The reading that runs.
    pub fn reads(&self) -> Vec<CallId> {
        match self.reading {
            Load::Loading(ticket) => vec![ticket],
            Load::Idle | Load::Ready(_) | Load::Failed(_) => Vec::new(),
        }
    }

    /// An operator is as given now; one that was just added is selected.
    pub fn saved(&mut self, account: &Account) {
        if let Some(known) = self.rows.iter_mut().find(|known| known.id == account.id) {
            known.clone_from(account);
        } else {
            self.rows.push(account.clone());
            self.chosen = Some(account.id);
        }
        self.seen.insert(account.id);
        self.settle();
    }

    /// An operator is gone; the selection stays where it was.
    pub fn gone(&mut self, account: AccountId) {
        self.rows.retain(|known| known.id != account);
        self.settle();
    }

    /// Why a command cannot work now.
    pub fn refusal(&self, command: Command, shared: &Shared) -> Option<&'static str> {
        let needs_one = matches!(command, Command::Edit | Command::Password | Command::Delete);
        let is_own = self.selected().is_some_and(|account| shared.is_own(account.id));
        match () {
            () if !needs_one && command != Command::New => None,
            () if shared.is_cut_off() => Some("no connection"),
            () if needs_one && self.selected().is_none() => Some("nothing selected"),
            () if command == Command::Edit && !is_own => Some("only its owner changes the email"),
            () if command == Command::Delete && self.rows.len() == 1 => Some("it is the last operator"),
            () => None,
        }
    }
}

fn push(form: Form) -> Step {
    Step::go(Move::Push(Screen::Form(Box::new(form))))
}
