//! What changed since a face looked last, so that it can show the present without reading everything anew.

use crate::domain::{AccessToken, OrganizationId};
use crate::port::{Changes, ChangesQuery, ChangesSince};
use crate::service::access::{Scope, UseCase};
use crate::service::{MAX_LIMIT, Result, TenantService};

impl TenantService {
    /// What changed since an earlier answer, or in the last so long; `at_work` are the organizations that the caller shows
    /// with an operation. An admin is told only of its own organization.
    ///
    /// # Errors
    /// Those of the session, and the store's.
    pub async fn changes(
        &self,
        token: &AccessToken,
        since: ChangesSince,
        at_work: &[OrganizationId],
    ) -> Result<Changes> {
        let principal = self.authenticate(token).await?;
        let scope = self.scope(UseCase::ListOrganizations, &principal)?;
        let at_work: Vec<OrganizationId> =
            at_work.iter().copied().filter(|id| scope.includes(*id)).take(MAX_LIMIT).collect();
        let query = ChangesQuery { since, now: self.now(), at_work, limit: MAX_LIMIT };
        let mut changes = self.store.changes(&query).await?;
        if let Scope::Only(_) = scope {
            changes.organizations.retain(|organization| scope.includes(organization.id));
            changes.gone.retain(|id| scope.includes(*id));
            changes.entries.retain(|entry| entry.organization.is_some_and(|id| scope.includes(id)));
        }
        Ok(changes)
    }
}
