//! One organization: its record, its size, its operation.

use crate::domain::State as OrganizationState;
use crate::http::face::called;
use crate::http::v1::precondition::{self, IfNoneMatch, record};
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, Request};
use crate::service::{Error, OrganizationReference};
use crate::wire::{Organization, OrganizationDetails};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Shows an organization.
#[utoipa::path(get, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "get_organization",
    params(OrganizationPath, IfNoneMatch),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
pub(super) async fn get(request: Request) -> Result<Response, Problem> {
    let found = called(request.service().organization(request.token(), &request.organization()?)).await?;
    Ok(precondition::read(&request.headers, found.epoch, &Organization::from(&found)))
}

/// Shows an organization with the size and the indexes of its collection, and when its admin last signed in.
#[utoipa::path(get, path = "/v1/organizations/{id}/stats", tag = "organizations", operation_id = "get_stats",
    params(OrganizationPath),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The organization with its size", body = OrganizationDetails)))]
pub(super) async fn stats(request: Request) -> Result<Json<OrganizationDetails>, Problem> {
    let (service, token) = (request.service(), request.token());
    let found = Arc::new(called(service.organization(token, &request.organization()?)).await?);
    let (stats, sign_ins) = tokio::join!(
        called(service.organization_stats(token, found.id)),
        called(service.last_sign_ins(token, std::slice::from_ref(&found))),
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
    params(OrganizationPath),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization as it is now", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 204, description = "It was rolled back, and is gone")))]
pub(super) async fn recover(request: Request) -> Result<Response, Problem> {
    request.refuse_key("A repeat finds nothing left to recover.")?;
    let (service, token, reference) = (request.service(), request.token(), request.organization()?);
    let OrganizationReference::Id(id) = reference else { return Err(Error::NotFound.into()) };
    let before = called(service.organization(token, &reference)).await;
    match (called(service.recover_operation(token, id)).await?, before) {
        (Some(found), _) => Ok(record(StatusCode::OK, found.epoch, &Organization::from(&found))),
        (None, Err(unknown @ Error::NotFound)) => Err(unknown.into()),
        (None, Ok(_) | Err(_)) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
