//! What all routes below `/v1` have in common, added to the document: problems and tags.

use super::problem::{CONTENT_TYPE, Content as Problem};
use axum::http::StatusCode;
use utoipa::ToSchema as _;
use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Content, HeaderBuilder, OpenApi, Ref, RefOr};

/// The subjects of the routes.
const TAGS: [(&str, &str); 8] = [
    ("sessions", "Sign in and out; your own account."),
    ("organizations", "Organizations (tenants)."),
    ("trash", "Deleted organizations: restore them, or remove them for good."),
    ("documents", "The documents of an organization."),
    ("operators", "Those who manage every organization."),
    ("audit", "Who did what."),
    ("doctor", "Whether records and collections agree, and repairs."),
    ("events", "What changes, as it changes."),
];

/// The statuses of problems that any request may get.
const ANY: [u16; 4] = [400, 422, 500, 503];

/// Adds to a document of these routes what they have in common.
pub(super) fn describe(document: &mut OpenApi) {
    let tags = TAGS.map(|(name, says)| TagBuilder::new().name(name).description(Some(says)).build());
    document.tags.get_or_insert_default().extend(tags);
    let mut schemas = vec![(Problem::name().into_owned(), <Problem as utoipa::PartialSchema>::schema())];
    Problem::schemas(&mut schemas);
    document.components.get_or_insert_default().schemas.extend(schemas);
    for (path, item) in &mut document.paths.paths {
        for (is_write, operation) in operations(item) {
            complete(path, is_write, operation);
        }
    }
}

/// The operations of a path, each with whether it is a write.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let writes = [post, put, patch, delete].into_iter().flatten().map(|operation| (true, operation));
    get.iter_mut().map(|operation| (false, operation)).chain(writes)
}

fn complete(path: &str, is_write: bool, operation: &mut Operation) {
    let mut statuses = ANY.to_vec();
    let is_session = path.starts_with("/v1/sessions");
    // A session is needed, or credentials.
    statuses.extend([401, 403]);
    if !is_session {
        statuses.extend([404, 409]);
    }
    if is_write {
        statuses.push(429);
    }
    if operation.request_body.is_some() {
        statuses.extend([408, 413, 415]);
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            without_null(parameter);
            if parameter.name == "If-Match" {
                statuses.push(412);
            }
        }
    }
    for status in statuses {
        let known = &mut operation.responses.responses;
        known.entry(status.to_string()).or_insert_with(|| RefOr::T(problem(status)));
    }
}

/// A parameter that is left out is not null.
fn without_null(parameter: &mut Parameter) {
    if let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
        && let SchemaType::Array(types) = &schema.schema_type
        && let Some(first) = types.iter().find(|one| **one != Type::Null)
    {
        schema.schema_type = SchemaType::Type(first.clone());
    }
}

fn problem(status: u16) -> Response {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let schema = Ref::from_schema_name(Problem::name());
    let response = utoipa::openapi::ResponseBuilder::new()
        .description(reason.unwrap_or_default())
        .content(CONTENT_TYPE, Content::new(Some(schema)));
    let seconds = || {
        let seconds = ObjectBuilder::new().schema_type(Type::Integer);
        let seconds = seconds.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        HeaderBuilder::new()
            .schema(Some(seconds))
            .description(Some("Seconds after which to try again"))
            .build()
    };
    match status {
        429 | 503 => response.header("Retry-After", seconds()).build(),
        _ => response.build(),
    }
}
