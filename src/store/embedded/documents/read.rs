//! Reading documents: in the order of their keys, or in the order of another field.

use super::{collection_of, readable};
use crate::domain::Organization;
use crate::domain::document::{OwnedValue, Query, RawDocumentBuf, Sort, id_of, order};
use crate::port::{DocumentQuery, Error, PAGE_BYTES, Page};
use crate::store::embedded::failure::Failure;
use rusqlite::{Connection, OptionalExtension, Rows, params};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a search may take.
#[derive(Debug)]
pub(super) struct Patience {
    begun: Instant,
    time: Duration,
}

impl Patience {
    pub(super) fn of(time: Duration) -> Self {
        Self { begun: Instant::now(), time }
    }

    fn check(&self) -> Result<(), Failure> {
        if self.begun.elapsed() >= self.time {
            return Err(Error::QueryTimedOut(self.time).into());
        }
        Ok(())
    }
}

/// The next document of a cursor. Skips rows that are not BSON.
fn next(rows: &mut Rows<'_>, patience: &Patience) -> Result<Option<RawDocumentBuf>, Failure> {
    while let Some(row) = rows.next()? {
        patience.check()?;
        if let Some(document) = readable(row.get(0)?) {
            return Ok(Some(document));
        }
    }
    Ok(None)
}

/// Calls `take` with each document that a query finds, in the order of their `_id`s, until it answers `false`.
fn search(
    db: &Connection,
    collection: i64,
    query: &DocumentQuery,
    patience: &Patience,
    mut take: impl FnMut(RawDocumentBuf) -> bool,
) -> Result<(), Failure> {
    let (beyond, direction) = if query.reverse { ("<", "DESC") } else { (">", "ASC") };
    let after = query.after.as_ref().map(|after| order::key(&after.get()).unwrap_or_default());
    if let Some(ids) = query.filter.ids() {
        // Sorted, each once.
        let mut ids: Vec<&[u8]> =
            ids.into_iter().filter(|id| is_behind(id, after.as_deref(), query.reverse)).collect();
        if query.reverse {
            ids.reverse();
        }
        for id in ids {
            patience.check()?;
            let found = by_key(db, collection, id)?.filter(|document| query.filter.matches(document));
            if let Some(document) = found
                && !take(document)
            {
                return Ok(());
            }
        }
        return Ok(());
    }
    let behind =
        if after.is_some() { format!("AND id_key {beyond} ?2") } else { "AND ?2 IS NULL".to_owned() };
    let sql =
        format!("SELECT doc FROM documents WHERE collection_id = ?1 {behind} ORDER BY id_key {direction}");
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![collection, after])?;
    while let Some(document) = next(&mut rows, patience)? {
        if query.filter.matches(&document) && !take(document) {
            return Ok(());
        }
    }
    Ok(())
}

fn is_behind(id: &[u8], after: Option<&[u8]>, reverse: bool) -> bool {
    after.is_none_or(|after| if reverse { id < after } else { id > after })
}

fn by_key(db: &Connection, collection: i64, key: &[u8]) -> Result<Option<RawDocumentBuf>, Failure> {
    let sql = "SELECT doc FROM documents WHERE collection_id = ?1 AND id_key = ?2";
    let found = db.prepare_cached(sql)?.query_row(params![collection, key], |row| row.get(0)).optional()?;
    Ok(found.and_then(readable))
}

/// The document with this `_id`.
pub(super) fn one(
    db: &Connection,
    organization: &Organization,
    id: &OwnedValue,
) -> Result<Option<RawDocumentBuf>, Failure> {
    let snapshot = db.unchecked_transaction()?;
    let collection = collection_of(&snapshot, organization)?;
    // A value whose key cannot be made is no `_id`.
    let Ok(key) = order::key(&id.get()) else { return Ok(None) };
    by_key(&snapshot, collection, &key)
}

/// A page.
pub(super) fn page(
    db: &Connection,
    organization: &Organization,
    query: &DocumentQuery,
    patience: &Patience,
) -> Result<Page<RawDocumentBuf, OwnedValue>, Failure> {
    let snapshot = db.unchecked_transaction()?;
    let collection = collection_of(&snapshot, organization)?;
    if let Some(sort) = &query.sort {
        return sorted(&snapshot, collection, query, sort, patience);
    }
    let (mut rows, mut bytes, mut has_more) = (Vec::new(), 0, false);
    search(&snapshot, collection, query, patience, |document: RawDocumentBuf| {
        let length = document.as_bytes().len();
        if rows.len() >= query.limit || (!rows.is_empty() && bytes + length > PAGE_BYTES) {
            has_more = true;
            return false;
        }
        bytes += length;
        rows.push(document);
        true
    })?;
    let next = rows.last().filter(|_| has_more).and_then(|last| id_of(last.as_bytes()));
    Ok(Page { rows, next })
}

/// The first documents in the order of another field: those kept so far are the least, as many as are asked for.
fn sorted(
    db: &Connection,
    collection: i64,
    query: &DocumentQuery,
    sort: &Sort,
    patience: &Patience,
) -> Result<Page<RawDocumentBuf, OwnedValue>, Failure> {
    let everything = DocumentQuery { sort: None, reverse: false, after: None, ..query.clone() };
    // By key, and by place for equal ones.
    let mut kept: BTreeMap<(Vec<u8>, u64), RawDocumentBuf> = BTreeMap::new();
    let (mut bytes, mut place, mut is_cut) = (0, 0, false);
    search(db, collection, &everything, patience, |document: RawDocumentBuf| {
        let mut key = sort.key(document.as_bytes());
        if sort.is_descending() {
            // Turned round, with an end that is greater than any byte, so that a prefix comes later.
            for byte in &mut key {
                *byte = !*byte;
            }
            key.push(0xff);
        }
        bytes += document.as_bytes().len();
        place += 1;
        kept.insert((key, place), document);
        while kept.len() > query.limit || (kept.len() > 1 && bytes > PAGE_BYTES) {
            is_cut |= kept.len() <= query.limit;
            bytes -= kept.pop_last().map_or(0, |(_, last)| last.as_bytes().len());
        }
        true
    })?;
    let rows: Vec<RawDocumentBuf> = kept.into_values().collect();
    let is_cut = is_cut && rows.len() < query.limit;
    let next = rows.last().filter(|_| is_cut).and_then(|last| id_of(last.as_bytes()));
    Ok(Page { rows, next })
}

/// How many documents a query finds.
pub(super) fn count(
    db: &Connection,
    organization: &Organization,
    filter: &Query,
    patience: &Patience,
) -> Result<u64, Failure> {
    let snapshot = db.unchecked_transaction()?;
    let collection = collection_of(&snapshot, organization)?;
    if filter.is_all() {
        let sql = "SELECT documents FROM collections WHERE id = ?1";
        let count: i64 = snapshot.prepare_cached(sql)?.query_row([collection], |row| row.get(0))?;
        return Ok(u64::try_from(count).unwrap_or(0));
    }
    let query = DocumentQuery {
        filter: filter.clone(),
        sort: None,
        reverse: false,
        after: None,
        limit: 1,
        time: patience.time,
    };
    let mut count = 0;
    search(&snapshot, collection, &query, patience, |_| {
        count += 1;
        true
    })?;
    Ok(count)
}
