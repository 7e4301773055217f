//! Checks the collection of an organization without an operation.

use super::{about, organization_now};
use crate::domain::{Finding, OrganizationId, Problem, State};
use crate::store::mongo::collections::{Marker, Seen, is_of_another, marker_in, name_of, seen_at, uuid_at};
use crate::store::mongo::connection::{Connection, is_control};
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::names::Names;
use crate::store::mongo::operation::Operation;
use crate::store::mongo::record::{collection_key, get_number, get_text, get_uuid, holds};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// An existing collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) uuid: Uuid,
}

/// The finding about an organization's collection, and the collection that a repair would assign.
pub(super) type Judgement = Option<(Problem, Option<Site>)>;

/// Checks the collection of an active or deleted organization now. A collection with its UUID was seen at `elsewhere`.
pub(super) async fn judge_collection(
    connection: &Connection,
    record: &Document,
    id: OrganizationId,
    elsewhere: Option<&str>,
) -> Result<Judgement, Failure> {
    let own = get_uuid(record, "collection_uuid");
    let Some(name) = Names::read(record, id, connection.database.name()).collection else {
        let is_without = record.contains_key("deleted") && own.is_none();
        return Ok((!is_without).then_some((Problem::RecordUnusable, None)));
    };
    let (mut restored, mut foreign, mut is_blocked) = (None, None, false);
    match seen_at(connection, &name).await? {
        Seen::Collection(uuid) if own == Some(uuid) => return Ok(None),
        Seen::Collection(uuid) => {
            let site = Site { name: name.clone(), uuid };
            let is_ours = marker_in(connection, &name, uuid, id).await? == Marker::Ours
                && !is_of_another(connection, id, uuid).await?;
            if is_ours { restored = Some(site) } else { foreign = Some(site) }
        }
        Seen::Nothing => {}
        Seen::Other => is_blocked = true,
    }
    let displaced = is_at(connection, elsewhere, own).await?;
    // The UUID in the record is proof enough, unless another record has it too: then one of them is a copy.
    if let Some(site) = &displaced
        && (is_control(&site.name) || is_of_another(connection, id, site.uuid).await?)
    {
        return Ok(Some((Problem::CollectionOfAnother { at: site.name.clone() }, None)));
    }
    if displaced.is_none()
        && let Some(site) = &foreign
        && belongs_to_another(connection, site, id).await?
    {
        return Ok(Some((Problem::CollectionOfAnother { at: site.name.clone() }, None)));
    }
    Ok(Some(match (displaced, restored, foreign) {
        (Some(site), None, None) if !is_blocked => {
            (Problem::CollectionElsewhere { at: site.name.clone() }, Some(site))
        }
        // There are two copies, or the name is taken: it is unknown which one is meant.
        (Some(site), ..) => (Problem::CollectionDisplaced { at: site.name }, None),
        (None, Some(site), _) => (Problem::CollectionRestored, Some(site)),
        (None, None, Some(site)) => (Problem::CollectionReplaced, Some(site)),
        // No collection, not even an empty one, can get a name that something else has.
        (None, None, None) if is_blocked => (Problem::CollectionBlocked { at: name }, None),
        (None, None, None) => (Problem::CollectionMissing, None),
    }))
}

/// Whether the collection at the name of an organization, with another UUID, belongs to another organization or to
/// tenantry itself.
async fn belongs_to_another(
    connection: &Connection,
    site: &Site,
    id: OrganizationId,
) -> Result<bool, Failure> {
    if is_control(&site.name) || is_of_another(connection, id, site.uuid).await? {
        return Ok(true);
    }
    if marker_in(connection, &site.name, site.uuid, id).await? == Marker::Others {
        return Ok(true);
    }
    let database = connection.database.name();
    let key = collection_key(database, &site.name);
    let reserved = connection.reservations().find_one(doc! {"_id": &key}).await.map_err(judge)?;
    let Some(reserved) = reserved else {
        return Ok(false);
    };
    let owner = get_uuid(&reserved, "organization_id").map(OrganizationId).filter(|owner| *owner != id);
    let Some(owner) = owner else {
        return Ok(false);
    };
    let record = organization_now(connection, owner).await?;
    let epoch = get_number(&reserved, "epoch");
    Ok(record.is_some_and(|record| holds(&record, database, &key, epoch)))
}

/// Whether the collection with this UUID has this name now.
async fn is_at(
    connection: &Connection,
    name: Option<&str>,
    uuid: Option<Uuid>,
) -> Result<Option<Site>, Failure> {
    let (Some(name), Some(uuid)) = (name, uuid) else {
        return Ok(None);
    };
    let is_there = uuid_at(connection, name).await? == Some(uuid);
    Ok(is_there.then(|| Site { name: name.to_owned(), uuid }))
}

/// Checks the collection of one organization, if it has no operation.
pub(in crate::store::mongo) async fn check_collection(
    connection: &Connection,
    id: OrganizationId,
) -> Result<Option<Finding>, Failure> {
    connection.probe().await?;
    let Some(record) = organization_now(connection, id).await? else {
        return Ok(None);
    };
    if get_text(&record, "state").parse::<State>().ok().is_none_or(State::has_operation) {
        return Ok(None);
    }
    let elsewhere = match get_uuid(&record, "collection_uuid") {
        Some(uuid) => name_of(connection, uuid).await?,
        None => None,
    };
    let judged = judge_collection(connection, &record, id, elsewhere.as_deref()).await?;
    Ok(judged.map(|(problem, _)| about(&record, problem)))
}

/// The names that the collection of an organization may have: that of its record and those of its operation.
pub(super) fn names_of(record: &Document, id: OrganizationId, database: &str) -> Vec<String> {
    let mut names: Vec<String> = Names::read(record, id, database).collection.into_iter().collect();
    if let Some(op) = Operation::read(record, database) {
        names.extend([op.from.collection, op.to.collection].into_iter().flatten());
    }
    names
}
