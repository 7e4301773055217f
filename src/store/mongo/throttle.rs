//! Tries to sign in, counted before any password is verified: one command, so that parallel guesses count.

use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, code_of};
use super::record::{binary, date, get_time, get_uuid};
use crate::domain::cut_to_milliseconds;
use crate::domain::throttle::{FORGET_AFTER, FREE_TRIES, LONGEST_WAIT, throttle_id, wait_after};
use crate::port::{Error, Result, SignInTry};
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use uuid::Uuid;

/// Two first tries at once insert one row; the loser finds it at its next attempt.
const ATTEMPTS: usize = 5;

/// Counts a try, unless it falls into a wait.
pub(super) async fn count(connection: &Connection, email_key: &str, now: Timestamp) -> Result<SignInTry> {
    let now = cut_to_milliseconds(now);
    let row = throttle_id(email_key);
    let this = Uuid::new_v4();
    for _ in 0..ATTEMPTS {
        let after = connection
            .throttle()
            .find_one_and_update(doc! {"_id": &row}, vec![counted(now, this)])
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await;
        match after {
            Ok(Some(row)) if get_uuid(&row, "last_try") != Some(this) => {
                return Ok(SignInTry::Throttled { until: get_time(&row, "until") });
            }
            Ok(_) => return Ok(SignInTry::Counted),
            Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => {}
            Err(error) => return Err(connection.of_read(&error)),
        }
    }
    Err(Error::Unavailable { place: connection.place.host.clone(), operation: None })
}

fn literal(value: impl Into<Bson>) -> Bson {
    Bson::Document(doc! {"$literal": value.into()})
}

fn after(now: Timestamp, wait: SignedDuration) -> Bson {
    literal(date(now.saturating_add(wait).unwrap_or(Timestamp::MAX)))
}

/// The update: a row in its wait stays as it is; else one more, or the first when the row is forgotten.
fn counted(now: Timestamp, this: Uuid) -> Document {
    let later = |field: &str| doc! {"$gt": [field, literal(date(now))]};
    let alive = later("$expire_at");
    // As `domain::throttle::is_waiting` says it.
    let not_too_long = doc! {"$lte": ["$until", after(now, LONGEST_WAIT)]};
    let waiting = doc! {"$and": [alive.clone(), later("$until"), not_too_long]};
    let count = doc! {"$add": [{"$cond": [alive, {"$ifNull": ["$count", 0_i64]}, 0_i64]}, literal(1_i64)]};
    let keep = |field: &str, new: Bson| doc! {"$cond": ["$$waiting", field, new]};
    let new_row = doc! {"$let": {
        "vars": {"count": count, "waiting": waiting},
        "in": {
            "count": keep("$count", "$$count".into()),
            // By this a try knows afterwards whether it was the one that counted.
            "last_try": keep("$last_try", literal(binary(this))),
            "until": keep("$until", waits(now)),
            "expire_at": keep("$expire_at", after(now, FORGET_AFTER)),
        },
    }};
    doc! {"$replaceWith": {"$mergeObjects": ["$$ROOT", new_row]}}
}

/// The end of the wait that the try number `$$count` sets, one branch for each number that sets another one.
fn waits(now: Timestamp) -> Bson {
    let mut branches = vec![doc! {"case": {"$lt": ["$$count", literal(FREE_TRIES)]}, "then": Bson::Null}];
    let growing = (FREE_TRIES..).take_while(|count| wait_after(*count) < LONGEST_WAIT);
    branches.extend(growing.map(
        |count| doc! {"case": {"$eq": ["$$count", literal(count)]}, "then": after(now, wait_after(count))},
    ));
    Bson::Document(doc! {"$switch": {"branches": branches, "default": after(now, LONGEST_WAIT)}})
}
