//! Calls that more than one layer makes.

use super::effect::{Call, CallContext};
use crate::domain::{CollectionStats, Organization, OrganizationId};
use crate::service::{Error, OrganizationReference};
use std::sync::Arc;

/// One organization.
#[derive(Debug, PartialEq)]
pub struct ReadOrganization(pub OrganizationId);

impl Call for ReadOrganization {
    type Answer = Arc<Organization>;

    fn label(&self) -> Option<String> {
        Some("reading the organization".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Arc<Organization>, Error> {
        let reference = OrganizationReference::Id(self.0);
        context.service.organization(context.session()?, &reference).await.map(Arc::new)
    }
}

/// What the collection of an organization holds.
#[derive(Debug, PartialEq)]
pub struct ReadStats(pub OrganizationId);

impl Call for ReadStats {
    type Answer = CollectionStats;

    fn label(&self) -> Option<String> {
        Some("counting documents".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<CollectionStats, Error> {
        context.service.organization_stats(context.session()?, self.0).await
    }
}
