//! Reservations: the one thing that makes a name, a collection or an email unique.

use crate::domain::OrganizationId;
use crate::service::Error;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, judge};
use crate::store::mongo::record::{Names, binary, date, get_number, get_time, get_uuid, holds};
use jiff::Timestamp;
use mongodb::bson::{Document, doc};
use mongodb::error::{Error as DriverError, ErrorKind};

/// Dead reservations that are cleared away before one gives up and calls the key taken.
const ROUNDS: usize = 12;

/// Who reserves, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Holder {
    pub(super) id: OrganizationId,
    /// The epoch of the operation's first write.
    pub(super) epoch: i64,
    pub(super) at: Timestamp,
}

/// What became of a key that was there already.
enum Met {
    /// It is ours now.
    Ours,
    /// It is gone; insert again.
    Gone,
    /// Somebody has it.
    Taken,
}

/// Reserves keys in their order; the first one that somebody else has is given back. Those before it stay reserved.
pub(super) async fn reserve(
    connection: &Connection,
    holder: Holder,
    keys: &[String],
) -> Result<Option<String>, Failure> {
    let mut rest = keys;
    for _ in 0..ROUNDS {
        if rest.is_empty() {
            return Ok(None);
        }
        let records = rest.iter().map(|key| {
            doc! {"_id": key, "organization_id": binary(holder.id.0), "epoch": holder.epoch, "at": date(holder.at)}
        });
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
            Met::Taken => return Ok(Some(key.clone())),
        }
    }
    Ok(rest.first().cloned())
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
    if get_time(&found, "held_until") > holder.at {
        return Ok(Met::Taken);
    }
    let epoch = get_number(&found, "epoch");
    let owner = get_uuid(&found, "organization_id");
    if owner == Some(holder.id.0) {
        return adopt(connection, holder, key, epoch).await;
    }
    let (field, alive) = if let Some(owner) = owner {
        let record = connection.organizations().find_one(doc! {"_id": binary(owner)}).await.map_err(judge)?;
        let name = connection.database.name();
        ("organization_id", record.is_some_and(|record| holds(&record, name, key, epoch)))
    } else if let Some(account) = get_uuid(&found, "account_id") {
        let record = connection.admins().find_one(doc! {"_id": binary(account)}).await.map_err(judge)?;
        ("account_id", record.is_some())
    } else {
        return Ok(Met::Taken);
    };
    if alive {
        return Ok(Met::Taken);
    }
    let mut exactly: Document = doc! {"_id": key, "epoch": found.get("epoch")};
    exactly.insert(field, found.get(field));
    connection.reservations().delete_one(exactly).await.map_err(judge)?;
    Ok(Met::Gone)
}

/// Our own of an earlier operation takes the epoch of this one.
async fn adopt(connection: &Connection, holder: Holder, key: &str, epoch: i64) -> Result<Met, Failure> {
    if epoch > holder.epoch {
        return Err(Failure::Lost);
    }
    let this = doc! {"_id": key, "organization_id": binary(holder.id.0), "epoch": epoch};
    let raised = connection.reservations().update_one(this, doc! {"$set": {"epoch": holder.epoch}}).await;
    Ok(if raised.map_err(judge)?.matched_count == 1 { Met::Ours } else { Met::Gone })
}

/// Releases keys that an operation reserved, or those that it gave up.
pub(super) async fn release(
    connection: &Connection,
    id: OrganizationId,
    keys: &[String],
    epoch: Document,
) -> Result<(), Failure> {
    let these = doc! {"_id": {"$in": keys}, "organization_id": binary(id.0), "epoch": epoch};
    connection.reservations().delete_many(these).await.map(drop).map_err(judge)
}

/// Releases every key of an organization.
pub(super) async fn release_all(connection: &Connection, id: OrganizationId) -> Result<(), Failure> {
    connection
        .reservations()
        .delete_many(doc! {"organization_id": binary(id.0)})
        .await
        .map(drop)
        .map_err(judge)
}

/// The answer to a key that somebody else has.
pub(super) fn taken(key: &str, names: &Names) -> Error {
    match key.split_once(':') {
        Some(("n", _)) => Error::NameTaken(names.name.clone()),
        Some(("e", _)) => Error::EmailTaken(names.email.clone()),
        _ => Error::CollectionExists(names.collection.as_str().to_owned()),
    }
}
