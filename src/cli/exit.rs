//! Maps errors to output and exit codes.

use super::hints;
use crate::service::error::whole_seconds;
use crate::service::{Error, OperationId};
use crate::settings::SettingError;
use crate::wire::ErrorObject;
use secrecy::{ExposeSecret, SecretString};

/// An exit code, its meaning, and the error codes that end with it.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    /// The exit code of the process.
    pub exit: u8,
    /// Its meaning.
    pub meaning: &'static str,
    /// The stable codes of the errors.
    pub codes: &'static [&'static str],
}

const fn exit(exit: u8, meaning: &'static str, codes: &'static [&'static str]) -> Exit {
    Exit { exit, meaning, codes }
}

/// Every exit code and every error code. Help, man page and `docs/scripts.md` are checked against this table.
pub const EXITS: [Exit; 15] = [
    exit(0, "done", &[]),
    exit(1, "unexpected", &["internal"]),
    exit(
        2,
        "usage, validation, confirmation or prompt missing",
        &[
            "usage",
            "invalid_name",
            "invalid_email",
            "invalid_password",
            "invalid_filter",
            "invalid_document",
            "invalid_archive",
            "invalid_cursor",
            "confirmation_required",
            "invalid_config",
            "operation_mismatch",
        ],
    ),
    exit(3, "store unreachable or unusable", &["unavailable", "store_unusable", "overloaded"]),
    exit(
        4,
        "not signed in, session ended, wrong credentials",
        &["unauthenticated", "session_expired", "invalid_credentials"],
    ),
    exit(5, "not found", &["not_found"]),
    exit(
        6,
        "conflict",
        &[
            "name_taken",
            "email_taken",
            "collection_exists",
            "busy",
            "changed",
            "collection_missing",
            "already_initialized",
            "last_operator",
            "ambiguous",
        ],
    ),
    exit(7, "not allowed", &["forbidden", "suspended"]),
    exit(8, "some of several failed", &["some_failed"]),
    exit(9, "a check found differences", &["differences"]),
    exit(10, "too many tries", &["throttled"]),
    exit(124, "timed out", &["timed_out"]),
    exit(129, "terminal gone", &["terminal_gone"]),
    exit(130, "interrupted", &["interrupted"]),
    exit(143, "terminated", &["terminated"]),
];

/// What is unknown about a write without a clear answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// It was a read.
    Nothing,
    /// A change that may still be completed.
    Change,
    /// A change that may still be completed, recorded with this id.
    Operation(OperationId),
}

impl Unanswered {
    fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Change | Self::Operation(_) => " The change may still be completed.",
        }
    }

    fn hint(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Change => Some("Check whether it was applied before you retry.".to_owned()),
            Self::Operation(operation) => {
                Some(format!("Retry with --operation-id {operation}: the write is applied only once."))
            }
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service refused.
    #[error("{0}")]
    Service(#[from] Error),
    /// The store failed during a change that has no operation id.
    #[error("{0} The change may still be completed.")]
    LostChange(Error),
    /// The session of `TENANTRY_TOKEN` has ended or was never valid; signing in again does not change that.
    #[error("{error}{}", .flaw.unwrap_or_default())]
    Token {
        /// The service's error.
        error: Error,
        /// What is wrong with the variable's text, if that is recognized.
        flaw: Option<&'static str>,
    },
    /// The arguments do not make sense.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A setting is wrong.
    #[error("{0}")]
    InvalidConfig(#[from] SettingError),
    /// A file of tenantry cannot be read or written.
    #[error("{0}")]
    File(String),
    /// The time-out of `--timeout` passed while the store was connected.
    #[error("No answer within {seconds} s.{}", .unanswered.sentence())]
    TimedOut {
        /// The length of the time-out.
        seconds: u64,
        /// What may still be completed.
        unanswered: Unanswered,
    },
    /// The doctor found errors; they were printed before.
    #[error("The check found {}.", counted(*.errors))]
    Differences {
        /// Remaining errors.
        errors: usize,
        /// Findings that can be repaired without data loss.
        safe: usize,
    },
    /// Not everything of an earlier service was adopted; what is left was printed before.
    #[error("Of the earlier service {} left.", left_of(*.left))]
    NotAdopted {
        /// Records of organizations, admins without one and collections without one.
        left: u64,
    },
    /// Some of several things failed; the outcome of each was printed before.
    #[error("{failed} of {of} failed.")]
    SomeFailed {
        /// How many failed.
        failed: u64,
        /// How many there were.
        of: u64,
    },
    /// Ctrl-C.
    #[error("Interrupted.{}", .0.sentence())]
    Interrupted(Unanswered),
    /// SIGTERM.
    #[error("Terminated.{}", .0.sentence())]
    Terminated(Unanswered),
    /// The terminal is gone.
    #[error("The terminal is gone.")]
    TerminalGone,
    /// Another failure, with a message from the command.
    #[error("{message}")]
    Explained {
        /// What happened.
        cause: Box<Self>,
        /// The message to print.
        message: String,
        /// What to do; `None` uses the cause's hint.
        hint: Option<String>,
    },
}

impl Failure {
    /// A usage error with a hint.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// Marks a failure whose session came from `TENANTRY_TOKEN`.
    pub(super) fn of_token(self, token: Option<&SecretString>) -> Self {
        match (self, token) {
            (Self::Service(error), Some(token)) if error.ends_session() => {
                Self::Token { error, flaw: flaw_of(token.expose_secret()) }
            }
            (other, _) => other,
        }
    }

    /// The same failure with another message.
    #[must_use]
    pub fn explained(self, message: impl Into<String>, hint: Option<String>) -> Self {
        Self::Explained { cause: Box::new(self), message: message.into(), hint }
    }

    /// The service's error, if there is one.
    pub(super) fn refusal(&self) -> Option<&Error> {
        match self {
            Self::Service(error) | Self::LostChange(error) | Self::Token { error, .. } => Some(error),
            Self::Explained { cause, .. } => cause.refusal(),
            Self::Usage { .. }
            | Self::InvalidConfig(_)
            | Self::File(_)
            | Self::Differences { .. }
            | Self::NotAdopted { .. }
            | Self::SomeFailed { .. }
            | Self::TimedOut { .. }
            | Self::Interrupted(_)
            | Self::Terminated(_)
            | Self::TerminalGone => None,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Explained { cause, .. } => cause.code(),
            Self::Service(error) | Self::LostChange(error) | Self::Token { error, .. } => error.code(),
            Self::Usage { .. } => "usage",
            Self::InvalidConfig(_) => "invalid_config",
            Self::File(_) => "internal",
            Self::Differences { .. } | Self::NotAdopted { .. } => "differences",
            Self::SomeFailed { .. } => "some_failed",
            Self::TimedOut { .. } => "timed_out",
            Self::Interrupted(_) => "interrupted",
            Self::Terminated(_) => "terminated",
            Self::TerminalGone => "terminal_gone",
        }
    }

    /// Whether the store works: it refused the request, or the check found errors.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Service(error) => {
                !matches!(error.code(), "unavailable" | "store_unusable") && *error != Error::NotInitialized
            }
            Self::Differences { .. }
            | Self::NotAdopted { .. }
            | Self::SomeFailed { .. }
            | Self::Token { .. } => true,
            Self::Explained { cause, .. } => cause.is_refusal(),
            Self::LostChange(_)
            | Self::Usage { .. }
            | Self::InvalidConfig(_)
            | Self::File(_)
            | Self::TimedOut { .. }
            | Self::Interrupted(_)
            | Self::Terminated(_)
            | Self::TerminalGone => false,
        }
    }

    /// The exit code of the error code.
    pub fn exit_code(&self) -> u8 {
        let code = self.code();
        EXITS.iter().find(|exit| exit.codes.contains(&code)).map_or(1, |exit| exit.exit)
    }

    /// The write whose outcome is unknown.
    fn open_operation(&self) -> Option<OperationId> {
        match self {
            Self::Service(error) => error.open_operation(),
            Self::TimedOut { unanswered: Unanswered::Operation(operation), .. }
            | Self::Interrupted(Unanswered::Operation(operation))
            | Self::Terminated(Unanswered::Operation(operation)) => Some(*operation),
            Self::Explained { cause, .. } => cause.open_operation(),
            Self::TimedOut { .. }
            | Self::LostChange(_)
            | Self::Token { .. }
            | Self::Usage { .. }
            | Self::InvalidConfig(_)
            | Self::File(_)
            | Self::Differences { .. }
            | Self::NotAdopted { .. }
            | Self::SomeFailed { .. }
            | Self::Interrupted(_)
            | Self::Terminated(_)
            | Self::TerminalGone => None,
        }
    }

    /// A change that may have been applied must be checked before a retry, unless it has an operation id.
    fn retryable(&self) -> bool {
        match self {
            Self::Service(error) => error.retryable(),
            Self::Explained { cause, .. } => cause.retryable(),
            Self::TimedOut { unanswered, .. } => *unanswered != Unanswered::Change,
            Self::LostChange(_)
            | Self::Token { .. }
            | Self::Usage { .. }
            | Self::InvalidConfig(_)
            | Self::File(_)
            | Self::Differences { .. }
            | Self::NotAdopted { .. }
            | Self::SomeFailed { .. }
            | Self::Interrupted(_)
            | Self::Terminated(_)
            | Self::TerminalGone => false,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Service(error) => hints::hint(error),
            Self::Explained { cause, hint, .. } => hint.clone().or_else(|| cause.hint()),
            Self::LostChange(_) => Unanswered::Change.hint(),
            Self::Token { .. } => Some(
                "TENANTRY_TOKEN is set and takes precedence over the session of tenantry login. Unset it, or set it \
                 to a token that tenantry --headless prints."
                    .to_owned(),
            ),
            Self::Usage { hint, .. } => hint.clone(),
            Self::TimedOut { unanswered, .. }
            | Self::Interrupted(unanswered)
            | Self::Terminated(unanswered) => unanswered.hint(),
            Self::NotAdopted { .. } => Some(
                "The report says why. Decide with: tenantry adopt --apply --resolve FILE".to_owned(),
            ),
            Self::SomeFailed { .. } => Some("The output says which, and why.".to_owned()),
            Self::Differences { safe: 0, .. } => Some("The report says how to repair each finding.".to_owned()),
            Self::Differences { safe, .. } => {
                Some(format!("{safe} can be repaired without data loss: tenantry doctor --repair"))
            }
            Self::InvalidConfig(_) | Self::File(_) | Self::TerminalGone => None,
        }
    }

    /// The error as JSON.
    pub fn object(&self) -> ErrorObject {
        let error = self.refusal();
        let retry_after = match error {
            Some(Error::Throttled { retry_after }) => Some(whole_seconds(*retry_after)),
            _ => None,
        };
        ErrorObject {
            code: self.code(),
            exit_code: self.exit_code(),
            message: self.to_string(),
            hint: self.hint(),
            field: error.and_then(Error::field).map(str::to_owned),
            retryable: self.retryable(),
            retry_after,
            operation_id: self.open_operation().map(|operation| operation.to_string()),
        }
    }
}

/// Recognizes common additions to a token.
fn flaw_of(token: &str) -> Option<&'static str> {
    let begins = |word: &str| token.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if begins("Bearer ") {
        Some(" TENANTRY_TOKEN begins with \"Bearer \"; set it to the token alone.")
    } else if token.contains(['\n', '\r']) {
        Some(" TENANTRY_TOKEN contains a line break; set it to the token alone.")
    } else if token.contains(|c: char| !c.is_ascii_graphic() || matches!(c, '"' | '\'')) {
        Some(" TENANTRY_TOKEN contains white space or quotes; set it to the token alone.")
    } else {
        None
    }
}

fn left_of(left: u64) -> String {
    if left == 1 {
        "1 record or collection is".to_owned()
    } else {
        format!("{left} records and collections are")
    }
}

fn counted(errors: usize) -> String {
    if errors == 1 { "1 error".to_owned() } else { format!("{errors} errors") }
}
