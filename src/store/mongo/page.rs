//! Organizations found and listed: one command each, straight from an index.

use super::connection::Connection;
use super::failure::{Failure, judge, of_read};
use super::record::{binary, organization, ours, uuid_of};
use crate::domain::{CollectionName, Organization, SortKey, State};
use crate::service::store::{Lookup, PageQuery, Position};
use crate::service::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::results::CollectionSpecification;
use std::sync::Arc;
use uuid::Uuid;

/// Rows of one name that are looked at: the one that has it, and tries to create it again.
const NAMESAKES: i64 = 16;

/// One organization in whatever state it is; of several with one name the one that is not being created.
pub(super) async fn find(connection: &Connection, lookup: &Lookup) -> Result<Option<Organization>> {
    let filter = match lookup {
        Lookup::NameKey(key) => doc! {"name_key": key, "schema": ours()},
        Lookup::Id(id) => doc! {"_id": binary(id.0), "schema": ours()},
        // By the index of states: few are in work.
        Lookup::Operation(id) => {
            let in_work = State::ALL.iter().filter(|state| state.is_in_work()).map(|state| state.as_str());
            doc! {"state": {"$in": in_work.collect::<Vec<_>>()}, "op.id": binary(id.0), "schema": ours()}
        }
    };
    let found = read(connection, filter, doc! {"_id": 1}, NAMESAKES).await?;
    let mut found = found.iter().filter_map(|record| organization(record, connection.database.name()));
    let first = found.next();
    if first.as_ref().is_some_and(|first| first.state != State::Creating) {
        return Ok(first);
    }
    Ok(found.find(|other| other.state != State::Creating).or(first))
}

/// A page in the order of an index.
pub(super) async fn page(connection: &Connection, query: &PageQuery) -> Result<Vec<Arc<Organization>>> {
    let field = match query.sort {
        SortKey::Name => "name_key",
        SortKey::Created => "created_at",
        SortKey::Updated => "updated_at",
    };
    let mut filter = doc! {"schema": ours()};
    if let Some(state) = query.state {
        filter.insert("state", state.as_str());
    }
    if let Some(after) = &query.after {
        filter.extend(behind(field, query, after)?);
    }
    let direction = if query.reverse { -1 } else { 1 };
    let sort = doc! {field: direction, "_id": direction};
    if query.limit == 0 {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let found = read(connection, filter, sort, limit).await?;
    let database = connection.database.name();
    Ok(found.iter().filter_map(|record| organization(record, database)).map(Arc::new).collect())
}

/// Only rows behind a place: greater keys, and greater ids of the same key.
fn behind(field: &str, query: &PageQuery, after: &Position) -> Result<Document> {
    let (value, id) = match (after, query.sort) {
        (Position::Name(key, id), SortKey::Name) => (Bson::String(key.clone()), id),
        (Position::Time(ms, id), SortKey::Created | SortKey::Updated) => {
            (Bson::DateTime(DateTime::from_millis(*ms)), id)
        }
        (Position::Name(..) | Position::Time(..), _) => return Err(Error::InvalidCursor),
    };
    let (beyond, from) = if query.reverse { ("$lt", "$lte") } else { ("$gt", "$gte") };
    Ok(doc! {
        // The bound alone, so that the index is entered at the place and not at its beginning.
        field: {from: value.clone()},
        "$or": [{field: {beyond: value.clone()}}, {field: value, "_id": {beyond: binary(id.0)}}],
    })
}

async fn read(
    connection: &Connection,
    filter: Document,
    sort: Document,
    limit: i64,
) -> Result<Vec<Document>> {
    // One more than the limit, else the server would keep a cursor open behind a full batch.
    let batch = u32::try_from(limit.saturating_add(1)).unwrap_or(u32::MAX);
    let found = async {
        let records = connection.organizations();
        records.find(filter).sort(sort).limit(limit).batch_size(batch).await?.try_collect().await
    };
    found.await.map_err(|error| of_read(&connection.place, &error))
}

/// Whether a collection of exactly this name is there, whoever made it.
pub(super) async fn has_collection(connection: &Connection, name: &CollectionName) -> Result<bool> {
    let found = collection_at(connection, name.as_str()).await;
    Ok(found.map_err(|error| of_read(&connection.place, &error))?.is_some())
}

/// What lies under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    Collection(Uuid),
    /// A view or a time series: it has no UUID, and nothing can be moved to its name.
    Other,
}

/// What lies under exactly this name.
pub(super) async fn seen_at(connection: &Connection, name: &str) -> Result<Seen, Failure> {
    let found = collection_at(connection, name).await.map_err(judge)?;
    Ok(match found {
        None => Seen::Nothing,
        Some(found) => {
            let uuid = found.info.uuid.and_then(|uuid| uuid_of(&Bson::Binary(uuid)));
            uuid.map_or(Seen::Other, Seen::Collection)
        }
    })
}

/// The UUID of the collection with exactly this name.
pub(super) async fn uuid_at(connection: &Connection, name: &str) -> Result<Option<Uuid>, Failure> {
    Ok(match seen_at(connection, name).await? {
        Seen::Collection(uuid) => Some(uuid),
        Seen::Nothing | Seen::Other => None,
    })
}

/// The name of the collection with this UUID.
pub(super) async fn name_of(connection: &Connection, uuid: Uuid) -> Result<Option<String>, Failure> {
    let found = async {
        let filter = doc! {"info.uuid": binary(uuid)};
        let listed = connection.database.list_collections().filter(filter).await?;
        listed.try_collect::<Vec<_>>().await
    };
    let mut found = found.await.map_err(judge)?.into_iter();
    let is_it =
        |found: &CollectionSpecification| found.info.uuid.clone().map(Bson::Binary) == Some(binary(uuid));
    Ok(found.find(is_it).map(|found| found.name))
}

/// What lies under exactly this name.
async fn collection_at(
    connection: &Connection,
    name: &str,
) -> mongodb::error::Result<Option<CollectionSpecification>> {
    let named = connection.database.list_collections().filter(doc! {"name": name}).await?;
    let named = named.try_collect::<Vec<_>>().await?;
    Ok(named.into_iter().find(|collection| collection.name == name))
}
