//! The documents in an organization's collection.
//!
//! Every command carries the UUID of the collection, so that one that arrives behind a rename reads nothing of another
//! tenant, and never brings an old name back by writing to it. On a server that ignores UUIDs, the store checks
//! the catalogue right before each command and still sends the UUID. If a server refuses the field, it leaves it out.
//! Strings are compared byte by byte, whatever the collation of the collection, as [`crate::domain::document::order`]
//! does.

mod filter;
mod insert;
mod read;
mod write;

use super::MongoStore;
use super::collections::{Marker, Seen, marker_in, seen_at};
use super::connection::Connection;
use super::failure::{
    BAD_VALUE, FAILED_TO_PARSE, Failure, MAX_TIME_EXPIRED, NAMESPACE_NOT_FOUND, UNKNOWN_FIELD, UUID_MISMATCH,
    VIEW, code_of, judge,
};
use super::server::Probe;
use crate::domain::document::{Builder, OwnedValue, Query, RawDocumentBuf, Value};
use crate::domain::{AuditEntry, CollectionName, Organization};
use crate::port::{DocumentQuery, DocumentWrite, Documents, Error, Page, Result};
use async_trait::async_trait;
use mongodb::bson::Document;
use mongodb::error::Error as DriverError;
use std::sync::atomic::Ordering;
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
    /// Sent with each command; `None` to a server that does not know the field.
    uuid: Option<Uuid>,
    /// Whether also with a find. Some servers know it in writes only.
    is_known_in_find: bool,
}

impl Bound<'_> {
    /// The same with less that a server may not know; `None` if nothing is left.
    fn less(self) -> Option<Self> {
        match self {
            Self { uuid: None, .. } => None,
            Self { is_known_in_find: true, .. } => Some(Self { is_known_in_find: false, ..self }),
            Self { .. } => Some(Self { uuid: None, ..self }),
        }
    }
}

/// Why a command did nothing, or may not have.
enum Stop {
    /// A rule of tenantry, or a look at the catalogue that failed.
    Rule(Error),
    /// The name has another collection, or none. Certain: nothing was done.
    Elsewhere,
    Driver(DriverError),
}

impl From<DriverError> for Stop {
    fn from(error: DriverError) -> Self {
        if code_of(&error).is_some_and(is_elsewhere) { Self::Elsewhere } else { Self::Driver(error) }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

impl Stop {
    /// What it means for a read.
    fn of_read(self, connection: &Connection, organization: &Organization, time: Duration) -> Error {
        match self {
            Self::Rule(error) => error,
            Self::Elsewhere => missing(organization),
            Self::Driver(error) if code_of(&error) == Some(MAX_TIME_EXPIRED) => Error::QueryTimedOut(time),
            Self::Driver(error) => connection.of_read(&error),
        }
    }

    /// What it means for a write.
    fn of_write(self, connection: &Connection, organization: &Organization) -> Error {
        match self {
            Self::Rule(error) => error,
            Self::Elsewhere => missing(organization),
            Self::Driver(error) => judge(error).into_error(connection),
        }
    }
}

/// Whether a code says that the collection is not at its name. A view in its place is as good as none.
fn is_elsewhere(code: i32) -> bool {
    matches!(code, NAMESPACE_NOT_FOUND | UUID_MISMATCH | VIEW)
}

/// Whether one of the errors in the reply to a write says so.
fn says_elsewhere(reply: &Document) -> bool {
    let mut errors = reply.get_array("writeErrors").into_iter().flatten().filter_map(|it| it.as_document());
    errors.any(|error| error.get_i32("code").is_ok_and(is_elsewhere))
}

/// A command, of which the collection is known.
struct Command(Builder);

impl Command {
    fn of(verb: &str, bound: Bound<'_>) -> Self {
        let mut command = Builder::default();
        command.put(verb.as_bytes(), &Value::String(bound.name.as_bytes()));
        let is_known = bound.is_known_in_find || verb != "find";
        if let Some(uuid) = bound.uuid.filter(|_| is_known) {
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

/// Binds commands to the collection of an organization.
async fn bind<'a>(connection: &Connection, organization: &'a Organization) -> Result<Bound<'a>> {
    let name = organization.collection.as_ref().map(CollectionName::as_str);
    let name = name.ok_or_else(|| missing(organization))?;
    if organization.collection_uuid.is_some() && connection.probe().await? == Probe::Checks {
        return Ok(Bound { name, uuid: organization.collection_uuid, is_known_in_find: true });
    }
    look(connection, organization, name).await.map_err(|failure| failure.into_error(connection))?
}

/// Binds commands to what has the name now, if that is the organization's own: it has the UUID of the record or, where
/// the record has none, the marker.
async fn look<'a>(
    connection: &Connection,
    organization: &'a Organization,
    name: &'a str,
) -> Result<Result<Bound<'a>>, Failure> {
    let Seen::Collection(there) = seen_at(connection, name).await? else {
        return Ok(Err(missing(organization)));
    };
    let is_own = match organization.collection_uuid {
        Some(own) => own == there,
        None => marker_in(connection, name, there, organization.id).await? == Marker::Ours,
    };
    let is_known_in_find = !connection.refuses_uuid_in_find.load(Ordering::Relaxed);
    let bound = Bound { name, uuid: Some(there), is_known_in_find };
    Ok(if is_own { Ok(bound) } else { Err(missing(organization)) })
}

/// Sends a command; without the UUID, behind another look, to a server that does not know the field.
async fn send<'a, T, F>(
    connection: &Connection,
    organization: &'a Organization,
    sent: impl Fn(Bound<'a>) -> F,
) -> Result<T, Stop>
where
    F: Future<Output = Result<T, Stop>>,
{
    let mut bound = bind(connection, organization).await?;
    loop {
        let refused = match sent(bound).await {
            Err(Stop::Driver(error)) if may_refuse_uuid(connection, &error) => error,
            Ok(answer) => {
                // Where UUIDs are checked, a find without one would read what a rename left there.
                if !bound.is_known_in_find && !connection.checks_uuids() {
                    connection.refuses_uuid_in_find.store(true, Ordering::Relaxed);
                }
                return Ok(answer);
            }
            refused => return refused,
        };
        let Some(less) = bound.less() else { return Err(Stop::Driver(refused)) };
        let looked = look(connection, organization, bound.name).await;
        looked.map_err(|failure| failure.into_error(connection))??;
        bound = less;
    }
}

/// Whether a server may have refused a command for its UUID. Those that do not check UUIDs say so in several ways.
fn may_refuse_uuid(connection: &Connection, error: &DriverError) -> bool {
    match code_of(error) {
        Some(UNKNOWN_FIELD) => true,
        Some(BAD_VALUE | FAILED_TO_PARSE) => !connection.checks_uuids(),
        _ => false,
    }
}
