//! `GET /v1/events`: what changes, as it changes (server-sent events).

mod feed;
mod heard;

use super::problem::Problem;
use super::request::Request;
use crate::http::face::Face;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use feed::Feed;
use futures_util::{StreamExt as _, stream};
use heard::Heard;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How often a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Seconds after which a place may be free.
const WAIT: i64 = 10;
/// The header with which a client resumes.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(events))
}

/// Tells what changes in the caller's scope until the session or the server ends.
///
/// `ready`: what was written before is in what you read now. `organization`: it was written; the data is the record with
/// its `epoch`. `gone`: it was removed for good. `entry`: an entry of the audit. `reload`: too much changed, read the lists
/// again. `end`: the last event, with a code. `Last-Event-ID` resumes without a gap; something may be told twice. A comment
/// every 15 s shows that the connection lives.
#[utoipa::path(get, path = "/v1/events", tag = "events", operation_id = "listen",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was heard")),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream")))]
async fn events(request: Request) -> Result<Response, Problem> {
    let place = request.face.listeners.take(&request.session.principal).ok_or_else(too_many)?;
    let from = request.headers.get(LAST_EVENT_ID).map(Heard::read).transpose()?;
    let (feed, first) = Feed::begin(request.face, request.session.token, from).await?;
    let rest = stream::unfold(Some(feed), |feed| async move { feed?.next().await });
    let told = stream::iter([first]).chain(rest).flat_map(stream::iter);
    let events = told.map(move |message| {
        // Held until the client leaves.
        let _ = &place;
        Ok::<Event, Infallible>(message.into())
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // A proxy that gathers the answer would hold events back.
    let no = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), no);
    Ok(response)
}

fn too_many() -> Problem {
    let detail = "Too many clients listen already, of this account or in all.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).waiting(WAIT)
}
