//! Changing an organization: name, admin email, admin password.

use super::{NewValues, OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Epoch, OperationId, Organization, OrganizationChange, Password,
    Principal, Role, State,
};
use crate::port::{AccountRecord, UpdateRequest};
use crate::service::access::UseCase;
use crate::service::attempts::AskedValues;
use crate::service::repeat::Write;
use crate::service::{Error, Result, TenantService};
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
    /// [`Error::OperationMismatch`], [`Error::NothingToChange`], [`Error::WrongCurrentPassword`], [`Error::NotFound`],
    /// [`Error::AdminMissing`], the rules of name, email and password, those of the session, and those of
    /// [`crate::port::Organizations::update`].
    pub async fn update_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::UpdateOrganization, &principal)?;
        let new = NewValues::parse(request.name.as_deref(), request.admin_email.as_deref())?;
        let password = request.admin_password.as_ref();
        let write = new.write(operation, &principal, "organization_update", (reference, password));
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(scope, found?);
            let asked = AskedValues { name: request.name.clone(), email: request.admin_email.clone() };
            let update = Box::pin(self.update_now(&principal, current, (new, request.clone()), &write));
            match self.count_taken_values(&principal, asked, update).await {
                Ok(updated) => return Ok(updated),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        let outcome = self.outcome(&earlier, request.admin_password.as_ref()).await?;
        self.clear_after(&principal, request.admin_password.is_some(), &outcome).await;
        Ok(outcome)
    }

    /// Whoever got a new password from an operator signs in with it at once.
    async fn clear_after(&self, principal: &Principal, sets_password: bool, updated: &Organization) {
        if sets_password && principal.role == Role::Operator {
            self.clear_throttle(&updated.admin_email).await;
        }
    }

    async fn update_now(
        &self,
        principal: &Principal,
        current: Result<Organization>,
        (NewValues { name, email }, request): (NewValues, UpdateOrganization),
        write: &Write,
    ) -> Result<Organization> {
        let current = current?;
        let UpdateOrganization { admin_password, current_password, expected, .. } = request;
        if name.is_none() && email.is_none() && admin_password.is_none() {
            return Err(Error::NothingToChange);
        }
        let password = admin_password.map(Password::new).transpose()?;
        can_write(&current, expected, &[State::Active])?;
        let admin = self.store.account(current.admin_id).await?;
        let name = name.filter(|name| name.display() != current.name);
        // Without an account the same email is a change: it makes the account anew.
        let email = email.filter(|email| admin.is_none() || email.as_str() != current.admin_email);
        let changes_account = email.is_some() || password.is_some();
        if changes_account {
            self.may_change_account(principal, admin.as_ref(), current_password).await?;
        }
        if admin.is_none() && changes_account && (email.is_none() || password.is_none()) {
            return Err(self.without_admin(current).await);
        }
        let admin_password_hash = match &password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let change = OrganizationChange {
            name,
            admin_email: email,
            admin_password_hash,
            ..OrganizationChange::default()
        };
        if change.is_empty() {
            return Ok(current);
        }
        let audit = self.change_audit(principal, &current, &change, write);
        let admin = admin.map(|record| record.account);
        let updated = self.store.update(&UpdateRequest { current, admin, change }, audit).await?;
        self.clear_after(principal, password.is_some(), &updated).await;
        Ok(updated)
    }

    /// An admin changes the own email or password only with the present one.
    async fn may_change_account(
        &self,
        principal: &Principal,
        admin: Option<&AccountRecord>,
        current_password: Option<SecretString>,
    ) -> Result<()> {
        match (principal.role, admin) {
            (Role::Operator, _) => Ok(()),
            (Role::Admin, Some(own)) => self.reauthenticate(own, current_password).await,
            (Role::Admin, None) => Err(Error::Changed),
        }
    }

    fn change_audit(
        &self,
        principal: &Principal,
        current: &Organization,
        change: &OrganizationChange,
        write: &Write,
    ) -> AuditEntry {
        let mut changes = Map::new();
        if let Some(name) = &change.name {
            changes.insert("organization_name".into(), json!({"from": current.name, "to": name.display()}));
        }
        if let Some(email) = &change.admin_email {
            changes.insert("admin_email".into(), json!({"from": current.admin_email, "to": email.as_str()}));
        }
        if change.admin_password_hash.is_some() {
            changes.insert("password".into(), Value::from("changed"));
        }
        let action = match change.name {
            Some(_) => AuditAction::OrganizationRename,
            None => AuditAction::OrganizationUpdate,
        };
        AuditEntry { changes, ..self.audit_about(principal, action, current, write) }
    }

    /// The entry of an operation on an organization, without its changes.
    pub(super) fn audit_about(
        &self,
        principal: &Principal,
        action: AuditAction,
        current: &Organization,
        write: &Write,
    ) -> AuditEntry {
        AuditEntry {
            organization_id: Some(current.id),
            organization_name: Some(current.name.clone()),
            ..write.of(self.audit_by(principal, action))
        }
    }
}
