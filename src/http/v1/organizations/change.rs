//! `PATCH /v1/organizations/{id}`.

use super::changed;
use crate::http::face::called;
use crate::http::v1::input::secret;
use crate::http::v1::key::Key;
use crate::http::v1::precondition::IfMatch;
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, Request};
use crate::http::v1::shapes::OrganizationChange;
use crate::http::v1::wrong;
use crate::service::UpdateOrganization;
use crate::wire::Organization;
use axum::body::Body;
use axum::response::Response;

/// Changes name, admin email or admin password, all or nothing. A new email or password ends every session of the admin.
#[utoipa::path(patch, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "change_organization",
    request_body = OrganizationChange,
    params(OrganizationPath, Key, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Changed", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn change(request: Request, body: Body) -> Result<Response, Problem> {
    let (reference, operation, precondition) = request.change()?;
    let mut input = request.input(body).await?;
    let mut new = UpdateOrganization {
        name: input.optional_by("organization_name", wrong::name),
        admin_email: input.optional_by("admin_email", wrong::email),
        admin_password: secret(input.optional_by("password", wrong::password)),
        current_password: secret(input.optional("current_password")),
        is_legacy: false,
        expected: None,
    };
    input.finish()?;
    new.expected = request.expected(&precondition, &reference).await;
    let call = request.service().update_organization(request.token(), &reference, new, operation);
    changed(&precondition, called(call).await)
}
