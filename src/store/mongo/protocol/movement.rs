//! Update, delete and restore after their first write: the same phases for the process that began them and for
//! recovery.

use super::relocate::Relocated;
use super::{Change, Run};
use crate::domain::AuditEntry;
use crate::port::Error;
use crate::store::mongo::audit;
use crate::store::mongo::collections::{Seen, seen_at};
use crate::store::mongo::failure::{DUPLICATE_KEY, Failure, both, describe, judge};
use crate::store::mongo::operation::{Kind, Phase};
use crate::store::mongo::record::{self, OLD_PASSWORD, get_text};
use crate::store::mongo::reservation::{Owner, release_new, release_old};
use mongodb::bson::{Bson, Document, doc};

/// The end of an operation that only moves names.
#[derive(Debug)]
pub(super) enum Ended {
    /// It is done; this is the current record.
    Done,
    /// It was rolled back, for this reason.
    Undone(Error),
}

impl Run<'_> {
    /// M2 to M7 for the process that began it, from the phase that M1 wrote.
    pub(super) async fn execute(&mut self) -> Result<Ended, Failure> {
        if self.op.phase == Phase::Reserve {
            if let Some(refusal) = self.reserve_new().await? {
                return self.undo(refusal).await;
            }
            if self.op.from.collection == self.op.to.collection {
                return self.apply_names().await;
            }
            self.enter(Phase::Moving, doc! {}).await?;
        }
        match self.op.phase {
            Phase::Moving => {
                let relocated = self.move_out().await?;
                self.go_on(relocated).await
            }
            Phase::Apply | Phase::Reserve | Phase::Undo | Phase::Purge => self.finish().await,
        }
    }

    /// Continues from the phase in the record, after a take-over. Its CAS was written already, except in `moving`,
    /// where it follows a look.
    pub(super) async fn resume(&mut self) -> Result<Ended, Failure> {
        match self.op.phase {
            Phase::Moving => {
                let relocated = self.relocate(None).await?;
                self.go_on(relocated).await
            }
            Phase::Apply => self.finish().await,
            Phase::Reserve | Phase::Undo | Phase::Purge => self.undo(self.taken_back()).await,
        }
    }

    /// The error when the operation was rolled back for an unknown reason.
    pub(super) fn taken_back(&self) -> Error {
        Error::Unavailable { place: self.connection.place.host.clone(), operation: None }
    }

    async fn go_on(&mut self, relocated: Relocated) -> Result<Ended, Failure> {
        match relocated {
            Relocated::There => self.apply_names().await,
            Relocated::Refused(refusal) => self.undo(refusal).await,
            Relocated::Gone if self.op.kind == Kind::Delete => self.apply_without_collection().await,
            Relocated::Gone => {
                let name = self.op.from.collection.clone().unwrap_or_default();
                self.undo(Error::CollectionMissing(name)).await
            }
        }
    }

    /// M2: returns why the new keys are not available, if they are not.
    async fn reserve_new(&mut self) -> Result<Option<Error>, Failure> {
        match self.reserve_keys().await {
            Ok(refusal) => Ok(refusal),
            // Nothing has moved yet, so it can be rolled back.
            Err(Failure::Refused(error)) => Ok(Some(describe(self.connection, &error))),
            Err(failure) => Err(failure),
        }
    }

    /// M5, with the collection in its place.
    async fn apply_names(&mut self) -> Result<Ended, Failure> {
        let set = self.op.to.fields();
        self.apply(set, self.op.to.absent()).await
    }

    /// M5 of a delete without a collection. Another collection with its name is left alone and reported.
    async fn apply_without_collection(&mut self) -> Result<Ended, Failure> {
        let mut to = self.op.to.clone();
        to.collection = None;
        let mut set = to.fields();
        if let Some(name) = self.op.from.collection.clone()
            && seen_at(self.connection, &name).await? != Seen::Nothing
        {
            set.insert("op.audit.changes.collection_left", name);
        }
        let mut unset = to.absent();
        unset.extend(["collection_uuid", "op.to.collection_name"]);
        self.apply(set, unset).await
    }

    async fn apply(&mut self, mut set: Document, mut unset: Vec<&'static str>) -> Result<Ended, Failure> {
        set.insert("op.phase", Phase::Apply.as_str());
        match &self.op.to_deleted {
            Some(deleted) => drop(set.insert("deleted", deleted.clone())),
            None if self.record.contains_key("deleted") && self.op.kind == Kind::Restore => {
                unset.push("deleted");
            }
            None => {}
        }
        if let Some(account) = &self.op.admin.insert {
            set.insert("admin_id", account.get("_id").cloned());
        }
        self.cas(Change { set, unset, ..Change::default() }).await?;
        self.finish().await
    }

    /// M6 and M7: forward only.
    async fn finish(&mut self) -> Result<Ended, Failure> {
        let admin = self.change_admin();
        let released = release_old(
            self.connection,
            Owner::Organization(self.id),
            self.op.to.keys(self.database()),
            self.op.epoch,
            !self.op.from.keys_beside(&self.op.to, self.database()).is_empty(),
        );
        let audited = audit::write_document(self.connection, self.op.audit.clone());
        let (admin, released, audited) = tokio::join!(admin, released, audited);
        both(both(admin, released), audited)?;
        let at = self.op.audit.get("at").cloned().unwrap_or(Bson::Null);
        self.rest(doc! {"updated_at": at}).await?;
        Ok(Ended::Done)
    }

    /// The admin's account, at the version when the operation began: a late repeat changes nothing.
    async fn change_admin(&self) -> Result<(), Failure> {
        let change = &self.op.admin;
        let admins = self.connection.admins();
        if let Some(account) = &change.insert {
            return match admins.insert_one(account).await.map_err(judge) {
                Err(failure) if failure.refused_with() == Some(DUPLICATE_KEY) => Ok(()),
                inserted => inserted.map(drop),
            };
        }
        let Some(version) = change.version.filter(|_| !change.is_none()) else {
            return Ok(());
        };
        let at = self.op.audit.get("at").cloned().unwrap_or(Bson::Null);
        let mut set = change.set.clone();
        set.insert("updated_at", at);
        let mut update = doc! {"$set": set, "$inc": {"version": 1_i64, "token_version": 1_i64}};
        let mut unset = Document::new();
        if change.unset_email {
            unset.insert("email_key", "");
        }
        if change.set.contains_key("password") {
            unset.insert(OLD_PASSWORD, "");
        }
        if !unset.is_empty() {
            update.insert("$unset", unset);
        }
        let this = doc! {"_id": self.record.get("admin_id").cloned(), "version": version};
        admins.update_one(this, update).await.map(drop).map_err(judge)
    }

    /// Rolls the operation back: releases its reservations and puts the organization to rest as before.
    pub(super) async fn undo(&mut self, refusal: Error) -> Result<Ended, Failure> {
        if self.op.phase == Phase::Moving {
            self.enter(Phase::Undo, doc! {}).await?;
        }
        let keys = self.op.to.keys_beside(&self.op.from, self.database());
        release_new(self.connection, Owner::Organization(self.id), &keys, self.op.epoch).await?;
        // A client that read it before the operation may still change it, for example by a repeat of the operation.
        let since = record::unchanged_since(&self.record, self.op.epoch - 1);
        self.rest(doc! {"rolled_back": {"since": since, "until": self.epoch + 1}}).await?;
        Ok(Ended::Undone(refusal))
    }

    /// The collection with the former name that a delete or a purge left, from the audit entry.
    pub(super) fn collection_left(&self) -> Option<String> {
        let changes = self.op.audit.get_document("changes").ok()?;
        Some(get_text(changes, "collection_left")).filter(|name| !name.is_empty())
    }

    /// The fields with which the first write of a delete, a purge or a suspension ends sessions.
    pub(super) fn ends_sessions(entry: &AuditEntry) -> Document {
        doc! {"sessions_end_at": record::date(entry.at)}
    }
}
