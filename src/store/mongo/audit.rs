//! The audit: entries are written by their id, so that writing one twice is writing it once.

use super::connection::Connection;
use super::failure::{Failure, judge, of_read};
use super::record::{binary, date, get_text, get_time, get_uuid};
use crate::domain::OrganizationId;
use crate::service::Result;
use crate::service::store::{AuditAction, AuditEntry, AuditOutcome};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, deserialize_from_bson, doc, serialize_to_bson};

/// The record of an entry. Field names of the changes come from the service, values from people: they are only
/// ever inserted whole, never part of a pipeline.
pub(super) fn to_document(entry: &AuditEntry) -> Document {
    let changes = serialize_to_bson(&entry.changes).unwrap_or(Bson::Null);
    doc! {
        "_id": binary(entry.id),
        "at": date(entry.at),
        "actor": &entry.actor,
        "action": entry.action.as_str(),
        "outcome": entry.outcome.as_str(),
        "organization_id": entry.organization_id.map(|id| binary(id.0)),
        "organization_name": entry.organization_name.as_deref(),
        "changes": changes,
    }
}

fn from_document(record: &Document) -> Option<AuditEntry> {
    let changes = record.get("changes").cloned().and_then(|changes| deserialize_from_bson(changes).ok());
    Some(AuditEntry {
        id: get_uuid(record, "_id")?,
        at: get_time(record, "at"),
        actor: get_text(record, "actor"),
        action: AuditAction::from_word(record.get_str("action").ok()?)?,
        outcome: AuditOutcome::from_word(record.get_str("outcome").ok()?)?,
        organization_id: get_uuid(record, "organization_id").map(OrganizationId),
        organization_name: record.get_str("organization_name").ok().map(str::to_owned),
        changes: changes.unwrap_or_default(),
    })
}

/// Writes an entry once, however often it is sent.
pub(super) async fn write(connection: &Connection, entry: &AuditEntry) -> Result<(), Failure> {
    write_document(connection, to_document(entry)).await
}

/// Writes an entry that a record kept.
pub(super) async fn write_document(connection: &Connection, mut record: Document) -> Result<(), Failure> {
    let id = record.remove("_id");
    let written =
        connection.audit().update_one(doc! {"_id": id}, doc! {"$setOnInsert": record}).upsert(true).await;
    match written.map_err(judge) {
        // Two upserts of one id at once: the other one wrote it.
        Err(failure) if failure.refused_with() == Some(super::failure::DUPLICATE_KEY) => Ok(()),
        written => written.map(drop),
    }
}

/// The newest entries, newest first.
pub(super) async fn newest(connection: &Connection, limit: usize) -> Result<Vec<AuditEntry>> {
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = async {
        connection.audit().find(doc! {}).sort(doc! {"at": -1}).limit(rows).await?.try_collect().await
    };
    let records: Vec<Document> = found.await.map_err(|error| of_read(&connection.place, &error))?;
    Ok(records.iter().filter_map(from_document).collect())
}
