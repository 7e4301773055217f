//! The tree of a query.

use super::super::order::{class, key};
use super::super::raw::{OwnedValue, Value};
use super::path::Path;
use super::pattern::Pattern;

/// Clauses that all hold.
pub(super) type Branch = Vec<Clause>;

/// A condition on a document.
#[derive(Debug, Clone)]
pub(super) enum Clause {
    And(Vec<Branch>),
    Or(Vec<Branch>),
    Nor(Vec<Branch>),
    /// Each test holds for the field, perhaps for another element of an array.
    Field(Path, Vec<Test>),
}

/// A condition on a field.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Compare(Comparison, Operand),
    In(List),
    Exists,
    /// Numbers of types.
    Type(Vec<u8>),
    Size(usize),
    All(Vec<Test>),
    /// An element that is a document for which all clauses hold.
    ElementDocument(Branch),
    /// An element for which all tests hold.
    Element(Vec<Test>),
    Regex(Pattern),
    /// Not all of the tests hold.
    Not(Negation, Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    pub(super) fn operator(self) -> &'static str {
        match self {
            Self::Equal => "$eq",
            Self::Greater => "$gt",
            Self::GreaterOrEqual => "$gte",
            Self::Less => "$lt",
            Self::LessOrEqual => "$lte",
        }
    }
}

/// How a negation was written, so that it is printed so again: an object has each operator once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Negation {
    Not,
    NotEqual,
    NotIn,
    Missing,
}

/// A value to compare with.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) value: OwnedValue,
    pub(super) class: u8,
    /// Its place in the order.
    pub(super) key: Vec<u8>,
}

impl Operand {
    pub(super) fn new(value: &Value<'_>) -> Self {
        Self {
            value: OwnedValue::new(value),
            class: class(value),
            // The value was just written by the reader.
            key: key(value).unwrap_or_default(),
        }
    }
}

/// A list of values and regular expressions.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    pub(super) values: Vec<Operand>,
    pub(super) patterns: Vec<Pattern>,
}

impl List {
    /// Sorts the values, each once.
    pub(super) fn new(mut values: Vec<Operand>, patterns: Vec<Pattern>) -> Self {
        values.sort_by(|one, other| one.key.cmp(&other.key));
        values.dedup_by(|one, other| one.key == other.key);
        Self { values, patterns }
    }

    pub(super) fn has_key(&self, key: &[u8]) -> bool {
        self.values.binary_search_by(|operand| operand.key.as_slice().cmp(key)).is_ok()
    }

    pub(super) fn has_class(&self, class: u8) -> bool {
        // The class is the first byte of a key.
        let from = self.values.partition_point(|operand| operand.class < class);
        self.values.get(from).is_some_and(|operand| operand.class == class)
    }
}

/// Parts of names of fields whose values are secret.
const SECRETS: [&str; 8] =
    ["password", "passwd", "passphrase", "secret", "token", "credential", "api_key", "apikey"];

fn names_a_secret(path: &Path) -> bool {
    let name = path.text().to_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

impl Clause {
    /// See [`super::Query::is_about_secrets`].
    pub(super) fn is_about_secrets(&self) -> bool {
        match self {
            Self::And(branches) | Self::Or(branches) | Self::Nor(branches) => {
                branches.iter().flatten().any(Self::is_about_secrets)
            }
            Self::Field(path, tests) => names_a_secret(path) || tests.iter().any(Test::is_about_secrets),
        }
    }

    /// See [`super::Query::ids`].
    pub(super) fn ids(&self) -> Option<Vec<&[u8]>> {
        match self {
            Self::And(branches) => branches.iter().flatten().find_map(Self::ids),
            Self::Field(path, tests) if path.is_id() => tests.iter().find_map(Test::keys),
            Self::Field(..) | Self::Or(_) | Self::Nor(_) => None,
        }
    }
}

impl Test {
    fn is_about_secrets(&self) -> bool {
        match self {
            Self::ElementDocument(clauses) => clauses.iter().any(Clause::is_about_secrets),
            Self::All(tests) | Self::Element(tests) | Self::Not(_, tests) => {
                tests.iter().any(Self::is_about_secrets)
            }
            Self::Compare(..)
            | Self::In(_)
            | Self::Exists
            | Self::Type(_)
            | Self::Size(_)
            | Self::Regex(_) => false,
        }
    }

    /// The keys of the only values that pass.
    fn keys(&self) -> Option<Vec<&[u8]>> {
        match self {
            Self::Compare(Comparison::Equal, operand) => Some(vec![&operand.key]),
            Self::In(list) if list.patterns.is_empty() => {
                Some(list.values.iter().map(|operand| operand.key.as_slice()).collect())
            }
            Self::Compare(..)
            | Self::In(_)
            | Self::Exists
            | Self::Type(_)
            | Self::Size(_)
            | Self::All(_)
            | Self::ElementDocument(_)
            | Self::Element(_)
            | Self::Regex(_)
            | Self::Not(..) => None,
        }
    }
}
