//! Creating an organization.

use super::OrganizationPreview;
use super::preview::NewPlan;
use crate::domain::{AccessToken, AuditAction, OperationId, Organization, Password, Principal};
use crate::port::Lookup;
use crate::service::access::{self, Caller, Scope, UseCase};
use crate::service::repeat::{Write, secret};
use crate::service::writes::Writer;
use crate::service::{Result, TenantService};
use secrecy::SecretString;

/// The values of a new organization, as typed.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// The display name.
    pub name: String,
    /// The email of its administrator.
    pub admin_email: String,
    /// The password of its administrator.
    pub admin_password: SecretString,
}

impl TenantService {
    /// Creates an organization with its admin and its collection. Without a session only under open registration. A
    /// repeat with the same operation gives the same outcome.
    ///
    /// # Errors
    /// [`crate::service::Error::OperationMismatch`], [`crate::service::Error::Unauthenticated`],
    /// [`crate::service::Error::Forbidden`], [`crate::service::Error::Throttled`] without a session, the rules of name,
    /// email and password, and those of [`crate::port::Organizations::create`].
    pub async fn create_organization(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let token = token.cloned();
        self.write(
            |writer| async move { writer.create_organization(token.as_ref(), request, operation).await },
        )
        .await
    }

    /// The result of [`TenantService::create_organization`], without writing. A password is only checked if it is
    /// given. Only operators learn whether name and email are free.
    ///
    /// # Errors
    /// As [`TenantService::create_organization`].
    pub async fn preview_create(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        has_password: bool,
    ) -> Result<OrganizationPreview> {
        let principal = self.who_may_create(token).await?;
        let plan = NewPlan::of(&request.name, &request.admin_email)?;
        let password = has_password.then_some(request.admin_password);
        self.preview_new(&plan, password, principal.is_some()).await
    }

    /// The caller, if it may create; `None` without a session under open registration.
    async fn who_may_create(&self, token: Option<&AccessToken>) -> Result<Option<Principal>> {
        let principal = match token {
            Some(token) => Some(self.authenticate(token).await?),
            None => None,
        };
        let caller = principal.as_ref().map_or(Caller::Anonymous, Caller::of);
        access::decide(UseCase::CreateOrganization, caller, self.options.open_registration)?;
        self.store_id().await?;
        Ok(principal)
    }
}

impl Writer {
    async fn create_organization(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = self.who_may_create(token).await?;
        let plan = NewPlan::of(&request.name, &request.admin_email)?;
        let password = Password::new(request.admin_password)?;
        let fields = [
            ("organization_name", Some(plan.name.display())),
            ("admin_email", Some(plan.email.as_str())),
            ("password", secret(Some(password.secret()))),
        ];
        let by = principal.as_ref().map(|principal| principal.account_id);
        let write = Write::new(operation, by, "organization_create", &fields);
        let of_name = Lookup::NameKey(plan.name.key().to_owned());
        let (same_name, earlier) = tokio::join!(self.store.find(&of_name), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let created = async {
                if principal.is_none() {
                    self.count_registration().await?;
                }
                // Saves a quarter of a second of hashing. The store makes the decision.
                plan.wanted().check_name(&plan.name, same_name?.as_ref())?;
                self.create_now(&plan, &password, principal.as_ref(), &write).await
            };
            match created.await {
                Ok(created) => return Ok(created),
                Err(refusal) => self.earlier_than(refusal, &write, Scope::All).await?,
            }
        };
        self.outcome(&earlier, Some(password.secret())).await
    }

    async fn create_now(
        &self,
        plan: &NewPlan,
        password: &Password,
        principal: Option<&Principal>,
        write: &Write,
    ) -> Result<Organization> {
        let password_hash = self.passwords.hash(password).await?;
        let new = plan.organization(password_hash);
        let mut audit = write.of(match principal {
            Some(principal) => self.audit_by(principal, AuditAction::OrganizationCreate),
            None => self.audit_entry(plan.email.as_str(), AuditAction::OrganizationCreate),
        });
        audit.changes = plan.changes();
        audit.organization_id = Some(new.id);
        audit.organization_name = Some(new.name.display().to_owned());
        let created = self.store.create(&new, audit).await?;
        if principal.is_some() {
            self.clear_throttle(plan.email.as_str()).await;
        }
        Ok(created)
    }
}
