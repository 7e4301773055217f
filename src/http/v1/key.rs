//! `Idempotency-Key`: what makes a write that is sent twice one write.

use super::problem::Problem;
use crate::http::operation::{self, IDEMPOTENCY_KEY, KeyOf, has_right_key};
use crate::service::OperationId;
use axum::http::{HeaderMap, StatusCode};

/// The header of a write that is applied once.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct Key {
    /// Any text. A repeat with the same key is applied once, and another request with it is refused.
    #[param(rename = "Idempotency-Key", nullable = false, min_length = 1)]
    key: Option<String>,
}

/// The operation of a write, by the key of its owner.
pub(super) fn operation(headers: &HeaderMap, owner: KeyOf<'_>) -> Result<OperationId, Problem> {
    if !has_right_key(headers) {
        return Err(wrong("The key is empty, or there are two."));
    }
    Ok(operation::operation(headers, owner))
}

/// Refuses a key for a write that keeps none, and says what a repeat does instead. If it ignored the key, the client would
/// think that a repeat gets the same answer.
pub(super) fn refuse(headers: &HeaderMap, instead: &str) -> Result<(), Problem> {
    if headers.contains_key(IDEMPOTENCY_KEY) {
        return Err(wrong("This request keeps no key.").hinted(format!("Leave it out. {instead}")));
    }
    Ok(())
}

fn wrong(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_request", detail).about("Idempotency-Key")
}
