//! How far a client has heard: the id of an event.

use crate::domain::OrganizationId;
use crate::http::v1::problem::Problem;
use crate::service::ChangesPosition;
use axum::http::{HeaderValue, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Organizations that an id names at most.
const NAMED: usize = 50;

/// How far a client has heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Heard {
    pub(super) position: ChangesPosition,
    /// Organizations that it saw with an operation: one that is rolled back leaves nothing that tells so.
    pub(super) at_work: Vec<OrganizationId>,
    /// There are more of them than an id names.
    pub(super) is_cut: bool,
}

/// A stamp counts what one process noticed; a client may resume at another, which has other numbers. None has this one.
const NO_STAMP: i64 = i64::MIN;

impl Heard {
    pub(super) fn new(position: ChangesPosition, at_work: &[OrganizationId]) -> Self {
        let position = ChangesPosition { stamp: NO_STAMP, ..position };
        let named = at_work.iter().copied().take(NAMED).collect();
        Self { position, at_work: named, is_cut: at_work.len() > NAMED }
    }

    /// The id of an event.
    pub(super) fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads the id of an event.
    pub(super) fn read(id: &HeaderValue) -> Result<Self, Problem> {
        let json = URL_SAFE_NO_PAD.decode(id.as_bytes()).ok();
        let heard = json.and_then(|json| serde_json::from_slice::<Self>(&json).ok());
        heard.filter(|heard| heard.at_work.len() <= NAMED).ok_or_else(|| {
            let detail = "Last-Event-ID is not the id of an event.";
            Problem::new(StatusCode::BAD_REQUEST, "invalid_cursor", detail)
                .hinted("Leave it out, and read the lists again.")
                .about("Last-Event-ID")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn id_of_an_event_is_read_back() {
        let position = ChangesPosition { stamp: 1, touched_at: -2, seen_at: 3, audit: i64::MAX };
        let many: Vec<OrganizationId> = (0..60).map(|n| OrganizationId(Uuid::from_u128(n))).collect();
        for (at_work, is_cut) in [(&many[..0], false), (&many[..2], false), (&many[..], true)] {
            let heard = Heard::new(position, at_work);
            assert_eq!((heard.is_cut, heard.position.stamp), (is_cut, NO_STAMP));
            assert_eq!(Heard::read(&heard.id().parse().unwrap()).unwrap(), heard);
        }
        for wrong in ["", "x", "e30", "bnVsbA", "ä"] {
            assert!(Heard::read(&HeaderValue::from_bytes(wrong.as_bytes()).unwrap()).is_err(), "{wrong}");
        }
    }
}
