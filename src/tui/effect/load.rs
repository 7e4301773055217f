//! What becomes of a call: it runs, it is answered, or why not; and how the console ends.

use crate::service::Error;

/// What identifies a call, and whoever waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// Something that is read from the service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Load<T> {
    /// Nobody asked.
    #[default]
    Idle,
    /// Asked by this call.
    Loading(CallId),
    /// Here.
    Ready(T),
    /// Refused.
    Failed(Message),
}

impl<T> Load<T> {
    /// The reading that runs.
    pub fn running(&self) -> Option<CallId> {
        match self {
            Self::Loading(call) => Some(*call),
            Self::Idle | Self::Ready(_) | Self::Failed(_) => None,
        }
    }
}

/// What went wrong, in the user's words, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What is wrong.
    pub text: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl From<&Error> for Message {
    fn from(error: &Error) -> Self {
        // Hints of the service that speak of flags and commands are said in the console's words.
        let is_for_commands =
            matches!(error, Error::OperatorNotFound | Error::ConfirmationRequired(_) | Error::InvalidCursor);
        let hint = if let Some(operation) = error.open_operation() {
            Some(format!("Operation {operation}. Look again once the store answers."))
        } else if error.ends_session() {
            Some("Sign in again.".to_owned())
        } else if matches!(error, Error::LastOperator) {
            Some("Add another one first.".to_owned())
        } else if matches!(error, Error::CollectionMissing(_)) {
            Some("The doctor says what can be done.".to_owned())
        } else if matches!(error, Error::AdminMissing(_)) {
            Some("Type a new email and a new password.".to_owned())
        } else {
            error.hint().filter(|_| !is_for_commands)
        };
        Self { text: error.to_string(), hint }
    }
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The user quit: exit code 0.
    Quit,
    /// SIGINT, or the wait for a write was given up: 130.
    Interrupted,
    /// SIGTERM: 143.
    Terminated,
    /// SIGHUP, or the terminal vanished: 129.
    TerminalGone,
}
