//! The length of a page of a list.

/// Rows of a page at most.
pub const MAX_LIMIT: usize = 1_000;
