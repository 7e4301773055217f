//! Reservations that recover operations whose lease is over.

use super::Run;
use super::recover::recover_if_over;
use crate::domain::State;
use crate::port::Error;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::record::get_time;
use crate::store::mongo::reservation::{self, Holder, Obstacle, Owner, taken};

/// Operations to recover before it gives up and calls the key taken.
const ROUNDS: usize = 12;

/// Reserves keys in their order. If an organization whose lease is over holds a key, its operation is recovered and
/// the key is tried again. Recovery never reserves, so this does not nest.
pub(in crate::store::mongo) async fn reserve(
    connection: &Connection,
    holder: Holder,
    keys: &[String],
) -> Result<Option<Obstacle>, Failure> {
    let mut rest = keys;
    for _ in 0..ROUNDS {
        let Some(obstacle) = reservation::reserve(connection, holder, rest).await? else {
            return Ok(None);
        };
        let Some(with_operation) = obstacle.with_operation else {
            return Ok(Some(obstacle));
        };
        if !Box::pin(recover_if_over(connection, with_operation.organization)).await? {
            return Ok(Some(obstacle));
        }
        let at = rest.iter().position(|key| *key == obstacle.key).unwrap_or(0);
        rest = rest.get(at..).unwrap_or_default();
    }
    reservation::reserve(connection, holder, rest).await
}

impl Run<'_> {
    /// Reserves the operation's keys that the organization does not have; returns why they are not available.
    pub(super) async fn reserve_keys(&self) -> Result<Option<Error>, Failure> {
        let keys = self.op.to.keys_beside(&self.op.from, self.database());
        let holder = Holder {
            owner: Owner::Organization(self.id),
            epoch: self.op.epoch,
            at: get_time(&self.op.audit, "at"),
        };
        let Some(obstacle) = reserve(self.connection, holder, &keys).await? else {
            return Ok(None);
        };
        // The owner may be an earlier attempt of the same request: after its recovery, the key is its own or free.
        let earlier = obstacle.with_operation.and_then(|with_operation| with_operation.operation);
        Ok(Some(if earlier == Some(self.op.id) {
            Error::Busy(State::Creating)
        } else {
            taken(&obstacle.key, &self.op.to)
        }))
    }
}
