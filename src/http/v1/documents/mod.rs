//! `/v1/organizations/{id}/documents`. Documents are printed from their bytes, never through a tree of JSON that would
//! lose what it cannot hold.

mod incoming;
mod insert;
mod one;
mod read;

use crate::domain::document::id::print_id;
use crate::domain::document::json::{Form, Layout, to_string};
use crate::domain::document::{RawDocumentBuf, id_of};
use crate::http::face::{Face, called};
use crate::http::v1::problem::Problem;
use crate::http::v1::request::Request;
use crate::service::OrganizationReference;
use std::sync::Arc;
use std::time::Duration;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What makes a write of a document happen once without a key.
const ONCE: &str = "A document with an _id of yours is inserted once, and If-Match changes it once.";
/// How long a search may take: less than a request.
const SEARCH: Duration = Duration::from_secs(30);

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new()
        .routes(routes!(read::list, insert::insert))
        .routes(routes!(read::count))
        .routes(routes!(read::indexes))
        .routes(routes!(one::get, one::replace, one::delete))
}

/// Refuses a write before its body is read: a wrong organization must not cost 16 MiB.
async fn check(request: &Request, reference: &OrganizationReference) -> Result<(), Problem> {
    called(request.service().check_documents(request.token(), reference, &[])).await?;
    Ok(())
}

/// The id of a document as it stands in a path, before it is encoded.
fn shown(document: &RawDocumentBuf) -> String {
    id_of(document.as_bytes()).map(|id| print_id(&id.get())).unwrap_or_default()
}

fn json(document: &RawDocumentBuf, canonical: bool) -> String {
    let form = if canonical { Form::Canonical } else { Form::Relaxed };
    to_string(document.as_bytes(), form, Layout::Compact)
}
