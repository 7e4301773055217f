//! The fields of a body, read so that each wrong one is told and no value is shown.

use super::refusal::Refusal;
use super::shapes::{Place, ValidationError};
use crate::domain::EmailError;
use serde_json::{Map, Value};

/// The fields of a body, and what is wrong with them so far. It has no `Debug`: passwords are among them.
pub(super) struct Input {
    fields: Map<String, Value>,
    wrong: Vec<ValidationError>,
}

impl Input {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self { fields, wrong: Vec::new() }
    }

    /// Tells that a field is wrong.
    pub(super) fn refuse(&mut self, name: &'static str, kind: &'static str, msg: impl Into<String>) {
        let loc = vec![Place::Name("body"), Place::Name(name)];
        self.wrong.push(ValidationError { loc, msg: msg.into(), kind });
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, name: &'static str) -> Option<String> {
        match self.fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.refuse(name, "string_type", "Input should be a valid string");
                None
            }
            None => {
                self.refuse(name, "missing", "Field required");
                None
            }
        }
    }

    /// A text that may be left out or null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        match self.fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => None,
            Some(_) => {
                self.refuse(name, "string_type", "Input should be a valid string");
                None
            }
        }
    }

    /// Checks a value by its rule.
    pub(super) fn check<T, E: Rule>(
        &mut self,
        name: &'static str,
        parsed: Option<Result<T, E>>,
    ) -> Option<T> {
        match parsed? {
            Ok(value) => Some(value),
            Err(broken) => {
                self.refuse(name, "value_error", broken.told());
                None
            }
        }
    }

    /// Whether nothing was wrong so far.
    pub(super) fn is_right(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Refuses if anything was wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Refusal::fields(self.wrong)) }
    }
}

/// A rule of names, emails or passwords that was broken.
pub(super) trait Rule {
    /// The rule in a sentence, without the value.
    fn told(&self) -> String;
}

impl Rule for crate::domain::NameError {
    fn told(&self) -> String {
        self.to_string()
    }
}

impl Rule for crate::domain::PasswordError {
    fn told(&self) -> String {
        self.to_string()
    }
}

impl Rule for EmailError {
    fn told(&self) -> String {
        self.without_value()
    }
}
