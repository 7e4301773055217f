//! Update: R1 to R7.

use super::apply::Application;
use super::reserve::is_of_collection;
use super::{Run, reserve};
use crate::domain::{Account, Organization, OrganizationChange, State};
use crate::service::store::{AuditEntry, AuditQuery, Lookup};
use crate::service::{Error, OperationId, Result};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{
    Failure, Halt, NAMESPACE_EXISTS, NAMESPACE_NOT_FOUND, UUID_MISMATCH, both,
};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::page;
use crate::store::mongo::record::{self, Names, binary, collection_key};
use crate::store::mongo::reservation::{Holder, Owner, taken};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use std::time::Duration;

/// Changes an organization and its admin, or nothing.
pub(in crate::store::mongo) async fn update(
    connection: &Connection,
    lease: Duration,
    (current, admin): (&Organization, &Account),
    change: &OrganizationChange,
    operation: OperationId,
    entry: &AuditEntry,
) -> Result<Organization> {
    if current.state != State::Active {
        return Err(Error::Busy(current.state));
    }
    // A record that names an impossible collection leads to no command by that name.
    let Some(from) = Names::of(current) else {
        return Err(Error::Busy(State::Damaged));
    };
    if admin.organization_id != Some(current.id) {
        return Err(Error::Changed);
    }
    let run = Run::new(connection, lease, current.id, operation, current.epoch.0);
    let mut updating = Updating::plan(run, (current, admin), from, change, entry);
    if updating.changes_nothing() {
        return Ok(current.clone());
    }
    match updating.begin().await {
        Ok(()) => {}
        Err(Failure::Lost) => return Err(updating.run.why_not().await),
        Err(failure) => return Err(failure.at_first(&connection.place, operation, State::Active)),
    }
    match updating.reserve_and_move().await {
        Ok(()) => updating.finish().await.map_err(|failure| failure.forward(&connection.place, operation)),
        Err(Halt::Stop(answer)) => Err(answer),
        Err(Halt::TakeOver(answer)) => updating.changed_all_the_same(answer).await,
        Err(Halt::Undo(refusal)) => {
            let (keys, epoch) = (updating.new_keys.clone(), updating.epoch);
            Err(updating.run.undo_update(refusal, updating.announced, &keys, epoch).await)
        }
    }
}

struct Updating<'a> {
    run: Run<'a>,
    current: &'a Organization,
    admin: &'a Account,
    entry: &'a AuditEntry,
    from: Names,
    to: Names,
    /// Fields of the admin's record.
    admin_changes: Document,
    /// Keys that it wants and does not have; those that it has and gives up.
    new_keys: Vec<String>,
    old_keys: Vec<String>,
    /// The epoch of R1.
    epoch: i64,
    /// Whether the record says that the collection may be moved.
    announced: bool,
}

impl<'a> Updating<'a> {
    fn plan(
        run: Run<'a>,
        (current, admin): (&'a Organization, &'a Account),
        from: Names,
        change: &OrganizationChange,
        entry: &'a AuditEntry,
    ) -> Self {
        let mut to = from.clone();
        if let Some((name, collection)) = &change.name {
            name.display().clone_into(&mut to.name);
            // Of one key is one collection, whatever it is called.
            if name.key() != from.name_key {
                name.key().clone_into(&mut to.name_key);
                to.slug = Some(name.slug().to_owned());
                to.collection = collection.clone();
            }
        }
        let mut admin_changes = Document::new();
        if let Some(email) = change.admin_email.as_ref().filter(|email| email.as_str() != from.email) {
            email.as_str().clone_into(&mut to.email);
            email.key().clone_into(&mut to.email_key);
            admin_changes.extend(doc! {"email": email.as_str(), "email_key": email.key()});
        }
        if let Some(hash) = &change.admin_password_hash {
            admin_changes.insert("password", hash.expose_secret());
        }
        let database = run.connection.database.name();
        let (had, wanted) = (from.keys(database), to.keys(database));
        let new_keys = wanted.iter().filter(|key| !had.contains(key)).cloned().collect();
        let old_keys = had.iter().filter(|key| !wanted.contains(key)).cloned().collect();
        let epoch = current.epoch.0 + 1;
        Self {
            run,
            current,
            admin,
            entry,
            from,
            to,
            admin_changes,
            new_keys,
            old_keys,
            epoch,
            announced: false,
        }
    }

    fn changes_nothing(&self) -> bool {
        self.from == self.to && self.admin_changes.is_empty()
    }

    fn moves(&self) -> bool {
        self.from.collection != self.to.collection
    }

    /// Whether R2 to R5 have nothing to do.
    fn is_small(&self) -> bool {
        self.new_keys.is_empty() && !self.moves()
    }

    /// R1; a small change is in the record from here on.
    async fn begin(&mut self) -> Result<(), Failure> {
        let operation = Operation {
            id: self.run.operation,
            kind: Kind::Update,
            phase: if self.is_small() { Phase::Apply } else { Phase::Reserve },
            epoch: self.epoch,
            from: Some(&self.from),
            to: Some(&self.to),
            admin_changes: self.admin_changes.clone(),
            admin_version: Some(self.admin.version),
            audit: self.entry,
        };
        let mut set = doc! {"state": State::Renaming.as_str(), "op": operation.to_document()};
        if self.is_small() {
            set.extend(self.to.fields());
        }
        self.run.cas(doc! {"state": State::Active.as_str()}, set, &[]).await.map(drop)
    }

    fn backward(&self, failure: Failure) -> Halt {
        failure.backward(&self.run.connection.place, self.run.operation)
    }

    /// R2 to R4: everything that can be taken back.
    async fn reserve_and_move(&mut self) -> Result<(), Halt> {
        if self.is_small() {
            return Ok(());
        }
        self.reserve().await?;
        if !self.moves() {
            return Ok(());
        }
        let moving = self.run.enter(Phase::Moving, doc! {}).await;
        moving.map_err(|failure| self.backward(failure))?;
        self.announced = true;
        self.rename().await
    }

    /// R2.
    async fn reserve(&mut self) -> Result<(), Halt> {
        let reserved = self.run.own_at(self.from.collection.as_str());
        let ours = async {
            if !self.moves() {
                return Ok(true);
            }
            let found = reserved.await?;
            Ok(found.is_some() && found == self.current.collection_uuid)
        };
        let (reserved, ours) =
            tokio::join!(reserve(self.run.connection, self.holder(), &self.new_keys), ours);
        let obstacle = match both(reserved, ours).map_err(|failure| self.backward(failure))? {
            (None, true) => return Ok(()),
            (None, false) => return Err(Halt::Undo(self.missing())),
            (Some(obstacle), _) => obstacle,
        };
        if !is_of_collection(&obstacle) {
            return Err(Halt::Undo(taken(&obstacle.key, &self.to)));
        }
        self.evade(&obstacle.key).await
    }

    fn holder(&self) -> Holder {
        Holder { owner: Owner::Organization(self.current.id), epoch: self.epoch, at: self.entry.at }
    }

    /// The name is free, but its collection's is not: another one is announced, then reserved.
    async fn evade(&mut self, key: &str) -> Result<(), Halt> {
        let database = self.run.connection.database.name().to_owned();
        self.to.collection = self.to.collection.with_id(self.current.id.0, &database);
        let other = doc! {"op.to.collection_name": self.to.collection.as_str()};
        let announced = self.run.cas(doc! {}, other, &[]).await;
        announced.map_err(|failure| self.backward(failure))?;
        let rest = self.new_keys.iter().skip_while(|other| *other != key).skip(1).cloned();
        let keys: Vec<String> =
            std::iter::once(collection_key(&database, self.to.collection.as_str())).chain(rest).collect();
        self.new_keys.retain(|other| other != key);
        self.new_keys.extend(keys.first().cloned());
        match reserve(self.run.connection, self.holder(), &keys).await {
            Ok(None) => Ok(()),
            Ok(Some(obstacle)) => Err(Halt::Undo(taken(&obstacle.key, &self.to))),
            Err(failure) => Err(self.backward(failure)),
        }
    }

    async fn changed_all_the_same(&self, answer: Error) -> Result<Organization> {
        if self.run.take_own_over().await.is_err() {
            return Err(answer);
        }
        let by_id = AuditQuery { id: Some(self.entry.id), ..AuditQuery::newest(1) };
        let is_done = !audit::entries(self.run.connection, &by_id).await?.is_empty();
        match page::find(self.run.connection, &Lookup::Id(self.current.id)).await? {
            Some(found) if is_done => Ok(found),
            Some(found) if found.state == State::Active => Err(self.run.taken_back()),
            Some(found) if found.state == State::Damaged => Err(self.missing()),
            Some(_) | None => Err(answer),
        }
    }

    fn missing(&self) -> Error {
        Error::CollectionMissing(self.from.collection.as_str().to_owned())
    }

    /// R4.
    async fn rename(&mut self) -> Result<(), Halt> {
        let Some(uuid) = self.current.collection_uuid else {
            return Err(Halt::Undo(self.missing()));
        };
        let moved = self.run.rename(self.from.collection.as_str(), self.to.collection.as_str(), uuid).await;
        let Err(failure) = moved else {
            return Ok(());
        };
        match failure.refused_with() {
            Some(NAMESPACE_EXISTS) => {
                Err(Halt::Undo(Error::CollectionExists(self.to.collection.as_str().to_owned())))
            }
            Some(NAMESPACE_NOT_FOUND | UUID_MISMATCH) => Err(Halt::Undo(self.missing())),
            _ => Err(self.backward(failure)),
        }
    }

    /// R5 to R7: forward only.
    async fn finish(&mut self) -> Result<Organization, Failure> {
        if !self.is_small() {
            self.run.enter(Phase::Apply, self.to.fields()).await?;
        }
        let record = self.run.apply(Application {
            admin: (binary(self.admin.id.0), self.admin.version),
            admin_changes: self.admin_changes.clone(),
            old_keys: &self.old_keys,
            epoch: self.epoch,
            audit: audit::to_document(self.entry),
        });
        record::organization(&record.await?, self.run.connection.database.name()).ok_or(Failure::Lost)
    }
}
