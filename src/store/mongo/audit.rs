//! The audit: entries are written by id, so writing one twice has no effect.

use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, judge};
use super::record::{binary, date, get_text, get_time, get_uuid};
use super::rows::Listing;
use crate::domain::name::key_of;
use crate::domain::{AccountId, AuditAction, AuditEntry, AuditOutcome, Email, OperationId, OrganizationId};
use crate::port::{AuditPosition, AuditQuery, Page, Result};
use mongodb::bson::{Bson, DateTime, Document, deserialize_from_bson, doc, serialize_to_bson};

/// The record of an entry. Its changes contain names of fields from the service and values from people; they are only
/// inserted as a whole, never as part of a pipeline.
pub(super) fn to_document(entry: &AuditEntry) -> Document {
    let changes = serialize_to_bson(&entry.changes).unwrap_or(Bson::Null);
    doc! {
        "_id": binary(entry.id),
        "at": date(entry.at),
        "actor": &entry.actor,
        "actor_key": Email::key_of(&entry.actor),
        "actor_id": entry.actor_id.map(|id| binary(id.0)),
        "action": entry.action.as_str(),
        "outcome": entry.outcome.as_str(),
        "organization_id": entry.organization_id.map(|id| binary(id.0)),
        "organization_name": entry.organization_name.as_deref(),
        "name_key": entry.organization_name.as_deref().map(key_of),
        "changes": changes,
        "request_hash": entry.request_hash.as_deref(),
    }
}

fn from_document(record: &Document) -> Option<AuditEntry> {
    let changes = record.get("changes").cloned().and_then(|changes| deserialize_from_bson(changes).ok());
    Some(AuditEntry {
        id: get_uuid(record, "_id")?,
        at: get_time(record, "at"),
        actor: get_text(record, "actor"),
        actor_id: get_uuid(record, "actor_id").map(AccountId),
        actor_version: None,
        action: record.get_str("action").ok()?.parse::<AuditAction>().ok()?,
        outcome: record.get_str("outcome").ok()?.parse::<AuditOutcome>().ok()?,
        organization_id: get_uuid(record, "organization_id").map(OrganizationId),
        organization_name: record.get_str("organization_name").ok().map(str::to_owned),
        changes: changes.unwrap_or_default(),
        request_hash: record.get_str("request_hash").ok().map(str::to_owned),
    })
}

/// Writes an entry once, however often it is sent.
pub(super) async fn write(connection: &Connection, entry: &AuditEntry) -> Result<(), Failure> {
    write_document(connection, to_document(entry)).await
}

/// Writes an entry that was kept in a record.
pub(super) async fn write_document(connection: &Connection, mut record: Document) -> Result<(), Failure> {
    let id = record.remove("_id");
    let written =
        connection.audit().update_one(doc! {"_id": id}, doc! {"$setOnInsert": record}).upsert(true).await;
    match written.map_err(judge) {
        // Two upserts of one id in parallel: the other one wrote it.
        Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => Ok(()),
        written => written.map(drop),
    }
}

/// Removes the entry of a create that is rolled back, if it is that of this organization.
pub(super) async fn withdraw(
    connection: &Connection,
    operation: OperationId,
    organization: OrganizationId,
) -> Result<(), Failure> {
    let this = doc! {"_id": binary(operation.0), "organization_id": binary(organization.0)};
    connection.audit().delete_one(this).await.map(drop).map_err(judge)
}

/// A page of entries, newest first. Whether more follow is decided before an entry is parsed.
pub(super) async fn entries(
    connection: &Connection,
    query: &AuditQuery,
) -> Result<Page<AuditEntry, AuditPosition>> {
    let mut all: Vec<Document> = Vec::new();
    let about = [
        query.organization.map(|id| doc! {"organization_id": binary(id.0)}),
        query.name_key.as_ref().map(|key| doc! {"name_key": key}),
    ];
    let about: Vec<Document> = about.into_iter().flatten().collect();
    if !about.is_empty() {
        all.push(doc! {"$or": about});
    }
    all.extend(query.id.map(|id| doc! {"_id": binary(id)}));
    all.extend(query.actor_key.as_ref().map(|key| doc! {"actor_key": key}));
    if !query.actions.is_empty() {
        let words: Vec<&str> = query.actions.iter().map(|action| action.as_str()).collect();
        all.push(doc! {"action": {"$in": words}});
    }
    all.extend(query.since.map(|since| doc! {"at": {"$gte": date(since)}}));
    if let Some(AuditPosition { at, id }) = query.after {
        let at = Bson::DateTime(DateTime::from_millis(at));
        all.push(doc! {"$or": [{"at": {"$lt": &at}}, {"at": &at, "_id": {"$lt": binary(id)}}]});
    }
    let filter = if all.is_empty() {
        doc! {}
    } else {
        doc! {"$and": all}
    };
    let newest_first = doc! {"at": -1, "_id": -1};
    let listing = Listing { records: connection.audit(), filter, sort: newest_first };
    let position = |record: &Document| {
        let at = record.get_datetime("at").ok()?.timestamp_millis();
        Some(AuditPosition { at, id: get_uuid(record, "_id")? })
    };
    listing.page(connection, query.limit, position, from_document).await
}
