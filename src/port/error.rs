//! Errors, one variant for each problem that a user can act on.
//!
//! Owns codes, messages and hints that fit every face. Exit codes, and hints that name flags and commands, are the
//! command line's business.

pub use super::confirms::Confirms;
use crate::archive::{ArchiveError, TargetError};
use crate::domain::document::QueryError;
use crate::domain::text::quoted;
use crate::domain::{
    EmailError, Ended, FilterError, NameError, OperationId, OrganizationId, PasswordError, State,
};
use jiff::SignedDuration;
use std::fmt;
use uuid::Uuid;

/// The result of every call of the service and of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused or failed, or that its outcome is unknown. It never contains text from a store's driver:
/// that goes to the log under the request id.
///
/// The stable code of a variant is its name, unless it shares the code of another problem.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    /// The name of an organization breaks a rule.
    #[error("{0}")]
    InvalidName(#[from] NameError),
    /// An email breaks a rule.
    #[error("{0}")]
    InvalidEmail(#[from] EmailError),
    /// A new password breaks a rule.
    #[error("{0}")]
    InvalidPassword(#[from] PasswordError),
    /// A filter cannot be parsed.
    #[error("{0}")]
    InvalidFilter(#[from] FilterError),
    /// A query over documents cannot be parsed.
    #[error("{0}")]
    #[strum(serialize = "invalid_filter")]
    InvalidQuery(#[from] QueryError),
    /// A document that cannot be written, or not as it is; the text says why.
    #[error("{0}")]
    InvalidDocument(String),
    /// An archive is not imported; the text says why.
    #[error("{0}")]
    InvalidArchive(#[from] ArchiveError),
    /// An export cannot be written to that path.
    #[error("{0}")]
    #[strum(serialize = "usage")]
    ExportTarget(TargetError),
    /// The system failed while an export was written; no file is left.
    #[error("{0}")]
    #[strum(serialize = "internal")]
    ExportFailed(TargetError),
    /// A collection that an archive cannot bring back as it is; the text says why.
    #[error("{0}")]
    #[strum(serialize = "usage")]
    NotExportable(String),
    /// The store has nothing to adopt, or a decision about it is not possible; the text says why.
    #[error("{0}")]
    #[strum(serialize = "usage")]
    NotAdoptable(String),
    /// A cursor is damaged or belongs to another list.
    #[error("This cursor is damaged, or belongs to a list with another filter, state or order.")]
    InvalidCursor,
    /// The confirmation of a destructive request is missing or wrong.
    #[error("{0}")]
    ConfirmationRequired(Confirms),
    /// The id of the operation belongs to another request.
    #[error("This operation id was used before for another request. Nothing was done.")]
    OperationMismatch,
    /// The request changes nothing.
    #[error("There is nothing to change: give a new name, admin email or password.")]
    #[strum(serialize = "usage")]
    NothingToChange,
    /// No connection, or it broke. With an operation, the outcome of the write is unknown.
    #[error("No answer from {place}.{}", may_be_done(*.operation))]
    Unavailable {
        /// The store, in a form that is safe to show.
        place: String,
        /// The write that may still be completed.
        operation: Option<OperationId>,
    },
    /// The server refuses a step that cannot be rolled back. The next process that needs the organization retries it.
    #[error("{reason} The change may still be completed.")]
    #[strum(serialize = "unavailable")]
    Refused {
        /// What the server said, in a sentence.
        reason: String,
        /// The write that may still be completed.
        operation: OperationId,
    },
    /// The server does not let the collection be renamed now: an index is being built, or another command holds it.
    #[error("{0}")]
    #[strum(serialize = "busy")]
    CollectionBusy(String),
    /// The store answers, but cannot be used.
    #[error("{0}")]
    StoreUnusable(String),
    /// No session, or a token that this store never issued.
    #[error("You are not signed in.")]
    Unauthenticated,
    /// The store has no operator yet.
    #[error("This store has no operator yet, so nobody can sign in.")]
    #[strum(serialize = "unauthenticated")]
    NotInitialized,
    /// A session that was valid once.
    #[error("{}", why_ended(*.0))]
    SessionExpired(Ended),
    /// Unknown email, wrong password, or an organization whose admin may not sign in. It does not say which.
    #[error("Email or password is wrong.")]
    InvalidCredentials,
    /// A change of one's own account came without the current password, or with a wrong one.
    #[error("Changing your own email or password needs your current password; it is missing or wrong.")]
    #[strum(serialize = "invalid_credentials")]
    WrongCurrentPassword,
    /// No such organization, or one that this session may not see.
    #[error("The organization no longer exists.")]
    NotFound,
    /// No operator has this email.
    #[error("The operator no longer exists.")]
    #[strum(serialize = "not_found")]
    OperatorNotFound,
    /// No account has this email, and no entry of the audit has it as its actor.
    #[error("No account and no entry of the audit has the email {}.", quoted(.0))]
    #[strum(serialize = "not_found")]
    ActorNotFound(String),
    /// Another organization has this name.
    #[error("An organization named {0:?} already exists.")]
    NameTaken(String),
    /// Another account has this email.
    #[error("The email {0:?} already signs in to another account.")]
    EmailTaken(String),
    /// A collection that tenantry did not create has the name.
    #[error("A collection named {0:?} already exists, and tenantry did not create it.")]
    CollectionExists(String),
    /// Another operation is running on the organization.
    #[error("The organization is busy: it is {0}.")]
    Busy(State),
    /// The organization has changed since the caller read it.
    #[error("Someone else changed the organization first.")]
    Changed,
    /// The account has changed since the caller read it.
    #[error("Someone else changed this account first.")]
    #[strum(serialize = "changed")]
    OperatorChanged,
    /// The last operator cannot be removed.
    #[error("This is the last operator. Without one, nobody could manage the store.")]
    LastOperator,
    /// No document has this `_id`.
    #[error("The collection has no such document.")]
    #[strum(serialize = "not_found")]
    DocumentNotFound,
    /// Another document has this `_id`, as JSON.
    #[error("A document with the _id {0} already exists.")]
    #[strum(serialize = "id_taken")]
    DocumentExists(String),
    /// The document is not what the caller read.
    #[error("Someone else changed the document first.")]
    #[strum(serialize = "changed")]
    DocumentChanged,
    /// The search took longer than it may.
    #[error("The search was stopped after {} s.", .0.as_secs())]
    #[strum(serialize = "timed_out")]
    QueryTimedOut(std::time::Duration),
    /// The collection of the organization is missing.
    #[error("The collection {0:?} of this organization is missing.")]
    CollectionMissing(String),
    /// The store already has its first operator.
    #[error("This store already has its first operator.")]
    AlreadyInitialized,
    /// The password was right, but the organization is suspended, for this reason.
    #[error("This organization is suspended{}", because(.0))]
    Suspended(String),
    /// Several deleted organizations had this name.
    #[error("Several deleted organizations were called {name:?}: {}.", listed(.ids))]
    Ambiguous {
        /// The requested name.
        name: String,
        /// Their ids.
        ids: Vec<OrganizationId>,
    },
    /// The account of the organization's admin is missing.
    #[error("The admin account of {0:?} is missing.")]
    #[strum(serialize = "not_found")]
    AdminMissing(String),
    /// The reason of a suspension is too long or more than one line.
    #[error("A reason is one line of at most 500 characters.")]
    #[strum(serialize = "usage")]
    InvalidReason,
    /// The role does not allow this.
    #[error("Your role does not allow this.")]
    Forbidden,
    /// Too many attempts to sign in, to give a current password, to take a name or an email, or to register.
    #[error("Too many attempts. Wait {} s.", whole_seconds(*.retry_after))]
    Throttled {
        /// How long to wait.
        retry_after: SignedDuration,
    },
    /// Too many passwords wait to be hashed or verified.
    #[error("Too many passwords are being checked at once.")]
    Overloaded,
    /// The key is not the one that signs the sessions of this store.
    #[error("The secret key is not the key that signs the sessions of this store.")]
    #[strum(serialize = "invalid_config")]
    WrongKey,
    /// A bug or a broken environment. The log has the details under this request id.
    #[error("An internal error occurred (request {0}).")]
    Internal(Uuid),
}

fn because(reason: &str) -> String {
    match reason {
        "" => ".".to_owned(),
        reason if reason.ends_with(['.', '!', '?']) => format!(": {reason}"),
        reason => format!(": {reason}."),
    }
}

fn listed(ids: &[OrganizationId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn why_ended(ended: Ended) -> &'static str {
    match ended {
        Ended::Expired => "The session has expired.",
        Ended::NotYet => "The session is not valid yet: the clock here is behind the clock of the sign-in.",
        Ended::Ended => "The session has ended.",
    }
}

fn may_be_done(operation: Option<OperationId>) -> &'static str {
    operation.map_or("", |_| " The change may still be completed.")
}

/// Seconds rounded up, so that a retry after them is never too early.
pub fn whole_seconds(duration: SignedDuration) -> i64 {
    duration.as_secs() + i64::from(duration.subsec_nanos() > 0)
}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        if error.is_usage() { Self::ExportTarget(error) } else { Self::ExportFailed(error) }
    }
}

impl Error {
    /// An internal error with a new request id; the cause only goes to the log.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        let request = Uuid::new_v4();
        tracing::error!(%request, %cause, "internal error");
        Self::Internal(request)
    }

    /// The stable code for scripts.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do next, in words for every face: without flags, commands and keys. A face that has them says more.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Unavailable { operation: Some(operation), .. } | Self::Refused { operation, .. } => {
                return Some(format!(
                    "Operation {operation}. Check its result when the store answers again."
                ));
            }
            Self::Unavailable { operation: None, .. } => {
                "Check that it runs and can be reached, then try again."
            }
            Self::CollectionBusy(_) => "Try again when the server has finished that.",
            Self::Suspended(_) => "Ask the operators of the platform.",
            Self::AdminMissing(_) => "Type a new email and a new password.",
            Self::WrongKey => "Set SECRET_KEY to the key that the other processes on this store use.",
            Self::Unauthenticated | Self::SessionExpired(_) => "Sign in again.",
            Self::NotInitialized => "Create the first operator.",
            Self::AlreadyInitialized => "Sign in.",
            Self::NameTaken(_) => "Choose another name.",
            Self::EmailTaken(_) => "Choose another email.",
            Self::CollectionExists(_) => "Choose another name, or move that collection away.",
            Self::Busy(_) | Self::Overloaded => "Try again in a moment.",
            Self::QueryTimedOut(_) => "Ask for fewer documents, or by a field with an index.",
            Self::Changed | Self::OperatorChanged | Self::DocumentChanged => {
                "Reload it, then repeat the change."
            }
            Self::LastOperator => "Add another one first.",
            Self::CollectionMissing(_) => "The doctor shows the possible repairs.",
            Self::InvalidName(_)
            | Self::InvalidEmail(_)
            | Self::InvalidPassword(_)
            | Self::InvalidFilter(_)
            | Self::InvalidQuery(_)
            | Self::InvalidDocument(_)
            | Self::DocumentNotFound
            | Self::DocumentExists(_)
            | Self::InvalidArchive(_)
            | Self::ExportTarget(_)
            | Self::ExportFailed(_)
            | Self::NotExportable(_)
            | Self::NotAdoptable(_)
            | Self::InvalidCursor
            | Self::ConfirmationRequired(_)
            | Self::OperationMismatch
            | Self::NothingToChange
            | Self::StoreUnusable(_)
            | Self::InvalidCredentials
            | Self::WrongCurrentPassword
            | Self::NotFound
            | Self::OperatorNotFound
            | Self::ActorNotFound(_)
            | Self::Ambiguous { .. }
            | Self::Forbidden
            | Self::InvalidReason
            | Self::Throttled { .. }
            | Self::Internal(_) => return None,
        };
        Some(hint.to_owned())
    }

    /// The input field that the error is about, by its name in JSON.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::InvalidName(_) | Self::NameTaken(_) | Self::CollectionExists(_) => Some("name"),
            Self::InvalidEmail(_) | Self::EmailTaken(_) => Some("admin_email"),
            Self::InvalidPassword(_) => Some("password"),
            Self::WrongCurrentPassword => Some("current_password"),
            Self::InvalidQuery(QueryError::SortedTooBig { .. }) => Some("limit"),
            Self::InvalidFilter(_) | Self::InvalidQuery(_) => Some("filter"),
            Self::InvalidDocument(_) | Self::DocumentExists(_) => Some("document"),
            Self::InvalidArchive(_) => Some("file"),
            Self::ExportTarget(_) => Some("to"),
            Self::InvalidCursor => Some("cursor"),
            Self::ConfirmationRequired(_) => Some("confirm"),
            Self::OperationMismatch => Some("operation_id"),
            Self::InvalidReason => Some("reason"),
            Self::NothingToChange
            | Self::AdminMissing(_)
            | Self::Unavailable { .. }
            | Self::StoreUnusable(_)
            | Self::Unauthenticated
            | Self::NotInitialized
            | Self::SessionExpired(_)
            | Self::InvalidCredentials
            | Self::NotFound
            | Self::OperatorNotFound
            | Self::ActorNotFound(_)
            | Self::Busy(_)
            | Self::Changed
            | Self::OperatorChanged
            | Self::ExportFailed(_)
            | Self::NotExportable(_)
            | Self::NotAdoptable(_)
            | Self::DocumentNotFound
            | Self::DocumentChanged
            | Self::QueryTimedOut(_)
            | Self::LastOperator
            | Self::CollectionMissing(_)
            | Self::CollectionBusy(_)
            | Self::Refused { .. }
            | Self::Suspended(_)
            | Self::Ambiguous { .. }
            | Self::AlreadyInitialized
            | Self::Forbidden
            | Self::Throttled { .. }
            | Self::Overloaded
            | Self::WrongKey
            | Self::Internal(_) => None,
        }
    }

    /// Whether the same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::Unavailable { .. }
                | Self::Refused { .. }
                | Self::Busy(_)
                | Self::CollectionBusy(_)
                | Self::Throttled { .. }
                | Self::Overloaded
        )
    }

    /// The write that may still be completed, if it has an operation.
    pub fn open_operation(&self) -> Option<OperationId> {
        if let Self::Refused { operation, .. } | Self::Unavailable { operation: Some(operation), .. } = self {
            Some(*operation)
        } else {
            None
        }
    }

    /// Whether the caller's session is no longer valid.
    pub fn ends_session(&self) -> bool {
        matches!(self, Self::Unauthenticated | Self::SessionExpired(_))
    }
}
