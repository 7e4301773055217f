//! `POST /org/create`.

use super::input::Input;
use super::refusal::Refusal;
use super::shapes::{HTTPValidationError, OrgCreate, OrgResponse, Told};
use crate::domain::{AccessToken, AccountId, Email, Organization, OrganizationName, Password};
use crate::http::body;
use crate::http::face::{Face, called};
use crate::http::operation::KeyOf;
use crate::service::{CreateOrganization, Error};
use crate::wire::Time;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use std::sync::Arc;

/// Creates an organization with its admin and its collection. Without a session where registration is open, else with
/// an operator's.
#[utoipa::path(post, path = "/org/create", tag = "drop-in", operation_id = "create_org_org_create_post",
    request_body = OrgCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key is applied once")),
    security((), ("HTTPBearer" = [])),
    responses(
        (status = 200, description = "Created", body = OrgResponse),
        (status = 400, description = "Name or email is taken, or the body is broken", body = Told),
        (status = 401, description = "No operator's session, where one is needed", body = Told),
        (status = 403, description = "An admin's session, where an operator's is needed", body = Told),
        (status = 408, description = "The body did not arrive in time", body = Told),
        (status = 409, description = "Another request is creating it", body = Told),
        (status = 413, description = "More than 64 KiB", body = Told),
        (status = 422, description = "Wrong fields", body = HTTPValidationError),
        (status = 429, description = "Too many registrations", body = Told),
        (status = 503, description = "The store does not answer", body = Told)))]
pub(super) async fn create(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<OrgResponse>, Refusal> {
    let (token, account) = who(&face, &headers).await?;
    let mut input = Input::new(body::object(&headers, body).await?);
    let name = input.required("organization_name");
    let email = input.required("email");
    let password = input.required("password");
    input.check("organization_name", name.as_deref().map(OrganizationName::parse));
    input.check("email", email.as_deref().map(Email::parse));
    input.check("password", password.clone().map(|password| Password::new(password.into())));
    input.finish()?;
    let request = CreateOrganization {
        name: name.unwrap_or_default(),
        admin_email: email.unwrap_or_default(),
        admin_password: password.unwrap_or_default().into(),
    };
    let owner = account.map_or(KeyOf::NewAdmin(&request.admin_email), KeyOf::Account);
    let operation = super::operation(&headers, owner)?;
    match called(face.service.create_organization(token.as_ref(), request, operation)).await {
        Ok(created) => Ok(Json(told(&created))),
        Err(Error::NameTaken(_)) => Err(Refusal::taken("Organization already exists")),
        Err(other) => Err(other.into()),
    }
}

/// With open registration a bearer is not looked at.
async fn who(face: &Face, headers: &HeaderMap) -> Result<(Option<AccessToken>, Option<AccountId>), Refusal> {
    if face.options.open_registration {
        return Ok((None, None));
    }
    let (token, principal) = super::session(face, headers).await?;
    Ok((Some(token), Some(principal.account_id)))
}

fn told(created: &Organization) -> OrgResponse {
    OrgResponse {
        organization_name: created.name.clone(),
        collection_name: created.collection_name().to_owned(),
        admin_email: Some(created.admin_email.clone()),
        organization_id: Some(created.id),
        created_at: Time(created.created_at),
        state: Some(created.status()),
    }
}
