//! Create: builds the collection aside and moves it in; complete or absent.

use super::Run;
use super::command::Sent;
use super::relocate::Relocated;
use crate::domain::{AccountId, AuditEntry, CollectionMetadata, Organization, State};
use crate::port::{DocumentBatches, Error, NewOrganization, Result};
use crate::store::mongo::audit;
use crate::store::mongo::collections::uuid_at;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, both, describe, judge};
use crate::store::mongo::names::{Names, new_collection_of};
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::record::{self, MARKER, SCHEMA, binary, date, new_account};
use crate::store::mongo::reservation::release_all;
use jiff::Timestamp;
use mongodb::bson::{Document, doc};
use mongodb::results::UpdateResult;
use secrecy::ExposeSecret;
use uuid::Uuid;

/// The epoch of step C1.
const FIRST_EPOCH: i64 = 1;
/// Rounds of looking aside and dropping before it gives up: each drop removes one collection permanently.
const ROUNDS: usize = 16;

/// What a new organization has from the beginning.
pub(in crate::store::mongo) struct Imported<'a> {
    pub(in crate::store::mongo) metadata: &'a CollectionMetadata,
    pub(in crate::store::mongo) batches: &'a mut dyn DocumentBatches,
}

/// Creates an organization, or leaves nothing behind.
pub(in crate::store::mongo) async fn create(
    connection: &Connection,
    new: &NewOrganization,
    imported: Option<Imported<'_>>,
    entry: &AuditEntry,
) -> Result<Organization> {
    connection.probe().await?;
    let names = Names::new(&new.name, &new.name.collection(connection.database.name()), &new.admin.email);
    let mut op = Operation::new(Kind::Create, Phase::Reserve, entry, connection.lease);
    op.epoch = FIRST_EPOCH;
    op.from = Names::only_collection(new_collection_of(new.id));
    op.to = names;
    let mut run = Run::begin(connection, new.id, FIRST_EPOCH, op);
    run.insert_record(new, entry).await.map_err(|failure| failure.at_first(connection, run.op.id))?;
    let placed = Box::pin(run.build_and_place(new, imported, entry)).await;
    match placed {
        Ok(()) => record::organization(&run.record, connection.database.name())
            .ok_or_else(|| Error::internal(&"the record of a new organization cannot be read")),
        Err(failure) => Err(run.under_way(failure)),
    }
}

/// An insert under an id that nobody else has. A duplicate is its own: the driver sent it twice, to a server that had
/// lost its record of the first one.
fn once<T>(inserted: mongodb::error::Result<T>) -> Result<(), Failure> {
    match inserted.map_err(judge) {
        Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => Ok(()),
        inserted => inserted.map(drop),
    }
}

impl Run<'_> {
    /// Inserts the record of an organization, `creating`, with further fields. If an organization has this id, it fails
    /// with [`DUPLICATE_KEY`].
    pub(super) async fn insert_creating(
        &self,
        admin: AccountId,
        created_at: Timestamp,
        updated_at: Timestamp,
        more: Document,
    ) -> mongodb::error::Result<UpdateResult> {
        let mut record = doc! {
            "organization_name": &self.op.to.name,
            "name_key": &self.op.to.name_key,
            "slug": &self.op.to.slug,
            "admin_email": &self.op.to.email,
            "email_key": &self.op.to.email_key,
            "strategy": "collection",
            "database_name": self.database(),
            "admin_id": binary(admin.0),
            "state": State::Creating.as_str(),
            "epoch": self.epoch,
            "created_at": date(created_at),
            "updated_at": date(updated_at),
            "schema": SCHEMA,
        };
        record.extend(more);
        record.extend(self.op.fields());
        // Matches no existing record.
        let nothing = doc! {"_id": binary(self.id.0), "epoch": {"$lt": 0_i64}};
        let now = doc! {"touched_at": true, "op.began_at": true};
        let update = doc! {"$setOnInsert": record, "$currentDate": now};
        self.connection.organizations().update_one(nothing, update).upsert(true).await
    }

    /// C1.
    async fn insert_record(&self, new: &NewOrganization, entry: &AuditEntry) -> Result<(), Failure> {
        once(self.insert_creating(new.admin.id, entry.at, entry.at, Document::new()).await)
    }

    /// C2 to C8.
    async fn build_and_place(
        &mut self,
        new: &NewOrganization,
        imported: Option<Imported<'_>>,
        entry: &AuditEntry,
    ) -> Result<(), Failure> {
        let uuid = match self.build(new, imported, entry).await {
            Ok(uuid) => uuid,
            Err(Failure::Rule(refusal)) => return self.undo_create(refusal).await,
            Err(Failure::Refused(error)) => {
                let refusal = describe(self.connection, &error);
                return self.undo_create(refusal).await;
            }
            Err(failure) => return Err(failure),
        };
        self.enter(Phase::Moving, doc! {"collection_uuid": binary(uuid)}).await?;
        let relocated = self.move_out().await?;
        self.place(relocated).await
    }

    /// C2 to C4: rolled back by removing only what is aside.
    async fn build(
        &mut self,
        new: &NewOrganization,
        imported: Option<Imported<'_>>,
        entry: &AuditEntry,
    ) -> Result<Uuid, Failure> {
        if let Some(refusal) = self.reserve_keys().await? {
            return Err(Failure::Rule(refusal));
        }
        let has_validator = imported.as_ref().is_some_and(|imported| imported.metadata.has_validator());
        if let Some(imported) = &imported {
            self.make_aside(imported.metadata).await?;
        }
        self.fill(new, has_validator, entry).await?;
        let aside = new_collection_of(self.id);
        let Some(uuid) = uuid_at(self.connection, &aside).await? else {
            return Err(Failure::Rule(Error::internal(&"the new collection vanished before it was placed")));
        };
        if let Some(imported) = imported {
            self.import(imported.batches, &aside, uuid, has_validator).await?;
        }
        Ok(uuid)
    }

    /// C3: waits for both answers, so that no command arrives after the rollback.
    async fn fill(
        &self,
        new: &NewOrganization,
        has_validator: bool,
        entry: &AuditEntry,
    ) -> Result<(), Failure> {
        let connection = self.connection;
        let hash = new.admin.password_hash.expose_secret();
        let account = new_account(new.admin.id, &new.admin.email, hash, Some(self.id), entry.at);
        let aside = connection.database.collection::<Document>(&new_collection_of(self.id));
        let marker = doc! {"_id": MARKER, "organization_id": binary(self.id.0)};
        let (account, marker) =
            tokio::join!(async { once(connection.admins().insert_one(account).await) }, async {
                let insert = aside.insert_one(marker);
                // Passing over a validator needs a privilege that readWrite does not have.
                let insert = if has_validator { insert.bypass_document_validation(true) } else { insert };
                once(insert.await)
            });
        both(account, marker).map(drop)
    }

    /// C7 and C8, or the rollback.
    async fn place(&mut self, relocated: Relocated) -> Result<(), Failure> {
        match relocated {
            Relocated::There => self.finish_create().await,
            Relocated::Refused(refusal) => self.undo_create(refusal).await,
            Relocated::Gone => {
                let name = self.op.to.collection.clone().unwrap_or_default();
                self.undo_create(Error::CollectionMissing(name)).await
            }
        }
    }

    async fn finish_create(&mut self) -> Result<(), Failure> {
        audit::write_document(self.connection, self.op.audit.clone()).await?;
        let name = self.op.to.collection.clone();
        self.rest(doc! {"collection_name": name}).await
    }

    /// A create that was taken over.
    pub(super) async fn resume_create(&mut self) -> Result<(), Failure> {
        if self.op.phase == Phase::Moving {
            let relocated = self.relocate(None).await?;
            return self.place(relocated).await;
        }
        let refusal = self.taken_back();
        self.undo_create(refusal).await
    }

    /// Rolls a create back; returns [`Failure::Rule`] with the refusal once nothing is left. In phase `moving`, the
    /// collection aside is dropped first: after that, a late move can only fail. If the move was done after all, the
    /// create is finished instead.
    async fn undo_create(&mut self, refusal: Error) -> Result<(), Failure> {
        let aside = new_collection_of(self.id);
        if self.op.phase == Phase::Moving
            && let Some(uuid) = record::get_uuid(&self.record, "collection_uuid")
        {
            match self.drop_collection(&aside, uuid).await? {
                Sent::Done => {}
                Sent::NotThere | Sent::Unclear | Sent::TimedOut | Sent::TargetExists => {
                    let relocated = Box::pin(self.relocate(None)).await?;
                    if !matches!(relocated, Relocated::Gone) {
                        return Box::pin(self.place(relocated)).await;
                    }
                }
                Sent::Refused(reason) => return Err(Failure::Rule(self.stays(&reason))),
            }
        }
        self.empty_aside(&aside).await?;
        let admins = self.delete_admins();
        let reservations = release_all(self.connection, self.id);
        let audited = audit::withdraw(self.connection, self.op.id, self.id);
        let (admins, reservations, audited) = tokio::join!(admins, reservations, audited);
        both(both(admins, reservations), audited)?;
        self.delete_organization().await?;
        Err(Failure::Rule(refusal))
    }

    /// Drops the collections aside until there are none.
    async fn empty_aside(&mut self, aside: &str) -> Result<(), Failure> {
        for _ in 0..ROUNDS {
            let Some(uuid) = uuid_at(self.connection, aside).await? else {
                return Ok(());
            };
            match self.drop_collection(aside, uuid).await? {
                Sent::Refused(reason) => return Err(Failure::Rule(self.stays(&reason))),
                Sent::Done | Sent::NotThere | Sent::Unclear | Sent::TimedOut | Sent::TargetExists => {}
            }
        }
        Err(Failure::Unknown(mongodb::error::Error::custom("a collection aside comes back")))
    }

    /// The error when the server refuses a step that cannot be skipped.
    pub(super) fn stays(&self, reason: &Error) -> Error {
        Error::Refused { reason: reason.to_string(), operation: self.op.id }
    }

    /// Removes the accounts of the organization.
    pub(super) async fn delete_admins(&self) -> Result<(), Failure> {
        let theirs = doc! {"organization_id": binary(self.id.0)};
        self.connection.admins().delete_many(theirs).await.map(drop).map_err(judge)
    }

    /// Removes the record itself, which ends the operation.
    pub(super) async fn delete_organization(&self) -> Result<(), Failure> {
        let this = doc! {"_id": binary(self.id.0), "epoch": self.epoch};
        match self.connection.organizations().delete_one(this).await.map_err(judge)?.deleted_count {
            0 => Err(Failure::Lost),
            _ => Ok(()),
        }
    }
}
