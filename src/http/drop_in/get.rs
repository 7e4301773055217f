//! `GET /org/get`.

use super::refusal::Refusal;
use super::shapes::{HTTPValidationError, OrgResponse, Told};
use crate::http::face::{Face, called};
use crate::http::parameters::parameter;
use crate::service::Error;
use crate::wire::Time;
use axum::Json;
use axum::extract::{RawQuery, State};
use std::sync::Arc;

/// What `admin_email` says where there is none.
const UNKNOWN: &str = "Unknown";

/// Shows an organization to anyone who knows its name.
#[utoipa::path(get, path = "/org/get", tag = "drop-in", operation_id = "get_org_org_get_get",
    params(("organization_name" = String, Query, description = "Its name, in any case")),
    responses(
        (status = 200, description = "The organization", body = OrgResponse),
        (status = 404, description = "No such organization", body = Told),
        (status = 422, description = "No name, or two", body = HTTPValidationError),
        (status = 503, description = "The store does not answer", body = Told)))]
pub(super) async fn get(
    State(face): State<Arc<Face>>,
    RawQuery(query): RawQuery,
) -> Result<Json<OrgResponse>, Refusal> {
    let name = parameter(query.as_deref(), "organization_name")
        .map_err(|error| Refusal::parameter("organization_name", error))?;
    let found = match called(face.service.public_organization(&name)).await {
        Ok(found) => found,
        // What is being created or deleted is not there.
        Err(Error::Busy(_)) => return Err(Error::NotFound.into()),
        Err(other) => return Err(other.into()),
    };
    let email = if found.admin_email.is_empty() { UNKNOWN } else { &found.admin_email };
    Ok(Json(OrgResponse {
        collection_name: found.collection_name().to_owned(),
        admin_email: face.options.open_registration.then(|| email.to_owned()),
        organization_id: None,
        created_at: Time(found.created_at),
        state: None,
        organization_name: found.name,
    }))
}
