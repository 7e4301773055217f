//! Warnings: what a person should know although what was asked for is done.

/// A warning, with a stable word for scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The stable word.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

impl Warning {
    /// A warning with these words.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
