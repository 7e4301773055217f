//! Expiry of audit entries, ended sessions and attempts to sign in.
//!
//! No clock is trusted alone: a clock that is wrong for a single write must delete nothing. A row is deleted after its
//! time is over and an audit entry shows that at least a day has passed since.

use crate::domain::audit::KEPT;
use crate::domain::session::REVOKED_KEPT;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};

/// Rows of a table that one write deletes at most.
const AT_ONCE: i64 = 20;

/// The age at which an entry proves that time has passed.
const PROVEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The last time, in milliseconds, that has certainly passed at `now`: that of the last written entry of those at
/// least a day old. A clock that was ahead and was corrected never wrote the last one.
pub(super) fn proven_past(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<i64>, rusqlite::Error> {
    let until = now.saturating_sub(PROVEN_AFTER).unwrap_or(Timestamp::MIN).as_millisecond();
    tx.prepare_cached("SELECT at FROM audit NOT INDEXED WHERE at <= ?1 ORDER BY rowid DESC LIMIT 1")?
        .query_row([until], |row| row.get(0))
        .optional()
}

/// Deletes a few of the expired rows.
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
