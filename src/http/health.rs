//! For those who run it: whether the process lives, and whether it can serve.

use super::face::Face;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The answer of both.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `live`, `ready` or `not_ready`.
    status: &'static str,
    /// Why not, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/health/live", tag = "operation", operation_id = "live",
    responses((status = 200, description = "It answers", body = Health)))]
pub(super) async fn live() -> Json<Health> {
    Json(Health { status: "live", code: None })
}

/// Whether the store answers and has an operator, and the process is not ending.
#[utoipa::path(get, path = "/health/ready", tag = "operation", operation_id = "ready",
    responses(
        (status = 200, description = "It serves", body = Health),
        (status = 503, description = "It cannot serve", body = Health)))]
pub(super) async fn ready(State(face): State<Arc<Face>>) -> (StatusCode, Json<Health>) {
    let code = if *face.ending.borrow() {
        Some("terminated")
    } else {
        match tokio::time::timeout(PATIENCE, face.service.is_ready()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.code()),
            Err(_) => Some("timed_out"),
        }
    };
    match code {
        None => (StatusCode::OK, Json(Health { status: "ready", code: None })),
        code => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "not_ready", code })),
    }
}
