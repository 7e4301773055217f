//! `/v1/organizations/{id}/suspension`.

use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::input::Input;
use crate::http::v1::precondition::{Precondition, record};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::reference;
use crate::http::v1::session::Session;
use crate::http::v1::shapes::NewSuspension;
use crate::wire::Organization;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Suspends an organization: its admin's sessions end, and sign-in is refused with the reason. A suspended one gets the
/// new reason.
#[utoipa::path(post, path = "/v1/organizations/{id}/suspension", tag = "organizations",
    operation_id = "suspend_organization",
    request_body = NewSuspension,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Suspended", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn suspend(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let (reference, operation) = (reference(&id)?, session.operation(&headers)?);
    let precondition = Precondition::of(&headers)?;
    let mut input = Input::read(&headers, body).await?;
    let reason = input.required("reason");
    input.finish()?;
    let expected = precondition.epoch(called(face.service.organization(&session.token, &reference))).await;
    let call = face.service.suspend_organization(&session.token, &reference, &reason, expected, operation);
    let changed = call.await.map_err(|error| precondition.explain(error))?;
    Ok(record(StatusCode::OK, changed.epoch, &Organization::from(&changed)))
}

/// Resumes a suspended organization. If it is not suspended, this changes nothing.
#[utoipa::path(delete, path = "/v1/organizations/{id}/suspension", tag = "organizations",
    operation_id = "resume_organization",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Not suspended", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn resume(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query.finish()?;
    let (reference, operation) = (reference(&id)?, session.operation(&headers)?);
    let precondition = Precondition::of(&headers)?;
    let expected = precondition.epoch(called(face.service.organization(&session.token, &reference))).await;
    let call = face.service.resume_organization(&session.token, &reference, expected, operation);
    let changed = call.await.map_err(|error| precondition.explain(error))?;
    Ok(record(StatusCode::OK, changed.epoch, &Organization::from(&changed)))
}
