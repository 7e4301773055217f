//! The document of the API, `OpenAPI` 3.1, made from the functions that answer.

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The parts of the document that no function has.
#[derive(OpenApi)]
#[openapi(
    info(title = "tenantry", description = "Organizations (tenants) of a software service.", license(name = "MIT")),
    modifiers(&Bearer),
    tags(
        (name = "drop-in", description = "The routes of the service that tenantry replaces."),
        (name = "operation", description = "For those who run it.")
    )
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document.components.get_or_insert_default().add_security_scheme("HTTPBearer", scheme);
    }
}
