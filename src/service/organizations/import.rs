//! Creating an organization from an archive.

use super::OrganizationPreview;
use super::export::in_background;
use super::preview::NewPlan;
use crate::archive::{Archive, ArchiveError, Documents, Manifest, Watch};
use crate::domain::document::RawDocumentBuf;
use crate::domain::{AccessToken, AuditAction, OperationId, Organization, Password, Principal};
use crate::port::DocumentBatches;
use crate::service::access::{Scope, UseCase};
use crate::service::repeat::{Write, secret};
use crate::service::writes::Writer;
use crate::service::{Result, TenantService};
use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// How often the progress of the check is told.
const TICK: Duration = Duration::from_millis(100);

/// What to import, as typed. What is not given is as in the archive, which has no password.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The archive.
    pub file: PathBuf,
    /// Another name.
    pub name: Option<String>,
    /// Another email of its administrator.
    pub admin_email: Option<String>,
    /// The password of its administrator.
    pub admin_password: SecretString,
}

/// How far an import is: first the archive is checked, then its documents are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportProgress {
    /// Bytes of the file that were checked.
    pub checked_bytes: u64,
    /// Bytes of the file; 0 until they are known.
    pub file_bytes: u64,
    /// Documents that were written.
    pub documents: u64,
    /// Documents in the archive; 0 while it is checked.
    pub total: u64,
}

/// What an import would create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportPreview {
    /// The organization.
    pub organization: OrganizationPreview,
    /// Its documents.
    pub documents: u64,
    /// Their bytes.
    pub data_bytes: u64,
}

/// A checked archive, and the organization that it becomes.
#[derive(Debug)]
struct ImportPlan {
    archive: Archive,
    new: NewPlan,
}

impl ImportPlan {
    fn of(archive: Archive, request: &ImportRequest) -> Result<Self> {
        let of_archive = archive.organization.get("admin_email").and_then(Value::as_str);
        let name = request.name.as_deref().unwrap_or(&archive.manifest.organization_name);
        let email = request.admin_email.as_deref().or(of_archive).unwrap_or_default();
        Ok(Self { new: NewPlan::of(name, email)?, archive })
    }

    fn changes(&self) -> Map<String, Value> {
        let mut changes = self.new.changes();
        changes.insert("documents".into(), self.archive.manifest.documents.into());
        changes
    }
}

/// Stops the thread that reads an archive when nobody waits for it any more.
struct StopUnlessRead(Option<Watch>);

impl Drop for StopUnlessRead {
    fn drop(&mut self) {
        if let Some(watch) = &self.0 {
            watch.stop();
        }
    }
}

/// Checks an archive on another thread. Stops when nobody hears of the progress any more, or this future is dropped.
async fn checked(file: PathBuf, progress: &watch::Sender<ImportProgress>) -> Result<Archive> {
    let watch = Watch::default();
    let mut stop = StopUnlessRead(Some(watch.clone()));
    let file_bytes = Arc::new(AtomicU64::new(0));
    let opening = {
        let (watch, file_bytes) = (watch.clone(), Arc::clone(&file_bytes));
        in_background(move || {
            file_bytes.store(file.metadata().map_or(0, |data| data.len()), Ordering::Relaxed);
            Archive::open(&file, watch)
        })
    };
    tokio::pin!(opening);
    loop {
        tokio::select! {
            opened = &mut opening => {
                // The second pass over the documents has the same watch.
                stop.0 = None;
                return Ok(opened??);
            }
            () = tokio::time::sleep(TICK) => {
                if progress.is_closed() {
                    watch.stop();
                }
                let (bytes, of) = (watch.bytes(), file_bytes.load(Ordering::Relaxed));
                progress.send_if_modified(|now| {
                    let is_new = (now.checked_bytes, now.file_bytes) != (bytes, of);
                    (now.checked_bytes, now.file_bytes) = (bytes, of);
                    is_new
                });
            }
        }
    }
}

/// The documents of an archive for a store.
struct Batches {
    /// Not there while a batch is read.
    documents: Option<Documents>,
    progress: watch::Sender<ImportProgress>,
    given: u64,
}

#[async_trait]
impl DocumentBatches for Batches {
    async fn next(&mut self) -> Result<Option<Vec<RawDocumentBuf>>> {
        if self.progress.is_closed() {
            return Err(ArchiveError::Stopped.into());
        }
        let given = self.given;
        self.progress.send_modify(|now| now.documents = given);
        let Some(mut documents) = self.documents.take() else { return Ok(None) };
        let (documents, batch) = in_background(move || {
            let batch = documents.next_batch();
            (documents, batch)
        })
        .await?;
        self.documents = Some(documents);
        let batch = batch?;
        self.given += batch.as_ref().map_or(0, |batch| batch.len() as u64);
        Ok(batch)
    }
}

impl TenantService {
    /// Creates an organization from an archive, with its documents, options and indexes: complete or absent. The archive
    /// is checked completely first. The organization is a new one, active, with a new id; what was done to the old one
    /// stays in the archive. When nobody hears of the progress any more, it is rolled back and ends with
    /// [`ArchiveError::Stopped`].
    ///
    /// # Errors
    /// [`crate::service::Error::Forbidden`], [`crate::service::Error::OperationMismatch`], the rules of name, email and password, those of the session,
    /// and those of [`crate::port::Archives::import_organization`].
    pub async fn import_organization(
        &self,
        token: &AccessToken,
        request: ImportRequest,
        operation: OperationId,
        progress: &watch::Sender<ImportProgress>,
    ) -> Result<Organization> {
        let (token, progress) = (token.clone(), progress.clone());
        self.write(|writer| async move {
            Box::pin(writer.import_organization(&token, request, operation, progress)).await
        })
        .await
    }

    /// The result of [`TenantService::import_organization`], without writing. A password is only checked if it is given.
    ///
    /// # Errors
    /// As [`TenantService::import_organization`].
    pub async fn preview_import(
        &self,
        token: &AccessToken,
        request: &ImportRequest,
        has_password: bool,
        progress: &watch::Sender<ImportProgress>,
    ) -> Result<ImportPreview> {
        self.who_may_import(token).await?;
        let plan = ImportPlan::of(checked(request.file.clone(), progress).await?, request)?;
        let password = has_password.then(|| request.admin_password.clone());
        let organization = self.preview_new(&plan.new, password, true).await?;
        let Manifest { documents, data_bytes, .. } = plan.archive.manifest;
        Ok(ImportPreview { organization, documents, data_bytes })
    }

    async fn who_may_import(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::ImportOrganization, &principal)?;
        Ok(principal)
    }
}

impl Writer {
    async fn import_organization(
        &self,
        token: &AccessToken,
        request: ImportRequest,
        operation: OperationId,
        progress: watch::Sender<ImportProgress>,
    ) -> Result<Organization> {
        let principal = self.who_may_import(token).await?;
        let password = Password::new(request.admin_password.clone())?;
        let file = request.file.display().to_string();
        let fields = [
            ("file", Some(file.as_str())),
            ("organization_name", request.name.as_deref()),
            ("admin_email", request.admin_email.as_deref()),
            ("password", secret(Some(password.secret()))),
        ];
        let write = Write::new(operation, Some(principal.account_id), "organization_import", &fields);
        let earlier = if let Some(earlier) = self.earlier(&write).await? {
            earlier
        } else {
            let imported = async {
                let plan = ImportPlan::of(checked(request.file.clone(), &progress).await?, &request)?;
                // The store makes the decision. This saves reading the documents for nothing.
                self.check_free(plan.new.wanted()).await?;
                self.import_now(plan, &password, &principal, &write, progress).await
            };
            match imported.await {
                Ok(imported) => return Ok(imported),
                Err(refusal) => self.earlier_than(refusal, &write, Scope::All).await?,
            }
        };
        self.outcome(&earlier, Some(password.secret())).await
    }

    async fn import_now(
        &self,
        plan: ImportPlan,
        password: &Password,
        principal: &Principal,
        write: &Write,
        progress: watch::Sender<ImportProgress>,
    ) -> Result<Organization> {
        let password_hash = self.passwords.hash(password).await?;
        let new = plan.new.organization(password_hash);
        let mut audit = write.of(self.audit_by(principal, AuditAction::OrganizationImport));
        audit.changes = plan.changes();
        audit.organization_id = Some(new.id);
        audit.organization_name = Some(new.name.display().to_owned());
        progress.send_modify(|now| now.total = plan.archive.manifest.documents);
        let metadata = plan.archive.metadata.clone();
        let archive = plan.archive;
        let documents = Some(in_background(move || archive.documents()).await??);
        let mut batches = Batches { documents, progress, given: 0 };
        let imported = self.store.import_organization(&new, &metadata, &mut batches, audit).await?;
        self.clear_throttle(imported.admin_email.as_str()).await;
        Ok(imported)
    }
}
