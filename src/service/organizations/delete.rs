//! Deleting an organization.

use super::{OrganizationReference, can_write};
use crate::domain::{AccessToken, Epoch, Organization, OrganizationId, State};
use crate::service::TenantService;
use crate::service::access::UseCase;
use crate::service::error::{Confirms, Error, OperationId, Result};
use crate::service::store::{AuditAction, AuditEntry};
use unicode_normalization::UnicodeNormalization;

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its id.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// Its collection.
    pub collection_name: String,
}

/// Whether it may be deleted, with this confirmation if there is one.
pub(super) fn check(current: &Organization, confirm: Option<&str>, expected: Option<Epoch>) -> Result<()> {
    if confirm.is_some_and(|confirm| confirm.nfc().collect::<String>() != current.name) {
        return Err(Error::ConfirmationRequired(Confirms::Organization));
    }
    // A damaged organization cannot be changed, but it can go.
    can_write(current, expected, State::Damaged)
}

impl TenantService {
    /// Deletes an organization with its admin and its collection. `confirm` is its name, case kept.
    ///
    /// # Errors
    /// [`Error::ConfirmationRequired`], [`Error::NotFound`], those of the session, and those of
    /// [`crate::service::store::Store::delete`].
    pub async fn delete_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Deleted> {
        let (principal, current) = self.visible(token, UseCase::DeleteOrganization, reference).await?;
        check(&current, Some(confirm), expected)?;
        let audit = AuditEntry {
            id: operation.0,
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            ..self.audit_entry(&principal.email, AuditAction::OrganizationDelete)
        };
        self.store.delete(&current, operation, audit).await?;
        Ok(Deleted {
            organization_id: current.id,
            collection_name: current.collection_name().to_owned(),
            organization_name: current.name,
        })
    }
}
