//! What the tab asks of the service.

use crate::domain::OrganizationId;
use crate::service::{DocumentPage, DocumentsQuery, Error, OrganizationReference};
use crate::tui::effect::{Call, CallContext};
use std::time::{Duration, Instant};

/// Documents of a page.
pub(super) const PAGE: usize = 100;

/// A page of documents.
#[derive(Debug, PartialEq)]
pub struct ReadDocuments {
    /// Whose.
    pub organization: OrganizationId,
    /// The query, as typed; empty finds all.
    pub query: String,
    /// Where it begins.
    pub cursor: Option<String>,
}

/// A page, and how long it took to find it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundDocuments {
    /// The page.
    pub page: DocumentPage,
    /// How long.
    pub took: Duration,
}

impl Call for ReadDocuments {
    type Answer = FoundDocuments;

    fn label(&self) -> Option<String> {
        Some(if self.query.is_empty() { "reading documents" } else { "searching documents" }.to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<FoundDocuments, Error> {
        let begun = Instant::now();
        let query = DocumentsQuery {
            filter: self.query.clone(),
            limit: PAGE,
            cursor: self.cursor.clone(),
            time: context.time_to_search(),
            ..DocumentsQuery::default()
        };
        let reference = OrganizationReference::Id(self.organization);
        let page = context.service.documents(context.session()?, &reference, &query).await?;
        Ok(FoundDocuments { page, took: begun.elapsed() })
    }
}

/// How many documents a query finds.
#[derive(Debug, PartialEq)]
pub struct CountDocuments {
    /// Whose.
    pub organization: OrganizationId,
    /// The query, as typed; empty finds all.
    pub query: String,
}

impl Call for CountDocuments {
    type Answer = u64;

    fn label(&self) -> Option<String> {
        Some("counting documents".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<u64, Error> {
        let reference = OrganizationReference::Id(self.organization);
        let time = context.time_to_search();
        context.service.count_documents(context.session()?, &reference, &self.query, time).await
    }
}
