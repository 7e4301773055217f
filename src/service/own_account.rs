//! The own account: another email or password, with the current one. It ends every session of the account, the
//! acting one too.

use super::access::UseCase;
use super::repeat::{Write, secret};
use super::{Error, OrganizationReference, Result, TenantService, UpdateOrganization};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Email, OperationId, OrganizationId, Password, Principal, Role,
};
use crate::port::{AccountChange, AccountRecord};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// What is to be changed, as typed; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateOwnAccount {
    /// The new email.
    pub email: Option<String>,
    /// The new password.
    pub password: Option<SecretString>,
    /// The present password.
    pub current_password: Option<SecretString>,
}

/// The own account after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its email.
    pub email: String,
    /// Its role.
    pub role: Role,
    /// Whether anything differs from before; then every session of the account has ended.
    pub is_changed: bool,
}

impl TenantService {
    /// Changes the own email or password, all or nothing. The email as it is, alone, succeeds and does nothing.
    ///
    /// # Errors
    /// [`Error::NothingToChange`], [`Error::WrongCurrentPassword`], the rules of email and password,
    /// [`Error::EmailTaken`], those of the session, and those of the store; of an admin those of
    /// [`TenantService::update_organization`].
    pub async fn update_own_account(
        &self,
        token: &AccessToken,
        request: UpdateOwnAccount,
        operation: OperationId,
    ) -> Result<OwnAccount> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::OwnAccount, &principal)?;
        match principal.organization_id {
            Some(own) => self.update_own_admin(token, &principal, own, request, operation).await,
            None => self.update_own_operator(&principal, request, operation).await,
        }
    }

    /// An admin's email stands in the record of the organization, so it changes with that.
    async fn update_own_admin(
        &self,
        token: &AccessToken,
        principal: &Principal,
        own: OrganizationId,
        request: UpdateOwnAccount,
        operation: OperationId,
    ) -> Result<OwnAccount> {
        let UpdateOwnAccount { email, password, current_password } = request;
        let sets_password = password.is_some();
        let update = UpdateOrganization {
            admin_email: email,
            admin_password: password,
            current_password,
            ..UpdateOrganization::default()
        };
        let reference = OrganizationReference::Id(own);
        let changed = self.update_organization(token, &reference, update, operation).await?;
        let is_changed = sets_password || changed.admin_email != principal.email;
        Ok(OwnAccount { email: changed.admin_email, role: Role::Admin, is_changed })
    }

    async fn update_own_operator(
        &self,
        principal: &Principal,
        request: UpdateOwnAccount,
        operation: OperationId,
    ) -> Result<OwnAccount> {
        let UpdateOwnAccount { email, password, current_password } = request;
        if email.is_none() && password.is_none() {
            return Err(Error::NothingToChange);
        }
        let email = email.map(|email| Email::parse(&email)).transpose()?;
        let password = password.map(Password::new).transpose()?;
        let asked = [
            ("email", email.as_ref().map(Email::as_str)),
            ("password", secret(password.as_ref().map(Password::secret))),
        ];
        let write = Write::new(operation, Some(principal.account_id), "own_account", &asked);
        if self.earlier(&write).await?.is_none() {
            let new = (email, password.as_ref());
            match self.update_own_operator_now(principal, new, current_password, &write).await {
                Ok(updated) => return Ok(updated),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            };
        }
        let own = self.store.account(principal.account_id).await?.ok_or(Error::OperatorChanged)?;
        if let Some(password) = &password {
            self.repeats_password(Some(&own), password.secret()).await?;
        }
        // This session is one that was made after the change.
        Ok(OwnAccount { email: own.account.email, role: Role::Operator, is_changed: false })
    }

    async fn update_own_operator_now(
        &self,
        principal: &Principal,
        (email, password): (Option<Email>, Option<&Password>),
        current_password: Option<SecretString>,
        write: &Write,
    ) -> Result<OwnAccount> {
        let own = self.store.account(principal.account_id).await?.ok_or(Error::OperatorChanged)?;
        let email = email.filter(|email| email.as_str() != own.account.email);
        if email.is_none() && password.is_none() {
            // Perhaps because an earlier try of this change ended behind its commit.
            self.store.record_operator_writes().await?;
            return Ok(OwnAccount { email: own.account.email, role: Role::Operator, is_changed: false });
        }
        self.reauthenticate(&own, current_password).await?;
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let change = AccountChange { email, password_hash, clears_throttle: false };
        let audit = write.of(self.own_audit(principal, &change));
        let after = self.store.update_operator(&own.account, &change, audit).await?;
        Ok(OwnAccount { email: after.email, role: Role::Operator, is_changed: true })
    }

    /// What would come of [`TenantService::update_own_account`], without writing or hashing. Whether another one has
    /// the email is only told to operators. The current password is not looked at; `sets_password` says whether a new
    /// one is to come that is not there yet.
    ///
    /// # Errors
    /// As [`TenantService::update_own_account`], but for the current password.
    pub async fn preview_own_account(
        &self,
        token: &AccessToken,
        request: UpdateOwnAccount,
        sets_password: bool,
    ) -> Result<OwnAccount> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::OwnAccount, &principal)?;
        let UpdateOwnAccount { email, password, .. } = request;
        let has_password = sets_password || password.is_some();
        if email.is_none() && !has_password {
            return Err(Error::NothingToChange);
        }
        let email = email.map(|email| Email::parse(&email)).transpose()?;
        password.map(Password::new).transpose()?;
        let email = email.filter(|email| email.as_str() != principal.email);
        // An admin learns of others only by a write, which is counted.
        if let (Some(email), Role::Operator) = (&email, principal.role) {
            let holder = self.store.account_by_email(email.key()).await?;
            if holder.is_some_and(|holder| holder.account.id != principal.account_id) {
                return Err(Error::EmailTaken(email.as_str().to_owned()));
            }
        }
        Ok(OwnAccount {
            is_changed: has_password || email.is_some(),
            email: email.map_or(principal.email, |email| email.as_str().to_owned()),
            role: principal.role,
        })
    }

    /// Asks for the present password of the own account.
    pub(super) async fn reauthenticate(
        &self,
        own: &AccountRecord,
        typed: Option<SecretString>,
    ) -> Result<()> {
        let typed = typed.ok_or(Error::WrongCurrentPassword)?;
        if self.is_password(own, &typed).await? { Ok(()) } else { Err(Error::WrongCurrentPassword) }
    }

    fn own_audit(&self, principal: &Principal, change: &AccountChange) -> AuditEntry {
        let mut changes = Map::new();
        if let Some(email) = &change.email {
            changes.insert("email".into(), json!({"from": principal.email, "to": email.as_str()}));
        }
        if change.password_hash.is_some() {
            changes.insert("password".into(), Value::from("changed"));
        }
        let action =
            if change.email.is_some() { AuditAction::OperatorUpdate } else { AuditAction::OperatorPassword };
        AuditEntry { changes, ..self.audit_by(principal, action) }
    }
}
