//! Purging: removes a deleted organization permanently, on request or when it is due.

use super::{OrganizationReference, can_write, delete};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Epoch, OperationId, Organization, OrganizationId, Principal,
    SortKey, State, Status,
};
use crate::port::{OrganizationQuery, PurgeRequest};
use crate::service::access::UseCase;
use crate::service::repeat::Write;
use crate::service::writes::Writer;
use crate::service::{Error, MAX_LIMIT, Result, TenantService};
use std::sync::Arc;

/// A purged organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
}

/// Due organizations that one call purges at most.
const AT_ONCE: usize = 10;

impl TenantService {
    /// Removes a deleted organization permanently. `confirm` is its name, case kept. A repeat with the same operation
    /// gives the same outcome.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Ambiguous`], [`Error::ConfirmationRequired`],
    /// [`Error::Changed`] if it was written since the epoch that is expected, for instance restored and deleted again,
    /// [`Error::OperationMismatch`], those of the session, and those of [`crate::port::Organizations::purge`].
    pub async fn purge_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<PurgedOrganization> {
        let (token, reference, confirm) = (token.clone(), reference.clone(), confirm.to_owned());
        self.write(|writer| async move {
            writer.purge_organization(&token, &reference, &confirm, expected, operation).await
        })
        .await
    }

    /// The organization that [`TenantService::purge_organization`] would purge. Without a confirmation, none is
    /// checked.
    ///
    /// # Errors
    /// As [`TenantService::purge_organization`].
    pub async fn preview_purge(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: Option<&str>,
    ) -> Result<Organization> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::PurgeOrganization, &principal)?;
        plan_purge(self.in_trash(reference).await, confirm, None)
    }

    /// How many deleted organizations are due, by the service's clock.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and the store's.
    pub async fn preview_purge_expired(&self, token: &AccessToken) -> Result<usize> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::PurgeOrganization, &principal)?;
        let (now, mut due) = (self.now(), 0);
        let mut query = OrganizationQuery {
            status: Some(Status::Deleted),
            sort: SortKey::Name,
            reverse: false,
            after: None,
            limit: MAX_LIMIT,
        };
        loop {
            let page = self.store.page(&query).await?;
            let is_due = |row: &&Arc<Organization>| {
                row.deletion.as_ref().is_some_and(|deletion| deletion.purge_at <= now)
            };
            due += page.rows.iter().filter(is_due).count();
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(due),
            }
        }
    }

    /// Purges a few of the deleted organizations that are due and returns how many. To purge all, repeat it until it
    /// returns 0.
    ///
    /// # Errors
    /// [`Error::Forbidden`], those of the session, and those of [`crate::port::Organizations::purge`].
    pub async fn purge_expired(&self, token: &AccessToken) -> Result<usize> {
        let token = token.clone();
        self.write(|writer| async move { writer.purge_expired(&token).await }).await
    }
}

/// The organization that a purge removes, if it is in the trash and its name confirms.
fn plan_purge(
    current: Result<Organization>,
    confirm: Option<&str>,
    expected: Option<Epoch>,
) -> Result<Organization> {
    let current = current?;
    delete::confirms(&current, confirm)?;
    can_write(&current, expected, &[State::Deleted])?;
    Ok(current)
}

impl Writer {
    async fn purge_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<PurgedOrganization> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::PurgeOrganization, &principal)?;
        let asked = [("organization", Some(&*reference.normal()))];
        let write = Write::new(operation, Some(principal.account_id), "organization_purge", &asked);
        let (found, earlier) = tokio::join!(self.in_trash_for(operation, reference), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            match self.purge_now(&principal, plan_purge(found, Some(confirm), expected), &write).await {
                Ok(purged) => return Ok(purged),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        match (earlier.organization_id, earlier.organization_name) {
            (Some(organization_id), Some(organization_name)) => {
                Ok(PurgedOrganization { organization_id, organization_name })
            }
            _ => Err(Error::OperationMismatch),
        }
    }

    async fn purge_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        write: &Write,
    ) -> Result<PurgedOrganization> {
        let current = current?;
        let audit = AuditEntry {
            changes: delete::gone(&current, None),
            ..self.audit_about(principal, AuditAction::OrganizationPurge, &current, write)
        };
        let purged =
            PurgedOrganization { organization_id: current.id, organization_name: current.name.clone() };
        self.store.purge(&PurgeRequest { current }, audit).await?;
        Ok(purged)
    }

    async fn purge_expired(&self, token: &AccessToken) -> Result<usize> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::PurgeOrganization, &principal)?;
        self.store.purge_expired(self.now(), AT_ONCE).await
    }
}
