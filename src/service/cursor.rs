//! Cursors: where the next page of a list begins, and of which list.

use super::error::{Error, Result};
use super::store::Position;
use crate::domain::{SortKey, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
/// Characters of a cursor at most; names are at most 200 bytes, folded at most some more.
const MAX_CURSOR: usize = 4_096;

#[derive(Serialize, Deserialize)]
struct Cursor {
    v: u8,
    query: String,
    after: Position,
}

/// What makes two lists the same: filter, state and order.
pub(super) fn query_hash(filter: &str, state: Option<State>, sort: SortKey, reverse: bool) -> String {
    let state = state.map_or("", State::as_str);
    let text = format!("{}\0{state}\0{}\0{reverse}", filter.trim(), sort.as_str());
    URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..9])
}

/// The cursor behind a row.
pub(super) fn encode(query: String, after: Position) -> Result<String> {
    let json =
        serde_json::to_vec(&Cursor { v: VERSION, query, after }).map_err(|error| Error::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The place that a cursor names, if it is one of this list.
pub(super) fn decode(text: &str, query: &str, sort: SortKey) -> Result<Position> {
    let read = || -> Option<Position> {
        let bytes = (text.len() <= MAX_CURSOR).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        let cursor: Cursor = serde_json::from_slice(&bytes).ok()?;
        let fits = matches!(
            (&cursor.after, sort),
            (Position::Name(..), SortKey::Name) | (Position::Time(..), SortKey::Created | SortKey::Updated)
        );
        (cursor.v == VERSION && cursor.query == query && fits).then_some(cursor.after)
    };
    read().ok_or(Error::InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganizationId;
    use uuid::Uuid;

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let id = OrganizationId(Uuid::from_u128(1));
        let query = query_hash("acme", None, SortKey::Name, false);
        let after = Position::Name("日本 \"x\"".into(), id);
        let text = encode(query.clone(), after.clone()).unwrap();
        assert_eq!(decode(&text, &query, SortKey::Name), Ok(after));
        for other in [
            query_hash("acm", None, SortKey::Name, false),
            query_hash("acme", Some(State::Active), SortKey::Name, false),
            query_hash("acme", None, SortKey::Created, false),
            query_hash("acme", None, SortKey::Name, true),
        ] {
            assert_eq!(decode(&text, &other, SortKey::Name), Err(Error::InvalidCursor));
        }
        assert_eq!(decode(&text, &query, SortKey::Created), Err(Error::InvalidCursor));
    }

    #[test]
    fn damaged_cursors_are_refused() {
        let query = query_hash("", None, SortKey::Created, false);
        let id = OrganizationId(Uuid::from_u128(1));
        let whole = encode(query.clone(), Position::Time(-5, id)).unwrap();
        assert!(decode(&whole, &query, SortKey::Created).is_ok());
        let long = "A".repeat(5_000_000);
        for text in ["", "x", "ä", "e30", "bnVsbA", whole.trim_start_matches('e'), &long] {
            assert_eq!(decode(text, &query, SortKey::Created), Err(Error::InvalidCursor), "{text:.20}");
        }
    }
}
