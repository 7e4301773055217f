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
        Self { text: error.to_string(), hint: error.hint() }
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
