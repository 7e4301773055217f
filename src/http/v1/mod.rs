//! `/v1`: every use case for new callers.

use super::face::Face;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// The routes with their document.
pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new()
}
