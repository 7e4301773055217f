//! Deleting an organization: into the trash, or for good.

use super::{OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Epoch, OperationId, Organization, OrganizationId, Principal, State,
    text,
};
use crate::port::{DeleteRequest, PurgeRequest};
use crate::service::access::UseCase;
use crate::service::repeat::Write;
use crate::service::{Confirms, Error, Result, TenantService};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedOrganization {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its collection before.
    pub collection_name: String,
    /// Until when it can be restored; `None` when it is gone for good.
    pub purge_at: Option<Timestamp>,
    /// A collection that has its name and belongs to something else: left there.
    pub collection_left: Option<String>,
    /// Whether the acting session ended with it: that of its own admin.
    pub ends_session: bool,
}

/// How a delete is asked for.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    confirm: Option<&'a str>,
    expected: Option<Epoch>,
    /// `None` removes it for good.
    purge_at: Option<Timestamp>,
}

/// Whether a name confirms: exactly the one that the record shows.
pub(super) fn confirms(current: &Organization, confirm: Option<&str>) -> Result<()> {
    if confirm.is_some_and(|confirm| !text::is_as_shown(confirm, &current.name)) {
        return Err(Error::ConfirmationRequired(Confirms::Organization));
    }
    Ok(())
}

/// What goes with it, for whoever asks later.
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
    /// Deletes an organization with its admin and its collection: into the trash, or for good with `now` or where the
    /// settings keep no trash. `confirm` is its name, case kept. A repeat with the same operation gives the same
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
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::DeleteOrganization, &principal)?;
        if now {
            self.scope(UseCase::PurgeOrganization, &principal)?;
        }
        let asked = Asked { confirm: Some(confirm), expected, purge_at: self.purge_at(now) };
        let asked_for = [("organization", Some(&*reference.normal())), ("now", now.then_some("true"))];
        let write = Write::new(operation, Some(principal.account_id), "organization_delete", &asked_for);
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(scope, found?);
            match self.delete_now(&principal, current, asked, &write).await {
                Ok(deleted) => return Ok(deleted),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        was_deleted(earlier)
    }

    /// What [`TenantService::delete_organization`] would delete; no confirmation is none refused.
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
        let (principal, current) = self.visible(token, UseCase::DeleteOrganization, reference).await?;
        if now {
            self.scope(UseCase::PurgeOrganization, &principal)?;
        }
        confirms(&current, confirm)?;
        can_write(&current, None, &[State::Active])?;
        Ok(deleted(&principal, current, self.purge_at(now), None))
    }

    /// Until when what is deleted now can be restored.
    pub fn purge_at(&self, now: bool) -> Option<Timestamp> {
        let is_kept = !now && !self.options.trash.is_zero();
        is_kept.then(|| self.due(self.now()))
    }

    /// When what is deleted at a time is due.
    fn due(&self, deleted_at: Timestamp) -> Timestamp {
        deleted_at.saturating_add(self.options.trash).unwrap_or(Timestamp::MAX)
    }

    async fn delete_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        asked: Asked<'_>,
        write: &Write,
    ) -> Result<DeletedOrganization> {
        let current = current?;
        confirms(&current, asked.confirm)?;
        can_write(&current, asked.expected, &[State::Active])?;
        if asked.purge_at.is_none() {
            let audit = AuditEntry {
                changes: gone(&current, None),
                ..self.audit_about(principal, AuditAction::OrganizationPurge, &current, write)
            };
            let purged = self.store.purge(&PurgeRequest { current: current.clone() }, audit).await?;
            return Ok(deleted(principal, current, None, purged.collection_left));
        }
        let admin = self.admin_of(&current).await?;
        let audit = self.audit_about(principal, AuditAction::OrganizationDelete, &current, write);
        // From the time that the record gets, not from that of the question.
        let purge_at = self.due(audit.at);
        let audit = AuditEntry { changes: gone(&current, Some(purge_at)), ..audit };
        let request = DeleteRequest { current: current.clone(), admin, purge_at };
        let done = self.store.delete(&request, audit).await?;
        Ok(deleted(principal, current, Some(purge_at), done.collection_left))
    }
}

/// What an earlier delete deleted.
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

fn deleted(
    principal: &Principal,
    current: Organization,
    purge_at: Option<Timestamp>,
    collection_left: Option<String>,
) -> DeletedOrganization {
    DeletedOrganization {
        organization_id: current.id,
        collection_name: current.collection_name().to_owned(),
        organization_name: current.name,
        purge_at,
        collection_left,
        ends_session: principal.organization_id == Some(current.id),
    }
}
