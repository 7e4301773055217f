//! Recovery: whoever opens the store, or meets an organization whose lease is over, takes the operation over and goes
//! on from its phase, as the tables of the module head say.
//!
//! Taking over is a CAS like every other: of two recoverers one goes on, and the executor before them stops at its
//! next write. It is itself safe to crash and to repeat: the next one takes over from the phase that was reached.

use super::Run;
use super::apply::Application;
use super::undo::gone_is_good;
use crate::domain::{OrganizationId, State};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, NAMESPACE_EXISTS, NAMESPACE_NOT_FOUND, UUID_MISMATCH, judge};
use crate::store::mongo::operation::{Found, Kind, Phase};
use crate::store::mongo::record::{Names, binary, get_number, get_uuid, ours};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use uuid::Uuid;

/// Operations that are ended at one opening; the rest is ended by whoever meets it.
const AT_OPENING: i64 = 1_000;

/// In work, and silent for longer than a lease by the server's clock.
fn is_over(connection: &Connection) -> Document {
    let lease = i64::try_from(connection.lease.as_millis()).unwrap_or(i64::MAX);
    let end = doc! {"$dateAdd": {"startDate": "$touched_at", "unit": "millisecond", "amount": lease}};
    let states = [State::Creating, State::Renaming, State::Deleting].map(State::as_str);
    doc! {
        "state": {"$in": states.to_vec()},
        "schema": ours(),
        "touched_at": {"$type": "date"},
        "$expr": {"$lt": [end, "$$NOW"]},
    }
}

/// Ends every operation that nobody works on any more.
pub(in crate::store::mongo) async fn recover_all(connection: &Connection) -> Result<(), Failure> {
    let records = async {
        let found = connection.organizations().find(is_over(connection)).limit(AT_OPENING).await?;
        found.try_collect::<Vec<Document>>().await
    };
    for record in records.await.map_err(judge)? {
        let Some(id) = get_uuid(&record, "_id").map(OrganizationId) else {
            continue;
        };
        match take_over(connection, &record, id).await {
            Ok(()) | Err(Failure::Lost) => {}
            // The next one to meet it tries again; the store itself is none the worse.
            Err(failure @ Failure::Refused(_)) => {
                tracing::warn!(organization = %id, ?failure, "recovery was refused");
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Ends the operation on an organization if its lease is over; answers whether there was one to end.
pub(in crate::store::mongo) async fn recover_if_over(
    connection: &Connection,
    id: OrganizationId,
) -> Result<bool, Failure> {
    let mut this = is_over(connection);
    this.insert("_id", binary(id.0));
    let Some(record) = connection.organizations().find_one(this).await.map_err(judge)? else {
        return Ok(false);
    };
    match take_over(connection, &record, id).await {
        // Another one has it now: it is being ended.
        Err(Failure::Lost) => Ok(false),
        ended => ended.map(|()| true),
    }
}

/// Ends the operation on an organization now: somebody asked for it. The lease fences nothing, the epoch does; so
/// whoever has it stops at the next write, and a rename that is on its way is reckoned with. None on it is nothing to
/// do. Answers whether its record says enough to end it.
pub(in crate::store::mongo) async fn end_now(
    connection: &Connection,
    id: OrganizationId,
) -> Result<bool, Failure> {
    let states = [State::Creating, State::Renaming, State::Deleting].map(State::as_str);
    let this = doc! {"_id": binary(id.0), "state": {"$in": states.to_vec()}, "schema": ours()};
    let Some(record) = connection.organizations().find_one(this).await.map_err(judge)? else {
        return Ok(true);
    };
    if Found::read(&record, connection.database.name()).is_none() {
        return Ok(false);
    }
    take_over(connection, &record, id).await.map(|()| true)
}

impl Run<'_> {
    /// The executor takes its own operation over: a rename or a drop had no clear answer, so it may still be on its
    /// way, and what became of it is looked for as after a crash.
    pub(super) async fn take_own_over(&self) -> Result<(), Failure> {
        let this = doc! {"_id": binary(self.id.0), "epoch": self.epoch};
        let record = self.connection.organizations().find_one(this).await.map_err(judge)?;
        take_over(self.connection, &record.ok_or(Failure::Lost)?, self.id).await
    }
}

/// Takes over what this record says, and goes on from there.
async fn take_over(connection: &Connection, record: &Document, id: OrganizationId) -> Result<(), Failure> {
    let Some(found) = Found::read(record, connection.database.name()) else {
        tracing::warn!(organization = %id, "an operation that cannot be read is left alone");
        return Err(Failure::Lost);
    };
    let epoch = get_number(record, "epoch");
    let mut run = Run::new(connection, connection.lease, id, found.id, epoch);
    let mut set = Document::new();
    // A rename that was sent may be on its way.
    if matches!(found.phase, Phase::Moving | Phase::Trash) {
        set.insert("op.unclean", true);
    }
    if found.phase == Phase::Trash {
        let attempts = found.attempts.iter().copied().chain([epoch + 1]).map(Bson::Int64);
        set.insert("op.attempts", attempts.collect::<Vec<_>>());
    }
    let record = run.cas(doc! {}, set, &[]).await?;
    let Some(found) = Found::read(&record, connection.database.name()) else {
        return Err(Failure::Lost);
    };
    tracing::info!(organization = %id, kind = ?found.kind, phase = ?found.phase, "taking an operation over");
    let mut recovery = Recovery { run, record, found };
    recovery.go_on().await
}

/// An operation that was taken over.
pub(super) struct Recovery<'a> {
    pub(super) run: Run<'a>,
    /// As the take-over gave it back.
    pub(super) record: Document,
    pub(super) found: Found,
}

impl Recovery<'_> {
    async fn go_on(&mut self) -> Result<(), Failure> {
        match (self.found.kind, self.found.phase) {
            (Kind::Create, Phase::Place) => self.place().await,
            (Kind::Create, _) => self.run.take_create_back(false, None).await,
            (Kind::Update, Phase::Moving) => self.moving().await,
            (Kind::Update, Phase::Apply) => self.apply().await,
            (Kind::Update, _) => self.undo_update(false).await,
            (Kind::Delete, Phase::Release) => self.run.clear_away(self.found.audit.clone()).await,
            (Kind::Delete, _) => self.trash().await,
        }
    }

    fn uuid(&self) -> Option<Uuid> {
        get_uuid(&self.record, "collection_uuid")
    }

    /// Whether the organization's collection lies at this name.
    async fn is_ours_at(&self, name: &str) -> Result<bool, Failure> {
        let seen = self.run.uuid_at(name).await?;
        Ok(seen.is_some() && seen == self.uuid())
    }

    /// Once the one aside is gone a late placing can only fail; then it is at its place, or nowhere.
    async fn place(&mut self) -> Result<(), Failure> {
        let aside = self.run.new_collection();
        if let Some(uuid) = self.run.uuid_at(&aside).await? {
            gone_is_good(self.run.drop_collection(&aside, uuid).await)?;
        }
        let placed = match self.found.to.as_ref().map(|to| to.collection.clone()) {
            Some(collection) => self.is_ours_at(collection.as_str()).await?,
            None => false,
        };
        if !placed {
            return self.run.take_create_back(true, None).await;
        }
        audit::write_document(self.run.connection, self.found.audit.clone()).await?;
        self.run.settle(doc! {}).await.map(drop)
    }

    /// At the name before it, **then** at the name after it: in the other order a rename in between would look like
    /// a collection that is gone. One that was found elsewhere comes from there.
    pub(super) async fn moving(&mut self) -> Result<(), Failure> {
        let (Some(from), Some(to)) = (self.found.from.clone(), self.found.to.clone()) else {
            return self.damaged().await;
        };
        let before = self.found.elsewhere.clone().unwrap_or_else(|| from.collection.as_str().to_owned());
        let after = to.collection.as_str();
        if before != after
            && self.is_ours_at(&before).await?
            && let Some(uuid) = self.uuid()
        {
            match self.run.rename(&before, after, uuid).await {
                Ok(()) => return self.forward(&to).await,
                Err(failure) => match failure.refused_with() {
                    Some(NAMESPACE_EXISTS) if self.is_ours_at(&before).await? => {
                        return self.stays(&from).await;
                    }
                    // A late rename was faster: look where it went.
                    Some(NAMESPACE_EXISTS | NAMESPACE_NOT_FOUND | UUID_MISMATCH) => {}
                    _ => return Err(failure),
                },
            }
        }
        if self.is_ours_at(after).await? { self.forward(&to).await } else { self.damaged().await }
    }

    /// The new name is taken by another. The update is taken back, unless the collection is not at the old one.
    async fn stays(&mut self, from: &Names) -> Result<(), Failure> {
        let is_elsewhere = self.found.elsewhere.is_some() && self.found.to.as_ref() != Some(from);
        if is_elsewhere { self.damaged().await } else { self.undo_update(true).await }
    }

    /// R5, then on.
    async fn forward(&mut self, to: &Names) -> Result<(), Failure> {
        self.run.enter(Phase::Apply, to.fields()).await?;
        self.apply().await
    }

    /// R6 and R7, with what the record kept.
    async fn apply(&mut self) -> Result<(), Failure> {
        let old_keys = self.keys_without(self.found.from.as_ref(), self.found.to.as_ref());
        let admin = self.record.get("admin_id").cloned().unwrap_or(Bson::Null);
        let done = self.run.apply(Application {
            admin: (admin, self.found.admin_version),
            admin_changes: self.found.admin_changes.clone(),
            old_keys: &old_keys,
            epoch: self.found.epoch,
            audit: self.found.audit.clone(),
        });
        done.await.map(drop)
    }

    async fn undo_update(&mut self, fenced: bool) -> Result<(), Failure> {
        let new = self.keys_without(self.found.to.as_ref(), self.found.from.as_ref());
        self.run.take_update_back(fenced, &new, self.found.epoch).await
    }

    /// Keys of some names that others do not have.
    fn keys_without(&self, some: Option<&Names>, others: Option<&Names>) -> Vec<String> {
        let database = self.run.connection.database.name();
        let keys =
            |names: Option<&Names>| names.map(|names| names.keys(database).to_vec()).unwrap_or_default();
        let others = keys(others);
        keys(some).into_iter().filter(|key| !others.contains(key)).collect()
    }

    /// The collection is at neither name: what is there is kept, and somebody has to choose.
    async fn damaged(&mut self) -> Result<(), Failure> {
        tracing::warn!(organization = %self.run.id, "its collection is at neither name: damaged");
        self.run.cas(doc! {}, doc! {"state": State::Damaged.as_str()}, &[]).await.map(drop)
    }

    /// D2 to D5 with an attempt of our own, then the attempts of all before.
    async fn trash(&mut self) -> Result<(), Failure> {
        let name = self.found.from.as_ref().map(|from| from.collection.clone());
        if let (Some(name), Some(uuid)) = (name, self.uuid()) {
            let name = name.as_str();
            if self.run.own_at(name).await? == Some(uuid) {
                self.run.move_out(name, self.run.epoch, uuid).await?;
            }
            for attempt in self.found.attempts.clone() {
                self.run.drop_last(attempt, name, uuid).await?;
            }
        }
        self.run.enter(Phase::Release, doc! {}).await?;
        self.run.clear_away(self.found.audit.clone()).await
    }
}
