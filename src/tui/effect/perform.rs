//! Does what was asked: the one place of the console that calls the service.

use super::{Answer, Chore, Kind, Outcome, Report, Request, Token};
use crate::domain::{AccessToken, Finding, Organization, OrganizationId, Progress, SortKey};
use crate::service::{
    ActivityQuery, CreateOrganization, Error, ListQuery, MAX_LIMIT, OperationId, OrganizationReference,
    RepairProgress, RepairScope, TenantService, UpdateOrganization, UpdateOwnAccount,
};
use crate::tui::secret::Secret;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};

/// Entries of a page of the activity.
const ACTIVITY_PAGE: usize = 100;

/// How often is told how far a call is: often enough to be seen moving, too seldom to keep the screen busy.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// Makes the one call of the service that a request stands for, and logs how it came out: never what was typed. One
/// that takes its time reports meanwhile how far it is.
///
/// A store that is silent for as long as `patience` says is as good as one that is away. Not for writes: nobody would
/// know what came of them. A check may take longer, as long as it moves.
///
/// # Errors
/// The service's, as they are.
pub async fn perform(
    service: &TenantService,
    token: Option<Token>,
    request: Request,
    patience: Option<Duration>,
    report: impl Fn(Report),
) -> Outcome {
    let (kind, begun) = (request.kind(), Instant::now());
    let patience = patience.filter(|_| kind != Kind::Write);
    let moves = Notify::new();
    let report = |how_far| {
        moves.notify_one();
        report(how_far);
    };
    let outcome = tokio::select! {
        biased;
        outcome = call(service, token, request, report) => outcome,
        () = standstill(&moves, patience) => {
            Err(Error::Unavailable { place: service.place().host.clone(), operation: None })
        }
    };
    let code = outcome.as_ref().err().map_or("done", Error::code);
    tracing::debug!(
        ?kind,
        outcome = code,
        milliseconds = begun.elapsed().as_millis(),
        "the service answered"
    );
    outcome
}

/// Does work that no screen waits for. Answers what the store cannot promise, if that was asked.
pub async fn behind(service: &TenantService, chore: Chore) -> Option<Result<Vec<String>, Error>> {
    match chore {
        Chore::Tidy(token) => {
            service.tidy(Some(&token.token)).await;
            None
        }
        Chore::StoreWarnings => Some(service.store_warnings().await),
    }
}

/// Waits until nothing has moved for so long; for ever without a limit.
async fn standstill(moves: &Notify, patience: Option<Duration>) {
    let Some(patience) = patience else { return std::future::pending().await };
    while tokio::time::timeout(patience, moves.notified()).await.is_ok() {}
}

async fn call(
    service: &TenantService,
    token: Option<Token>,
    request: Request,
    report: impl Fn(Report),
) -> Outcome {
    let token = token.map(|token| token.token);
    let session = token.as_ref().ok_or(Error::Unauthenticated);
    let new = OperationId::random();
    match request {
        Request::IsInitialized => service.is_initialized().await.map(Answer::Initialized),
        Request::Initialize { email, password } => {
            service.initialize(&email, password.expose(), new).await.map(|_| Answer::Made)
        }
        Request::SignIn { email, password } => {
            service.sign_in(&email, &password.expose()).await.map(Box::new).map(Answer::SignedIn)
        }
        Request::Renew => service.renew(session?).await.map(Box::new).map(Answer::SignedIn),
        Request::SignOut { everywhere } => {
            service.sign_out(session?, everywhere).await.map(|()| Answer::SignedOut)
        }
        Request::Page { cursor, limit } => page(service, session?, cursor, limit).await,
        Request::Organization(id) => organization(service, session?, id).await,
        Request::CollectionStats(id) => stats(service, session?, id).await,
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
            service.add_operator(session?, &email, password.expose(), new).await.map(Answer::Operator)
        }
        Request::OperatorPassword { shown, password } => service
            .set_operator_password(session?, &*shown, password.expose(), new)
            .await
            .map(Answer::Operator),
        Request::RemoveOperator { shown, confirm } => {
            service.remove_operator(session?, &*shown, &confirm, new).await.map(Answer::Removed)
        }
        Request::Examine => examine(service, session?, report).await,
        Request::Mend { findings, extent } => mend(service, session?, &findings, extent, report).await,
        Request::EndOperation(shown) => end_operation(service, session?, shown.id).await,
        Request::OwnAccount { email, password, current } => {
            own_account(service, session?, email, password, current).await
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

async fn organization(service: &TenantService, session: &AccessToken, id: OrganizationId) -> Outcome {
    let found = service.organization(session, &OrganizationReference::Id(id)).await?;
    Ok(Answer::Organization(Arc::new(found)))
}

async fn stats(service: &TenantService, session: &AccessToken, id: OrganizationId) -> Outcome {
    service.organization_stats(session, id).await.map(Answer::CollectionStats)
}

async fn end_operation(service: &TenantService, session: &AccessToken, id: OrganizationId) -> Outcome {
    let ended = service.recover_operation(session, id).await?;
    Ok(Answer::Ended(ended.map(Arc::new)))
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
    let deleted =
        service.delete_organization(session, &reference, confirm, expected, false, operation).await?;
    Ok(Answer::Deleted(deleted))
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

async fn examine(service: &TenantService, session: &AccessToken, report: impl Fn(Report)) -> Outcome {
    let begun = Instant::now();
    let (sender, receiver) = watch::channel(Progress::default());
    let work = service.check(session, &sender);
    let found = reporting(work, receiver, |progress| report(Report::Examining(progress))).await?;
    Ok(Answer::Examined(Box::new(found), begun.elapsed()))
}

async fn mend(
    service: &TenantService,
    session: &AccessToken,
    findings: &[Finding],
    extent: RepairScope,
    report: impl Fn(Report),
) -> Outcome {
    let (sender, receiver) = watch::channel(RepairProgress::default());
    let work = service.repair(session, findings, extent, &sender);
    let repaired = reporting(work, receiver, |progress| report(Report::Repairing(progress))).await?;
    match repaired.stopped {
        Some(error) => Err(error),
        None => Ok(Answer::Repaired(repaired.outcomes)),
    }
}

/// Waits for a call, and tells from time to time how far it is if that changed.
async fn reporting<T: Copy, R>(
    work: impl Future<Output = R>,
    mut how_far: watch::Receiver<T>,
    report: impl Fn(T),
) -> R {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(REPORT_EVERY) => {
                if how_far.has_changed().unwrap_or(false) {
                    report(*how_far.borrow_and_update());
                }
            }
        }
    }
}
