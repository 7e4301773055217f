//! The session of a request, which is looked at before anything else of it.

use super::problem::Problem;
use crate::domain::{AccessToken, Principal};
use crate::http::bearer::bearer;
use crate::http::face::{Face, called};
use crate::http::operation::{IDEMPOTENCY_KEY, has_right_key, operation};
use crate::service::OperationId;
use axum::http::{HeaderMap, StatusCode};

/// A checked session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: AccessToken,
    pub(super) principal: Principal,
}

impl Session {
    /// The session of a request.
    pub(super) async fn of(face: &Face, headers: &HeaderMap) -> Result<Self, Problem> {
        let token = bearer(headers).ok_or_else(Problem::no_bearer)?;
        let principal = called(face.service.who_am_i(&token)).await?;
        Ok(Self { token, principal })
    }

    /// The operation of a write in this session.
    pub(super) fn operation(&self, headers: &HeaderMap) -> Result<OperationId, Problem> {
        check_key(headers)?;
        Ok(operation(headers, Some(self.principal.account_id)))
    }
}

/// The operation of a write without a session.
pub(super) fn operation_of_nobody(headers: &HeaderMap) -> Result<OperationId, Problem> {
    check_key(headers)?;
    Ok(operation(headers, None))
}

/// A key is one text that is not empty.
fn check_key(headers: &HeaderMap) -> Result<(), Problem> {
    if has_right_key(headers) { Ok(()) } else { Err(wrong_key("The key is empty, or there are two.")) }
}

/// Refuses a key where none is kept: one that is ignored would promise something.
pub(super) fn no_key(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(IDEMPOTENCY_KEY) {
        return Err(wrong_key("This request keeps no key.").hinted(
            "Leave it out. A document with an _id of yours is inserted once, and If-Match changes it once.",
        ));
    }
    Ok(())
}

fn wrong_key(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_request", detail).about("Idempotency-Key")
}
