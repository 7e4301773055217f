//! Creating an organization.

use crate::domain::{
    AccessToken, AccountId, AuditAction, Email, OperationId, Organization, OrganizationId, OrganizationName,
    Password, Principal, State,
};
use crate::port::{Lookup, NewAccount, NewOrganization};
use crate::service::access::{self, Caller, Scope, UseCase};
use crate::service::repeat::{Write, secret};
use crate::service::{Error, Result, TenantService};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

/// What a new organization is made of, as typed.
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
    /// [`Error::OperationMismatch`], [`Error::Unauthenticated`], [`Error::Forbidden`], [`Error::Throttled`] without a
    /// session, the rules of name, email and password, and those of [`crate::port::Organizations::create`].
    pub async fn create_organization(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        operation: OperationId,
    ) -> Result<Organization> {
        let principal = match token {
            Some(token) => Some(self.authenticate(token).await?),
            None => None,
        };
        let asker = principal.as_ref().map_or(Caller::Nobody, Caller::of);
        access::decide(UseCase::CreateOrganization, asker, self.options.open_registration)?;
        self.store_id().await?;
        let name = OrganizationName::parse(&request.name)?;
        let email = Email::parse(&request.admin_email)?;
        let password = Password::new(request.admin_password)?;
        if principal.is_none() {
            self.count_registration().await?;
        }
        let fields = [
            ("organization_name", Some(name.display())),
            ("admin_email", Some(email.as_str())),
            ("password", secret(Some(password.secret()))),
        ];
        let by = principal.as_ref().map(|principal| principal.account_id);
        let write = Write::new(operation, by, "organization_create", &fields);
        let of_name = Lookup::NameKey(name.key().to_owned());
        let (same_name, earlier) = tokio::join!(self.store.find(&of_name), self.earlier(&write));
        let earlier = if let Some(earlier) = earlier? {
            earlier
        } else {
            let created =
                self.create_anew(same_name?, (&name, &email), &password, principal.as_ref(), &write);
            match created.await {
                Ok(created) => return Ok(created),
                Err(refusal) => self.earlier_than(refusal, &write, Scope::All).await?,
            }
        };
        self.outcome(&earlier, Some(password.secret())).await
    }

    async fn create_anew(
        &self,
        same_name: Option<Organization>,
        (name, email): (&OrganizationName, &Email),
        password: &Password,
        principal: Option<&Principal>,
        write: &Write,
    ) -> Result<Organization> {
        // Before a quarter of a second of hashing; what decides is the store.
        if same_name.is_some_and(|other| other.state != State::Creating) {
            return Err(Error::NameTaken(name.display().to_owned()));
        }
        let password_hash = self.passwords.hash(password).await?;
        let mut audit = write.of(match principal {
            Some(principal) => self.audit_by(principal, AuditAction::OrganizationCreate),
            None => self.audit_entry(email.as_str(), AuditAction::OrganizationCreate),
        });
        audit.changes.insert("organization_name".into(), json!({"from": null, "to": name.display()}));
        audit.changes.insert("admin_email".into(), json!({"from": null, "to": email.as_str()}));
        let new = NewOrganization {
            id: OrganizationId(Uuid::new_v4()),
            name: name.clone(),
            admin: NewAccount { id: AccountId(Uuid::new_v4()), email: email.clone(), password_hash },
        };
        audit.organization_id = Some(new.id);
        audit.organization_name = Some(new.name.display().to_owned());
        let created = self.store.create(&new, audit).await?;
        if principal.is_some() {
            self.clear_throttle(email.as_str()).await;
        }
        Ok(created)
    }
}
