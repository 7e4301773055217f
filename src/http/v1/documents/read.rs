//! Many documents.

use super::{SEARCH, json};
use crate::http::face::called;
use crate::http::v1::page::{Paging, link, linked};
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, Request, WithQuery};
use crate::service::DocumentsQuery;
use crate::wire::{DocumentCount, Index, PageEnd};
use axum::Json;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Which documents.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used: a query is read parameter by parameter")]
pub(super) struct Asked {
    /// A query, as JSON or in the short form.
    #[param(nullable = false, example = "price:>10")]
    filter: Option<String>,
    /// Sorts by this field instead of `_id`. Such a page is the only one.
    #[param(nullable = false)]
    sort: Option<String>,
    /// From the greatest to the least.
    #[param(nullable = false)]
    reverse: Option<bool>,
    /// Canonical Extended JSON instead of relaxed.
    #[param(nullable = false)]
    canonical: Option<bool>,
}

/// A page of documents.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used: documents are printed from their bytes")]
pub(super) struct DocumentsPage {
    /// Documents as Extended JSON.
    #[schema(value_type = Vec<Object>)]
    items: Vec<serde_json::Value>,
    /// The cursor of the next page; null on the last one.
    next_cursor: Option<String>,
    /// Whether more rows follow.
    truncated: bool,
}

/// Where an answer that is written as text says that it is JSON.
const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// Lists documents. Who looks is recorded.
#[utoipa::path(get, path = "/v1/organizations/{id}/documents", tag = "documents", operation_id = "list_documents",
    params(OrganizationPath, Asked, Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = DocumentsPage,
        headers(("Link" = String, description = "The next page")))))]
pub(super) async fn list(asked: WithQuery) -> Result<Response, Problem> {
    let ((canonical, wanted), request) = asked.read(|query| {
        let canonical = query.flag("canonical");
        let wanted = DocumentsQuery {
            filter: query.text("filter").unwrap_or_default(),
            sort: query.text("sort"),
            reverse: query.flag("reverse"),
            limit: query.limit(),
            cursor: query.text("cursor"),
            time: SEARCH,
        };
        (canonical, wanted)
    })?;
    let (service, reference) = (request.service(), request.organization()?);
    let found = called(service.documents(request.token(), &reference, &wanted)).await?;
    let items: Vec<String> = found.items.iter().map(|document| json(document, canonical)).collect();
    let link = found.next_cursor.as_deref().and_then(|cursor| link(&request.uri, cursor));
    let end = serde_json::to_string(&PageEnd::before(found.next_cursor)).unwrap_or_default();
    let end = end.trim_start_matches('{');
    Ok(linked(link, (JSON, format!("{{\"items\":[{}],{end}", items.join(","))).into_response()))
}

/// Counts documents.
#[utoipa::path(get, path = "/v1/organizations/{id}/document-count", tag = "documents", operation_id = "count_documents",
    params(
        OrganizationPath,
        ("filter" = Option<String>, Query, description = "A query, as JSON or in the short form")),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "How many", body = DocumentCount)))]
pub(super) async fn count(asked: WithQuery) -> Result<Json<DocumentCount>, Problem> {
    let (filter, request) = asked.read(|query| query.text("filter").unwrap_or_default())?;
    let reference = request.organization()?;
    let call = request.service().count_documents(request.token(), &reference, &filter, SEARCH);
    Ok(Json(DocumentCount { documents: called(call).await? }))
}

/// The indexes of a collection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Indexes {
    /// The one of `_id` first.
    items: Vec<Index>,
}

/// Lists the indexes of the collection.
#[utoipa::path(get, path = "/v1/organizations/{id}/indexes", tag = "documents", operation_id = "list_indexes",
    params(OrganizationPath),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The indexes", body = Indexes)))]
pub(super) async fn indexes(request: Request) -> Result<Json<Indexes>, Problem> {
    let found = called(request.service().indexes(request.token(), &request.organization()?)).await?;
    Ok(Json(Indexes { items: found.iter().map(Index::from).collect() }))
}
