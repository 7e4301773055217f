//! Repeats: a request with the operation id of one that was done gives the outcome of that one and does nothing.
//!
//! The outcome is the audit entry of the operation, so it is known for as long as that is kept.

use super::{DeletedOrganization, OrganizationReference, RestoreOrganization, UpdateOrganization};
use crate::domain::name::key_of;
use crate::domain::{AuditAction, AuditEntry, Email, OperationId, Organization, OrganizationName, State};
use crate::port::{AuditQuery, Lookup};
use crate::service::access::Scope;
use crate::service::{Error, Result, TenantService};

impl TenantService {
    /// The entry of an operation that was done.
    pub(super) async fn earlier(&self, operation: OperationId) -> Result<Option<AuditEntry>> {
        Ok(self.store.audit(&AuditQuery::entry(operation.0)).await?.rows.pop())
    }

    /// The entry of the same request, if a refusal comes of that: it was sent before, and ended after it was looked
    /// for. Whoever meets an operation that nobody works on any more ends it, and a repeat is the first to meet it, even
    /// where the name before a rename leads nowhere any more. One that goes on is [`Error::Busy`].
    pub(super) async fn earlier_than(
        &self,
        refusal: Error,
        operation: OperationId,
        reach: Scope,
    ) -> Result<AuditEntry> {
        let is_of_what_is_there = matches!(
            refusal,
            Error::NameTaken(_)
                | Error::EmailTaken(_)
                | Error::CollectionExists(_)
                | Error::Changed
                | Error::Busy(_)
                | Error::NotFound
                | Error::Ambiguous { .. }
                | Error::ConfirmationRequired(_)
                | Error::OperationMismatch
        );
        if !is_of_what_is_there {
            return Err(refusal);
        }
        let at_work = self.store.find(&Lookup::Operation(operation)).await?;
        match (self.earlier(operation).await?, at_work) {
            (Some(earlier), _) => Ok(earlier),
            (None, Some(at_work)) if reach.includes(at_work.id) => Err(Error::Busy(at_work.state)),
            (None, _) => Err(refusal),
        }
    }

    /// The organization that an earlier request with the same id left, as it is now; not one that is in the trash by
    /// now.
    pub(super) async fn outcome(&self, earlier: &AuditEntry) -> Result<Organization> {
        let id = earlier.organization_id.ok_or(Error::OperationMismatch)?;
        let found = self.store.find(&Lookup::Id(id)).await?;
        let found = found.filter(|found| found.state != State::Deleted).ok_or(Error::NotFound)?;
        // Its entry is written before its last step: until then it is under way, and the record not yet what it leaves.
        let at_work = Lookup::Operation(OperationId(earlier.id));
        if found.state.has_operation() && self.store.find(&at_work).await?.is_some() {
            return Err(Error::Busy(found.state));
        }
        Ok(found)
    }
}

fn from<'a>(entry: &'a AuditEntry, field: &str) -> Option<&'a str> {
    entry.changes.get(field)?.get("from")?.as_str()
}

fn to<'a>(entry: &'a AuditEntry, field: &str) -> Option<&'a str> {
    entry.changes.get(field)?.get("to")?.as_str()
}

/// Whether the earlier request was this create.
pub(super) fn is_create(
    earlier: &AuditEntry,
    actor: &str,
    name: &OrganizationName,
    email: &Email,
) -> Result<()> {
    let is_same = earlier.action == AuditAction::OrganizationCreate
        && earlier.actor == actor
        && to(earlier, "organization_name") == Some(name.display())
        && to(earlier, "admin_email") == Some(email.as_str());
    is_same.then_some(()).ok_or(Error::OperationMismatch)
}

/// Whether the earlier request was this update, of an organization within reach.
pub(super) fn is_update(
    earlier: &AuditEntry,
    (reach, actor): (Scope, &str),
    reference: &OrganizationReference,
    request: &UpdateOrganization,
) -> Result<()> {
    // What was asked for and differed from what was there is in the entry; what did not differ is not.
    let fits = |field: &str, asked: Option<&str>| match (to(earlier, field), asked) {
        (Some(changed), Some(asked)) => changed == asked,
        (Some(_), None) => false,
        (None, _) => true,
    };
    let name = request.name.as_deref().map(OrganizationName::parse).transpose()?;
    let is_same = matches!(earlier.action, AuditAction::OrganizationUpdate | AuditAction::OrganizationRename)
        && is_about(earlier, (reach, actor), reference)
        && fits("organization_name", name.as_ref().map(OrganizationName::display))
        && fits("admin_email", request.admin_email.as_deref())
        && earlier.changes.contains_key("password") == request.admin_password.is_some();
    is_same.then_some(()).ok_or(Error::OperationMismatch)
}

/// Whether the earlier request was this restore. What is not asked for stays as it was.
pub(super) fn is_restore(
    earlier: &AuditEntry,
    whose: (Scope, &str),
    reference: &OrganizationReference,
    request: &RestoreOrganization,
) -> Result<()> {
    // What it gave and differed from what was there is in the entry; what did not differ is not.
    let fits = |field: &str, asked: Option<&str>| to(earlier, field).is_none_or(|given| asked == Some(given));
    let name = request.name.as_deref().map(OrganizationName::parse).transpose()?;
    let email = request.admin_email.as_deref().map(Email::parse).transpose()?;
    is_same(earlier, AuditAction::OrganizationRestore, whose, reference)?;
    let is_same = fits("organization_name", name.as_ref().map(OrganizationName::display))
        && fits("admin_email", email.as_ref().map(Email::as_str))
        && earlier.changes.contains_key("password") == request.admin_password.is_some();
    is_same.then_some(()).ok_or(Error::OperationMismatch)
}

/// Whether the earlier request was of this kind, about this organization, by this actor.
pub(super) fn is_same(
    earlier: &AuditEntry,
    action: AuditAction,
    whose: (Scope, &str),
    reference: &OrganizationReference,
) -> Result<()> {
    let is_same = earlier.action == action && is_about(earlier, whose, reference);
    is_same.then_some(()).ok_or(Error::OperationMismatch)
}

/// What the earlier request deleted, if it was this delete, of an organization within reach.
pub(super) fn deleted(
    earlier: &AuditEntry,
    whose: (Scope, &str),
    reference: &OrganizationReference,
) -> Result<DeletedOrganization> {
    let collection = earlier.changes.get("collection_name").and_then(|change| change.get("from"));
    let left = earlier.changes.get("collection_left").and_then(|left| left.as_str());
    let is_delete =
        matches!(earlier.action, AuditAction::OrganizationDelete | AuditAction::OrganizationPurge);
    match (earlier.organization_id, &earlier.organization_name) {
        (Some(organization_id), Some(name)) if is_delete && is_about(earlier, whose, reference) => {
            Ok(DeletedOrganization {
                organization_id,
                organization_name: name.clone(),
                ends_session: false,
                purge_at: to(earlier, "purge_at").and_then(|at| at.parse().ok()),
                collection_left: left.map(str::to_owned),
                collection_name: collection.and_then(|name| name.as_str()).unwrap_or_default().to_owned(),
            })
        }
        _ => Err(Error::OperationMismatch),
    }
}

fn is_about(earlier: &AuditEntry, (reach, actor): (Scope, &str), reference: &OrganizationReference) -> bool {
    let is_this = match reference {
        OrganizationReference::Id(id) => earlier.organization_id == Some(*id),
        // The name before: a restore is audited under the one that it gave.
        OrganizationReference::Name(name) => {
            let before = from(earlier, "organization_name").or(earlier.organization_name.as_deref());
            before.map(key_of) == Some(key_of(name))
        }
    };
    is_this && earlier.actor == actor && earlier.organization_id.is_some_and(|id| reach.includes(id))
}
