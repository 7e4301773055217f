//! The documents in an organization's collection.
//!
//! Every command carries the UUID of the collection, so that one that arrives behind a rename reads nothing of another
//! tenant, and never brings an old name back by writing to it. On a server that ignores UUIDs, the marker is looked at
//! right before each command. Strings are compared byte by byte, whatever the collation of the collection, as
//! [`crate::domain::document::order`] does.

mod filter;
mod insert;
mod read;
mod write;

use super::MongoStore;
use super::collections::{Marker, Seen, marker_in, seen_at};
use super::connection::Connection;
use super::failure::{MAX_TIME_EXPIRED, NAMESPACE_NOT_FOUND, UNKNOWN_FIELD, UUID_MISMATCH, VIEW, code_of};
use super::server::Probe;
use crate::domain::document::{Builder, OwnedValue, Query, RawDocumentBuf, Value};
use crate::domain::{AuditEntry, CollectionName, Organization};
use crate::port::{DocumentQuery, DocumentWrite, Documents, Error, Page, Result};
use async_trait::async_trait;
use mongodb::error::Error as DriverError;
use std::time::Duration;
use uuid::Uuid;

#[async_trait]
impl Documents for MongoStore {
    async fn documents(
        &self,
        organization: &Organization,
        query: &DocumentQuery,
    ) -> Result<Page<RawDocumentBuf, OwnedValue>> {
        read::page(self.connection().await?, organization, query).await
    }

    async fn document(&self, organization: &Organization, id: &OwnedValue) -> Result<Option<RawDocumentBuf>> {
        read::one(self.connection().await?, organization, id).await
    }

    async fn count_documents(
        &self,
        organization: &Organization,
        filter: &Query,
        time: Duration,
    ) -> Result<u64> {
        let connection = self.connection().await?;
        if filter.is_all() {
            return Ok(super::stats::size(connection, organization).await?.documents);
        }
        read::count(connection, organization, filter, time).await
    }

    async fn insert_documents(
        &self,
        organization: &Organization,
        documents: &[RawDocumentBuf],
        audit: AuditEntry,
    ) -> Result<Vec<Result<()>>> {
        insert::insert(self.writable_as(&audit).await?, organization, documents, &audit).await
    }

    async fn write_document(
        &self,
        organization: &Organization,
        write: &DocumentWrite,
        audit: AuditEntry,
    ) -> Result<()> {
        let connection = self.writable_as(&audit).await?;
        Box::pin(write::write(connection, organization, write, &audit)).await
    }
}

/// The collection of an organization, as commands name it.
#[derive(Debug, Clone, Copy)]
struct Bound<'a> {
    name: &'a str,
    /// Sent with each command; `None` if the server does not check it and the marker was found instead.
    uuid: Option<Uuid>,
}

/// A command, of which the collection is known.
struct Command(Builder);

impl Command {
    fn of(verb: &str, bound: Bound<'_>) -> Self {
        let mut command = Builder::default();
        command.put(verb.as_bytes(), &Value::String(bound.name.as_bytes()));
        if let Some(uuid) = bound.uuid {
            command.put(b"collectionUUID", &Value::Binary { subtype: 4, bytes: uuid.as_bytes() });
        }
        Self(command)
    }

    /// Text is compared byte by byte.
    fn put_collation(&mut self) {
        self.0.begin_document(b"collation");
        self.0.put(b"locale", &Value::String(b"simple"));
        self.0.end();
    }

    fn put_time(&mut self, time: Duration) {
        // Zero would be no limit.
        let limit =
            i64::try_from(time.as_millis()).unwrap_or(i64::from(i32::MAX)).clamp(1, i64::from(i32::MAX));
        self.0.put(b"maxTimeMS", &Value::Int64(limit));
    }

    fn put_durable(&mut self) {
        self.0.begin_document(b"writeConcern");
        self.0.put(b"w", &Value::String(b"majority"));
        self.0.put(b"j", &Value::Boolean(true));
        self.0.end();
    }

    fn finish(self) -> RawDocumentBuf {
        // The builder writes the length.
        RawDocumentBuf::from_bytes(self.0.finish()).unwrap_or_default()
    }
}

fn missing(organization: &Organization) -> Error {
    Error::CollectionMissing(organization.collection_name().to_owned())
}

/// What a refused read or write means for an organization's collection; a view in its place is as good as none.
fn refusal(
    connection: &Connection,
    organization: &Organization,
    time: Duration,
    error: &DriverError,
) -> Error {
    match code_of(error) {
        Some(NAMESPACE_NOT_FOUND | UUID_MISMATCH | VIEW) => missing(organization),
        Some(MAX_TIME_EXPIRED) => Error::QueryTimedOut(time),
        _ => connection.of_read(error),
    }
}

/// Binds commands to the collection of an organization.
async fn bind<'a>(connection: &Connection, organization: &'a Organization) -> Result<Bound<'a>> {
    let name = organization.collection.as_ref().map(CollectionName::as_str);
    let name = name.ok_or_else(|| missing(organization))?;
    if organization.collection_uuid.is_some() && connection.probe().await? == Probe::Checks {
        return Ok(Bound { name, uuid: organization.collection_uuid });
    }
    by_marker(connection, organization, name).await
}

/// Without UUIDs: the collection is the organization's if it has the UUID of the record now, or its marker.
async fn by_marker<'a>(
    connection: &Connection,
    organization: &'a Organization,
    name: &'a str,
) -> Result<Bound<'a>> {
    let looks = async {
        let Seen::Collection(there) = seen_at(connection, name).await? else { return Ok(false) };
        match marker_in(connection, name, there, organization.id).await? {
            Marker::Ours => Ok(true),
            Marker::Missing => Ok(organization.collection_uuid == Some(there)),
            Marker::Others | Marker::NotThere => Ok(false),
        }
    };
    let is_own = looks.await.map_err(|failure: super::failure::Failure| failure.into_error(connection))?;
    if is_own { Ok(Bound { name, uuid: None }) } else { Err(missing(organization)) }
}

/// Sends a command; without the UUID, behind a look at the marker, to a server that does not know the field.
async fn send<'a, T, F>(
    connection: &Connection,
    organization: &'a Organization,
    sent: impl Fn(Bound<'a>) -> F,
) -> Result<Result<T, DriverError>>
where
    F: Future<Output = Result<T, DriverError>>,
{
    let bound = bind(connection, organization).await?;
    match sent(bound).await {
        Err(error) if code_of(&error) == Some(UNKNOWN_FIELD) && bound.uuid.is_some() => {
            Ok(sent(by_marker(connection, organization, bound.name).await?).await)
        }
        answer => Ok(answer),
    }
}
