//! `DELETE /v1/organizations/{id}`.

use crate::http::face::called;
use crate::http::v1::key::Key;
use crate::http::v1::precondition::IfMatch;
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, WithQuery};
use crate::wire::DeletedOrganization;
use axum::Json;

/// Deletes an organization with its admin and its collection: into the trash or, with `now`, for good.
#[utoipa::path(delete, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "delete_organization",
    params(
        OrganizationPath,
        ("confirm" = String, Query, description = "Its name, exactly"),
        ("now" = Option<bool>, Query, description = "Skips the trash; only operators"),
        Key,
        IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Deleted", body = DeletedOrganization)))]
pub(super) async fn delete(asked: WithQuery) -> Result<Json<DeletedOrganization>, Problem> {
    let ((confirm, now), request) =
        asked.read(|query| (query.text("confirm").unwrap_or_default(), query.flag("now")))?;
    let (reference, operation, precondition) = request.change()?;
    let expected = request.expected(&precondition, &reference).await;
    let (service, token) = (request.service(), request.token());
    let call = service.delete_organization(token, &reference, &confirm, expected, now, operation);
    let deleted = called(call).await.map_err(|error| precondition.explain(error))?;
    Ok(Json(DeletedOrganization::from(&deleted)))
}
