//! The writes of an edited document.

use crate::domain::Organization;
use crate::domain::document::RawDocumentBuf;
use crate::domain::document::id::print_id;
use crate::service::{DocumentChange, Error, OrganizationReference};
use crate::tui::effect::{Call, CallContext, Kind};
use std::sync::Arc;

/// Replaces a document as it was read.
#[derive(Debug, PartialEq)]
pub struct ReplaceDocument {
    /// Whose document.
    pub organization: Arc<Organization>,
    /// Its printed id.
    pub id: String,
    /// What was read of it.
    pub revision: String,
    /// What it becomes.
    pub new: RawDocumentBuf,
}

impl Call for ReplaceDocument {
    type Answer = RawDocumentBuf;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("saving document {}", self.id))
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<RawDocumentBuf, Error> {
        let reference = OrganizationReference::Id(self.organization.id);
        let change = DocumentChange {
            id: self.id.clone(),
            revision: Some(self.revision.clone()),
            new: Some(self.new.clone()),
            confirm: None,
        };
        context.service.change_document(context.session()?, &reference, &change).await
    }
}

/// Inserts a document.
#[derive(Debug, PartialEq)]
pub struct InsertDocument {
    /// Where.
    pub organization: Arc<Organization>,
    /// The document; it may be without an `_id`.
    pub document: RawDocumentBuf,
}

impl Call for InsertDocument {
    /// Its printed id.
    type Answer = String;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some("inserting the document".to_owned())
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<String, Error> {
        let reference = OrganizationReference::Id(self.organization.id);
        let documents = vec![self.document.clone()];
        let outcomes = context.service.insert_documents(context.session()?, &reference, documents).await?;
        let outcome = outcomes.into_iter().next().unwrap_or(Err(Error::DocumentNotFound));
        outcome.map(|id| print_id(&id.get()))
    }
}
