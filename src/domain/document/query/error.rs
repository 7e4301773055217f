//! What is wrong with a query.

use super::super::incoming::DocumentError;
use super::super::json::{Form, value_to_string};
use super::super::raw::Value;
use super::path::{MAX_PARTS, MAX_PLACES};
use super::{MAX_CONDITIONS, MAX_DEPTH, MAX_PATTERNS, MAX_TEXT};
use crate::domain::text::quoted;
use thiserror::Error;

/// Why a text is no query.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// The text begins with `{` and is no Extended JSON.
    #[error("{0}")]
    Json(#[from] DocumentError),
    /// An operator that queries do not have.
    #[error(
        "The operator {operator} is not supported. Use $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $type, \
         $size, $all, $elemMatch, $regex, $and, $or, $nor or $not."
    )]
    Operator {
        /// As typed, in quotes.
        operator: String,
    },
    /// An operator with a value that it does not take.
    #[error("{operator} needs {needs}, not {found}.")]
    Operand {
        /// The operator.
        operator: String,
        /// What it takes.
        needs: &'static str,
        /// What it has.
        found: String,
    },
    /// Operators and fields side by side.
    #[error("{operator} stands beside {field}. Put operators and fields into documents of their own.")]
    Mixed {
        /// The operator.
        operator: String,
        /// A name that is no operator, in quotes.
        field: String,
    },
    /// A regular expression that is not supported or wrong.
    #[error("The regular expression {pattern} is not supported at character {column}: {reason}.")]
    Pattern {
        /// The pattern, in quotes.
        pattern: String,
        /// From 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// In the order of another field, a page cannot end early: none follows it.
    #[error(
        "Sorted, only {documents} of the documents fit into 16 MiB. Ask for {documents} at most, or for fewer by a filter."
    )]
    SortedTooBig {
        /// The documents that fit.
        documents: usize,
    },
    /// A term of the short form that cannot be read.
    #[error("Character {column}: {reason}")]
    Term {
        /// From 1.
        column: usize,
        /// What is wrong and what to write.
        reason: String,
    },
    /// Too many bytes of text.
    #[error("The query has {bytes} bytes; the limit is {MAX_TEXT}.")]
    TooLong {
        /// Bytes.
        bytes: usize,
    },
    /// Too many levels.
    #[error("The query has more than {MAX_DEPTH} levels of operators inside one another.")]
    TooDeep,
    /// A path with too many parts.
    #[error("The path {path} has more than {MAX_PARTS} parts, or more than {MAX_PLACES} that are numbers.")]
    Path {
        /// The path, in quotes.
        path: String,
    },
    /// Too many regular expressions.
    #[error("The query has more than {MAX_PATTERNS} regular expressions. Join them with |.")]
    TooManyPatterns,
    /// Too many conditions.
    #[error("The query has more than {MAX_CONDITIONS} conditions. Use $in with a list of values.")]
    TooManyConditions,
}

impl QueryError {
    pub(super) fn operand(operator: &str, needs: &'static str, found: &Value<'_>) -> Self {
        let found = value_to_string(found, Form::Relaxed);
        let cut: String = found.chars().take(80).collect();
        let found = if cut.len() < found.len() { cut + "…" } else { found };
        Self::Operand { operator: operator.to_owned(), needs, found }
    }

    pub(super) fn operator(name: &[u8]) -> Self {
        Self::Operator { operator: quoted(&String::from_utf8_lossy(name)) }
    }
}
