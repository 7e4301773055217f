//! Regular expressions that the crate `regex` and MongoDB (PCRE2) read alike.
//!
//! A pattern is taken apart, refused where the two would read it in different ways, and printed for each of them: `\d`,
//! `\w` and `\s` as the ASCII characters that they are, `$` as the very end unless lines are asked for.

mod classes;
mod print;

use super::super::raw::Value;
use super::error::QueryError;
use crate::domain::text::quoted;
use print::{Flags, Refusal, Target, print};
use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;

/// MongoDB's limit of a pattern, in bytes.
const MAX_BYTES: usize = 32_764;
/// What a compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1 << 20;
/// Groups inside one another.
const MAX_GROUPS: u32 = 100;

/// A regular expression for both.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    regex: Regex,
    mongo: String,
    options: String,
}

impl Pattern {
    /// Reads a pattern and its options, letters of `imsx`.
    pub(super) fn new(pattern: &[u8], options: &[u8]) -> Result<Self, QueryError> {
        let pattern = String::from_utf8_lossy(pattern);
        if let Some(unknown) = options.iter().find(|option| !b"imsx".contains(option)) {
            let found = Value::String(std::slice::from_ref(unknown));
            return Err(QueryError::operand("$options", "letters of imsx", &found));
        }
        Self::read(&pattern, options).map_err(|Refusal { column, reason }| QueryError::Pattern {
            pattern: quoted(&pattern),
            column,
            reason,
        })
    }

    fn read(pattern: &str, options: &[u8]) -> Result<Self, Refusal> {
        let has = |option: u8| options.contains(&option);
        if pattern.len() > MAX_BYTES {
            return Err(Refusal::new(MAX_BYTES, format!("it is longer than {MAX_BYTES} bytes")));
        }
        let mut parser = ParserBuilder::new().ignore_whitespace(has(b'x')).nest_limit(MAX_GROUPS).build();
        let ast = parser
            .parse(pattern)
            .map_err(|error| Refusal::new(error.span().start.column, error.kind().to_string()))?;
        let flags = Flags { lines: has(b'm'), ignores_case: has(b'i'), ignores_space: has(b'x') };
        let here = print(pattern, &ast, flags, Target::Here)?;
        let mongo = print(pattern, &ast, flags, Target::Mongo)?;
        if mongo.len() > MAX_BYTES {
            return Err(Refusal::new(
                1,
                format!("spelled out for MongoDB it is longer than {MAX_BYTES} bytes"),
            ));
        }
        let regex = RegexBuilder::new(&here)
            .case_insensitive(has(b'i'))
            .multi_line(has(b'm'))
            .dot_matches_new_line(has(b's'))
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build()
            .map_err(|_| Refusal::new(1, "it is too large; use fewer or smaller repetitions".to_owned()))?;
        let options =
            ['i', 'm', 's'].into_iter().filter(|option| options.contains(&(*option as u8))).collect();
        Ok(Self { regex, mongo, options })
    }

    /// Whether a text or a symbol has a match; a stored regular expression has one if it is the same.
    pub(super) fn matches(&self, value: &Value<'_>) -> bool {
        if let Value::String(text) | Value::Symbol(text) = value {
            return std::str::from_utf8(text).is_ok_and(|text| self.regex.is_match(text));
        }
        *value == self.for_mongo()
    }

    /// The regular expression for MongoDB.
    pub(super) fn for_mongo(&self) -> Value<'_> {
        Value::Regex { pattern: self.mongo.as_bytes(), options: self.options.as_bytes() }
    }
}

#[cfg(test)]
mod tests;
