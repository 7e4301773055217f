//! Reservations: the only thing that makes a name, a collection or an email unique.

use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, judge};
use super::names::Names;
use super::record::{account_holds, binary, date, get_number, get_time, get_uuid, holds, is_ours};
use crate::domain::{AccountId, OperationId, OrganizationId, State};
use crate::port::Error;
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error as DriverError, ErrorKind};

/// Unowned reservations to delete before it gives up and calls the key taken.
const ROUNDS: usize = 12;

/// The owner of keys: an organization with its admin, or an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Organization(OrganizationId),
    Account(AccountId),
}

impl Owner {
    fn field(self) -> &'static str {
        match self {
            Self::Organization(_) => "organization_id",
            Self::Account(_) => "account_id",
        }
    }

    fn value(self) -> Bson {
        match self {
            Self::Organization(id) => binary(id.0),
            Self::Account(id) => binary(id.0),
        }
    }

    pub(super) fn of(reservation: &Document) -> Option<Self> {
        let organization =
            get_uuid(reservation, "organization_id").map(OrganizationId).map(Self::Organization);
        organization.or_else(|| get_uuid(reservation, "account_id").map(AccountId).map(Self::Account))
    }

    /// Adds the owner to a document.
    fn owned(self, mut document: Document) -> Document {
        document.insert(self.field(), self.value());
        document
    }
}

/// Who reserves, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) owner: Owner,
    /// The epoch of the operation's first write; for an account, the version that will have the key.
    pub(super) epoch: i64,
    pub(super) at: Timestamp,
}

/// The state of an existing reservation.
enum ReservationState {
    /// It belongs to this owner now.
    Ours,
    /// It is gone: insert again.
    Gone,
    /// It is taken: by an organization with an operation, or by another owner.
    Taken { with_operation: Option<WithOperation> },
}

/// An operation on an organization: after it ends, the reservation may be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WithOperation {
    pub(super) organization: OrganizationId,
    /// The operation's id, if the record has it.
    pub(super) operation: Option<OperationId>,
}

/// A key that another owner has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    pub(super) key: String,
    /// The running operation of its organization.
    pub(super) with_operation: Option<WithOperation>,
}

/// Reserves keys in their order; returns the first one that another owner has. Those before it stay reserved.
pub(super) async fn reserve(
    connection: &Connection,
    holder: Holder,
    keys: &[String],
) -> Result<Option<Obstacle>, Failure> {
    let mut rest = keys;
    for _ in 0..ROUNDS {
        if rest.is_empty() {
            return Ok(None);
        }
        let records = rest
            .iter()
            .map(|key| holder.owner.owned(doc! {"_id": key, "epoch": holder.epoch, "at": date(holder.at)}));
        let Err(error) = connection.reservations().insert_many(records).ordered(true).await else {
            return Ok(None);
        };
        let Some(index) = duplicate(&error) else {
            return Err(judge(error));
        };
        rest = rest.get(index..).unwrap_or_default();
        let Some(key) = rest.first() else {
            return Err(judge(error));
        };
        match meet(connection, holder, key).await? {
            ReservationState::Ours => rest = rest.get(1..).unwrap_or_default(),
            ReservationState::Gone => {}
            ReservationState::Taken { with_operation } => {
                return Ok(Some(Obstacle { key: key.clone(), with_operation }));
            }
        }
    }
    Ok(rest.first().cloned().map(|key| Obstacle { key, with_operation: None }))
}

/// Which record was refused as a duplicate, if that was the only error.
fn duplicate(error: &DriverError) -> Option<usize> {
    let ErrorKind::InsertMany(many) = &*error.kind else {
        return None;
    };
    let first = many.write_errors.as_ref()?.first()?;
    (first.code == DUPLICATE_KEY && many.write_concern_error.is_none()).then_some(first.index)
}

/// Checks an existing reservation; deletes exactly this one if it is unowned.
async fn meet(connection: &Connection, holder: Holder, key: &str) -> Result<ReservationState, Failure> {
    let Some(found) = connection.reservations().find_one(doc! {"_id": key}).await.map_err(judge)? else {
        return Ok(ReservationState::Gone);
    };
    let taken = ReservationState::Taken { with_operation: None };
    let epoch = get_number(&found, "epoch");
    let Some(owner) = Owner::of(&found) else {
        return Ok(taken);
    };
    if owner == holder.owner {
        return adopt(connection, holder, key, epoch).await;
    }
    match owner {
        Owner::Organization(id) => {
            if let Some(with_operation) = organization_lives(connection, id, key, epoch).await? {
                return Ok(ReservationState::Taken { with_operation });
            }
        }
        Owner::Account(id) => {
            if account_lives(connection, id, key).await? {
                return Ok(taken);
            }
        }
    }
    let exactly = owner.owned(doc! {"_id": key, "epoch": found.get("epoch")});
    connection.reservations().delete_one(exactly).await.map_err(judge)?;
    Ok(ReservationState::Gone)
}

/// Whether an organization keeps a reservation alive, and its running operation.
async fn organization_lives(
    connection: &Connection,
    id: OrganizationId,
    key: &str,
    epoch: i64,
) -> Result<Option<Option<WithOperation>>, Failure> {
    let record = connection.organizations().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)?;
    let Some(record) = record.filter(|record| holds(record, connection.database.name(), key, epoch)) else {
        return Ok(None);
    };
    let state = record.get_str("state").ok().and_then(|word| word.parse::<State>().ok());
    let operation = record.get_document("op").ok().and_then(|op| get_uuid(op, "id")).map(OperationId);
    let has_operation = state.is_some_and(State::has_operation);
    Ok(Some(has_operation.then_some(WithOperation { organization: id, operation })))
}

/// An account keeps its key and its announced one. An announcement older than a lease is rolled back first; the
/// process that made it finds that out before its commit.
async fn account_lives(connection: &Connection, id: AccountId, key: &str) -> Result<bool, Failure> {
    let this = doc! {"_id": binary(id.0)};
    let Some(record) = connection.admins().find_one(this.clone()).await.map_err(judge)? else {
        return Ok(false);
    };
    if !is_ours(&record) || !account_holds(&record, key) {
        return Ok(false);
    }
    for field in ["pending", "email_change"] {
        let Ok(announced) = record.get_document(field) else { continue };
        let lease = SignedDuration::try_from(connection.lease).unwrap_or(SignedDuration::MAX);
        let end = get_time(announced, "at").saturating_add(lease).unwrap_or(Timestamp::MAX);
        if end >= connection.server_time().await? {
            continue;
        }
        let mut exactly = this.clone();
        exactly.insert(format!("{field}.id"), announced.get("id").cloned());
        let admins = connection.admins();
        if field == "pending" {
            admins.delete_one(exactly).await.map_err(judge)?;
        } else {
            admins.update_one(exactly, doc! {"$unset": {"email_change": ""}}).await.map_err(judge)?;
        }
    }
    let record = connection.admins().find_one(this).await.map_err(judge)?;
    Ok(record.is_some_and(|record| is_ours(&record) && account_holds(&record, key)))
}

/// Our own reservation from an earlier operation gets the epoch of this one.
async fn adopt(
    connection: &Connection,
    holder: Holder,
    key: &str,
    epoch: i64,
) -> Result<ReservationState, Failure> {
    if epoch > holder.epoch {
        return Err(Failure::Lost);
    }
    let this = holder.owner.owned(doc! {"_id": key, "epoch": epoch});
    let raised = connection.reservations().update_one(this, doc! {"$set": {"epoch": holder.epoch}}).await;
    Ok(if raised.map_err(judge)?.matched_count == 1 {
        ReservationState::Ours
    } else {
        ReservationState::Gone
    })
}

/// Releases keys that an operation reserved and does not get.
pub(super) async fn release_new(
    connection: &Connection,
    owner: Owner,
    keys: &[String],
    epoch: i64,
) -> Result<(), Failure> {
    if keys.is_empty() {
        return Ok(());
    }
    let these = owner.owned(doc! {"_id": {"$in": keys}, "epoch": epoch});
    connection.reservations().delete_many(these).await.map(drop).map_err(judge)
}

/// Releases the keys that an operation gave up: every key of the owner that is not in `kept` and was reserved before
/// the operation, so that keys of a later one stay. Sends nothing if nothing was given up.
pub(super) async fn release_old(
    connection: &Connection,
    owner: Owner,
    kept: Vec<String>,
    epoch: i64,
    gave_up: bool,
) -> Result<(), Failure> {
    if !gave_up {
        return Ok(());
    }
    let these = owner.owned(doc! {"_id": {"$nin": kept}, "epoch": {"$lt": epoch}});
    connection.reservations().delete_many(these).await.map(drop).map_err(judge)
}

/// Releases every key of an organization.
pub(super) async fn release_all(connection: &Connection, id: OrganizationId) -> Result<(), Failure> {
    let these = Owner::Organization(id).owned(doc! {});
    connection.reservations().delete_many(these).await.map(drop).map_err(judge)
}

/// The error for a key that another owner has.
pub(super) fn taken(key: &str, names: &Names) -> Error {
    match key.split_once(':') {
        Some(("n", _)) => Error::NameTaken(names.name.clone()),
        Some(("e", _)) => Error::EmailTaken(names.email.clone()),
        _ => Error::CollectionExists(names.collection.clone().unwrap_or_default()),
    }
}
