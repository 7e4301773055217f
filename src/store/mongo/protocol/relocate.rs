//! Look, CAS, act: moves the collection of an organization to the operation's target, wherever it is.

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

/// Rounds of look, CAS, act before it gives up: each ends with a server's answer that changes something, so only a
/// server that contradicts itself reaches this limit.
const ROUNDS: usize = 64;
/// The pause before a retry of a rename that exceeded its time limit on the server.
const PAUSE: Duration = Duration::from_millis(200);

/// The outcome.
#[derive(Debug)]
pub(super) enum Relocated {
    /// It is at its target.
    There,
    /// It does not exist.
    Gone,
    /// It stays where it was; the error says why.
    Refused(Error),
}

impl Run<'_> {
    fn uuid(&self) -> Option<Uuid> {
        get_uuid(&self.record, "collection_uuid")
    }

    /// The target of the operation.
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

    /// The first rename, right after a CAS and without a look; then the general loop.
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

    /// Finds the collection, writes the CAS that follows each look, and acts on the result. `refusal` is the server's
    /// answer to an earlier rename: unless the collection is at its target all the same, that ends it.
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
                // Seen before and after a majority write, so it is not rolled back.
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

    /// The server's refusal of a rename, if it was one.
    async fn refused(&self, sent: Sent) -> Result<Option<Error>, Failure> {
        let target = self.target().unwrap_or_default();
        Ok(match sent {
            Sent::Done | Sent::NotThere | Sent::Unclear => None,
            Sent::TargetExists => Some(Error::CollectionExists(target)),
            // If the target is a view, or on a router with another shard, the server returns other codes.
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
                "A long transaction or another command at {} is using the collection.",
                self.connection.place.host
            ))),
        })
    }
}
