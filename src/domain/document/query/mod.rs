//! Queries over documents: one language for all stores, as JSON or in a short form.
//!
//! A text becomes a tree of known operators. The tree is printed for MongoDB, or asked here about the bytes of each
//! document, with the same answers. Nothing that was typed is passed on.

mod ast;
mod error;
mod json;
mod matching;
mod operand;
mod path;
mod pattern;
mod short;
mod sort;
mod to_mongo;

pub use error::QueryError;
pub use sort::Sort;

use super::raw::Value;
use ast::{Branch, Clause};
use bson::{RawDocument, RawDocumentBuf};

/// The most bytes of a query's text.
pub const MAX_TEXT: usize = 1 << 20;
/// The most conditions of a query: each operator, and each regular expression in a list.
pub const MAX_CONDITIONS: usize = 1_000;
/// The most regular expressions of a query written as JSON.
pub const MAX_PATTERNS: usize = 100;
/// The most levels of `$and`, `$or`, `$nor`, `$not` and `$elemMatch` inside one another.
pub const MAX_DEPTH: usize = 20;

/// A query.
#[derive(Debug, Clone)]
pub struct Query {
    /// All of them hold.
    clauses: Branch,
}

impl Query {
    /// Reads a query: JSON if it begins with `{`, else terms such as `kind:invoice total:>100`. An empty text finds all
    /// documents.
    ///
    /// # Errors
    /// What is wrong or not supported, and where.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_TEXT {
            return Err(QueryError::TooLong { bytes: text.len() });
        }
        let clauses =
            if text.trim_start().starts_with('{') { json::parse(text)? } else { short::parse(text)? };
        Ok(Self { clauses })
    }

    /// Whether the query finds a document.
    pub fn matches(&self, document: &RawDocument) -> bool {
        matching::all_match(&self.clauses, document.as_bytes(), &mut Vec::new())
    }

    /// The filter for MongoDB, with exactly the operators of the query and regular expressions that MongoDB reads as
    /// [`Self::matches`] does.
    pub fn to_mongo(&self) -> RawDocumentBuf {
        to_mongo::print(&self.clauses)
    }

    /// Whether every document is found.
    pub fn is_all(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether it asks about a field whose name says that its values are secret. Such a query is not recorded.
    pub fn is_about_secrets(&self) -> bool {
        self.clauses.iter().any(Clause::is_about_secrets)
    }

    /// The [keys](super::order::key) of the only `_id`s that the query can find, each once, where it fixes them by
    /// equality. The documents of these ids may still not match.
    pub fn ids(&self) -> Option<Vec<&[u8]>> {
        self.clauses.iter().find_map(Clause::ids)
    }
}

/// Whether a value is a document with a name that begins like an operator.
fn has_operators(value: &Value<'_>) -> bool {
    if let Value::Document(inner) = value {
        super::raw::Elements::of(inner).any(|element| element.name.starts_with(b"$"))
    } else {
        false
    }
}

#[cfg(test)]
mod tests;
