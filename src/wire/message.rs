//! What is said besides the data, and what is said of the program itself.

use crate::domain;
use serde::Serialize;

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

/// An error on a line of its own.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorLine<'a> {
    /// The error.
    pub error: &'a ErrorObject,
}

/// A warning: what was asked for is done all the same.
#[derive(Debug, Clone, Serialize)]
pub struct Warning<'a> {
    /// The stable word.
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
        Self { warning: Warning { code: warning.code, message: &warning.message } }
    }
}

/// The version of the program.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Version {
    /// By the rules of semantic versions.
    pub version: &'static str,
}

/// A store that was made to be looked at, and is kept.
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
