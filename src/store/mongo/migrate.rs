//! Migrations from earlier versions of a store, in numbered steps. Each can be interrupted and repeated.
//!
//! 1 -> 2: removes holds, fall-back names, attempts and the stored `damaged`; an operation gets its lease and its
//! start. `meta` goes to schema 2 first, so that no older process opens the store any more. Then the migration waits
//! for the leases of running operations and changes each record by a CAS, so that a late writer of the older version
//! loses. Names held for late renames are released, unless an organization has them.
//!
//! 2 -> 3: keys of emails, in `keys`.

mod keys;

use super::connection::Connection;
use super::failure::{Failure, describe, judge};
use super::index;
use super::names::new_collection_of;
use super::protocol::states_with_operation;
use super::record::{SCHEMA, STORE_SCHEMA, binary, date, get_number, get_text, get_time, get_uuid, holds};
use crate::domain::OrganizationId;
use crate::port::Result;
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Document, doc};

const META: &str = "store";
/// The interval between checks of the running leases.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// Migrates the store to this program's schema, if it has an older one or an interrupted migration.
pub(super) async fn migrate(connection: &Connection, meta: &Document) -> Result<()> {
    let schema = get_number(meta, "schema");
    if schema >= i64::from(STORE_SCHEMA) && !meta.contains_key("migrating") {
        return Ok(());
    }
    tracing::info!(from = schema, to = STORE_SCHEMA, "migrating the store");
    let migrated = async {
        if schema == 1 || get_number(meta, "migrating") == 1 {
            Box::pin(from_1_to_2(connection)).await?;
        }
        Box::pin(keys::from_2_to_3(connection)).await
    };
    migrated.await.map_err(|failure| failure.into_error(connection))
}

async fn from_1_to_2(connection: &Connection) -> std::result::Result<(), Failure> {
    let indexes = index::create(connection).await;
    indexes.map_err(|error| Failure::Rule(describe(connection, &error)))?;
    let this = doc! {"_id": META, "schema": 1};
    let to_new_schema = doc! {"$set": {"schema": 2, "migrating": 1}};
    connection.meta().update_one(this, to_new_schema).await.map_err(judge)?;
    let began = connection.server_time().await?;
    loop {
        let left = organizations(connection, began).await?;
        if left == 0 {
            break;
        }
        tracing::info!(left, "waiting for operations of an older tenantry");
        tokio::time::sleep(PAUSE).await;
    }
    let others = doc! {"schema": 1};
    let now_ours = doc! {"$set": {"schema": SCHEMA}};
    connection.admins().update_many(others, now_ours).await.map_err(judge)?;
    release_holds(connection).await?;
    let whole = doc! {"_id": META, "migrating": 1};
    connection.meta().update_one(whole, doc! {"$unset": {"migrating": ""}}).await.map(drop).map_err(judge)
}

/// Migrates every record of schema 1 without a running operation; returns how many remain.
async fn organizations(connection: &Connection, began: Timestamp) -> std::result::Result<usize, Failure> {
    let mut left = 0;
    let mut records = connection.organizations().find(doc! {"schema": 1}).await.map_err(judge)?;
    while let Some(record) = records.try_next().await.map_err(judge)? {
        let lease = SignedDuration::try_from(connection.lease).unwrap_or(SignedDuration::MAX);
        let is_at_work = states_with_operation().contains(&get_text(&record, "state").as_str());
        // A lease of the older version has this process's length. A process that keeps renewing it, or wrote with a
        // clock that has been corrected since, is only waited for as long as one lease: the epoch fences it anyway.
        let end = get_time(&record, "touched_at").min(began).saturating_add(lease).unwrap_or(Timestamp::MAX);
        if is_at_work && end > connection.server_time().await? {
            left += 1;
            continue;
        }
        let Some(id) = get_uuid(&record, "_id").map(OrganizationId) else { continue };
        let this = doc! {"_id": binary(id.0), "epoch": record.get("epoch"), "schema": 1};
        let update = upgraded(&record, id, connection);
        connection.organizations().update_one(this, update).await.map_err(judge)?;
    }
    Ok(left)
}

/// Names held for late renames: reserved for the organization that has them, or released.
async fn release_holds(connection: &Connection) -> std::result::Result<(), Failure> {
    let reservations = connection.reservations();
    let mut held = reservations.find(doc! {"held_until": {"$exists": true}}).await.map_err(judge)?;
    while let Some(found) = held.try_next().await.map_err(judge)? {
        let exactly =
            doc! {"_id": found.get("_id"), "epoch": found.get("epoch"), "held_until": {"$exists": true}};
        let (key, epoch) = (get_text(&found, "_id"), get_number(&found, "epoch"));
        let owner = doc! {"_id": found.get("organization_id")};
        let owner = connection.organizations().find_one(owner).await.map_err(judge)?;
        if owner.is_some_and(|record| holds(&record, connection.database.name(), &key, epoch)) {
            let unheld = doc! {"$unset": {"held_until": ""}};
            reservations.update_one(exactly, unheld).await.map_err(judge)?;
        } else {
            reservations.delete_one(exactly).await.map_err(judge)?;
        }
    }
    Ok(())
}

/// The update of a record from schema 1 to schema 2.
fn upgraded(record: &Document, id: OrganizationId, connection: &Connection) -> Document {
    let mut set = doc! {"schema": SCHEMA};
    let mut unset = doc! {"hold_until": ""};
    let op = record.get_document("op").ok();
    let state = get_text(record, "state");
    if let Some(op) = op {
        let kind = get_text(op, "kind");
        let phase = get_text(op, "phase");
        let seconds = i64::try_from(connection.lease.as_secs()).unwrap_or(i64::MAX).max(1);
        set.extend(doc! {
            "op.lease_seconds": seconds,
            "op.began_at": record.get("touched_at").cloned().unwrap_or_else(|| date(Timestamp::UNIX_EPOCH)),
            "op.admin_changes": {"set": op.get_document("admin_changes").cloned().unwrap_or_default()},
        });
        let mut new_phase = match phase.as_str() {
            "place" => "moving",
            "trash" | "release" => "purge",
            other => other,
        }
        .to_owned();
        match kind.as_str() {
            "create" => {
                set.insert("op.from", doc! {"collection_name": new_collection_of(id)});
                // The name only counts once the collection is placed.
                unset.insert("collection_name", "");
                if phase == "undo" {
                    "reserve".clone_into(&mut new_phase);
                }
            }
            "delete" => {
                set.extend(doc! {"op.kind": "purge", "state": "purging"});
                "purge".clone_into(&mut new_phase);
            }
            // Its collection had neither name: recovery continues the update from this phase.
            _ if state == "damaged" => drop(set.insert("state", "renaming")),
            _ => {}
        }
        set.insert("op.phase", new_phase);
        for field in ["attempts", "unclean", "elsewhere", "actor"] {
            unset.insert(format!("op.{field}"), "");
        }
    } else if state == "damaged" {
        set.insert("state", "active");
    }
    let mut update = doc! {"$inc": {"epoch": 1_i64}, "$set": set};
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    update
}
