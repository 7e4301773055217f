//! Errors, warnings, and information about the program.

use crate::domain;
use serde::Serialize;

/// An error as JSON.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject {
    /// The stable code.
    pub code: &'static str,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What is wrong.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The input field.
    pub field: Option<String>,
    /// Whether the same command may succeed later.
    pub retryable: bool,
    /// Seconds to wait, if the error sets a wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// The write that may still be completed, if its outcome is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
}

/// An error on a line of its own.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorLine<'a> {
    /// The error.
    pub error: &'a ErrorObject,
}

/// A warning: the request succeeded all the same.
#[derive(Debug, Clone, Serialize)]
pub struct Warning<'a> {
    /// The stable code.
    pub code: &'static str,
    /// A sentence.
    pub message: &'a str,
}

/// A warning on a line of its own.
#[derive(Debug, Clone, Serialize)]
pub struct WarningLine<'a> {
    /// The warning.
    pub warning: Warning<'a>,
}

impl<'a> From<&'a domain::Warning> for WarningLine<'a> {
    fn from(warning: &'a domain::Warning) -> Self {
        Self { warning: Warning { code: warning.code.as_str(), message: &warning.message } }
    }
}

/// The version of the program.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Version {
    /// A semantic version.
    pub version: &'static str,
}

/// A sample store that is kept.
#[derive(Debug, Clone, Serialize)]
pub struct Demo {
    /// Where it is.
    pub folder: String,
    /// Organizations in it.
    pub organizations: usize,
    /// Its operator.
    pub email: String,
    /// The password of every account in it.
    pub password: String,
}
