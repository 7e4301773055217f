//! `/v1/trash`: deleted organizations. The list of organizations with `state=deleted` lists them.

use super::input::{Input, secret};
use super::precondition::{self, Precondition, record};
use super::problem::Problem;
use super::query::Query;
use super::session::Session;
use super::shapes::Restoration;
use super::{reference, wrong};
use crate::http::face::Face;
use crate::http::face::called;
use crate::service::RestoreOrganization;
use crate::wire::{Organization, PurgedExpired, PurgedOrganization};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(restore)).routes(routes!(get, purge)).routes(routes!(purge_expired))
}

/// Restores an organization from the trash, with its old values or with new ones. A suspended one stays suspended.
#[utoipa::path(post, path = "/v1/organizations/{id}/restoration", tag = "trash",
    operation_id = "restore_organization",
    request_body(content = Option<Restoration>),
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Restored", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
async fn restore(
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
    let mut input = Input::read_if_any(&headers, body).await?;
    let name = input.optional("organization_name");
    let admin_email = input.optional("admin_email");
    let password = input.optional("password");
    input.check("organization_name", name.as_deref(), wrong::name);
    input.check("admin_email", admin_email.as_deref(), wrong::email);
    input.check("password", password.as_deref(), wrong::password);
    input.finish()?;
    let request = RestoreOrganization {
        name,
        admin_email,
        admin_password: secret(password),
        expected: precondition
            .epoch(called(face.service.preview_purge(&session.token, &reference, None)))
            .await,
    };
    let restored =
        called(face.service.restore_organization(&session.token, &reference, request, operation)).await;
    let restored = restored.map_err(|error| precondition.explain(error))?;
    Ok(record(StatusCode::OK, restored.epoch, &Organization::from(&restored)))
}

/// Shows a deleted organization.
#[utoipa::path(get, path = "/v1/trash/{id}", tag = "trash", operation_id = "get_deleted_organization",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
async fn get(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query.finish()?;
    // Only a purge finds organizations in the trash.
    let found = called(face.service.preview_purge(&session.token, &reference(&id)?, None)).await?;
    Ok(precondition::read(&headers, found.epoch, &Organization::from(&found)))
}

/// Removes a deleted organization for good.
#[utoipa::path(delete, path = "/v1/trash/{id}", tag = "trash", operation_id = "purge_organization",
    params(
        ("id" = Uuid, Path),
        ("confirm" = String, Query, description = "Its name, exactly"),
        ("Idempotency-Key" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Removed", body = PurgedOrganization)))]
async fn purge(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    mut query: Query,
    headers: HeaderMap,
) -> Result<Json<PurgedOrganization>, Problem> {
    let confirm = query.text("confirm").unwrap_or_default();
    query.finish()?;
    let (reference, operation) = (reference(&id)?, session.operation(&headers)?);
    let purged =
        called(face.service.purge_organization(&session.token, &reference, &confirm, operation)).await?;
    Ok(Json(PurgedOrganization::from(&purged)))
}

/// Removes for good every deleted organization whose time in the trash is over. A repeat removes what is left.
#[utoipa::path(post, path = "/v1/trash/purge", tag = "trash", operation_id = "purge_expired",
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "How many were removed", body = PurgedExpired)))]
async fn purge_expired(
    State(face): State<Arc<Face>>,
    session: Session,
    query: Query,
) -> Result<Json<PurgedExpired>, Problem> {
    query.finish()?;
    let mut purged = 0;
    loop {
        match called(face.service.purge_expired(&session.token)).await {
            Ok(0) => break,
            Ok(some) => purged += some,
            // What was removed is told; a repeat tells the error.
            Err(_) if purged > 0 => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(PurgedExpired { purged }))
}
