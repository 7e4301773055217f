//! The doctor: checks page by page whether records and collections agree, and repairs findings. The check itself
//! writes nothing, except that it recovers operations whose lease is over, as every request does.
//!
//! Before a finding is reported, its record is read again, and the finding only holds if the epoch is the same: every
//! operation raises the epoch before it changes anything else. So an operation that runs during the check is not a
//! finding.
//!
//! Memory holds one page of records, and name and UUID of each collection: listings are unordered, so they cannot be
//! merged with the records.

mod collection;
mod earlier;
mod leftovers;
mod listing;
mod organizations;
mod repair;

pub(super) use collection::check_collection;
pub(super) use repair::repair;

use super::connection::Connection;
use super::failure::{Failure, judge};
use super::record::{binary, get_text, get_uuid, ours};
use crate::domain::{CheckReport, Finding, OrganizationId, Problem, Progress};
use futures_util::TryStreamExt;
use jiff::Timestamp;
use listing::Listing;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use tokio::sync::watch;

/// Records of one page.
const PAGE: i64 = 500;
/// Records whose keys are looked up with one command.
const AT_ONCE: usize = 500;
/// Collections whose marker is read at the same time.
const MARKERS_AT_ONCE: usize = 16;
/// An operation becomes a finding this long after its lease ended: by then a process that needs it would have
/// recovered it.
const GRACE_MS: i64 = 60_000;

/// Checks everything.
pub(super) async fn check(
    connection: &Connection,
    progress: &watch::Sender<Progress>,
) -> Result<CheckReport, Failure> {
    let mut doctor = Doctor::begin(connection, progress).await?;
    doctor.organizations().await?;
    doctor.records_of_an_earlier_service().await?;
    doctor.collections().await?;
    doctor.accounts().await?;
    doctor.reservations().await?;
    let Progress { organizations, collections, .. } = doctor.so_far;
    Ok(CheckReport { findings: doctor.findings, organizations, collections })
}

/// A running check.
struct Doctor<'a> {
    connection: &'a Connection,
    progress: &'a watch::Sender<Progress>,
    so_far: Progress,
    listing: Listing,
    findings: Vec<Finding>,
    /// The server's time at the start.
    now: Timestamp,
}

impl<'a> Doctor<'a> {
    async fn begin(
        connection: &'a Connection,
        progress: &'a watch::Sender<Progress>,
    ) -> Result<Self, Failure> {
        // Markers are read by UUID where the server checks UUIDs.
        connection.probe().await?;
        let now = connection.server_time().await?;
        let listing = Listing::read(connection).await?;
        let collections = listing.count();
        let so_far = Progress { collections, ..Progress::default() };
        progress.send_replace(so_far);
        Ok(Self { connection, progress, so_far, listing, findings: Vec::new(), now })
    }

    fn found(&mut self, finding: Finding) {
        self.so_far.findings += 1;
        self.findings.push(finding);
        self.goes_on();
    }

    /// Reports progress: a page with many findings takes many reads, and would look like a standstill.
    fn goes_on(&self) {
        self.progress.send_replace(self.so_far);
    }

    fn looked_at(&mut self, organizations: usize) {
        self.so_far.organizations += organizations as u64;
        self.goes_on();
    }

    /// The age in milliseconds from which a silent operation is a finding.
    fn patience(&self) -> i64 {
        patience(self.connection)
    }
}

fn patience(connection: &Connection) -> i64 {
    i64::try_from(connection.lease.as_millis()).unwrap_or(i64::MAX).saturating_add(GRACE_MS)
}

/// The next page of a collection in the order of ids, for ids of one type: "greater" only compares within a type.
async fn page(
    records: &Collection<Document>,
    mut filter: Document,
    id_type: &str,
    after: Option<&Bson>,
) -> Result<Vec<Document>, Failure> {
    let mut id = doc! {"$type": id_type};
    if let Some(after) = after {
        id.insert("$gt", after);
    }
    filter.insert("_id", id);
    let found = async {
        let batch = u32::try_from(PAGE + 1).unwrap_or(u32::MAX);
        records.find(filter).sort(doc! {"_id": 1}).limit(PAGE).batch_size(batch).await?.try_collect().await
    };
    found.await.map_err(judge)
}

/// The records with these ids.
async fn with_ids(records: &Collection<Document>, ids: Vec<Bson>) -> Result<Vec<Document>, Failure> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let some =
            async { records.find(doc! {"_id": {"$in": ids}}).await?.try_collect::<Vec<Document>>().await };
        found.extend(some.await.map_err(judge)?);
    }
    Ok(found)
}

/// The current record of an organization, if it has our schema.
async fn organization_now(connection: &Connection, id: OrganizationId) -> Result<Option<Document>, Failure> {
    let this = doc! {"_id": binary(id.0), "schema": ours()};
    connection.organizations().find_one(this).await.map_err(judge)
}

/// A finding about a record's organization.
fn about(record: &Document, problem: Problem) -> Finding {
    let text = |field: &str| Some(get_text(record, field)).filter(|text| !text.is_empty());
    Finding {
        organization_id: get_uuid(record, "_id").map(OrganizationId),
        organization_name: text("organization_name"),
        collection_name: text("collection_name"),
        problem,
    }
}

/// A finding without an organization.
fn about_none(collection: Option<&str>, problem: Problem) -> Finding {
    Finding {
        organization_id: None,
        organization_name: None,
        collection_name: collection.map(str::to_owned),
        problem,
    }
}
