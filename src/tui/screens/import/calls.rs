//! What the form asks of the service: the check of an archive, and its import.

use crate::archive::ArchiveError;
use crate::domain::{OperationId, Organization};
use crate::service::{Error, ImportPreview, ImportProgress, ImportRequest};
use crate::tui::effect::{Call, CallContext, CallProgress, Kind, with_progress, with_progress_until};
use crate::tui::secret::Secret;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// What is typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The archive.
    pub file: PathBuf,
    /// Another name than the archive's.
    pub name: Option<String>,
    /// Another email of its admin than the archive's.
    pub email: Option<String>,
}

impl Wanted {
    fn request(&self, password: &Secret) -> ImportRequest {
        ImportRequest {
            file: self.file.clone(),
            name: self.name.clone(),
            admin_email: self.email.clone(),
            admin_password: password.expose(),
        }
    }
}

/// Checks an archive, and what would be created from it.
#[derive(Debug, PartialEq)]
pub struct CheckImport(pub Wanted);

impl Call for CheckImport {
    /// What would be created; nothing if it was stopped.
    type Answer = Option<ImportPreview>;

    fn label(&self) -> Option<String> {
        Some("checking the archive".to_owned())
    }

    fn can_stop(&self) -> bool {
        true
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Option<ImportPreview>, Error> {
        let (sender, receiver) = watch::channel(ImportProgress::default());
        let request = self.0.request(&Secret::from(""));
        let work = context.service.preview_import(context.session()?, &request, false, &sender);
        let told = |progress| context.report(CallProgress::Importing(progress));
        tokio::select! {
            biased;
            checked = with_progress(work, receiver, told) => checked.map(Some),
            () = context.stopped() => Ok(None),
        }
    }
}

/// Creates an organization from an archive. Stopped, it leaves nothing.
#[derive(Debug, PartialEq)]
pub struct ImportOrganization {
    /// What is typed.
    pub wanted: Wanted,
    /// The name that it gets, to tell what goes on.
    pub name: String,
    /// The password of its admin.
    pub password: Secret,
}

impl Call for ImportOrganization {
    /// What was created; nothing if it was stopped.
    type Answer = Option<Arc<Organization>>;

    fn kind(&self) -> Kind {
        Kind::Write
    }

    fn label(&self) -> Option<String> {
        Some(format!("importing {}", self.name))
    }

    fn can_stop(&self) -> bool {
        true
    }

    fn outcome(answer: &Option<Arc<Organization>>) -> String {
        if answer.is_some() { "done." } else { "stopped; nothing is left of it." }.to_owned()
    }

    async fn perform(&self, context: CallContext<'_>) -> Result<Option<Arc<Organization>>, Error> {
        let (sender, receiver) = watch::channel(ImportProgress::default());
        let request = self.wanted.request(&self.password);
        let (session, operation) = (context.session()?, OperationId::random());
        let work = context.service.import_organization(session, request, operation, &sender);
        let told = |progress| context.report(CallProgress::Importing(progress));
        match with_progress_until(work, receiver, told, context.stopped()).await {
            Ok(organization) => Ok(Some(Arc::new(organization))),
            Err(Error::InvalidArchive(ArchiveError::Stopped)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
