//! Reads rows that another program may have written: an invalid row is skipped and left to the doctor.

use super::failure::Failure;
use crate::port::Page;
use rusqlite::types::Type;
use rusqlite::{Row, Rows};

/// The content of a row; `None` if tenantry could not have written it. The tables are strict, so a value with a wrong
/// type does not come from another program: the file is damaged, which is an error.
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

/// The first `limit` rows, and the position of the next page if more follow.
///
/// Rows are counted before they are read. The page ends at a row with a readable position: if none of the first
/// `limit` rows has one, the page extends to the next row that has, so that a broken row never ends a list.
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
