//! One document. Its tag is its revision.

use super::incoming::document;
use super::{json, shown};
use crate::domain::document::raw::revision;
use crate::http::face::Face;
use crate::http::face::called;
use crate::http::v1::precondition::{Precondition, tagged, unless_known};
use crate::http::v1::problem::Problem;
use crate::http::v1::query::Query;
use crate::http::v1::reference;
use crate::http::v1::session::{Session, no_key};
use crate::service::DocumentChange;
use crate::wire::WrittenDocument;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Shows a document, by its id as lists print it: 24 hexadecimal digits are an `ObjectId`, else a text; JSON is that
/// value. Who looks is recorded.
#[utoipa::path(get, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "get_document",
    params(
        ("id" = Uuid, Path),
        ("document" = String, Path),
        ("canonical" = Option<bool>, Query, description = "Canonical Extended JSON instead of relaxed"),
        ("If-None-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The document as Extended JSON", body = Object,
            headers(("ETag" = String, description = "Its revision"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
pub(super) async fn get(
    State(face): State<Arc<Face>>,
    session: Session,
    Path((id, document)): Path<(String, String)>,
    mut query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let canonical = query.flag("canonical");
    query.finish()?;
    let found = called(face.service.document(&session.token, &reference(&id)?, &document)).await?;
    let answer = || ([(header::CONTENT_TYPE, "application/json")], json(&found, canonical)).into_response();
    Ok(unless_known(&headers, &revision(found.as_bytes()), answer))
}

/// Replaces a document. Its `_id` may be left out, and cannot change.
#[utoipa::path(put, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "replace_document",
    request_body(content = Object, content_type = "application/json"),
    params(("id" = Uuid, Path), ("document" = String, Path), ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Replaced", body = WrittenDocument,
        headers(("ETag" = String, description = "Its revision")))))]
pub(super) async fn replace(
    State(face): State<Arc<Face>>,
    session: Session,
    Path((id, typed)): Path<(String, String)>,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    query.finish()?;
    no_key(&headers)?;
    let (reference, precondition) = (reference(&id)?, Precondition::of(&headers)?);
    // Before the body is read: a wrong organization must not cost 16 MiB.
    called(face.service.check_documents(&session.token, &reference, &[])).await?;
    let new = document(&headers, body).await?;
    let read = called(face.service.document(&session.token, &reference, &typed));
    let revision_read = precondition.revision(read).await;
    let change = DocumentChange { id: typed, revision: revision_read, new: Some(new), confirm: None };
    let after = called(face.service.change_document(&session.token, &reference, &change)).await;
    let after = after.map_err(|error| precondition.explain(error))?;
    let revision = revision(after.as_bytes());
    let written = WrittenDocument { id: shown(&after), revision: revision.clone() };
    Ok(tagged(&revision, Json(written).into_response()))
}

/// Deletes a document.
#[utoipa::path(delete, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "delete_document",
    params(
        ("id" = Uuid, Path),
        ("document" = String, Path),
        ("confirm" = String, Query, description = "Its id again"),
        ("If-Match" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 204, description = "Deleted")))]
pub(super) async fn delete(
    State(face): State<Arc<Face>>,
    session: Session,
    Path((id, typed)): Path<(String, String)>,
    mut query: Query,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let confirm = query.text("confirm");
    query.finish()?;
    no_key(&headers)?;
    let (reference, precondition) = (reference(&id)?, Precondition::of(&headers)?);
    let read = called(face.service.document(&session.token, &reference, &typed));
    let revision = precondition.revision(read).await;
    let change = DocumentChange { id: typed, revision, new: None, confirm };
    let gone = called(face.service.change_document(&session.token, &reference, &change)).await;
    gone.map_err(|error| precondition.explain(error))?;
    Ok(StatusCode::NO_CONTENT)
}
