//! One log line for each request: what was asked and answered, and how long it took. Neither query, headers nor bodies:
//! they have names and secrets.

use super::face::Face;
use super::metrics::UnderWay;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
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

/// The status of a request whose client left before the answer, or was cut off; nobody got it.
const LEFT: u16 = 499;

/// A request under way. It is logged and counted when this is dropped: also when its client leaves, while its write goes
/// on.
struct Entry {
    face: Arc<Face>,
    began: Instant,
    id: String,
    method: Method,
    route: String,
    status: u16,
    _under_way: UnderWay,
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Self { face, began, id, method, route, status, .. } = self;
        let took = began.elapsed();
        face.metrics.answered(known_method(method.as_str()), route, *status, took);
        let milliseconds = took.as_secs_f64() * 1_000.0;
        let what = if *status == LEFT { "the client left" } else { "answered" };
        tracing::info!(%id, %method, route, status, milliseconds, "{what}");
    }
}

/// Logs and counts a request, and gives it an id.
pub(super) async fn log(State(face): State<Arc<Face>>, mut request: Request, next: Next) -> Response {
    let id = id_of(&request);
    let route = request.extensions().get::<MatchedPath>().map_or(UNKNOWN, MatchedPath::as_str).to_owned();
    let header = HeaderValue::from_str(&id).ok();
    if let Some(value) = header.clone() {
        request.headers_mut().insert(REQUEST_ID, value);
    }
    let span = tracing::info_span!("request", %id);
    let mut entry = Entry {
        began: Instant::now(),
        id,
        method: request.method().clone(),
        route,
        status: LEFT,
        _under_way: face.metrics.begin(),
        face,
    };
    let mut response = next.run(request).instrument(span).await;
    entry.status = response.status().as_u16();
    drop(entry);
    if let Some(value) = header {
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
