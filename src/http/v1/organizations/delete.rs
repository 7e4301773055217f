//! `DELETE /v1/organizations/{id}`.

use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::precondition::Precondition;
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::reference;
use crate::http::v1::session::Session;
use crate::wire::DeletedOrganization;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use std::sync::Arc;

/// Deletes an organization with its admin and its collection: into the trash or, with `now`, for good.
#[utoipa::path(delete, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "delete_organization",
    params(
        ("id" = Uuid, Path),
        ("confirm" = String, Query, description = "Its name, exactly"),
        ("now" = Option<bool>, Query, description = "Skips the trash; only operators"),
        ("Idempotency-Key" = Option<String>, Header),
        ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Deleted", body = DeletedOrganization)))]
pub(super) async fn delete(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    mut query: Query,
    headers: HeaderMap,
) -> Result<Json<DeletedOrganization>, Problem> {
    let (confirm, now) = (query.text("confirm").unwrap_or_default(), query.flag("now"));
    query.finish()?;
    let (reference, operation) = (reference(&id)?, session.operation(&headers)?);
    let precondition = Precondition::of(&headers)?;
    let expected = precondition.epoch(called(face.service.organization(&session.token, &reference))).await;
    let call =
        face.service.delete_organization(&session.token, &reference, &confirm, expected, now, operation);
    let deleted = call.await.map_err(|error| precondition.explain(error))?;
    Ok(Json(DeletedOrganization::from(&deleted)))
}
