//! Moves the collection of an organization back to the name in its record. This is an operation that changes nothing
//! else: with the same CAS, phases and recovery as an update or, in the trash, a delete.

use super::command::Sent;
use super::{Change, Run};
use crate::domain::{AuditEntry, OrganizationId, State};
use crate::store::mongo::collections::{Marker, Place, marker_in, uuid_at};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, judge};
use crate::store::mongo::names::{Names, new_collection_of};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::record::{MARKER, binary, get_number, get_text};
use mongodb::bson::{Document, doc};
use uuid::Uuid;

/// The collection that an organization should have.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::mongo) enum PutBack<'a> {
    /// Its own, wherever it is.
    Own,
    /// This one, which an operator chose: its name and its UUID as they were seen.
    Chosen(&'a str, Uuid),
}

/// Gives an organization without an operation its collection back, with its marker. The operation prevents a rename of
/// the collection before the marker is written.
pub(in crate::store::mongo) async fn put_back(
    connection: &Connection,
    record: &Document,
    id: OrganizationId,
    which: PutBack<'_>,
    entry: &AuditEntry,
) -> Result<(), Failure> {
    connection.probe().await?;
    let database = connection.database.name();
    let names = Names::read(record, id, database);
    if names.collection.is_none() {
        return Err(Failure::Lost);
    }
    let (kind, at_work) = match get_text(record, "state").parse::<State>().ok() {
        Some(State::Active) => (Kind::Update, State::Renaming),
        Some(State::Deleted) => (Kind::Delete, State::Deleting),
        _ => return Err(Failure::Lost),
    };
    let epoch = get_number(record, "epoch");
    let mut op = Operation::new(kind, Phase::Moving, entry, connection.lease);
    op.epoch = epoch + 1;
    op.from = names.clone();
    op.to = names;
    op.to_deleted = record.get_document("deleted").ok().cloned();
    let mut run = Run::begin(connection, id, epoch, op);
    run.record = record.clone();
    let seen = match which {
        PutBack::Own => run.find().await?,
        PutBack::Chosen(name, uuid) => Place::At(name.to_owned(), uuid),
    };
    let mut set = run.op.fields();
    set.insert("state", at_work.as_str());
    if let Place::At(_, uuid) = &seen {
        set.insert("collection_uuid", binary(*uuid));
    }
    let only = doc! {"state": get_text(record, "state")};
    run.cas(Change { only, set, unset: Vec::new(), now: vec!["op.began_at"] }).await?;
    if let Place::At(name, uuid) = &seen {
        run.mark(name, *uuid).await?;
    }
    Box::pin(run.resume()).await.map(drop)
}

impl Run<'_> {
    /// Writes the marker, unless it exists.
    pub(super) async fn mark(&mut self, name: &str, uuid: Uuid) -> Result<(), Failure> {
        if matches!(marker_in(self.connection, name, uuid, self.id).await?, Marker::Ours | Marker::NotThere) {
            return Ok(());
        }
        match self.write_marker(name, uuid).await {
            // A validator of the tenant may refuse it. The collection belongs to the organization all the same, and
            // the doctor reports the marker.
            Err(Failure::Rule(error)) => {
                tracing::warn!(organization = %self.id, %error, "the collection refused the marker");
                Ok(())
            }
            written => written,
        }
    }
}

/// Creates an empty collection aside, with the marker of its organization; returns name and UUID.
pub(in crate::store::mongo) async fn make_empty_aside(
    connection: &Connection,
    id: OrganizationId,
) -> Result<Option<(String, Uuid)>, Failure> {
    let name = new_collection_of(id);
    let marker = doc! {"_id": MARKER, "organization_id": binary(id.0)};
    let inserted = connection.database.collection::<Document>(&name).insert_one(marker).await;
    match inserted.map_err(judge) {
        // It exists already, from an earlier attempt.
        Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => {}
        inserted => inserted.map(drop)?,
    }
    Ok(uuid_at(connection, &name).await?.map(|uuid| (name, uuid)))
}

/// Drops a leftover of a create; returns whether it is gone.
pub(in crate::store::mongo) async fn drop_aside(
    connection: &Connection,
    id: OrganizationId,
    uuid: Uuid,
    entry: &AuditEntry,
) -> Result<bool, Failure> {
    connection.probe().await?;
    let op = Operation::new(Kind::Create, Phase::Reserve, entry, connection.lease);
    let mut run = Run::begin(connection, id, 0, op);
    match run.drop_collection(&new_collection_of(id), uuid).await? {
        Sent::Done | Sent::NotThere => Ok(true),
        Sent::Refused(reason) => Err(Failure::Rule(reason)),
        Sent::TargetExists | Sent::TimedOut | Sent::Unclear => Ok(false),
    }
}

/// Copies the email that an admin signs in with into the record of its organization, together with the key for an
/// active one; returns the new epoch.
pub(in crate::store::mongo) async fn correct_email(
    connection: &Connection,
    record: &Document,
    id: OrganizationId,
    email: &str,
    key: Option<&str>,
    entry: &AuditEntry,
) -> Result<i64, Failure> {
    let op = Operation::new(Kind::Update, Phase::Apply, entry, connection.lease);
    let mut run = Run::begin(connection, id, get_number(record, "epoch"), op);
    let mut set = doc! {"admin_email": email};
    if let Some(key) = key {
        set.insert("email_key", key);
    }
    let state = if key.is_some() { State::Active } else { State::Deleted };
    let only = doc! {"state": state.as_str()};
    run.cas(Change { only, set, ..Change::default() }).await?;
    Ok(run.epoch)
}
