//! Does what was asked: the one place of the console that calls the service.

use super::{Answer, Outcome, Request, Token};
use crate::domain::{AccessToken, Organization, OrganizationId, SortKey};
use crate::service::{
    ActivityQuery, CreateOrganization, Error, ListQuery, MAX_LIMIT, OperationId, OrganizationReference,
    TenantService, UpdateOrganization, UpdateOwnAccount,
};
use crate::tui::secret::Secret;
use std::sync::Arc;
use std::time::Instant;

/// Entries of a page of the activity.
const ACTIVITY_PAGE: usize = 100;

/// Makes the one call of the service that a request stands for, and logs how it came out: never what was typed.
///
/// # Errors
/// The service's, as they are.
pub async fn perform(service: &TenantService, token: Option<Token>, request: Request) -> Outcome {
    let (kind, begun) = (request.kind(), Instant::now());
    let outcome = call(service, token, request).await;
    let code = outcome.as_ref().err().map_or("done", Error::code);
    tracing::debug!(
        ?kind,
        outcome = code,
        milliseconds = begun.elapsed().as_millis(),
        "the service answered"
    );
    outcome
}

async fn call(service: &TenantService, token: Option<Token>, request: Request) -> Outcome {
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
        Request::SignOut { everywhere } => {
            service.sign_out(session?, everywhere).await.map(|()| Answer::SignedOut)
        }
        Request::Page { cursor, limit } => {
            let query = ListQuery { sort: SortKey::Name, limit, cursor, ..ListQuery::default() };
            service.list_organizations(session?, &query).await.map(Answer::Page)
        }
        Request::Organization(id) => organization(service, session?, id).await,
        Request::Figures(id) => service.organization_figures(session?, id).await.map(Answer::Figures),
        Request::Activity { organization, actor, since, cursor } => {
            let organization = Some(OrganizationReference::Id(organization));
            let query = ActivityQuery { organization, actor, since, limit: ACTIVITY_PAGE, cursor };
            service.activity(session?, &query).await.map(Answer::Activity)
        }
        Request::Operators { cursor } => {
            service.operators(session?, MAX_LIMIT, cursor.as_deref()).await.map(Answer::Operators)
        }
        Request::Create { name, email, password } => create(service, session?, name, email, &password).await,
        Request::Update { shown, name, email, password, current } => {
            let request = UpdateOrganization {
                name,
                admin_email: email,
                admin_password: password.map(|password| password.expose()),
                current_password: current.map(|current| current.expose()),
                expected: Some(shown.epoch),
            };
            update(service, session?, &shown, request).await
        }
        Request::Delete { shown, confirm } => delete(service, session?, &shown, &confirm).await,
        Request::AddOperator { email, password } => {
            service.add_operator(session?, &email, password.expose()).await.map(Answer::Operator)
        }
        Request::OperatorPassword { shown, password } => {
            service.set_operator_password(session?, &*shown, password.expose()).await.map(Answer::Operator)
        }
        Request::RemoveOperator { shown, confirm } => {
            service.remove_operator(session?, &*shown, &confirm).await.map(Answer::Removed)
        }
        Request::OwnAccount { email, password, current } => {
            own_account(service, session?, email, password, current).await
        }
    }
}

async fn organization(service: &TenantService, session: &AccessToken, id: OrganizationId) -> Outcome {
    let found = service.organization(session, &OrganizationReference::Id(id)).await?;
    Ok(Answer::Organization(Arc::new(found)))
}

async fn create(
    service: &TenantService,
    session: &AccessToken,
    name: String,
    admin_email: String,
    password: &Secret,
) -> Outcome {
    let request = CreateOrganization { name, admin_email, admin_password: password.expose() };
    let made = service.create_organization(Some(session), request, OperationId::random()).await?;
    Ok(Answer::Organization(Arc::new(made)))
}

async fn update(
    service: &TenantService,
    session: &AccessToken,
    shown: &Organization,
    request: UpdateOrganization,
) -> Outcome {
    let reference = OrganizationReference::Id(shown.id);
    let changed = service.update_organization(session, &reference, request, OperationId::random()).await?;
    Ok(Answer::Organization(Arc::new(changed)))
}

async fn delete(
    service: &TenantService,
    session: &AccessToken,
    shown: &Organization,
    confirm: &str,
) -> Outcome {
    let reference = OrganizationReference::Id(shown.id);
    let operation = OperationId::random();
    let expected = Some(shown.epoch);
    service.delete_organization(session, &reference, confirm, expected, operation).await.map(Answer::Deleted)
}

async fn own_account(
    service: &TenantService,
    session: &AccessToken,
    email: Option<String>,
    password: Option<Secret>,
    current: Option<Secret>,
) -> Outcome {
    let request = UpdateOwnAccount {
        email,
        password: password.map(|password| password.expose()),
        current_password: current.map(|current| current.expose()),
    };
    let changed = service.update_own_account(session, request, OperationId::random()).await?;
    Ok(Answer::OwnAccount(changed))
}
