//! `/v1/trash`: deleted organizations. The list of organizations with `state=deleted` lists them.

use super::input::secret;
use super::key::Key;
use super::organizations::changed;
use super::precondition::{self, IfMatch, IfNoneMatch};
use super::problem::Problem;
use super::request::{OrganizationPath, Request, WithQuery};
use super::shapes::Restoration;
use super::wrong;
use crate::http::face::{Face, called};
use crate::service::RestoreOrganization;
use crate::wire::{Organization, PurgedExpired, PurgedOrganization};
use axum::Json;
use axum::body::Body;
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
    params(OrganizationPath, Key, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Restored", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
async fn restore(request: Request, body: Body) -> Result<Response, Problem> {
    let (reference, operation, precondition) = request.change()?;
    let mut input = request.input_if_any(body).await?;
    let mut new = RestoreOrganization {
        name: input.optional_by("organization_name", wrong::name),
        admin_email: input.optional_by("admin_email", wrong::email),
        admin_password: secret(input.optional_by("password", wrong::password)),
        expected: None,
    };
    input.finish()?;
    let read = request.service().preview_purge(request.token(), &reference, None);
    new.expected = precondition.epoch(called(read)).await;
    let call = request.service().restore_organization(request.token(), &reference, new, operation);
    changed(&precondition, called(call).await).map_err(Problem::in_trash)
}

/// Shows a deleted organization.
#[utoipa::path(get, path = "/v1/trash/{id}", tag = "trash", operation_id = "get_deleted_organization",
    params(OrganizationPath, IfNoneMatch),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The organization", body = Organization,
            headers(("ETag" = String, description = "Its epoch"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
async fn get(request: Request) -> Result<Response, Problem> {
    let reference = request.organization()?;
    // Only a purge finds organizations in the trash.
    let found = called(request.service().preview_purge(request.token(), &reference, None)).await;
    let found = found.map_err(|error| Problem::from(error).in_trash())?;
    Ok(precondition::read(&request.headers, found.epoch, &Organization::from(&found)))
}

/// Removes a deleted organization for good.
#[utoipa::path(delete, path = "/v1/trash/{id}", tag = "trash", operation_id = "purge_organization",
    params(OrganizationPath, ("confirm" = String, Query, description = "Its name, exactly"), Key, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Removed", body = PurgedOrganization)))]
async fn purge(asked: WithQuery) -> Result<Json<PurgedOrganization>, Problem> {
    let (confirm, request) = asked.read(|query| query.text("confirm").unwrap_or_default())?;
    let (reference, operation, precondition) = request.change()?;
    let read = request.service().preview_purge(request.token(), &reference, None);
    let expected = precondition.epoch(called(read)).await;
    let call =
        request.service().purge_organization(request.token(), &reference, &confirm, expected, operation);
    let purged = called(call).await.map_err(|error| precondition.explain(error).in_trash())?;
    Ok(Json(PurgedOrganization::from(&purged)))
}

/// Removes for good every deleted organization whose time in the trash is over. A repeat removes what is left.
#[utoipa::path(post, path = "/v1/trash/purge", tag = "trash", operation_id = "purge_expired",
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "How many were removed", body = PurgedExpired)))]
async fn purge_expired(request: Request) -> Result<Json<PurgedExpired>, Problem> {
    request.refuse_key("A repeat removes what is left.")?;
    let mut purged = 0;
    loop {
        match called(request.service().purge_expired(request.token())).await {
            Ok(0) => break,
            Ok(some) => purged += some,
            // What was removed is told; a repeat tells the error.
            Err(_) if purged > 0 => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(PurgedExpired { purged }))
}
