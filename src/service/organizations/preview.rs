//! Dry runs: the result of a write, and whether its names and emails are free.
//!
//! The plan of each write is beside the write, which carries it out; a dry run shows the same plan. It writes, hashes,
//! verifies and audits nothing. Ids and times of the write are unknown.

use crate::domain::{
    AccountId, Email, Organization, OrganizationId, OrganizationName, Password, State, Status, Suspension,
};
use crate::port::{Lookup, NewAccount, NewOrganization};
use crate::service::{Error, Result, TenantService};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// An organization after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPreview {
    /// Its id; `None` for a new one.
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
    pub suspension: Option<SuspensionPreview>,
    /// When it was created, if it exists.
    pub created_at: Option<Timestamp>,
    /// When it was last changed, if the write changes nothing.
    pub updated_at: Option<Timestamp>,
}

/// A suspension after a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionPreview {
    /// Since when, if it is suspended already.
    pub at: Option<Timestamp>,
    /// Who suspends it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
}

impl From<Suspension> for SuspensionPreview {
    fn from(current: Suspension) -> Self {
        Self { at: Some(current.at), by: current.by, reason: current.reason }
    }
}

impl OrganizationPreview {
    /// An unchanged organization.
    pub(super) fn unchanged(current: Organization) -> Self {
        Self {
            id: Some(current.id),
            collection_name: current.collection_name().to_owned(),
            status: current.status(),
            name: current.name,
            admin_email: current.admin_email,
            suspension: current.suspension.map(SuspensionPreview::from),
            created_at: Some(current.created_at),
            updated_at: Some(current.updated_at),
        }
    }
}

/// Name and admin of a new organization, both valid: what a dry run shows and the write does.
#[derive(Debug)]
pub(super) struct NewPlan {
    pub(super) name: OrganizationName,
    pub(super) email: Email,
}

impl NewPlan {
    /// Checks both as they were typed.
    pub(super) fn of(name: &str, email: &str) -> Result<Self> {
        Ok(Self { name: OrganizationName::parse(name)?, email: Email::parse(email)? })
    }

    /// What it takes.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted { name: Some(&self.name), email: Some(&self.email), holder: None }
    }

    /// What the audit says of it.
    pub(super) fn changes(&self) -> Map<String, Value> {
        let from_nothing = |to: &str| json!({"from": null, "to": to});
        Map::from_iter([
            ("organization_name".to_owned(), from_nothing(self.name.display())),
            ("admin_email".to_owned(), from_nothing(self.email.as_str())),
        ])
    }

    /// It with new ids, and the hash of its admin's password.
    pub(super) fn organization(&self, password_hash: SecretString) -> NewOrganization {
        NewOrganization {
            id: OrganizationId(Uuid::new_v4()),
            name: self.name.clone(),
            admin: NewAccount { id: AccountId(Uuid::new_v4()), email: self.email.clone(), password_hash },
        }
    }
}

/// The unique values that a write takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: Option<&'a OrganizationName>,
    pub(super) email: Option<&'a Email>,
    /// Who may have them already.
    pub(super) holder: Option<&'a Organization>,
}

impl Wanted<'_> {
    /// Whether a name is free or the holder's own; `found` has it now.
    pub(super) fn check_name(&self, name: &OrganizationName, found: Option<&Organization>) -> Result<()> {
        let holder = self.holder.map(|holder| holder.id);
        match found {
            Some(other) if Some(other.id) != holder && other.state != State::Creating => {
                Err(Error::NameTaken(name.display().to_owned()))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl TenantService {
    /// The result of a new organization, without writing; `checks_free` says whether the caller may learn what is taken.
    pub(super) async fn preview_new(
        &self,
        plan: &NewPlan,
        password: Option<SecretString>,
        checks_free: bool,
    ) -> Result<OrganizationPreview> {
        password.map(Password::new).transpose()?;
        if checks_free {
            self.check_free(plan.wanted()).await?;
        }
        Ok(OrganizationPreview {
            id: None,
            collection_name: self.store.collection_of(&plan.name).as_str().to_owned(),
            name: plan.name.display().to_owned(),
            admin_email: plan.email.as_str().to_owned(),
            status: Status::Active,
            suspension: None,
            created_at: None,
            updated_at: None,
        })
    }

    /// Checks by reads what the store decides in the write: whether name, collection and email are free or the
    /// holder's own, in the order in which the store refuses them.
    pub(super) async fn check_free(&self, wanted: Wanted<'_>) -> Result<()> {
        if let Some(name) = wanted.name {
            let found = self.store.find(&Lookup::NameKey(name.key().to_owned())).await?;
            wanted.check_name(name, found.as_ref())?;
        }
        if let Some(email) = wanted.email {
            let found = self.store.account_by_email(email.key()).await?;
            if found
                .is_some_and(|other| Some(other.account.id) != wanted.holder.map(|holder| holder.admin_id))
            {
                return Err(Error::EmailTaken(email.as_str().to_owned()));
            }
        }
        if let Some(name) = wanted.name {
            let collection = self.store.collection_of(name);
            let own = wanted.holder.and_then(|holder| holder.collection.as_ref());
            if Some(&collection) != own && self.store.has_collection(&collection).await? {
                return Err(Error::CollectionExists(collection.as_str().to_owned()));
            }
        }
        Ok(())
    }
}
