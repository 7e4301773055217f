//! `PUT /org/update`.

use super::input::Input;
use super::refusal::Refusal;
use super::shapes::{HTTPValidationError, OrgUpdate, Told, Updated};
use crate::domain::{Email, OrganizationName, Password, Principal};
use crate::http::body;
use crate::http::face::{Face, called};
use crate::http::operation::KeyOf;
use crate::service::{Error, OrganizationReference, UpdateOrganization};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Changes the caller's own organization: its name, its admin's email and password. Email and password need the
/// current password, and end every session of the account.
#[utoipa::path(put, path = "/org/update", tag = "drop-in", operation_id = "update_org_org_update_put",
    request_body = OrgUpdate,
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key is applied once")),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "Changed", body = Updated),
        (status = 400, description = "Name or email is taken, or the body is broken", body = Told),
        (status = 401, description = "No session", body = Told),
        (status = 403, description = "The current password is missing or wrong", body = Told),
        (status = 404, description = "The session has no organization", body = Told),
        (status = 408, description = "The body did not arrive in time", body = Told),
        (status = 409, description = "Another request is changing it", body = Told),
        (status = 413, description = "More than 64 KiB", body = Told),
        (status = 422, description = "Wrong fields, or none", body = HTTPValidationError),
        (status = 429, description = "Too many tries", body = Told),
        (status = 503, description = "The store does not answer", body = Told)))]
pub(super) async fn update(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Updated>, Refusal> {
    let (token, principal) = super::session(&face, &headers).await?;
    let request = read(&principal, body::object(&headers, body).await?)?;
    let own = principal.organization_id.ok_or(Error::NotFound)?;
    let operation = super::operation(&headers, KeyOf::Account(principal.account_id))?;
    let reference = OrganizationReference::Id(own);
    match called(face.service.update_organization(&token, &reference, request, operation)).await {
        Ok(updated) => Ok(Json(Updated {
            status: "updated",
            new_name: updated.name.clone(),
            collection_name: updated.collection_name().to_owned(),
            admin_email: updated.admin_email,
            organization_name: updated.name,
        })),
        Err(Error::NameTaken(_)) => Err(Refusal::taken("New organization name already exists")),
        Err(other) => Err(other.into()),
    }
}

/// The change that a body asks for.
fn read(principal: &Principal, fields: Map<String, Value>) -> Result<UpdateOrganization, Refusal> {
    let mut input = Input::new(fields);
    let name = input.optional("organization_name");
    let email = input.optional("email");
    let password = input.optional("password").filter(|password| !password.is_empty());
    let current = input.optional("current_password");
    // Rules judge new values only.
    let new_name = name.as_deref().filter(|name| !principal.has_name(name));
    let new_email = email.as_deref().filter(|email| !principal.has_email(email));
    input.check("organization_name", new_name.map(OrganizationName::parse));
    input.check("email", new_email.map(Email::parse));
    input.check("password", password.clone().map(|password| Password::new(password.into())));
    if name.is_none() && email.is_none() && password.is_none() && input.is_right() {
        input.refuse("organization_name", "missing", "Field required");
    }
    input.finish()?;
    Ok(UpdateOrganization {
        name,
        admin_email: email,
        admin_password: password.map(Into::into),
        current_password: current.map(Into::into),
        is_legacy: true,
        expected: None,
    })
}
