//! The audit: a record of each write, sign-in and sign-out.

use super::{AccountId, OrganizationId};
use jiff::{SignedDuration, Timestamp};
use std::fmt;
use uuid::Uuid;

/// Identifies a write, so that it can be retried after a lost answer; the caller creates a new one for each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OperationId(pub Uuid);

impl OperationId {
    /// A new one (UUID version 7, RFC 9562). Of two created by one process the later one is greater, so that audit
    /// entries with the same time keep their order.
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

/// An audit entry. It never holds a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id: the operation's id for changes of organizations.
    pub id: Uuid,
    /// When, in milliseconds.
    pub at: Timestamp,
    /// The email of the actor, or a description where there is none.
    pub actor: String,
    /// The account that acted, if there was one.
    pub actor_id: Option<AccountId>,
    /// The `token_version` of the acting session. It is not recorded: a store checks it within the write, and refuses
    /// the write if the session has ended since it was checked.
    pub actor_version: Option<i64>,
    /// `sign_in`, `organization_create`, ...
    pub action: AuditAction,
    /// Whether it succeeded.
    pub outcome: AuditOutcome,
    /// The organization it was about.
    pub organization_id: Option<OrganizationId>,
    /// Its name then.
    pub organization_name: Option<String>,
    /// `{field: {"from", "to"}}`; a password is `"changed"`.
    pub changes: serde_json::Map<String, serde_json::Value>,
    /// A hash of the normalised request: a retry must have the same hash.
    pub request_hash: Option<String>,
}

impl AuditEntry {
    /// What was done. A rename that an older version recorded as an update is a rename.
    pub fn effective_action(&self) -> AuditAction {
        let is_rename =
            self.action == AuditAction::OrganizationUpdate && self.changes.contains_key("organization_name");
        if is_rename { AuditAction::OrganizationRename } else { self.action }
    }

    /// Verb and object as people read them: [`AuditAction::words`], but a write that was refused was not done.
    pub fn words(&self) -> (&'static str, &'static str) {
        let action = self.effective_action();
        // A failed sign-in says so itself.
        if self.outcome == AuditOutcome::Failed && action != AuditAction::SignInFailed {
            let objects = [
                (AuditAction::OrganizationRename, "a rename"),
                (AuditAction::OrganizationUpdate, "a change"),
            ];
            let object = objects.iter().find(|(of, _)| *of == action);
            return (REFUSED, object.map_or("a write", |(_, object)| object));
        }
        action.words()
    }
}

/// The verb of a write that was refused.
pub const REFUSED: &str = "refused";

/// The actor of purges that no one requested.
pub const EXPIRED_ACTOR: &str = "expired";

/// What an audit entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AuditAction {
    /// Signed in.
    SignIn,
    /// A failed and counted attempt.
    SignInFailed,
    /// Signed out, from this session or everywhere.
    SignOut,
    /// The first operator was created.
    Init,
    /// An organization was created.
    OrganizationCreate,
    /// An organization was changed, but not its name.
    OrganizationUpdate,
    /// An organization was renamed, perhaps with other changes.
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
    /// Documents of an organization were listed, counted or shown.
    DocumentsRead,
    /// Documents were inserted.
    DocumentInsert,
    /// A document was replaced.
    DocumentReplace,
    /// A document was deleted.
    DocumentDelete,
    /// The data of an organization was written to a file.
    OrganizationExport,
    /// An organization was created from such a file.
    OrganizationImport,
    /// An organization of an earlier service was adopted.
    OrganizationAdopt,
    /// An operator was added.
    OperatorAdd,
    /// An operator was removed.
    OperatorRemove,
    /// The password of an operator was changed.
    OperatorPassword,
    /// The email of an operator was changed, perhaps with the password.
    OperatorUpdate,
    /// An operator's password was changed without a session, by someone with access to the store and its key.
    Recovered,
    /// Records or a collection were repaired, as the changes say.
    Repair,
}

impl AuditAction {
    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Its verb, as people read it, and the object where the verb alone does not say it: `renamed`, or `failed` and
    /// `to sign in`.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::SignIn => ("signed in", ""),
            Self::SignInFailed => ("failed", "to sign in"),
            Self::SignOut => ("signed out", ""),
            Self::Init => ("began", "the store"),
            Self::OrganizationCreate => ("created", ""),
            Self::OrganizationUpdate => ("changed", ""),
            Self::OrganizationRename => ("renamed", ""),
            Self::OrganizationSuspend => ("suspended", ""),
            Self::OrganizationResume => ("resumed", ""),
            Self::OrganizationDelete => ("deleted", ""),
            Self::OrganizationRestore => ("restored", ""),
            Self::OrganizationPurge => ("purged", ""),
            Self::OrganizationExport => ("exported", ""),
            Self::OrganizationImport => ("imported", ""),
            Self::OrganizationAdopt => ("adopted", ""),
            Self::DocumentsRead => ("read", ""),
            Self::DocumentInsert => ("inserted", ""),
            Self::DocumentReplace => ("replaced", "a document"),
            Self::DocumentDelete => ("deleted", "a document"),
            Self::OperatorAdd => ("added", "an operator"),
            Self::OperatorRemove => ("removed", "an operator"),
            Self::OperatorPassword => ("reset", "an operator's password"),
            Self::OperatorUpdate => ("changed", "own account"),
            Self::Recovered => ("recovered", "an account"),
            Self::Repair => ("repaired", ""),
        }
    }

    /// The verb alone.
    pub fn verb(self) -> &'static str {
        self.words().0
    }

    /// Whether its entry has the id of an operation with which the write can be retried.
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
            | Self::OrganizationImport
            | Self::OperatorAdd
            | Self::OperatorRemove
            | Self::OperatorPassword
            | Self::OperatorUpdate
            | Self::Recovered => true,
            Self::SignIn
            | Self::SignInFailed
            | Self::SignOut
            | Self::OrganizationExport
            | Self::OrganizationAdopt
            | Self::DocumentsRead
            | Self::DocumentInsert
            | Self::DocumentReplace
            | Self::DocumentDelete
            | Self::Repair => false,
        }
    }
}

/// The outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum AuditOutcome {
    /// Done.
    Done,
    /// Refused (only recorded for failed sign-ins).
    Failed,
}

impl AuditOutcome {
    /// The word in records and JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
