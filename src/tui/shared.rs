//! What layers may read: the time, the size, the session, the notice, and whether the store answers.

use super::calls::Calls;
use super::clipboard::Clipboard;
use super::effect::{BoxedCall, CallId, Effect, History, Memory, Remember, Token};
use super::text::second;
use super::theme::{Theme, Tone};
use crate::domain::{AccessToken, AccountId, CollectionName, NameError, Principal, Role};
use crate::service::{SessionKeeper, StoreLocation};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use std::sync::Arc;

/// A word about what was done, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is: good, warning or danger.
    pub tone: Tone,
    /// The words.
    pub text: String,
    /// Gone at this time, if it does not hold longer.
    pub until: Option<Timestamp>,
}

/// Where a session came from, and so what becomes of it when the console is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Someone signed in here: it ends with the console, and coming back costs the password.
    Typed,
    /// It was there when the console began, and ends with it.
    Given,
    /// Commands use it too: it goes on.
    Kept,
}

/// A signed-in session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The token in use.
    pub token: Token,
    /// Whose it is.
    pub principal: Principal,
    /// Where it came from.
    pub origin: Origin,
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

/// A session that the console goes on with, and that it does not end.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// The token as it is now.
    pub token: AccessToken,
    /// Where it is renewed, if others use it too.
    pub keeper: Option<Keeper>,
}

/// Where a session is renewed.
#[derive(Debug, Clone)]
pub struct Keeper(pub Arc<dyn SessionKeeper>);

impl PartialEq for Keeper {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What does not change while the console runs.
#[derive(Debug, Clone)]
pub struct ConsoleConfig {
    /// Where the store is.
    pub location: StoreLocation,
    /// Where the store's setting came from, when that is worth saying: `from .env`.
    pub store_from: Option<String>,
    /// A word for the title, such as PROD.
    pub environment: Option<String>,
    /// Whether the title shows the whole path of an embedded store: it is not where it is by default.
    pub shows_path: bool,
    /// How it looks.
    pub theme: Theme,
    /// How a text reaches the clipboard of the terminal.
    pub clipboard: Clipboard,
    /// Whether the user named an editor; without one the console edits itself.
    pub has_editor: bool,
    /// How long a session lasts without being used.
    pub session_length: SignedDuration,
    /// How long what is deleted can be restored; none: it is removed at once.
    pub trash_length: SignedDuration,
    /// Which collection an organization gets.
    pub collection_of: CollectionOf,
    /// The email to begin with.
    pub email: Option<String>,
    /// The session to go on with, or why there is none; nothing when none was asked for.
    pub resumed: Option<Result<Resumed, String>>,
    /// Whether what is shown is read anew by itself.
    pub is_live: bool,
    /// What was remembered of this store.
    pub memory: Memory,
    /// Where what is to be remembered is kept, if anywhere.
    pub remember: Option<Remember>,
    /// The queries that were run before.
    pub history: History,
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

/// How often what is shown is read anew.
pub const REFRESH_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// A reading that is due for so long is late.
const LATE_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Whether what is shown is the present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Whether it is read anew by itself.
    pub is_on: bool,
    /// From when it is.
    pub read_at: Timestamp,
    /// Why it could not be read anew.
    pub failure: Option<String>,
}

impl Live {
    /// From when on it is told how old it is, if nothing is read until then.
    pub fn late_at(&self) -> Timestamp {
        self.read_at + REFRESH_EVERY + LATE_AFTER
    }

    /// What is said of its age, when there is something to say.
    pub fn told(&self, now: Timestamp) -> Option<String> {
        let at = second(self.read_at);
        match &self.failure {
            _ if !self.is_on => Some(format!("as of {at}")),
            Some(why) => Some(format!("as of {at}: {why}")),
            None => (self.late_at() <= now).then(|| format!("as of {at}")),
        }
    }
}

/// What layers may read.
#[derive(Debug)]
pub struct Shared {
    /// What does not change.
    pub config: ConsoleConfig,
    /// The time of the present event.
    pub now: Timestamp,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Who is signed in.
    pub session: Option<Session>,
    /// The calls that are made.
    pub calls: Calls,
    /// Whether what is shown is the present.
    pub live: Live,
    /// What is remembered of this store.
    pub memory: Memory,
    /// The queries that were run.
    pub history: History,
    /// What was just done.
    pub notice: Option<Notice>,
    /// What the store cannot promise, in sentences.
    pub store_warnings: Vec<String>,
    tokens: u64,
}

impl Shared {
    /// At the start.
    pub fn new(config: ConsoleConfig, now: Timestamp, size: (u16, u16)) -> Self {
        let (memory, history) = (config.memory.clone(), config.history.clone());
        let live = Live { is_on: config.is_live, read_at: now, failure: None };
        Self {
            live,
            config,
            now,
            size,
            session: None,
            calls: Calls::new(now),
            memory,
            history,
            notice: None,
            store_warnings: Vec::new(),
            tokens: 0,
        }
    }

    /// Makes a call under an id, also one that it had before; with the token of the session, while that lasts.
    pub fn make(&mut self, id: CallId, call: BoxedCall) -> Option<Effect> {
        let session = self.session.as_ref().filter(|session| !session.is_over);
        self.calls.make(id, call, session.map(|session| session.token.clone()), self.now)
    }

    /// Remembers something of this store.
    pub fn remember(&mut self, change: impl FnOnce(&mut Memory)) -> Option<Effect> {
        let before = self.memory.clone();
        change(&mut self.memory);
        let keep = self.config.remember.clone().filter(|_| self.memory != before)?;
        Some(Effect::Remember(keep, self.memory.clone()))
    }

    /// The number of the next token.
    pub fn next_token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }

    /// Says what was done; it stands until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice { tone, text: text.into(), until: None });
    }

    /// The minute that has begun: ages count from here, so that no key draws them anew.
    pub fn minute(&self) -> Timestamp {
        let past = self.now.as_second().rem_euclid(60);
        Timestamp::from_second(self.now.as_second() - past).unwrap_or(self.now)
    }

    /// Until when what is deleted now can be restored; none: it is removed at once.
    pub fn purge_at(&self) -> Option<Timestamp> {
        let length = self.config.trash_length;
        (!length.is_zero()).then(|| self.now.saturating_add(length).unwrap_or(Timestamp::MAX))
    }

    /// What is said of the age of what is shown; while the store does not answer the banner says it.
    pub fn age_told(&self) -> Option<String> {
        let is_shown = self.session.as_ref().is_some_and(|session| !session.is_over) && !self.is_cut_off();
        self.live.told(self.now).filter(|_| is_shown)
    }

    /// Whether an operator is signed in.
    pub fn is_operator(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.principal.role == Role::Operator)
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
        self.calls.outage.is_some()
    }

    /// The time left of the session, if one is signed in.
    pub fn time_left(&self) -> Option<SignedDuration> {
        let session = self.session.as_ref().filter(|session| !session.is_over)?;
        Some(session.ends_at.duration_since(self.now))
    }
}
