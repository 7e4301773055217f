//! One document. Its tag is its revision.

use super::incoming::document;
use super::{ONCE, check, json, shown};
use crate::domain::document::RawDocumentBuf;
use crate::domain::document::raw::revision;
use crate::http::face::called;
use crate::http::v1::precondition::{IfMatch, IfNoneMatch, Precondition, tagged, unless_known};
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{Request, WithQuery};
use crate::service::{DocumentChange, OrganizationReference};
use crate::wire::WrittenDocument;
use axum::Json;
use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// The path of a document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct DocumentPath {
    /// The id of the organization.
    id: Uuid,
    /// The id of the document.
    document: String,
}

/// Shows a document, by its id as lists print it: 24 hexadecimal digits are an `ObjectId`, else a text; JSON is that
/// value. Who looks is recorded.
#[utoipa::path(get, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "get_document",
    params(
        DocumentPath,
        ("canonical" = Option<bool>, Query, description = "Canonical Extended JSON instead of relaxed"),
        IfNoneMatch),
    security(("HTTPBearer" = [])),
    responses(
        (status = 200, description = "The document as Extended JSON", body = Object,
            headers(("ETag" = String, description = "Its revision"))),
        (status = 304, description = "It has the ETag of If-None-Match")))]
pub(super) async fn get(asked: WithQuery) -> Result<Response, Problem> {
    let (canonical, request) = asked.read(|query| query.flag("canonical"))?;
    let (reference, id) = (request.organization()?, request.part("document"));
    let found = called(request.service().document(request.token(), &reference, id)).await?;
    let answer = || ([(header::CONTENT_TYPE, "application/json")], json(&found, canonical)).into_response();
    Ok(unless_known(&request.headers, &revision(found.as_bytes()), answer))
}

/// Replaces a document. Its `_id` may be left out, and cannot change.
#[utoipa::path(put, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "replace_document",
    request_body(content = Object, content_type = "application/json"),
    params(DocumentPath, IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Replaced", body = WrittenDocument,
        headers(("ETag" = String, description = "Its revision")))))]
pub(super) async fn replace(request: Request, body: Body) -> Result<Response, Problem> {
    let (reference, precondition) = to_change(&request)?;
    check(&request, &reference).await?;
    let _place = request.body_place()?;
    let new = document(&request.headers, body).await?;
    let after = change(&request, &reference, &precondition, Some(new), None).await?;
    let revision = revision(after.as_bytes());
    let written = WrittenDocument { id: shown(&after), revision: revision.clone() };
    Ok(tagged(&revision, Json(written).into_response()))
}

/// Deletes a document.
#[utoipa::path(delete, path = "/v1/organizations/{id}/documents/{document}", tag = "documents",
    operation_id = "delete_document",
    params(DocumentPath, ("confirm" = String, Query, description = "Its id again"), IfMatch),
    security(("HTTPBearer" = [])),
    responses((status = 204, description = "Deleted")))]
pub(super) async fn delete(asked: WithQuery) -> Result<StatusCode, Problem> {
    let (confirm, request) = asked.read(|query| query.text("confirm"))?;
    let (reference, precondition) = to_change(&request)?;
    change(&request, &reference, &precondition, None, confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a change of a document is about.
fn to_change(request: &Request) -> Result<(OrganizationReference, Precondition), Problem> {
    request.refuse_key(ONCE)?;
    Ok((request.organization()?, request.precondition()?))
}

/// Replaces a document, or deletes it if there is no new one. Returns the new document, or the deleted one.
async fn change(
    request: &Request,
    reference: &OrganizationReference,
    precondition: &Precondition,
    new: Option<RawDocumentBuf>,
    confirm: Option<String>,
) -> Result<RawDocumentBuf, Problem> {
    let (service, token, id) = (request.service(), request.token(), request.part("document"));
    let revision = precondition.revision(called(service.document(token, reference, id))).await;
    let change = DocumentChange { id: id.to_owned(), revision, new, confirm };
    let changed = called(service.change_document(token, reference, &change)).await;
    changed.map_err(|error| precondition.explain(error))
}
