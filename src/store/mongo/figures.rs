//! What the collection of an organization holds, from the server's own counters.

use super::connection::Connection;
use super::failure::{NAMESPACE_NOT_FOUND, code_of, of_read};
use super::record::{MARKER, get_number};
use crate::domain::{Figures, Organization};
use crate::service::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};

/// Counts and sizes, the marker left out; side by side two commands.
pub(super) async fn figures(connection: &Connection, organization: &Organization) -> Result<Figures> {
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
        Err(error) => return Err(of_read(&connection.place, &error)),
    };
    if statistics.is_empty() {
        return Err(missing());
    }
    let marker_bytes = marker.as_ref().map_or(0, |marker| marker.as_bytes().len() as u64);
    Ok(sum(&statistics, u64::from(marker.is_some()), marker_bytes))
}

/// Adds up the shards that the collection lies on.
fn sum(statistics: &[Document], markers: u64, marker_bytes: u64) -> Figures {
    let mut figures = Figures { disk_bytes: Some(0), index_bytes: Some(0), ..Figures::default() };
    for shard in statistics {
        let Ok(storage) = shard.get_document("storageStats") else {
            continue;
        };
        let number = |field: &str| u64::try_from(get_number(storage, field)).unwrap_or(0);
        figures.documents += number("count");
        figures.data_bytes += number("size");
        figures.disk_bytes = figures.disk_bytes.map(|bytes| bytes + number("storageSize"));
        figures.index_bytes = figures.index_bytes.map(|bytes| bytes + number("totalIndexSize"));
        for index in storage.get_document("indexSizes").into_iter().flat_map(Document::keys) {
            if !figures.indexes.contains(index) {
                figures.indexes.push(index.clone());
            }
        }
    }
    figures.documents = figures.documents.saturating_sub(markers);
    figures.data_bytes = figures.data_bytes.saturating_sub(marker_bytes);
    figures
}
