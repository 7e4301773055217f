//! Queries in the short form: terms such as `kind:invoice total:>100 "due date":2026-11`, which all hold.
//!
//! A value without quotes finds what a person means by it: a number, a date, an ObjectId, or the text as typed. In quotes
//! it is the text.

use super::super::decimal::Decimal;
use super::super::json::date::{read_date, read_day, start_of_day};
use super::super::json::wrapper::object_id;
use super::super::raw::Value;
use super::MAX_CONDITIONS;
use super::ast::{Branch, Clause, Comparison, List, Operand, Test};
use super::error::QueryError;
use super::path::Path;
use super::pattern::Pattern;
use crate::domain::text::quoted;
use jiff::ToSpan as _;
use std::iter::Peekable;
use std::str::Chars;

/// Reads terms.
pub(super) fn parse(text: &str) -> Result<Branch, QueryError> {
    let mut scanner = Scanner { rest: text.chars().peekable(), column: 1 };
    let mut clauses = Vec::new();
    while let Some((column, field)) = scanner.field()? {
        let clause = scanner.condition(column, &field)?;
        if clauses.len() >= MAX_CONDITIONS {
            return Err(QueryError::TooManyConditions);
        }
        clauses.push(clause);
    }
    Ok(clauses)
}

struct Scanner<'t> {
    rest: Peekable<Chars<'t>>,
    /// Of the next character, from 1.
    column: usize,
}

impl Scanner<'_> {
    fn next_if(&mut self, accepts: impl Fn(char) -> bool) -> Option<char> {
        let next = self.rest.next_if(|c| accepts(*c))?;
        self.column += 1;
        Some(next)
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> String {
        std::iter::from_fn(|| self.next_if(&accepts)).collect()
    }

    /// A text in quotes, if one comes here: `\"` is a quote, `\\` a backslash.
    fn in_quotes(&mut self) -> Result<Option<String>, QueryError> {
        let start = self.column;
        if self.next_if(|c| c == '"').is_none() {
            return Ok(None);
        }
        let mut text = String::new();
        loop {
            match self.next_if(|_| true) {
                Some('"') => return Ok(Some(text)),
                Some('\\') => match self.next_if(|c| matches!(c, '"' | '\\')) {
                    Some(c) => text.push(c),
                    None => text.push('\\'),
                },
                Some(c) => text.push(c),
                None => return Err(refuse(start, "This quote has no end.".to_owned())),
            }
        }
    }

    /// The field of the next term and where it begins.
    fn field(&mut self) -> Result<Option<(usize, String)>, QueryError> {
        self.take_while(char::is_whitespace);
        let column = self.column;
        if self.rest.peek().is_none() {
            return Ok(None);
        }
        let in_quotes = self.in_quotes()?;
        let has_quotes = in_quotes.is_some();
        let field = in_quotes.unwrap_or_else(|| self.take_while(|c| c != ':' && !c.is_whitespace()));
        if self.next_if(|c| c == ':').is_none() {
            let reason = if field.starts_with('[') && !has_quotes {
                "A query is terms such as field:value, or a JSON document, which begins with {.".to_owned()
            } else {
                format!("{} is not a term. Write field:value, such as name:{field}.", quoted(&field))
            };
            return Err(refuse(column, reason));
        }
        if field.is_empty() && !has_quotes {
            return Err(refuse(column, "There is no field before the colon. Write field:value.".to_owned()));
        }
        if field.starts_with('$') {
            return Err(QueryError::operator(field.as_bytes()));
        }
        if field.contains('\0') {
            return Err(refuse(column, "A field name has no NUL.".to_owned()));
        }
        Ok(Some((column, field)))
    }

    fn condition(&mut self, column: usize, field: &str) -> Result<Clause, QueryError> {
        let path = Path::new(field)?;
        let comparison = match (self.next_if(|c| c == '>'), self.next_if(|c| c == '<')) {
            (Some(_), None) if self.next_if(|c| c == '=').is_some() => Comparison::GreaterOrEqual,
            (Some(_), None) => Comparison::Greater,
            (None, Some(_)) if self.next_if(|c| c == '=').is_some() => Comparison::LessOrEqual,
            (None, Some(_)) => Comparison::Less,
            (None, None) => Comparison::Equal,
            (Some(_), Some(_)) => return Err(refuse(self.column - 1, "Write >, >=, < or <=.".to_owned())),
        };
        let at = self.column;
        if let Some(text) = self.in_quotes()? {
            if self.rest.peek().is_some_and(|c| !c.is_whitespace()) {
                return Err(refuse(self.column, "A blank is needed after the closing quote.".to_owned()));
            }
            return Ok(Clause::Field(path, vec![Test::Compare(comparison, text_operand(&text))]));
        }
        let text = self.take_while(|c| !c.is_whitespace());
        let shown = quoted(field);
        if let Some((from, to)) = text.split_once("..")
            && [from, to]
                .into_iter()
                .all(|side| matches!(Meaning::of(side), Meaning::Number(_) | Meaning::Period(..)))
        {
            let reason = format!("A range is written {field}:>={from} {field}:<={to}.");
            return Err(refuse(at, reason));
        }
        match (comparison, Meaning::of(&text)) {
            (Comparison::Equal, meaning) => meaning.equality(path, &text),
            (_, Meaning::Null) => {
                Err(refuse(at, format!("{shown} cannot be greater or less than null. Write {field}:null.")))
            }
            (_, Meaning::Text) if text.is_empty() => Err(refuse(
                column,
                format!("{shown} is compared with nothing. Write a value after the sign."),
            )),
            (comparison, meaning) => Ok(Clause::Field(path, vec![meaning.comparison(comparison, &text)])),
        }
    }
}

fn refuse(column: usize, reason: String) -> QueryError {
    QueryError::Term { column, reason }
}

fn text_operand(text: &str) -> Operand {
    Operand::new(&Value::String(text.as_bytes()))
}

/// What a person means by a value without quotes, beside the text itself.
enum Meaning {
    Null,
    Boolean(bool),
    /// A double and a decimal number where the two are not equal, the smaller one first.
    Number(Vec<Operand>),
    /// Milliseconds: from, and before.
    Period(i64, i64),
    Moment(i64),
    ObjectId([u8; 12]),
    Text,
}

impl Meaning {
    fn of(text: &str) -> Self {
        match text {
            "null" => return Self::Null,
            "true" => return Self::Boolean(true),
            "false" => return Self::Boolean(false),
            _ => {}
        }
        let number = is_number(text).then(|| numbers(text)).filter(|numbers| !numbers.is_empty());
        if let Some(numbers) = number {
            return Self::Number(numbers);
        }
        if let Some((from, before)) = period(text) {
            return Self::Period(from, before);
        }
        if let Some(moment) = read_date(text) {
            return Self::Moment(moment);
        }
        object_id(text).map_or(Self::Text, Self::ObjectId)
    }

    fn equality(self, path: Path, text: &str) -> Result<Clause, QueryError> {
        let mut values = vec![text_operand(text)];
        match self {
            Self::Null => values = vec![Operand::new(&Value::Null)],
            Self::Boolean(flag) => values = vec![Operand::new(&Value::Boolean(flag))],
            Self::Number(numbers) => values.extend(numbers),
            Self::Moment(moment) => values.push(Operand::new(&Value::DateTime(moment))),
            Self::ObjectId(id) => values.push(Operand::new(&Value::ObjectId(id))),
            Self::Text => {}
            Self::Period(from, before) => {
                let within = [(Comparison::GreaterOrEqual, from), (Comparison::Less, before)]
                    .map(|(comparison, at)| Test::Compare(comparison, Operand::new(&Value::DateTime(at))));
                let begins = Pattern::new(format!("^{}", regex_syntax::escape(text)).as_bytes(), b"")?;
                return Ok(Clause::Or(vec![
                    vec![Clause::Field(path.clone(), within.into())],
                    vec![Clause::Field(path, vec![Test::Regex(begins)])],
                ]));
            }
        }
        let condition = match (values.pop(), values.is_empty()) {
            (Some(only), true) => Test::Compare(Comparison::Equal, only),
            (last, _) => Test::In(List::new(values.into_iter().chain(last).collect(), Vec::new())),
        };
        Ok(Clause::Field(path, vec![condition]))
    }

    fn comparison(self, comparison: Comparison, text: &str) -> Test {
        let is_strict = matches!(comparison, Comparison::Greater | Comparison::Less);
        let is_upwards = matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
        let value = |value: &Value<'_>| Test::Compare(comparison, Operand::new(value));
        match self {
            // After a day is from its end on, up to a day is before its end.
            Self::Period(from, before) => {
                let at = if is_upwards == is_strict { before } else { from };
                let comparison = if is_upwards { Comparison::GreaterOrEqual } else { Comparison::Less };
                Test::Compare(comparison, Operand::new(&Value::DateTime(at)))
            }
            // More than both, or at least one of them.
            Self::Number(numbers) => {
                let takes_last = is_upwards == is_strict;
                let chosen =
                    if takes_last { numbers.into_iter().next_back() } else { numbers.into_iter().next() };
                Test::Compare(comparison, chosen.unwrap_or_else(|| text_operand(text)))
            }
            Self::Moment(moment) => value(&Value::DateTime(moment)),
            Self::ObjectId(id) => value(&Value::ObjectId(id)),
            Self::Boolean(flag) => value(&Value::Boolean(flag)),
            Self::Null | Self::Text => Test::Compare(comparison, text_operand(text)),
        }
    }
}

/// Whether a text is a number of JSON: no leading zero, no plus sign.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    [whole, fraction, exponent].into_iter().all(is_digits) && (whole == "0" || !whole.starts_with('0'))
}

/// The numbers that a text means, sorted: one, or the nearest double and the decimal number.
fn numbers(text: &str) -> Vec<Operand> {
    if let Ok(number) = text.parse() {
        return vec![Operand::new(&Value::Int64(number))];
    }
    let double = text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Double);
    let decimal = Decimal::parse(text).ok().map(|decimal| Value::Decimal128(decimal.to_bytes()));
    let numbers = [double, decimal].into_iter().flatten().map(|value| Operand::new(&value));
    List::new(numbers.collect(), Vec::new()).values
}

/// A day or a month in UTC: its first millisecond, and the one after its last.
fn period(text: &str) -> Option<(i64, i64)> {
    let (first, length) = match text.len() {
        10 => (read_day(text)?, 1.day()),
        7 => (read_day(&format!("{text}-01"))?, 1.month()),
        _ => return None,
    };
    Some((start_of_day(first), start_of_day(first.checked_add(length).ok()?)))
}
