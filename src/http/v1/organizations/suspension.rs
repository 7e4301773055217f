//! `/v1/organizations/{id}/suspension`.

use super::changed;
use crate::http::face::called;
use crate::http::v1::key::Key;
use crate::http::v1::precondition::IfMatch;
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, Request};
use crate::http::v1::shapes::NewSuspension;
use crate::wire::Organization;
use axum::body::Body;
use axum::response::Response;

/// Suspends an organization: its admin's sessions end, and sign-in is refused with the reason. A suspended one gets the
/// new reason.
#[utoipa::path(post, path = "/v1/organizations/{id}/suspension", tag = "organizations",
    operation_id = "suspend_organization",
    request_body = NewSuspension,
    params(OrganizationPath, Key, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Suspended", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn suspend(request: Request, body: Body) -> Result<Response, Problem> {
    let (reference, operation, precondition) = request.change()?;
    let mut input = request.input(body).await?;
    let reason = input.required("reason");
    input.finish()?;
    let expected = request.expected(&precondition, &reference).await;
    let (service, token) = (request.service(), request.token());
    let call = service.suspend_organization(token, &reference, &reason, expected, operation);
    changed(&precondition, called(call).await)
}

/// Resumes a suspended organization. If it is not suspended, this changes nothing.
#[utoipa::path(delete, path = "/v1/organizations/{id}/suspension", tag = "organizations",
    operation_id = "resume_organization",
    params(OrganizationPath, Key, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Not suspended", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn resume(request: Request) -> Result<Response, Problem> {
    let (reference, operation, precondition) = request.change()?;
    let expected = request.expected(&precondition, &reference).await;
    let (service, token) = (request.service(), request.token());
    let call = service.resume_organization(token, &reference, expected, operation);
    changed(&precondition, called(call).await)
}
