//! Attempts and their failures: rows of `throttle`. A place is a row beside its key's row, an event is a row of its
//! own, so each expires by itself.

use super::failure::Failure;
use super::schema::foreign;
use crate::domain::throttle::{
    Event, FORGET_AFTER, FREE_FAILURES, FREE_REGISTRATIONS, PLACE_LASTS, Place, ThrottleKey, is_waiting,
    next_turn, places_after, wait_after,
};
use crate::port::{PlaceAnswer, Turn};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

/// The row of the queue of sign-ins in a slowed store.
const LINE: &str = "line";

/// Takes a place, if one is free and no wait is active.
pub(super) fn take_place(
    tx: &Transaction<'_>,
    place: &Place,
    now: Timestamp,
) -> Result<PlaceAnswer, Failure> {
    let (count, until) = counted(tx, place.key.as_str(), now)?;
    if is_waiting(until, now) {
        return Ok(PlaceAnswer::Throttled { until });
    }
    let lapses = after(now, PLACE_LASTS);
    let (first, last) = (format!("{}/", place.key.as_str()), format!("{}0", place.key.as_str()));
    // A place that expires later was taken with a clock that has been corrected since.
    let under_way = tx
        .prepare_cached(
            "SELECT id FROM throttle WHERE id > ?1 AND id < ?2 AND expire_at > ?3 AND expire_at <= ?4",
        )?
        .query_map(params![first, last, now.as_millisecond(), lapses], |row| row.get::<_, String>(0))?
        .map(|id| Ok(id?.split('/').nth(1).and_then(|id| id.parse().ok()).unwrap_or_default()))
        .collect::<Result<Vec<Uuid>, rusqlite::Error>>()?;
    if i64::try_from(under_way.len()).is_ok_and(|taken| taken >= places_after(count)) {
        return Ok(PlaceAnswer::Full { under_way });
    }
    put(tx, &row_of(place), 0, 0, lapses)?;
    Ok(PlaceAnswer::Taken)
}

/// Records an attempt as failed.
pub(super) fn failed(tx: &Transaction<'_>, place: &Place, now: Timestamp) -> Result<(), Failure> {
    forget_row(tx, &row_of(place))?;
    let count = counted(tx, place.key.as_str(), now)?.0 + 1;
    put(tx, place.key.as_str(), count, after(now, wait_after(count)), after(now, FORGET_AFTER))?;
    if place.key.is_sign_in() {
        put_event(tx, Event::Failure, now)?;
    }
    Ok(())
}

/// Gives a place back; optionally clears the count of its key.
pub(super) fn give_back(tx: &Transaction<'_>, place: &Place, clears: bool) -> Result<(), Failure> {
    forget_row(tx, &row_of(place))?;
    if clears { forget_row(tx, place.key.as_str()) } else { Ok(()) }
}

/// Clears the counts of an email key.
pub(super) fn forget(tx: &Transaction<'_>, email_key: &str) -> Result<(), Failure> {
    forget_row(tx, ThrottleKey::sign_in(email_key).as_str())?;
    forget_row(tx, ThrottleKey::current_password(email_key).as_str())
}

/// When a sign-in may be verified.
pub(super) fn turn(tx: &Transaction<'_>, now: Timestamp) -> Result<Turn, Failure> {
    if events(tx, Event::Failure, FREE_FAILURES, now)? <= FREE_FAILURES {
        return Ok(Turn::Now);
    }
    let last: Option<i64> = tx
        .prepare_cached("SELECT until FROM throttle WHERE id = ?1")?
        .query_row([LINE], |row| row.get(0))
        .optional()?;
    let last = Timestamp::from_millisecond(last.unwrap_or(0)).map_err(|_| foreign(0))?;
    let Some(next) = next_turn(last, now) else { return Ok(Turn::Never) };
    put(tx, LINE, 0, next.as_millisecond(), after(now, FORGET_AFTER))?;
    Ok(Turn::At(next))
}

/// Counts a registration, unless there were too many.
pub(super) fn count_registration(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let event = Event::Registration;
    if events(tx, event, FREE_REGISTRATIONS, now)? < FREE_REGISTRATIONS {
        put_event(tx, event, now)?;
        return Ok(None);
    }
    let (first, last) = event.range(now);
    let oldest: String = tx
        .prepare_cached("SELECT id FROM throttle WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1")?
        .query_row([first, last], |row| row.get(0))?;
    Ok(Some(Event::time_of(&oldest).unwrap_or(now).saturating_add(event.window()).unwrap_or(now)))
}

/// The number of events that count now; at most one more than the limit.
fn events(tx: &Transaction<'_>, event: Event, limit: i64, now: Timestamp) -> Result<i64, Failure> {
    let (first, last) = event.range(now);
    Ok(tx
        .prepare_cached(
            "SELECT COUNT(*) FROM (SELECT 1 FROM throttle WHERE id > ?1 AND id < ?2 LIMIT ?3 + 1)",
        )?
        .query_row(params![first, last, limit], |row| row.get(0))?)
}

fn put_event(tx: &Transaction<'_>, event: Event, now: Timestamp) -> Result<(), Failure> {
    put(tx, &event.row(now), 0, 0, after(now, event.window()))
}

/// The count of a key and the end of its wait; `None` after it has expired.
fn counted(tx: &Transaction<'_>, key: &str, now: Timestamp) -> Result<(i64, Timestamp), Failure> {
    let (count, until): (i64, i64) = tx
        .prepare_cached("SELECT count, until FROM throttle WHERE id = ?1 AND expire_at > ?2")?
        .query_row(params![key, now.as_millisecond()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or((0, 0));
    Ok((count, Timestamp::from_millisecond(until).map_err(|_| foreign(1))?))
}

fn put(tx: &Transaction<'_>, id: &str, count: i64, until: i64, expire_at: i64) -> Result<(), Failure> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO throttle (id, count, until, expire_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![id, count, until, expire_at])?;
    Ok(())
}

fn forget_row(tx: &Transaction<'_>, id: &str) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM throttle WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Sorts after its key's row and before any other key.
fn row_of(place: &Place) -> String {
    format!("{}/{}", place.key.as_str(), place.id)
}

fn after(now: Timestamp, wait: SignedDuration) -> i64 {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX).as_millisecond()
}
