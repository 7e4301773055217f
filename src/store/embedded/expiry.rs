//! What is kept for a time only: audit entries, ended sessions and tries to sign in.
//!
//! No clock is trusted alone: one that is wrong for a single write must delete nothing. A row goes when its time is
//! over and an entry of the audit shows that time went on behind it for at least a day.

use crate::domain::audit::KEPT;
use crate::domain::session::REVOKED_KEPT;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// Rows of a table that one write deletes at most.
const AT_ONCE: i64 = 20;

/// How old an entry must be to show that time went on.
const PROVEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The last time, in milliseconds, that is surely over at `now`: of the entries that are a day old the one written
/// last. A time of a clock that was ahead and was set back is never the last one.
pub(super) fn proven_past(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<i64>, rusqlite::Error> {
    let until = now.saturating_sub(PROVEN_AFTER).unwrap_or(Timestamp::MIN).as_millisecond();
    tx.prepare_cached("SELECT at FROM audit NOT INDEXED WHERE at <= ?1 ORDER BY rowid DESC LIMIT 1")?
        .query_row([until], |row| row.get(0))
        .optional()
}

/// Deletes a few of the rows whose time is over.
pub(super) fn forget(tx: &Transaction<'_>, now: Timestamp) -> Result<(), rusqlite::Error> {
    let Some(past) = proven_past(tx, now)? else {
        return Ok(());
    };
    let before = |kept: SignedDuration| past.saturating_sub(milliseconds(kept));
    tx.prepare_cached(
        "DELETE FROM audit WHERE rowid IN (SELECT rowid FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?
    .execute(params![before(KEPT), AT_ONCE])?;
    tx.prepare_cached(
        "DELETE FROM revoked WHERE session_id IN
         (SELECT session_id FROM revoked WHERE expire_at < ?1 ORDER BY expire_at LIMIT ?2)",
    )?
    .execute(params![before(REVOKED_KEPT), AT_ONCE])?;
    tx.prepare_cached(
        "DELETE FROM throttle WHERE id IN
         (SELECT id FROM throttle WHERE expire_at < ?1 ORDER BY expire_at LIMIT ?2)",
    )?
    .execute(params![before(SignedDuration::ZERO), AT_ONCE])?;
    Ok(())
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
