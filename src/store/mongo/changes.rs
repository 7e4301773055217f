//! What changed since somebody looked, by the index of the times at which organizations were written.

use super::MongoStore;
use super::connection::Connection;
use super::failure::{Failure, judge};
use super::record::{binary, get_text, get_time, get_uuid, is_ours, organization};
use crate::domain::{AuditAction, OrganizationId};
use crate::port::{Changes, ChangesPosition, ChangesQuery, ChangesSince, Feed, NewEntry, OVERLAP, Result};
use async_trait::async_trait;
use futures_util::TryStreamExt;
use jiff::SignedDuration;
use mongodb::Collection;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::collections::HashSet;
use std::sync::Arc;

/// How far apart the clocks of those who write to the audit may be.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// How long a change stream that tells nothing replaces a read.
const TRUST: SignedDuration = SignedDuration::from_mins(1);

#[async_trait]
impl Feed for MongoStore {
    async fn changes(&self, query: &ChangesQuery) -> Result<Changes> {
        let connection = self.connection().await?;
        changes(connection, query).await.map_err(|failure| failure.into_error(connection))
    }
}

fn milliseconds(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn time(milliseconds: i64) -> Bson {
    Bson::DateTime(DateTime::from_millis(milliseconds))
}

/// Whether the last read is so recent that a stamp alone says that nothing was written since: a server that only speaks
/// like MongoDB may have streams that leave something out.
fn is_trusted(seen: ChangesPosition, now: i64) -> bool {
    (0..milliseconds(TRUST)).contains(&now.saturating_sub(seen.audit))
}

/// From when on writes are read. What was seen last is read again until a read came so long after it that no earlier
/// write could become visible any more.
fn bound(seen: ChangesPosition) -> Document {
    let waited = seen.audit.saturating_sub(seen.seen_at).max(0);
    let left = milliseconds(OVERLAP).saturating_sub(waited);
    if left > 0 {
        doc! {"$gte": time(seen.touched_at.saturating_sub(left))}
    } else {
        doc! {"$gt": time(seen.touched_at)}
    }
}

async fn changes(connection: &Connection, query: &ChangesQuery) -> std::result::Result<Changes, Failure> {
    let now = query.now.as_millisecond();
    // Before the reads: what is written in between is looked for once more.
    let stamp = connection.stamp();
    let seen = match query.since {
        ChangesSince::Position(seen) if stamp != 0 && seen.stamp == stamp && is_trusted(seen, now) => {
            return Ok(Changes::none(seen));
        }
        ChangesSince::Position(seen) => seen,
        ChangesSince::Ago(ago) => {
            let ago = milliseconds(ago);
            let touched_at = connection.server_time().await?.as_millisecond().saturating_sub(ago);
            ChangesPosition { stamp: 0, touched_at, seen_at: now, audit: now.saturating_sub(ago) }
        }
    };
    let written = doc! {"touched_at": bound(seen)};
    let audited = doc! {"at": {"$gt": time(seen.audit.saturating_sub(milliseconds(LEEWAY)))}};
    let audit = connection.audit();
    let (records, entries, gone) = tokio::try_join!(
        read(connection.organizations(), written, doc! {"touched_at": 1, "_id": 1}, doc! {}, query.limit),
        read(
            audit,
            audited,
            doc! {"at": -1, "_id": -1},
            doc! {"organization_id": 1, "action": 1},
            query.limit
        ),
        gone(connection, &query.at_work),
    )?;
    let mut next = ChangesPosition { stamp, audit: now, ..seen };
    if let Some(last) = records.last().map(|record| get_time(record, "touched_at").as_millisecond())
        && last > seen.touched_at
    {
        next = ChangesPosition { touched_at: last, seen_at: now, ..next };
    }
    let mut changes = Changes { gone, ..Changes::none(next) };
    changes.is_too_much = records.len() > query.limit || entries.len() > query.limit;
    let database = connection.database.name();
    let ours = records.iter().filter(|record| is_ours(record));
    changes.organizations = ours.filter_map(|record| organization(record, database).map(Arc::new)).collect();
    for entry in &entries {
        let Some(id) = get_uuid(entry, "_id") else { continue };
        let organization = get_uuid(entry, "organization_id").map(OrganizationId);
        changes.entries.push(NewEntry { id, organization });
        if get_text(entry, "action") == AuditAction::OrganizationPurge.as_str() {
            changes.gone.extend(organization);
        }
    }
    Ok(changes)
}

/// Those that are not there any more.
async fn gone(
    connection: &Connection,
    at_work: &[OrganizationId],
) -> std::result::Result<Vec<OrganizationId>, Failure> {
    if at_work.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Bson> = at_work.iter().map(|id| binary(id.0)).collect();
    let filter = doc! {"_id": {"$in": ids}};
    let found =
        read(connection.organizations(), filter, doc! {"_id": 1}, doc! {"_id": 1}, at_work.len()).await?;
    let there: HashSet<OrganizationId> =
        found.iter().filter_map(|record| get_uuid(record, "_id").map(OrganizationId)).collect();
    Ok(at_work.iter().copied().filter(|id| !there.contains(id)).collect())
}

/// One more than the limit, so that more is noticed.
async fn read(
    collection: Collection<Document>,
    filter: Document,
    sort: Document,
    projection: Document,
    limit: usize,
) -> std::result::Result<Vec<Document>, Failure> {
    let limit = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    // One more than the limit, else the server would keep a cursor open behind a full batch.
    let batch = u32::try_from(limit.saturating_add(1)).unwrap_or(u32::MAX);
    let find = collection.find(filter).sort(sort).projection(projection).limit(limit).batch_size(batch);
    async { find.await?.try_collect().await }.await.map_err(judge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(audit: i64) -> ChangesPosition {
        ChangesPosition { stamp: 0, touched_at: 100_000, seen_at: 5_000, audit }
    }

    #[test]
    fn what_was_seen_last_is_read_again_until_nothing_earlier_can_come() {
        assert_eq!(bound(read_at(5_000)), doc! {"$gte": time(90_000)});
        assert_eq!(bound(read_at(9_000)), doc! {"$gte": time(94_000)});
        assert_eq!(bound(read_at(15_000)), doc! {"$gt": time(100_000)});
        assert_eq!(bound(read_at(1_000)), doc! {"$gte": time(90_000)}, "a clock that was put back");
    }

    #[test]
    fn stamp_replaces_reads_for_a_minute() {
        let seen = read_at(5_000);
        for (now, expected) in [(5_000, true), (64_999, true), (65_000, false), (4_999, false)] {
            assert_eq!(is_trusted(seen, now), expected, "{now}");
        }
    }
}
