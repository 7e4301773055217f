//! Many documents.

use super::{SEARCH, json};
use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::page::{Paging, link, linked};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::reference;
use crate::http::v1::session::Session;
use crate::service::DocumentsQuery;
use crate::wire::{DocumentCount, Index, PageEnd};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
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
    params(("id" = Uuid, Path), Asked, Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = DocumentsPage,
        headers(("Link" = String, description = "The next page")))))]
pub(super) async fn list(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    uri: Uri,
    mut query: Query,
) -> Result<Response, Problem> {
    let canonical = query.flag("canonical");
    let wanted = DocumentsQuery {
        filter: query.text("filter").unwrap_or_default(),
        sort: query.text("sort"),
        reverse: query.flag("reverse"),
        limit: query.limit(),
        cursor: query.text("cursor"),
        time: SEARCH,
    };
    query.finish()?;
    let found = called(face.service.documents(&session.token, &reference(&id)?, &wanted)).await?;
    let items: Vec<String> = found.items.iter().map(|document| json(document, canonical)).collect();
    let link = found.next_cursor.as_deref().and_then(|cursor| link(&uri, cursor));
    let end = serde_json::to_string(&PageEnd::before(found.next_cursor)).unwrap_or_default();
    let end = end.trim_start_matches('{');
    Ok(linked(link, (JSON, format!("{{\"items\":[{}],{end}", items.join(","))).into_response()))
}

/// Counts documents.
#[utoipa::path(get, path = "/v1/organizations/{id}/document-count", tag = "documents", operation_id = "count_documents",
    params(
        ("id" = Uuid, Path),
        ("filter" = Option<String>, Query, description = "A query, as JSON or in the short form")),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "How many", body = DocumentCount)))]
pub(super) async fn count(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<DocumentCount>, Problem> {
    let filter = query.text("filter").unwrap_or_default();
    query.finish()?;
    let documents =
        called(face.service.count_documents(&session.token, &reference(&id)?, &filter, SEARCH)).await?;
    Ok(Json(DocumentCount { documents }))
}

/// The indexes of a collection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Indexes {
    /// The one of `_id` first.
    items: Vec<Index>,
}

/// Lists the indexes of the collection.
#[utoipa::path(get, path = "/v1/organizations/{id}/indexes", tag = "documents", operation_id = "list_indexes",
    params(("id" = Uuid, Path)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The indexes", body = Indexes)))]
pub(super) async fn indexes(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Indexes>, Problem> {
    query.finish()?;
    let found = called(face.service.indexes(&session.token, &reference(&id)?)).await?;
    Ok(Json(Indexes { items: found.iter().map(Index::from).collect() }))
}
