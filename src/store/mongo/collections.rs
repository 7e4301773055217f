//! The collections of the database: reads the catalogue and the markers. Writes nothing.
//!
//! The catalogue is read as raw documents, and only name, type and UUID of each entry: options that the driver does
//! not know must not make a whole list unreadable.

use super::connection::{Connection, is_control};
use super::failure::{Failure, NAMESPACE_NOT_FOUND, UNKNOWN_FIELD, UUID_MISMATCH, code_of, judge};
use super::record::{MARKER, binary, get_uuid, uuid_of};
use crate::domain::OrganizationId;
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// One entry of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    /// `None` for a view or a time series: never tenantry's, and nothing can be renamed to its name.
    pub(super) uuid: Option<Uuid>,
}

/// What has a name in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Nothing,
    Collection(Uuid),
    /// A view or a time series.
    Other,
}

/// The marker in a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// It names this organization.
    Ours,
    /// It names another organization, or nothing.
    Others,
    /// There is no marker.
    Missing,
    /// The collection is gone, or another one has its name.
    NotThere,
}

/// Lists collections; all of them without a filter.
pub(super) async fn list(connection: &Connection, filter: Document) -> Result<Cursor<Document>, Failure> {
    let command = doc! {"listCollections": 1, "filter": filter, "cursor": {}};
    connection.database.run_cursor_command(command).await.map_err(judge)
}

/// Parses an entry of the catalogue.
pub(super) fn listed(entry: &Document) -> Option<Listed> {
    let name = entry.get_str("name").ok()?.to_owned();
    let is_collection = entry.get_str("type").is_ok_and(|kind| kind == "collection");
    let uuid = entry.get_document("info").ok().and_then(|info| info.get("uuid").and_then(uuid_of));
    Some(Listed { name, uuid: uuid.filter(|_| is_collection) })
}

async fn list_some(connection: &Connection, filter: Document) -> Result<Vec<Listed>, Failure> {
    let entries: Vec<Document> = list(connection, filter).await?.try_collect().await.map_err(judge)?;
    Ok(entries.iter().filter_map(listed).collect())
}

/// The object with exactly this name.
pub(super) async fn seen_at(connection: &Connection, name: &str) -> Result<Seen, Failure> {
    let found = list_some(connection, doc! {"name": name}).await?;
    Ok(match found.into_iter().find(|found| found.name == name) {
        None => Seen::Nothing,
        Some(Listed { uuid: Some(uuid), .. }) => Seen::Collection(uuid),
        Some(Listed { uuid: None, .. }) => Seen::Other,
    })
}

/// The UUID of the collection with exactly this name.
pub(super) async fn uuid_at(connection: &Connection, name: &str) -> Result<Option<Uuid>, Failure> {
    Ok(match seen_at(connection, name).await? {
        Seen::Collection(uuid) => Some(uuid),
        Seen::Nothing | Seen::Other => None,
    })
}

/// The name of the collection with this UUID. Never returns a control collection, whatever a record says.
pub(super) async fn name_of(connection: &Connection, uuid: Uuid) -> Result<Option<String>, Failure> {
    let found = list_some(connection, doc! {"info.uuid": binary(uuid)}).await?;
    let it = found.into_iter().find(|found| found.uuid == Some(uuid) && !is_control(&found.name));
    Ok(it.map(|found| found.name))
}

/// Reads the marker of a listed collection: by its UUID where the server checks UUIDs, so that it never reads another
/// collection or a view.
pub(super) async fn marker_in(
    connection: &Connection,
    name: &str,
    uuid: Uuid,
    id: OrganizationId,
) -> Result<Marker, Failure> {
    let bare = doc! {"find": name, "filter": {"_id": MARKER}, "limit": 1, "singleBatch": true};
    let mut command = bare.clone();
    if connection.checks_uuids() {
        command.insert("collectionUUID", binary(uuid));
    }
    let found = match connection.database.run_cursor_command(command).await {
        Err(error) if code_of(&error) == Some(UNKNOWN_FIELD) => {
            connection.database.run_cursor_command(bare).await
        }
        found => found,
    };
    let found: Result<Vec<Document>, _> = match found {
        Ok(cursor) => cursor.try_collect().await,
        Err(error) => Err(error),
    };
    Ok(match found {
        Err(error) if matches!(code_of(&error), Some(UUID_MISMATCH | NAMESPACE_NOT_FOUND)) => {
            Marker::NotThere
        }
        Err(error) => return Err(judge(error)),
        Ok(documents) => match documents.first() {
            None => Marker::Missing,
            Some(marker) if get_uuid(marker, "organization_id") == Some(id.0) => Marker::Ours,
            Some(_) => Marker::Others,
        },
    })
}

/// The place of an organization's collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// At this name, with this UUID: that of the record, or another one with the organization's marker.
    At(String, Uuid),
    /// It does not exist.
    Gone,
}

impl Place {
    pub(super) fn is_at(&self, name: &str) -> bool {
        matches!(self, Self::At(here, _) if here == name)
    }
}

/// Finds the collection of an organization: by the UUID in its record; if no collection has that, under the
/// organization's names, by its marker and a UUID that no other record has (after a move or a restore).
pub(super) async fn find(
    connection: &Connection,
    id: OrganizationId,
    uuid: Option<Uuid>,
    held: &[&str],
) -> Result<Place, Failure> {
    if let Some(uuid) = uuid
        && let Some(name) = name_of(connection, uuid).await?
    {
        return Ok(Place::At(name, uuid));
    }
    for name in held {
        if is_control(name) {
            continue;
        }
        let Seen::Collection(other) = seen_at(connection, name).await? else { continue };
        if marker_in(connection, name, other, id).await? == Marker::Ours
            && !is_of_another(connection, id, other).await?
        {
            return Ok(Place::At((*name).to_owned(), other));
        }
    }
    Ok(Place::Gone)
}

/// Whether the record of another organization has this UUID.
pub(super) async fn is_of_another(
    connection: &Connection,
    id: OrganizationId,
    uuid: Uuid,
) -> Result<bool, Failure> {
    let other = doc! {"collection_uuid": binary(uuid), "_id": {"$ne": binary(id.0)}};
    Ok(connection.organizations().find_one(other).await.map_err(judge)?.is_some())
}
