//! One organization: its record, its size, its operation.

use crate::domain::State as OrganizationState;
use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::precondition::{self, record};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::reference;
use crate::http::v1::session::Session;
use crate::service::{Error, OrganizationReference};
use crate::wire::{Organization, OrganizationDetails};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Shows an organization.
#[utoipa::path(get, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "get_organization",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
pub(super) async fn get(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query.finish()?;
    let found = called(face.service.organization(&session.token, &reference(&id)?)).await?;
    Ok(precondition::read(&headers, found.epoch, &Organization::from(&found)))
}

/// Shows an organization with the size and the indexes of its collection, and when its admin last signed in.
#[utoipa::path(get, path = "/v1/organizations/{id}/stats", tag = "organizations", operation_id = "get_stats",
    params(("id" = Uuid, Path)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The organization with its size", body = OrganizationDetails)))]
pub(super) async fn stats(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<OrganizationDetails>, Problem> {
    query.finish()?;
    let token = &session.token;
    let found = Arc::new(called(face.service.organization(token, &reference(&id)?)).await?);
    let (stats, sign_ins) = tokio::join!(
        called(face.service.organization_stats(token, found.id)),
        called(face.service.last_sign_ins(token, std::slice::from_ref(&found))),
    );
    let last_sign_in_at = sign_ins?.get(&found.id).copied();
    let (stats, is_missing) = match stats {
        Ok(stats) => (Some(stats), false),
        // While an operation moves the collection, it is not missing.
        Err(Error::CollectionMissing(_)) => (None, found.state == OrganizationState::Active),
        Err(Error::Busy(_)) => (None, false),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(OrganizationDetails::new(&found, stats.as_ref(), is_missing, last_sign_in_at)))
}

/// Recovers the operation on an organization now instead of when its lease is over: it is completed or rolled back. The
/// process that began it stops.
#[utoipa::path(post, path = "/v1/organizations/{id}/recovery", tag = "organizations",
    operation_id = "recover_organization",
    params(("id" = Uuid, Path)),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization as it is now", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 204, description = "It was rolled back, and is gone")))]
pub(super) async fn recover(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, Problem> {
    query.finish()?;
    let reference = reference(&id)?;
    let OrganizationReference::Id(id) = reference else { return Err(Error::NotFound.into()) };
    let before = called(face.service.organization(&session.token, &reference)).await;
    match (called(face.service.recover_operation(&session.token, id)).await?, before) {
        (Some(found), _) => Ok(record(StatusCode::OK, found.epoch, &Organization::from(&found))),
        (None, Err(unknown @ Error::NotFound)) => Err(unknown.into()),
        (None, Ok(_) | Err(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
