//! From an error to what is printed and the exit code, in one place.

use crate::service::error::whole_seconds;
use crate::service::{Error, OperationId};
use crate::settings::SettingError;
use serde::Serialize;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service refused.
    #[error("{0}")]
    Service(#[from] Error),
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
    /// A file of ours cannot be read or written.
    #[error("{0}")]
    File(String),
    /// The time that `--timeout` gives ran out while the store was connected.
    #[error("No answer within {seconds} s.{}", if .operation.is_some() { " The change may still be completed." } else { "" })]
    TimedOut {
        /// The time that was given.
        seconds: u64,
        /// The write that may still be completed.
        operation: Option<OperationId>,
    },
    /// Ctrl-C.
    #[error("Interrupted.")]
    Interrupted,
    /// SIGTERM.
    #[error("Terminated.")]
    Terminated,
    /// The terminal is gone.
    #[error("The terminal is gone.")]
    TerminalGone,
}

impl Failure {
    /// A usage error with what to do about it.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: Some(hint.into()) }
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Service(error) => exit_code_of(error),
            Self::Usage { .. } | Self::InvalidConfig(_) => 2,
            Self::File(_) => 1,
            Self::TimedOut { .. } => 124,
            Self::TerminalGone => 129,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The write whose outcome is not known.
    fn open_operation(&self) -> Option<OperationId> {
        match self {
            Self::Service(Error::Unavailable { operation, .. }) | Self::TimedOut { operation, .. } => {
                *operation
            }
            Self::Service(_)
            | Self::Usage { .. }
            | Self::InvalidConfig(_)
            | Self::File(_)
            | Self::Interrupted
            | Self::Terminated
            | Self::TerminalGone => None,
        }
    }

    /// The object that scripts read.
    pub fn object(&self) -> ErrorObject {
        let (code, hint, field, retryable) = match self {
            Self::Service(error) => (error.code(), error.hint(), error.field(), error.retryable()),
            Self::Usage { hint, .. } => ("usage", hint.clone(), None, false),
            Self::InvalidConfig(_) => ("invalid_config", None, None, false),
            Self::File(_) => ("internal", None, None, false),
            Self::TimedOut { operation, .. } => {
                let hint = operation.map(|operation| {
                    format!("Look at the organization before you repeat it; the write carried --operation-id {operation}.")
                });
                ("timed_out", hint, None, true)
            }
            Self::Interrupted => ("interrupted", None, None, false),
            Self::Terminated => ("terminated", None, None, false),
            Self::TerminalGone => ("terminal_gone", None, None, false),
        };
        let retry_after = if let Self::Service(Error::Throttled { retry_after }) = self {
            Some(whole_seconds(*retry_after))
        } else {
            None
        };
        ErrorObject {
            code,
            exit_code: self.exit_code(),
            message: self.to_string(),
            hint,
            field: field.map(str::to_owned),
            retryable,
            retry_after,
            operation_id: self.open_operation().map(|operation| operation.to_string()),
        }
    }
}

fn exit_code_of(error: &Error) -> u8 {
    match error {
        Error::Internal(_) => 1,
        Error::InvalidName(_)
        | Error::InvalidEmail(_)
        | Error::InvalidPassword(_)
        | Error::InvalidFilter(_)
        | Error::InvalidCursor
        | Error::ConfirmationRequired(_)
        | Error::NothingToChange => 2,
        Error::Unavailable { .. } | Error::StoreUnusable(_) => 3,
        Error::Unauthenticated
        | Error::NotInitialized
        | Error::SessionExpired(_)
        | Error::InvalidCredentials
        | Error::WrongCurrentPassword => 4,
        Error::NotFound | Error::OperatorNotFound => 5,
        Error::NameTaken(_)
        | Error::EmailTaken(_)
        | Error::CollectionExists(_)
        | Error::Busy(_)
        | Error::Changed
        | Error::OperatorChanged
        | Error::LastOperator
        | Error::CollectionMissing(_)
        | Error::AlreadyInitialized => 6,
        Error::Forbidden => 7,
        Error::Throttled { .. } => 10,
    }
}

/// An error as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject {
    /// The stable word.
    pub code: &'static str,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The input it is about.
    pub field: Option<String>,
    /// Whether the same command may succeed later.
    pub retryable: bool,
    /// Seconds to wait, when there is a time to wait for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// The write that may still be completed, when its outcome is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
}
