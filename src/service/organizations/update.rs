//! Changing an organization: name, admin email, admin password.

use super::{OrganizationReference, can_write, repeat, within};
use crate::domain::{
    AccessToken, Email, Epoch, Organization, OrganizationChange, OrganizationName, Password, Principal, Role,
    State,
};
use crate::service::TenantService;
use crate::service::access::UseCase;
use crate::service::error::{Error, OperationId, Result};
use crate::service::store::{AuditAction, AuditEntry};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// What is to be changed, as typed; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateOrganization {
    /// The new display name.
    pub name: Option<String>,
    /// The admin's new email.
    pub admin_email: Option<String>,
    /// The admin's new password.
    pub admin_password: Option<SecretString>,
    /// The present password of an admin who changes the own email or password.
    pub current_password: Option<SecretString>,
    /// What was looked at before: another epoch is [`Error::Changed`].
    pub expected: Option<Epoch>,
}

impl TenantService {
    /// Changes an organization, all or nothing. The same values again succeed and do nothing; a password is always
    /// a change. A repeat with the same operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::OperationMismatch`], [`Error::NothingToChange`], [`Error::WrongCurrentPassword`], [`Error::NotFound`], the rules of name, email
    /// and password, those of the session, and those of [`crate::service::store::Store::update`].
    pub async fn update_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(UseCase::UpdateOrganization, &principal)?;
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(operation));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(reach, found?);
            match self.update_now(&principal, current, request.clone(), operation).await {
                Ok(updated) => return Ok(updated),
                Err(refusal) => self.earlier_than(refusal, operation, reach).await?,
            }
        };
        repeat::is_update(&earlier, (reach, &principal.email), reference, &request)?;
        self.outcome(&earlier).await
    }

    async fn update_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        request: UpdateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let current = current?;
        let UpdateOrganization { name, admin_email, admin_password, current_password, expected } = request;
        if name.is_none() && admin_email.is_none() && admin_password.is_none() {
            return Err(Error::NothingToChange);
        }
        let name = name.map(|name| OrganizationName::parse(&name)).transpose()?;
        let email = admin_email.map(|email| Email::parse(&email)).transpose()?;
        let password = admin_password.map(Password::new).transpose()?;
        can_write(&current, expected, State::Active)?;
        let name = name.filter(|name| name.display() != current.name);
        let email = email.filter(|email| email.as_str() != current.admin_email);
        let admin = self.store.account(current.admin_id).await?.ok_or(Error::Changed)?;
        if principal.role == Role::Admin && (email.is_some() || password.is_some()) {
            self.reauthenticate(&admin, current_password).await?;
        }
        let admin_password_hash = match &password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let database = &self.place().database;
        let change = OrganizationChange {
            name: name.map(|name| {
                let collection = name.collection(database);
                (name, collection)
            }),
            admin_email: email,
            admin_password_hash,
        };
        if change.is_empty() {
            return Ok(current);
        }
        let audit = self.change_audit(principal, &current, &change, operation);
        self.store.update(&current, &admin.account, &change, operation, audit).await
    }

    fn change_audit(
        &self,
        principal: &Principal,
        current: &Organization,
        change: &OrganizationChange,
        operation: OperationId,
    ) -> AuditEntry {
        let mut changes = Map::new();
        if let Some((name, _)) = &change.name {
            changes.insert("organization_name".into(), json!({"from": current.name, "to": name.display()}));
        }
        if let Some(email) = &change.admin_email {
            changes.insert("admin_email".into(), json!({"from": current.admin_email, "to": email.as_str()}));
        }
        if change.admin_password_hash.is_some() {
            changes.insert("password".into(), Value::from("changed"));
        }
        AuditEntry {
            id: operation.0,
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            changes,
            ..self.audit_entry(&principal.email, AuditAction::OrganizationUpdate)
        }
    }
}
