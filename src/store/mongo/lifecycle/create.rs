//! Create: C1 to C8.

use super::reserve::is_of_collection;
use super::{Run, reserve};
use crate::domain::{Organization, State};
use crate::service::store::{AuditEntry, Lookup, NewOrganization};
use crate::service::{Error, OperationId, Result};
use crate::store::mongo::audit;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, Halt, NAMESPACE_EXISTS, both, judge};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::page;
use crate::store::mongo::record::{self, Names, SCHEMA, binary, date, new_account};
use crate::store::mongo::reservation::{Holder, Obstacle, Owner, taken};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use std::time::Duration;
use uuid::Uuid;

/// The epoch of C1.
const FIRST_EPOCH: i64 = 1;

/// Creates an organization, or leaves nothing behind.
pub(in crate::store::mongo) async fn create(
    connection: &Connection,
    lease: Duration,
    new: &NewOrganization,
    operation: OperationId,
    entry: &AuditEntry,
) -> Result<Organization> {
    let run = Run::new(connection, lease, new.id, operation, FIRST_EPOCH);
    let names = Names::new(&new.name, &new.collection, &new.admin.email);
    let mut creation = Creation { run, new, names, entry, uuid: None, announced: false };
    let begun = creation.begin().await;
    begun.map_err(|failure| failure.at_first(&connection.place, operation, State::Creating))?;
    match creation.build_and_place().await {
        Ok(()) => creation.finish().await.map_err(|failure| failure.forward(&connection.place, operation)),
        Err(Halt::Stop(answer)) => Err(answer),
        Err(Halt::TakeOver(answer)) => creation.run.created_all_the_same(answer).await,
        Err(Halt::Undo(refusal)) => {
            Err(creation.run.undo_create(refusal, creation.announced, creation.uuid).await)
        }
    }
}

impl Run<'_> {
    async fn created_all_the_same(&self, answer: Error) -> Result<Organization> {
        if self.take_own_over().await.is_err() {
            return Err(answer);
        }
        match page::find(self.connection, &Lookup::Id(self.id)).await? {
            Some(found) if found.state == State::Active => Ok(found),
            Some(_) => Err(answer),
            None => Err(self.taken_back()),
        }
    }
}

/// What was inserted under an id that nobody else has. A duplicate is its own: the driver sent it twice, to a server that
/// forgot in between that it had done it.
fn once<T>(inserted: mongodb::error::Result<T>) -> Result<(), Failure> {
    match inserted.map_err(judge) {
        Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => Ok(()),
        inserted => inserted.map(drop),
    }
}

struct Creation<'a> {
    run: Run<'a>,
    new: &'a NewOrganization,
    names: Names,
    entry: &'a AuditEntry,
    /// The identity of the new collection, once it is known.
    uuid: Option<Uuid>,
    /// Whether the record says that the collection may be placed.
    announced: bool,
}

impl Creation<'_> {
    /// C1.
    async fn begin(&self) -> Result<(), Failure> {
        let connection = self.run.connection;
        // Equal to nothing that is there: an organization of this id makes the insert fail, not match.
        let nothing = doc! {"_id": binary(self.new.id.0), "epoch": {"$lt": 0_i64}};
        let update = doc! {"$setOnInsert": self.record(), "$currentDate": {"touched_at": true}};
        once(connection.organizations().update_one(nothing, update).upsert(true).await)
    }

    fn record(&self) -> Document {
        let operation = Operation {
            id: self.run.operation,
            kind: Kind::Create,
            phase: Phase::Reserve,
            epoch: FIRST_EPOCH,
            from: None,
            to: Some(&self.names),
            admin_changes: doc! {},
            admin_version: None,
            audit: self.entry,
        };
        let mut record = self.names.fields();
        record.extend(doc! {
            "strategy": "collection",
            "database_name": self.run.connection.database.name(),
            "admin_id": binary(self.new.admin.id.0),
            "state": State::Creating.as_str(),
            "epoch": FIRST_EPOCH,
            "created_at": date(self.entry.at),
            "updated_at": date(self.entry.at),
            "schema": SCHEMA,
            "op": operation.to_document(),
        });
        record
    }

    /// C2 to C6: everything that can be taken back.
    async fn build_and_place(&mut self) -> Result<(), Halt> {
        self.reserve().await?;
        let filled = self.fill().await;
        filled.map_err(|failure| self.backward(failure))?;
        let uuid =
            self.run.uuid_at(&self.run.new_collection()).await.map_err(|failure| self.backward(failure))?;
        let Some(uuid) = uuid else {
            return Err(Halt::Undo(Error::internal(&"the new collection vanished before it was placed")));
        };
        self.uuid = Some(uuid);
        let placing = self.run.enter(Phase::Place, doc! {"collection_uuid": binary(uuid)}).await;
        placing.map_err(|failure| self.backward(failure))?;
        self.announced = true;
        self.place(uuid).await
    }

    fn backward(&self, failure: Failure) -> Halt {
        failure.backward(&self.run.connection.place, self.run.operation)
    }

    /// C2.
    async fn reserve(&mut self) -> Result<(), Halt> {
        let connection = self.run.connection;
        let database = connection.database.name();
        let holder =
            Holder { owner: Owner::Organization(self.new.id), epoch: FIRST_EPOCH, at: self.entry.at };
        let keys = self.names.keys(database);
        let obstacle = match reserve(connection, holder, &keys).await {
            Ok(None) => return Ok(()),
            Ok(Some(obstacle)) => obstacle,
            Err(failure) => return Err(self.backward(failure)),
        };
        if !is_of_collection(&obstacle) {
            return Err(Halt::Undo(self.refusal(&obstacle)));
        }
        // The name is free, but its collection's is not: another one is announced, then reserved.
        self.names.collection = self.names.collection.with_id(self.new.id.0, database);
        let name = self.names.collection.as_str();
        let other = doc! {"collection_name": name, "op.to.collection_name": name};
        let announced = self.run.cas(doc! {}, other, &[]).await;
        announced.map_err(|failure| self.backward(failure))?;
        let [_, rest @ ..] = &self.names.keys(database);
        match reserve(connection, holder, rest).await {
            Ok(None) => Ok(()),
            Ok(Some(obstacle)) => Err(Halt::Undo(self.refusal(&obstacle))),
            Err(failure) => Err(self.backward(failure)),
        }
    }

    /// What has it may be the same request, sent before: somebody finishes that or takes it back, and then it is there or
    /// free.
    fn refusal(&self, obstacle: &Obstacle) -> Error {
        let earlier = obstacle.in_work.and_then(|in_work| in_work.operation);
        if earlier == Some(self.run.operation) {
            Error::Busy(State::Creating)
        } else {
            taken(&obstacle.key, &self.names)
        }
    }

    /// C3: both answers are waited for, so that nothing of ours arrives after the undo.
    async fn fill(&self) -> Result<(), Failure> {
        let connection = self.run.connection;
        let admin = &self.new.admin;
        let hash = admin.password_hash.expose_secret();
        let account = new_account(admin.id, &admin.email, hash, Some(self.new.id), self.entry.at);
        let aside = connection.database.collection::<Document>(&self.run.new_collection());
        let (account, marker) =
            tokio::join!(async { once(connection.admins().insert_one(account).await) }, async {
                once(aside.insert_one(self.run.marker()).await)
            },);
        both(account, marker).map(drop)
    }

    /// C6: alone decides whether a collection is there that tenantry did not make.
    async fn place(&mut self, uuid: Uuid) -> Result<(), Halt> {
        let aside = self.run.new_collection();
        match self.run.rename(&aside, self.names.collection.as_str(), uuid).await {
            Ok(()) => Ok(()),
            Err(failure) if failure.refused_with() == Some(NAMESPACE_EXISTS) => {
                Err(Halt::Undo(Error::CollectionExists(self.names.collection.as_str().to_owned())))
            }
            Err(failure) => Err(self.backward(failure)),
        }
    }

    /// C7 and C8: forward only.
    async fn finish(&mut self) -> Result<Organization, Failure> {
        audit::write(self.run.connection, self.entry).await?;
        let active = doc! {"state": State::Active.as_str()};
        let record = self.run.cas(doc! {}, active, &["op"]).await?;
        record::organization(&record, self.run.connection.database.name()).ok_or(Failure::Lost)
    }
}
