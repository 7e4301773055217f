//! Deleting an organization: into the trash, or permanently.

use super::{OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Epoch, OperationId, Organization, OrganizationId, Principal, State,
    text,
};
use crate::port::{DeleteRequest, PurgeRequest};
use crate::service::access::{Scope, UseCase};
use crate::service::repeat::Write;
use crate::service::writes::Writer;
use crate::service::{Confirms, Error, Result, TenantService};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A deleted organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its collection before.
    pub collection_name: String,
    /// Until when it can be restored; `None` after a permanent removal.
    pub purge_at: Option<Timestamp>,
    /// A collection with its name that belongs to something else and was left alone.
    pub collection_left: Option<String>,
    /// Whether the delete ended the acting session, because its own admin deleted it.
    pub ends_session: bool,
}

/// The options of a delete.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    /// `None` in a dry run that does not confirm yet.
    confirm: Option<&'a str>,
    expected: Option<Epoch>,
    /// Skip the trash.
    now: bool,
}

/// A delete, checked against the organization as it is: what a dry run shows and the write does.
#[derive(Debug)]
struct DeletePlan {
    current: Organization,
    at: Timestamp,
    /// `None` removes it permanently.
    purge_at: Option<Timestamp>,
    ends_session: bool,
}

impl DeletePlan {
    fn action(&self) -> AuditAction {
        match self.purge_at {
            Some(_) => AuditAction::OrganizationDelete,
            None => AuditAction::OrganizationPurge,
        }
    }

    fn deleted(self, collection_left: Option<String>) -> DeletedOrganization {
        DeletedOrganization {
            organization_id: self.current.id,
            collection_name: self.current.collection_name().to_owned(),
            organization_name: self.current.name,
            purge_at: self.purge_at,
            collection_left,
            ends_session: self.ends_session,
        }
    }
}

/// Checks the confirmation, which is the exact name in the record.
pub(super) fn confirms(current: &Organization, confirm: Option<&str>) -> Result<()> {
    if confirm.is_some_and(|confirm| !text::is_as_shown(confirm, &current.name)) {
        return Err(Error::ConfirmationRequired(Confirms::Organization));
    }
    Ok(())
}

/// The audit's account of what the delete removes.
pub(super) fn gone(current: &Organization, purge_at: Option<Timestamp>) -> Map<String, Value> {
    let mut gone = Map::new();
    gone.insert("collection_name".into(), json!({"from": current.collection_name(), "to": null}));
    gone.insert("admin_email".into(), json!({"from": current.admin_email, "to": null}));
    if let Some(purge_at) = purge_at {
        gone.insert("purge_at".into(), json!({"from": null, "to": format!("{purge_at:.3}")}));
    }
    gone
}

impl TenantService {
    /// Deletes an organization with its admin and its collection: into the trash, or permanently with `now` or where
    /// the settings keep no trash. `confirm` is its name, case kept. A repeat with the same operation gives the same
    /// outcome.
    ///
    /// # Errors
    /// [`Error::OperationMismatch`], [`Error::ConfirmationRequired`], [`Error::NotFound`], [`Error::Forbidden`] for
    /// `now` by an admin, those of the session, and those of [`crate::port::Organizations::delete`] and
    /// [`crate::port::Organizations::purge`].
    pub async fn delete_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        now: bool,
        operation: OperationId,
    ) -> Result<DeletedOrganization> {
        let (token, reference, confirm) = (token.clone(), reference.clone(), confirm.to_owned());
        self.write(|writer| async move {
            let asked = Asked { confirm: Some(&confirm), expected, now };
            writer.delete_organization(&token, &reference, asked, operation).await
        })
        .await
    }

    /// The result of [`TenantService::delete_organization`] without the delete. Without a confirmation, none is
    /// checked.
    ///
    /// # Errors
    /// As [`TenantService::delete_organization`].
    pub async fn preview_delete(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: Option<&str>,
        now: bool,
    ) -> Result<DeletedOrganization> {
        let asked = Asked { confirm, expected: None, now };
        let (principal, scope) = self.who_may_delete(token, asked).await?;
        let current = within(scope, self.store.find(&reference.lookup()).await?);
        Ok(self.plan_delete(&principal, current, asked)?.deleted(None))
    }

    async fn who_may_delete(&self, token: &AccessToken, asked: Asked<'_>) -> Result<(Principal, Scope)> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::DeleteOrganization, &principal)?;
        if asked.now {
            self.scope(UseCase::PurgeOrganization, &principal)?;
        }
        Ok((principal, scope))
    }

    fn plan_delete(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        asked: Asked<'_>,
    ) -> Result<DeletePlan> {
        let (current, at) = (current?, self.now());
        confirms(&current, asked.confirm)?;
        can_write(&current, asked.expected, &[State::Active])?;
        let purge_at = self.due(at, asked.now);
        let ends_session = principal.organization_id == Some(current.id);
        Ok(DeletePlan { current, at, purge_at, ends_session })
    }

    /// Until when an organization that is deleted now can be restored.
    pub fn purge_at(&self, now: bool) -> Option<Timestamp> {
        self.due(self.now(), now)
    }

    /// When an organization that is deleted at this time is due to be purged; `None` when it skips the trash.
    fn due(&self, deleted_at: Timestamp, past_trash: bool) -> Option<Timestamp> {
        let is_kept = !past_trash && !self.options.trash.is_zero();
        is_kept.then(|| deleted_at.saturating_add(self.options.trash).unwrap_or(Timestamp::MAX))
    }
}

impl Writer {
    async fn delete_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        asked: Asked<'_>,
        operation: OperationId,
    ) -> Result<DeletedOrganization> {
        let (principal, scope) = self.who_may_delete(token, asked).await?;
        let asked_for = [("organization", Some(&*reference.normal())), ("now", asked.now.then_some("true"))];
        let write = Write::new(operation, Some(principal.account_id), "organization_delete", &asked_for);
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let deleted = async {
                let plan = self.plan_delete(&principal, within(scope, found?), asked)?;
                self.delete_now(&principal, plan, &write).await
            };
            match deleted.await {
                Ok(deleted) => return Ok(deleted),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        was_deleted(earlier)
    }

    async fn delete_now(
        &self,
        principal: &Principal,
        plan: DeletePlan,
        write: &Write,
    ) -> Result<DeletedOrganization> {
        let audit = AuditEntry {
            at: plan.at,
            changes: gone(&plan.current, plan.purge_at),
            ..self.audit_about(principal, plan.action(), &plan.current, write)
        };
        let current = plan.current.clone();
        let collection_left = match plan.purge_at {
            None => self.store.purge(&PurgeRequest { current }, audit).await?.collection_left,
            Some(purge_at) => {
                let admin = self.admin_of(&current).await?;
                let request = DeleteRequest { current, admin, purge_at };
                self.store.delete(&request, audit).await?.collection_left
            }
        };
        Ok(plan.deleted(collection_left))
    }
}

/// The result of an earlier delete.
fn was_deleted(earlier: AuditEntry) -> Result<DeletedOrganization> {
    let text = |field: &str, side: &str| earlier.changes.get(field)?.get(side)?.as_str().map(str::to_owned);
    let left = earlier.changes.get("collection_left").and_then(Value::as_str).map(str::to_owned);
    Ok(DeletedOrganization {
        organization_id: earlier.organization_id.ok_or(Error::OperationMismatch)?,
        collection_name: text("collection_name", "from").unwrap_or_default(),
        purge_at: text("purge_at", "to").and_then(|at| at.parse().ok()),
        collection_left: left,
        ends_session: false,
        organization_name: earlier.organization_name.ok_or(Error::OperationMismatch)?,
    })
}
