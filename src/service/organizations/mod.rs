//! Organizations: create, list, show, change, suspend, delete, restore and purge, most in a file of their own.

mod create;
mod delete;
mod export;
mod import;
mod list;
mod preview;
mod purge;
mod restore;
mod similar;
mod sizes;
mod suspend;
mod update;

pub use create::CreateOrganization;
pub use delete::DeletedOrganization;
pub use export::{ExportProgress, ExportRequest, Exported, default_export_file};
pub use import::{ImportPreview, ImportProgress, ImportRequest};
pub use list::{ListQuery, OrganizationPage};
pub use preview::{OrganizationPreview, SuspensionPreview};
pub use purge::PurgedOrganization;
pub use restore::RestoreOrganization;
pub use sizes::{Top, TopBy, TopProgress, TopRow};
pub use update::UpdateOrganization;

use super::access::{self, Caller, Scope, UseCase};
use super::new_values::NewValues;
use super::repeat::Write;
use super::writes::Writer;
use super::{Error, Result, TenantService};
use crate::domain::name::key_of;
use crate::domain::{
    AccessToken, Account, AuditAction, AuditEntry, CollectionName, CollectionStats, Epoch, NameError,
    OperationId, Organization, OrganizationId, OrganizationName, Principal, Role, State,
};
use crate::port::Lookup;

/// Ids that are listed at most when several deleted organizations had the same name.
const NAMESAKES: usize = 20;

/// A reference to an organization, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganizationReference {
    /// By its name, in any case.
    Name(String),
    /// By its id.
    Id(OrganizationId),
}

impl OrganizationReference {
    /// By id if the text is one, else by name.
    pub fn typed(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.to_owned()), |id| Self::Id(OrganizationId(id)))
    }

    /// The normalised reference, for the hash of a request or a list.
    pub(super) fn normal(&self) -> String {
        match self {
            Self::Name(name) => format!("name:{}", key_of(name)),
            Self::Id(id) => format!("id:{id}"),
        }
    }

    pub(super) fn lookup(&self) -> Lookup {
        match self {
            Self::Name(name) => Lookup::NameKey(key_of(name)),
            Self::Id(id) => Lookup::Id(*id),
        }
    }
}

impl TenantService {
    /// The name of the collection for an organization with this name.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn preview_collection(&self, name: &str) -> Result<CollectionName, NameError> {
        Ok(self.store.collection_of(&OrganizationName::parse(name)?))
    }

    /// One organization.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for an organization that this session may not see; [`Error::Busy`] while it is
    /// created, deleted, restored or purged; those of the session, and the store's.
    pub async fn organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
    ) -> Result<Organization> {
        Ok(self.at_rest(token, UseCase::GetOrganization, reference).await?.1)
    }

    /// One organization by its name, for anyone who knows it: of its fields a face shows name, collection and age. One
    /// read of the store.
    ///
    /// # Errors
    /// [`Error::NotFound`], also while it is suspended; [`Error::Busy`], and the store's.
    pub async fn public_organization(&self, name: &str) -> Result<Organization> {
        access::decide(UseCase::PublicOrganization, Caller::Anonymous, self.options.open_registration)?;
        self.store_id().await?;
        let found = self.store.find(&Lookup::NameKey(key_of(name))).await?;
        at_rest(found.filter(|found| found.suspension.is_none()).ok_or(Error::NotFound)?)
    }

    /// The organization of a reference, if the session may use it so and its collection has its name.
    pub(super) async fn at_rest(
        &self,
        token: &AccessToken,
        use_case: UseCase,
        reference: &OrganizationReference,
    ) -> Result<(Principal, Organization)> {
        let (principal, found) = self.visible(token, use_case, reference).await?;
        Ok((principal, at_rest(found)?))
    }

    /// The stats of an organization's collection. If an operator asks and the collection exists under another name, it
    /// is renamed back first.
    ///
    /// # Errors
    /// As [`TenantService::organization`], and [`Error::CollectionMissing`].
    pub async fn organization_stats(
        &self,
        token: &AccessToken,
        id: OrganizationId,
    ) -> Result<CollectionStats> {
        let reference = OrganizationReference::Id(id);
        let organization = self.organization(token, &reference).await?;
        match self.store.stats(&organization).await {
            Err(missing @ Error::CollectionMissing(_)) if organization.state == State::Active => {
                let principal = self.authenticate(token).await?;
                if principal.role != Role::Operator {
                    return Err(missing);
                }
                if !self.write(|writer| async move { writer.put_back(&principal, id).await }).await? {
                    return Err(missing);
                }
                self.store.stats(&self.organization(token, &reference).await?).await
            }
            answer => answer,
        }
    }

    /// The organization of a reference, if the session may see it.
    async fn visible(
        &self,
        token: &AccessToken,
        use_case: UseCase,
        reference: &OrganizationReference,
    ) -> Result<(Principal, Organization)> {
        let principal = self.authenticate(token).await?;
        let reach = self.scope(use_case, &principal)?;
        let found = self.store.find(&reference.lookup()).await?;
        Ok((principal, within(reach, found)?))
    }
}

impl TenantService {
    /// The admin's account as it is now, if it exists.
    async fn admin_of(&self, current: &Organization) -> Result<Option<Account>> {
        Ok(self.store.account(current.admin_id).await?.map(|record| record.account))
    }

    /// Why the admin's account was not found: it is missing, or the organization has changed since it was read.
    async fn without_admin(&self, current: Organization) -> Error {
        let now = match self.store.find(&Lookup::Id(current.id)).await {
            Ok(now) => now.ok_or(Error::NotFound),
            Err(error) => return error,
        };
        now.and_then(|now| can_write(&now, Some(current.epoch), &[current.state]))
            .err()
            .unwrap_or(Error::AdminMissing(current.name))
    }

    /// A deleted organization, by its former name or by its id. Only for callers who may reach all organizations.
    async fn in_trash(&self, reference: &OrganizationReference) -> Result<Organization> {
        let found = match reference {
            OrganizationReference::Id(id) => self.store.find(&Lookup::Id(*id)).await?,
            OrganizationReference::Name(name) => {
                let mut found = self.store.deleted_with_name(&key_of(name), NAMESAKES).await?;
                if found.len() > 1 {
                    let ids = found.iter().map(|one| one.id).collect();
                    return Err(Error::Ambiguous { name: name.clone(), ids });
                }
                found.pop()
            }
        };
        found.ok_or(Error::NotFound)
    }

    /// The entry of an operation on an organization, without its changes.
    fn audit_about(
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

impl Writer {
    /// Like [`TenantService::in_trash`], for a write that may be a repeat. [`Error::Busy`] while an earlier attempt
    /// holds the organization. Looking for that attempt recovers an abandoned one; if it is rolled back, the
    /// organization is in the trash again.
    async fn in_trash_for(
        &self,
        operation: OperationId,
        reference: &OrganizationReference,
    ) -> Result<Organization> {
        let found = self.in_trash(reference).await;
        if found != Err(Error::NotFound) {
            return found;
        }
        match self.store.find(&Lookup::Operation(operation)).await? {
            Some(at_work) => Err(Error::Busy(at_work.state)),
            None => self.in_trash(reference).await,
        }
    }
}

/// The organization, if its collection has its name.
fn at_rest(found: Organization) -> Result<Organization> {
    match found.state {
        State::Creating | State::Deleting | State::Restoring | State::Purging => {
            Err(Error::Busy(found.state))
        }
        // Only restore and purge find deleted organizations.
        State::Deleted => Err(Error::NotFound),
        State::Active | State::Renaming => Ok(found),
    }
}

/// The organization, if the scope includes it.
fn within(reach: Scope, found: Option<Organization>) -> Result<Organization> {
    found.filter(|found| reach.includes(found.id)).ok_or(Error::NotFound)
}

/// Checks that an organization may be written now: it is in one of the allowed states, and unchanged since the caller
/// read it.
fn can_write(current: &Organization, expected: Option<Epoch>, allowed: &[State]) -> Result<()> {
    if !allowed.contains(&current.state) {
        return Err(if current.state.has_operation() { Error::Busy(current.state) } else { Error::NotFound });
    }
    if expected.is_some_and(|expected| !current.is_unchanged_since(expected)) {
        return Err(Error::Changed);
    }
    Ok(())
}
