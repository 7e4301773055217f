//! Create, update and delete: the steps of the tables in the module head above, and nothing that is not in them.
//!
//! Owns the order of commands, the fence and the leases. Must not send anything after a step without a clear answer,
//! but for a rename or a drop: then it goes on as whoever takes the operation over.

mod apply;
mod create;
mod delete;
mod lease;
mod mend;
mod recover;
mod reserve;
mod undo;
mod update;

pub(super) use create::create;
pub(super) use delete::delete;
pub(super) use mend::{Moved, correct_email, drop_aside, empty_aside, mend};
pub(super) use recover::{end_now, recover_all, recover_if_over};
pub(super) use reserve::reserve;
pub(super) use update::update;

use super::connection::Connection;
use super::failure::{Failure, UNKNOWN_FIELD, both, code_of, judge, judge_catalogue, of_read};
use super::page;
use super::record::{MARKER, binary, date, get_number, get_time, get_uuid, organization, ours};
use crate::domain::{OrganizationId, State};
use crate::service::{Error, OperationId};
use jiff::{SignedDuration, Timestamp};
use lease::Lease;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Error as DriverError;
use mongodb::options::ReturnDocument;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// One operation on one organization, as its executor knows it.
#[derive(Debug)]
struct Run<'a> {
    connection: &'a Connection,
    id: OrganizationId,
    operation: OperationId,
    /// What the last write gave back; the next one filters on it.
    epoch: i64,
    lease: Lease,
    /// What the last write gave back of late renames.
    lateness: Lateness,
}

/// Whether a rename of an earlier executor may still be on its way, by the server's clock.
#[derive(Debug, Clone, Copy, Default)]
struct Lateness {
    is_unclean: bool,
    touched_at: Timestamp,
    hold_until: Timestamp,
}

/// No rename starts on the server more than this after its sender lost the lease.
const LATEST: SignedDuration = SignedDuration::from_hours(1);

impl Lateness {
    fn read(record: &Document) -> Self {
        let is_unclean = record.get_document("op").is_ok_and(|op| op.get_bool("unclean").unwrap_or(false));
        Self {
            is_unclean,
            touched_at: get_time(record, "touched_at"),
            hold_until: get_time(record, "hold_until"),
        }
    }

    /// Until when a name that is given up is held.
    fn hold(&self) -> Option<Timestamp> {
        let is_late = self.is_unclean || self.hold_until > self.touched_at;
        is_late.then(|| self.touched_at.saturating_add(LATEST).unwrap_or(Timestamp::MAX))
    }
}

impl<'a> Run<'a> {
    fn new(
        connection: &'a Connection,
        lease: Duration,
        id: OrganizationId,
        operation: OperationId,
        epoch: i64,
    ) -> Self {
        let lease = Lease::begin(lease);
        Self { connection, id, operation, epoch, lease, lateness: Lateness::default() }
    }

    /// A write to the organization: only on the epoch that the last one gave back, which it raises.
    async fn cas(&mut self, more: Document, set: Document, unset: &[&str]) -> Result<Document, Failure> {
        let mut filter = doc! {"_id": binary(self.id.0), "epoch": self.epoch};
        filter.extend(more);
        let mut update = doc! {"$inc": {"epoch": 1_i64}, "$currentDate": {"touched_at": true}};
        if !set.is_empty() {
            update.insert("$set", set);
        }
        if !unset.is_empty() {
            let fields: Document = unset.iter().map(|field| ((*field).to_owned(), Bson::from(""))).collect();
            update.insert("$unset", fields);
        }
        // The server's clock starts later than this one, so the lease is never thought longer than it is.
        let started = Instant::now();
        let after = self
            .connection
            .organizations()
            .find_one_and_update(filter, update)
            .return_document(ReturnDocument::After)
            .await
            .map_err(judge)?
            .ok_or(Failure::Lost)?;
        self.lease.renewed(started);
        self.epoch = get_number(&after, "epoch");
        self.lateness = Lateness::read(&after);
        Ok(after)
    }

    /// Puts the operation into another phase.
    async fn enter(&mut self, phase: super::operation::Phase, mut set: Document) -> Result<(), Failure> {
        set.insert("op.phase", phase.as_str());
        self.cas(doc! {}, set, &[]).await.map(drop)
    }

    /// The UUID of the collection with exactly this name.
    async fn uuid_at(&self, name: &str) -> Result<Option<Uuid>, Failure> {
        page::uuid_at(self.connection, name).await
    }

    /// The UUID of the collection under a name of the organization; none also when the marker in it names another one: a
    /// record that was copied by hand leads to a collection that is not its own.
    async fn own_at(&self, name: &str) -> Result<Option<Uuid>, Failure> {
        let documents = self.connection.database.collection::<Document>(name);
        let marker = async { documents.find_one(doc! {"_id": MARKER}).await.map_err(judge) };
        let (uuid, marker) = tokio::join!(self.uuid_at(name), marker);
        let (uuid, marker) = both(uuid, marker)?;
        let named = marker.and_then(|marker| get_uuid(&marker, "organization_id"));
        Ok(uuid.filter(|_| named.is_none_or(|named| named == self.id.0)))
    }

    /// Moves the collection with this UUID to a name that nothing has.
    async fn rename(&mut self, from: &str, to: &str, uuid: Uuid) -> Result<(), Failure> {
        let name = self.connection.database.name();
        let command = doc! {
            "renameCollection": format!("{name}.{from}"),
            "to": format!("{name}.{to}"),
            "dropTarget": false,
        };
        let database = self.connection.client.database("admin");
        self.catalogue(&database, command, uuid).await
    }

    /// Drops the collection with this UUID; only ever under a name that belongs to one organization for ever.
    async fn drop_collection(&mut self, name: &str, uuid: Uuid) -> Result<(), Failure> {
        let database = self.connection.database.clone();
        self.catalogue(&database, doc! {"drop": name}, uuid).await
    }

    /// Sends a rename or a drop: bound to the UUID and to the lease.
    async fn catalogue(&mut self, database: &Database, command: Document, uuid: Uuid) -> Result<(), Failure> {
        let mut bound = doc! {"collectionUUID": binary(uuid)};
        loop {
            let limit = self.time_limit().await?;
            let mut command = command.clone();
            command.extend(bound.clone());
            command.extend(doc! {"writeConcern": {"w": "majority", "j": true}, "maxTimeMS": limit});
            match database.run_command(command).await {
                // A server that does not know the field has done nothing.
                Err(error) if !bound.is_empty() && code_of(&error) == Some(UNKNOWN_FIELD) => bound.clear(),
                Err(error) => return Err(judge_catalogue(error)),
                Ok(reply) if reply.contains_key("writeConcernError") => {
                    return Err(Failure::Unclear(DriverError::custom("the write concern was not satisfied")));
                }
                Ok(_) => return Ok(()),
            }
        }
    }

    /// How long the next rename or drop may take on the server, in milliseconds; renews the lease when less than a
    /// third of it is left.
    async fn time_limit(&mut self) -> Result<i64, Failure> {
        if let Some(limit) = self.lease.time_limit() {
            return Ok(limit);
        }
        self.cas(doc! {}, doc! {}, &[]).await?;
        // A renewal that took most of a lease itself leaves no time for a rename.
        self.lease.time_limit().ok_or_else(|| Failure::Unknown(DriverError::custom("the lease ran out")))
    }

    /// The end of an update, whichever way it went: the record is active again, and remembers late renames.
    async fn settle(&mut self, mut set: Document) -> Result<Document, Failure> {
        set.insert("state", State::Active.as_str());
        if self.lateness.is_unclean
            && let Some(until) = self.lateness.hold()
        {
            set.insert("hold_until", date(until));
        }
        self.cas(doc! {}, set, &["op"]).await
    }

    /// The answer when the server failed and nothing is left of the operation.
    fn taken_back(&self) -> Error {
        Error::Unavailable { place: self.connection.place.host.clone(), operation: None }
    }

    /// The answer when this operation is under way all the same.
    fn may_be_done(&self) -> Error {
        Error::Unavailable { place: self.connection.place.host.clone(), operation: Some(self.operation) }
    }

    /// Why the first write of an operation found nothing to change.
    async fn why_not(&self) -> Error {
        let this = doc! {"_id": binary(self.id.0), "schema": ours()};
        let record = match self.connection.organizations().find_one(this).await {
            Ok(Some(record)) => record,
            Ok(None) => return Error::NotFound,
            Err(error) => return of_read(&self.connection.place, &error),
        };
        // The driver sent it twice, to a server that forgot in between that it had done it.
        if record.get_document("op").is_ok_and(|op| get_uuid(op, "id") == Some(self.operation.0)) {
            return self.may_be_done();
        }
        match organization(&record, self.connection.database.name()) {
            Some(found) if found.state != State::Active => Error::Busy(found.state),
            Some(_) | None => Error::Changed,
        }
    }

    /// Where a new collection is filled before it is placed.
    fn new_collection(&self) -> String {
        new_collection_of(self.id)
    }

    /// The last name of a collection: of one organization and one attempt, for ever.
    fn last_name(&self, attempt: i64) -> String {
        format!("tenantry_del_{}_{attempt}", self.id)
    }

    /// The document by which a restored copy of the collection is known again.
    fn marker(&self) -> Document {
        doc! {"_id": MARKER, "organization_id": binary(self.id.0)}
    }
}

/// Where a new collection of an organization is filled before it is placed.
pub(super) fn new_collection_of(id: OrganizationId) -> String {
    format!("tenantry_new_{id}")
}
