//! Where the collection of one organization is, and what is wrong with that.

use super::organization_now;
use crate::domain::{CollectionName, OrganizationId, Problem, State};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::operation::Found;
use crate::store::mongo::page::{Seen, seen_at, uuid_at};
use crate::store::mongo::record::{MARKER, collection_key, get_number, get_text, get_uuid, holds};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// What the marker in a collection says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// It names this organization.
    Ours,
    /// It names another one, or nothing.
    Others,
    /// There is none.
    Missing,
}

/// Reads the marker in a collection.
pub(super) async fn marker_in(
    connection: &Connection,
    collection: &str,
    id: OrganizationId,
) -> Result<Marker, Failure> {
    let documents = connection.database.collection::<Document>(collection);
    let marker = documents.find_one(doc! {"_id": MARKER}).await.map_err(judge)?;
    Ok(match marker {
        None => Marker::Missing,
        Some(marker) if get_uuid(&marker, "organization_id") == Some(id.0) => Marker::Ours,
        Some(_) => Marker::Others,
    })
}

/// A collection that is there now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) name: String,
    pub(super) uuid: Uuid,
}

/// What is wrong with the collection of an organization, with the collection that it would go on with.
pub(super) type Judgement = Option<(Problem, Option<Site>)>;

/// Looks now where the collection of an organization is that is active or damaged. `elsewhere` is where a collection
/// with its UUID was seen.
pub(super) async fn judge_collection(
    connection: &Connection,
    record: &Document,
    id: OrganizationId,
    elsewhere: Option<&str>,
) -> Result<Judgement, Failure> {
    let own = get_uuid(record, "collection_uuid");
    let names = names_of(record, connection.database.name());
    let is_damaged = get_text(record, "state") == State::Damaged.as_str();
    if names.is_empty() {
        return Ok(Some((Problem::RecordUnusable, None)));
    }
    let mut foreign = None;
    let mut restored = None;
    let mut blocked = None;
    for name in &names {
        let uuid = match seen_at(connection, name).await? {
            Seen::Collection(uuid) => uuid,
            Seen::Nothing => continue,
            Seen::Other => {
                blocked.get_or_insert(name.clone());
                continue;
            }
        };
        let site = Site { name: name.clone(), uuid };
        if own == Some(uuid) {
            return Ok(is_damaged.then(|| found_at(site)));
        }
        if restored.is_none() && marker_in(connection, name, id).await? == Marker::Ours {
            restored = Some(site.clone());
        }
        foreign.get_or_insert(site);
    }
    let displaced = is_at(connection, elsewhere, own).await?;
    // One that bears our marker is ours whoever has reserved its name; of the others the one to be taken is looked at.
    let meant = displaced.as_ref().or(if restored.is_none() { foreign.as_ref() } else { None });
    if let Some(site) = meant
        && is_of_another(connection, site, id).await?
    {
        return Ok(Some((Problem::CollectionOfAnother { at: site.name.clone() }, None)));
    }
    // Neither a collection nor an empty one can come to a name that something else has.
    if let (Some(at), None) = (blocked, &restored) {
        let at_another = displaced.map(|site| Problem::CollectionDisplaced { at: site.name });
        return Ok(Some((at_another.unwrap_or(Problem::CollectionBlocked { at }), None)));
    }
    Ok(Some(if is_damaged {
        damaged(displaced, restored, foreign)
    } else {
        active(displaced, restored, foreign)
    }))
}

/// Whether a collection is another organization's, or none of any: it is neither renamed nor given to this one.
///
/// The record alone does not say whose a collection is: it may be a copy of another one, with that one's UUID.
async fn is_of_another(connection: &Connection, site: &Site, id: OrganizationId) -> Result<bool, Failure> {
    if connection.is_control(&site.name) {
        return Ok(true);
    }
    match marker_in(connection, &site.name, id).await? {
        Marker::Ours => return Ok(false),
        Marker::Others => return Ok(true),
        Marker::Missing => {}
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

/// Whether the collection with this UUID is under that name now.
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

fn found_at(site: Site) -> (Problem, Option<Site>) {
    (Problem::DamagedFound { at: site.name.clone() }, Some(site))
}

fn active(displaced: Option<Site>, restored: Option<Site>, foreign: Option<Site>) -> (Problem, Option<Site>) {
    match (displaced, restored, foreign) {
        (Some(site), None, None) => (Problem::CollectionElsewhere { at: site.name.clone() }, Some(site)),
        // Two copies, or the name is taken: which one is meant is not known.
        (Some(site), _, _) => (Problem::CollectionDisplaced { at: site.name }, None),
        (None, Some(site), _) => (Problem::CollectionRestored, Some(site)),
        (None, None, Some(site)) => (Problem::CollectionReplaced, Some(site)),
        (None, None, None) => (Problem::CollectionMissing, None),
    }
}

fn damaged(
    displaced: Option<Site>,
    restored: Option<Site>,
    foreign: Option<Site>,
) -> (Problem, Option<Site>) {
    match (displaced.or(restored), foreign) {
        (Some(site), _) => found_at(site),
        (None, Some(site)) => (Problem::DamagedReplaced { at: site.name.clone() }, Some(site)),
        (None, None) => (Problem::DamagedMissing, None),
    }
}

/// The names under which the collection may lie: of a damaged one the new name, then the old one.
pub(super) fn names_of(record: &Document, database: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(found) = Found::read(record, database) {
        let both = [found.to, found.from].into_iter().flatten();
        names.extend(both.map(|names| names.collection.as_str().to_owned()));
    }
    let own = match record.get_str("database_name") {
        Ok(here) if here == database => {
            CollectionName::from_record(&get_text(record, "collection_name"), database)
        }
        _ => None,
    };
    if let Some(own) = own
        && !names.iter().any(|name| name == own.as_str())
    {
        names.push(own.as_str().to_owned());
    }
    names
}

/// The names in a record and in its operation: while it is in work they belong to it.
pub(super) fn names_in_work(record: &Document, database: &str) -> Vec<String> {
    let mut names = names_of(record, database);
    if let Some(found) = Found::read(record, database) {
        names.extend(found.elsewhere);
    }
    names
}
