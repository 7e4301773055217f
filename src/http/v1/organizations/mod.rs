//! `/v1/organizations`.

mod change;
mod create;
mod delete;
mod list;
mod one;
mod suspension;

use crate::http::face::Face;
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
