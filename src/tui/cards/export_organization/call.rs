//! The call that exports.

use crate::domain::Organization;
use crate::service::{Error, ExportProgress, ExportRequest, Exported, OrganizationReference};
use crate::tui::effect::{Call, CallContext, CallProgress, with_progress};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// Exports an organization to a file. Stopped, it leaves no file.
#[derive(Debug, PartialEq)]
pub struct ExportOrganization {
    /// As it was shown.
    pub shown: Arc<Organization>,
    /// The file.
    pub to: PathBuf,
    /// Whether a plain file there is replaced.
    pub replaces: bool,
    /// Whether its activity is left out.
    pub documents_only: bool,
}

impl Call for ExportOrganization {
    /// What was exported; nothing if it was stopped.
    type Answer = Option<Exported>;

    fn label(&self) -> Option<String> {
        Some(format!("exporting {}", self.shown.name))
    }

    fn can_stop(&self) -> bool {
        true
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Option<Exported>, Error> {
        let (sender, receiver) = watch::channel(ExportProgress::default());
        let reference = OrganizationReference::Id(self.shown.id);
        let request = ExportRequest {
            to: Some(self.to.clone()),
            replaces: self.replaces,
            documents_only: self.documents_only,
        };
        let session = context.session()?;
        let work = context.service.export_organization(session, &reference, &request, &sender);
        let told = |progress| context.report(CallProgress::Exporting(progress));
        // Dropped, it leaves no file; a file that is there already is told.
        tokio::select! {
            biased;
            exported = with_progress(Box::pin(work), receiver, told) => exported.map(Some),
            () = context.stopped() => Ok(None),
        }
    }
}
