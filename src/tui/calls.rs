//! The calls of the console: those that run, those refused for an ended session, and those that wait for a store that
//! does not answer. Reads that found no answer are repeated, ever less often; writes never are.

use super::effect::{BoxedCall, CallId, Effect, Kind, Message, Token};
use super::text::second;
use crate::service::Error;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 30;

/// 1, 2, 4, 8, 16, then every 30 seconds.
pub fn pause_after(tries: u32) -> SignedDuration {
    SignedDuration::from_secs((1_i64 << tries.saturating_sub(1).min(6)).min(LONGEST_PAUSE))
}

/// How old what is shown is, and when reading it is tried again by itself after a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freshness {
    read_at: Option<Timestamp>,
    failures: u32,
    next_try: Option<Timestamp>,
}

impl Freshness {
    /// A reading begins.
    pub fn begin(&mut self) {
        self.next_try = None;
    }

    /// What is shown was just read.
    pub fn came(&mut self, now: Timestamp) {
        *self = Self { read_at: Some(now), failures: 0, next_try: None };
    }

    /// It could not be read. It is tried again, ever less often, unless that cannot help.
    pub fn failed(&mut self, error: &Error, now: Timestamp) -> Message {
        let can_help = error.retryable() || matches!(error, Error::StoreUnusable(_) | Error::Internal { .. });
        self.failures += 1;
        self.next_try = can_help.then(|| now + pause_after(self.failures));
        Message::from(error)
    }

    /// When it is tried again by itself.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.next_try
    }

    /// What is said above what is shown: from when it is, and why it is not newer.
    pub fn told(&self, why: &Message) -> String {
        let again = if self.next_try.is_some() { " It is tried again by itself." } else { "" };
        match self.read_at {
            Some(at) => format!("As of {}: {}{again}", second(at), why.text),
            None => format!("Incomplete: {}{again}", why.text),
        }
    }
}

/// A call that was not answered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingCall {
    /// What was asked.
    pub call: BoxedCall,
    /// The number of the token it carries.
    pub token: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// Whether the account that asked is signed out.
    pub is_of_before: bool,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
}

/// The store does not answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Outage {
    /// What is shown is from before this time.
    pub since: Timestamp,
    /// Tries so far.
    pub tries: u32,
    /// The next one; `None` while one runs.
    pub next_try: Option<Timestamp>,
    /// Reads that wait for it.
    pub waiting: Vec<(CallId, BoxedCall)>,
}

impl Outage {
    /// Whole seconds to the next try.
    pub fn seconds(&self, now: Timestamp) -> i64 {
        self.next_try.map_or(0, |next| crate::service::error::whole_seconds(next.duration_since(now)).max(0))
    }
}

/// The calls of the console.
#[derive(Debug)]
pub struct Calls {
    /// Those that run.
    pub pending: BTreeMap<CallId, PendingCall>,
    /// Those refused because the session was over; made again after signing in.
    pub refused: Vec<(CallId, BoxedCall)>,
    /// The connection, when there is none.
    pub outage: Option<Outage>,
    /// When the store answered last.
    pub last_answer: Timestamp,
    last: u64,
}

impl Calls {
    /// None yet.
    pub fn new(now: Timestamp) -> Self {
        Self { pending: BTreeMap::new(), refused: Vec::new(), outage: None, last_answer: now, last: 0 }
    }

    /// An id that no call had.
    pub fn next_id(&mut self) -> CallId {
        self.last += 1;
        CallId(self.last)
    }

    /// Makes a call under an id, also one that it had before. Without a token one that needs it waits for the next
    /// sign-in.
    pub fn make(
        &mut self,
        id: CallId,
        call: BoxedCall,
        token: Option<Token>,
        now: Timestamp,
    ) -> Option<Effect> {
        let token = token.filter(|_| call.needs_session());
        if token.is_none() && call.needs_session() {
            self.refused.push((id, call));
            return None;
        }
        let number = token.as_ref().map(|token| token.number);
        let pending = PendingCall {
            call: call.clone(),
            token: number,
            since: now,
            is_of_before: false,
            is_stopping: false,
        };
        self.pending.insert(id, pending);
        Some(Effect::Call(id, token, call))
    }

    /// Nobody waits for this read any more.
    pub fn cancel(&mut self, id: CallId) -> Option<Effect> {
        self.refused.retain(|(waiting, _)| *waiting != id);
        let was_running = self.pending.remove(&id).is_some();
        if let Some(outage) = &mut self.outage {
            outage.waiting.retain(|(waiting, _)| *waiting != id);
            // With no read left that would be tried again, nothing would ever tell that the store is back.
            if outage.waiting.is_empty() && self.reads().is_empty() {
                self.outage = None;
            }
        }
        was_running.then_some(Effect::Cancel(id))
    }

    /// Asks a call to end in good order. Nothing where it does not run or cannot: then it has no answer to wait for.
    pub fn stop(&mut self, id: CallId) -> Option<Effect> {
        let pending = self.pending.get_mut(&id).filter(|pending| pending.call.can_stop())?;
        pending.is_stopping = true;
        Some(Effect::Stop(id))
    }

    /// The calls that run, can end in good order and were not asked to yet.
    pub fn stoppable(&self) -> Vec<CallId> {
        let running = self.pending.iter();
        running.filter(|(_, one)| one.call.can_stop() && !one.is_stopping).map(|(id, _)| *id).collect()
    }

    /// Whether this call is a read, wherever it waits.
    pub fn is_read(&self, id: CallId) -> bool {
        let refused = self.refused.iter().find(|(waiting, _)| *waiting == id).map(|(_, call)| call);
        let waiting = self.outage.iter().flat_map(|outage| &outage.waiting);
        let waiting = waiting.filter(|(waiting, _)| *waiting == id).map(|(_, call)| call).next();
        let running = self.pending.get(&id).map(|pending| &pending.call);
        running.or(refused).or(waiting).is_some_and(|call| call.kind() == Kind::Read)
    }

    /// A read found no answer: it waits for the next try.
    pub fn lost(&mut self, id: CallId, call: BoxedCall, now: Timestamp) {
        let since = self.last_answer;
        let none = Outage { since, tries: 0, next_try: None, waiting: Vec::new() };
        let outage = self.outage.get_or_insert(none);
        outage.waiting.push((id, call));
        if outage.next_try.is_none() {
            outage.tries += 1;
            outage.next_try = Some(now + pause_after(outage.tries));
        }
    }

    /// The store answered. What waited for that is to be made at once.
    pub fn found(&mut self, now: Timestamp) -> Vec<(CallId, BoxedCall)> {
        self.last_answer = now;
        self.outage.take().map(|outage| outage.waiting).unwrap_or_default()
    }

    /// A try begins. What waits for the store is to be made now.
    pub fn retry(&mut self) -> Vec<(CallId, BoxedCall)> {
        let Some(outage) = &mut self.outage else {
            return Vec::new();
        };
        outage.next_try = None;
        std::mem::take(&mut outage.waiting)
    }

    /// The writes that run.
    pub fn writes(&self) -> impl Iterator<Item = &PendingCall> {
        self.pending.values().filter(|pending| pending.call.kind() == Kind::Write)
    }

    /// The reads that run.
    pub fn reads(&self) -> Vec<CallId> {
        let running = self.pending.iter();
        running.filter(|(_, pending)| pending.call.kind() == Kind::Read).map(|(id, _)| *id).collect()
    }

    /// The reads that run, are told, and are over as soon as nobody waits for them: what nobody asked for is nothing that
    /// a user stops.
    pub fn told_reads(&self) -> Vec<CallId> {
        let mut reads = self.reads();
        let is_told = |call: &BoxedCall| call.label().is_some() && !call.can_stop();
        reads.retain(|id| self.pending.get(id).is_some_and(|pending| is_told(&pending.call)));
        reads
    }

    /// Since when the calls run that are told.
    pub fn told_since(&self) -> impl Iterator<Item = Timestamp> {
        self.pending.values().filter(|pending| pending.call.label().is_some()).map(|pending| pending.since)
    }

    /// What is going on, with the seconds it takes; reads are worth a word only after the first second.
    pub fn label(&self, now: Timestamp) -> Option<String> {
        let pending = self
            .writes()
            .next()
            .or_else(|| self.pending.values().find(|pending| pending.call.label().is_some()))?;
        let seconds = now.duration_since(pending.since).as_secs();
        let label = pending.call.label()?;
        match (pending.call.kind(), seconds) {
            (Kind::Read, ..1) => None,
            (_, ..1) => Some(label),
            _ => Some(format!("{label}, {seconds} s")),
        }
    }
}
