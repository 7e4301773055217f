//! Options and indexes of a collection, byte by byte as the server lists them.

use super::MongoStore;
use super::collections::uuid_at;
use super::connection::Connection;
use super::failure::{NAMESPACE_NOT_FOUND, VIEW, code_of};
use super::protocol::{Imported, create};
use super::record::uuid_of;
use crate::domain::document::raw::field;
use crate::domain::document::{RawDocumentBuf, Value};
use crate::domain::{AuditEntry, CollectionMetadata, CollectionName, Organization};
use crate::port::{Archives, DocumentBatches, Error, NewOrganization, Result};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::{Bson, RawDocument, rawdoc};
use mongodb::error::Error as DriverError;
use uuid::Uuid;

#[async_trait]
impl Archives for MongoStore {
    async fn collection_metadata(&self, organization: &Organization) -> Result<CollectionMetadata> {
        let connection = self.connection().await?;
        let missing = || Error::CollectionMissing(organization.collection_name().to_owned());
        let name = organization.collection.as_ref().map(CollectionName::as_str).ok_or_else(missing)?;
        let refused = |error: DriverError| match code_of(&error) {
            Some(NAMESPACE_NOT_FOUND | VIEW) => missing(),
            _ => connection.of_read(&error),
        };
        let entries =
            listed(connection, rawdoc! {"listCollections": 1, "filter": {"name": name}, "cursor": {}});
        let entry = entries.await.map_err(refused)?.into_iter().next().ok_or_else(missing)?;
        let (options, uuid) = options_of(&entry)?;
        let own = organization.collection_uuid;
        if own.is_some() && uuid != own {
            return Err(missing());
        }
        let indexes = listed(connection, rawdoc! {"listIndexes": name, "cursor": {}});
        let indexes = indexes.await.map_err(refused)?;
        // That command takes no UUID: if another collection came to this name meanwhile, they are its indexes.
        let after = uuid_at(connection, name).await.map_err(|failure| failure.into_error(connection))?;
        if after.is_none() || after != uuid {
            return Err(missing());
        }
        Ok(CollectionMetadata { options, indexes, uuid })
    }

    async fn import_organization(
        &self,
        new: &NewOrganization,
        metadata: &CollectionMetadata,
        documents: &mut dyn DocumentBatches,
        audit: AuditEntry,
    ) -> Result<Organization> {
        let connection = self.writable_as(&audit).await?;
        let imported = Imported { metadata, batches: documents };
        Box::pin(create(connection, new, Some(imported), &audit)).await
    }
}

async fn listed(
    connection: &Connection,
    command: RawDocumentBuf,
) -> Result<Vec<RawDocumentBuf>, DriverError> {
    let cursor: Cursor<RawDocumentBuf> =
        connection.database.run_raw_cursor_command(command).await?.with_type();
    cursor.try_collect().await
}

/// The options and the UUID in an entry of the catalogue.
fn options_of(entry: &RawDocument) -> Result<(RawDocumentBuf, Option<Uuid>)> {
    let refused = |what: &str| {
        Error::NotExportable(format!(
            "The collection is {what}, which an import could not bring back as it is."
        ))
    };
    match field(entry.as_bytes(), b"type") {
        Some(Value::String(b"view")) => return Err(refused("a view")),
        Some(Value::String(b"timeseries")) => return Err(refused("a time series")),
        _ => {}
    }
    let options = match field(entry.as_bytes(), b"options") {
        Some(Value::Document(options)) => {
            RawDocumentBuf::from_bytes(options.to_vec()).map_err(|error| Error::internal(&error))?
        }
        _ => RawDocumentBuf::new(),
    };
    if field(options.as_bytes(), b"clusteredIndex").is_some() {
        return Err(refused("clustered"));
    }
    let uuid = entry.get_document("info").ok().and_then(|info| info.get("uuid").ok().flatten());
    let uuid = uuid.and_then(|uuid| Bson::try_from(uuid).ok()).and_then(|uuid| uuid_of(&uuid));
    Ok((options, uuid))
}
