//! The last step of every answer below `/v1`: a problem gets its body and the id of its request.

use super::problem::{Problem, describe};
use crate::http::access_log::REQUEST_ID;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Writes the body of a problem. An error that no handler made (unknown path or method, a time-out, a panic) becomes a
/// problem too.
pub(in crate::http) async fn finish(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path != "/v1" && !path.starts_with("/v1/") {
        return next.run(request).await;
    }
    let is_read = request.method().is_safe();
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut response = next.run(request).await;
    let status = response.status();
    let made = response.extensions_mut().remove::<Problem>();
    let of_status = || {
        (status.is_client_error() || status.is_server_error()).then(|| Problem::of_status(status, is_read))
    };
    if let Some(problem) = made.or_else(of_status) {
        problem.write_headers(response.headers_mut());
        *response.body_mut() = Body::from(problem.body(id.as_deref()));
        describe(response.headers_mut());
    }
    response
}
