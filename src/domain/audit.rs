//! The audit: what is recorded of each write, each sign-in and each sign-out.

use super::{AccountId, OrganizationId};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use uuid::Uuid;

/// What identifies a write through a lost answer; made by the caller, a new one for each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// A new one (UUID version 7, RFC 9562): of two made by one process the later one is greater, so that entries of
    /// the audit with the same time stand in the order in which they were made.
    pub fn random() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long entries are kept and shown.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What is recorded of a write, a sign-in or a sign-out. Never a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// What identifies it: the operation's id for changes of organizations.
    pub id: Uuid,
    /// When, in milliseconds.
    pub at: Timestamp,
    /// The email of who acted, or what may be said of it.
    pub actor: String,
    /// The account that acted, where one did.
    pub actor_id: Option<AccountId>,
    /// The `token_version` of the session that acts. Not recorded: a store looks, in the write itself, whether the account
    /// still has it, and refuses the write of a session that ended after it was checked.
    pub actor_version: Option<i64>,
    /// `sign_in`, `organization_create`, ...
    pub action: AuditAction,
    /// Whether it was done.
    pub outcome: AuditOutcome,
    /// The organization it was about.
    pub organization_id: Option<OrganizationId>,
    /// Its name then.
    pub organization_name: Option<String>,
    /// `{field: {"from", "to"}}`; a password is `"changed"`.
    pub changes: serde_json::Map<String, serde_json::Value>,
    /// A hash of the normalised request: a repeat with another one is another request.
    pub request_hash: Option<String>,
}

/// The actor of what falls due by itself.
pub const EXPIRED_ACTOR: &str = "expired";

/// What an audit entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AuditAction {
    /// Signed in.
    SignIn,
    /// A counted try that failed.
    SignInFailed,
    /// Signed out, from this session or everywhere.
    SignOut,
    /// The first operator was made.
    Init,
    /// An organization was created.
    OrganizationCreate,
    /// An organization was changed, but not its name.
    OrganizationUpdate,
    /// An organization got another name, perhaps with other changes.
    OrganizationRename,
    /// An organization was suspended.
    OrganizationSuspend,
    /// A suspended organization was resumed.
    OrganizationResume,
    /// An organization was put into the trash.
    OrganizationDelete,
    /// An organization was taken out of the trash.
    OrganizationRestore,
    /// An organization was removed for good.
    OrganizationPurge,
    /// An operator was added.
    OperatorAdd,
    /// An operator was removed.
    OperatorRemove,
    /// The password of an operator was changed.
    OperatorPassword,
    /// The email of an operator was changed, perhaps with the password.
    OperatorUpdate,
    /// Somebody who has the store and its key changed an operator's password, without a session.
    Recovered,
    /// Records or a collection were repaired, as the changes say.
    Repair,
}

impl AuditAction {
    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether its entry has the id of an operation, with which the write can be repeated.
    pub fn has_operation(self) -> bool {
        match self {
            Self::Init
            | Self::OrganizationCreate
            | Self::OrganizationUpdate
            | Self::OrganizationRename
            | Self::OrganizationSuspend
            | Self::OrganizationResume
            | Self::OrganizationDelete
            | Self::OrganizationRestore
            | Self::OrganizationPurge
            | Self::OperatorAdd
            | Self::OperatorRemove
            | Self::OperatorPassword
            | Self::OperatorUpdate
            | Self::Recovered => true,
            Self::SignIn | Self::SignInFailed | Self::SignOut | Self::Repair => false,
        }
    }
}

/// How it came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AuditOutcome {
    /// Done.
    Done,
    /// Refused (only failed sign-ins are recorded so).
    Failed,
}

impl AuditOutcome {
    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
