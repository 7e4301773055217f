//! Reading rows that another program may have written: what is broken is left to the doctor and stops nothing.

use super::failure::Failure;
use crate::port::Page;
use rusqlite::types::Type;
use rusqlite::{Row, Rows};

/// What a row says; `None` when tenantry could not have written it. A value of another type than its column is no work
/// of another program, since the tables are strict: it is damage of the file, and an error.
pub(super) fn readable<T>(read: Result<T, rusqlite::Error>) -> Result<Option<T>, Failure> {
    use rusqlite::Error as Kind;
    match read {
        Ok(value) => Ok(Some(value)),
        Err(
            error @ (Kind::FromSqlConversionFailure(..)
            | Kind::InvalidColumnType(_, _, Type::Null)
            | Kind::IntegralValueOutOfRange(..)
            | Kind::Utf8Error(..)),
        ) => {
            tracing::info!(%error, "a record that cannot be read is left out; the doctor reports it");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The first `limit` rows, and where the next page begins if more follow.
///
/// Rows are counted before they are read. The page ends at a row whose place in the list can be read: if none of the
/// first `limit` has one, it goes on to the next that has, so that a list never ends at a broken row.
pub(super) fn page<T, P>(
    mut rows: Rows<'_>,
    limit: usize,
    position: impl Fn(&Row<'_>) -> Result<P, rusqlite::Error>,
    read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Page<T, P>, Failure> {
    let (mut found, mut next, mut count) = (Vec::new(), None, 0);
    while let Some(row) = rows.next()? {
        if count >= limit && next.is_some() {
            return Ok(Page { rows: found, next });
        }
        count += 1;
        if let Some(place) = readable(position(row))? {
            next = Some(place);
            found.extend(readable(read(row))?);
        }
    }
    Ok(Page::last(found))
}
