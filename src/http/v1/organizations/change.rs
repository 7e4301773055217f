//! `PATCH /v1/organizations/{id}`.

use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::input::{Input, secret};
use crate::http::v1::precondition::{Precondition, record};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::session::Session;
use crate::http::v1::shapes::OrganizationChange;
use crate::http::v1::{reference, wrong};
use crate::service::UpdateOrganization;
use crate::wire::Organization;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// Changes name, admin email or admin password, all or nothing. A new email or password ends every session of the admin.
#[utoipa::path(patch, path = "/v1/organizations/{id}", tag = "organizations", operation_id = "change_organization",
    request_body = OrganizationChange,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header), ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Changed", body = Organization,
        headers(("ETag" = String, description = "Its epoch")))))]
pub(super) async fn change(
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
    let name = input.optional("organization_name");
    let admin_email = input.optional("admin_email");
    let password = input.optional("password");
    let current_password = secret(input.optional("current_password"));
    input.check("organization_name", name.as_deref(), wrong::name);
    input.check("admin_email", admin_email.as_deref(), wrong::email);
    input.check("password", password.as_deref(), wrong::password);
    input.finish()?;
    let request = UpdateOrganization {
        name,
        admin_email,
        admin_password: secret(password),
        current_password,
        is_legacy: false,
        expected: precondition.epoch(called(face.service.organization(&session.token, &reference))).await,
    };
    let changed =
        called(face.service.update_organization(&session.token, &reference, request, operation)).await;
    let changed = changed.map_err(|error| precondition.explain(error))?;
    Ok(record(StatusCode::OK, changed.epoch, &Organization::from(&changed)))
}
