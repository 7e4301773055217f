//! What to do next: the table from errors to hints with flags and commands.

use crate::archive::TargetError;
use crate::domain::Ended;
use crate::service::{Confirms, Error};

const SIGN_IN: &str = "Sign in: tenantry login";

/// The hint of an error; the general one where no flag or command helps.
pub(super) fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::InvalidCursor => "Run the list again without --cursor.",
        Error::ConfirmationRequired(confirms) => confirmation(*confirms),
        Error::Unavailable { operation: Some(operation), .. } => {
            return Some(format!(
                "When the store answers again, retry with --operation-id {operation}: the write is applied only once."
            ));
        }
        Error::Refused { operation, .. } => {
            return Some(format!(
                "When the cause is fixed, retry with --operation-id {operation}: the write is applied only once."
            ));
        }
        Error::AdminMissing(_) => "Create a new admin: --admin-email with --password-stdin.",
        Error::Ambiguous { .. } => "Pass --id with one of these ids.",
        Error::SessionExpired(Ended::NotYet) => "Correct the clocks, or sign in again: tenantry login",
        Error::Unauthenticated | Error::SessionExpired(_) | Error::AlreadyInitialized => SIGN_IN,
        Error::NotInitialized => "Create the first operator: tenantry init",
        Error::WrongCurrentPassword => "Pass it with --current-password-file, or type it at the prompt.",
        Error::OperationMismatch => "Pass a new id, or leave --operation-id out.",
        Error::OperatorNotFound | Error::ActorNotFound(_) => "List the operators: tenantry operator list",
        Error::ExportTarget(target) => export_target(target),
        Error::DocumentNotFound => "List the documents: tenantry doc list",
        Error::LastOperator => "Add another operator first: tenantry operator add",
        Error::CollectionMissing(_) => "See the possible repairs: tenantry doctor",
        Error::InvalidName(_)
        | Error::InvalidEmail(_)
        | Error::InvalidPassword(_)
        | Error::InvalidFilter(_)
        | Error::InvalidQuery(_)
        | Error::InvalidDocument(_)
        | Error::DocumentExists(_)
        | Error::DocumentChanged
        | Error::InvalidArchive(_)
        | Error::ExportFailed(_)
        | Error::NotExportable(_)
        | Error::NotAdoptable(_)
        | Error::QueryTimedOut(_)
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

fn export_target(target: &TargetError) -> &'static str {
    match target {
        TargetError::Exists(_) => "Pass --force to replace it, or name another file with --to.",
        TargetError::NotPlain { .. }
        | TargetError::NoName(_)
        | TargetError::NoFolder(_)
        | TargetError::Failed { .. } => "Name another file with --to.",
    }
}

fn confirmation(confirms: Confirms) -> &'static str {
    match confirms {
        Confirms::Organization => "Pass --confirm with the exact name; case matters.",
        Confirms::Operator => "Pass --confirm with the exact email; case matters.",
        Confirms::Document => "Pass --confirm with the exact id, as the list prints it.",
        Confirms::Repair | Confirms::PurgeExpired | Confirms::ReadSizes => "Pass --yes.",
    }
}
