//! How long a page of a list may be.

/// Rows of a page at most.
pub const MAX_LIMIT: usize = 1_000;
