//! The size of an organization's collection, from the server's own counters.

use super::collections::uuid_at;
use super::connection::Connection;
use super::failure::{NAMESPACE_NOT_FOUND, code_of};
use super::record::{MARKER, binary, get_number};
use crate::domain::{CollectionStats, Organization, OrganizationId};
use crate::port::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

/// Counts and sizes without the marker; two commands in parallel.
pub(super) async fn stats(connection: &Connection, organization: &Organization) -> Result<CollectionStats> {
    let missing = || Error::CollectionMissing(organization.collection_name().to_owned());
    let Some(name) = &organization.collection else {
        return Err(missing());
    };
    let documents = connection.database.collection::<RawDocumentBuf>(name.as_str());
    let read = async {
        let statistics = async {
            let shards = documents.aggregate([doc! {"$collStats": {"storageStats": {}}}]).await?;
            shards.try_collect::<Vec<Document>>().await
        };
        let marker = async { documents.find_one(doc! {"_id": MARKER}).await };
        tokio::try_join!(statistics, marker)
    };
    let (statistics, marker) = match read.await {
        Ok(read) => read,
        Err(error) if code_of(&error) == Some(NAMESPACE_NOT_FOUND) => return Err(missing()),
        Err(error) => return Err(connection.of_read(&error)),
    };
    if statistics.is_empty() {
        return Err(missing());
    }
    // Without the marker, it may be a collection that a tenant created under the name of a lost one.
    let is_marked = marker.as_ref().is_some_and(|marker| names(marker, organization.id));
    if !is_marked && let Some(own) = organization.collection_uuid {
        let there =
            uuid_at(connection, name.as_str()).await.map_err(|failure| failure.into_error(connection))?;
        if there != Some(own) {
            return Err(missing());
        }
    }
    let marker_bytes = marker.as_ref().map_or(0, |marker| marker.as_bytes().len() as u64);
    Ok(sum(&statistics, u64::from(marker.is_some()), marker_bytes))
}

/// Whether a marker names this organization.
fn names(marker: &RawDocumentBuf, id: OrganizationId) -> bool {
    let id = binary(id.0);
    marker.get("organization_id").ok().flatten().and_then(|named| Bson::try_from(named).ok()) == Some(id)
}

/// Adds up the shards of the collection.
fn sum(statistics: &[Document], markers: u64, marker_bytes: u64) -> CollectionStats {
    let mut stats =
        CollectionStats { disk_bytes: Some(0), index_bytes: Some(0), ..CollectionStats::default() };
    for shard in statistics {
        let Ok(storage) = shard.get_document("storageStats") else {
            continue;
        };
        let number = |field: &str| u64::try_from(get_number(storage, field)).unwrap_or(0);
        stats.documents += number("count");
        stats.data_bytes += number("size");
        stats.disk_bytes = stats.disk_bytes.map(|bytes| bytes + number("storageSize"));
        stats.index_bytes = stats.index_bytes.map(|bytes| bytes + number("totalIndexSize"));
        for index in storage.get_document("indexSizes").into_iter().flat_map(Document::keys) {
            if !stats.indexes.contains(index) {
                stats.indexes.push(index.clone());
            }
        }
    }
    stats.documents = stats.documents.saturating_sub(markers);
    stats.data_bytes = stats.data_bytes.saturating_sub(marker_bytes);
    stats
}
