//! The status of every refusal.

use crate::service::Error;
use crate::service::error::whole_seconds;
use axum::http::StatusCode;

/// The status of an error, for every route of every face version.
pub(super) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::InvalidName(_)
        | Error::InvalidEmail(_)
        | Error::InvalidPassword(_)
        | Error::InvalidFilter(_)
        | Error::InvalidQuery(_)
        | Error::InvalidDocument(_)
        | Error::InvalidArchive(_)
        | Error::ExportTarget(_)
        | Error::NotExportable(_)
        | Error::InvalidCursor
        | Error::ConfirmationRequired(_)
        | Error::NothingToChange
        | Error::InvalidReason
        | Error::NotAdoptable(_)
        | Error::OperationMismatch => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unauthenticated | Error::SessionExpired(_) | Error::InvalidCredentials => {
            StatusCode::UNAUTHORIZED
        }
        Error::WrongCurrentPassword | Error::Forbidden | Error::Suspended(_) => StatusCode::FORBIDDEN,
        Error::NotFound | Error::OperatorNotFound | Error::ActorNotFound(_) | Error::DocumentNotFound => {
            StatusCode::NOT_FOUND
        }
        Error::NameTaken(_)
        | Error::EmailTaken(_)
        | Error::CollectionExists(_)
        | Error::Busy(_)
        | Error::CollectionBusy(_)
        | Error::Changed
        | Error::OperatorChanged
        | Error::LastOperator
        | Error::DocumentExists(_)
        | Error::DocumentChanged
        | Error::CollectionMissing(_)
        | Error::AlreadyInitialized
        | Error::Ambiguous { .. }
        | Error::AdminMissing(_) => StatusCode::CONFLICT,
        Error::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. }
        | Error::Refused { .. }
        | Error::StoreUnusable(_)
        | Error::NotInitialized
        | Error::WrongKey
        | Error::QueryTimedOut(_)
        | Error::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) | Error::ExportFailed(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Seconds after which a request may succeed, for the header `Retry-After`.
pub(super) fn retry_after(error: &Error) -> Option<i64> {
    if let Error::Throttled { retry_after } = error {
        return Some(whole_seconds(*retry_after).max(1));
    }
    error.retryable().then_some(1)
}
