//! What an error of the driver says about the command: certainly refused, never sent, unknown, or the operation
//! belongs to another process. Owns the list of certain codes and the messages about unusable servers.
//!
//! Only certainty counts as a refusal: it follows from codes, labels and kinds, never from the text of a message.

use super::connection::Connection;
use crate::domain::OperationId;
use crate::domain::text::visible;
use crate::port::{Error, StoreLocation};
use mongodb::error::{Error as DriverError, ErrorKind, RETRYABLE_WRITE_ERROR, WriteFailure};
use std::fmt;

/// Why a step failed.
pub(super) enum Failure {
    /// A rule of tenantry refused; the error is final, and nothing of the operation remains.
    Rule(Error),
    /// The server refused: the step was not done and will not be.
    Refused(DriverError),
    /// The command was never sent: no server was found.
    Unsent(DriverError),
    /// No clear answer: the step may have been done, or may still be.
    Unknown(DriverError),
    /// The epoch has changed: another process has the operation.
    Lost,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

/// For the log: the rule, or the driver's error.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => write!(f, "{error}"),
            Self::Refused(error) => write!(f, "refused: {}", InLog(error)),
            Self::Unsent(error) => write!(f, "not sent: {}", InLog(error)),
            Self::Unknown(error) => write!(f, "no clear answer: {}", InLog(error)),
            Self::Lost => f.write_str("another process has the operation"),
        }
    }
}

/// Also for `Debug`: the derived one prints the server's whole reply.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Characters of a server's message that are logged at most.
const LOGGED: usize = 300;

/// A driver error for the log: its kind, or the server's code and message, but never the reply, which may be long and
/// contain documents.
pub(super) struct InLog<'a>(pub(super) &'a DriverError);

impl fmt::Display for InLog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.kind.to_string().chars().take(LOGGED).collect();
        f.write_str(&visible(&text))?;
        match code_of_source(self.0) {
            Some(code) => write!(f, " (code {code})"),
            None => Ok(()),
        }
    }
}

/// The server does not know a field.
pub(super) const UNKNOWN_FIELD: i32 = 40_415;
/// A value of a command is not allowed.
pub(super) const BAD_VALUE: i32 = 2;
/// A field of a command is not understood.
pub(super) const FAILED_TO_PARSE: i32 = 9;
/// A command that a view does not answer.
pub(super) const VIEW: i32 = 166;
/// The collection does not exist.
pub(super) const NAMESPACE_NOT_FOUND: i32 = 26;
/// The target of a rename exists.
pub(super) const NAMESPACE_EXISTS: i32 = 48;
/// The collection of that name has another UUID.
pub(super) const UUID_MISMATCH: i32 = 361;
/// `_id` is taken.
pub(super) const DUPLICATE_KEY: i32 = 11_000;
/// `maxTimeMS` is over.
pub(super) const MAX_TIME_EXPIRED: i32 = 50;
/// Another operation holds a lock that a DDL command needs.
pub(super) const LOCK_BUSY: i32 = 46;
/// Another DDL command runs on the same collection.
pub(super) const CONFLICTING_OPERATION: i32 = 117;

/// Codes that a server returns before it does anything (mongo's `error_codes.yml`, and where each is thrown). After
/// any other code the command may have been executed.
const CERTAIN: [i32; 47] = [
    2, 9, 13, 14, 18, 20, 26, 40, 46, 48, 53, 59, 61, 66, 67, 72, 73, 85, 86, 112, 115, 117, 121, 125, 166,
    207, 215, 238, 263, 264, 319, 322, 323, 338, 347, 361, 371, 8000, 10_334, 11_000, 12_586, 12_587, 13_388,
    14_031, 17_280, 17_419, 40_415,
];

/// The certain codes that go away by themselves: conflicts, locks, and a primary that is being moved.
const TRANSIENT: [i32; 7] = [46, 112, 117, 215, 319, 338, 13_388];

/// The name of a code in MongoDB's list, for the codes that an operator may see here.
pub(super) fn name_of(code: i32) -> &'static str {
    match code {
        2 => "BadValue",
        9 => "FailedToParse",
        13 => "Unauthorized",
        14 => "TypeMismatch",
        18 => "AuthenticationFailed",
        20 => "IllegalOperation",
        26 => "NamespaceNotFound",
        46 => "LockBusy",
        48 => "NamespaceExists",
        50 => "MaxTimeMSExpired",
        53 => "InvalidIdField",
        59 => "CommandNotFound",
        61 => "ShardKeyNotFound",
        66 => "ImmutableField",
        67 => "CannotCreateIndex",
        72 => "InvalidOptions",
        73 => "InvalidNamespace",
        112 => "WriteConflict",
        115 => "CommandNotSupported",
        117 => "ConflictingOperationInProgress",
        121 => "DocumentValidationFailure",
        125 => "CommandFailed",
        166 => "CommandNotSupportedOnView",
        207 => "InvalidUUID",
        215 => "IncompatibleShardingMetadata",
        238 => "NotImplemented",
        263 => "OperationNotSupportedInTransaction",
        264 => "TooManyFilesOpen",
        319 => "MovePrimaryInProgress",
        322 => "APIVersionError",
        323 => "APIStrictError",
        338 => "ReshardCollectionInProgress",
        361 => "CollectionUUIDMismatch",
        371 => "NonConformantBSON",
        8000 => "AtlasError",
        12_586 | 12_587 => "BackgroundOperationInProgressForNamespace",
        14_031 => "OutOfDiskSpace",
        40_415 => "UnknownField",
        _ => "unnamed",
    }
}

/// The server's name for the error, if it is a single word; else its name in MongoDB's list, or its number.
pub(super) fn name_in(error: &DriverError) -> String {
    let code = code_of(error).unwrap_or_default();
    let named = if let ErrorKind::Command(command) = &*error.kind { command.code_name.as_str() } else { "" };
    let is_word = (1..=64).contains(&named.len()) && named.chars().all(|c| c.is_ascii_alphanumeric());
    match name_of(code) {
        _ if is_word => named.to_owned(),
        "unnamed" => format!("code {code}"),
        name => name.to_owned(),
    }
}

/// The server's error code, if it sent one.
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

/// Whether the write may have been executed despite the error.
fn has_concern_error(error: &DriverError) -> bool {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Write(WriteFailure::WriteConcernError(_)) => true,
        ErrorKind::InsertMany(many) => many.write_concern_error.is_some(),
        _ => false,
    }
}

/// Whether a code certainly means that nothing was executed.
pub(super) fn is_certain(error: &DriverError) -> bool {
    code_of(error).is_some_and(|code| CERTAIN.contains(&code))
        && !has_concern_error(error)
        && !error.contains_label(RETRYABLE_WRITE_ERROR)
}

/// Codes of a server that starts, stops, is overloaded or is temporarily not the primary, besides the certain
/// transient ones.
const PASSING: [i32; 34] = [
    1, 6, 7, 50, 64, 79, 89, 91, 100, 133, 134, 189, 202, 216, 237, 262, 279, 290, 317, 384, 402, 433, 449,
    450, 453, 462, 9_001, 10_058, 10_107, 11_600, 11_601, 11_602, 13_435, 13_436,
];

/// Whether a retry may get another answer: there was no answer, or one that says nothing about the server's abilities.
pub(super) fn passes_by_itself(error: &DriverError) -> bool {
    let is_passing = |code| PASSING.contains(&code) || TRANSIENT.contains(&code);
    let labels = [RETRYABLE_WRITE_ERROR, "RetryableError", "SystemOverloadedError"];
    labels.into_iter().any(|label| error.contains_label(label)) || code_of(error).is_none_or(is_passing)
}

/// Classifies the answer to a command.
pub(super) fn judge(error: DriverError) -> Failure {
    if matches!(
        &*error.kind,
        ErrorKind::ServerSelection { .. } | ErrorKind::DnsResolve { .. } | ErrorKind::Authentication { .. }
    ) {
        return Failure::Unsent(error);
    }
    if is_certain(&error) { Failure::Refused(error) } else { Failure::Unknown(error) }
}

/// Of two parallel steps, returns the less certain failure.
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
            Self::Rule(_) => 0,
            Self::Refused(_) => 1,
            Self::Unsent(_) => 2,
            Self::Lost => 3,
            Self::Unknown(_) => 4,
        }
    }

    /// The code of a certain refusal.
    pub(super) fn refused_with(&self) -> Option<i32> {
        match self {
            Self::Refused(error) => code_of(error),
            Self::Rule(_) | Self::Unsent(_) | Self::Unknown(_) | Self::Lost => None,
        }
    }

    /// The error for a call without an operation.
    pub(super) fn into_error(self, connection: &Connection) -> Error {
        match self {
            Self::Rule(error) => error,
            Self::Refused(error) | Self::Unsent(error) | Self::Unknown(error) => describe(connection, &error),
            Self::Lost => Error::internal(&"a write outside of any operation lost its epoch"),
        }
    }

    /// The error before an operation has written anything. The caller explains `Lost`.
    pub(super) fn at_first(self, connection: &Connection, operation: OperationId) -> Error {
        match self {
            Self::Unknown(error) => unknown(&connection.place, &error, Some(operation)),
            other @ (Self::Rule(_) | Self::Refused(_) | Self::Unsent(_) | Self::Lost) => {
                other.into_error(connection)
            }
        }
    }

    /// The error after an operation was recorded: in any case it may still be completed.
    pub(super) fn under_way(self, connection: &Connection, operation: OperationId) -> Error {
        match self {
            Self::Rule(error) => error,
            Self::Refused(error) => match unusable(connection, &error) {
                Some(reason) => Error::Refused { reason, operation },
                None => unknown(&connection.place, &error, Some(operation)),
            },
            Self::Unsent(error) | Self::Unknown(error) => unknown(&connection.place, &error, Some(operation)),
            Self::Lost => {
                tracing::info!(%operation, "another process has taken the operation over");
                Error::Unavailable { place: connection.place.host.clone(), operation: Some(operation) }
            }
        }
    }
}

pub(super) fn unknown(place: &StoreLocation, cause: &DriverError, operation: Option<OperationId>) -> Error {
    tracing::info!(place = %place.host, cause = %InLog(cause), "no clear answer");
    Error::Unavailable { place: place.host.clone(), operation }
}

/// The error for a driver error outside of operations; its text only goes to the log.
pub(super) fn describe(connection: &Connection, error: &DriverError) -> Error {
    if let Some(reason) = unusable(connection, error) {
        tracing::info!(place = %connection.place.host, cause = %InLog(error), "store unusable");
        return Error::StoreUnusable(reason);
    }
    // Judged by its kind: complaints of the driver about its own input are bugs of this program.
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Internal { .. }
        | ErrorKind::InvalidArgument { .. }
        | ErrorKind::BsonSerialization(_)
        | ErrorKind::BsonDeserialization(_)
        | ErrorKind::MissingResumeToken
        | ErrorKind::SessionsNotSupported => Error::internal(&InLog(error)),
        ErrorKind::ServerSelection { .. } => {
            tracing::info!(place = %connection.place.host, cause = %InLog(error), "no server");
            connection.no_server()
        }
        _ => match code_of(error) {
            Some(code) if CERTAIN.contains(&code) && !TRANSIENT.contains(&code) => {
                Error::internal(&InLog(error))
            }
            _ => unknown(&connection.place, error, None),
        },
    }
}

/// What is wrong with the server or the connection, if the operator can fix it.
pub(super) fn unusable(connection: &Connection, error: &DriverError) -> Option<String> {
    let place = &connection.place;
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum that may grow")]
    match &*error.kind {
        ErrorKind::Authentication { .. } if code_of_source(error) == Some(18) => {
            return Some(refused_user(place));
        }
        ErrorKind::InvalidTlsConfig { .. } => return Some(refused_tls(place)),
        ErrorKind::IncompatibleServer { .. } if connection.is_balanced => {
            return Some(format!(
                "MONGO_URI has loadBalanced=true, and {} is not behind a load balancer of MongoDB. Remove \
                 loadBalanced.",
                place.host
            ));
        }
        ErrorKind::IncompatibleServer { .. } => {
            let release = connection.reach.oldest_release().unwrap_or("of an older release");
            return Some(format!(
                "The server at {} is MongoDB {release}; tenantry needs 6.0 or later.",
                place.host
            ));
        }
        _ => {}
    }
    refusal_in_words(connection, code_of(error)?)
}

/// The code of an error's source, for example of a refused user name.
fn code_of_source(error: &DriverError) -> Option<i32> {
    let source = std::error::Error::source(error)?;
    let boxed = source.downcast_ref::<Box<DriverError>>().map(AsRef::as_ref);
    let source = boxed.or_else(|| source.downcast_ref::<DriverError>())?;
    code_of(source).or_else(|| code_of_source(source))
}

/// A refusal by the server in a sentence, if the operator of the server can fix it.
pub(super) fn refusal_in_words(connection: &Connection, code: i32) -> Option<String> {
    let place = &connection.place;
    let host = &place.host;
    Some(match code {
        13 => format!(
            "{host} refuses this command (Unauthorized). The user needs readWrite on the database {:?}, or the \
             actions find, insert, update, remove, createIndex, collStats, \
             listCollections, dropCollection, renameCollectionSameDB.{}",
            connection.database.name(),
            if connection.is_direct {
                " If this is a shard of a cluster, connect to its mongos instead."
            } else {
                ""
            }
        ),
        18 => refused_user(place),
        72 => format!(
            "{host} runs with an older feature compatibility version. Run \
             db.adminCommand({{setFeatureCompatibilityVersion: \"6.0\"}}) or later, then try again."
        ),
        59 | 115 | 238 | 8000 | 322 | 323 => format!(
            "{host} does not support a command that tenantry needs ({}). See docs/mongodb.md for what a server needs.",
            name_of(code)
        ),
        264 => format!("{host} has too many files open ({}). Raise its limit of open files.", name_of(code)),
        14_031 => format!("{host} has no room on its disk ({}). Make room, then try again.", name_of(code)),
        371 => format!("{host} refuses the collection ({}).", name_of(code)),
        _ => return None,
    })
}

fn refused_user(place: &StoreLocation) -> String {
    format!("{} refused the user name or the password of MONGO_URI. Check both, and authSource.", place.host)
}

fn refused_tls(place: &StoreLocation) -> String {
    format!(
        "No TLS connection to {}: the TLS options of MONGO_URI cannot be used. Check tls and tlsCAFile.",
        place.host
    )
}
