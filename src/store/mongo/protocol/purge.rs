//! Purge: removes an organization with its collection. It only goes forward, and is the only operation that destroys
//! data.

use super::command::Sent;
use super::movement::Ended;
use super::{Change, Run, why_not};
use crate::domain::{AuditEntry, Organization, State};
use crate::port::{Error, PurgeRequest, Purged, Result};
use crate::store::expired::purge_entry;
use crate::store::mongo::audit;
use crate::store::mongo::collections::{Place, Seen, seen_at};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, both};
use crate::store::mongo::names::{Names, purge_collection_of, purge_prefix_of};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::record::{self, date, get_uuid, ours};
use crate::store::mongo::reservation::release_all;
use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::error::Error as DriverError;

/// Rounds of look, CAS, act before it gives up: each ends with a server's answer that changes something.
const ROUNDS: usize = 64;

/// Removes an organization permanently.
pub(in crate::store::mongo) async fn purge(
    connection: &Connection,
    request: &PurgeRequest,
    entry: &AuditEntry,
) -> Result<Purged> {
    run(connection, &request.current, doc! {}, entry).await
}

/// Purges organizations that have expired by the server's clock.
pub(in crate::store::mongo) async fn purge_expired(connection: &Connection, limit: usize) -> Result<usize> {
    // No limit to a server.
    if limit == 0 {
        return Ok(0);
    }
    let due = doc! {
        "deleted.purge_at": {"$lte": date(server_time(connection).await?)},
        "state": State::Deleted.as_str(),
    };
    let mut filter = due.clone();
    filter.insert("schema", ours());
    let rows = i64::try_from(limit).unwrap_or(i64::MAX);
    let found: Vec<Document> = async {
        let organizations = connection.organizations();
        let sorted = organizations.find(filter).sort(doc! {"deleted.purge_at": 1}).limit(rows);
        sorted.await?.try_collect().await
    }
    .await
    .map_err(|error| connection.of_read(&error))?;
    let mut purged = 0;
    for record in found {
        let Some(current) = record::organization(&record, connection.database.name()) else { continue };
        let at = server_time(connection).await?;
        let entry = purge_entry(&current, at);
        match run(connection, &current, due.clone(), &entry).await {
            Ok(_) => purged += 1,
            // Another process has it, or the server refuses: continue with the others.
            Err(Error::Changed | Error::Busy(_) | Error::NotFound | Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(purged)
}

async fn server_time(connection: &Connection) -> Result<jiff::Timestamp> {
    connection.server_time().await.map_err(|failure| failure.into_error(connection))
}

/// P1 and all later steps. `due` is a condition besides the epoch.
async fn run(
    connection: &Connection,
    current: &Organization,
    due: Document,
    entry: &AuditEntry,
) -> Result<Purged> {
    match current.state {
        State::Active | State::Deleted => {}
        state @ (State::Creating | State::Renaming | State::Deleting | State::Restoring | State::Purging) => {
            return Err(Error::Busy(state));
        }
    }
    connection.probe().await?;
    let mut op = Operation::new(Kind::Purge, Phase::Purge, entry, connection.lease);
    op.epoch = current.epoch.0 + 1;
    op.from = Names::of(current);
    let operation = op.id;
    let mut set = op.fields();
    set.extend(Run::ends_sessions(entry));
    set.insert("state", State::Purging.as_str());
    let mut only = doc! {"state": current.state.as_str()};
    only.extend(due);
    let mut run = Run::begin(connection, current.id, current.epoch.0, op);
    match run.cas(Change { only, set, unset: Vec::new(), now: vec!["op.began_at"] }).await {
        Ok(()) => {}
        Err(Failure::Lost) => return Err(why_not(connection, current.id, operation).await),
        Err(failure) => return Err(failure.at_first(connection, operation)),
    }
    match Box::pin(run.execute_purge()).await {
        Ok(_) => Ok(Purged { collection_left: run.collection_left() }),
        Err(failure) => Err(run.under_way(failure)),
    }
}

impl Run<'_> {
    /// P2 to P4 for the process that began it: the first command is sent without a look.
    pub(super) async fn execute_purge(&mut self) -> Result<Ended, Failure> {
        let own = self.op.from.collection.clone().zip(get_uuid(&self.record, "collection_uuid"));
        let is_deleted = self.record.contains_key("deleted");
        let dropped = match own {
            // Its collection was missing at the delete: there is none to drop.
            None if is_deleted => true,
            None => false,
            Some((name, uuid)) if self.connection.checks_uuids() => self.is_dropped(&name, uuid).await?,
            Some((name, uuid)) => self.is_dropped_aside(&name, uuid).await?,
        };
        if !dropped {
            self.drop_wherever_it_is().await?;
        }
        self.clear_away().await
    }

    /// A purge that was taken over.
    pub(super) async fn resume_purge(&mut self) -> Result<Ended, Failure> {
        self.drop_wherever_it_is().await?;
        self.clear_away().await
    }

    /// Whether this collection is gone now; a certain refusal ends the attempt.
    async fn is_dropped(&mut self, name: &str, uuid: uuid::Uuid) -> Result<bool, Failure> {
        match self.drop_collection(name, uuid).await? {
            Sent::Done => Ok(true),
            Sent::Refused(reason) => Err(Failure::Rule(self.stays(&reason))),
            Sent::NotThere | Sent::TargetExists | Sent::TimedOut | Sent::Unclear => Ok(false),
        }
    }

    /// On a server that ignores UUIDs: renames the collection to a name that is the target of at most one rename ever,
    /// and drops it there.
    async fn is_dropped_aside(&mut self, name: &str, uuid: uuid::Uuid) -> Result<bool, Failure> {
        if name.starts_with(&purge_prefix_of(self.id)) {
            return self.is_dropped(name, uuid).await;
        }
        let aside = purge_collection_of(self.id, self.epoch);
        match self.rename(name, &aside, uuid).await? {
            Sent::Done => self.is_dropped(&aside, uuid).await,
            Sent::Refused(reason) => Err(Failure::Rule(self.stays(&reason))),
            Sent::NotThere | Sent::TargetExists | Sent::TimedOut | Sent::Unclear => Ok(false),
        }
    }

    /// P2: look, CAS, act, until the collection is gone.
    async fn drop_wherever_it_is(&mut self) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            let seen = self.find().await?;
            let mut set = doc! {};
            if let Place::At(_, uuid) = &seen {
                set.insert("collection_uuid", record::binary(*uuid));
            }
            self.cas(Change::set(set)).await?;
            match &seen {
                Place::Gone => {
                    if self.find().await? == seen {
                        return self.tell_what_is_left().await;
                    }
                }
                Place::At(name, uuid) if !self.connection.checks_uuids() => {
                    if self.is_dropped_aside(name, *uuid).await? {
                        return Ok(());
                    }
                }
                Place::At(name, uuid) => {
                    let here = self.bring_back(name, *uuid).await?;
                    if self.is_dropped(&here, *uuid).await? {
                        return Ok(());
                    }
                }
            }
        }
        Err(Failure::Unknown(DriverError::custom("the server does not say where a collection is")))
    }

    /// Where to drop the collection: under its own name, after a rename if it has another one. If the server refuses
    /// the rename, because the name is taken or the collection cannot be moved, it is dropped where it is.
    async fn bring_back(&mut self, name: &str, uuid: uuid::Uuid) -> Result<String, Failure> {
        let own = self.op.from.collection.clone().filter(|own| own != name);
        let Some(own) = own else { return Ok(name.to_owned()) };
        Ok(match self.rename(name, &own, uuid).await? {
            Sent::Done => own,
            Sent::Refused(_) | Sent::NotThere | Sent::TargetExists | Sent::TimedOut | Sent::Unclear => {
                name.to_owned()
            }
        })
    }

    /// P3 and P4.
    async fn clear_away(&mut self) -> Result<Ended, Failure> {
        let (admins, reservations, audited) = tokio::join!(
            self.delete_admins(),
            release_all(self.connection, self.id),
            audit::write_document(self.connection, self.op.audit.clone())
        );
        both(both(admins, reservations), audited)?;
        self.delete_organization().await?;
        Ok(Ended::Done)
    }

    /// The collection is gone. Another collection with its name is left alone, and the audit says so.
    async fn tell_what_is_left(&mut self) -> Result<(), Failure> {
        let Some(name) = self.op.from.collection.clone().filter(|name| name.starts_with("org_")) else {
            return Ok(());
        };
        if seen_at(self.connection, &name).await? != Seen::Nothing
            && let Ok(changes) = self.op.audit.get_document_mut("changes")
        {
            changes.insert("collection_left", name);
        }
        Ok(())
    }
}
