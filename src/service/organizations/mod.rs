//! Create, list, look at, change, suspend, delete, restore and purge organizations; a file for each but looking.

mod create;
mod delete;
mod list;
mod preview;
mod purge;
mod restore;
mod similar;
mod suspend;
mod update;

pub use create::CreateOrganization;
pub use delete::DeletedOrganization;
pub use list::{ListQuery, OrganizationPage};
pub use preview::{OrganizationPreview, SuspensionPreview};
pub use purge::PurgedOrganization;
pub use restore::RestoreOrganization;
pub use update::UpdateOrganization;

use super::access::{Scope, UseCase};
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

/// Deleted organizations of one name whose ids are told.
const NAMESAKES: usize = 20;

/// Which organization, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganizationReference {
    /// By its name, in any case.
    Name(String),
    /// By its id.
    Id(OrganizationId),
}

impl OrganizationReference {
    /// Two ways to write the same are equal in it; for the hash of a request.
    fn normal(&self) -> String {
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
    /// The collection that an organization of this name would get.
    ///
    /// # Errors
    /// [`NameError`].
    pub fn preview_collection(&self, name: &str) -> Result<CollectionName, NameError> {
        Ok(self.store.collection_of(&OrganizationName::parse(name)?))
    }

    /// One organization.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that this session may not see; [`Error::Busy`] while it is created,
    /// deleted, restored or purged; those of the session, and the store's.
    pub async fn organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
    ) -> Result<Organization> {
        let (_, found) = self.visible(token, UseCase::GetOrganization, reference).await?;
        match found.state {
            State::Creating | State::Deleting | State::Restoring | State::Purging => {
                Err(Error::Busy(found.state))
            }
            // In the trash it is found by its id alone, and only where its commands look for it.
            State::Deleted => Err(Error::NotFound),
            State::Active | State::Renaming => Ok(found),
        }
    }

    /// What the collection of an organization holds. If an operator asks and the collection exists under another name,
    /// it is put back first.
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

    /// The organization that a session names, if it may see it.
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
    /// The admin's account as it is now, if it is there.
    async fn admin_of(&self, current: &Organization) -> Result<Option<Account>> {
        Ok(self.store.account(current.admin_id).await?.map(|record| record.account))
    }

    /// Why the admin's account was not found: it is missing, or it went with the organization since that was looked at.
    async fn without_admin(&self, current: Organization) -> Error {
        let now = match self.store.find(&Lookup::Id(current.id)).await {
            Ok(now) => now.ok_or(Error::NotFound),
            Err(error) => return error,
        };
        now.and_then(|now| can_write(&now, Some(current.epoch), &[current.state]))
            .err()
            .unwrap_or(Error::AdminMissing(current.name))
    }

    /// A deleted organization, by the name it had or by its id; only for who reaches all of them.
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
    /// As [`TenantService::in_trash`], for a write that may be a repeat. An earlier try may still hold the organization, then it is
    /// [`Error::Busy`]; a look for that try recovers one that nobody works on, and if it is taken back, the organization is
    /// in the trash again.
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

/// What was found, if it is within reach.
fn within(reach: Scope, found: Option<Organization>) -> Result<Organization> {
    found.filter(|found| reach.includes(found.id)).ok_or(Error::NotFound)
}

/// Whether an organization may be written now: in one of the states that the write allows, and still as it was
/// looked at.
fn can_write(current: &Organization, expected: Option<Epoch>, allowed: &[State]) -> Result<()> {
    if !allowed.contains(&current.state) {
        return Err(if current.state.has_operation() { Error::Busy(current.state) } else { Error::NotFound });
    }
    if expected.is_some_and(|expected| expected != current.epoch) {
        return Err(Error::Changed);
    }
    Ok(())
}
