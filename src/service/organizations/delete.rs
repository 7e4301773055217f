//! Deleting an organization.

use super::{OrganizationReference, can_write, repeat, within};
use crate::domain::{AccessToken, Epoch, Organization, OrganizationId, Principal, State};
use crate::service::TenantService;
use crate::service::access::UseCase;
use crate::service::error::{Confirms, Error, OperationId, Result};
use crate::service::store::{AuditAction, AuditEntry};
use serde_json::{Map, Value, json};
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
    /// Whether the acting session ended with it: that of its own admin.
    pub ends_session: bool,
}

/// Whether it may be deleted, with this confirmation if there is one.
pub(super) fn check(current: &Organization, confirm: Option<&str>, expected: Option<Epoch>) -> Result<()> {
    if confirm.is_some_and(|confirm| confirm.nfc().collect::<String>() != current.name) {
        return Err(Error::ConfirmationRequired(Confirms::Organization));
    }
    // A damaged organization cannot be changed, but it can go.
    can_write(current, expected, State::Damaged)
}

/// What goes with it, for whoever asks later.
fn gone(current: &Organization) -> Map<String, Value> {
    let mut gone = Map::new();
    gone.insert("collection_name".into(), json!({"from": current.collection_name(), "to": null}));
    gone.insert("admin_email".into(), json!({"from": current.admin_email, "to": null}));
    gone
}

impl TenantService {
    /// Deletes an organization with its admin and its collection. `confirm` is its name, case kept. A repeat with the
    /// same operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::OperationMismatch`], [`Error::ConfirmationRequired`], [`Error::NotFound`], those of the session, and those of
    /// [`crate::service::store::Store::delete`].
    pub async fn delete_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        confirm: &str,
        expected: Option<Epoch>,
        operation: OperationId,
    ) -> Result<Deleted> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(UseCase::DeleteOrganization, &principal)?;
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(operation));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(reach, found?);
            match self.delete_now(&principal, current, (confirm, expected), operation).await {
                Ok(deleted) => return Ok(deleted),
                Err(refusal) => self.earlier_than(refusal, operation, reach).await?,
            }
        };
        repeat::deleted(&earlier, (reach, &principal.email), reference)
    }

    async fn delete_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        (confirm, expected): (&str, Option<Epoch>),
        operation: OperationId,
    ) -> Result<Deleted> {
        let current = current?;
        check(&current, Some(confirm), expected)?;
        let audit = AuditEntry {
            id: operation.0,
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            changes: gone(&current),
            ..self.audit_entry(&principal.email, AuditAction::OrganizationDelete)
        };
        self.store.delete(&current, operation, audit).await?;
        Ok(Deleted {
            organization_id: current.id,
            collection_name: current.collection_name().to_owned(),
            organization_name: current.name,
            ends_session: principal.organization_id == Some(current.id),
        })
    }
}
