//! Asking a query about the bytes of a document, with MongoDB's answers.

use super::super::order::{NAN_KEY, NUMBERS, class, write_key};
use super::super::raw::{Elements, Value};
use super::ast::{Clause, Comparison, List, Operand, Test};
use super::path::Path;
use std::cmp::Ordering;

impl Clause {
    /// Whether the clause holds; the buffer is for keys.
    fn matches(&self, document: &[u8], scratch: &mut Vec<u8>) -> bool {
        match self {
            Self::And(branches) => branches.iter().all(|branch| all_match(branch, document, scratch)),
            Self::Or(branches) => branches.iter().any(|branch| all_match(branch, document, scratch)),
            Self::Nor(branches) => !branches.iter().any(|branch| all_match(branch, document, scratch)),
            Self::Field(path, tests) => tests.iter().all(|test| test.holds(document, path, scratch)),
        }
    }
}

/// Whether all clauses hold.
pub(super) fn all_match(clauses: &[Clause], document: &[u8], scratch: &mut Vec<u8>) -> bool {
    clauses.iter().all(|clause| clause.matches(document, scratch))
}

impl Test {
    /// Whether the test holds for a field of a document.
    fn holds(&self, document: &[u8], path: &Path, scratch: &mut Vec<u8>) -> bool {
        match self {
            Self::Not(_, tests) => !tests.iter().all(|test| test.holds(document, path, scratch)),
            Self::All(tests) => {
                !tests.is_empty() && tests.iter().all(|test| test.holds(document, path, scratch))
            }
            Self::Size(_) | Self::Element(_) | Self::ElementDocument(_) => {
                path.any(document, false, &mut |value| self.passes(value, scratch))
            }
            Self::Compare(..) | Self::In(_) | Self::Exists | Self::Type(_) | Self::Regex(_) => {
                path.any(document, true, &mut |value| self.passes(value, scratch))
            }
        }
    }

    /// Whether one value passes, which is not expanded if it is an array; `None` is a missing field.
    fn passes(&self, value: Option<Value<'_>>, scratch: &mut Vec<u8>) -> bool {
        match self {
            Self::Compare(comparison, operand) => compare(*comparison, operand, value, scratch),
            Self::In(list) => is_in(list, value, scratch),
            Self::Exists => value.is_some(),
            Self::Type(types) => value.is_some_and(|value| types.contains(&value.type_number())),
            Self::Regex(pattern) => value.is_some_and(|value| pattern.matches(&value)),
            Self::Not(_, tests) => !tests.iter().all(|test| test.passes(value, scratch)),
            Self::All(tests) => !tests.is_empty() && tests.iter().all(|test| test.passes(value, scratch)),
            Self::Size(size) => elements_of(value).is_some_and(|elements| elements.count() == *size),
            Self::Element(tests) => elements_of(value).is_some_and(|mut elements| {
                elements.any(|element| {
                    element
                        .value
                        .is_ok_and(|value| tests.iter().all(|test| test.passes(Some(value), scratch)))
                })
            }),
            Self::ElementDocument(clauses) => elements_of(value).is_some_and(|mut elements| {
                elements.any(|element| {
                    // An array counts as a document whose names are the places.
                    let Ok(Value::Document(inner) | Value::Array(inner)) = element.value else {
                        return false;
                    };
                    all_match(clauses, inner, scratch)
                })
            }),
        }
    }
}

fn elements_of(value: Option<Value<'_>>) -> Option<Elements<'_>> {
    if let Some(Value::Array(elements)) = value { Some(Elements::of(elements)) } else { None }
}

fn compare(
    comparison: Comparison,
    operand: &Operand,
    value: Option<Value<'_>>,
    scratch: &mut Vec<u8>,
) -> bool {
    let takes_equal =
        matches!(comparison, Comparison::Equal | Comparison::GreaterOrEqual | Comparison::LessOrEqual);
    let given = operand.value.get();
    let class_of_value = value.as_ref().map(class);
    if class_of_value != Some(operand.class) {
        // Values of another class only compare with the ends of the order; null stands for missing too.
        let is_downwards = matches!(comparison, Comparison::Less | Comparison::LessOrEqual);
        let is_upwards = matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
        return is_downwards && given == Value::MaxKey
            || is_upwards && given == Value::MinKey
            || takes_equal && given == Value::Null && value.is_none();
    }
    let Some(value) = value else { return false };
    scratch.clear();
    if write_key(scratch, &value).is_err() {
        return false;
    }
    if operand.class == NUMBERS && (operand.key == NAN_KEY || *scratch == NAN_KEY) {
        return takes_equal && operand.key == *scratch;
    }
    let order = scratch.as_slice().cmp(&operand.key);
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
    }
}

fn is_in(list: &List, value: Option<Value<'_>>, scratch: &mut Vec<u8>) -> bool {
    let Some(value) = value else { return list.has_class(class(&Value::Null)) };
    if list.has_class(class(&value)) {
        scratch.clear();
        if write_key(scratch, &value).is_ok() && list.has_key(scratch) {
            return true;
        }
    }
    list.patterns.iter().any(|pattern| pattern.matches(&value))
}
