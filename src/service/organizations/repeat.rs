//! Repeats: a request with the operation id of one that was done gives the outcome of that one and does nothing.
//!
//! The outcome is the audit entry of the operation, so it is known for as long as that is kept.

use super::{Deleted, OrganizationReference, UpdateOrganization};
use crate::domain::name::key_of;
use crate::domain::{Email, Organization, OrganizationName};
use crate::service::TenantService;
use crate::service::access::Reach;
use crate::service::error::{Error, OperationId, Result};
use crate::service::store::{AuditAction, AuditEntry, AuditQuery, Lookup};

impl TenantService {
    /// The entry of an operation that was done.
    pub(super) async fn earlier(&self, operation: OperationId) -> Result<Option<AuditEntry>> {
        let query = AuditQuery { id: Some(operation.0), ..AuditQuery::newest(1) };
        Ok(self.store.audit(&query).await?.pop())
    }

    /// The entry of the same request, if a refusal comes of that: it was sent before, and ended after it was looked
    /// for. Whoever meets an operation that nobody works on any more ends it, and a repeat is the first to meet it, even
    /// where the name before a rename leads nowhere any more. One that goes on is [`Error::Busy`].
    pub(super) async fn earlier_than(
        &self,
        refusal: Error,
        operation: OperationId,
        reach: Reach,
    ) -> Result<AuditEntry> {
        let is_of_what_is_there = matches!(
            refusal,
            Error::NameTaken(_)
                | Error::EmailTaken(_)
                | Error::CollectionExists(_)
                | Error::Changed
                | Error::Busy(_)
                | Error::NotFound
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

    /// The organization that an earlier request with the same id left, as it is now.
    pub(super) async fn outcome(&self, earlier: &AuditEntry) -> Result<Organization> {
        let id = earlier.organization_id.ok_or(Error::OperationMismatch)?;
        self.store.find(&Lookup::Id(id)).await?.ok_or(Error::NotFound)
    }
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
    (reach, actor): (Reach, &str),
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
    let is_same = earlier.action == AuditAction::OrganizationUpdate
        && is_about(earlier, (reach, actor), reference)
        && fits("organization_name", name.as_ref().map(OrganizationName::display))
        && fits("admin_email", request.admin_email.as_deref())
        && earlier.changes.contains_key("password") == request.admin_password.is_some();
    is_same.then_some(()).ok_or(Error::OperationMismatch)
}

/// What the earlier request deleted, if it was this delete, of an organization within reach.
pub(super) fn deleted(
    earlier: &AuditEntry,
    whose: (Reach, &str),
    reference: &OrganizationReference,
) -> Result<Deleted> {
    let collection = earlier.changes.get("collection_name").and_then(|change| change.get("from"));
    match (earlier.organization_id, &earlier.organization_name) {
        (Some(organization_id), Some(name))
            if earlier.action == AuditAction::OrganizationDelete && is_about(earlier, whose, reference) =>
        {
            Ok(Deleted {
                organization_id,
                organization_name: name.clone(),
                ends_session: false,
                collection_name: collection.and_then(|name| name.as_str()).unwrap_or_default().to_owned(),
            })
        }
        _ => Err(Error::OperationMismatch),
    }
}

fn is_about(earlier: &AuditEntry, (reach, actor): (Reach, &str), reference: &OrganizationReference) -> bool {
    let is_this = match reference {
        OrganizationReference::Id(id) => earlier.organization_id == Some(*id),
        OrganizationReference::Name(name) => {
            earlier.organization_name.as_deref().map(key_of) == Some(key_of(name))
        }
    };
    is_this && earlier.actor == actor && earlier.organization_id.is_some_and(|id| reach.includes(id))
}
