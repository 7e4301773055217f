//! Dry runs: what a create, an update or a delete would check, by reads alone, and what would come of it.
//!
//! Nothing is written, no password is hashed or verified, and nothing is audited. Ids and times that the write would
//! make are not known.

use super::{CreateOrganization, OrganizationReference, UpdateOrganization};
use crate::domain::{
    AccessToken, AccountId, CollectionName, Email, Organization, OrganizationId, OrganizationName, Password,
    Role, State, Status, Suspension,
};
use crate::port::Lookup;
use crate::service::access::{self, Caller, UseCase};
use crate::service::{Error, Result, TenantService};
use jiff::Timestamp;

/// An organization as a write would leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPreview {
    /// Its id; a new one is not made yet.
    pub id: Option<OrganizationId>,
    /// Its name.
    pub name: String,
    /// Its collection.
    pub collection_name: String,
    /// Its admin's email.
    pub admin_email: String,
    /// Its status afterwards.
    pub status: Status,
    /// Whether it is suspended.
    pub suspension: Option<Suspension>,
    /// When it was made, if it is there.
    pub created_at: Option<Timestamp>,
    /// When it was changed last, if nothing would be changed.
    pub updated_at: Option<Timestamp>,
}

/// Which organization may have the names that are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Holder<'a> {
    id: Option<OrganizationId>,
    admin: Option<AccountId>,
    collection: Option<&'a CollectionName>,
}

impl<'a> Holder<'a> {
    pub(super) fn of(current: &'a Organization) -> Self {
        Self { id: Some(current.id), admin: Some(current.admin_id), collection: current.collection.as_ref() }
    }
}

impl TenantService {
    /// What would come of [`TenantService::create_organization`]; a password is only checked when it is given. Whether
    /// name and email are free is only told to operators.
    ///
    /// # Errors
    /// As [`TenantService::create_organization`].
    pub async fn preview_create(
        &self,
        token: Option<&AccessToken>,
        request: CreateOrganization,
        has_password: bool,
    ) -> Result<OrganizationPreview> {
        let principal = match token {
            Some(token) => Some(self.authenticate(token).await?),
            None => None,
        };
        let asker = principal.as_ref().map_or(Caller::Nobody, Caller::of);
        access::decide(UseCase::CreateOrganization, asker, self.options.open_registration)?;
        self.store_id().await?;
        let name = OrganizationName::parse(&request.name)?;
        let email = Email::parse(&request.admin_email)?;
        if has_password {
            Password::new(request.admin_password)?;
        }
        let collection = self.store.collection_of(&name);
        if principal.is_some() {
            self.check_free(Some((&name, &collection)), Some(&email), Holder::default()).await?;
        }
        Ok(OrganizationPreview {
            id: None,
            name: name.display().to_owned(),
            collection_name: collection.as_str().to_owned(),
            admin_email: email.as_str().to_owned(),
            status: Status::Active,
            suspension: None,
            created_at: None,
            updated_at: None,
        })
    }

    /// What would come of [`TenantService::update_organization`]. Whether others have the name or the email is only
    /// told to operators: an admin learns it by a write, which is counted. The current password is not looked at;
    /// `sets_password` says whether a new one is to come that is not there yet.
    ///
    /// # Errors
    /// As [`TenantService::update_organization`], but for the current password.
    pub async fn preview_update(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: UpdateOrganization,
        sets_password: bool,
    ) -> Result<OrganizationPreview> {
        let (principal, current) = self.visible(token, UseCase::UpdateOrganization, reference).await?;
        let has_password = sets_password || request.admin_password.is_some();
        if request.name.is_none() && request.admin_email.is_none() && !has_password {
            return Err(Error::NothingToChange);
        }
        let name = request.name.map(|name| OrganizationName::parse(&name)).transpose()?;
        let email = request.admin_email.map(|email| Email::parse(&email)).transpose()?;
        request.admin_password.map(Password::new).transpose()?;
        super::can_write(&current, request.expected, &[State::Active])?;
        let is_admin_missing = self.admin_of(&current).await?.is_none();
        if is_admin_missing && email.is_some() != has_password {
            return Err(self.without_admin(current).await);
        }
        let name = name.filter(|name| name.display() != current.name);
        let email = email.filter(|email| is_admin_missing || email.as_str() != current.admin_email);
        let collection = name.as_ref().map(|name| self.store.collection_of(name));
        if principal.role == Role::Operator {
            let holder = Holder::of(&current);
            self.check_free(name.as_ref().zip(collection.as_ref()), email.as_ref(), holder).await?;
        }
        let changes = name.is_some() || email.is_some() || has_password;
        let status = current.status();
        Ok(OrganizationPreview {
            id: Some(current.id),
            collection_name: collection
                .map_or_else(|| current.collection_name().to_owned(), |collection| collection.to_string()),
            name: name.map_or(current.name, |name| name.display().to_owned()),
            admin_email: email.map_or(current.admin_email, |email| email.as_str().to_owned()),
            status,
            suspension: current.suspension,
            created_at: Some(current.created_at),
            updated_at: Some(current.updated_at).filter(|_| !changes),
        })
    }

    /// Whether name, collection and email are free, or the holder's own.
    pub(super) async fn check_free(
        &self,
        name: Option<(&OrganizationName, &CollectionName)>,
        email: Option<&Email>,
        holder: Holder<'_>,
    ) -> Result<()> {
        if let Some((name, collection)) = name {
            let same_name = self.store.find(&Lookup::NameKey(name.key().to_owned())).await?;
            if same_name.is_some_and(|other| Some(other.id) != holder.id && other.state != State::Creating) {
                return Err(Error::NameTaken(name.display().to_owned()));
            }
            if Some(collection) != holder.collection && self.store.has_collection(collection).await? {
                return Err(Error::CollectionExists(collection.as_str().to_owned()));
            }
        }
        if let Some(email) = email {
            let same_email = self.store.account_by_email(email.key()).await?;
            if same_email.is_some_and(|other| Some(other.account.id) != holder.admin) {
                return Err(Error::EmailTaken(email.as_str().to_owned()));
            }
        }
        Ok(())
    }
}
