//! The name of the database that holds records and collections.

use std::fmt;

/// Bytes of a name at most: MongoDB's own limit.
pub const MAX_DATABASE_BYTES: usize = 63;

/// Characters that MongoDB refuses on some system.
const REFUSED: &str = "/\\.\"$*<>:|?";

/// Databases that MongoDB reserves. Names that differ only in case are not allowed either.
const RESERVED: [&str; 3] = ["admin", "local", "config"];

/// Why a text is not a database name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "A database name has 1 to 63 bytes, no white space, no control character and none of /\\.\"$*<>:|?, and is not \
     admin, local or config."
)]
pub struct DatabaseNameError;

/// The name of a database that MongoDB accepts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DatabaseName(String);

impl DatabaseName {
    /// Reads a name as typed; nothing is trimmed.
    ///
    /// # Errors
    /// [`DatabaseNameError`].
    pub fn parse(typed: &str) -> Result<Self, DatabaseNameError> {
        let is_refused = |c: char| c.is_control() || c.is_whitespace() || REFUSED.contains(c);
        let is_reserved = RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(typed));
        if typed.is_empty() || typed.len() > MAX_DATABASE_BYTES || typed.contains(is_refused) || is_reserved {
            return Err(DatabaseNameError);
        }
        Ok(Self(typed.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for DatabaseName {
    fn default() -> Self {
        Self("master_db".to_owned())
    }
}

impl fmt::Display for DatabaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("master_db", true)]
    #[case("Master-DB_2", true)]
    #[case("é", true)]
    #[case("administrators", true)]
    #[case(&"x".repeat(63), true)]
    #[case("", false)]
    #[case(&"x".repeat(64), false)]
    #[case(&"é".repeat(32), false)]
    #[case("admin", false)]
    #[case("Local", false)]
    #[case("config", false)]
    #[case("a\0b", false)]
    #[case("a\u{85}b", false)]
    #[case("a\tb", false)]
    #[case("a\u{3000}b", false)]
    #[case("a b", false)]
    fn database_names_follow_mongodbs_rules(#[case] typed: &str, #[case] is_legal: bool) {
        assert_eq!(DatabaseName::parse(typed).is_ok(), is_legal, "{typed:?}");
    }

    #[test]
    fn each_refused_character_is_refused_alone() {
        for c in REFUSED.chars() {
            assert_eq!(DatabaseName::parse(&format!("a{c}b")), Err(DatabaseNameError), "{c}");
        }
        assert_eq!(DatabaseName::parse(DatabaseName::default().as_str()), Ok(DatabaseName::default()));
    }
}
