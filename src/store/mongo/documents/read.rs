//! Reading documents.

use super::{Bound, Command, Stop, filter, missing, send};
use crate::domain::Organization;
use crate::domain::document::{Builder, OwnedValue, Query, RawDocumentBuf, Value, id_of};
use crate::port::{DocumentQuery, PAGE_BYTES, Page, Result};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::record::MARKER;
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::error::Error as DriverError;
use std::time::Duration;

/// How long one document may take to be found by its `_id`.
const ONE: Duration = Duration::from_secs(30);

type RawCursor = Cursor<RawDocumentBuf>;

async fn cursor(connection: &Connection, command: RawDocumentBuf) -> Result<RawCursor, DriverError> {
    Ok(connection.database.run_raw_cursor_command(command).await?.with_type())
}

/// A page.
pub(super) async fn page(
    connection: &Connection,
    organization: &Organization,
    query: &DocumentQuery,
) -> Result<Page<RawDocumentBuf, OwnedValue>> {
    let told = |stop: Stop| stop.of_read(connection, organization, query.time);
    let found =
        send(
            connection,
            organization,
            |bound| async move { Ok(cursor(connection, find(bound, query)).await?) },
        );
    let mut found = found.await.map_err(told)?;
    let (mut rows, mut bytes, mut has_more) = (Vec::<RawDocumentBuf>::new(), 0, false);
    while let Some(document) = found.try_next().await.map_err(|error| told(error.into()))? {
        let length = document.as_bytes().len();
        if rows.len() >= query.limit || (!rows.is_empty() && bytes + length > PAGE_BYTES) {
            has_more = true;
            break;
        }
        bytes += length;
        rows.push(document);
    }
    // A sorted page has none behind it, unless it was cut.
    let can_go_on = has_more && (query.sort.is_none() || rows.len() < query.limit);
    let next = rows.last().filter(|_| can_go_on).and_then(|last| id_of(last.as_bytes()));
    Ok(Page { rows, next })
}

fn find(bound: Bound<'_>, query: &DocumentQuery) -> RawDocumentBuf {
    let mut command = Command::of("find", bound);
    let after = query.after.as_ref().map(OwnedValue::get);
    filter::put(&mut command.0, "filter", &query.filter, after, query.reverse);
    if let Some(sort) = &query.sort {
        command.0.put(b"sort", &Value::Document(sort.to_mongo().as_bytes()));
        command.0.put(b"allowDiskUse", &Value::Boolean(true));
    } else {
        command.0.begin_document(b"sort");
        command.0.put(b"_id", &Value::Int32(if query.reverse { -1 } else { 1 }));
        command.0.end();
    }
    // One more tells whether there is one, and another one keeps the server from leaving a cursor open.
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX - 2);
    command.0.put(b"limit", &Value::Int64(limit + 1));
    command.0.put(b"batchSize", &Value::Int64((limit + 2).min(i64::from(i32::MAX))));
    command.put_collation();
    command.put_time(query.time);
    command.finish()
}

/// The document with this `_id`.
pub(super) async fn one(
    connection: &Connection,
    organization: &Organization,
    id: &OwnedValue,
) -> Result<Option<RawDocumentBuf>> {
    if id.get() == Value::String(MARKER.as_bytes()) {
        return Ok(None);
    }
    let found = send(connection, organization, |bound| async move {
        Ok(cursor(connection, by_id(bound, &id.get())).await?.try_next().await?)
    });
    found.await.map_err(|stop| stop.of_read(connection, organization, ONE))
}

/// The command that finds one document.
pub(super) fn by_id(bound: Bound<'_>, id: &Value<'_>) -> RawDocumentBuf {
    let mut command = Command::of("find", bound);
    filter::put_id(&mut command.0, "filter", id);
    command.0.put(b"limit", &Value::Int32(1));
    command.0.put(b"singleBatch", &Value::Boolean(true));
    command.put_collation();
    command.finish()
}

/// How many documents a query finds. The command `count` has no UUID, so an aggregation counts.
pub(super) async fn count(
    connection: &Connection,
    organization: &Organization,
    query: &Query,
    time: Duration,
) -> Result<u64> {
    let aggregate = |bound| {
        let mut command = Command::of("aggregate", bound);
        command.0.begin_array(b"pipeline");
        command.0.begin_document(b"0");
        filter::put(&mut command.0, "$match", query, None, false);
        command.0.end();
        put_count(&mut command.0);
        command.0.end();
        command.0.begin_document(b"cursor");
        command.0.end();
        command.put_collation();
        command.put_time(time);
        command.finish()
    };
    let counted = send(connection, organization, |bound| async move {
        Ok(cursor(connection, aggregate(bound)).await?.try_next().await?)
    });
    let counted = counted.await.map_err(|stop| stop.of_read(connection, organization, time))?;
    // Without a document there is no group.
    let Some(counted) = counted else { return Ok(0) };
    let number = counted.get("n").ok().flatten();
    let number = number.and_then(|number| number.as_i64().or_else(|| number.as_i32().map(i64::from)));
    number.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| missing(organization))
}

fn put_count(builder: &mut Builder) {
    builder.begin_document(b"1");
    builder.put(b"$count", &Value::String(b"n"));
    builder.end();
}
