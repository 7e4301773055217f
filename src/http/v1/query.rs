//! The parameters of a query: known ones, each at most once. A parameter that is ignored would look like an answer.

use super::problem::Problem;
use super::wrong::{FieldError, Location, refuse, shown_name};
use crate::http::parameters::pairs;
use crate::service::MAX_LIMIT;
use axum::extract::{FromRequestParts, RawQuery};
use axum::http::request::Parts;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// Rows of a page unless the caller says otherwise.
pub(super) const DEFAULT_LIMIT: usize = 100;

/// The parameters of a request, and what is wrong with them so far.
#[derive(Debug, Default)]
pub(super) struct Query {
    values: BTreeMap<String, String>,
    known: Vec<&'static str>,
    wrong: Vec<FieldError>,
}

impl Query {
    /// The parameters of a query as it is in the request line.
    pub(super) fn read(query: Option<&str>) -> Self {
        let mut read = Self::default();
        for (name, value) in pairs(query) {
            if read.values.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                let detail = "The parameter is there twice; send it once.";
                read.refuse(shown_name(&name), "repeated", detail);
            }
        }
        read
    }

    fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        self.wrong.push(FieldError::new(Location::Query, name, code, detail));
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        self.values.remove(name)
    }

    /// Whether something is asked for; without the parameter it is not.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        match self.text(name).as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.refuse(name, "wrong_type", "Write true or false.");
                false
            }
        }
    }

    /// A whole number in a range.
    pub(super) fn number(&mut self, name: &'static str, least: usize, most: usize) -> Option<usize> {
        let text = self.text(name)?;
        match text.parse::<usize>() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            Ok(_) | Err(_) => {
                self.refuse(name, "out_of_range", format!("Write a whole number from {least} to {most}."));
                None
            }
        }
    }

    /// Rows of a page at most.
    pub(super) fn limit(&mut self) -> usize {
        self.number("limit", 1, MAX_LIMIT).unwrap_or(DEFAULT_LIMIT)
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(name, "wrong_type", format!("Write one of: {}.", words.join(", ")));
        }
        found
    }

    /// Tells that a parameter breaks a rule.
    pub(super) fn broken(&mut self, name: &str, detail: impl Into<String>) {
        self.refuse(name, "wrong_type", detail);
    }

    /// Refuses if anything was wrong, or left.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let Self { values, known, mut wrong } = self;
        wrong.extend(values.keys().map(|name| FieldError::unknown(Location::Query, name, &known)));
        refuse(wrong)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let RawQuery(query) = RawQuery::from_request_parts(parts, state).await?;
        Ok(Self::read(query.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(query: &str) -> Option<String> {
        let mut query = Query::read(Some(query));
        let (_, _, _) = (query.limit(), query.flag("reverse"), query.text("filter"));
        query.finish().err().map(|problem| problem.body(None))
    }

    #[test]
    fn parameters_are_known_single_and_in_range() {
        for right in ["", "limit=1&reverse=true", "limit=1000&filter=a%20b&reverse=false"] {
            assert_eq!(told(right), None, "{right}");
        }
        for (wrong, code) in [
            ("limit=0", "out_of_range"),
            ("limit=1001", "out_of_range"),
            ("limit=x", "out_of_range"),
            ("reverse=yes", "wrong_type"),
            ("filter=a&filter=b", "repeated"),
            ("filtre=a", "unknown"),
        ] {
            let told = told(wrong).unwrap();
            assert!(told.contains(&format!("\"code\":\"{code}\"")), "{wrong}: {told}");
        }
        assert!(told("limit=hunter2").is_some_and(|told| !told.contains("hunter2")));
    }
}
