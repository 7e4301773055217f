//! Taking an operation back: after it nothing is left of a create, and nothing is changed by an update.

use super::Run;
use crate::service::Error;
use crate::store::mongo::failure::{Failure, NAMESPACE_NOT_FOUND, UUID_MISMATCH, both, judge};
use crate::store::mongo::operation::Phase;
use crate::store::mongo::record::binary;
use crate::store::mongo::reservation::{Owner, release, release_all};
use mongodb::bson::doc;
use uuid::Uuid;

impl Run<'_> {
    /// Takes a create back. `fenced`: the phase says that it may be placed, so another process could place it: the
    /// record is told first.
    pub(super) async fn undo_create(&mut self, refusal: Error, fenced: bool, uuid: Option<Uuid>) -> Error {
        let undone = self.take_create_back(fenced, uuid).await;
        self.answer(refusal, undone).await
    }

    /// Takes an update back: the new keys are released, the organization is active again.
    pub(super) async fn undo_update(
        &mut self,
        refusal: Error,
        fenced: bool,
        keys: &[String],
        epoch: i64,
    ) -> Error {
        let undone = self.take_update_back(fenced, keys, epoch).await;
        self.answer(refusal, undone).await
    }

    async fn answer(&self, refusal: Error, undone: Result<(), Failure>) -> Error {
        let failure = match undone {
            Ok(()) => return refusal,
            Err(failure @ Failure::Unclear(_)) => match self.take_own_over().await {
                Ok(()) => return refusal,
                Err(_) => failure,
            },
            Err(failure) => failure,
        };
        failure.forward(&self.connection.place, self.operation)
    }

    pub(super) async fn take_create_back(&mut self, fenced: bool, uuid: Option<Uuid>) -> Result<(), Failure> {
        if fenced {
            self.enter(Phase::Undo, doc! {}).await?;
        }
        let aside = self.new_collection();
        let uuid = match uuid {
            Some(uuid) => Some(uuid),
            None => self.uuid_at(&aside).await?,
        };
        if let Some(uuid) = uuid {
            gone_is_good(self.drop_collection(&aside, uuid).await)?;
        }
        let (admins, reservations) =
            tokio::join!(self.delete_admins(), release_all(self.connection, self.id, None));
        both(admins, reservations)?;
        self.delete_organization().await
    }

    pub(super) async fn take_update_back(
        &mut self,
        fenced: bool,
        keys: &[String],
        epoch: i64,
    ) -> Result<(), Failure> {
        if fenced {
            self.enter(Phase::Undo, doc! {}).await?;
        }
        if !keys.is_empty() {
            let (owner, of_this) = (Owner::Organization(self.id), doc! {"$eq": epoch});
            release(self.connection, owner, keys, of_this, self.lateness.hold()).await?;
        }
        self.settle(doc! {}).await.map(drop)
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

/// A drop that found nothing, or another collection, has nothing to drop.
pub(super) fn gone_is_good(dropped: Result<(), Failure>) -> Result<(), Failure> {
    match dropped {
        Err(failure) if matches!(failure.refused_with(), Some(NAMESPACE_NOT_FOUND | UUID_MISMATCH)) => Ok(()),
        other => other,
    }
}
