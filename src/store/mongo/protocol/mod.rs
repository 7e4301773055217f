//! The protocol that keeps records and collections consistent. Every operation moves a collection between two names,
//! through the same phases for the process that began it and for one that recovers it.
//!
//! # Why a protocol
//!
//! `drop` and `renameCollection` are refused inside transactions; a standalone server has no transactions at all;
//! `create` of an existing collection succeeds, so it excludes no other process; and an insert into a missing
//! collection creates it, whenever a tenant's own application likes. What helps: `renameCollection` without
//! `dropTarget` is atomic and fails when the target exists; and `renameCollection`, `drop` and `insert` with
//! `collectionUUID` are refused (361) unless exactly that collection has that name, so that a late command cannot
//! affect another one.
//!
//! So a collection is built aside and moved in, moved aside when its organization is deleted, and dropped by its UUID:
//! `tenantry_new_<id>`, `tenantry_trash_<id>_<epoch of the delete>`, and on a server that ignores UUIDs
//! `tenantry_purge_<id>_<epoch>`.
//!
//! # The fence
//!
//! Every write to an organization filters on the epoch that the writer's last write returned, and raises it (CAS
//! below). Without a match, another process has the operation, and the writer sends nothing more. Only the `_id` of a
//! reservation makes a name unique.
//!
//! # Look, CAS, act
//!
//! A read of the catalogue may be stale or rolled back. An operation's first rename comes right after a CAS and is
//! sent without a look. Otherwise: find the collection, then CAS, then either rename it from where it was seen or, if
//! it is at its target or gone, find it again and continue only if the result is the same.
//!
//! # The steps (‖: in parallel)
//!
//! | create | command | found in this phase, it is |
//! |---|---|---|
//! | C1 | insert of the organization, `creating`, phase `reserve` | rolled back |
//! | C2 | reservations of name, collection, email | rolled back |
//! | C3 | admin ‖ marker into `tenantry_new_<id>` | rolled back |
//! | C4 | the UUID of that collection | rolled back |
//! | C5 | CAS: phase `moving`, the UUID | finished, if the collection is there |
//! | C6 | rename to its place; target there: rolled back | the same |
//! | C7 | audit | the same |
//! | C8 | CAS: `active` | done |
//!
//! | update, delete, restore | command | found in this phase, it is |
//! |---|---|---|
//! | M1 | CAS: `renaming`, `deleting` or `restoring`, what is to be; phase `reserve`, of a delete `moving`, without new keys `apply` | `reserve`: rolled back |
//! | M2 | the new reservations | rolled back |
//! | M3 | CAS: phase `moving` (only with a new collection) | looked for, moved, finished |
//! | M4 | rename; refused for certain: CAS phase `undo`, rolled back | the same |
//! | M5 | CAS: the new names, phase `apply` | finished |
//! | M6 | admin, by version ‖ release of the old reservations ‖ audit | finished |
//! | M7 | CAS: at rest | done |
//!
//! | purge | command (forward only) |
//! |---|---|
//! | P1 | CAS: `purging` |
//! | P2 | drop by UUID |
//! | P3 | admin ‖ reservations ‖ audit |
//! | P4 | the organization's record goes |
//!
//! Adopting an organization of an earlier service has a table of its own, in `adopt`.
//!
//! # Leases and recovery
//!
//! A lease starts at `touched_at` by the server's clock and lasts as long as the operation says. A process that needs
//! an organization whose lease is over takes the operation over by a CAS and continues from the phase in the record.
//! Correctness does not depend on the lease; it only makes late commands rare.

mod adopt;
mod begin;
mod command;
mod create;
mod fill;
mod lease;
mod movement;
mod purge;
mod put_back;
mod recover;
mod relocate;
mod reserve;

pub(super) use adopt::{NewAdoption, adopt};
pub(super) use begin::{delete, restore, update};
pub(super) use create::{Imported, create};
pub(super) use purge::{purge, purge_expired};
pub(super) use put_back::{PutBack, correct_email, drop_aside, make_empty_aside, put_back};
pub(super) use recover::{recover_all, recover_if_over, recover_now, states_with_operation};
pub(super) use reserve::reserve;

use super::connection::Connection;
use super::failure::{Failure, judge};
use super::operation::{Operation, Phase};
use super::record::{binary, get_number, ours};
use crate::domain::{OperationId, OrganizationId, State};
use crate::port::Error;
use lease::Lease;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use std::time::{Duration, Instant};

/// The changes of a write to an organization.
#[derive(Debug, Clone, Default)]
struct Change {
    /// Conditions besides the epoch.
    only: Document,
    set: Document,
    unset: Vec<&'static str>,
    /// Fields that get the server's time.
    now: Vec<&'static str>,
}

impl Change {
    fn set(set: Document) -> Self {
        Self { set, ..Self::default() }
    }
}

/// One operation on one organization, as this process knows it.
#[derive(Debug)]
struct Run<'a> {
    connection: &'a Connection,
    id: OrganizationId,
    /// The epoch after the last write; the next one filters on it.
    epoch: i64,
    lease: Lease,
    /// The record after the last write.
    record: Document,
    op: Operation,
    /// Whether this process has sent a rename: on a router it may still be running.
    has_renamed: bool,
}

impl<'a> Run<'a> {
    /// An operation before its first write is sent.
    fn begin(connection: &'a Connection, id: OrganizationId, epoch: i64, op: Operation) -> Self {
        let lease = Lease::begin(op.lease);
        Self { connection, id, epoch, lease, record: Document::new(), op, has_renamed: false }
    }

    fn database(&self) -> &str {
        self.connection.database.name()
    }

    /// A write to the organization: only on the epoch of the last write, which it raises.
    async fn cas(&mut self, change: Change) -> Result<(), Failure> {
        let mut filter = doc! {"_id": binary(self.id.0), "epoch": self.epoch};
        filter.extend(change.only);
        let mut now = doc! {"touched_at": true};
        now.extend(change.now.iter().map(|field| ((*field).to_owned(), Bson::from(true))));
        let mut update = doc! {"$inc": {"epoch": 1_i64}, "$currentDate": now};
        if !change.set.is_empty() {
            update.insert("$set", change.set);
        }
        if !change.unset.is_empty() {
            let fields: Document =
                change.unset.iter().map(|field| ((*field).to_owned(), Bson::from(""))).collect();
            update.insert("$unset", fields);
        }
        // The server's clock starts later than this one, so the lease is never overestimated.
        let started = Instant::now();
        let after = self
            .connection
            .organizations()
            .find_one_and_update(filter, update)
            .return_document(ReturnDocument::After)
            .max_time(self.op.lease.max(Duration::from_secs(1)))
            .await
            .map_err(judge)?
            .ok_or(Failure::Lost)?;
        self.lease.renewed(started);
        self.epoch = get_number(&after, "epoch");
        self.record = after;
        if let Some(op) = Operation::read(&self.record, self.connection.database.name()) {
            self.op = op;
        }
        Ok(())
    }

    /// Puts the operation into another phase.
    async fn enter(&mut self, phase: Phase, mut set: Document) -> Result<(), Failure> {
        set.insert("op.phase", phase.as_str());
        self.cas(Change::set(set)).await
    }

    /// Ends an operation: the state at rest depends on whether the record has a name.
    async fn rest(&mut self, mut set: Document) -> Result<(), Failure> {
        let is_deleted = !self.record.contains_key("name_key");
        let state = if is_deleted { State::Deleted } else { State::Active };
        set.insert("state", state.as_str());
        self.cas(Change { set, unset: vec!["op"], ..Change::default() }).await
    }

    /// The error after the operation was recorded: in any case it may still be completed.
    fn under_way(&self, failure: Failure) -> Error {
        failure.under_way(self.connection, self.op.id)
    }
}

/// Why the first write of an operation matched nothing.
async fn why_not(connection: &Connection, id: OrganizationId, operation: OperationId) -> Error {
    let this = doc! {"_id": binary(id.0), "schema": ours()};
    let record = match connection.organizations().find_one(this).await {
        Ok(Some(record)) => record,
        Ok(None) => return Error::NotFound,
        Err(error) => return connection.of_read(&error),
    };
    // The driver sent it twice, to a server that had lost its record of the first one.
    if Operation::read(&record, connection.database.name()).is_some_and(|op| op.id == operation) {
        return Error::Unavailable { place: connection.place.host.clone(), operation: Some(operation) };
    }
    match super::record::organization(&record, connection.database.name()) {
        Some(found) if found.state.has_operation() => Error::Busy(found.state),
        Some(_) | None => Error::Changed,
    }
}
