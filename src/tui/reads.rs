//! Calls that more than one layer makes.

use super::effect::{Call, CallContext};
use crate::domain::document::RawDocumentBuf;
use crate::domain::{AuditEntry, CollectionStats, Organization, OrganizationId};
use crate::service::{ActivityQuery, Changes, ChangesSince, Error, OrganizationReference};
use jiff::Timestamp;
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

/// One document.
#[derive(Debug, PartialEq)]
pub struct ReadDocument {
    /// Whose.
    pub organization: OrganizationId,
    /// Its printed id.
    pub id: String,
}

impl Call for ReadDocument {
    type Answer = RawDocumentBuf;

    fn label(&self) -> Option<String> {
        Some("reading the document".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<RawDocumentBuf, Error> {
        let reference = OrganizationReference::Id(self.organization);
        context.service.document(context.session()?, &reference, &self.id).await
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

/// When the admin of an organization signed in last, if ever. Read behind the record, so nothing is said of it while it
/// runs.
#[derive(Debug, PartialEq)]
pub struct ReadSignIn(pub Arc<Organization>);

impl Call for ReadSignIn {
    type Answer = Option<Timestamp>;

    fn label(&self) -> Option<String> {
        None
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Option<Timestamp>, Error> {
        let found = context.service.last_sign_ins(context.session()?, std::slice::from_ref(&self.0)).await?;
        Ok(found.get(&self.0.id).copied())
    }
}

/// What stands beside the list for the selected organization.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What its collection holds, or why that is not known.
    pub stats: Result<CollectionStats, Error>,
    /// What was done with it last, newest first.
    pub recent: Vec<AuditEntry>,
}

/// The preview of an organization. Read behind the list, so nothing is said of it while it runs.
#[derive(Debug, PartialEq)]
pub struct ReadPreview(pub OrganizationId);

impl Call for ReadPreview {
    type Answer = Preview;

    fn label(&self) -> Option<String> {
        None
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Preview, Error> {
        /// As many as fit into a tall screen.
        const RECENT: usize = 30;
        let (service, session) = (context.service, context.session()?);
        let query = ActivityQuery {
            organization: Some(OrganizationReference::Id(self.0)),
            limit: RECENT,
            ..ActivityQuery::default()
        };
        let (stats, recent) =
            tokio::join!(service.organization_stats(session, self.0), service.activity(session, &query));
        match stats {
            Err(error) if error.ends_session() || matches!(error, Error::Unavailable { .. }) => Err(error),
            stats => Ok(Preview { stats, recent: recent?.items }),
        }
    }
}

/// What changed since the last look.
#[derive(Debug, PartialEq)]
pub struct ReadChanges {
    /// From where on.
    pub since: ChangesSince,
    /// What is shown with an operation.
    pub at_work: Vec<OrganizationId>,
}

impl Call for ReadChanges {
    type Answer = Changes;

    /// Nobody asked for it.
    fn label(&self) -> Option<String> {
        None
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Changes, Error> {
        context.service.changes(context.session()?, self.since, &self.at_work).await
    }
}
