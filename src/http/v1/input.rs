//! The fields of a body: each wrong one is told, an unknown one is refused, and no value is shown.

use super::problem::Problem;
use super::wrong::{Broken, FieldError, Location, refuse};
use crate::http::body;
use axum::body::Body;
use axum::http::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value};

/// The fields of a body, and what is wrong with them so far. It has no `Debug`: passwords are among them.
pub(super) struct Input {
    fields: Map<String, Value>,
    known: Vec<&'static str>,
    wrong: Vec<FieldError>,
    /// Values that break a rule, which are told after those of another type.
    broken: Vec<FieldError>,
}

/// A rule of values.
type Rule = fn(&str) -> Result<(), Broken>;

impl Input {
    /// A body that has to be there.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        Ok(Self::of(body::object(headers, body).await?))
    }

    /// A body that may be left out.
    pub(super) async fn read_if_any(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        Ok(Self::of(body::object_if_any(headers, body).await?))
    }

    fn of(fields: Map<String, Value>) -> Self {
        Self { fields, known: Vec::new(), wrong: Vec::new(), broken: Vec::new() }
    }

    fn refuse(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        self.wrong.push(FieldError::new(Location::Body, name, code, detail));
    }

    /// A text that may be left out or null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        match self.fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            None | Some(Value::Null) => None,
            Some(_) => {
                self.refuse(name, "wrong_type", "Send a text.");
                None
            }
        }
    }

    /// A text that has to be there.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        let before = self.wrong.len();
        let given = self.optional(name);
        self.there(name, given, before)
    }

    /// Refuses a text that is missing, unless more is wrong than before it was looked for.
    fn there(&mut self, name: &str, given: Option<String>, before: usize) -> String {
        if given.is_none() && self.wrong.len() == before {
            self.refuse(name, "missing", "The field is missing.");
        }
        given.unwrap_or_default()
    }

    /// Whether something is asked for; without the field it is not.
    pub(super) fn flag(&mut self, name: &'static str) -> bool {
        self.known.push(name);
        match self.fields.remove(name) {
            Some(Value::Bool(is_set)) => is_set,
            None | Some(Value::Null) => false,
            Some(_) => {
                self.refuse(name, "wrong_type", "Send true or false.");
                false
            }
        }
    }

    /// A text that keeps a rule, and may be left out or null.
    pub(super) fn optional_by(&mut self, name: &'static str, rule: Rule) -> Option<String> {
        let given = self.optional(name);
        if let Some(Err((code, detail))) = given.as_deref().map(rule) {
            self.broken.push(FieldError::new(Location::Body, name, code, detail));
        }
        given
    }

    /// A text that keeps a rule, and has to be there.
    pub(super) fn required_by(&mut self, name: &'static str, rule: Rule) -> String {
        let before = self.wrong.len();
        let given = self.optional_by(name, rule);
        self.there(name, given, before)
    }

    /// Refuses if anything was wrong, or left.
    pub(super) fn finish(self) -> Result<(), Problem> {
        let Self { fields, known, mut wrong, broken } = self;
        wrong.extend(broken);
        wrong.extend(fields.keys().map(|name| FieldError::unknown(Location::Body, name, &known)));
        refuse(wrong)
    }
}

/// A text that must not be shown.
pub(super) fn secret(text: Option<String>) -> Option<SecretString> {
    text.map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::super::wrong;
    use super::*;
    use serde_json::json;

    fn told(fields: Value) -> String {
        let Value::Object(fields) = fields else { return String::new() };
        let mut input = Input::of(fields);
        let _ = input.required_by("organization_name", wrong::name);
        let _ = input.optional_by("password", wrong::password);
        let _ = input.flag("now");
        input.finish().err().map(|problem| problem.body(None)).unwrap_or_default()
    }

    #[test]
    fn each_wrong_field_is_told_and_no_value() {
        assert_eq!(told(json!({"organization_name": "Acme", "password": null, "now": true})), "");
        let told =
            told(json!({"organization_name": 7, "password": "s3cret", "pasword": "hunter2", "now": "x"}));
        let told: Value = serde_json::from_str(&told).unwrap();
        let of = |error: &Value| (error["field"].clone(), error["code"].clone());
        let errors: Vec<_> = told["errors"].as_array().unwrap().iter().map(of).collect();
        assert_eq!(
            errors,
            [
                (json!("organization_name"), json!("wrong_type")),
                (json!("now"), json!("wrong_type")),
                (json!("password"), json!("invalid_password")),
                (json!("pasword"), json!("unknown")),
            ]
        );
        assert!(!told.to_string().contains("s3cret") && !told.to_string().contains("hunter2"));
    }

    #[test]
    fn broken_rule_alone_gives_its_code() {
        let problem = told(json!({"organization_name": ""}));
        assert!(problem.contains("urn:tenantry:problem:invalid_name"), "{problem}");
        let problem = told(json!({}));
        assert!(problem.contains("urn:tenantry:problem:invalid_request"), "{problem}");
    }
}
