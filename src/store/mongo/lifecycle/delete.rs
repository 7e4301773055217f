//! Delete: D1 to D7; forward only from its first write on.

use super::Run;
use super::undo::gone_is_good;
use crate::domain::{Organization, State};
use crate::service::store::AuditEntry;
use crate::service::{Error, OperationId, Result};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, NAMESPACE_NOT_FOUND, UUID_MISMATCH, both};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::record::Names;
use crate::store::mongo::reservation::release_all;
use mongodb::bson::{Document, doc};
use std::time::Duration;
use uuid::Uuid;

/// Deletes an organization, its admin and its collection.
pub(in crate::store::mongo) async fn delete(
    connection: &Connection,
    lease: Duration,
    current: &Organization,
    operation: OperationId,
    entry: &AuditEntry,
) -> Result<()> {
    if !matches!(current.state, State::Active | State::Damaged) {
        return Err(Error::Busy(current.state));
    }
    let mut run = Run::new(connection, lease, current.id, operation, current.epoch.0);
    let found = match commit(&mut run, current, entry).await {
        Ok(found) => found,
        Err(Failure::Lost) => return Err(run.why_not().await),
        Err(failure) => return Err(failure.at_first(&connection.place, operation, current.state)),
    };
    let forward = |failure: Failure| failure.forward(&connection.place, operation);
    let found = found.map_err(forward)?;
    match remove(&mut run, current, entry, found).await {
        // It goes forward only, whoever goes on with it.
        Err(Failure::Unclear(error)) => {
            tracing::info!(organization = %run.id, %error, "no clear answer; taking the own delete over");
            run.take_own_over().await.map_err(forward)
        }
        removed => removed.map_err(forward),
    }
}

/// D1: commits; beside it the UUID that lies at the collection's name, if that is its own.
async fn commit(
    run: &mut Run<'_>,
    current: &Organization,
    entry: &AuditEntry,
) -> Result<Result<Option<Uuid>, Failure>, Failure> {
    let names = Names::of(current);
    let operation = Operation {
        id: run.operation,
        kind: Kind::Delete,
        phase: Phase::Trash,
        epoch: current.epoch.0 + 1,
        from: names.as_ref(),
        to: None,
        admin_changes: doc! {},
        admin_version: None,
        audit: entry,
    };
    let mut deleting = doc! {"state": State::Deleting.as_str()};
    if current.state == State::Damaged {
        deleting.extend(operation.over_another());
    } else {
        deleting.insert("op", operation.to_document());
    }
    let whole = doc! {"state": {"$in": [State::Active.as_str(), State::Damaged.as_str()]}};
    let looking = Run::new(run.connection, Duration::ZERO, run.id, run.operation, run.epoch);
    let look = async {
        match &current.collection {
            Some(name) => looking.own_at(name.as_str()).await,
            // A name that tenantry could not have made is not even looked at.
            None => Ok(None),
        }
    };
    let (committed, found) = tokio::join!(run.cas(whole, deleting, &[]), look);
    committed.map(|_| found)
}

/// D2 to D7.
async fn remove(
    run: &mut Run<'_>,
    current: &Organization,
    entry: &AuditEntry,
    found: Option<Uuid>,
) -> Result<(), Failure> {
    if let (Some(name), Some(uuid)) = (&current.collection, current.collection_uuid)
        && found == Some(uuid)
    {
        trash(run, name.as_str(), uuid).await?;
    }
    run.enter(Phase::Release, doc! {}).await?;
    run.clear_away(audit::to_document(entry)).await
}

impl Run<'_> {
    /// D6 and D7.
    pub(super) async fn clear_away(&mut self, entry: Document) -> Result<(), Failure> {
        let (admins, reservations, audited) = tokio::join!(
            self.delete_admins(),
            release_all(self.connection, self.id, self.lateness.hold()),
            audit::write_document(self.connection, entry)
        );
        both(both(admins, reservations), audited)?;
        self.delete_organization().await
    }

    /// D2: sent once for each attempt. Answers whether it was moved: missing, or not ours, it is left alone.
    pub(super) async fn move_out(&mut self, name: &str, attempt: i64, uuid: Uuid) -> Result<bool, Failure> {
        match self.rename(name, &self.last_name(attempt), uuid).await {
            Ok(()) => Ok(true),
            Err(failure) if matches!(failure.refused_with(), Some(NAMESPACE_NOT_FOUND | UUID_MISMATCH)) => {
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// D3 and D4 of one attempt: under the last name nobody else can meet it, so what is seen there is what is
    /// dropped.
    pub(super) async fn drop_last(&mut self, attempt: i64, name: &str, uuid: Uuid) -> Result<(), Failure> {
        let last = self.last_name(attempt);
        match self.uuid_at(&last).await? {
            Some(seen) if seen == uuid => gone_is_good(self.drop_collection(&last, uuid).await),
            // Not ours: only a server that ignores UUIDs lets this happen.
            Some(other) => self.rename(&last, name, other).await,
            None => Ok(()),
        }
    }
}

/// D2 to D4. The attempt is the epoch of its CAS.
async fn trash(run: &mut Run<'_>, name: &str, uuid: Uuid) -> Result<(), Failure> {
    let attempt = run.epoch;
    if run.move_out(name, attempt, uuid).await? { run.drop_last(attempt, name, uuid).await } else { Ok(()) }
}
