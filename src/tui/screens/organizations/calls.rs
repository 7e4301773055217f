//! What the list asks the service for.

use crate::domain::{CollectionSize, Organization, OrganizationId, SortKey};
use crate::service::{Error, ListQuery, OrganizationPage};
use crate::tui::effect::{Call, CallContext};
use jiff::Timestamp;
use std::sync::Arc;

/// A page of organizations, by name.
#[derive(Debug, PartialEq)]
pub struct ReadOrganizations {
    /// Where it begins.
    pub cursor: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

impl Call for ReadOrganizations {
    type Answer = OrganizationPage;

    fn label(&self) -> Option<String> {
        Some("reading organizations".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<OrganizationPage, Error> {
        let (limit, cursor) = (self.limit, self.cursor.clone());
        let query = ListQuery { sort: SortKey::Name, limit, cursor, ..ListQuery::default() };
        context.service.list_organizations(context.session()?, &query).await
    }
}

/// The sizes of a few rows. Read behind the list, so nothing is said of it while it runs.
#[derive(Debug, PartialEq)]
pub struct ReadSizes(pub Vec<Arc<Organization>>);

/// What was read of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowRead {
    /// Which one.
    pub id: OrganizationId,
    /// The size of its collection.
    pub size: Result<CollectionSize, Error>,
    /// When its admin last signed in, if ever.
    pub signed_in: Option<Timestamp>,
}

impl Call for ReadSizes {
    type Answer = Vec<RowRead>;

    fn label(&self) -> Option<String> {
        None
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Vec<RowRead>, Error> {
        let (service, session) = (context.service, context.session()?);
        let (sizes, signed_in) =
            tokio::try_join!(service.sizes(session, &self.0), service.last_sign_ins(session, &self.0))?;
        let row = |(organization, size): (&Arc<Organization>, _)| RowRead {
            id: organization.id,
            size,
            signed_in: signed_in.get(&organization.id).copied(),
        };
        Ok(self.0.iter().zip(sizes).map(row).collect())
    }
}
