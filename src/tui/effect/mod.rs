//! What `update` wants done, as data, and what comes of it. `perform` is the one place that does it: one call of the
//! service for each request.
//!
//! Nothing here decides anything.

mod load;
mod perform;

pub use load::{CallId, Leave, Load, Message};
pub use perform::{behind, perform};

use super::secret::Secret;
use crate::domain::{
    AccessToken, Account, CheckReport, CollectionStats, Finding, Organization, OrganizationId, Progress,
    RepairOutcome,
};
use crate::service::{
    ActivityPage, DeletedOrganization, Error, OperatorPage, OrganizationPage, OwnAccount, RemovedOperator,
    RepairProgress, RepairScope, SignedIn,
};
use jiff::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A session's token with its number: the first one of a console is 1, each later one a higher number.
#[derive(Clone)]
pub struct Token {
    /// Which of the tokens that this console had.
    pub number: u64,
    /// The token.
    pub token: AccessToken,
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({})", self.number)
    }
}

/// What the loop is to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Call the service; the answer comes back under the ticket.
    Call(CallId, Option<Token>, Request),
    /// Nobody waits for this read any more.
    Cancel(CallId),
    /// Work that no screen waits for; it ends with the console.
    Behind(Chore),
    /// Draw every cell anew.
    Redraw,
    /// Stop this process until the shell wakes it.
    Suspend,
    /// End the loop.
    Exit(Leave),
}

/// Work that no screen waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Chore {
    /// What a process does for the store behind its own work.
    Tidy(Token),
    /// Ask what the store cannot promise.
    StoreWarnings,
}

/// One call of the service.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Whether the store has its first operator.
    IsInitialized,
    /// Make the store with its first operator.
    Initialize {
        /// The email.
        email: String,
        /// The password.
        password: Secret,
    },
    /// Sign in.
    SignIn {
        /// The email.
        email: String,
        /// The password.
        password: Secret,
    },
    /// A new token for the same sign-in.
    Renew,
    /// End the session.
    SignOut {
        /// Every session of the account with it.
        everywhere: bool,
    },
    /// A page of organizations, by name.
    Page {
        /// Where it begins.
        cursor: Option<String>,
        /// Rows at most.
        limit: usize,
    },
    /// One organization.
    Organization(OrganizationId),
    /// What its collection holds.
    CollectionStats(OrganizationId),
    /// Create one.
    Create {
        /// Its name.
        name: String,
        /// Its admin's email.
        email: String,
        /// Its admin's password.
        password: Secret,
    },
    /// Change one.
    Update {
        /// As it was when it was shown.
        shown: Arc<Organization>,
        /// The new name, if it differs.
        name: Option<String>,
        /// The new email, if it differs.
        email: Option<String>,
        /// The new password.
        password: Option<Secret>,
        /// The present password of an admin.
        current: Option<Secret>,
    },
    /// Delete one.
    Delete {
        /// As it was when it was shown.
        shown: Arc<Organization>,
        /// Its name, typed.
        confirm: String,
    },
    /// A page of what was done with one, newest first.
    Activity {
        /// Which one.
        organization: OrganizationId,
        /// Only of who has this email.
        actor: Option<String>,
        /// Only from this time on.
        since: Option<Timestamp>,
        /// Where it begins.
        cursor: Option<String>,
    },
    /// A page of operators, by email.
    Operators {
        /// Where it begins.
        cursor: Option<String>,
    },
    /// Add an operator.
    AddOperator {
        /// The email.
        email: String,
        /// The password.
        password: Secret,
    },
    /// Give another operator a new password.
    OperatorPassword {
        /// The account as it was when it was shown.
        shown: Box<Account>,
        /// The new one.
        password: Secret,
    },
    /// Remove an operator.
    RemoveOperator {
        /// The account as it was when it was shown.
        shown: Box<Account>,
        /// The email, typed.
        confirm: String,
    },
    /// Check the whole store.
    Examine,
    /// Mend what was found, some at a time.
    Mend {
        /// What was found.
        findings: Arc<[Finding]>,
        /// What of it may be repaired.
        extent: RepairScope,
    },
    /// End the operation on an organization before its lease does.
    EndOperation(Arc<Organization>),
    /// Change the own account.
    OwnAccount {
        /// The new email, if it differs.
        email: Option<String>,
        /// The new password.
        password: Option<Secret>,
        /// The present password.
        current: Option<Secret>,
    },
}

/// How a request is treated when it cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// May be repeated and cancelled as one likes.
    Read,
    /// Is never repeated by itself and never cancelled.
    Write,
    /// About the session itself.
    Session,
}

impl Request {
    /// How it is treated.
    pub fn kind(&self) -> Kind {
        match self {
            Self::IsInitialized
            | Self::Page { .. }
            | Self::Organization(_)
            | Self::CollectionStats(_)
            | Self::Activity { .. }
            | Self::Operators { .. }
            | Self::Examine => Kind::Read,
            Self::Initialize { .. }
            | Self::Create { .. }
            | Self::Update { .. }
            | Self::Delete { .. }
            | Self::AddOperator { .. }
            | Self::OperatorPassword { .. }
            | Self::RemoveOperator { .. }
            | Self::Mend { .. }
            | Self::EndOperation(_)
            | Self::OwnAccount { .. } => Kind::Write,
            Self::SignIn { .. } | Self::Renew | Self::SignOut { .. } => Kind::Session,
        }
    }

    /// Whether it carries the session's token.
    pub fn needs_session(&self) -> bool {
        match self {
            Self::IsInitialized | Self::Initialize { .. } | Self::SignIn { .. } => false,
            Self::Renew
            | Self::SignOut { .. }
            | Self::Page { .. }
            | Self::Organization(_)
            | Self::CollectionStats(_)
            | Self::Create { .. }
            | Self::Update { .. }
            | Self::Delete { .. }
            | Self::Activity { .. }
            | Self::Operators { .. }
            | Self::AddOperator { .. }
            | Self::OperatorPassword { .. }
            | Self::RemoveOperator { .. }
            | Self::Examine
            | Self::Mend { .. }
            | Self::EndOperation(_)
            | Self::OwnAccount { .. } => true,
        }
    }

    /// What is going on while it runs, as `rename of Acme`; nothing for what nobody asked for.
    pub fn activity(&self) -> Option<String> {
        Some(match self {
            Self::IsInitialized => "connecting".to_owned(),
            Self::Initialize { .. } => "making the first operator".to_owned(),
            Self::SignIn { .. } => "signing in".to_owned(),
            Self::Renew => return None,
            Self::SignOut { .. } => "signing out".to_owned(),
            Self::Page { .. } => "reading organizations".to_owned(),
            Self::Organization(_) => "reading the organization".to_owned(),
            Self::CollectionStats(_) => "reading figures".to_owned(),
            Self::Create { name, .. } => format!("creation of {name}"),
            Self::Update { shown, name: Some(_), .. } => format!("rename of {}", shown.name),
            Self::Update { shown, .. } => format!("change of {}", shown.name),
            Self::Delete { shown, .. } => format!("deletion of {}", shown.name),
            Self::Activity { .. } => "reading the activity".to_owned(),
            Self::Operators { .. } => "reading operators".to_owned(),
            Self::AddOperator { email, .. } => format!("addition of {email}"),
            Self::OperatorPassword { shown, .. } => format!("new password of {}", shown.email),
            Self::RemoveOperator { shown, .. } => format!("removal of {}", shown.email),
            Self::Examine => "checking the store".to_owned(),
            Self::Mend { .. } => "repairing what was found".to_owned(),
            Self::EndOperation(shown) => format!("ending what runs on {}", shown.name),
            Self::OwnAccount { .. } => "change of your account".to_owned(),
        })
    }
}

/// What the service answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Whether the store has its first operator.
    Initialized(bool),
    /// The first operator is made.
    Made,
    /// Signed in, or renewed.
    SignedIn(Box<SignedIn>),
    /// A token is ended.
    SignedOut,
    /// A page of organizations.
    Page(OrganizationPage),
    /// An organization as it is now: read, created or changed.
    Organization(Arc<Organization>),
    /// What a collection holds.
    CollectionStats(CollectionStats),
    /// An organization is gone.
    Deleted(DeletedOrganization),
    /// A page of what was done.
    Activity(ActivityPage),
    /// A page of operators.
    Operators(OperatorPage),
    /// An operator as it is now: added, or with a new password.
    Operator(Account),
    /// An operator is gone.
    Removed(RemovedOperator),
    /// What a check found, and how long it took.
    Examined(Box<CheckReport>, Duration),
    /// What became of each finding that was to be repaired.
    Repaired(Vec<RepairOutcome>),
    /// The operation on an organization is ended: as it is now, or gone.
    Ended(Option<Arc<Organization>>),
    /// The own account as it is now; its sessions are over.
    OwnAccount(OwnAccount),
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Initialized(a), Self::Initialized(b)) => a == b,
            (Self::Made, Self::Made) | (Self::SignedOut, Self::SignedOut) => true,
            (Self::SignedIn(a), Self::SignedIn(b)) => a.principal == b.principal,
            (Self::Page(a), Self::Page(b)) => a == b,
            (Self::Organization(a), Self::Organization(b)) => a == b,
            (Self::CollectionStats(a), Self::CollectionStats(b)) => a == b,
            (Self::Deleted(a), Self::Deleted(b)) => a == b,
            (Self::Activity(a), Self::Activity(b)) => a == b,
            (Self::Operators(a), Self::Operators(b)) => a == b,
            (Self::Operator(a), Self::Operator(b)) => a == b,
            (Self::Removed(a), Self::Removed(b)) => a == b,
            (Self::Examined(a, _), Self::Examined(b, _)) => a == b,
            (Self::Repaired(a), Self::Repaired(b)) => a == b,
            (Self::Ended(a), Self::Ended(b)) => a == b,
            (Self::OwnAccount(a), Self::OwnAccount(b)) => a == b,
            _ => false,
        }
    }
}

/// How far a call is that takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// A check.
    Examining(Progress),
    /// The repair of what was found.
    Repairing(RepairProgress),
}

/// An answer, or why there is none.
pub type Outcome = Result<Answer, Error>;
