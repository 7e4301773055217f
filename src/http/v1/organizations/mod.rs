//! `/v1/organizations`.

mod change;
mod create;
mod delete;
mod list;
mod one;
mod suspension;

use super::precondition::{Precondition, record};
use super::problem::Problem;
use crate::domain::Organization;
use crate::http::face::Face;
use crate::service::Error;
use crate::wire;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(list::top))
        .routes(routes!(one::get, change::change, delete::delete))
        .routes(routes!(one::stats))
        .routes(routes!(one::recover))
        .routes(routes!(suspension::suspend, suspension::resume))
}

/// The answer to a change of an organization.
pub(super) fn changed(
    precondition: &Precondition,
    changed: Result<Organization, Error>,
) -> Result<Response, Problem> {
    let changed = changed.map_err(|error| precondition.explain(error))?;
    Ok(record(StatusCode::OK, changed.epoch, &wire::Organization::from(&changed)))
}
