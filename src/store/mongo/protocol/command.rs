//! Rename, drop and insert, bound to the UUID of one collection and to the lease.
//!
//! On a server that ignores UUIDs, the UUID is checked right before each command, here and nowhere else.

use super::{Change, Run};
use crate::port::Error;
use crate::store::mongo::collections::uuid_at;
use crate::store::mongo::connection::is_control;
use crate::store::mongo::failure::{
    CONFLICTING_OPERATION, Failure, InLog, LOCK_BUSY, MAX_TIME_EXPIRED, NAMESPACE_EXISTS,
    NAMESPACE_NOT_FOUND, UNKNOWN_FIELD, UUID_MISMATCH, code_of, is_certain, judge, name_of, refusal_in_words,
    unusable,
};
use crate::store::mongo::names::may_be_of;
use crate::store::mongo::record::{MARKER, binary, get_number};
use mongodb::Database;
use mongodb::bson::{Document, doc};
use mongodb::error::Error as DriverError;
use uuid::Uuid;

/// The outcome of a rename or a drop.
#[derive(Debug)]
pub(super) enum Sent {
    Done,
    /// The collection does not have that name.
    NotThere,
    /// The target of a rename exists.
    TargetExists,
    /// The server certainly refused; the error says why.
    Refused(Error),
    /// Its time limit has passed: it was not done, or it was done late.
    TimedOut,
    /// No clear answer: it may be executed late.
    Unclear,
}

impl Run<'_> {
    /// Renames the collection with this UUID to a free name.
    pub(super) async fn rename(&mut self, from: &str, to: &str, uuid: Uuid) -> Result<Sent, Failure> {
        // It may have been seen under any name; the target is the organization's own.
        if is_control(from) || !may_be_of(to, self.id, self.database()) {
            return Err(Failure::Rule(Error::internal(&format!(
                "a rename of {from} to {to} was about to be sent"
            ))));
        }
        let limit = self.time_limit().await?;
        if !self.is_there(from, uuid).await? {
            return Ok(Sent::NotThere);
        }
        let name = self.database();
        let command = doc! {
            "renameCollection": format!("{name}.{from}"),
            "to": format!("{name}.{to}"),
            "dropTarget": false,
        };
        let admin = self.connection.client.database("admin");
        let sent = self.send(&admin, command, uuid, limit).await;
        self.has_renamed = true;
        Ok(sent)
    }

    /// Drops the collection with this UUID.
    pub(super) async fn drop_collection(&mut self, name: &str, uuid: Uuid) -> Result<Sent, Failure> {
        if is_control(name) {
            return Err(Failure::Rule(Error::internal(&format!("a drop of {name} was about to be sent"))));
        }
        let limit = self.time_limit().await?;
        if !self.is_there(name, uuid).await? {
            return Ok(Sent::NotThere);
        }
        let database = self.connection.database.clone();
        Ok(self.send(&database, doc! {"drop": name}, uuid, limit).await)
    }

    /// Writes the marker into the collection with this UUID, over one that names another organization. Does nothing if
    /// the collection is gone.
    pub(super) async fn write_marker(&mut self, name: &str, uuid: Uuid) -> Result<(), Failure> {
        let limit = self.time_limit().await?;
        if !self.is_there(name, uuid).await? {
            return Ok(());
        }
        let mut command = doc! {
            "update": name,
            "updates": [{
                "q": {"_id": MARKER},
                "u": {"$set": {"organization_id": binary(self.id.0)}},
                "upsert": true,
            }],
            "writeConcern": {"w": "majority", "j": true},
            "maxTimeMS": limit,
        };
        let bare = Some(command.clone()).filter(|_| !self.connection.checks_uuids());
        command.insert("collectionUUID", binary(uuid));
        let database = &self.connection.database;
        let sent = match (database.run_command(command).await, bare) {
            (Err(error), Some(bare)) if code_of(&error) == Some(UNKNOWN_FIELD) => {
                database.run_command(bare).await
            }
            (sent, _) => sent,
        };
        match sent {
            Err(error) if code_of(&error) == Some(UUID_MISMATCH) => Ok(()),
            Err(error) => Err(judge(error)),
            Ok(reply) => inserted(&reply).map(drop),
        }
    }

    /// Checks the UUID where the server does not.
    pub(super) async fn is_there(&self, name: &str, uuid: Uuid) -> Result<bool, Failure> {
        Ok(self.connection.checks_uuids() || uuid_at(self.connection, name).await? == Some(uuid))
    }

    async fn send(&self, database: &Database, mut command: Document, uuid: Uuid, limit: i64) -> Sent {
        command.extend(doc! {
            "collectionUUID": binary(uuid),
            "writeConcern": {"w": "majority", "j": true},
            "maxTimeMS": limit,
        });
        match database.run_command(command).await {
            Ok(reply) if reply.contains_key("writeConcernError") => Sent::Unclear,
            Ok(_) => Sent::Done,
            Err(error) => self.judge_command(&error),
        }
    }

    fn judge_command(&self, error: &DriverError) -> Sent {
        let Some(code) = code_of(error) else {
            tracing::info!(error = %InLog(error), "no clear answer to a rename or a drop");
            return Sent::Unclear;
        };
        // On a router, an earlier command of this process may still be running and cause this conflict.
        let may_be_ours = self.has_renamed && self.connection.is_router();
        match code {
            NAMESPACE_NOT_FOUND | UUID_MISMATCH => Sent::NotThere,
            NAMESPACE_EXISTS => Sent::TargetExists,
            MAX_TIME_EXPIRED => Sent::TimedOut,
            LOCK_BUSY | CONFLICTING_OPERATION if may_be_ours => Sent::Unclear,
            _ if is_certain(error) => Sent::Refused(self.refusal(code, error)),
            _ => {
                tracing::info!(error = %InLog(error), "no clear answer to a rename or a drop");
                Sent::Unclear
            }
        }
    }

    /// The server's reason, for the caller of the operation.
    fn refusal(&self, code: i32, error: &DriverError) -> Error {
        tracing::info!(error = %InLog(error), organization = %self.id, "the server refuses to move or drop a collection");
        let host = &self.connection.place.host;
        match code {
            12_586 | 12_587 => Error::CollectionBusy(format!(
                "{host} is building an index on the collection and does not rename it until that has ended."
            )),
            LOCK_BUSY | CONFLICTING_OPERATION | 215 | 319 | 338 => Error::CollectionBusy(format!(
                "Another command at {host} is using the collection ({}).",
                name_of(code)
            )),
            112 => Error::CollectionBusy(format!("{host} reported a write conflict ({}).", name_of(code))),
            _ => {
                let reason =
                    unusable(self.connection, error).or_else(|| refusal_in_words(self.connection, code));
                Error::StoreUnusable(reason.unwrap_or_else(|| {
                    format!("{host} refuses to move or drop the collection ({}).", name_of(code))
                }))
            }
        }
    }

    /// How long the next rename, drop or insert may take on the server, in milliseconds; renews the lease when less
    /// than a third of it is left.
    pub(super) async fn time_limit(&mut self) -> Result<i64, Failure> {
        if let Some(limit) = self.lease.time_limit() {
            return Ok(limit);
        }
        self.cas(Change::default()).await?;
        // A renewal that took most of a lease leaves no time for a command.
        self.lease.time_limit().ok_or_else(|| Failure::Unknown(DriverError::custom("the lease ran out")))
    }
}

/// Whether all documents of an insert exist; a duplicate was inserted before.
fn inserted(reply: &Document) -> Result<bool, Failure> {
    let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let code = errors.first().and_then(|error| error.as_document()).map(|error| get_number(error, "code"));
    match code {
        None if reply.contains_key("writeConcernError") => {
            Err(Failure::Unknown(DriverError::custom("the write concern was not satisfied")))
        }
        None => Ok(true),
        Some(code) if code == i64::from(UUID_MISMATCH) => Ok(false),
        Some(code) => Err(Failure::Rule(insert_refused(code))),
    }
}

/// The collection refused a document, for example because of a validator.
fn insert_refused(code: i64) -> Error {
    let code = i32::try_from(code).unwrap_or(0);
    Error::StoreUnusable(format!("The collection refuses a document ({}).", name_of(code)))
}
