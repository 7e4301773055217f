//! Attempts and their failures: rows of `throttle`. The places of a key are in its row, so that taking one is a single
//! command and parallel guesses count; each event of the whole store is a row of its own.

use super::audit;
use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, both, code_of, judge};
use super::record::{binary, date, get_time, get_uuid};
use crate::domain::throttle::{
    Event, FORGET_AFTER, FREE_FAILURES, FREE_REGISTRATIONS, FREE_TRIES, LONGEST_WAIT, PLACE_LASTS, Place,
    ThrottleKey, next_turn, wait_after,
};
use crate::domain::{AuditEntry, cut_to_milliseconds};
use crate::port::{Error, PlaceAnswer, Result, Turn};
use jiff::{SignedDuration, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use uuid::Uuid;

/// Two parallel first attempts insert one row; the loser finds it at its next attempt.
const ATTEMPTS: usize = 5;
/// How often to ask for a turn again because others were faster; after that the sign-in must be retried.
const ROUNDS: usize = 32;
/// The row of the queue of sign-ins in a slowed store.
const LINE: &str = "line";

/// Takes a place, if one is free and no wait is active.
pub(super) async fn take_place(
    connection: &Connection,
    place: &Place,
    now: Timestamp,
) -> Result<PlaceAnswer> {
    let now = cut_to_milliseconds(now);
    let row = changed(connection, place.key.as_str(), taken(place, now)).await?;
    if places(&row).any(|id| id == place.id) {
        return Ok(PlaceAnswer::Taken);
    }
    // Must match the condition of the update.
    let until = get_time(&row, "until");
    let is_alive = get_time(&row, "expire_at") > now;
    if is_alive && crate::domain::throttle::is_waiting(until, now) {
        return Ok(PlaceAnswer::Throttled { until });
    }
    Ok(PlaceAnswer::Full { under_way: places(&row).collect() })
}

/// Records an attempt as failed.
pub(super) async fn failed(
    connection: &Connection,
    place: &Place,
    entry: &AuditEntry,
) -> Result<(), Failure> {
    let now = cut_to_milliseconds(entry.at);
    let counted = async {
        let row = doc! {"_id": place.key.as_str()};
        for _ in 0..ATTEMPTS {
            let rows = connection.throttle();
            match rows.update_one(row.clone(), vec![one_more(place, now)]).upsert(true).await {
                Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => {}
                counted => return counted.map(drop).map_err(judge),
            }
        }
        let place = connection.place.host.clone();
        Err(Failure::Rule(Error::Unavailable { place, operation: None }))
    };
    let event = async {
        if place.key.is_sign_in() {
            put_event(connection, &Event::Failure.row(now), Event::Failure, now).await
        } else {
            Ok(())
        }
    };
    let (counted, event, audited) = tokio::join!(counted, event, audit::write(connection, entry));
    both(both(counted, event), audited).map(drop)
}

/// Gives a place back; optionally clears the count of its key.
pub(super) async fn give_back(connection: &Connection, place: &Place, clears: bool) -> Result<(), Failure> {
    let mut set = doc! {"places": others(place)};
    if clears {
        set.extend(doc! {"count": literal(0_i64), "until": Bson::Null});
    }
    let row = doc! {"_id": place.key.as_str()};
    connection.throttle().update_one(row, vec![doc! {"$set": set}]).await.map(drop).map_err(judge)
}

/// Clears the counts of an email key.
pub(super) async fn forget(connection: &Connection, email_key: &str) -> Result<(), Failure> {
    let keys = [ThrottleKey::sign_in(email_key), ThrottleKey::current_password(email_key)];
    let rows = doc! {"_id": {"$in": keys.map(|key| key.as_str().to_owned()).to_vec()}};
    connection.throttle().delete_many(rows).await.map(drop).map_err(judge)
}

/// When a sign-in may be verified.
pub(super) async fn turn(connection: &Connection, now: Timestamp) -> Result<Turn> {
    let now = cut_to_milliseconds(now);
    if !are_more(connection, Event::Failure, FREE_FAILURES, now).await? {
        return Ok(Turn::Now);
    }
    let lapses = date(now.saturating_add(FORGET_AFTER).unwrap_or(Timestamp::MAX));
    for _ in 0..ROUNDS {
        let rows = connection.throttle();
        let row = rows.find_one(doc! {"_id": LINE}).await.map_err(|error| connection.of_read(&error))?;
        let last = row.as_ref().map_or(Timestamp::UNIX_EPOCH, |row| get_time(row, "until"));
        let Some(next) = next_turn(last, now) else { break };
        let is_taken = if row.is_some() {
            let as_read = doc! {"_id": LINE, "until": date(last)};
            let turn = doc! {"$set": {"until": date(next), "expire_at": &lapses}};
            rows.update_one(as_read, turn).await.map(|updated| updated.matched_count == 1)
        } else {
            let first = doc! {"_id": LINE, "until": date(next), "expire_at": &lapses};
            rows.insert_one(first).await.map(|_| true)
        };
        match is_taken {
            Ok(true) => return Ok(Turn::At(next)),
            Ok(false) => {}
            Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => {}
            Err(error) => return Err(connection.of_read(&error)),
        }
    }
    Ok(Turn::Never)
}

/// Counts a registration, unless there were too many. It is counted before the check, so that parallel ones never
/// exceed the limit.
pub(super) async fn count_registration(connection: &Connection, now: Timestamp) -> Result<Option<Timestamp>> {
    let (now, event) = (cut_to_milliseconds(now), Event::Registration);
    let id = event.row(now);
    let put = put_event(connection, &id, event, now).await;
    put.map_err(|failure| failure.into_error(connection))?;
    if !are_more(connection, event, FREE_REGISTRATIONS, now).await? {
        return Ok(None);
    }
    let rows = connection.throttle();
    let oldest = async {
        rows.delete_one(doc! {"_id": &id}).await?;
        rows.find_one(in_range(event, now)).sort(doc! {"_id": 1}).await
    };
    let oldest = oldest.await.map_err(|error| connection.of_read(&error))?;
    let oldest = oldest.and_then(|row| Event::time_of(row.get_str("_id").ok()?)).unwrap_or(now);
    Ok(Some(oldest.saturating_add(event.window()).unwrap_or(now)))
}

fn in_range(event: Event, now: Timestamp) -> Document {
    let (first, last) = event.range(now);
    doc! {"_id": {"$gt": first, "$lt": last}}
}

/// Whether more events than the limit count now.
async fn are_more(connection: &Connection, event: Event, limit: i64, now: Timestamp) -> Result<bool> {
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX);
    let rows = connection.throttle();
    let found = rows.find_one(in_range(event, now)).sort(doc! {"_id": 1}).skip(beyond).await;
    found.map(|found| found.is_some()).map_err(|error| connection.of_read(&error))
}

async fn put_event(connection: &Connection, id: &str, event: Event, now: Timestamp) -> Result<(), Failure> {
    let lapses = now.saturating_add(event.window()).unwrap_or(Timestamp::MAX);
    let row = doc! {"_id": id, "expire_at": date(lapses)};
    connection.throttle().insert_one(row).await.map(drop).map_err(judge)
}

/// Updates or inserts a row, and returns its new content.
async fn changed(connection: &Connection, id: &str, update: Document) -> Result<Document> {
    for _ in 0..ATTEMPTS {
        let after = connection
            .throttle()
            .find_one_and_update(doc! {"_id": id}, vec![update.clone()])
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await;
        match after {
            Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => {}
            after => return after.map(Option::unwrap_or_default).map_err(|error| connection.of_read(&error)),
        }
    }
    Err(Error::Unavailable { place: connection.place.host.clone(), operation: None })
}

fn places(row: &Document) -> impl Iterator<Item = Uuid> {
    let places = row.get_array("places").map(Vec::as_slice).unwrap_or_default();
    places.iter().filter_map(|place| get_uuid(place.as_document()?, "id"))
}

fn literal(value: impl Into<Bson>) -> Bson {
    Bson::Document(doc! {"$literal": value.into()})
}

fn after(now: Timestamp, wait: SignedDuration) -> Bson {
    literal(date(now.saturating_add(wait).unwrap_or(Timestamp::MAX)))
}

fn is_later(field: &str, now: Timestamp) -> Document {
    doc! {"$gt": [field, literal(date(now))]}
}

/// The current number of failures; 0 after they have expired.
fn count(now: Timestamp) -> Document {
    doc! {"$cond": [is_later("$expire_at", now), {"$ifNull": ["$count", 0_i64]}, 0_i64]}
}

/// The places of a row except this one.
fn others(place: &Place) -> Document {
    doc! {"$filter": {
        "input": {"$ifNull": ["$places", []]},
        "as": "place",
        "cond": {"$ne": ["$$place.id", literal(binary(place.id))]},
    }}
}

/// The update that takes a place: one of `domain::throttle::places_after`, unless a wait is active. Removes expired
/// places.
fn taken(place: &Place, now: Timestamp) -> Document {
    let lapses = after(now, PLACE_LASTS);
    let is_alive = is_later("$expire_at", now);
    // The same rule as `domain::throttle::is_waiting`.
    let not_too_long = doc! {"$lte": ["$until", after(now, LONGEST_WAIT)]};
    let is_waiting = doc! {"$and": [is_alive.clone(), is_later("$until", now), not_too_long]};
    // A place that expires later was taken with a clock that has been corrected since.
    let held = doc! {"$filter": {
        "input": {"$ifNull": ["$places", []]},
        "as": "place",
        "cond": {"$and": [is_later("$$place.until", now), {"$lte": ["$$place.until", lapses.clone()]}]},
    }};
    let free = doc! {"$max": [{"$subtract": [literal(FREE_TRIES), "$$count"]}, literal(1_i64)]};
    let takes = doc! {"$and": [{"$not": ["$$waiting"]}, {"$lt": [{"$size": "$$held"}, free]}]};
    let mine = doc! {"id": literal(binary(place.id)), "until": lapses.clone()};
    let new_row = doc! {"$let": {
        "vars": {"count": count(now), "waiting": is_waiting, "held": held},
        "in": {
            "count": "$$count",
            "until": {"$cond": [is_alive.clone(), "$until", Bson::Null]},
            "places": {"$cond": [takes, {"$concatArrays": ["$$held", [mine]]}, "$$held"]},
            // The row expires no earlier than the place.
            "expire_at": {"$cond": [is_later("$expire_at", now), {"$max": ["$expire_at", lapses.clone()]}, lapses]},
        },
    }};
    doc! {"$replaceWith": {"$mergeObjects": ["$$ROOT", new_row]}}
}

/// The update that records a failure.
fn one_more(place: &Place, now: Timestamp) -> Document {
    let new_row = doc! {"$let": {
        "vars": {"count": {"$add": [count(now), literal(1_i64)]}},
        "in": {
            "count": "$$count",
            "until": waits(now),
            "places": others(place),
            "expire_at": after(now, FORGET_AFTER),
        },
    }};
    doc! {"$replaceWith": {"$mergeObjects": ["$$ROOT", new_row]}}
}

/// The end of the wait after failure number `$$count`, with a branch for each number that has its own wait.
fn waits(now: Timestamp) -> Bson {
    let mut branches = vec![doc! {"case": {"$lt": ["$$count", literal(FREE_TRIES)]}, "then": Bson::Null}];
    let growing = (FREE_TRIES..).take_while(|count| wait_after(*count) < LONGEST_WAIT);
    branches.extend(growing.map(
        |count| doc! {"case": {"$eq": ["$$count", literal(count)]}, "then": after(now, wait_after(count))},
    ));
    Bson::Document(doc! {"$switch": {"branches": branches, "default": after(now, LONGEST_WAIT)}})
}
