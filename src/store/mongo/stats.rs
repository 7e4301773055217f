//! The size of an organization's collection and its indexes, from the server's own counters.

use super::collections::uuid_at;
use super::connection::Connection;
use super::failure::{NAMESPACE_NOT_FOUND, UNKNOWN_FIELD, UUID_MISMATCH, VIEW, code_of};
use super::record::{MARKER, binary, get_number};
use crate::domain::{
    CollectionName, CollectionSize, CollectionStats, IndexStats, Organization, OrganizationId,
};
use crate::port::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;

/// Counts and bytes without the marker; two commands in parallel.
pub(super) async fn size(connection: &Connection, organization: &Organization) -> Result<CollectionSize> {
    let name = name_of(organization)?;
    let (shards, marker) = read(connection, organization, |uuid| async move {
        tokio::try_join!(storage(connection, name, uuid), marker(connection, name, uuid))
    })
    .await?;
    check_owner(connection, organization, marker.as_ref()).await?;
    let sum = sum(organization, &shards)?;
    Ok(without(sum.size, marker.as_ref()))
}

/// The size with indexes and disk space. Reads the marker last: if another collection took the name in between, the
/// figures of that collection are not returned.
pub(super) async fn stats(connection: &Connection, organization: &Organization) -> Result<CollectionStats> {
    let name = name_of(organization)?;
    let (shards, indexes, marker) = read(connection, organization, |uuid| async move {
        let (shards, indexes) = tokio::try_join!(storage(connection, name, uuid), indexes(connection, name))?;
        Ok((shards, indexes, marker(connection, name, uuid).await?))
    })
    .await?;
    check_owner(connection, organization, marker.as_ref()).await?;
    let sum = sum(organization, &shards)?;
    let indexes = indexes.iter().filter_map(|index| index_of(index, &sum.index_bytes)).collect();
    Ok(CollectionStats {
        size: without(sum.size, marker.as_ref()),
        disk_bytes: Some(sum.disk_bytes),
        indexes,
    })
}

/// Reads by the UUID of the record where the server checks it. If the collection has another one, as after a restore, it
/// is read by its name, and the marker says whose it is.
async fn read<T, F>(
    connection: &Connection,
    organization: &Organization,
    read: impl Fn(Option<Uuid>) -> F,
) -> Result<T>
where
    F: Future<Output = mongodb::error::Result<T>>,
{
    let own = organization.collection_uuid.filter(|_| connection.checks_uuids());
    let answer = match read(own).await {
        Err(error) if own.is_some() && matches!(code_of(&error), Some(UUID_MISMATCH | UNKNOWN_FIELD)) => {
            read(None).await
        }
        answer => answer,
    };
    answer.map_err(|error| refusal(connection, organization, &error))
}

fn missing(organization: &Organization) -> Error {
    Error::CollectionMissing(organization.collection_name().to_owned())
}

fn name_of(organization: &Organization) -> Result<&str> {
    organization.collection.as_ref().map(CollectionName::as_str).ok_or_else(|| missing(organization))
}

/// A view in place of the collection is as good as none.
fn refusal(connection: &Connection, organization: &Organization, error: &mongodb::error::Error) -> Error {
    match code_of(error) {
        Some(NAMESPACE_NOT_FOUND | VIEW) => missing(organization),
        _ => connection.of_read(error),
    }
}

/// A command that is bound to a collection, if its UUID is given.
fn bound(mut command: Document, uuid: Option<Uuid>) -> Document {
    command.extend(uuid.map(|uuid| ("collectionUUID".to_owned(), binary(uuid))));
    command
}

/// The counters of each shard.
async fn storage(
    connection: &Connection,
    name: &str,
    uuid: Option<Uuid>,
) -> mongodb::error::Result<Vec<Document>> {
    let pipeline = [doc! {"$collStats": {"storageStats": {}}}];
    let command = doc! {"aggregate": name, "pipeline": pipeline.to_vec(), "cursor": {}};
    connection.database.run_cursor_command(bound(command, uuid)).await?.try_collect().await
}

async fn marker(
    connection: &Connection,
    name: &str,
    uuid: Option<Uuid>,
) -> mongodb::error::Result<Option<RawDocumentBuf>> {
    let command = doc! {"find": name, "filter": {"_id": MARKER}, "limit": 1, "singleBatch": true};
    let found = connection.database.run_cursor_command(bound(command, uuid)).await?;
    found.with_type::<RawDocumentBuf>().try_next().await
}

/// As raw documents: options that the driver does not know must not make the list unreadable.
async fn indexes(connection: &Connection, name: &str) -> mongodb::error::Result<Vec<Document>> {
    let command = doc! {"listIndexes": name, "cursor": {}};
    connection.database.run_cursor_command(command).await?.try_collect().await
}

/// Without the marker, it may be a collection that a tenant created under the name of a lost one.
async fn check_owner(
    connection: &Connection,
    organization: &Organization,
    marker: Option<&RawDocumentBuf>,
) -> Result<()> {
    if marker.is_some_and(|marker| names(marker, organization.id)) {
        return Ok(());
    }
    let Some(own) = organization.collection_uuid else { return Ok(()) };
    let there = uuid_at(connection, organization.collection_name()).await;
    let there = there.map_err(|failure| failure.into_error(connection))?;
    if there == Some(own) { Ok(()) } else { Err(missing(organization)) }
}

/// Whether a marker names this organization.
fn names(marker: &RawDocumentBuf, id: OrganizationId) -> bool {
    let id = binary(id.0);
    marker.get("organization_id").ok().flatten().and_then(|named| Bson::try_from(named).ok()) == Some(id)
}

/// The size without the marker.
fn without(size: CollectionSize, marker: Option<&RawDocumentBuf>) -> CollectionSize {
    let marker_bytes = marker.map_or(0, |marker| marker.as_bytes().len() as u64);
    CollectionSize {
        documents: size.documents.saturating_sub(u64::from(marker.is_some())),
        data_bytes: size.data_bytes.saturating_sub(marker_bytes),
    }
}

/// The counters of all shards.
#[derive(Debug, Default)]
struct Sum {
    size: CollectionSize,
    disk_bytes: u64,
    index_bytes: HashMap<String, u64>,
}

fn sum(organization: &Organization, shards: &[Document]) -> Result<Sum> {
    let mut sum = Sum::default();
    for shard in shards {
        let Ok(storage) = shard.get_document("storageStats") else {
            continue;
        };
        let counter = |of: &Document, field: &str| u64::try_from(get_number(of, field)).unwrap_or(0);
        sum.size.documents += counter(storage, "count");
        sum.size.data_bytes += counter(storage, "size");
        sum.disk_bytes += counter(storage, "storageSize");
        for (sizes, name) in storage
            .get_document("indexSizes")
            .into_iter()
            .flat_map(|sizes| sizes.keys().map(move |name| (sizes, name)))
        {
            *sum.index_bytes.entry(name.clone()).or_default() += counter(sizes, name);
        }
    }
    if shards.is_empty() { Err(missing(organization)) } else { Ok(sum) }
}

/// An index as the server lists it. That of `_id` is unique without saying so.
fn index_of(index: &Document, sizes: &HashMap<String, u64>) -> Option<IndexStats> {
    let name = index.get_str("name").ok()?;
    let keys = index.get_document("key").ok()?;
    let order = |order: &Bson| match order.as_str() {
        Some(kind) => Value::from(kind),
        None => number(order),
    };
    Some(IndexStats {
        name: name.to_owned(),
        keys: keys.iter().map(|(field, kind)| (field.clone(), order(kind))).collect(),
        unique: name == "_id_" || index.get_bool("unique").unwrap_or(false),
        bytes: sizes.get(name).copied(),
    })
}

/// A direction. Shells write it as a double.
fn number(order: &Bson) -> Value {
    let whole = order.as_i64().or_else(|| order.as_i32().map(i64::from));
    let whole = whole.or_else(|| order.as_f64().and_then(|order| format!("{order}").parse().ok()));
    whole.map_or_else(|| order.to_string().into(), Value::from)
}
