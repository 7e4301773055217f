//! A new email or password for one's own account, given the current password. The change ends every session of the
//! account, the acting one too.

use super::access::UseCase;
use super::new_values::NewValues;
use super::repeat::Write;
use super::writes::Writer;
use super::{Error, OrganizationReference, Result, TenantService, UpdateOrganization};
use crate::domain::{
    AccessToken, Account, AuditAction, AuditEntry, OperationId, OrganizationId, Principal, Role,
};
use crate::port::{AccountChange, AccountRecord};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// The changes, as typed; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct UpdateOwnAccount {
    /// The new email.
    pub email: Option<String>,
    /// The new password.
    pub password: Option<SecretString>,
    /// The current password.
    pub current_password: Option<SecretString>,
}

/// The own account after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its email.
    pub email: String,
    /// Its role.
    pub role: Role,
    /// Whether anything changed; then every session of the account has ended.
    pub is_changed: bool,
}

/// A change of an operator's own account, checked against the account as it is: what a dry run shows and the write
/// does.
#[derive(Debug)]
struct OwnPlan {
    own: AccountRecord,
    /// Only what differs.
    new: NewValues,
}

impl OwnPlan {
    fn is_empty(&self) -> bool {
        self.new.email.is_none() && !self.new.sets_password()
    }

    fn after(&self) -> OwnAccount {
        let Account { email, role, .. } = &self.own.account;
        let email = self.new.email.as_ref().map_or(email.as_str(), |email| email.as_str());
        OwnAccount { email: email.to_owned(), role: *role, is_changed: !self.is_empty() }
    }

    fn changes(&self) -> Map<String, Value> {
        let mut changes = Map::new();
        if let Some(email) = &self.new.email {
            changes.insert("email".into(), json!({"from": self.own.account.email, "to": email.as_str()}));
        }
        if self.new.sets_password() {
            changes.insert("password".into(), Value::from("changed"));
        }
        changes
    }

    fn action(&self) -> AuditAction {
        match self.new.email {
            Some(_) => AuditAction::OperatorUpdate,
            None => AuditAction::OperatorPassword,
        }
    }
}

impl TenantService {
    /// Changes one's own email or password, all or nothing. The current email alone succeeds and changes nothing.
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
        let token = token.clone();
        self.write(|writer| async move { writer.update_own_account(&token, request, operation).await }).await
    }

    /// The result of [`TenantService::update_own_account`], without writing or hashing. Only operators learn whether
    /// another account has the email. The current password is not checked. `sets_password`: a new password will follow
    /// that is not given yet.
    ///
    /// # Errors
    /// Those of [`TenantService::update_own_account`], except for the current password.
    pub async fn preview_own_account(
        &self,
        token: &AccessToken,
        request: UpdateOwnAccount,
        sets_password: bool,
    ) -> Result<OwnAccount> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::OwnAccount, &principal)?;
        if let Some(own) = principal.organization_id {
            let reference = OrganizationReference::Id(own);
            let after =
                self.preview_update(token, &reference, of_own_organization(request), sets_password).await?;
            let (email, is_changed) = (after.admin_email, after.updated_at.is_none());
            return Ok(OwnAccount { email, role: Role::Admin, is_changed });
        }
        let new = NewValues::parse(None, request.email.as_deref(), request.password)?;
        let plan = self.plan_own_account(&principal, new.with_password_to_come(sets_password)).await?;
        if let Some(email) = &plan.new.email {
            let holder = self.store.account_by_email(email.key()).await?;
            if holder.is_some_and(|holder| holder.account.id != principal.account_id) {
                return Err(Error::EmailTaken(email.as_str().to_owned()));
            }
        }
        Ok(plan.after())
    }

    async fn plan_own_account(&self, principal: &Principal, mut new: NewValues) -> Result<OwnPlan> {
        if new.is_empty() {
            return Err(Error::NothingToChange);
        }
        let own = self.store.account(principal.account_id).await?.ok_or(Error::OperatorChanged)?;
        new.email = new.email.filter(|email| email.as_str() != own.account.email);
        Ok(OwnPlan { own, new })
    }
}

impl Writer {
    async fn update_own_account(
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

    /// An admin's email is also in the record of the organization, so both change together.
    async fn update_own_admin(
        &self,
        token: &AccessToken,
        principal: &Principal,
        own: OrganizationId,
        request: UpdateOwnAccount,
        operation: OperationId,
    ) -> Result<OwnAccount> {
        let sets_password = request.password.is_some();
        let (reference, update) = (OrganizationReference::Id(own), of_own_organization(request));
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
        let new = NewValues::parse(None, email.as_deref(), password)?;
        if new.is_empty() {
            return Err(Error::NothingToChange);
        }
        let password = new.password.clone();
        let write = Write::new(operation, Some(principal.account_id), "own_account", &new.account_fields());
        if self.earlier(&write).await?.is_none() {
            match self.update_own_operator_now(principal, new, current_password, &write).await {
                Ok(updated) => return Ok(updated),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            };
        }
        let own = self.store.account(principal.account_id).await?.ok_or(Error::OperatorChanged)?;
        if let Some(password) = &password {
            self.repeats_password(Some(&own), password.secret()).await?;
        }
        // The change ended all earlier sessions, so this one is a new session.
        Ok(OwnAccount { email: own.account.email, role: Role::Operator, is_changed: false })
    }

    async fn update_own_operator_now(
        &self,
        principal: &Principal,
        new: NewValues,
        current_password: Option<SecretString>,
        write: &Write,
    ) -> Result<OwnAccount> {
        let plan = self.plan_own_account(principal, new).await?;
        if plan.is_empty() {
            // An earlier attempt of this change may have ended after its commit and before its audit entry.
            self.store.record_operator_writes().await?;
            return Ok(plan.after());
        }
        self.reauthenticate(&plan.own, current_password).await?;
        let password_hash = self.hash(plan.new.password.as_ref()).await?;
        let audit = AuditEntry { changes: plan.changes(), ..self.audit_by(principal, plan.action()) };
        let change = AccountChange { email: plan.new.email.clone(), password_hash, clears_throttle: false };
        let after = self.store.update_operator(&plan.own.account, &change, write.of(audit)).await?;
        Ok(OwnAccount { email: after.email, ..plan.after() })
    }

    /// Checks the current password of one's own account.
    pub(super) async fn reauthenticate(
        &self,
        own: &AccountRecord,
        typed: Option<SecretString>,
    ) -> Result<()> {
        let typed = typed.ok_or(Error::WrongCurrentPassword)?;
        if self.is_password(own, &typed).await? { Ok(()) } else { Err(Error::WrongCurrentPassword) }
    }
}

/// A change of an admin's own account as a change of its organization.
fn of_own_organization(request: UpdateOwnAccount) -> UpdateOrganization {
    let UpdateOwnAccount { email, password, current_password } = request;
    UpdateOrganization {
        admin_email: email,
        admin_password: password,
        current_password,
        ..UpdateOrganization::default()
    }
}
