//! What to do next, for commands: the one table from an error to a hint that names flags and commands.

use crate::domain::Ended;
use crate::service::{Confirms, Error};

/// The hint of an error; where no flag and no command helps, that of every face.
pub(super) fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::InvalidCursor => "Repeat the list without --cursor.",
        Error::ConfirmationRequired(Confirms::Organization) => {
            "Pass --confirm with the name exactly as it stands, case kept."
        }
        Error::ConfirmationRequired(Confirms::Operator) => {
            "Pass --confirm with the email exactly as it stands, case kept."
        }
        Error::ConfirmationRequired(Confirms::Repair | Confirms::PurgeExpired) => "Pass --yes.",
        Error::Unavailable { operation: Some(operation), .. } => {
            return Some(format!(
                "When the store is back, repeat it with --operation-id {operation}: it is done once."
            ));
        }
        Error::Refused { operation, .. } => {
            return Some(format!(
                "When the cause is gone, repeat it with --operation-id {operation}: it is done once."
            ));
        }
        Error::AdminMissing(_) => "Give it a new one: --admin-email with --password-stdin.",
        Error::Ambiguous { .. } => "Give --id with one of them.",
        Error::SessionExpired(Ended::NotYet) => "Set the clocks right, or sign in again: tenantry login",
        Error::Unauthenticated | Error::SessionExpired(_) | Error::AlreadyInitialized => {
            "Sign in: tenantry login"
        }
        Error::NotInitialized => "Make the first operator: tenantry init",
        Error::WrongCurrentPassword => "Give it with --current-password-file, or at the prompt.",
        Error::OperationMismatch => "Give a new one, or none.",
        Error::OperatorNotFound | Error::ActorNotFound(_) => "See who there is: tenantry operator list",
        Error::LastOperator => "Add another one first: tenantry operator add",
        Error::CollectionMissing(_) => "See what can be done: tenantry doctor",
        Error::InvalidName(_)
        | Error::InvalidEmail(_)
        | Error::InvalidPassword(_)
        | Error::InvalidFilter(_)
        | Error::NothingToChange
        | Error::Unavailable { operation: None, .. }
        | Error::StoreUnusable(_)
        | Error::CollectionBusy(_)
        | Error::InvalidCredentials
        | Error::NotFound
        | Error::NameTaken(_)
        | Error::EmailTaken(_)
        | Error::CollectionExists(_)
        | Error::Busy(_)
        | Error::Changed
        | Error::OperatorChanged
        | Error::Suspended(_)
        | Error::Forbidden
        | Error::InvalidReason
        | Error::Throttled { .. }
        | Error::Overloaded
        | Error::WrongKey
        | Error::Internal(_) => return error.hint(),
    };
    Some(hint.to_owned())
}
