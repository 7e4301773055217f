//! Queries written as JSON.

use super::super::json::read;
use super::super::raw::{Value, field};
use super::ast::{Branch, Clause, Comparison, List, Negation, Test};
use super::error::QueryError;
use super::operand::{elements, exists, fields, operand, plain_operand, regex, size, types};
use super::path::Path;
use super::pattern::Pattern;
use super::{MAX_CONDITIONS, MAX_DEPTH, MAX_PATTERNS, has_operators};
use crate::domain::text::quoted;

/// Reads a text that begins with `{`.
pub(super) fn parse(text: &str) -> Result<Branch, QueryError> {
    let document = read(text)?;
    Parser { conditions: 0, patterns: 0 }.clauses(document.as_bytes(), 1)
}

struct Parser {
    conditions: usize,
    patterns: usize,
}

impl Parser {
    fn count(&mut self) -> Result<(), QueryError> {
        self.conditions += 1;
        if self.conditions > MAX_CONDITIONS { Err(QueryError::TooManyConditions) } else { Ok(()) }
    }

    /// A compiled pattern takes memory as long as the query lives.
    fn pattern(&mut self, pattern: Pattern) -> Result<Pattern, QueryError> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS { Err(QueryError::TooManyPatterns) } else { Ok(pattern) }
    }

    fn clauses(&mut self, document: &[u8], level: usize) -> Result<Branch, QueryError> {
        if level > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        let mut clauses = Vec::new();
        for (name, value) in fields(document) {
            let clause = match name {
                b"$and" => Clause::And(self.branches("$and", &value, level)?),
                b"$or" => Clause::Or(self.branches("$or", &value, level)?),
                b"$nor" => Clause::Nor(self.branches("$nor", &value, level)?),
                _ if name.starts_with(b"$") => return Err(QueryError::operator(name)),
                _ => {
                    let path = Path::new(&String::from_utf8_lossy(name))?;
                    Clause::Field(path, self.field(&value, level)?)
                }
            };
            clauses.push(clause);
        }
        Ok(clauses)
    }

    fn branches(
        &mut self,
        operator: &str,
        value: &Value<'_>,
        level: usize,
    ) -> Result<Vec<Branch>, QueryError> {
        const NEEDS: &str = "an array of at least one document";
        self.count()?;
        let mut branches = Vec::new();
        for branch in elements(operator, value, NEEDS)? {
            let Value::Document(inner) = branch else {
                return Err(QueryError::operand(operator, NEEDS, value));
            };
            branches.push(self.clauses(inner, level + 1)?);
        }
        if branches.is_empty() { Err(QueryError::operand(operator, NEEDS, value)) } else { Ok(branches) }
    }

    /// What is asked about a field: a value that it equals, a regular expression, or operators.
    fn field(&mut self, value: &Value<'_>, level: usize) -> Result<Vec<Test>, QueryError> {
        if let Value::Document(inner) = value
            && has_operators(value)
        {
            return self.operators(inner, level);
        }
        self.count()?;
        if let Value::Regex { pattern, options } = value {
            return Ok(vec![Test::Regex(self.pattern(Pattern::new(pattern, options)?)?)]);
        }
        Ok(vec![Test::Compare(Comparison::Equal, operand("$eq", value)?)])
    }

    fn operators(&mut self, document: &[u8], level: usize) -> Result<Vec<Test>, QueryError> {
        if level > MAX_DEPTH {
            return Err(QueryError::TooDeep);
        }
        let options = field(document, b"$options");
        let mut tests = Vec::new();
        for (name, value) in fields(document) {
            if !name.starts_with(b"$") {
                let operator = fields(document).map(|(name, _)| name).find(|name| name.starts_with(b"$"));
                return Err(QueryError::Mixed {
                    operator: String::from_utf8_lossy(operator.unwrap_or_default()).into_owned(),
                    field: quoted(&String::from_utf8_lossy(name)),
                });
            }
            self.count()?;
            if name == b"$options" {
                if field(document, b"$regex").is_none() {
                    return Err(QueryError::operand("$options", "$regex beside it", &value));
                }
                continue;
            }
            tests.push(self.operator(name, &value, options, level)?);
        }
        Ok(tests)
    }

    fn operator(
        &mut self,
        name: &[u8],
        value: &Value<'_>,
        options: Option<Value<'_>>,
        level: usize,
    ) -> Result<Test, QueryError> {
        let compare = |operator: &'static str, comparison| {
            Ok(Test::Compare(comparison, plain_operand(operator, value)?))
        };
        match name {
            b"$eq" => Ok(Test::Compare(Comparison::Equal, operand("$eq", value)?)),
            b"$gt" => compare("$gt", Comparison::Greater),
            b"$gte" => compare("$gte", Comparison::GreaterOrEqual),
            b"$lt" => compare("$lt", Comparison::Less),
            b"$lte" => compare("$lte", Comparison::LessOrEqual),
            b"$ne" => {
                let equal = Test::Compare(Comparison::Equal, plain_operand("$ne", value)?);
                Ok(Test::Not(Negation::NotEqual, vec![equal]))
            }
            b"$in" => self.list("$in", value).map(Test::In),
            b"$nin" => Ok(Test::Not(Negation::NotIn, vec![Test::In(self.list("$nin", value)?)])),
            b"$exists" => exists(value),
            b"$type" => types(value).map(Test::Type),
            b"$size" => size(value).map(Test::Size),
            b"$all" => self.all(value, level),
            b"$elemMatch" => self.element(value, level),
            b"$regex" => self.pattern(regex(value, options)?).map(Test::Regex),
            b"$not" => self.not(value, level),
            _ => Err(QueryError::operator(name)),
        }
    }

    fn list(&mut self, operator: &str, value: &Value<'_>) -> Result<List, QueryError> {
        const NEEDS: &str = "an array of values";
        let (mut values, mut patterns) = (Vec::new(), Vec::new());
        for item in elements(operator, value, NEEDS)? {
            if let Value::Regex { pattern, options } = item {
                self.count()?;
                patterns.push(self.pattern(Pattern::new(pattern, options)?)?);
            } else if has_operators(&item) {
                return Err(QueryError::operand(operator, "an array of values without operators", &item));
            } else {
                values.push(operand(operator, &item)?);
            }
        }
        Ok(List::new(values, patterns))
    }

    fn all(&mut self, value: &Value<'_>, level: usize) -> Result<Test, QueryError> {
        const NEEDS: &str = "an array of values, or of documents that have only $elemMatch";
        let mut tests = Vec::new();
        let mut with_elements = 0;
        for item in elements("$all", value, NEEDS)? {
            self.count()?;
            if let Value::Regex { pattern, options } = item {
                tests.push(Test::Regex(self.pattern(Pattern::new(pattern, options)?)?));
            } else if let Value::Document(inner) = item
                && has_operators(&item)
            {
                let mut found = fields(inner);
                let (Some((b"$elemMatch", condition)), None) = (found.next(), found.next()) else {
                    return Err(QueryError::operand("$all", NEEDS, &item));
                };
                with_elements += 1;
                tests.push(self.element(&condition, level)?);
            } else {
                tests.push(Test::Compare(Comparison::Equal, operand("$all", &item)?));
            }
        }
        if with_elements != 0 && with_elements != tests.len() {
            return Err(QueryError::operand("$all", NEEDS, value));
        }
        Ok(Test::All(tests))
    }

    fn element(&mut self, value: &Value<'_>, level: usize) -> Result<Test, QueryError> {
        let Value::Document(inner) = value else {
            return Err(QueryError::operand("$elemMatch", "a document of operators or of fields", value));
        };
        let first = fields(inner).next().map(|(name, _)| name);
        let is_value =
            first.is_some_and(|name| name.starts_with(b"$") && !matches!(name, b"$and" | b"$or" | b"$nor"));
        if is_value {
            self.operators(inner, level + 1).map(Test::Element)
        } else {
            self.clauses(inner, level + 1).map(Test::ElementDocument)
        }
    }

    fn not(&mut self, value: &Value<'_>, level: usize) -> Result<Test, QueryError> {
        let tests = if let Value::Regex { pattern, options } = value {
            vec![Test::Regex(self.pattern(Pattern::new(pattern, options)?)?)]
        } else if let Value::Document(inner) = value
            && has_operators(value)
        {
            self.operators(inner, level + 1)?
        } else {
            return Err(QueryError::operand("$not", "operators or a regular expression", value));
        };
        Ok(Test::Not(Negation::Not, tests))
    }
}
