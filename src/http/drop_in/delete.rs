//! `DELETE /org/delete`.

use super::refusal::Refusal;
use super::shapes::{Deleted, HTTPValidationError, Told};
use crate::domain::text::is_as_shown;
use crate::http::face::{Face, called};
use crate::http::operation::KeyOf;
use crate::http::parameters::parameter;
use crate::service::{Error, OrganizationReference};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use std::sync::Arc;

/// Deletes the caller's own organization, whose name has to be given exactly.
#[utoipa::path(delete, path = "/org/delete", tag = "drop-in", operation_id = "delete_org_org_delete_delete",
    params(
        ("organization_name" = String, Query, description = "Its name, exactly"),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key is applied once")),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "Deleted", body = Deleted),
        (status = 401, description = "No session", body = Told),
        (status = 403, description = "Another name than that of the caller's organization", body = Told),
        (status = 409, description = "Another request is changing it", body = Told),
        (status = 422, description = "No name, or two", body = HTTPValidationError),
        (status = 503, description = "The store does not answer", body = Told)))]
pub(super) async fn delete(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Deleted>, Refusal> {
    let (token, principal) = super::session(&face, &headers).await?;
    let name = parameter(query.as_deref(), "organization_name")
        .map_err(|error| Refusal::parameter("organization_name", error))?;
    let own = match (principal.organization_id, &principal.organization_name) {
        (Some(id), Some(own)) if is_as_shown(&name, own) => id,
        _ => return Err(Refusal::own_only()),
    };
    let (reference, operation) =
        (OrganizationReference::Id(own), super::operation(&headers, KeyOf::Account(principal.account_id))?);
    match called(face.service.delete_organization(&token, &reference, &name, None, false, operation)).await {
        Ok(_) => Ok(Json(Deleted { status: "Organization and data deleted" })),
        // Renamed since the session was read.
        Err(Error::ConfirmationRequired(_)) => Err(Refusal::own_only()),
        Err(other) => Err(other.into()),
    }
}
