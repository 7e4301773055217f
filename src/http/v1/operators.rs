//! `/v1/operators`.

use super::input::Input;
use super::page::{self, Paging};
use super::precondition::located;
use super::problem::Problem;
use super::query::Query;
use super::session::Session;
use super::shapes::{NewOperator, NewPassword};
use super::wrong;
use crate::http::face::Face;
use crate::http::face::called;
use crate::http::parameters::path_part;
use crate::wire::{Account, Operator, Page};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(set_password))
}

/// Lists the operators by email.
#[utoipa::path(get, path = "/v1/operators", tag = "operators", operation_id = "list_operators",
    params(Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = Page<Operator>,
        headers(("Link" = String, description = "The next page")))))]
async fn list(
    State(face): State<Arc<Face>>,
    session: Session,
    uri: Uri,
    mut query: Query,
) -> Result<Response, Problem> {
    let (limit, cursor) = (query.limit(), query.text("cursor"));
    query.finish()?;
    let found = called(face.service.operators(&session.token, limit, cursor.as_deref())).await?;
    let items = found.items.iter().map(Operator::from).collect();
    Ok(page::page(&uri, items, found.next_cursor))
}

/// Adds an operator.
#[utoipa::path(post, path = "/v1/operators", tag = "operators", operation_id = "add_operator",
    request_body = NewOperator,
    params(("Idempotency-Key" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 201, description = "Added", body = Operator,
        headers(("Location" = String, description = "The operator")))))]
async fn add(
    State(face): State<Arc<Face>>,
    session: Session,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let operation = session.operation(&headers)?;
    let mut input = Input::read(&headers, body).await?;
    let (email, password) = (input.required("email"), input.required("password"));
    input.check("email", Some(&email), wrong::email);
    input.check("password", Some(&password), wrong::password);
    input.finish()?;
    let added = called(face.service.add_operator(&session.token, &email, password.into(), operation)).await;
    let added = added.map_err(|error| Problem::from(error).renaming("admin_email", "email"))?;
    let place = format!("/v1/operators/{}", path_part(&added.email));
    let answer = (StatusCode::CREATED, Json(Operator::from(&added))).into_response();
    Ok(located(&place, answer))
}

/// Removes an operator, perhaps the caller itself, but never the last one. Its sessions end.
#[utoipa::path(delete, path = "/v1/operators/{email}", tag = "operators", operation_id = "remove_operator",
    params(
        ("email" = String, Path),
        ("confirm" = String, Query, description = "Its email, exactly"),
        ("Idempotency-Key" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 204, description = "Removed")))]
async fn remove(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(email): Path<String>,
    mut query: Query,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let confirm = query.text("confirm").unwrap_or_default();
    query.finish()?;
    let operation = session.operation(&headers)?;
    called(face.service.remove_operator(&session.token, email.as_str(), &confirm, operation)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the password of another operator, and ends its sessions. One's own is changed at `/v1/account`.
#[utoipa::path(put, path = "/v1/operators/{email}/password", tag = "operators", operation_id = "set_operator_password",
    request_body = NewPassword,
    params(("email" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Set", body = Account)))]
async fn set_password(
    State(face): State<Arc<Face>>,
    session: Session,
    Path(email): Path<String>,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Account>, Problem> {
    query.finish()?;
    let operation = session.operation(&headers)?;
    let mut input = Input::read(&headers, body).await?;
    let password = input.required("password");
    input.check("password", Some(&password), wrong::password);
    input.finish()?;
    let call = face.service.set_operator_password(&session.token, email.as_str(), password.into(), operation);
    let account = call.await?;
    Ok(Json(Account::new(account.email, account.role)))
}
