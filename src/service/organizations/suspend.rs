//! Suspending an organization, and resuming it: its admin cannot sign in, its data stays.

use super::{OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, Epoch, OperationId, Organization, OrganizationChange, Principal, State,
    SuspensionChange,
};
use crate::port::UpdateRequest;
use crate::service::access::UseCase;
use crate::service::repeat::Write;
use crate::service::{Error, Result, TenantService};
use serde_json::json;

/// Characters of a reason at most.
const MAX_REASON: usize = 500;

impl TenantService {
    /// Suspends an organization: the sessions of its admin end, and sign-in is refused with the reason. One that is
    /// suspended already gets the new reason; the same reason again succeeds and does nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::InvalidReason`], [`Error::NotFound`], [`Error::Busy`], [`Error::Changed`], those
    /// of the session, and those of [`crate::port::Organizations::update`].
    pub async fn suspend_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        reason: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Organization> {
        let reason = reason_of(reason)?;
        self.change_suspension(token, reference, SuspensionChange::Suspend { reason }, expected, operation)
            .await
    }

    /// Resumes a suspended organization. One that is not suspended succeeds and nothing is done.
    ///
    /// # Errors
    /// As [`TenantService::suspend_organization`].
    pub async fn resume_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Organization> {
        self.change_suspension(token, reference, SuspensionChange::Resume, expected, operation).await
    }

    /// What [`TenantService::suspend_organization`] or, without a reason, [`TenantService::resume_organization`] would
    /// check, without writing. Answers the organization as it is.
    ///
    /// # Errors
    /// As [`TenantService::suspend_organization`].
    pub async fn preview_suspension(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        reason: Option<&str>,
    ) -> Result<Organization> {
        reason.map(reason_of).transpose()?;
        let (_, current) = self.visible(token, UseCase::SuspendOrganization, reference).await?;
        can_write(&current, None, &[State::Active])?;
        Ok(current)
    }

    async fn change_suspension(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        change: SuspensionChange,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::SuspendOrganization, &principal)?;
        let asked = [("organization", Some(&*reference.normal())), ("reason", change.reason())];
        let write = Write::new(operation, Some(principal.account_id), action_of(&change).as_str(), &asked);
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(scope, found?);
            match self.change_suspension_now(&principal, current, change, expected, &write).await {
                Ok(changed) => return Ok(changed),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        self.outcome(&earlier, None).await
    }

    async fn change_suspension_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        change: SuspensionChange,
        expected: Option<Epoch>,
        write: &Write,
    ) -> Result<Organization> {
        let current = current?;
        can_write(&current, expected, &[State::Active])?;
        let reason = match (&change, &current.suspension) {
            (SuspensionChange::Suspend { reason }, Some(now)) if now.reason == *reason => return Ok(current),
            (SuspensionChange::Resume, None) => return Ok(current),
            (SuspensionChange::Suspend { reason }, now) => {
                json!({"from": now.as_ref().map(|now| &now.reason), "to": reason})
            }
            (SuspensionChange::Resume, Some(now)) => json!({"from": now.reason, "to": null}),
        };
        let mut audit = self.audit_about(principal, action_of(&change), &current, write);
        audit.changes.insert("reason".into(), reason);
        let change = OrganizationChange { suspension: Some(change), ..OrganizationChange::default() };
        // Nobody's email or password changes, so the admin need not be read.
        let request = UpdateRequest { current, admin: None, change };
        self.store.update(&request, audit).await
    }
}

fn action_of(change: &SuspensionChange) -> AuditAction {
    match change {
        SuspensionChange::Suspend { .. } => AuditAction::OrganizationSuspend,
        SuspensionChange::Resume => AuditAction::OrganizationResume,
    }
}

/// A reason is one line of text that an admin is shown at sign-in.
fn reason_of(typed: &str) -> Result<String> {
    let reason = typed.trim();
    if reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(Error::InvalidReason);
    }
    Ok(reason.to_owned())
}
