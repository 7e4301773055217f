//! What `update` wants done, as data, and the one place that does it: one call of the service for each request.
//!
//! Nothing here decides anything.

use super::Leave;
use super::model::Ticket;
use super::secret::Secret;
use crate::domain::{AccessToken, Figures, Organization, OrganizationId, SortKey};
use crate::service::{
    CreateOrganization, Deleted, Error, ListQuery, OperationId, OrganizationPage, OrganizationReference,
    SignedIn, TenantService, UpdateOrganization,
};
use std::fmt;
use std::sync::Arc;

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
    Call(Ticket, Option<Token>, Request),
    /// Nobody waits for this read any more.
    Cancel(Ticket),
    /// Draw every cell anew.
    Redraw,
    /// Stop this process until the shell wakes it.
    Suspend,
    /// End the loop.
    Exit(Leave),
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
    /// End a token that a renewed one took the place of.
    Discard,
    /// End the session.
    SignOut,
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
    Figures(OrganizationId),
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
            Self::IsInitialized | Self::Page { .. } | Self::Organization(_) | Self::Figures(_) => Kind::Read,
            Self::Initialize { .. } | Self::Create { .. } | Self::Update { .. } | Self::Delete { .. } => {
                Kind::Write
            }
            Self::SignIn { .. } | Self::Renew | Self::Discard | Self::SignOut => Kind::Session,
        }
    }

    /// Whether it carries the session's token.
    pub fn needs_session(&self) -> bool {
        match self {
            Self::IsInitialized | Self::Initialize { .. } | Self::SignIn { .. } => false,
            Self::Renew
            | Self::Discard
            | Self::SignOut
            | Self::Page { .. }
            | Self::Organization(_)
            | Self::Figures(_)
            | Self::Create { .. }
            | Self::Update { .. }
            | Self::Delete { .. } => true,
        }
    }

    /// What is going on while it runs, as `rename of Acme`; nothing for what nobody asked for.
    pub fn activity(&self) -> Option<String> {
        Some(match self {
            Self::IsInitialized => "connecting".to_owned(),
            Self::Initialize { .. } => "making the first operator".to_owned(),
            Self::SignIn { .. } => "signing in".to_owned(),
            Self::Renew | Self::Discard | Self::SignOut => return None,
            Self::Page { .. } => "reading organizations".to_owned(),
            Self::Organization(_) => "reading the organization".to_owned(),
            Self::Figures(_) => "reading figures".to_owned(),
            Self::Create { name, .. } => format!("creation of {name}"),
            Self::Update { shown, name: Some(_), .. } => format!("rename of {}", shown.name),
            Self::Update { shown, .. } => format!("change of {}", shown.name),
            Self::Delete { shown, .. } => format!("deletion of {}", shown.name),
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
    Figures(Figures),
    /// An organization is gone.
    Deleted(Deleted),
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Initialized(a), Self::Initialized(b)) => a == b,
            (Self::Made, Self::Made) | (Self::SignedOut, Self::SignedOut) => true,
            (Self::SignedIn(a), Self::SignedIn(b)) => a.principal == b.principal,
            (Self::Page(a), Self::Page(b)) => a == b,
            (Self::Organization(a), Self::Organization(b)) => a == b,
            (Self::Figures(a), Self::Figures(b)) => a == b,
            (Self::Deleted(a), Self::Deleted(b)) => a == b,
            _ => false,
        }
    }
}

/// An answer, or why there is none.
pub type Outcome = Result<Answer, Error>;

/// Makes the one call of the service that a request stands for.
///
/// # Errors
/// The service's, as they are.
pub async fn perform(service: &TenantService, token: Option<Token>, request: Request) -> Outcome {
    let token = token.map(|token| token.token);
    let session = token.as_ref().ok_or(Error::Unauthenticated);
    match request {
        Request::IsInitialized => service.is_initialized().await.map(Answer::Initialized),
        Request::Initialize { email, password } => {
            service.initialize(&email, password.expose()).await.map(|_| Answer::Made)
        }
        Request::SignIn { email, password } => {
            let signed_in = service.sign_in(&email, &password.expose()).await?;
            Ok(Answer::SignedIn(Box::new(signed_in)))
        }
        Request::Renew => Ok(Answer::SignedIn(Box::new(service.renew(session?).await?))),
        Request::Discard => service.discard(session?).await.map(|()| Answer::SignedOut),
        Request::SignOut => service.sign_out(session?, false).await.map(|()| Answer::SignedOut),
        Request::Page { cursor, limit } => page(service, session?, cursor, limit).await,
        Request::Organization(id) => service
            .organization(session?, &OrganizationReference::Id(id))
            .await
            .map(|found| Answer::Organization(Arc::new(found))),
        Request::Figures(id) => service.organization_figures(session?, id).await.map(Answer::Figures),
        write @ (Request::Create { .. } | Request::Update { .. } | Request::Delete { .. }) => {
            perform_write(service, session?, write).await
        }
    }
}

async fn page(
    service: &TenantService,
    session: &AccessToken,
    cursor: Option<String>,
    limit: usize,
) -> Outcome {
    let query = ListQuery { sort: SortKey::Name, limit, cursor, ..ListQuery::default() };
    service.list_organizations(session, &query).await.map(Answer::Page)
}

async fn perform_write(service: &TenantService, session: &AccessToken, request: Request) -> Outcome {
    let operation = OperationId::random();
    match request {
        Request::Create { name, email, password } => {
            let request = CreateOrganization { name, admin_email: email, admin_password: password.expose() };
            let made = service.create_organization(Some(session), request, operation).await?;
            Ok(Answer::Organization(Arc::new(made)))
        }
        Request::Update { shown, name, email, password, current } => {
            let request = UpdateOrganization {
                name,
                admin_email: email,
                admin_password: password.map(|password| password.expose()),
                current_password: current.map(|current| current.expose()),
                expected: Some(shown.epoch),
            };
            let reference = OrganizationReference::Id(shown.id);
            let changed = service.update_organization(session, &reference, request, operation).await?;
            Ok(Answer::Organization(Arc::new(changed)))
        }
        Request::Delete { shown, confirm } => {
            let reference = OrganizationReference::Id(shown.id);
            service
                .delete_organization(session, &reference, &confirm, Some(shown.epoch), operation)
                .await
                .map(Answer::Deleted)
        }
        Request::IsInitialized
        | Request::Initialize { .. }
        | Request::SignIn { .. }
        | Request::Renew
        | Request::Discard
        | Request::SignOut
        | Request::Page { .. }
        | Request::Organization(_)
        | Request::Figures(_) => Err(Error::internal(&"a read among the writes")),
    }
}
