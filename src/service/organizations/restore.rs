//! Taking an organization out of the trash, under its old name and email or under new ones.

use super::{NewValues, OrganizationReference, can_write};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Email, OperationId, Organization, OrganizationName, Password,
    Principal, State,
};
use crate::port::RestoreRequest;
use crate::service::access::UseCase;
use crate::service::repeat::Write;
use crate::service::{Result, TenantService};
use secrecy::SecretString;
use serde_json::{Value, json};

/// What a restored organization gets instead of what it had, as typed.
#[derive(Debug, Clone, Default)]
pub struct RestoreOrganization {
    /// Another name.
    pub name: Option<String>,
    /// Another email for its admin.
    pub admin_email: Option<String>,
    /// Another password for its admin.
    pub admin_password: Option<SecretString>,
}

impl TenantService {
    /// Takes an organization out of the trash; a suspended one stays suspended. A repeat with the same operation gives
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
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::RestoreOrganization, &principal)?;
        let new = NewValues::parse(request.name.as_deref(), request.admin_email.as_deref())?;
        let password = request.admin_password.as_ref();
        let write = new.write(operation, &principal, "organization_restore", (reference, password));
        let (found, earlier) = tokio::join!(self.in_trash_for(operation, reference), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            match self.restore_now(&principal, found, (new, password), &write).await {
                Ok(restored) => return Ok(restored),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        self.outcome(&earlier, request.admin_password.as_ref()).await
    }

    /// What [`TenantService::restore_organization`] would check, without writing or hashing. Answers the deleted
    /// organization with the name and the email that it would get. `sets_password` says whether a new password is to
    /// come that is not there yet.
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
        let current = self.in_trash(reference).await?;
        can_write(&current, None, &[State::Deleted])?;
        let new = NewValues::parse(request.name.as_deref(), request.admin_email.as_deref())?;
        let (name, email) = names_of(&current, new);
        let password = request.admin_password.map(Password::new).transpose()?;
        if password.is_none() && !sets_password && self.admin_of(&current).await?.is_none() {
            return Err(self.without_admin(current).await);
        }
        let collection = self.store.collection_of(&name);
        self.check_free(Some((&name, &collection)), Some(&email), super::preview::Holder::of(&current))
            .await?;
        Ok(Organization {
            name: name.display().to_owned(),
            name_key: name.key().to_owned(),
            collection: Some(collection),
            admin_email: email.as_str().to_owned(),
            state: State::Active,
            deletion: None,
            ..current
        })
    }

    async fn restore_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        (new, password): (NewValues, Option<&SecretString>),
        write: &Write,
    ) -> Result<Organization> {
        let current = current?;
        can_write(&current, None, &[State::Deleted])?;
        let (name, email) = names_of(&current, new);
        let password = password.cloned().map(Password::new).transpose()?;
        let admin = self.admin_of(&current).await?;
        if admin.is_none() && password.is_none() {
            return Err(self.without_admin(current).await);
        }
        let password_hash = match &password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let mut audit = AuditEntry {
            organization_name: Some(name.display().to_owned()),
            ..self.audit_about(principal, AuditAction::OrganizationRestore, &current, write)
        };
        let mut changed = |field: &str, from: &str, to: &str| {
            if from != to {
                audit.changes.insert(field.to_owned(), json!({"from": from, "to": to}));
            }
        };
        changed("organization_name", &current.name, name.display());
        changed("admin_email", &current.admin_email, email.as_str());
        if password.is_some() {
            audit.changes.insert("password".into(), Value::from("changed"));
        }
        let restored =
            self.store.restore(&RestoreRequest { current, admin, name, email, password_hash }, audit).await?;
        if password.is_some() {
            self.clear_throttle(&restored.admin_email).await;
        }
        Ok(restored)
    }
}

/// The name and the email that a restore gives: the old ones, which older rules may have let in, unless others are asked
/// for.
fn names_of(current: &Organization, new: NewValues) -> (OrganizationName, Email) {
    let name = new.name.unwrap_or_else(|| OrganizationName::stored(current.name.clone()));
    let email = new.email.unwrap_or_else(|| Email::stored(&current.admin_email));
    (name, email)
}
