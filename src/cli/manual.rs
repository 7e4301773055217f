//! The man page.

/// The page.
pub fn page() -> String {
    String::new()
}
