//! What the service needs of a store for accounts and sessions.

use super::Result;
use crate::domain::throttle::Place;
use crate::domain::{Account, AccountId, AuditEntry, Claims, Email, PasswordRule, State, Suspension};
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use std::collections::HashMap;
use std::fmt::Debug;
use uuid::Uuid;

/// A new account with its hash.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Its email, which no other account has.
    pub email: Email,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
}

/// The organization of an admin, as far as sessions depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationOfAccount {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Its suspension, if it is suspended.
    pub suspension: Option<Suspension>,
    /// Whether its record names this account as its admin and has its email: of two accounts with one email, at most
    /// one signs in.
    pub is_own_admin: bool,
    /// Sessions that were signed in at or before this time have ended, with their renewals.
    pub sessions_end_at: Option<Timestamp>,
}

impl OrganizationOfAccount {
    /// Whether its admin may have a session: the organization is active or being renamed, and not suspended.
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
    /// The rule that this password follows.
    pub password_rule: PasswordRule,
    /// The organization of an admin, if it exists.
    pub organization: Option<OrganizationOfAccount>,
    /// When it last signed in.
    pub last_sign_in_at: Option<Timestamp>,
}

/// What a session is checked against.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// The account in the token; `None` if it is gone or not complete yet.
    pub account: Option<Account>,
    /// The organization in the token; `None` if it is gone or the token has none.
    pub organization: Option<OrganizationOfAccount>,
    /// Whether this session was ended.
    pub revoked: bool,
}

/// Whether an attempt may be verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceAnswer {
    /// It has a place and may be verified.
    Taken,
    /// All places are taken; one may be released at any time.
    Full {
        /// The ids of the attempts that hold them.
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
    /// Now.
    Now,
    /// At this time.
    At(Timestamp),
    /// The queue is full.
    Never,
}

/// A new hash at another cost; written only if the account still has this version.
#[derive(Debug, Clone)]
pub struct Rehash {
    /// The account.
    pub account_id: AccountId,
    /// The version of the account that the password was verified against.
    pub version: i64,
    /// The new bcrypt hash.
    pub password_hash: SecretString,
}

/// A sign-in with the right password.
#[derive(Debug, Clone)]
pub struct SignInDone {
    /// The account.
    pub account_id: AccountId,
    /// The place of the attempt.
    pub place: Place,
    /// A new hash, if the cost of the old one was too low.
    pub rehash: Option<Rehash>,
    /// For an operator: the check value of the key that signs its session, which the store keeps from now on.
    pub key_check: Option<String>,
}

/// Sign-in, session checks, and the end of sessions.
#[async_trait]
pub trait Accounts: Send + Sync + Debug {
    /// The state that a session is checked against, at `now`.
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState>;

    /// Takes a place for an attempt before the verification: one of five, less the counted failures, but at least one.
    /// A place is released after 30 s. Attempts during a wait change nothing.
    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer>;

    /// Records an attempt as failed at the time of its entry. From the 5th failure on, each one sets a wait of 1 s,
    /// doubling up to 5 min. The count is reset 1 h after the last failure. A failed sign-in also counts for the whole
    /// store.
    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()>;

    /// Gives a place back: the attempt ended for another reason or, when it `clears` the count, succeeded.
    async fn give_back(&self, place: &Place, clears: bool) -> Result<()>;

    /// When a sign-in may be verified: now, unless more than 300 failed in 10 min; then five a second, in order, with
    /// a queue of at most 5 s.
    async fn turn(&self, now: Timestamp) -> Result<Turn>;

    /// Counts a registration without a session. If too many were counted, it returns the time from which one is
    /// allowed again, and does not count this one.
    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>>;

    /// The account that signs in with this email key, if it is complete.
    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>>;

    /// An account by its id, if it is complete.
    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>>;

    /// When accounts last signed in; those that never did, or do not exist, are left out.
    async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>>;

    /// After a successful sign-in: gives the place back and clears its count, and writes the time of the sign-in, a
    /// new hash and the check value of the key.
    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()>;

    /// Clears the counts of an email key, for sign-ins and current passwords.
    async fn forget_tries(&self, email_key: &str) -> Result<()>;

    /// The check value of the key that signed the last operator's session; `None` before the first one.
    async fn key_check(&self) -> Result<Option<String>>;

    /// Ends a session with all its tokens; kept until none of them could be valid. A repeat changes nothing.
    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()>;

    /// Ends every token of an account.
    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()>;
}
