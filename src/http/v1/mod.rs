//! `/v1`: every use case for new callers. Resources are plural nouns, answers have the fields of the commands' JSON, and
//! a refusal is a problem of RFC 9457 with the commands' codes.
//!
//! A handler takes the session first (`session`), then the parameters (`query`) and the body (`input`), each refused as a
//! whole with everything that is wrong (`wrong`), then calls the service. What a write demands is in `precondition`.
//! `finish` writes the body of every problem below `/v1`, also of those that no handler makes. `describe` adds to the
//! document what all routes have in common.

mod account;
mod audit;
mod describe;
mod doctor;
mod documents;
mod events;
mod finish;
mod input;
mod operators;
mod organizations;
mod page;
mod precondition;
mod problem;
mod query;
mod session;
mod sessions;
mod shapes;
mod trash;
mod wrong;

pub(super) use finish::finish;

use super::face::Face;
use crate::domain::OrganizationId;
use crate::service::{Error, OrganizationReference};
use problem::Problem;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// The routes with their document.
pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    let mut routes = OpenApiRouter::new()
        .merge(sessions::routes())
        .merge(account::routes())
        .merge(organizations::routes())
        .merge(trash::routes())
        .merge(documents::routes())
        .merge(operators::routes())
        .merge(audit::routes())
        .merge(doctor::routes())
        .merge(events::routes());
    describe::describe(routes.get_openapi_mut());
    routes
}

/// The organization of a path. What is no id is the id of none.
fn reference(id: &str) -> Result<OrganizationReference, Problem> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    Ok(OrganizationReference::Id(OrganizationId(id)))
}
