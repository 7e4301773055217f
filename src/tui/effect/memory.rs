//! What the console remembers from one time to the next.

use std::fmt;
use std::sync::Arc;

/// What is remembered of a store. Nothing of it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// The email that signed in last.
    pub email: Option<String>,
    /// The column by which the list was sorted, by its word.
    pub sort: Option<String>,
    /// Whether descending.
    pub reverse: bool,
}

/// Keeps it.
type Keep = dyn Fn(&Memory) + Send + Sync;

/// Where what is to be remembered is kept: one place for each console.
#[derive(Clone)]
pub struct Remember(pub Arc<Keep>);

impl fmt::Debug for Remember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Remember")
    }
}

impl PartialEq for Remember {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
