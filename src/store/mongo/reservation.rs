//! Reservations: the one thing that makes a name, a collection or an email unique.

use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, judge};
use super::record::{Names, account_holds, binary, date, get_number, get_time, get_uuid, holds, is_ours};
use crate::domain::{AccountId, OrganizationId, State};
use crate::service::{Error, OperationId};
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::{Error as DriverError, ErrorKind};

/// Dead reservations that are cleared away before one gives up and calls the key taken.
const ROUNDS: usize = 12;

/// Whose keys: those of an organization with its admin, or those of an operator.
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

    /// With the owner in it.
    fn owned(self, mut document: Document) -> Document {
        document.insert(self.field(), self.value());
        document
    }
}

/// Who reserves, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) owner: Owner,
    /// The epoch of the operation's first write; of an account the version that will have the key.
    pub(super) epoch: i64,
    pub(super) at: Timestamp,
}

/// What became of a key that was there already.
enum Met {
    /// It is ours now.
    Ours,
    /// It is gone; insert again.
    Gone,
    /// Somebody has it: an organization with an operation on it, or another owner.
    Taken { in_work: Option<InWork> },
}

/// An operation on an organization: once it is over, what the organization has reserved may be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InWork {
    pub(super) organization: OrganizationId,
    /// What its request was given, as far as its record says so.
    pub(super) operation: Option<OperationId>,
}

/// A key that somebody else has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Obstacle {
    pub(super) key: String,
    /// What is going on on the organization that has it.
    pub(super) in_work: Option<InWork>,
}

/// Reserves keys in their order; the first one that somebody else has is given back. Those before it stay reserved.
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
            Met::Ours => rest = rest.get(1..).unwrap_or_default(),
            Met::Gone => {}
            Met::Taken { in_work } => return Ok(Some(Obstacle { key: key.clone(), in_work })),
        }
    }
    Ok(rest.first().cloned().map(|key| Obstacle { key, in_work: None }))
}

/// Which of the records was refused as a duplicate, if that was all.
fn duplicate(error: &DriverError) -> Option<usize> {
    let ErrorKind::InsertMany(many) = &*error.kind else {
        return None;
    };
    let first = many.write_errors.as_ref()?.first()?;
    (first.code == DUPLICATE_KEY && many.write_concern_error.is_none()).then_some(first.index)
}

/// Looks at a reservation that is there; a dead one is deleted, exactly that one.
async fn meet(connection: &Connection, holder: Holder, key: &str) -> Result<Met, Failure> {
    let Some(found) = connection.reservations().find_one(doc! {"_id": key}).await.map_err(judge)? else {
        return Ok(Met::Gone);
    };
    let taken = Met::Taken { in_work: None };
    if get_time(&found, "held_until") > holder.at {
        return Ok(taken);
    }
    let epoch = get_number(&found, "epoch");
    let Some(owner) = Owner::of(&found) else {
        return Ok(taken);
    };
    if owner == holder.owner {
        return adopt(connection, holder, key, epoch).await;
    }
    match owner {
        Owner::Organization(id) => {
            if let Some(in_work) = organization_lives(connection, id, key, epoch).await? {
                return Ok(Met::Taken { in_work });
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
    Ok(Met::Gone)
}

/// Whether an organization keeps a reservation alive, and if so what operation is on it.
async fn organization_lives(
    connection: &Connection,
    id: OrganizationId,
    key: &str,
    epoch: i64,
) -> Result<Option<Option<InWork>>, Failure> {
    let record = connection.organizations().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)?;
    let Some(record) = record.filter(|record| holds(record, connection.database.name(), key, epoch)) else {
        return Ok(None);
    };
    let state = record.get_str("state").ok().and_then(State::from_word);
    let operation = record.get_document("op").ok().and_then(|op| get_uuid(op, "id")).map(OperationId);
    let is_in_work = state.is_some_and(State::is_in_work);
    Ok(Some(is_in_work.then_some(InWork { organization: id, operation })))
}

/// An account lives on what it is and on what it announced. An announcement that is older than a lease is taken back
/// first: whoever made it finds that out before it counts.
async fn account_lives(connection: &Connection, id: AccountId, key: &str) -> Result<bool, Failure> {
    let lease = i64::try_from(connection.lease.as_millis()).unwrap_or(i64::MAX);
    let is_old = |field: &str| {
        let end = doc! {"$dateAdd": {"startDate": field, "unit": "millisecond", "amount": lease}};
        doc! {"_id": binary(id.0), "$expr": {"$and": [
            {"$eq": [{"$type": field}, "date"]},
            {"$lt": [end, "$$NOW"]},
        ]}}
    };
    connection.admins().delete_one(is_old("$pending.at")).await.map_err(judge)?;
    let forget = doc! {"$unset": {"email_change": ""}};
    connection.admins().update_one(is_old("$email_change.at"), forget).await.map_err(judge)?;
    let record = connection.admins().find_one(doc! {"_id": binary(id.0)}).await.map_err(judge)?;
    Ok(record.is_some_and(|record| is_ours(&record) && account_holds(&record, key)))
}

/// Our own of an earlier operation takes the epoch of this one.
async fn adopt(connection: &Connection, holder: Holder, key: &str, epoch: i64) -> Result<Met, Failure> {
    if epoch > holder.epoch {
        return Err(Failure::Lost);
    }
    let this = holder.owner.owned(doc! {"_id": key, "epoch": epoch});
    let raised = connection.reservations().update_one(this, doc! {"$set": {"epoch": holder.epoch}}).await;
    Ok(if raised.map_err(judge)?.matched_count == 1 { Met::Ours } else { Met::Gone })
}

/// Releases keys that an operation reserved, or those that it gave up. With `hold` a collection's name is kept until
/// then instead: a rename of it may still be on its way.
pub(super) async fn release(
    connection: &Connection,
    owner: Owner,
    keys: &[String],
    epoch: Document,
    hold: Option<Timestamp>,
) -> Result<(), Failure> {
    let these = owner.owned(doc! {"_id": {"$in": keys}, "epoch": epoch});
    release_these(connection, these, hold).await
}

/// Releases every key of an organization; with `hold` as [`release`].
pub(super) async fn release_all(
    connection: &Connection,
    id: OrganizationId,
    hold: Option<Timestamp>,
) -> Result<(), Failure> {
    release_these(connection, doc! {"organization_id": binary(id.0)}, hold).await
}

async fn release_these(
    connection: &Connection,
    these: Document,
    hold: Option<Timestamp>,
) -> Result<(), Failure> {
    let reservations = connection.reservations();
    let Some(until) = hold else {
        return reservations.delete_many(these).await.map(drop).map_err(judge);
    };
    // `;` follows `:`, so these are the keys that begin with "c:", and the others.
    let kept = doc! {"$and": [these.clone(), {"_id": {"$gte": "c:", "$lt": "c;"}}]};
    let hold = doc! {"$set": {"held_until": date(until)}};
    reservations.update_many(kept, hold).await.map_err(judge)?;
    let others = doc! {"$and": [these, {"$or": [{"_id": {"$lt": "c:"}}, {"_id": {"$gte": "c;"}}]}]};
    reservations.delete_many(others).await.map(drop).map_err(judge)
}

/// The answer to a key that somebody else has.
pub(super) fn taken(key: &str, names: &Names) -> Error {
    match key.split_once(':') {
        Some(("n", _)) => Error::NameTaken(names.name.clone()),
        Some(("e", _)) => Error::EmailTaken(names.email.clone()),
        _ => Error::CollectionExists(names.collection.as_str().to_owned()),
    }
}
