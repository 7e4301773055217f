//! Changing an organization: name, admin email, admin password.

use super::preview::Wanted;
use super::{NewValues, OrganizationPreview, OrganizationReference, can_write, within};
use crate::domain::{
    AccessToken, AuditAction, AuditEntry, Email, Epoch, OperationId, Organization, OrganizationChange,
    Principal, Role, State,
};
use crate::port::{AccountRecord, UpdateRequest};
use crate::service::access::UseCase;
use crate::service::attempts::AskedValues;
use crate::service::repeat::Write;
use crate::service::writes::Writer;
use crate::service::{Error, Result, TenantService};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// The changes, as typed; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct UpdateOrganization {
    /// The new display name.
    pub name: Option<String>,
    /// The admin's new email.
    pub admin_email: Option<String>,
    /// The admin's new password.
    pub admin_password: Option<SecretString>,
    /// The current password of an admin who changes its own email or password.
    pub current_password: Option<SecretString>,
    /// The face is one of an earlier service. Its callers send the email they have, in any case: without a current
    /// password that is no change. It never asked for a current password, which counts only where the settings allow it
    /// ([`crate::service::ServiceOptions::legacy_update`]).
    pub is_legacy: bool,
    /// The epoch that the caller read; another one is [`Error::Changed`].
    pub expected: Option<Epoch>,
}

/// What shows that an admin itself changes its email or password.
#[derive(Debug)]
enum Proof {
    /// Its current password, as typed.
    CurrentPassword(Option<SecretString>),
    /// Nothing: the settings keep the rule of an earlier service. The audit says so.
    NotAsked,
}

impl Proof {
    fn is_missing(&self, principal: &Principal) -> bool {
        principal.role == Role::Admin && matches!(self, Self::NotAsked)
    }
}

/// A change, checked against the organization as it is: what a dry run shows and the write does.
#[derive(Debug)]
struct UpdatePlan {
    current: Organization,
    /// Its admin, if the account is there.
    admin: Option<AccountRecord>,
    /// Only what differs.
    new: NewValues,
}

impl UpdatePlan {
    fn changes_account(&self) -> bool {
        self.new.email.is_some() || self.new.sets_password()
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { name: self.new.name.as_ref(), email: self.new.email.as_ref(), holder: Some(&self.current) }
    }

    /// The email that the admin has, in another case, stays as it is.
    fn keep_same_email(&mut self) {
        let own = Email::key_of(&self.current.admin_email);
        if self.admin.is_some() {
            self.new.email = self.new.email.take().filter(|email| email.key() != own);
        }
    }

    fn changes(&self) -> Map<String, Value> {
        let (current, mut changes) = (&self.current, Map::new());
        if let Some(name) = &self.new.name {
            changes.insert("organization_name".into(), json!({"from": current.name, "to": name.display()}));
        }
        if let Some(email) = &self.new.email {
            changes.insert("admin_email".into(), json!({"from": current.admin_email, "to": email.as_str()}));
        }
        if self.new.sets_password() {
            changes.insert("password".into(), Value::from("changed"));
        }
        changes
    }

    fn action(&self) -> AuditAction {
        match self.new.name {
            Some(_) => AuditAction::OrganizationRename,
            None => AuditAction::OrganizationUpdate,
        }
    }
}

impl TenantService {
    /// Changes an organization, all or nothing. Its current values succeed and change nothing; a password is always a
    /// change. A repeat with the same operation gives the same outcome.
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
        let (token, reference) = (token.clone(), reference.clone());
        self.write(|writer| async move {
            writer.update_organization(&token, &reference, request, operation).await
        })
        .await
    }

    /// The result of [`TenantService::update_organization`], without writing. Only operators learn whether others have
    /// the name or the email: an admin learns it only by a write, which is counted. The current password is not
    /// checked. `sets_password`: a new password will follow that is not given yet.
    ///
    /// # Errors
    /// Those of [`TenantService::update_organization`], except for the current password.
    pub async fn preview_update(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        sets_password: bool,
    ) -> Result<OrganizationPreview> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::UpdateOrganization, &principal)?;
        let UpdateOrganization { name, admin_email, admin_password, expected, .. } = request;
        let new = NewValues::of(&principal, name.as_deref(), admin_email.as_deref(), admin_password)?;
        let current = within(scope, self.store.find(&reference.lookup()).await?);
        let plan = self.plan_update(current, new.with_password_to_come(sets_password), expected).await?;
        if principal.role == Role::Operator {
            self.check_free(plan.wanted()).await?;
        }
        let is_changed = !plan.new.is_empty();
        let mut after = OrganizationPreview::unchanged(plan.current);
        if let Some(name) = plan.new.name {
            after.collection_name = self.store.collection_of(&name).to_string();
            name.display().clone_into(&mut after.name);
        }
        if let Some(email) = plan.new.email {
            email.as_str().clone_into(&mut after.admin_email);
        }
        after.updated_at = after.updated_at.filter(|_| !is_changed);
        Ok(after)
    }

    async fn plan_update(
        &self,
        current: Result<Organization>,
        mut new: NewValues,
        expected: Option<Epoch>,
    ) -> Result<UpdatePlan> {
        let current = current?;
        if new.is_empty() && !new.has_kept {
            return Err(Error::NothingToChange);
        }
        can_write(&current, expected, &[State::Active])?;
        let admin = self.store.account(current.admin_id).await?;
        new.name = new.name.filter(|name| name.display() != current.name);
        // Without an account, even the same email is a change: it creates the account again.
        new.email = new.email.filter(|email| admin.is_none() || email.as_str() != current.admin_email);
        let plan = UpdatePlan { current, admin, new };
        let is_whole_account = plan.new.email.is_some() && plan.new.sets_password();
        if plan.admin.is_none() && plan.changes_account() && !is_whole_account {
            return Err(self.without_admin(plan.current).await);
        }
        Ok(plan)
    }
}

impl Writer {
    pub(in crate::service) async fn update_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let UpdateOrganization { name, admin_email, admin_password, current_password, is_legacy, expected } =
            request;
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::UpdateOrganization, &principal)?;
        let new = NewValues::of(&principal, name.as_deref(), admin_email.as_deref(), admin_password.clone())?;
        let whose = reference.normal();
        let fields = &new.fields_for(&whose);
        let write = Write::new(operation, Some(principal.account_id), "organization_update", fields);
        let lookup = reference.lookup();
        let (found, earlier) = tokio::join!(self.store.find(&lookup), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let current = within(scope, found?);
            // What one has tells nothing about others.
            let asked = AskedValues {
                name: name.filter(|name| !principal.has_name(name)),
                email: admin_email.filter(|email| !principal.has_email(email)),
            };
            let update = Box::pin(async {
                let mut plan = self.plan_update(current, new, expected).await?;
                if is_legacy && current_password.is_none() {
                    plan.keep_same_email();
                }
                let proof = if is_legacy && self.options.legacy_update && current_password.is_none() {
                    Proof::NotAsked
                } else {
                    Proof::CurrentPassword(current_password)
                };
                self.update_now(&principal, plan, proof, &write).await
            });
            match self.count_taken_values(&principal, asked, update).await {
                Ok(updated) => return Ok(updated),
                Err(refusal) => self.earlier_than(refusal, &write, scope).await?,
            }
        };
        let outcome = self.outcome(&earlier, admin_password.as_ref()).await?;
        self.clear_after(&principal, admin_password.is_some(), &outcome).await;
        Ok(outcome)
    }

    /// Removes the wait of an admin after an operator has set its password.
    async fn clear_after(&self, principal: &Principal, sets_password: bool, updated: &Organization) {
        if sets_password && principal.role == Role::Operator {
            self.clear_throttle(&updated.admin_email).await;
        }
    }

    async fn update_now(
        &self,
        principal: &Principal,
        plan: UpdatePlan,
        proof: Proof,
        write: &Write,
    ) -> Result<Organization> {
        let mut changes = plan.changes();
        if plan.changes_account() {
            if proof.is_missing(principal) {
                changes.insert("current_password".into(), Value::from("not asked"));
            }
            self.may_change_account(principal, plan.admin.as_ref(), proof).await?;
        }
        if plan.new.is_empty() {
            return Ok(plan.current);
        }
        let audit =
            AuditEntry { changes, ..self.audit_about(principal, plan.action(), &plan.current, write) };
        let UpdatePlan { current, admin, new } = plan;
        let change = OrganizationChange {
            admin_password_hash: self.hash(new.password.as_ref()).await?,
            name: new.name,
            admin_email: new.email,
            ..OrganizationChange::default()
        };
        let admin = admin.map(|record| record.account);
        let updated = self.store.update(&UpdateRequest { current, admin, change }, audit).await?;
        self.clear_after(principal, new.password.is_some(), &updated).await;
        Ok(updated)
    }

    /// An admin changes its own email or password only with the current password.
    async fn may_change_account(
        &self,
        principal: &Principal,
        admin: Option<&AccountRecord>,
        proof: Proof,
    ) -> Result<()> {
        match (principal.role, admin, proof) {
            (Role::Operator, ..) | (Role::Admin, Some(_), Proof::NotAsked) => Ok(()),
            (Role::Admin, Some(own), Proof::CurrentPassword(typed)) => self.reauthenticate(own, typed).await,
            (Role::Admin, None, _) => Err(Error::Changed),
        }
    }
}
