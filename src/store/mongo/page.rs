//! Finds and lists organizations: one command each, in the order of an index.

use super::connection::Connection;
use super::record::{binary, get_uuid, organization, ours};
use super::rows::Listing;
use crate::domain::{Organization, OrganizationId, SortKey, State, Status};
use crate::port::{Error, Lookup, OrganizationQuery, Page, Position, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::sync::Arc;
use uuid::Uuid;

/// Rows with one name that are read at most: its owner, and attempts to create it again.
const NAMESAKES: i64 = 16;

/// One organization in any state; of several with one name, the one that is not being created.
pub(super) async fn find(connection: &Connection, lookup: &Lookup) -> Result<Option<Organization>> {
    let filter = match lookup {
        Lookup::NameKey(key) => doc! {"name_key": key},
        Lookup::Id(id) => doc! {"_id": binary(id.0)},
        // By the index of states: few have an operation.
        Lookup::Operation(id) => {
            let at_work = super::protocol::states_with_operation();
            doc! {"state": {"$in": at_work}, "op.id": binary(id.0), "schema": ours()}
        }
    };
    let found = read(connection, filter, doc! {"_id": 1}, NAMESAKES).await?;
    // No index has the owner of a record, so it is checked after the read.
    let found = found.iter().filter(|record| super::record::is_ours(record));
    let mut found = found.filter_map(|record| organization(record, connection.database.name()));
    let first = found.next();
    if first.as_ref().is_some_and(|first| first.state != State::Creating) {
        return Ok(first);
    }
    Ok(found.find(|other| other.state != State::Creating).or(first))
}

/// Deleted organizations that had a name with this key.
pub(super) async fn deleted_with_name(
    connection: &Connection,
    name_key: &str,
    limit: usize,
) -> Result<Vec<Organization>> {
    let filter = doc! {"deleted.name_key": name_key, "state": State::Deleted.as_str(), "schema": ours()};
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = read(connection, filter, doc! {"_id": 1}, limit).await?;
    Ok(found.iter().filter_map(|record| organization(record, connection.database.name())).collect())
}

/// A page in the order of an index. Whether more follow is decided before a record is parsed.
pub(super) async fn page(
    connection: &Connection,
    query: &OrganizationQuery,
) -> Result<Page<Arc<Organization>, Position>> {
    let field = sort_field(query);
    let mut filter = match query.status {
        // A deleted organization has no name key, and lists leave it out unless asked.
        None if field == "name_key" => doc! {"name_key": {"$gte": ""}},
        None => doc! {"state": {"$ne": State::Deleted.as_str()}},
        Some(status) => {
            let mut filter = doc! {"state": status.state().as_str()};
            if matches!(status, Status::Active | Status::Suspended) {
                filter.insert("suspended", doc! {"$exists": status == Status::Suspended});
            }
            filter
        }
    };
    // A record with another kind of id has no position in the list.
    filter.insert("_id", doc! {"$type": "binData"});
    if let Some(after) = &query.after {
        filter.extend(behind(field, query, after)?);
    }
    let direction = if query.reverse { -1 } else { 1 };
    let sort = doc! {field: direction, "_id": direction};
    let listing = Listing { records: connection.organizations(), filter, sort };
    let database = connection.database.name();
    let position = |record: &Document| position_of(query, field, record);
    let whole = |record: &Document| {
        super::record::is_ours(record).then(|| organization(record, database).map(Arc::new)).flatten()
    };
    listing.page(connection, query.limit, position, whole).await
}

fn sort_field(query: &OrganizationQuery) -> &'static str {
    match (query.sort, query.status) {
        (SortKey::Name, Some(Status::Deleted)) => "deleted.name_key",
        (SortKey::Name, _) => "name_key",
        (SortKey::Created, _) => "created_at",
        (SortKey::Updated, _) => "updated_at",
    }
}

/// The position of a record in the order of a query, even if it cannot be parsed as an organization. Without a name,
/// as in a purge from the trash, it is that of an empty one, which no organization has.
fn position_of(query: &OrganizationQuery, field: &str, record: &Document) -> Option<Position> {
    let id = OrganizationId(get_uuid(record, "_id")?);
    let value = match field.split_once('.') {
        Some((outer, inner)) => record.get_document(outer).ok()?.get(inner),
        None => record.get(field),
    };
    match (query.sort, value.unwrap_or(&Bson::Null)) {
        (SortKey::Name, Bson::String(key)) => Some(Position::Name(key.clone(), id)),
        (SortKey::Name, Bson::Null) => Some(Position::Name(String::new(), id)),
        (SortKey::Created | SortKey::Updated, Bson::DateTime(time)) => {
            Some(Position::Time(time.timestamp_millis(), id))
        }
        _ => None,
    }
}

/// Only rows after a position: greater keys, and greater ids of the same key.
fn behind(field: &str, query: &OrganizationQuery, after: &Position) -> Result<Document> {
    let (value, id) = match (after, query.sort) {
        (Position::Name(key, id), SortKey::Name) => (Bson::String(key.clone()), id),
        (Position::Time(ms, id), SortKey::Created | SortKey::Updated) => {
            (Bson::DateTime(DateTime::from_millis(*ms)), id)
        }
        (Position::Name(..) | Position::Time(..), _) => return Err(Error::InvalidCursor),
    };
    let (beyond, from) = if query.reverse { ("$lt", "$lte") } else { ("$gt", "$gte") };
    let has_nameless = query.sort == SortKey::Name && query.status.is_some();
    if has_nameless && (query.reverse || value == Bson::String(String::new())) {
        return Ok(behind_nameless(field, query.reverse, &value, id.0));
    }
    Ok(doc! {
        // The bound alone, so that the index is entered at the position and not at its beginning.
        field: {from: value.clone()},
        "$or": [{field: {beyond: value.clone()}}, {field: value, "_id": {beyond: binary(id.0)}}],
    })
}

/// Records without a name come before the names. A comparison with a name never finds them.
fn behind_nameless(field: &str, reverse: bool, value: &Bson, id: Uuid) -> Document {
    let is_nameless = *value == Bson::String(String::new());
    let rest = match (is_nameless, reverse) {
        (true, true) => vec![doc! {field: Bson::Null, "_id": {"$lt": binary(id)}}],
        (true, false) => {
            vec![doc! {field: {"$gt": ""}}, doc! {field: Bson::Null, "_id": {"$gt": binary(id)}}]
        }
        (false, _) => vec![
            doc! {field: {"$lt": value}},
            doc! {field: value, "_id": {"$lt": binary(id)}},
            doc! {field: Bson::Null},
        ],
    };
    doc! {"$or": rest}
}

async fn read(
    connection: &Connection,
    filter: Document,
    sort: Document,
    limit: i64,
) -> Result<Vec<Document>> {
    // One more than the limit, or the server would keep a cursor open after a full batch.
    let batch = u32::try_from(limit.saturating_add(1)).unwrap_or(u32::MAX);
    let found = async {
        let records = connection.organizations();
        records.find(filter).sort(sort).limit(limit).batch_size(batch).await?.try_collect().await
    };
    found.await.map_err(|error| connection.of_read(&error))
}
