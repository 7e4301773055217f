//! Recovery: a process that needs an organization whose lease is over takes the operation over and continues it from
//! its phase.
//!
//! Taking over is a CAS like every other: of two recovering processes one continues, and the process before them stops
//! at its next write. Recovery itself can be interrupted and repeated: the next process continues from the phase that
//! was reached.

use super::movement::Ended;
use super::{Change, Run};
use crate::domain::{OrganizationId, State};
use crate::port::Error;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::operation::{Kind, Operation, Phase, lease_in};
use crate::store::mongo::record::{binary, get_number, get_uuid, optional_time, ours};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Document, doc};
use strum::IntoEnumIterator;

/// Operations that are recovered at a time; the next process continues with the rest.
const AT_ONCE: i64 = 100;

/// The states of organizations that have an operation.
pub(in crate::store::mongo) fn states_with_operation() -> Vec<&'static str> {
    State::iter().filter(|state| state.has_operation()).map(State::as_str).collect()
}

/// Whether the lease of an operation is over at `now`; one with unreadable times is always over.
pub(in crate::store::mongo) fn is_over(record: &Document, now: Timestamp) -> bool {
    let (Some(touched), Some(lease)) = (optional_time(record, "touched_at"), lease_in(record)) else {
        return false;
    };
    let lease = SignedDuration::try_from(lease).unwrap_or(SignedDuration::MAX);
    touched.saturating_add(lease).unwrap_or(Timestamp::MAX) < now
}

/// Recovers operations whose lease is over; returns how many were found. One that cannot be recovered now does not
/// stop the others.
pub(in crate::store::mongo) async fn recover_all(connection: &Connection) -> Result<usize, Failure> {
    let with_operation = doc! {"state": {"$in": states_with_operation()}, "schema": ours()};
    let records: Vec<Document> = async {
        let organizations = connection.organizations();
        let found = organizations.find(with_operation).sort(doc! {"touched_at": 1}).limit(AT_ONCE);
        found.await?.try_collect().await
    }
    .await
    .map_err(judge)?;
    if records.is_empty() {
        return Ok(0);
    }
    let now = connection.server_time().await?;
    let mut found = 0;
    for record in records.iter().filter(|record| is_over(record, now)) {
        let Some(id) = get_uuid(record, "_id").map(OrganizationId) else { continue };
        found += 1;
        match take_over(connection, record, id).await {
            Ok(()) | Err(Failure::Lost) => {}
            Err(failure @ Failure::Unsent(_)) => return Err(failure),
            Err(failure) => tracing::warn!(organization = %id, %failure, "recovery did not end"),
        }
    }
    Ok(found)
}

/// Recovers the operation on an organization if its lease is over; returns whether there was one.
pub(in crate::store::mongo) async fn recover_if_over(
    connection: &Connection,
    id: OrganizationId,
) -> Result<bool, Failure> {
    let this = doc! {"_id": binary(id.0), "state": {"$in": states_with_operation()}, "schema": ours()};
    let Some(record) = connection.organizations().find_one(this).await.map_err(judge)? else {
        return Ok(false);
    };
    if !is_over(&record, connection.server_time().await?) {
        return Ok(false);
    }
    match take_over(connection, &record, id).await {
        // Another process has it now and recovers it.
        Err(Failure::Lost) => Ok(false),
        ended => ended.map(|()| true),
    }
}

/// Recovers the operation on an organization now, at a person's request. The epoch is the fence, not the lease, so the
/// process that has the operation stops at its next write. Does nothing without an operation. Returns whether the
/// record says enough.
pub(in crate::store::mongo) async fn recover_now(
    connection: &Connection,
    id: OrganizationId,
) -> Result<bool, Failure> {
    let this = doc! {"_id": binary(id.0), "state": {"$in": states_with_operation()}, "schema": ours()};
    let Some(record) = connection.organizations().find_one(this).await.map_err(judge)? else {
        return Ok(true);
    };
    if Operation::read(&record, connection.database.name()).is_none() {
        return Ok(false);
    }
    take_over(connection, &record, id).await.map(|()| true)
}

/// Takes over the operation in this record and continues it. A rollback is not a failure.
async fn take_over(connection: &Connection, record: &Document, id: OrganizationId) -> Result<(), Failure> {
    connection.probe().await?;
    let Some(op) = Operation::read(record, connection.database.name()) else {
        tracing::warn!(organization = %id, "an operation that cannot be read is left alone");
        return Err(Failure::Lost);
    };
    tracing::info!(organization = %id, kind = ?op.kind, phase = ?op.phase, "taking an operation over");
    let mut run = Run::begin(connection, id, get_number(record, "epoch"), op);
    run.record = record.clone();
    Box::pin(run.take_over()).await
}

impl Run<'_> {
    async fn take_over(&mut self) -> Result<(), Failure> {
        // Where a look comes first, the CAS after it takes over.
        let looks_first = self.op.phase == Phase::Moving || self.op.kind == Kind::Purge;
        if !looks_first {
            self.cas(Change::default()).await?;
        }
        let ended = match self.op.kind {
            Kind::Create => self.resume_create().await,
            Kind::Adopt => self.resume_adoption().await,
            Kind::Purge => self.resume_purge().await.map(drop),
            Kind::Update | Kind::Delete | Kind::Restore => match self.resume().await {
                Ok(Ended::Done | Ended::Undone(_)) => Ok(()),
                Err(failure) => Err(failure),
            },
        };
        match ended {
            // A create or an adoption that was rolled back ends with the reason.
            Err(Failure::Rule(Error::Refused { reason, operation })) => {
                Err(Failure::Rule(Error::Refused { reason, operation }))
            }
            Err(Failure::Rule(_)) if matches!(self.op.kind, Kind::Create | Kind::Adopt) => Ok(()),
            ended => ended,
        }
    }
}
