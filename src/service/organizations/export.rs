//! Writing the data of an organization to a file.

use super::OrganizationReference;
use crate::archive::{Content, Draft, Finished, Target, Watch, default_name};
use crate::blocking;
use crate::domain::audit::KEPT;
use crate::domain::document::{OwnedValue, Query, RawDocumentBuf};
use crate::domain::{AccessToken, AuditAction, AuditEntry, Organization, OrganizationId, Principal};
use crate::port::{AuditQuery, DocumentQuery, Page};
use crate::service::access::UseCase;
use crate::service::{Error, MAX_LIMIT, Result, TenantService};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often is told how much is written.
const TICK: Duration = Duration::from_millis(100);
/// How long a page of documents may take.
const PAGE: Duration = Duration::from_mins(1);
/// How often a page is asked for again when the store does not answer.
const TRIES: u32 = 5;
/// How long to wait before that.
const PAUSE: Duration = Duration::from_millis(500);

/// What to export, and where to.
#[derive(Debug, Clone, Default)]
pub struct ExportRequest {
    /// The file; `None` for one in the working folder that is named after the organization and the day.
    pub to: Option<PathBuf>,
    /// Whether a plain file there is replaced.
    pub replaces: bool,
    /// Whether its activity is left out.
    pub documents_only: bool,
}

/// An export, or in a dry run what it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Which organization.
    pub organization_id: OrganizationId,
    /// Its name.
    pub organization_name: String,
    /// The file.
    pub file: PathBuf,
    /// Its bytes; `None` in a dry run.
    pub archive_bytes: Option<u64>,
    /// Documents in it.
    pub documents: u64,
    /// Bytes of the documents.
    pub data_bytes: u64,
    /// Entries of its activity; `None` in a dry run and without them.
    pub activity: Option<u64>,
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportProgress {
    /// Documents that were read.
    pub documents: u64,
    /// Documents that there were at the beginning.
    pub total: u64,
    /// Bytes of the documents that were read.
    pub bytes: u64,
    /// Bytes of the file that were written; 0 until all is read.
    pub written: u64,
}

/// Where an export goes if nothing else was asked for: a file in the working folder that is named after the organization
/// and the day in UTC.
pub fn default_export_file(organization: &Organization, now: Timestamp) -> PathBuf {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    PathBuf::from(".").join(default_name(&slug(organization.collection_name()), today))
}

/// Stops what still writes the archive when the caller no longer waits.
struct StopOnDrop(Watch);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Writes the file and reports progress. This phase makes no call to the store, and a slow disk must not look like a
/// silent store.
async fn finished(
    draft: Draft,
    written: &Watch,
    progress: &watch::Sender<ExportProgress>,
) -> Result<Finished> {
    let finishing = in_background(move || draft.finish());
    tokio::pin!(finishing);
    loop {
        tokio::select! {
            finished = &mut finishing => return Ok(finished??),
            () = tokio::time::sleep(TICK) => progress.send_modify(|now| now.written = written.bytes()),
        }
    }
}

impl TenantService {
    /// Writes options, indexes, documents and activity of an organization to a file. Dropping this future leaves no
    /// file. A document that is there from the beginning to the end is in it exactly once.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Busy`], [`Error::ExportTarget`], [`Error::ExportFailed`],
    /// [`Error::NotExportable`], [`Error::CollectionMissing`] also when the collection is dropped or replaced meanwhile,
    /// those of the session, and the store's. No file is left then.
    pub async fn export_organization(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: &ExportRequest,
        progress: &watch::Sender<ExportProgress>,
    ) -> Result<Exported> {
        let (principal, found) = self.at_rest(token, UseCase::ExportOrganization, reference).await?;
        let target = self.export_target(&found, request)?;
        let file = target.path().to_owned();
        let metadata = |organization| async move { self.store.collection_metadata(&organization).await };
        let (metadata, mut organization) =
            self.in_collection(token, (principal.clone(), found), metadata).await?;
        let total = self.store.size(&organization).await?.documents;
        let content = Content {
            at: self.now(),
            organization_id: organization.id.to_string(),
            organization_name: organization.name.clone(),
            collection_name: organization.collection_name().to_owned(),
            organization: described(&organization),
            metadata,
            documents_only: request.documents_only,
        };
        let watch = Watch::default();
        let _stop = StopOnDrop(watch.clone());
        let written = watch.clone();
        let draft = in_background(move || Draft::begin(target, content, watch)).await??;
        let mut draft = draft.map_err(|error| Error::NotExportable(error.to_string()))?;
        let mut after = None;
        loop {
            let page = self.page_of_export(token, &principal, &mut organization, after).await?;
            after = page.next;
            draft = in_background(move || draft.documents(&page.rows).map(|()| draft)).await??;
            let (documents, bytes) = (draft.count(), draft.bytes());
            progress.send_replace(ExportProgress { documents, total, bytes, written: 0 });
            if after.is_none() {
                break;
            }
        }
        let draft = self.add_activity(draft, organization.id, request.documents_only).await?;
        let finished = finished(draft, &written, progress).await?;
        let manifest = &finished.manifest;
        let exported = Exported {
            organization_id: organization.id,
            organization_name: organization.name.clone(),
            file,
            archive_bytes: Some(finished.archive_bytes),
            documents: manifest.documents,
            data_bytes: manifest.data_bytes,
            activity: manifest.activity,
        };
        // Recorded first: nobody has data of a tenant without an entry.
        let entry = self.export_audit(&principal, &organization, exported.documents);
        self.write(|writer| async move { writer.store.record(entry).await }).await?;
        finished.place()?;
        Ok(exported)
    }

    /// What [`TenantService::export_organization`] would write, without writing it.
    ///
    /// # Errors
    /// As [`TenantService::export_organization`].
    pub async fn preview_export(
        &self,
        token: &AccessToken,
        reference: &OrganizationReference,
        request: &ExportRequest,
    ) -> Result<Exported> {
        let (_, organization) = self.at_rest(token, UseCase::ExportOrganization, reference).await?;
        let target = self.export_target(&organization, request)?;
        self.store.collection_metadata(&organization).await?;
        let size = self.store.size(&organization).await?;
        Ok(Exported {
            organization_id: organization.id,
            organization_name: organization.name,
            file: target.path().to_owned(),
            archive_bytes: None,
            documents: size.documents,
            data_bytes: size.data_bytes,
            activity: None,
        })
    }

    fn export_target(&self, organization: &Organization, request: &ExportRequest) -> Result<Target> {
        let path = request.to.clone().unwrap_or_else(|| default_export_file(organization, self.now()));
        Ok(Target::check(&path, request.replaces)?)
    }

    /// The next documents. A store that does not answer for a moment, and a rename meanwhile, do not end an export:
    /// reading goes on behind the last `_id`, as long as it is the same collection.
    async fn page_of_export(
        &self,
        token: &AccessToken,
        principal: &Principal,
        organization: &mut Organization,
        after: Option<OwnedValue>,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        let query = DocumentQuery {
            filter: Query::parse("")?,
            sort: None,
            reverse: false,
            after,
            limit: MAX_LIMIT,
            time: PAGE,
        };
        let query = &query;
        let read = |organization| async move { self.store.documents(&organization, query).await };
        let mut tries = 0;
        loop {
            let whose = (principal.clone(), organization.clone());
            match self.in_collection(token, whose, read).await {
                Ok((_, now)) if now.collection_uuid != organization.collection_uuid => {
                    return Err(Error::CollectionMissing(organization.collection_name().to_owned()));
                }
                Ok((page, now)) => {
                    *organization = now;
                    return Ok(page);
                }
                Err(error) if error.retryable() && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE * tries).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds the entries about an organization, the newest first.
    async fn add_activity(&self, mut draft: Draft, id: OrganizationId, is_left_out: bool) -> Result<Draft> {
        if is_left_out {
            return Ok(draft);
        }
        let since = self.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        let mut query =
            AuditQuery { organization: Some(id), since: Some(since), ..AuditQuery::newest(MAX_LIMIT) };
        loop {
            let page = self.store.audit(&query).await?;
            let lines: Vec<String> = page.rows.iter().map(|entry| line_of(entry).to_string()).collect();
            draft = in_background(move || draft.activity(&lines).map(|()| draft)).await??;
            query.after = page.next;
            if query.after.is_none() {
                return Ok(draft);
            }
        }
    }

    fn export_audit(&self, principal: &Principal, organization: &Organization, documents: u64) -> AuditEntry {
        let mut entry = self.audit_by(principal, AuditAction::OrganizationExport);
        entry.organization_id = Some(organization.id);
        entry.organization_name = Some(organization.name.clone());
        entry.changes.insert("documents".to_owned(), documents.into());
        entry
    }
}

pub(super) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    blocking::run(work).await.map_err(|error| Error::internal(&error))
}

/// The part of a collection's name that names its organization, as part of a file name.
fn slug(collection: &str) -> String {
    let own = collection.strip_prefix("org_").unwrap_or(collection);
    own.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}

fn time(at: Timestamp) -> Value {
    format!("{at:.3}").into()
}

/// The organization as commands print it; no secret.
fn described(organization: &Organization) -> Map<String, Value> {
    let suspended = organization.suspension.as_ref().map(
        |suspension| json!({"at": time(suspension.at), "by": suspension.by, "reason": suspension.reason}),
    );
    Map::from_iter(
        [
            ("organization_id", json!(organization.id)),
            ("organization_name", organization.name.as_str().into()),
            ("collection_name", organization.collection_name().into()),
            ("admin_email", organization.admin_email.as_str().into()),
            ("state", organization.status().as_str().into()),
            ("created_at", time(organization.created_at)),
            ("updated_at", time(organization.updated_at)),
            ("suspended", json!(suspended)),
        ]
        .map(|(field, value)| (field.to_owned(), value)),
    )
}

/// An entry as `audit list` prints it.
fn line_of(entry: &AuditEntry) -> Value {
    json!({
        "at": time(entry.at),
        "actor": entry.actor,
        "action": entry.action.as_str(),
        "outcome": entry.outcome.as_str(),
        "organization_id": entry.organization_id,
        "organization_name": entry.organization_name,
        "operation_id": entry.action.has_operation().then_some(entry.id),
        "actor_id": entry.actor_id,
        "changes": entry.changes,
    })
}
