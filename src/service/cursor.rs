//! Cursors: the position of the next page, and the list that it belongs to.

use super::{Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const VERSION: u8 = 1;
/// Characters of a cursor at most. Names have at most 200 bytes; an `_id` of a document may be longer than that.
const MAX_CURSOR: usize = 120_000;

#[derive(Serialize, Deserialize)]
struct Cursor<P> {
    v: u8,
    query: String,
    after: P,
}

/// A hash that is equal for pages of one list: of its kind and of everything requested except the length.
pub(super) fn query_hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    URL_SAFE_NO_PAD.encode(&digest.finalize()[..9])
}

/// The cursor for the page after a position.
pub(super) fn encode<P: Serialize>(query: String, after: P) -> Result<String> {
    let json =
        serde_json::to_vec(&Cursor { v: VERSION, query, after }).map_err(|error| Error::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The position in a cursor, if the cursor belongs to this list.
pub(super) fn decode<P: DeserializeOwned>(text: &str, query: &str) -> Result<P> {
    let read = || -> Option<P> {
        let bytes = (text.len() <= MAX_CURSOR).then(|| URL_SAFE_NO_PAD.decode(text).ok())??;
        let cursor: Cursor<P> = serde_json::from_slice(&bytes).ok()?;
        (cursor.v == VERSION && cursor.query == query).then_some(cursor.after)
    };
    read().ok_or(Error::InvalidCursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OrganizationId;
    use crate::port::Position;
    use uuid::Uuid;

    #[test]
    fn cursor_is_bound_to_its_query() {
        let id = OrganizationId(Uuid::from_u128(1));
        let query = query_hash(&["organizations", "acme", "", "name", "false"]);
        let after = Position::Name("日本 \"x\"".into(), id);
        let text = encode(query.clone(), after.clone()).unwrap();
        assert_eq!(decode(&text, &query), Ok(after));
        for other in [
            query_hash(&["audit", "acme", "", "name", "false"]),
            query_hash(&["organizations", "acm", "", "name", "false"]),
            query_hash(&["organizations", "acm", "e", "name", "false"]),
            query_hash(&["organizations", "acme", "", "name", "true"]),
        ] {
            assert_eq!(decode::<Position>(&text, &other), Err(Error::InvalidCursor));
        }
        assert_eq!(decode::<i64>(&text, &query), Err(Error::InvalidCursor), "a position of another kind");
    }

    #[test]
    fn damaged_cursors_are_refused() {
        let query = query_hash(&[]);
        let id = OrganizationId(Uuid::from_u128(1));
        let whole = encode(query.clone(), Position::Time(-5, id)).unwrap();
        assert!(decode::<Position>(&whole, &query).is_ok());
        let long = "A".repeat(5_000_000);
        for text in ["", "x", "ä", "e30", "bnVsbA", whole.trim_start_matches('e'), &long] {
            assert_eq!(decode::<Position>(text, &query), Err(Error::InvalidCursor), "{text:.20}");
        }
    }
}
