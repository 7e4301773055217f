//! Accounts and sessions, as a store keeps them.

use super::Result;
use crate::domain::throttle::Place;
use crate::domain::{Account, AccountId, AuditEntry, Claims, Email, State, Suspension};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use std::fmt::Debug;
use uuid::Uuid;

/// A new account with its hash.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What will identify it.
    pub id: AccountId,
    /// Its email, not in use by any other account.
    pub email: Email,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
}

/// The organization of an admin, as far as its sessions depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationOfAccount {
    /// Its name.
    pub name: String,
    /// What is being done with it.
    pub state: State,
    /// Whether and why it is suspended.
    pub suspension: Option<Suspension>,
    /// Whether its record names this account as its admin and bears its email: of two accounts with one email at most
    /// one signs in.
    pub is_own_admin: bool,
    /// A session that was signed in at this time or before has ended, with its renewals.
    pub sessions_end_at: Option<Timestamp>,
}

impl OrganizationOfAccount {
    /// Whether its admin may have a session: the organization is whole, or is being renamed, and not suspended.
    pub fn lets_in(&self) -> bool {
        self.is_own_admin
            && matches!(self.state, State::Active | State::Renaming)
            && self.suspension.is_none()
    }
}

/// An account with its hash, to verify a password.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
    /// The organization of an admin, when it is there.
    pub organization: Option<OrganizationOfAccount>,
    /// When it signed in last.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What a session is checked against.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// The account that the token names; `None` when it is gone or not whole yet.
    pub account: Option<Account>,
    /// The organization that the token names; `None` when it is gone or the token names none.
    pub organization: Option<OrganizationOfAccount>,
    /// Whether this session was ended.
    pub revoked: bool,
}

/// Whether an attempt may be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceAnswer {
    /// The attempt has a place and may be verified.
    Taken,
    /// All places are taken; one may become free at any time.
    Full {
        /// What identifies them.
        under_way: Vec<Uuid>,
    },
    /// Too many attempts failed. None is verified until the end of the wait, and nothing was changed.
    Throttled {
        /// The end of the wait.
        until: Timestamp,
    },
}

/// When a sign-in may be verified, as far as the whole store is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// At once.
    Now,
    /// In its turn.
    At(Timestamp),
    /// The line is full.
    Never,
}

/// A hash made anew because the cost changed; written only if the account still has this version.
#[derive(Debug, Clone)]
pub struct Rehash {
    /// Whose.
    pub account_id: AccountId,
    /// The version of the account that the password was verified against.
    pub version: i64,
    /// The new bcrypt hash.
    pub password_hash: SecretString,
}

/// A sign-in whose password was right.
#[derive(Debug, Clone)]
pub struct SignInDone {
    /// The account.
    pub account_id: AccountId,
    /// The place that the try had.
    pub place: Place,
    /// A hash made anew, if its cost was too low.
    pub rehash: Option<Rehash>,
    /// Of an operator: the check value of the key that signs its session, which the store keeps from now on.
    pub key_check: Option<String>,
}

/// Who signs in, what a session is checked against, and what ends it.
#[async_trait]
pub trait Accounts: Send + Sync + Debug {
    /// What a session is checked against, at `now`.
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState>;

    /// Takes a place for a try, before anything is verified: of five, less the failures counted so far, but always one.
    /// A place lapses after 30 s. Tries during a wait change nothing.
    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer>;

    /// Makes a try a failure at the time of its entry. From the 5th on each one sets a wait of 1 s, doubling to 5 min.
    /// The count starts anew 1 h after the last failure. A failed sign-in counts for the whole store too.
    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()>;

    /// Gives a place back: its try failed for another reason or, when it `clears` the count, succeeded.
    async fn give_back(&self, place: &Place, clears: bool) -> Result<()>;

    /// When a sign-in may be verified: at once, unless over 300 failed in 10 min; then five a second, in order, and no
    /// line is longer than 5 s.
    async fn turn(&self, now: Timestamp) -> Result<Turn>;

    /// Counts a registration without a session. When as many as allowed were counted, it is not, and the time is told
    /// from which on one may be.
    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// The account that signs in with this email key, if there is a whole one.
    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>>;

    /// An account by its id, if it is whole.
    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>>;

    /// Gives the place back and clears its count, writes the time of the sign-in to the account, a hash made anew, and
    /// the check value of the key.
    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()>;

    /// Clears what was counted for an email key: of its sign-ins and of its current passwords.
    async fn forget_tries(&self, email_key: &str) -> Result<()>;

    /// The check value of the key that signed the last operator's session; `None` before the first one.
    async fn key_check(&self) -> Result<Option<String>>;

    /// Ends a session with all its tokens; kept until none of them could be good anyway. A repeat changes nothing.
    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()>;

    /// Ends every token of an account.
    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()>;
}
