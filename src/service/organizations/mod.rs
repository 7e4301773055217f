//! Create, list, look at, change and delete organizations; a file for each but looking.

mod create;
mod delete;
mod list;
mod preview;
mod repeat;
mod update;

pub use create::CreateOrganization;
pub use delete::Deleted;
pub use list::{ListQuery, MAX_LIMIT, OrganizationPage};
pub use preview::OrganizationPreview;
pub use update::UpdateOrganization;

use super::TenantService;
use super::access::{Reach, UseCase};
use super::error::{Error, Result};
use super::store::Lookup;
use crate::domain::name::key_of;
use crate::domain::{
    AccessToken, CollectionName, Epoch, Figures, NameError, Organization, OrganizationId, OrganizationName,
    Principal, State,
};

/// Which organization, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrganizationReference {
    /// By its name, in any case.
    Name(String),
    /// By its id.
    Id(OrganizationId),
}

impl OrganizationReference {
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
        Ok(OrganizationName::parse(name)?.collection(&self.place().database))
    }

    /// One organization.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for one that this session may not see; [`Error::Busy`] while it is created or
    /// deleted; those of the session, and the store's.
    pub async fn organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
    ) -> Result<Organization> {
        let (_, found) = self.visible(token, UseCase::GetOrganization, reference).await?;
        match found.state {
            State::Creating | State::Deleting => Err(Error::Busy(found.state)),
            State::Active | State::Renaming | State::Damaged => Ok(found),
        }
    }

    /// What the collection of an organization holds.
    ///
    /// # Errors
    /// As [`TenantService::organization`], and [`Error::CollectionMissing`].
    pub async fn organization_figures(&self, token: &AccessToken, id: OrganizationId) -> Result<Figures> {
        let organization = self.organization(token, &OrganizationReference::Id(id)).await?;
        self.store.figures(&organization).await
    }

    /// The organization that a session names, if it may see it.
    async fn visible(
        &self,
        token: &AccessToken,
        use_case: UseCase,
        reference: &OrganizationReference,
    ) -> Result<(Principal, Organization)> {
        let principal = self.authenticate(token).await?;
        let reach = self.reach(use_case, &principal)?;
        let found = self.store.find(&reference.lookup()).await?;
        Ok((principal, within(reach, found)?))
    }
}

/// What was found, if it is within reach.
fn within(reach: Reach, found: Option<Organization>) -> Result<Organization> {
    found.filter(|found| reach.includes(found.id)).ok_or(Error::NotFound)
}

/// Whether an organization may be written now: active, or in the one other state that the write allows, and still
/// as it was looked at.
fn can_write(current: &Organization, expected: Option<Epoch>, or: State) -> Result<()> {
    if current.state != State::Active && current.state != or {
        return Err(Error::Busy(current.state));
    }
    if expected.is_some_and(|expected| expected != current.epoch) {
        return Err(Error::Changed);
    }
    Ok(())
}
