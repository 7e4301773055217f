//! Restoring an organization from the trash, with its old name and email or with new ones.

use super::preview::Wanted;
use super::{NewValues, OrganizationReference, can_write};
use crate::domain::{
    AccessToken, Account, AuditAction, AuditEntry, Email, Epoch, OperationId, Organization, OrganizationName,
    Principal, State,
};
use crate::port::RestoreRequest;
use crate::service::access::UseCase;
use crate::service::repeat::Write;
use crate::service::writes::Writer;
use crate::service::{Result, TenantService};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// New values for a restored organization, as typed; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct RestoreOrganization {
    /// The new name.
    pub name: Option<String>,
    /// The admin's new email.
    pub admin_email: Option<String>,
    /// The admin's new password.
    pub admin_password: Option<SecretString>,
    /// The epoch that the caller read; another one is [`crate::service::Error::Changed`].
    pub expected: Option<Epoch>,
}

/// A restore, checked against the organization in the trash: what a dry run shows and the write does.
#[derive(Debug)]
struct RestorePlan {
    current: Organization,
    /// Its admin, if the account is there.
    admin: Option<Account>,
    name: OrganizationName,
    email: Email,
    new: NewValues,
}

impl RestorePlan {
    fn wanted(&self) -> Wanted<'_> {
        Wanted { name: Some(&self.name), email: Some(&self.email), holder: Some(&self.current) }
    }

    fn changes(&self) -> Map<String, Value> {
        let mut changes = Map::new();
        let mut note = |field: &str, from: &str, to: &str| {
            if from != to {
                changes.insert(field.to_owned(), json!({"from": from, "to": to}));
            }
        };
        note("organization_name", &self.current.name, self.name.display());
        note("admin_email", &self.current.admin_email, self.email.as_str());
        if self.new.sets_password() {
            changes.insert("password".into(), Value::from("changed"));
        }
        changes
    }
}

impl TenantService {
    /// Restores an organization from the trash; a suspended one stays suspended. A repeat with the same operation gives
    /// the same outcome.
    ///
    /// # Errors
    /// [`Forbidden`], [`NotFound`], [`Ambiguous`], [`AdminMissing`], [`OperationMismatch`], today's rules of names,
    /// emails and passwords, those of the session, and those of [`crate::port::Organizations::restore`].
    ///
    /// [`Forbidden`]: crate::service::Error::Forbidden
    /// [`NotFound`]: crate::service::Error::NotFound
    /// [`Ambiguous`]: crate::service::Error::Ambiguous
    /// [`AdminMissing`]: crate::service::Error::AdminMissing
    /// [`OperationMismatch`]: crate::service::Error::OperationMismatch
    pub async fn restore_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: RestoreOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let (token, reference) = (token.clone(), reference.clone());
        self.write(|writer| async move {
            writer.restore_organization(&token, &reference, request, operation).await
        })
        .await
    }

    /// The result of [`TenantService::restore_organization`], without writing or hashing: the organization as it would
    /// be, except for times and epoch. `sets_password`: a new password will follow that is not given yet.
    ///
    /// # Errors
    /// As [`TenantService::restore_organization`].
    pub async fn preview_restore(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: RestoreOrganization,
        sets_password: bool,
    ) -> Result<Organization> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::RestoreOrganization, &principal)?;
        let RestoreOrganization { name, admin_email, admin_password, expected } = request;
        let new = NewValues::parse(name.as_deref(), admin_email.as_deref(), admin_password)?;
        let found = as_read(self.in_trash(reference).await, expected);
        let plan = self.plan_restore(found, new.with_password_to_come(sets_password)).await?;
        self.check_free(plan.wanted()).await?;
        let RestorePlan { current, name, email, .. } = plan;
        Ok(Organization {
            name: name.display().to_owned(),
            name_key: name.key().to_owned(),
            collection: Some(self.store.collection_of(&name)),
            admin_email: email.as_str().to_owned(),
            state: State::Active,
            deletion: None,
            ..current
        })
    }

    async fn plan_restore(&self, current: Result<Organization>, new: NewValues) -> Result<RestorePlan> {
        let current = current?;
        let (name, email) = names_of(&current, &new);
        let admin = self.admin_of(&current).await?;
        if admin.is_none() && !new.sets_password() {
            return Err(self.without_admin(current).await);
        }
        Ok(RestorePlan { current, admin, name, email, new })
    }
}

/// The organization in the trash, unchanged since the caller read it.
fn as_read(found: Result<Organization>, expected: Option<Epoch>) -> Result<Organization> {
    let found = found?;
    can_write(&found, expected, &[State::Deleted])?;
    Ok(found)
}

impl Writer {
    async fn restore_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: RestoreOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let RestoreOrganization { name, admin_email, admin_password, expected } = request;
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::RestoreOrganization, &principal)?;
        let new = NewValues::parse(name.as_deref(), admin_email.as_deref(), admin_password.clone())?;
        let whose = reference.normal();
        let fields = &new.fields_for(&whose);
        let write = Write::new(operation, Some(principal.account_id), "organization_restore", fields);
        let (found, earlier) = tokio::join!(self.in_trash_for(operation, reference), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            match self.restore_now(&principal, as_read(found, expected), new, &write).await {
                Ok(restored) => return Ok(restored),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        self.outcome(&earlier, admin_password.as_ref()).await
    }

    async fn restore_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        new: NewValues,
        write: &Write,
    ) -> Result<Organization> {
        let plan = self.plan_restore(current, new).await?;
        let audit = AuditEntry {
            organization_name: Some(plan.name.display().to_owned()),
            changes: plan.changes(),
            ..self.audit_about(principal, AuditAction::OrganizationRestore, &plan.current, write)
        };
        let RestorePlan { current, admin, name, email, new } = plan;
        let password_hash = self.hash(new.password.as_ref()).await?;
        let request = RestoreRequest { current, admin, name, email, password_hash };
        let restored = self.store.restore(&request, audit).await?;
        if new.password.is_some() {
            self.clear_throttle(&restored.admin_email).await;
        }
        Ok(restored)
    }
}

/// The name and the email after a restore: the old ones, which older rules may have allowed, unless new ones are
/// requested.
fn names_of(current: &Organization, new: &NewValues) -> (OrganizationName, Email) {
    let name = new.name.clone().unwrap_or_else(|| OrganizationName::stored(current.name.clone()));
    let email = new.email.clone().unwrap_or_else(|| Email::stored(&current.admin_email));
    (name, email)
}
