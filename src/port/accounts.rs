//! Accounts and sessions as a store keeps them.

use super::Result;
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
    /// A session that was signed in, or renewed, at this time or before has ended.
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

/// An account with its hash, for whoever verifies a password.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    /// The account.
    pub account: Account,
    /// The bcrypt hash of its password.
    pub password_hash: SecretString,
    /// The organization of an admin, when it is there.
    pub organization: Option<OrganizationOfAccount>,
}

/// What a session is checked against.
#[derive(Debug, Clone)]
pub struct SessionState {
    /// The account that the token names; `None` when it is gone or not whole yet.
    pub account: Option<Account>,
    /// The organization that the token names; `None` when it is gone or the token names none.
    pub organization: Option<OrganizationOfAccount>,
    /// Whether this very token was ended.
    pub revoked: bool,
}

/// What a try to sign in was counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInTry {
    /// Counted; the password may be verified.
    Counted,
    /// Too many before; neither counted nor to be verified until then.
    Throttled {
        /// The end of the wait.
        until: Timestamp,
    },
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

/// Who signs in, what a session is checked against, and what ends it.
#[async_trait]
pub trait Accounts: Send + Sync + Debug {
    /// What a session is checked against, at `now`.
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState>;

    /// Counts a try to sign in with this email key, before any password is verified. From the 5th counted try on
    /// each one sets a wait of 1 s, doubling to 5 min; tries during a wait change nothing. The count starts anew
    /// 1 h after the last counted try.
    async fn try_sign_in(&self, email_key: &str, now: Timestamp) -> Result<SignInTry>;

    /// The account that signs in with this email key, if there is a whole one.
    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>>;

    /// An account by its id, if it is whole.
    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>>;

    /// Clears the throttle of an email key, and writes a hash made anew.
    async fn signed_in(&self, email_key: &str, rehash: Option<Rehash>, audit: AuditEntry) -> Result<()>;

    /// Clears the throttle of an email key: its password was right.
    async fn forget_tries(&self, email_key: &str) -> Result<()>;

    /// Ends one token; kept until it would have expired anyway. A repeat changes nothing.
    async fn revoke(&self, jti: Uuid, expires_at: Timestamp, audit: Option<AuditEntry>) -> Result<()>;

    /// Ends every token of an account.
    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()>;
}
