//! Refusals as problems of RFC 9457, with the codes of commands.

use super::wrong::FieldError;
use crate::http::body::BodyError;
use crate::http::status::{retry_after, status_of};
use crate::service::error::whole_seconds;
use crate::service::{Confirms, Error};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The type of a body with a problem.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was refused or failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Content {
    /// `urn:tenantry:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(pattern = "^urn:tenantry:problem:[a-z_]+$", example = "urn:tenantry:problem:invalid_request")]
    kind: String,
    /// The kind of problem in words.
    title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request.
    detail: String,
    /// The request, by the id that the log has: `urn:tenantry:request:` and the id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    instance: Option<String>,
    /// The stable code.
    code: &'static str,
    /// What to do next.
    hint: Option<String>,
    /// The field or the parameter that is wrong.
    field: Option<String>,
    /// Whether the same request may succeed later.
    retryable: bool,
    /// Seconds to wait, if the problem sets a wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after: Option<i64>,
    /// The write that may still be completed, if its outcome is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    operation_id: Option<String>,
    /// Each wrong field and parameter, if the request is not of the right form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    #[schema(ignore)]
    wait: Option<i64>,
}

/// A problem on its way out. [`super::finish`] writes its body, because it knows the request.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Content>);

impl Problem {
    /// A problem with a text for this request.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Content {
            kind: format!("urn:tenantry:problem:{code}"),
            title: title_of(code),
            status: status.as_u16(),
            detail: detail.into(),
            instance: None,
            code,
            hint: None,
            field: None,
            retryable: false,
            retry_after: None,
            operation_id: None,
            errors: Vec::new(),
            wait: None,
        }))
    }

    /// What to do next.
    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The header, parameter or field that is wrong.
    pub(super) fn about(mut self, field: &str) -> Self {
        self.0.field = Some(field.to_owned());
        self
    }

    /// The same problem, with the name that a field has in this request.
    pub(super) fn renaming(mut self, from: &str, to: &str) -> Self {
        if self.0.field.as_deref() == Some(from) {
            self.0.field = Some(to.to_owned());
        }
        self
    }

    /// Wrong fields and parameters; at least one. A rule of the domain that is broken alone gives its own code.
    pub(super) fn fields(errors: Vec<FieldError>) -> Self {
        let (code, detail) = match errors.as_slice() {
            [one] => (one.problem_code(), one.detail().to_owned()),
            many => ("invalid_request", format!("{} fields or parameters are wrong.", many.len())),
        };
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
        if let [one] = errors.as_slice() {
            problem.0.field = Some(one.field().to_owned());
        }
        problem.0.errors = errors;
        problem
    }

    /// No bearer.
    pub(super) fn no_bearer() -> Self {
        Self::from(Error::Unauthenticated)
    }

    /// The problem of an answer that has none of its own; a read changes nothing.
    pub(super) fn of_status(status: StatusCode, is_read: bool) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::new(status, "not_found", "There is no such path.")
                .hinted("The paths are in /openapi.json."),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(status, "method_not_allowed", "This path has no such method.")
                    .hinted("The header Allow has its methods.")
            }
            StatusCode::SERVICE_UNAVAILABLE if is_read => {
                Self::new(status, "timed_out", "No answer in time.")
                    .hinted("Ask for less, with a filter or a limit, or try again later.")
                    .waiting(1)
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                Self::new(status, "timed_out", "No answer in time. A change may still be completed.")
                    .hinted("Check whether it was applied. With an Idempotency-Key a repeat is applied once.")
                    .waiting(1)
            }
            other if other.is_client_error() => {
                Self::new(other, "invalid_request", "The request cannot be read.")
            }
            other => Self::new(other, "internal", "An internal error occurred. The log has the details."),
        }
    }

    /// The same, with a header that says when to try again.
    pub(super) fn waiting(mut self, seconds: i64) -> Self {
        self.0.wait = Some(seconds);
        self.0.retryable = true;
        self
    }

    /// Says where the organization was looked for.
    pub(super) fn in_trash(mut self) -> Self {
        if self.0.code == "not_found" {
            "There is no such organization in the trash.".clone_into(&mut self.0.detail);
            self.0.hint = Some("GET /v1/organizations?state=deleted lists it.".to_owned());
        }
        self
    }

    /// The organization or document has changed since the caller read it, as `If-Match` says.
    pub(super) fn in_precondition(mut self) -> Self {
        if self.0.code == "changed" {
            self.0.status = StatusCode::PRECONDITION_FAILED.as_u16();
            self.0.field = Some("If-Match".to_owned());
        }
        self
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The code and the text, where the problem ends a stream.
    pub(super) fn told(&self) -> (&'static str, &str) {
        (self.0.code, &self.0.detail)
    }

    /// Writes the headers that go with it.
    pub(super) fn write_headers(&self, headers: &mut HeaderMap) {
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.0.wait {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
    }

    /// The body, with the id of the request.
    pub(super) fn body(mut self, request: Option<&str>) -> String {
        self.0.instance = request.map(|id| format!("urn:tenantry:request:{id}"));
        serde_json::to_string(&*self.0).unwrap_or_default()
    }
}

/// A code in words: `name_taken` is "Name taken".
fn title_of(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The name of a field in the bodies and parameters here.
fn field_of(error: &Error) -> Option<&'static str> {
    match error.field()? {
        "name" => Some("organization_name"),
        "operation_id" => Some("Idempotency-Key"),
        other => Some(other),
    }
}

/// What to do next, in the words of this face where it has some.
fn hint_of(error: &Error) -> Option<String> {
    if let Some(operation) = error.open_operation() {
        return Some(format!(
            "Send it again with the same Idempotency-Key: it is applied once. Without a key, look for operation_id \
             {operation} in the audit first."
        ));
    }
    if error.ends_session() {
        return Some(
            "Sign in with POST /v1/sessions and send the token in the header Authorization: Bearer."
                .to_owned(),
        );
    }
    if let Error::ConfirmationRequired(confirms) = error {
        return Some(confirmation(*confirms).to_owned());
    }
    let own = [
        (&Error::OperationMismatch, "Send another Idempotency-Key."),
        (&Error::InvalidCursor, "Ask for the list again without cursor."),
        (&Error::WrongCurrentPassword, "Send current_password."),
        (&Error::NotFound, "GET /v1/organizations lists them; GET /v1/trash/{id} shows a deleted one."),
    ];
    let own = own.iter().find(|(known, _)| *known == error).map(|(_, hint)| (*hint).to_owned());
    own.or_else(|| error.hint())
}

fn confirmation(confirms: Confirms) -> &'static str {
    match confirms {
        Confirms::Organization => "Send its name in the parameter confirm.",
        Confirms::Operator => "Send the email in the parameter confirm.",
        Confirms::Document => "Send the id in the parameter confirm.",
        Confirms::Repair | Confirms::PurgeExpired | Confirms::ReadSizes => "Send the parameter confirm.",
    }
}

/// What is wrong, in the words of this face where it has some.
fn detail_of(error: &Error) -> String {
    let own = [
        // It may never have existed.
        (&Error::NotFound, "There is no such organization."),
        (&Error::NothingToChange, "There is nothing to change: the body has no new value."),
    ];
    let own = own.iter().find(|(known, _)| *known == error).map(|(_, detail)| (*detail).to_owned());
    own.unwrap_or_else(|| error.to_string())
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(status_of(&error), error.code(), detail_of(&error));
        problem.0.hint = hint_of(&error);
        problem.0.field = field_of(&error).map(str::to_owned);
        problem.0.retryable = error.retryable();
        problem.0.operation_id = error.open_operation().map(|operation| operation.to_string());
        problem.0.wait = retry_after(&error);
        if let Error::Throttled { retry_after } = &error {
            problem.0.retry_after = Some(whole_seconds(*retry_after));
        }
        problem
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.")
                    .hinted("Send at most 64 KiB, or 17 MiB of documents.")
            }
            BodyError::TooSlow => {
                Self::new(StatusCode::REQUEST_TIMEOUT, "timed_out", "The body did not arrive in time.")
            }
            BodyError::Broken => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The body ends too early, or its chunks are malformed.",
            ),
            BodyError::NotJson => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body has a content type that is not JSON.",
            )
            .hinted("Send the body as application/json."),
            BodyError::Compressed => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body is compressed.",
            )
            .hinted("Send it without Content-Encoding."),
            BodyError::Invalid(position) => {
                let place = position.map(|at| format!(" (byte {at})")).unwrap_or_default();
                let detail = format!("The body is not JSON, or an object in it has a key twice{place}.");
                Self::new(StatusCode::BAD_REQUEST, "invalid_json", detail)
            }
            BodyError::NotAnObject => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_request",
                "The body is not a JSON object.",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        self.write_headers(response.headers_mut());
        response.extensions_mut().insert(self);
        response
    }
}

/// The headers of an answer with a problem.
pub(super) fn describe(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.remove(header::CONTENT_LENGTH);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_is_the_code_in_words() {
        assert_eq!(title_of("name_taken"), "Name taken");
        assert_eq!(title_of("busy"), "Busy");
    }

    #[test]
    fn an_answer_out_of_time_says_when_to_ask_again_and_what_may_have_been_done() {
        for (is_read, may_be_done) in [(true, false), (false, true)] {
            let problem = Problem::of_status(StatusCode::SERVICE_UNAVAILABLE, is_read);
            assert_eq!(problem.0.detail.contains("change"), may_be_done);
            let mut headers = HeaderMap::new();
            problem.write_headers(&mut headers);
            assert_eq!((problem.0.retryable, headers.contains_key(header::RETRY_AFTER)), (true, true));
        }
    }

    #[test]
    fn a_broken_body_is_no_slow_one() {
        let of = |error| {
            let problem = Problem::from(error);
            (problem.0.status, problem.0.code)
        };
        assert_eq!(of(BodyError::Broken), (400, "invalid_request"));
        assert_eq!(of(BodyError::TooSlow), (408, "timed_out"));
    }

    #[test]
    fn problem_names_its_request_and_its_code() {
        let body = Problem::from(Error::NameTaken("Acme".into())).body(Some("r-1"));
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["type"], "urn:tenantry:problem:name_taken");
        assert_eq!(body["instance"], "urn:tenantry:request:r-1");
        assert_eq!(body["status"], 409);
        assert_eq!(body["field"], "organization_name");
        assert_eq!(body["errors"], serde_json::Value::Null);
    }
}
