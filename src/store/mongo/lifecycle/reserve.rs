//! Reserving past operations that nobody works on any more.

use super::recover::recover_if_over;
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::reservation::{self, Holder, Obstacle};

/// Operations that are ended on the way before one gives up and calls the key taken.
const ROUNDS: usize = 4;

/// Reserves keys in their order. One that is held by an organization whose lease is over is looked at again once
/// that operation is ended.
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
        let Some(in_work) = obstacle.in_work else {
            return Ok(Some(obstacle));
        };
        if !Box::pin(recover_if_over(connection, in_work.organization)).await? {
            return Ok(Some(obstacle));
        }
        let at = rest.iter().position(|key| *key == obstacle.key).unwrap_or(0);
        rest = rest.get(at..).unwrap_or_default();
    }
    reservation::reserve(connection, holder, rest).await
}

/// Whether it is the name of a collection that is not to be had.
pub(super) fn is_of_collection(obstacle: &Obstacle) -> bool {
    obstacle.key.starts_with("c:")
}
