//! Refusals in the old service's shape: `detail`, and beside it `code` and `hint`.

use super::shapes::{HTTPValidationError, Place, Told, ValidationError};
use crate::http::body::BodyError;
use crate::http::parameters::ParameterError;
use crate::http::status::{retry_after, status_of};
use crate::service::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Callers compare these texts.
const NO_BEARER: &str = "Not authenticated";
const BAD_TOKEN: &str = "Invalid authentication credentials";
const WRONG_CREDENTIALS: &str = "Invalid credentials";
const NO_ORGANIZATION: &str = "Organization not found";
const OWN_ONLY: &str = "You can only delete your own organization";

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    said: Said,
    retry_after: Option<i64>,
}

#[derive(Debug)]
enum Said {
    Text(Told),
    Fields(HTTPValidationError),
}

impl Refusal {
    fn text(status: StatusCode, detail: &str, code: &'static str) -> Self {
        let said = Said::Text(Told { detail: detail.to_owned(), code, hint: None });
        Self { status, said, retry_after: None }
    }

    fn hinted(mut self, hint: &str) -> Self {
        if let Said::Text(detail) = &mut self.said {
            detail.hint = Some(hint.to_owned());
        }
        self
    }

    /// No bearer.
    pub(super) fn no_bearer() -> Self {
        Self::text(StatusCode::UNAUTHORIZED, NO_BEARER, "unauthenticated")
            .hinted("Send the header Authorization: Bearer with the token of a sign-in.")
    }

    /// Another organization than one's own, there or not.
    pub(super) fn own_only() -> Self {
        Self::text(StatusCode::FORBIDDEN, OWN_ONLY, "forbidden").hinted("Give its name exactly as it is.")
    }

    /// A name that another organization has, in the words of the route.
    pub(super) fn taken(detail: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, detail, "name_taken").hinted("Choose another name.")
    }

    /// Wrong fields; at least one.
    pub(super) fn fields(detail: Vec<ValidationError>) -> Self {
        let hint = Some("Correct what detail names, then send the request again.".to_owned());
        let said = Said::Fields(HTTPValidationError { detail, code: "invalid_request", hint });
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, said, retry_after: None }
    }

    /// A key that is empty, or two.
    pub(super) fn key() -> Self {
        let msg = "Send one key that is not empty".to_owned();
        Self::fields(vec![ValidationError { loc: at_key(), msg, kind: "value_error" }])
    }

    /// A parameter without a single value.
    pub(super) fn parameter(name: &'static str, error: ParameterError) -> Self {
        let (kind, msg) = match error {
            ParameterError::Missing => ("missing", "Field required"),
            ParameterError::Twice => ("repeated", "The parameter is there twice; send it once"),
        };
        let loc = vec![Place::Name("query"), Place::Name(name)];
        Self::fields(vec![ValidationError { loc, msg: msg.to_owned(), kind }])
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let (kind, msg, position) = match error {
            BodyError::TooLarge => {
                return Self::text(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", "too_large")
                    .hinted("Send at most 64 KiB.");
            }
            BodyError::TooSlow => {
                let detail = "The body did not arrive in time";
                return Self::text(StatusCode::REQUEST_TIMEOUT, detail, "timed_out")
                    .hinted("Send the whole body at once.");
            }
            BodyError::Broken => {
                return Self::text(StatusCode::BAD_REQUEST, "The body is broken", "invalid_request")
                    .hinted("Send as many bytes as Content-Length says, or whole chunks.");
            }
            BodyError::NotJson => ("json_type", "Send the body as application/json", None),
            BodyError::Compressed => {
                ("json_invalid", "The body is compressed; send it without Content-Encoding", None)
            }
            BodyError::Invalid(position) => {
                ("json_invalid", "The body is no JSON, or has a key twice", position)
            }
            BodyError::NotAnObject => ("object_type", "The body should be a JSON object", None),
        };
        let loc = [Some(Place::Name("body")), position.map(Place::Position)].into_iter().flatten().collect();
        Self::fields(vec![ValidationError { loc, msg: msg.to_owned(), kind }])
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let (code, hint) = (error.code(), hint_for(&error));
        let old_text = old_text(&error);
        let is_email = matches!(error, Error::EmailTaken(_));
        let status = if is_email { StatusCode::BAD_REQUEST } else { status_of(&error) };
        let detail = old_text.map_or_else(|| error.to_string(), str::to_owned);
        let said = if status == StatusCode::UNPROCESSABLE_ENTITY {
            // With this status callers read a list.
            let is_key = error == Error::OperationMismatch;
            let loc = if is_key { at_key() } else { vec![Place::Name("body")] };
            let detail = vec![ValidationError { loc, msg: detail, kind: code }];
            Said::Fields(HTTPValidationError { detail, code, hint })
        } else {
            Said::Text(Told { detail, code, hint })
        };
        Self { status, said, retry_after: retry_after(&error) }
    }
}

fn at_key() -> Vec<Place> {
    vec![Place::Name("header"), Place::Name("Idempotency-Key")]
}

/// The text that callers compare, and one that does not repeat an email.
fn old_text(error: &Error) -> Option<&'static str> {
    if error.ends_session() {
        Some(BAD_TOKEN)
    } else if *error == Error::InvalidCredentials {
        Some(WRONG_CREDENTIALS)
    } else if *error == Error::NotFound {
        Some(NO_ORGANIZATION)
    } else if matches!(error, Error::EmailTaken(_)) {
        Some("This email already signs in to another account")
    } else {
        None
    }
}

/// What a caller of these routes does next, also where commands and console have no hint of their own.
fn hint_for(error: &Error) -> Option<String> {
    let hint = match error.code() {
        "invalid_credentials" if *error == Error::WrongCurrentPassword => {
            "Send the password of the account as current_password."
        }
        "invalid_credentials" => "Check email and password. The case of the password counts.",
        "not_found" => "Check the name.",
        "forbidden" => "Use the session of an operator.",
        "throttled" => "Wait as many seconds as the header Retry-After says.",
        "operation_mismatch" => "Send another request with another Idempotency-Key.",
        "internal" => "The log of the server has the cause under the same request id.",
        _ => return error.hint(),
    };
    Some(hint.to_owned())
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = match self.said {
            Said::Text(detail) => (self.status, Json(detail)).into_response(),
            Said::Fields(fields) => (self.status, Json(fields)).into_response(),
        };
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// No such path.
pub(in crate::http) fn not_found() -> Response {
    Refusal::text(StatusCode::NOT_FOUND, "Not Found", "not_found")
        .hinted("The page /docs lists every path.")
        .into_response()
}

/// No host, or two.
pub(in crate::http) fn no_host() -> Response {
    Refusal::text(StatusCode::BAD_REQUEST, "The request does not name one host", "invalid_request")
        .hinted("Send one header Host, as HTTP/1.1 demands.")
        .into_response()
}

/// No such method.
pub(in crate::http) fn method_not_allowed() -> Response {
    Refusal::text(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", "method_not_allowed")
        .hinted("The page /docs lists the methods of every path.")
        .into_response()
}

/// The request took too long; a read changes nothing.
pub(in crate::http) fn too_slow(is_read: bool) -> Response {
    let (text, hint) = if is_read {
        ("No answer in time", "Try again later.")
    } else {
        (
            "No answer in time; a change may still be completed",
            "Check whether it was applied. A repeat with the same Idempotency-Key is applied once.",
        )
    };
    let refusal = Refusal::text(StatusCode::SERVICE_UNAVAILABLE, text, "timed_out").hinted(hint);
    Refusal { retry_after: Some(1), ..refusal }.into_response()
}

/// A route panicked; the log has the panic.
pub(in crate::http) fn failed() -> Response {
    let error = Error::internal(&"a route panicked");
    Refusal::from(error).into_response()
}
