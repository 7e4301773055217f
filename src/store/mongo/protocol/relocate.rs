//! Look, CAS, act: brings the collection of an organization to where its operation says, from wherever it is.

use super::command::Sent;
use super::{Change, Run};
use crate::port::Error;
use crate::store::mongo::collections::{self, Place, Seen, seen_at};
use crate::store::mongo::failure::Failure;
use crate::store::mongo::record::{binary, get_uuid};
use mongodb::bson::doc;
use mongodb::error::Error as DriverError;
use std::time::Duration;
use uuid::Uuid;

/// Rounds of look, CAS, act before one gives up: each ends with an answer of the server that changes something, so only
/// a server that contradicts itself gets here.
const ROUNDS: usize = 64;
/// Between two tries of a rename whose time was over on the server.
const PAUSE: Duration = Duration::from_millis(200);

/// How it came out.
#[derive(Debug)]
pub(super) enum Relocated {
    /// It is at its target.
    There,
    /// It is nowhere.
    Gone,
    /// It stays where it was; the answer says why.
    Refused(Error),
}

impl Run<'_> {
    fn uuid(&self) -> Option<Uuid> {
        get_uuid(&self.record, "collection_uuid")
    }

    /// The name that the operation brings the collection to.
    pub(super) fn target(&self) -> Option<String> {
        self.op.to.collection.clone()
    }

    /// Where the collection is now.
    pub(super) async fn find(&self) -> Result<Place, Failure> {
        let held: Vec<&str> = [&self.op.from.collection, &self.op.to.collection]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        collections::find(self.connection, self.id, self.uuid(), &held).await
    }

    /// A CAS that takes over the UUID that was seen, if it is another one.
    async fn adopt(&mut self, seen: &Place) -> Result<(), Failure> {
        let set = match seen {
            Place::At(_, uuid) if Some(*uuid) != self.uuid() => doc! {"collection_uuid": binary(*uuid)},
            Place::At(..) | Place::Gone => doc! {},
        };
        self.cas(Change::set(set)).await
    }

    /// The executor's first rename, right after a CAS and without a look; then on as everybody.
    pub(super) async fn move_out(&mut self) -> Result<Relocated, Failure> {
        let (Some(from), Some(to), Some(uuid)) =
            (self.op.from.collection.clone(), self.target(), self.uuid())
        else {
            return self.relocate(None).await;
        };
        if from == to {
            return self.relocate(None).await;
        }
        let sent = self.rename(&from, &to, uuid).await?;
        if matches!(sent, Sent::Done) {
            return Ok(Relocated::There);
        }
        let refusal = self.refused(sent).await?;
        self.relocate(refusal).await
    }

    /// Finds the collection, writes the CAS that follows each look, and acts on what was seen. `refusal` is what the
    /// server has said to a rename of ours: unless the collection is at its target all the same, that ends it.
    pub(super) async fn relocate(&mut self, mut refusal: Option<Error>) -> Result<Relocated, Failure> {
        let Some(to) = self.target() else {
            return Ok(Relocated::Gone);
        };
        for _ in 0..ROUNDS {
            let seen = self.find().await?;
            if !seen.is_at(&to)
                && let Some(refusal) = refusal.take()
            {
                return Ok(Relocated::Refused(refusal));
            }
            self.adopt(&seen).await?;
            match &seen {
                Place::At(name, uuid) if *name != to => {
                    let sent = self.rename(name, &to, *uuid).await?;
                    if matches!(sent, Sent::Done) {
                        return Ok(Relocated::There);
                    }
                    refusal = self.refused(sent).await?;
                }
                // Seen on both sides of a write by the majority, it is not rolled back.
                Place::At(..) => {
                    if self.find().await? == seen {
                        return Ok(Relocated::There);
                    }
                }
                Place::Gone => {
                    if self.find().await? == seen {
                        return Ok(Relocated::Gone);
                    }
                }
            }
        }
        Err(Failure::Unknown(DriverError::custom("the server does not say where a collection is")))
    }

    /// The refusal in what the server said to a rename, if it was one.
    async fn refused(&self, sent: Sent) -> Result<Option<Error>, Failure> {
        let target = self.target().unwrap_or_default();
        Ok(match sent {
            Sent::Done | Sent::NotThere | Sent::Unclear => None,
            Sent::TargetExists => Some(Error::CollectionExists(target)),
            // What is in the way of a rename has other codes where it is a view, or on a router of another shard.
            Sent::Refused(Error::StoreUnusable(_))
                if seen_at(self.connection, &target).await? != Seen::Nothing =>
            {
                Some(Error::CollectionExists(target))
            }
            Sent::Refused(reason) => Some(reason),
            Sent::TimedOut if self.lease.has_patience() => {
                tokio::time::sleep(PAUSE).await;
                None
            }
            Sent::TimedOut => Some(Error::CollectionBusy(format!(
                "The collection is in use by a long transaction or another command at {}.",
                self.connection.place.host
            ))),
        })
    }
}
