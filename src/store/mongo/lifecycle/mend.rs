//! An organization whose collection is not where its record says gets one again: an update whose collection comes
//! from wherever it was found.
//!
//! The same CAS, phases and recovery as those of an update, so that it may stop anywhere: it begins in phase `moving`
//! with the UUID that was seen, and with its name (`elsewhere`) where that is neither of the two.

use super::recover::Recovery;
use super::undo::gone_is_good;
use super::{Run, new_collection_of};
use crate::domain::{Email, OrganizationId, State};
use crate::service::OperationId;
use crate::service::store::AuditEntry;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, UNKNOWN_FIELD, code_of, judge};
use crate::store::mongo::operation::{Found, Kind, Operation, Phase};
use crate::store::mongo::record::{Names, binary, get_number, get_text};
use mongodb::bson::{Document, doc};
use mongodb::error::Error as DriverError;
use uuid::Uuid;

/// Where the collection is that an organization is to have.
#[derive(Debug)]
pub(in crate::store::mongo) struct Moved<'a> {
    /// Its UUID as it was seen.
    pub(in crate::store::mongo) uuid: Uuid,
    /// Its name as it was seen.
    pub(in crate::store::mongo) name: &'a str,
    /// Whether that is none of the organization's own.
    pub(in crate::store::mongo) is_elsewhere: bool,
}

/// Gives the organization of a record, active or damaged, the collection that was seen, with its marker.
///
/// The organization is held meanwhile, so that the collection is not renamed away under the marker: an insert by name
/// would make a new one there.
pub(in crate::store::mongo) async fn mend(
    connection: &Connection,
    (record, id): (&Document, OrganizationId),
    moved: &Moved<'_>,
    entry: &AuditEntry,
) -> Result<(), Failure> {
    let database = connection.database.name();
    let epoch = get_number(record, "epoch");
    let mut run = Run::new(connection, connection.lease, id, OperationId(entry.id), epoch);
    let mut set = match Found::read(record, database) {
        // The rename that it is damaged in goes on.
        Some(found) if found.kind == Kind::Update => doc! {"op.phase": Phase::Moving.as_str()},
        _ => {
            let Some(names) = Names::read(record, database) else {
                return Err(Failure::Lost);
            };
            doc! {"op": operation(run.operation, epoch + 1, &names, entry)}
        }
    };
    // An earlier try may have come from elsewhere.
    let mut unset = Vec::new();
    match (moved.is_elsewhere, set.get_document_mut("op")) {
        (true, Ok(operation)) => drop(operation.insert("elsewhere", moved.name)),
        (true, Err(_)) => drop(set.insert("op.elsewhere", moved.name)),
        (false, Ok(_)) => {}
        (false, Err(_)) => unset.push("op.elsewhere"),
    }
    set.insert("collection_uuid", binary(moved.uuid));
    set.insert("state", State::Renaming.as_str());
    let now = get_text(record, "state");
    let record = run.cas(doc! {"state": now}, set, &unset).await?;
    let Some(found) = Found::read(&record, database) else {
        return Err(Failure::Lost);
    };
    match put_marker(&run, moved.name, moved.uuid).await {
        // A validator of the tenant's may be why. The collection is its own all the same; that it has no marker is told.
        Err(Failure::Refused(error)) => {
            tracing::warn!(organization = %run.id, %error, "the marker was refused");
        }
        put => put?,
    }
    Recovery { run, record, found }.moving().await
}

/// An update that changes no name.
fn operation(id: OperationId, epoch: i64, names: &Names, entry: &AuditEntry) -> Document {
    let operation = Operation {
        id,
        kind: Kind::Update,
        phase: Phase::Moving,
        epoch,
        from: Some(names),
        to: Some(names),
        admin_changes: doc! {},
        admin_version: None,
        audit: entry,
    };
    operation.to_document()
}

/// Inserts the marker into the collection with this UUID; one that is there stays.
async fn put_marker(run: &Run<'_>, collection: &str, uuid: Uuid) -> Result<(), Failure> {
    let mut command = doc! {
        "insert": collection,
        "documents": [run.marker()],
        "collectionUUID": binary(uuid),
        "writeConcern": {"w": "majority", "j": true},
    };
    loop {
        match run.connection.database.run_command(command.clone()).await {
            Err(error)
                if code_of(&error) == Some(UNKNOWN_FIELD) && command.contains_key("collectionUUID") =>
            {
                command.remove("collectionUUID");
            }
            Err(error) => return Err(judge(error)),
            Ok(reply) => return marked(&reply),
        }
    }
}

fn marked(reply: &Document) -> Result<(), Failure> {
    let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let code = errors.first().and_then(|error| error.as_document()).map(|error| get_number(error, "code"));
    match code {
        None if reply.contains_key("writeConcernError") => {
            Err(Failure::Unknown(DriverError::custom("the write concern was not satisfied")))
        }
        None => Ok(()),
        Some(code) if code == i64::from(DUPLICATE_KEY) => Ok(()),
        Some(code) => Err(Failure::Refused(DriverError::custom(format!("the marker was refused: {code}")))),
    }
}

/// Makes an empty collection aside, with the marker of its organization; answers name and UUID.
pub(in crate::store::mongo) async fn empty_aside(
    connection: &Connection,
    id: OrganizationId,
) -> Result<Option<(String, Uuid)>, Failure> {
    let run = Run::new(connection, connection.lease, id, OperationId::random(), 0);
    let name = run.new_collection();
    let inserted = connection.database.collection::<Document>(&name).insert_one(run.marker()).await;
    match inserted.map_err(judge) {
        // It is there already: left over of an earlier try.
        Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => {}
        inserted => inserted.map(drop)?,
    }
    Ok(run.uuid_at(&name).await?.map(|uuid| (name, uuid)))
}

/// Drops what a create left aside.
pub(in crate::store::mongo) async fn drop_aside(
    connection: &Connection,
    id: OrganizationId,
    uuid: Uuid,
) -> Result<(), Failure> {
    let mut run = Run::new(connection, connection.lease, id, OperationId::random(), 0);
    gone_is_good(run.drop_collection(&new_collection_of(id), uuid).await)
}

/// The record of an active organization takes the email that its admin signs in with; answers the epoch after it.
pub(in crate::store::mongo) async fn correct_email(
    connection: &Connection,
    (record, id): (&Document, OrganizationId),
    email: &str,
) -> Result<i64, Failure> {
    let mut run =
        Run::new(connection, connection.lease, id, OperationId::random(), get_number(record, "epoch"));
    let set = doc! {"admin_email": email, "email_key": Email::key_of(email)};
    run.cas(doc! {"state": State::Active.as_str()}, set, &[]).await?;
    Ok(run.epoch)
}
