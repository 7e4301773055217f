//! Adopt: an organization of an earlier service becomes one of tenantry, in place; completely or not at all.
//!
//! The record goes first, `creating`, and announces its keys: a reservation whose organization does not exist is
//! unowned, and the next one who wants the key deletes it. Then the reservations, which alone can be refused. The CAS
//! to `apply` is the commit; from there every process goes forward: account, marker, audit, and only then the old
//! admin and the old record go. Until the last CAS the organization is `creating`: nobody signs in to it, requests
//! that need it wait or recover it, and the doctor sees an operation. In each state either the old records are whole
//! or the new ones can be completed from `op`, so a crash loses neither.
//!
//! | adopt | command | found in this phase, it is |
//! |---|---|---|
//! | A1 | insert of the organization, `creating`, phase `reserve`, with the UUID of the collection | rolled back |
//! | A2 | reservations of name, collection, email | rolled back |
//! | A3 | CAS: phase `apply`, the collection | finished |
//! | A4 | admin ‖ audit; then the marker, in the tenant's collection | finished |
//! | A5 | the old admin goes, then the old record | finished |
//! | A6 | CAS: `active` | done |
//!
//! The id of the organization follows from the `_id` of the old record, so that two processes cannot adopt it twice.
//! Such an id may be used again after a rollback. So the first epoch of each attempt is the time in milliseconds
//! instead of 1: a late command of an earlier attempt matches no epoch and no reservation of a later one.

use super::Run;
use crate::domain::{AccountId, AuditEntry, CollectionName, Email, OrganizationId, OrganizationName};
use crate::port::Error;
use crate::store::mongo::audit;
use crate::store::mongo::collections::uuid_at;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, both, describe, judge};
use crate::store::mongo::names::Names;
use crate::store::mongo::operation::{Kind, Operation, Phase};
use crate::store::mongo::record::{ADOPTED_FROM, OLD_PASSWORD, binary, get_uuid, new_account, not_ours};
use crate::store::mongo::reservation::{Owner, release_new};
use jiff::Timestamp;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use uuid::Uuid;

/// An organization to adopt.
#[derive(Debug)]
pub(in crate::store::mongo) struct NewAdoption<'a> {
    pub(in crate::store::mongo) id: OrganizationId,
    pub(in crate::store::mongo) admin_id: AccountId,
    pub(in crate::store::mongo) name: &'a OrganizationName,
    pub(in crate::store::mongo) email: &'a Email,
    pub(in crate::store::mongo) collection: &'a CollectionName,
    /// The UUID of that collection.
    pub(in crate::store::mongo) uuid: Uuid,
    /// The `_id` of its old record.
    pub(in crate::store::mongo) record: &'a Bson,
    /// The old admin, whole.
    pub(in crate::store::mongo) admin: &'a Document,
    pub(in crate::store::mongo) created_at: Timestamp,
}

/// Adopts an organization.
///
/// # Errors
/// [`Failure::Rule`] when a key is taken or the collection is gone: then nothing of it is left. [`Failure::Lost`] when
/// another process adopts it or has adopted it.
pub(in crate::store::mongo) async fn adopt(
    connection: &Connection,
    new: &NewAdoption<'_>,
    entry: &AuditEntry,
) -> Result<(), Failure> {
    connection.probe().await?;
    let first_epoch = entry.at.as_millisecond().max(1);
    let mut op = Operation::new(Kind::Adopt, Phase::Reserve, entry, connection.lease);
    op.epoch = first_epoch;
    op.to = Names::new(new.name, new.collection, new.email);
    op.admin.insert = Some(account_of(new));
    let mut run = Run::begin(connection, new.id, first_epoch, op);
    run.insert_adopted(new, entry).await?;
    match run.reserve_adopted(new.uuid).await {
        Ok(None) => {}
        Ok(Some(refusal)) => return run.undo_adoption(refusal).await,
        Err(Failure::Refused(error)) => return run.undo_adoption(describe(connection, &error)).await,
        Err(failure) => return Err(failure),
    }
    let name = run.op.to.collection.clone();
    run.enter(Phase::Apply, doc! {"collection_name": name}).await?;
    run.finish_adoption().await
}

/// The account: the hash stays, and a mark says that the password follows the rules of the earlier service.
fn account_of(new: &NewAdoption<'_>) -> Document {
    let hash = new.admin.get_str("password").unwrap_or_default();
    let mut account = new_account(new.admin_id, new.email, hash, Some(new.id), new.created_at);
    account.insert(OLD_PASSWORD, true);
    account.insert(ADOPTED_FROM, new.admin.get("_id").cloned().unwrap_or(Bson::Null));
    account
}

impl Run<'_> {
    /// A1.
    async fn insert_adopted(&self, new: &NewAdoption<'_>, entry: &AuditEntry) -> Result<(), Failure> {
        let more = doc! {"collection_uuid": binary(new.uuid), ADOPTED_FROM: new.record.clone()};
        match self.insert_creating(new.admin_id, new.created_at, entry.at, more).await.map_err(judge) {
            Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => {}
            inserted => return inserted.map(drop),
        }
        // Another process has it, unless the driver sent this insert twice.
        let organizations = self.connection.organizations();
        let found = organizations.find_one(doc! {"_id": binary(self.id.0)}).await.map_err(judge)?;
        let op = found.as_ref().and_then(|record| record.get_document("op").ok());
        let is_own = op.and_then(|op| get_uuid(op, "id")) == Some(self.op.id.0);
        if is_own { Ok(()) } else { Err(Failure::Lost) }
    }

    /// A2: returns why it cannot be adopted, if it cannot.
    async fn reserve_adopted(&self, uuid: Uuid) -> Result<Option<Error>, Failure> {
        if let Some(refusal) = self.reserve_keys().await? {
            return Ok(Some(refusal));
        }
        // Nothing of tenantry moves a collection of this name from here on.
        let name = self.target().unwrap_or_default();
        let is_there = uuid_at(self.connection, &name).await? == Some(uuid);
        Ok((!is_there).then_some(Error::CollectionMissing(name)))
    }

    /// An adoption that was taken over.
    pub(super) async fn resume_adoption(&mut self) -> Result<(), Failure> {
        match self.op.phase {
            Phase::Reserve | Phase::Undo => self.undo_adoption(self.taken_back()).await,
            Phase::Apply | Phase::Moving | Phase::Purge => self.finish_adoption().await,
        }
    }

    /// A4 to A6: forward only.
    async fn finish_adoption(&mut self) -> Result<(), Failure> {
        let account = self.op.admin.insert.clone().unwrap_or_default();
        let admin = async {
            match self.connection.admins().insert_one(&account).await.map_err(judge) {
                Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => Ok(()),
                inserted => inserted.map(drop),
            }
        };
        let audited = audit::write_document(self.connection, self.op.audit.clone());
        let (admin, audited) = tokio::join!(admin, audited);
        both(admin, audited)?;
        if let (Some(name), Some(uuid)) = (self.target(), get_uuid(&self.record, "collection_uuid")) {
            self.mark(&name, uuid).await?;
        }
        remove_old(&self.connection.admins(), account.get(ADOPTED_FROM)).await?;
        remove_old(&self.connection.organizations(), self.record.get(ADOPTED_FROM)).await?;
        self.rest(doc! {}).await
    }

    /// Rolls an adoption back; returns [`Failure::Rule`] with the refusal. Nothing but the record and its reservations
    /// was made.
    async fn undo_adoption(&mut self, refusal: Error) -> Result<(), Failure> {
        let keys = self.op.to.keys(self.database());
        release_new(self.connection, Owner::Organization(self.id), &keys, self.op.epoch).await?;
        self.delete_organization().await?;
        Err(Failure::Rule(refusal))
    }
}

/// A5: removes a record of the earlier service, and never one of tenantry.
async fn remove_old(records: &Collection<Document>, id: Option<&Bson>) -> Result<(), Failure> {
    let Some(id) = id.filter(|id| **id != Bson::Null) else {
        return Ok(());
    };
    let this = doc! {"_id": id, "schema": not_ours()};
    records.delete_one(this).await.map(drop).map_err(judge)
}
