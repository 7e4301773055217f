//! `POST /v1/organizations`.

use crate::http::face::{Face, called};
use crate::http::operation::KeyOf;
use crate::http::v1::input::Input;
use crate::http::v1::key::{self, Key};
use crate::http::v1::precondition::{located, record};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::session::Session;
use crate::http::v1::shapes::NewOrganization;
use crate::http::v1::wrong;
use crate::service::CreateOrganization;
use crate::wire::Organization;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

/// Creates an organization with its admin and its collection. Needs an operator's session, or none where registration is
/// open.
#[utoipa::path(post, path = "/v1/organizations", tag = "organizations", operation_id = "create_organization",
    request_body = NewOrganization,
    params(Key),
    security((), ("HTTPBearer" = [])),
    responses((status = 201, description = "Created", body = Organization,
        headers(("Location" = String, description = "The organization"), ("ETag" = String, description = "Its epoch")))))]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    // A header that is no session is somebody's who believes to have one.
    let is_nobody = face.options.open_registration && !headers.contains_key(header::AUTHORIZATION);
    let session = if is_nobody { None } else { Some(Session::of(&face, &headers).await?) };
    query.finish()?;
    let mut input = Input::read(&headers, body).await?;
    let request = CreateOrganization {
        name: input.required_by("organization_name", wrong::name),
        admin_email: input.required_by("admin_email", wrong::email),
        admin_password: input.required_by("password", wrong::password).into(),
    };
    input.finish()?;
    let owner = match &session {
        Some(session) => KeyOf::Account(session.principal.account_id),
        None => KeyOf::NewAdmin(&request.admin_email),
    };
    let operation = key::operation(&headers, owner)?;
    let token = session.as_ref().map(|session| &session.token);
    let created = called(face.service.create_organization(token, request, operation)).await?;
    let answer = record(StatusCode::CREATED, created.epoch, &Organization::from(&created));
    Ok(located(&format!("/v1/organizations/{}", created.id), answer))
}
