//! What is wrong with the form of a request, field by field. A value is never shown: it may be a secret.

use super::problem::Problem;
use crate::domain::{Email, NameError, OrganizationName, Password, PasswordError};
use crate::service::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// Characters of an unknown name that are shown at most.
const SHOWN: usize = 40;

/// Where a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Location {
    /// In the body.
    Body,
    /// In the query.
    Query,
}

/// A wrong field or parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// Its name.
    field: String,
    /// Where it is.
    location: Location,
    /// A stable code: that of a broken rule, or `missing`, `wrong_type`, `unknown`, `repeated`, `out_of_range`.
    code: &'static str,
    /// What is wrong.
    detail: String,
}

impl FieldError {
    pub(super) fn new(
        location: Location,
        field: &str,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { field: field.to_owned(), location, code, detail: detail.into() }
    }

    /// A field or parameter that the route does not have.
    pub(super) fn unknown(location: Location, name: &str, known: &[&str]) -> Self {
        let what = match location {
            Location::Body => "field",
            Location::Query => "parameter",
        };
        let known = match known {
            [] => format!("There is no such {what}; this request has none."),
            known => format!("There is no such {what}; there are: {}.", known.join(", ")),
        };
        Self::new(location, shown_name(name), "unknown", known)
    }

    pub(super) fn field(&self) -> &str {
        &self.field
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// The code of a problem that consists of this alone: that of the rule, or the one of a request of the wrong form.
    pub(super) fn problem_code(&self) -> &'static str {
        if self.code.starts_with("invalid_") { self.code } else { "invalid_request" }
    }
}

/// A name that a caller chose, if it looks like one.
pub(super) fn shown_name(name: &str) -> &str {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "_-.$[]".contains(letter);
    let is_plain = name.chars().count() <= SHOWN && name.chars().all(allowed) && !name.is_empty();
    if is_plain { name } else { "(another)" }
}

/// Refuses if anything is wrong.
pub(super) fn refuse(wrong: Vec<FieldError>) -> Result<(), Problem> {
    if wrong.is_empty() { Ok(()) } else { Err(Problem::fields(wrong)) }
}

/// The code and the text of a broken rule, without the value.
pub(super) type Broken = (&'static str, String);

fn broken(error: &Error) -> Broken {
    (error.code(), error.to_string())
}

/// The rule of names.
pub(super) fn name(text: &str) -> Result<(), Broken> {
    OrganizationName::parse(text).map(drop).map_err(|error: NameError| broken(&Error::InvalidName(error)))
}

/// The rule of emails.
pub(super) fn email(text: &str) -> Result<(), Broken> {
    Email::parse(text).map(drop).map_err(|error| {
        let detail = error.without_value();
        (Error::InvalidEmail(error).code(), detail)
    })
}

/// The rule of new passwords.
pub(super) fn password(text: &str) -> Result<(), Broken> {
    Password::new(text.into())
        .map(drop)
        .map_err(|error: PasswordError| broken(&Error::InvalidPassword(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_that_may_be_anything_is_not_shown() {
        let of = |name: &str| FieldError::unknown(Location::Body, name, &["a"]).field;
        assert_eq!(of("organisation_name"), "organisation_name");
        for other in ["my secret", "", "pässword", &"x".repeat(SHOWN + 1)] {
            assert_eq!(of(other), "(another)");
        }
    }
}
