//! What an error of the driver means for whoever sent the command: refused for certain, not known, or another has
//! the operation. Owns the lists of codes and the words for a server that cannot be used.

use crate::domain::State;
use crate::service::store::Place;
use crate::service::{Error, OperationId};
use mongodb::error::{Error as DriverError, ErrorKind, WriteFailure};

/// Why a step of an operation did not go well.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said no: the step was not done and will not be.
    Refused(DriverError),
    /// The command never left: no server was found to send it to.
    Unsent(DriverError),
    /// No clear answer: done, not done, or still to be done.
    Unknown(DriverError),
    /// The same of a rename or a drop, which may arrive late.
    Unclear(DriverError),
    /// The epoch moved on: another has the operation.
    Lost,
}

/// What an executor does about a failed step.
#[derive(Debug)]
pub(super) enum Halt {
    /// Take back what was done, then give this answer.
    Undo(Error),
    /// Send nothing more and give this answer.
    Stop(Error),
    /// Go on as one that takes the operation over would; if that has no answer either, give this one.
    TakeOver(Error),
}

/// Codes after which a write may have been done all the same: the server was interrupted, stepped down, or could
/// not say that the write is safe.
const UNCLEAR: [i32; 17] =
    [6, 7, 50, 64, 79, 89, 91, 100, 189, 262, 317, 9001, 10107, 11600, 11601, 11602, 13435];

/// The only answers to a rename or a drop that say for certain that nothing was done: source missing, target there,
/// another UUID, not allowed, and the refusals that come before a command begins.
const CLEAR_OF_CATALOGUE: [i32; 13] = [2, 9, 13, 14, 18, 20, 26, 48, 59, 72, 73, 361, UNKNOWN_FIELD];

/// A field that the server does not know.
pub(super) const UNKNOWN_FIELD: i32 = 40415;
/// The collection is not there.
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
/// The target of a rename is there.
pub(super) const NAMESPACE_EXISTS: i32 = 48;
/// The collection of that name has another UUID.
pub(super) const UUID_MISMATCH: i32 = 361;
/// `_id` is taken.
pub(super) const DUPLICATE_KEY: i32 = 11000;

/// The code that the server answered with, if it did.
pub(super) fn code_of(error: &DriverError) -> Option<i32> {
    // Every other kind comes from the driver itself.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Command(command) => Some(command.code),
        ErrorKind::Write(WriteFailure::WriteError(write)) => Some(write.code),
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => Some(concern.code),
        ErrorKind::InsertMany(many) => {
            many.write_errors.as_ref().and_then(|errors| errors.first()).map(|write| write.code)
        }
        _ => None,
    }
}

fn is_unsafe_write(error: &DriverError) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::InsertMany(many) => many.write_concern_error.is_some(),
        _ => false,
    }
}

/// Judges the answer to a read or to a write of documents.
pub(super) fn judge(error: DriverError) -> Failure {
    if matches!(
        &*error.kind,
        ErrorKind::ServerSelection { .. } | ErrorKind::DnsResolve { .. } | ErrorKind::Authentication { .. }
    ) {
        return Failure::Unsent(error);
    }
    match code_of(&error) {
        Some(code) if !UNCLEAR.contains(&code) && !is_unsafe_write(&error) => Failure::Refused(error),
        _ => Failure::Unknown(error),
    }
}

/// Judges the answer to a rename or a drop: only the answers known to be clear are.
pub(super) fn judge_catalogue(error: DriverError) -> Failure {
    match judge(error) {
        Failure::Refused(error) if !is_clear_of_catalogue(&error) => Failure::Unclear(error),
        Failure::Unknown(error) => Failure::Unclear(error),
        judged @ (Failure::Refused(_) | Failure::Unsent(_) | Failure::Unclear(_) | Failure::Lost) => judged,
    }
}

fn is_clear_of_catalogue(error: &DriverError) -> bool {
    code_of(error).is_some_and(|code| CLEAR_OF_CATALOGUE.contains(&code))
}

/// Of two steps sent side by side the answer that leaves more open counts.
pub(super) fn both<A, B>(a: Result<A, Failure>, b: Result<B, Failure>) -> Result<(A, B), Failure> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
        (Err(a), Err(b)) => Err(if a.rank() >= b.rank() { a } else { b }),
    }
}

impl Failure {
    fn rank(&self) -> u8 {
        match self {
            Self::Refused(_) => 0,
            Self::Unsent(_) => 1,
            Self::Lost => 2,
            Self::Unknown(_) => 3,
            Self::Unclear(_) => 4,
        }
    }

    /// The code of a clear refusal.
    pub(super) fn refused_with(&self) -> Option<i32> {
        match self {
            Self::Refused(error) => code_of(error),
            Self::Unsent(_) | Self::Unknown(_) | Self::Unclear(_) | Self::Lost => None,
        }
    }

    /// Before anything was written: a plain answer, and nothing to take back.
    pub(super) fn at_first(self, place: &Place, operation: OperationId, state: State) -> Error {
        match self {
            Self::Refused(error) | Self::Unsent(error) => describe(place, &error, None),
            Self::Unknown(error) | Self::Unclear(error) => unknown(place, &error, Some(operation)),
            Self::Lost => Error::Busy(state),
        }
    }

    /// While everything can still be taken back.
    pub(super) fn backward(self, place: &Place, operation: OperationId) -> Halt {
        match self {
            Self::Refused(error) => Halt::Undo(describe(place, &error, None)),
            Self::Unsent(error) | Self::Unknown(error) => Halt::Stop(unknown(place, &error, Some(operation))),
            Self::Unclear(error) => Halt::TakeOver(unknown(place, &error, Some(operation))),
            Self::Lost => Halt::Stop(taken_over(place, operation)),
        }
    }

    /// Where the operation can only go forward: whatever came, it may still be completed.
    pub(super) fn forward(self, place: &Place, operation: OperationId) -> Error {
        match self {
            Self::Refused(error) => match unusable(place, &error) {
                Some(reason) => Error::StoreUnusable(reason),
                None => unknown(place, &error, Some(operation)),
            },
            Self::Unsent(error) | Self::Unknown(error) | Self::Unclear(error) => {
                unknown(place, &error, Some(operation))
            }
            Self::Lost => taken_over(place, operation),
        }
    }
}

/// Another process goes on with the operation, forward or back: `busy` would say that nothing was done.
fn taken_over(place: &Place, operation: OperationId) -> Error {
    tracing::info!(place = %place.host, %operation, "another process has taken the operation over");
    Error::Unavailable { place: place.host.clone(), operation: Some(operation) }
}

fn unknown(place: &Place, cause: &DriverError, operation: Option<OperationId>) -> Error {
    tracing::info!(place = %place.host, %cause, "no clear answer");
    Error::Unavailable { place: place.host.clone(), operation }
}

/// The answer for an error of the driver; its text goes to the log only.
pub(super) fn describe(place: &Place, error: &DriverError, operation: Option<OperationId>) -> Error {
    if let Some(reason) = unusable(place, error) {
        tracing::info!(place = %place.host, cause = %error, "store unusable");
        return Error::StoreUnusable(reason);
    }
    // The shape decides: the driver's own complaints are faults of this program.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Io(_)
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::InvalidResponse { .. }
        | ErrorKind::Shutdown => unknown(place, error, operation),
        _ => match code_of(error) {
            Some(code) if UNCLEAR.contains(&code) || is_unsafe_write(error) => {
                unknown(place, error, operation)
            }
            _ => Error::internal(error),
        },
    }
}

/// The answer for an error of a read.
pub(super) fn of_read(place: &Place, error: &DriverError) -> Error {
    describe(place, error, None)
}

fn unusable(place: &Place, error: &DriverError) -> Option<String> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Authentication { .. } => return Some(refused_user(place)),
        ErrorKind::InvalidTlsConfig { .. } => return Some(refused_tls(place)),
        ErrorKind::ServerSelection { message, .. } if speaks_of_tls(message) => {
            return Some(refused_tls(place));
        }
        ErrorKind::ServerSelection { message, .. } if message.contains("SCRAM failure") => {
            return Some(refused_user(place));
        }
        ErrorKind::Io(cause) if speaks_of_tls(&cause.to_string()) => return Some(refused_tls(place)),
        ErrorKind::IncompatibleServer { .. } => {
            return Some(format!(
                "The server at {} is too old: tenantry needs MongoDB 6.0 or later.",
                place.host
            ));
        }
        _ => {}
    }
    match code_of(error)? {
        13 => Some(format!(
            "The user may not do this on {}. It needs readWrite on the database {:?} with renameCollection, \
             dropCollection, collStats and listCollections.",
            place.host, place.database
        )),
        18 => Some(refused_user(place)),
        _ => None,
    }
}

fn refused_user(place: &Place) -> String {
    format!(
        "{} refused the user name or the password of the MongoDB URI. Check both, and authSource.",
        place.host
    )
}

fn refused_tls(place: &Place) -> String {
    format!(
        "No TLS connection to {}: certificate or protocol was refused. Check tls and tlsCAFile in the MongoDB URI.",
        place.host
    )
}

fn speaks_of_tls(message: &str) -> bool {
    ["certificate", "InvalidContentType", "HandshakeFailure", "TLS", "tls handshake", "fatal alert"]
        .iter()
        .any(|word| message.contains(word))
}
