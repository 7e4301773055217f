//! `/v1`: every use case for new callers. Resources are plural nouns, answers have the fields of the commands' JSON, and
//! a refusal is a problem of RFC 9457 with the commands' codes.
//!
//! A handler takes a `request`: its session comes first (`session`), then the parameters (`query`), the headers of a write
//! (`key`, `precondition`) and the body (`input`). Parameters and body are each refused as a whole with everything that is
//! wrong (`wrong`). Then it calls the service.
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
mod key;
mod operators;
mod organizations;
mod page;
mod precondition;
mod problem;
mod query;
mod request;
mod session;
mod sessions;
mod shapes;
mod trash;
mod wrong;

pub(super) use finish::finish;

use super::face::Face;
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
