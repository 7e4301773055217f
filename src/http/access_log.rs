//! One log line for each request: what was asked and answered, and how long it took. Neither query, headers nor bodies:
//! they have names and secrets.

use super::face::Face;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

/// The header with the id of a request, in log and answer.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes of a caller's request id at most.
const MAX_ID: usize = 64;

/// The route of a request that none has.
const UNKNOWN: &str = "unknown";

/// Logs and counts a request, and gives it an id.
pub(super) async fn log(State(face): State<Arc<Face>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let under_way = face.metrics.begin();
    let id = id_of(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or(UNKNOWN, MatchedPath::as_str).to_owned();
    if let Ok(value) = HeaderValue::from_str(&id) {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let span = tracing::info_span!("request", %id);
    let mut response = next.run(request).instrument(span).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    face.metrics.answered(known_method(method.as_str()), &route, status, took);
    drop(under_way);
    let milliseconds = took.as_secs_f64() * 1_000.0;
    tracing::info!(%id, %method, route, status, milliseconds, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The caller's own id if it can stand in a log line, else a new one.
fn id_of(request: &Request) -> String {
    let is_plain = |id: &&str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=MAX_ID).contains(&id.len()) && id.bytes().all(allowed)
    };
    let given = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    given.filter(is_plain).map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// A method as a label: a client can invent any number of others.
fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}
