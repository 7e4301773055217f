//! The five routes of the service that tenantry replaces, with its paths, statuses, fields and texts: its callers' code
//! works on unchanged. What it answered wrongly is answered rightly (`docs/http.md`).

mod create;
mod delete;
mod get;
mod input;
mod refusal;
mod shapes;
mod sign_in;
mod update;

pub(super) use refusal::{failed, method_not_allowed, no_host, not_found, too_slow};

use super::bearer::bearer;
use super::face::{Face, called};
use super::operation::{self, KeyOf, has_right_key};
use crate::domain::{AccessToken, Principal};
use crate::service::OperationId;
use axum::http::HeaderMap;
use refusal::Refusal;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The paths, for a redirect of the same path with a slash behind it.
pub(super) const PATHS: [&str; 5] = ["/org/create", "/org/get", "/org/update", "/org/delete", "/admin/login"];

/// The routes with their document.
pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new()
        .routes(routes!(create::create))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(get::get))
        .routes(routes!(update::update))
        .routes(routes!(delete::delete))
}

/// The session of a request, which is looked at before anything else.
async fn session(face: &Face, headers: &HeaderMap) -> Result<(AccessToken, Principal), Refusal> {
    let token = bearer(headers).ok_or_else(Refusal::no_bearer)?;
    let principal = called(face.service.who_am_i(&token)).await?;
    Ok((token, principal))
}

/// The operation of a write; its key is refused where it is empty, or where there are two.
fn operation(headers: &HeaderMap, owner: KeyOf<'_>) -> Result<OperationId, Refusal> {
    if has_right_key(headers) { Ok(operation::operation(headers, owner)) } else { Err(Refusal::key()) }
}
