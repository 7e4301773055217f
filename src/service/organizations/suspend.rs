//! Suspending and resuming an organization. While it is suspended, its admin cannot sign in; its data stays.

use super::preview::SuspensionPreview;
use super::{OrganizationPreview, OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, Epoch, OperationId, Organization, OrganizationChange, Principal, State, Status,
    SuspensionChange,
};
use crate::port::UpdateRequest;
use crate::service::access::{Scope, UseCase};
use crate::service::repeat::Write;
use crate::service::writes::Writer;
use crate::service::{Error, Result, TenantService};
use serde_json::{Value, json};

/// Characters of a reason at most.
const MAX_REASON: usize = 500;

/// A suspension or resumption, checked against the organization as it is: what a dry run shows and the write does.
#[derive(Debug)]
struct SuspensionPlan {
    current: Organization,
    change: SuspensionChange,
}

impl SuspensionPlan {
    fn of(current: Result<Organization>, change: SuspensionChange, expected: Option<Epoch>) -> Result<Self> {
        let current = current?;
        can_write(&current, expected, &[State::Active])?;
        Ok(Self { current, change })
    }

    fn reason_now(&self) -> Option<&str> {
        self.current.suspension.as_ref().map(|now| now.reason.as_str())
    }

    fn is_empty(&self) -> bool {
        self.reason_now() == self.change.reason()
    }

    fn changes(&self) -> Value {
        json!({"from": self.reason_now(), "to": self.change.reason()})
    }

    fn after(self, by: &str) -> OrganizationPreview {
        let is_empty = self.is_empty();
        let after = OrganizationPreview::unchanged(self.current);
        if is_empty {
            return after;
        }
        let (status, suspension) = match self.change {
            SuspensionChange::Suspend { reason } => {
                (Status::Suspended, Some(SuspensionPreview { at: None, by: by.to_owned(), reason }))
            }
            SuspensionChange::Resume => (Status::Active, None),
        };
        OrganizationPreview { status, suspension, updated_at: None, ..after }
    }
}

impl TenantService {
    /// Suspends an organization: the sessions of its admin end, and sign-in is refused with the reason. A
    /// suspended organization gets the new reason; the same reason again succeeds and changes nothing.
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
        let change = change_to(Some(reason))?;
        let (token, reference) = (token.clone(), reference.clone());
        self.write(|writer| async move {
            writer.change_suspension(&token, &reference, change, expected, operation).await
        })
        .await
    }

    /// Resumes a suspended organization. If it is not suspended, this succeeds and changes nothing.
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
        let (token, reference) = (token.clone(), reference.clone());
        self.write(|writer| async move {
            writer.change_suspension(&token, &reference, SuspensionChange::Resume, expected, operation).await
        })
        .await
    }

    /// The result of [`TenantService::suspend_organization`] or, without a reason, of
    /// [`TenantService::resume_organization`], without writing.
    ///
    /// # Errors
    /// As [`TenantService::suspend_organization`].
    pub async fn preview_suspension(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        reason: Option<&str>,
    ) -> Result<OrganizationPreview> {
        let change = change_to(reason)?;
        let (principal, scope) = self.who_may_suspend(token).await?;
        let current = within(scope, self.store.find(&reference.lookup()).await?);
        Ok(SuspensionPlan::of(current, change, None)?.after(&principal.email))
    }

    async fn who_may_suspend(&self, token: &AccessToken) -> Result<(Principal, Scope)> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::SuspendOrganization, &principal)?;
        Ok((principal, scope))
    }
}

impl Writer {
    async fn change_suspension(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        change: SuspensionChange,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Organization> {
        let (principal, scope) = self.who_may_suspend(token).await?;
        let asked = [("organization", Some(&*reference.normal())), ("reason", change.reason())];
        let write = Write::new(operation, Some(principal.account_id), action_of(&change).as_str(), &asked);
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let plan = SuspensionPlan::of(within(scope, found?), change, expected);
            match self.change_suspension_now(&principal, plan, &write).await {
                Ok(changed) => return Ok(changed),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        self.outcome(&earlier, None).await
    }

    async fn change_suspension_now(
        &self,
        principal: &Principal,
        plan: Result<SuspensionPlan>,
        write: &Write,
    ) -> Result<Organization> {
        let plan = plan?;
        if plan.is_empty() {
            return Ok(plan.current);
        }
        let mut audit = self.audit_about(principal, action_of(&plan.change), &plan.current, write);
        audit.changes.insert("reason".into(), plan.changes());
        let SuspensionPlan { current, change } = plan;
        let change = OrganizationChange { suspension: Some(change), ..OrganizationChange::default() };
        // No email or password changes, so the admin is not read.
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

/// A suspension for a reason, which is one line of text that the admin sees at sign-in; without a reason, a resumption.
fn change_to(reason: Option<&str>) -> Result<SuspensionChange> {
    let Some(reason) = reason.map(str::trim) else {
        return Ok(SuspensionChange::Resume);
    };
    if reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(Error::InvalidReason);
    }
    Ok(SuspensionChange::Suspend { reason: reason.to_owned() })
}
