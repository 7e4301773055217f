//! One request, as a face sends it.

use super::model::{Request, Seen, Values};
use super::places::Client;
use crate::common::suite::entry_of;
use jiff::Timestamp;
use tenantry::domain::{
    AccessToken, AuditAction, AuditEntry, Email, Epoch, OperationId, Organization, OrganizationName, Password,
};
use tenantry::port::{AuditQuery, Lookup, PurgeRequest, RestoreRequest, Store};
use tenantry::service::password::PasswordPool;
use tenantry::service::{CreateOrganization, Error, OrganizationReference, Result, UpdateOrganization};

/// The answer to a request: the organization, unless it was deleted.
pub(crate) type Answer = Result<Option<Organization>>;

pub(crate) async fn send(client: &Client, token: &AccessToken, request: &Request, id: OperationId) -> Answer {
    let service = &client.service;
    let reference = request.about().map(OrganizationReference::Id);
    let expected = Some(Epoch(request.base()));
    match (request.clone(), reference) {
        (Request::Create(Values { name, email, password, .. }), _) => {
            let request = CreateOrganization { name, admin_email: email, admin_password: password.into() };
            service.create_organization(Some(token), request, id).await.map(Some)
        }
        (Request::Update { name, email, password, .. }, Some(reference)) => {
            let request = UpdateOrganization {
                name,
                admin_email: email,
                admin_password: password.map(Into::into),
                current_password: None,
                is_legacy: false,
                expected,
            };
            service.update_organization(token, &reference, request, id).await.map(Some)
        }
        (Request::Suspension { reason: Some(reason), .. }, Some(reference)) => {
            service.suspend_organization(token, &reference, &reason, expected, id).await.map(Some)
        }
        (Request::Suspension { reason: None, .. }, Some(reference)) => {
            service.resume_organization(token, &reference, expected, id).await.map(Some)
        }
        (Request::Delete { seen }, Some(reference)) => {
            let deleted = service.delete_organization(token, &reference, &seen.name, expected, false, id);
            deleted.await.map(|_| None)
        }
        (Request::Purge { seen }, Some(reference)) if !seen.is_deleted => {
            let purged = service.delete_organization(token, &reference, &seen.name, expected, true, id);
            purged.await.map(|_| None)
        }
        (request, _) => in_trash(&*client.store, &request, id).await,
    }
}

/// What is done to a deleted one. The service reads it again and takes no epoch, and then nothing would say which
/// time in the trash was meant; so the store is asked, with the same rules for repeats.
async fn in_trash(store: &dyn Store, request: &Request, id: OperationId) -> Answer {
    let seen = request.seen().unwrap();
    if let Some(answer) = earlier(store, seen, id).await? {
        return answer;
    }
    let refusal = match once(store, request, seen, id).await {
        Err(refusal) if refusal.open_operation().is_none() => refusal,
        answer => return answer,
    };
    let at_work = store.find(&Lookup::Operation(id)).await?;
    match (earlier(store, seen, id).await?, at_work) {
        (Some(answer), _) => answer,
        (None, Some(at_work)) => Err(Error::Busy(at_work.state)),
        (None, None) => Err(refusal),
    }
}

/// The answer if it was applied.
async fn earlier(store: &dyn Store, seen: &Seen, id: OperationId) -> Result<Option<Answer>> {
    let Some(entry) = store.audit(&AuditQuery::entry(id.0)).await?.rows.pop() else { return Ok(None) };
    if entry.action == AuditAction::OrganizationPurge {
        return Ok(Some(Ok(None)));
    }
    let now = store.find(&Lookup::Id(seen.id)).await?;
    Ok(Some(now.map(Some).ok_or(Error::NotFound)))
}

async fn once(store: &dyn Store, request: &Request, seen: &Seen, id: OperationId) -> Answer {
    let current = store.find(&Lookup::Id(seen.id)).await?.ok_or(Error::NotFound)?;
    if current.state.has_operation() {
        return Err(Error::Busy(current.state));
    }
    if current.unchanged_since.0 != seen.since {
        return Err(Error::Changed);
    }
    let now = Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap();
    let audit = |action| AuditEntry { id: id.0, ..entry_of(action, now, seen.id, &seen.name) };
    let Request::Restore { name, email, password, .. } = request else {
        let purged = store.purge(&PurgeRequest { current }, audit(AuditAction::OrganizationPurge)).await;
        return purged.map(|_| None);
    };
    let password_hash = match password {
        Some(password) => {
            let password = Password::new(password.clone().into()).unwrap();
            Some(PasswordPool::new(4).hash(&password).await?)
        }
        None => None,
    };
    let request = RestoreRequest {
        admin: store.account(current.admin_id).await?.map(|record| record.account),
        name: OrganizationName::parse(name.as_ref().unwrap_or(&seen.name)).unwrap(),
        email: Email::parse(email.as_ref().unwrap_or(&seen.email)).unwrap(),
        password_hash,
        current,
    };
    store.restore(&request, audit(AuditAction::OrganizationRestore)).await.map(Some)
}
