//! `POST /v1/organizations/{id}/documents`.

use super::incoming::{Incoming, documents};
use super::{ONCE, check};
use crate::domain::document::RawDocumentBuf;
use crate::domain::document::id::print_id;
use crate::http::face::called;
use crate::http::parameters::path_part;
use crate::http::v1::precondition::located;
use crate::http::v1::problem::Problem;
use crate::http::v1::request::{OrganizationPath, Request};
use crate::service::{Error, MAX_BATCH, OrganizationReference};
use crate::wire::{Inserted, Outcome};
use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type};

/// What became of several documents.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InsertedDocuments {
    /// How many were inserted.
    inserted: usize,
    /// How many were refused.
    refused: usize,
    /// Each in its order, by its number from 1, or by that of its line.
    items: Vec<Inserted>,
}

/// Documents to insert, for the document alone: a document, or an array of them.
pub(super) struct NewDocuments;

impl utoipa::PartialSchema for NewDocuments {
    fn schema() -> RefOr<Schema> {
        let one = ObjectBuilder::new().schema_type(Type::Object);
        // An element that is no document is refused by itself.
        let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue);
        let many = ArrayBuilder::new().items(any).max_items(Some(MAX_BATCH));
        OneOfBuilder::new().item(one).item(many).into()
    }
}

impl ToSchema for NewDocuments {}

/// Inserts one document, or several: an array, or one a line. A document is Extended JSON; without an `_id` it gets one.
/// One that is refused is a problem; of several each has its outcome, and a refused one does not hold up the others.
#[utoipa::path(post, path = "/v1/organizations/{id}/documents", tag = "documents", operation_id = "insert_documents",
    request_body(content(
        (NewDocuments = "application/json", example = json!({"title": "A", "price": {"$numberDecimal": "9.90"}})),
        (String = "application/x-ndjson"))),
    params(OrganizationPath),
    security(("HTTPBearer" = [])),
    responses(
        (status = 201, description = "The one document is inserted", body = Inserted,
            headers(("Location" = String, description = "The document"))),
        (status = 200, description = "What became of each", body = InsertedDocuments)))]
pub(super) async fn insert(request: Request, body: Body) -> Result<Response, Problem> {
    request.refuse_key(ONCE)?;
    let reference = request.organization()?;
    check(&request, &reference).await?;
    let _place = request.body_place()?;
    match documents(&request.headers, body).await? {
        Incoming::One(document) => {
            let row = one(&request, &reference, document).await?;
            let shown = path_part(row.id.as_deref().unwrap_or_default());
            let place = format!("/v1/organizations/{}/documents/{shown}", request.part("id"));
            Ok(located(&place, (StatusCode::CREATED, Json(row)).into_response()))
        }
        Incoming::Many(many) => Ok(Json(several(&request, &reference, many).await?).into_response()),
    }
}

async fn one(
    request: &Request,
    reference: &OrganizationReference,
    document: RawDocumentBuf,
) -> Result<Inserted, Problem> {
    let mut done =
        called(request.service().insert_documents(request.token(), reference, vec![document])).await?;
    let id = done.pop().unwrap_or_else(|| Err(Error::internal(&"a document has no outcome")))?;
    Ok(told(1, &Ok(print_id(&id.get()))))
}

async fn several(
    request: &Request,
    reference: &OrganizationReference,
    many: Vec<(usize, Result<RawDocumentBuf, String>)>,
) -> Result<InsertedDocuments, Problem> {
    let readable: Vec<RawDocumentBuf> =
        many.iter().filter_map(|(_, document)| document.as_ref().ok().cloned()).collect();
    let done = if readable.is_empty() {
        Vec::new()
    } else {
        called(request.service().insert_documents(request.token(), reference, readable)).await?
    };
    let mut done = done.into_iter();
    let outcome = |(number, document): (usize, Result<RawDocumentBuf, String>)| {
        let answer = match document {
            Ok(_) => done.next().unwrap_or_else(|| Err(Error::internal(&"a document has no outcome"))),
            Err(why) => Err(Error::InvalidDocument(why)),
        };
        told(number, &answer.map(|id| print_id(&id.get())))
    };
    let items: Vec<Inserted> = many.into_iter().map(outcome).collect();
    let refused = items.iter().filter(|row| row.outcome == Outcome::Refused).count();
    Ok(InsertedDocuments { inserted: items.len() - refused, refused, items })
}

fn told(line: usize, answer: &Result<String, Error>) -> Inserted {
    let error = answer.as_ref().err();
    Inserted {
        line,
        outcome: if error.is_some() { Outcome::Refused } else { Outcome::Inserted },
        id: answer.as_ref().ok().cloned(),
        code: error.map(Error::code),
        message: error.map(ToString::to_string),
    }
}
