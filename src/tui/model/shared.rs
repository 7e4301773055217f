//! What every screen sees and may ask for: calls, notices, the time, the session.

use super::{ConsoleConfig, Notice, Outage, PendingCall, Session};
use crate::domain::{AccountId, Role as AccountRole};
use crate::tui::effect::{CallId, Effect, Kind, Request};
use crate::tui::theme::Role;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What every screen sees and may ask for.
#[derive(Debug)]
pub struct Shared {
    /// What does not change.
    pub fixed: ConsoleConfig,
    /// The time of the present event.
    pub now: Timestamp,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Who is signed in.
    pub session: Option<Session>,
    /// Calls in flight.
    pub flights: BTreeMap<CallId, PendingCall>,
    /// Calls refused because the session was over; made again after signing in.
    pub refused: Vec<(CallId, Request)>,
    /// The connection, when there is none.
    pub outage: Option<Outage>,
    /// When the store answered last.
    pub last_answer: Timestamp,
    /// What was just done.
    pub notice: Option<Notice>,
    /// What the store cannot promise, in sentences.
    pub store_warnings: Vec<String>,
    /// Whether the store was asked for that.
    pub asked_for_warnings: bool,
    /// Whether this console has tidied the store.
    pub is_tidied: bool,
    next: u64,
    tokens: u64,
}

impl Shared {
    /// At the start.
    pub fn new(fixed: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> Self {
        Self {
            fixed,
            now,
            size,
            session: None,
            flights: BTreeMap::new(),
            refused: Vec::new(),
            outage: None,
            last_answer: now,
            notice: None,
            store_warnings: Vec::new(),
            asked_for_warnings: false,
            is_tidied: false,
            next: 0,
            tokens: 0,
        }
    }

    /// A call under a new ticket. While the session is over, one that needs it waits for the next sign-in.
    pub fn call(&mut self, request: Request) -> (CallId, Vec<Effect>) {
        self.next += 1;
        let ticket = CallId(self.next);
        (ticket, self.call_again(ticket, request))
    }

    /// A call under the ticket it had before.
    pub fn call_again(&mut self, ticket: CallId, request: Request) -> Vec<Effect> {
        let token = match &self.session {
            _ if !request.needs_session() => None,
            Some(session) if !session.is_over => Some(session.token.clone()),
            Some(_) | None => {
                self.refused.push((ticket, request));
                return Vec::new();
            }
        };
        let flight = PendingCall {
            request: request.clone(),
            token: token.as_ref().map(|token| token.number),
            since: self.now,
            is_of_before: false,
        };
        self.flights.insert(ticket, flight);
        vec![Effect::Call(ticket, token, request)]
    }

    /// The number of the next token.
    pub fn next_token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }

    /// Nobody waits for this read any more.
    pub fn cancel(&mut self, ticket: CallId) -> Vec<Effect> {
        self.refused.retain(|(waiting, _)| *waiting != ticket);
        let was_running = self.flights.remove(&ticket).is_some();
        if let Some(outage) = &mut self.outage {
            outage.waiting.retain(|(waiting, _)| *waiting != ticket);
            // With no read left that would be tried again, nothing would ever tell that the store is back.
            if outage.waiting.is_empty() && self.reads().is_empty() {
                self.outage = None;
            }
        }
        if was_running { vec![Effect::Cancel(ticket)] } else { Vec::new() }
    }

    /// Says what was done, for a few seconds.
    pub fn say(&mut self, role: Role, text: impl Into<String>) {
        self.notice =
            Some(Notice { role, text: text.into(), until: self.now + SignedDuration::from_secs(6) });
    }

    /// Until when what is deleted now can be restored; none: it is removed at once.
    pub fn purge_at(&self) -> Option<Timestamp> {
        let length = self.fixed.trash_length;
        (!length.is_zero()).then(|| self.now.saturating_add(length).unwrap_or(Timestamp::MAX))
    }

    /// Whether an operator is signed in.
    pub fn is_operator(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.principal.role == AccountRole::Operator)
    }

    /// Whether a sign-out that was asked for is not answered yet.
    pub fn is_signing_out(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.signing_out.is_some())
    }

    /// Whether it is the account that is signed in.
    pub fn is_own(&self, account: AccountId) -> bool {
        self.session.as_ref().is_some_and(|session| session.principal.account_id == account)
    }

    /// Whether a try to reach the store failed and none has succeeded since.
    pub fn is_cut_off(&self) -> bool {
        self.outage.is_some()
    }

    /// The writes that run.
    pub fn writes(&self) -> impl Iterator<Item = &PendingCall> {
        self.flights.values().filter(|flight| flight.request.kind() == Kind::Write)
    }

    /// The reads that somebody looks at run under these ids.
    pub fn reads(&self) -> Vec<CallId> {
        let running = self.flights.iter();
        running.filter(|(_, flight)| flight.request.kind() == Kind::Read).map(|(ticket, _)| *ticket).collect()
    }

    /// What is going on, with the seconds it takes; reads are worth a word only after the first second.
    pub fn activity(&self) -> Option<String> {
        let flight = self
            .writes()
            .next()
            .or_else(|| self.flights.values().find(|flight| flight.request.activity().is_some()))?;
        let seconds = self.now.duration_since(flight.since).as_secs();
        let activity = flight.request.activity()?;
        match (flight.request.kind(), seconds) {
            (Kind::Read, ..1) => None,
            (_, ..1) => Some(activity),
            _ => Some(format!("{activity}, {seconds} s")),
        }
    }

    /// The time left of the session, if one is signed in.
    pub fn time_left(&self) -> Option<SignedDuration> {
        let session = self.session.as_ref().filter(|session| !session.is_over)?;
        Some(session.ends_at.duration_since(self.now))
    }
}
