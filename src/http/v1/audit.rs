//! `/v1/audit`.

use super::page::{self, Paging};
use super::problem::Problem;
use super::request::WithQuery;
use crate::domain::since;
use crate::http::face::{Face, called};
use crate::service::{ActivityQuery, OrganizationReference};
use crate::wire::{AuditEntry, Page};
use axum::response::Response;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used: a query is read parameter by parameter")]
struct Asked {
    /// In the filter language of the audit.
    #[param(nullable = false, example = "action:organization_delete")]
    filter: Option<String>,
    /// Only about this organization: an id, or a name; it may be deleted.
    #[param(nullable = false)]
    organization: Option<String>,
    /// Only by the account with this email.
    #[param(nullable = false)]
    actor: Option<String>,
    /// Only from this time on: RFC 3339, a date, or so long ago.
    #[param(nullable = false, example = "7d")]
    since: Option<String>,
}

/// Lists what was done, newest first; an admin sees what was done to its organization.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", operation_id = "list_audit",
    params(Asked, Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = Page<AuditEntry>,
        headers(("Link" = String, description = "The next page")))))]
async fn list(asked: WithQuery) -> Result<Response, Problem> {
    let now = asked.service().now();
    let (wanted, request) = asked.read(|query| {
        let since = query.text("since").map(|text| since(&text, now));
        if let Some(Err(_)) = &since {
            query.broken(
                "since",
                "Write 7d, 24h, 2026-11-24, 2026-11-24T12:00Z or 2026-11-24T12:00[Europe/Berlin].",
            );
        }
        ActivityQuery {
            filter: query.text("filter").unwrap_or_default(),
            organization: query.text("organization").as_deref().map(OrganizationReference::typed),
            actor: query.text("actor"),
            since: since.and_then(Result::ok),
            limit: query.limit(),
            may_be_short: true,
            cursor: query.text("cursor"),
        }
    })?;
    let found = called(request.service().activity(request.token(), &wanted)).await?;
    let items = found.items.iter().map(AuditEntry::from).collect();
    Ok(page::page(&request.uri, items, found.next_cursor))
}
