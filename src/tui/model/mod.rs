//! What the console knows. `update` is its only writer; views only read it.

mod shared;

pub use shared::Shared;

use super::action::Command;
use super::cards::Overlay;
use super::effect::{CallId, Request, Token};
use super::keymap::Context;
use super::screens::Screen;
use super::theme::{Role, Theme};
use super::{Leave, text};
use crate::domain::{CollectionName, NameError, Principal};
use crate::service::StoreLocation;
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Columns and rows below which no screen can do its work.
pub const SMALLEST: (u16, u16) = (40, 10);
/// From here to the end of a session the time is counted by the second.
pub const LAST_MINUTES: SignedDuration = SignedDuration::from_mins(5);

/// A word about what was done, for a few seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is: good, warning or danger.
    pub role: Role,
    /// The words.
    pub text: String,
    /// Gone at this time.
    pub until: Timestamp,
}

/// A signed-in session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The token in use.
    pub token: Token,
    /// Whose it is.
    pub principal: Principal,
    /// When it is over.
    pub ends_at: Timestamp,
    /// Whether it is over: then the sign-in lies on top, and calls that need it wait.
    pub is_over: bool,
    /// The renewal in flight.
    pub renewing: Option<CallId>,
    /// The sign-out in flight that was asked for, and whether it is one from everywhere.
    pub signing_out: Option<(CallId, bool)>,
    /// Not renewed again before: at the 12 h cap a new token would end no later.
    pub not_before: Timestamp,
}

/// A call that was not answered yet.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingCall {
    /// What was asked.
    pub request: Request,
    /// The number of the token it carries.
    pub token: Option<u64>,
    /// Since when.
    pub since: Timestamp,
    /// Whether whoever asked is signed out meanwhile.
    pub is_of_before: bool,
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
    pub waiting: Vec<(CallId, Request)>,
}

/// The console is about to end.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// How.
    pub leave: Leave,
    /// The sign-out in flight, and how long it is waited for; before it, running writes are.
    pub signing_out: Option<(CallId, Timestamp)>,
}

/// What does not change while the console runs.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// Where the store is.
    pub place: StoreLocation,
    /// Where the store's setting came from, when that is worth saying: `from .env`.
    pub store_from: Option<String>,
    /// A word for the title, as PROD.
    pub environment: Option<String>,
    /// How it looks.
    pub theme: Theme,
    /// How long a session lasts without being used.
    pub session_length: SignedDuration,
    /// How long what is deleted can be restored; none: it is removed at once.
    pub trash_length: SignedDuration,
    /// Which collection an organization gets.
    pub collection_of: CollectionOf,
    /// The email to begin with.
    pub email: Option<String>,
}

/// From a name as typed to its collection.
type NameToCollection = dyn Fn(&str) -> Result<CollectionName, NameError> + Send + Sync;

/// Which collection an organization of a name gets, by the rule of the store.
#[derive(Clone)]
pub struct CollectionOf(pub Arc<NameToCollection>);

impl fmt::Debug for CollectionOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CollectionOf")
    }
}

/// The whole console.
#[derive(Debug)]
pub struct Model {
    /// What every screen sees.
    pub shared: Shared,
    /// The screens, the one in view last.
    pub screens: Vec<Screen>,
    /// What lies over them, the topmost last.
    pub overlays: Vec<Overlay>,
    /// How the console ends, once it does.
    pub leaving: Option<Leaving>,
    /// Until when a second Ctrl-C quits.
    pub interrupt_until: Option<Timestamp>,
    /// Whether something that is shown changed since the last draw.
    pub is_dirty: bool,
}

impl Model {
    /// Where keys go.
    pub fn context(&self) -> Context {
        match (self.overlays.last(), self.screens.last()) {
            (Some(overlay), _) => overlay.context(),
            (None, Some(screen)) => screen.context(),
            (None, None) => Context::SignIn,
        }
    }

    /// Why a command cannot work now, if it cannot.
    pub fn refusal(&self, command: Command) -> Option<&'static str> {
        let is_read = matches!(command, Command::Refresh | Command::Help | Command::Escape);
        if !is_read && self.leaving.is_some() {
            return Some("leaving");
        }
        if !is_read && self.shared.is_signing_out() {
            return Some("signing out");
        }
        match (self.overlays.last(), self.screens.last()) {
            (Some(overlay), _) => overlay.refusal(command, &self.shared),
            (None, Some(screen)) => screen.refusal(command, &self.shared),
            (None, None) => None,
        }
    }

    /// Whether a key of the context is there at all for whoever is signed in.
    pub fn offers(&self, command: Command) -> bool {
        match (self.overlays.last(), self.screens.last()) {
            (None, Some(screen)) => screen.offers(command, &self.shared),
            (Some(_), _) | (None, None) => true,
        }
    }

    /// When something that is shown changes by itself, or something is due.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let shared = &self.shared;
        let session = shared.session.as_ref().filter(|session| !session.is_over);
        let clock = session.map(|session| clock_changes(session.ends_at, shared.now));
        let notice = shared.notice.as_ref().map(|notice| notice.until);
        let outage = shared.outage.as_ref().and_then(|outage| {
            let next = outage.next_try?;
            Some(next.min(whole_seconds_before(next, shared.now)))
        });
        let leaving = self.leaving.as_ref().and_then(|leaving| leaving.signing_out);
        let waiting = shared
            .flights
            .values()
            .filter(|flight| flight.request.activity().is_some())
            .map(|flight| seconds_after(flight.since, shared.now))
            .min();
        let blind =
            (shared.size.0 == 0 || shared.size.1 == 0).then(|| shared.now + SignedDuration::from_secs(1));
        [clock, notice, outage, leaving.map(|(_, until)| until), waiting, blind].into_iter().flatten().min()
    }

    /// What is shown of the time; drawn anew when it differs.
    pub fn time_face(&self) -> (Option<String>, bool, Option<i64>, Option<String>) {
        let shared = &self.shared;
        let countdown = shared.outage.as_ref().map(|outage| outage.seconds(shared.now));
        (shared.time_left().map(text::time_left), shared.notice.is_some(), countdown, shared.activity())
    }
}

impl Outage {
    /// Whole seconds to the next try.
    pub fn seconds(&self, now: Timestamp) -> i64 {
        self.next_try.map_or(0, |next| crate::service::error::whole_seconds(next.duration_since(now)).max(0))
    }
}

/// When the words for the time left change next: at the minute, in the last minutes at the second.
fn clock_changes(end: Timestamp, now: Timestamp) -> Timestamp {
    let left = end.duration_since(now);
    let step = if left > LAST_MINUTES { 60_000 } else { 1_000 };
    let past = (left.as_millis() - 1).rem_euclid(step) + 1;
    let step = i64::try_from(past).unwrap_or(1_000).max(1);
    now + SignedDuration::from_millis(step)
}

fn whole_seconds_before(then: Timestamp, now: Timestamp) -> Timestamp {
    let left = then.duration_since(now).as_millis();
    let past = (left - 1).rem_euclid(1_000) + 1;
    now + SignedDuration::from_millis(i64::try_from(past).unwrap_or(1_000))
}

fn seconds_after(since: Timestamp, now: Timestamp) -> Timestamp {
    let gone = now.duration_since(since).as_millis();
    let rest = 1_000 - gone.rem_euclid(1_000);
    now + SignedDuration::from_millis(i64::try_from(rest).unwrap_or(1_000))
}
