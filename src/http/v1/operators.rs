//! `/v1/operators`.

use super::key::Key;
use super::page::{self, Paging};
use super::precondition::located;
use super::problem::Problem;
use super::request::{Request, WithQuery};
use super::shapes::{NewOperator, NewPassword};
use super::wrong;
use crate::http::face::{Face, called};
use crate::http::parameters::path_part;
use crate::wire::{Account, Operator, Page};
use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(set_password))
}

/// The path of an operator.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only its description is used")]
struct OperatorPath {
    /// The email of the operator.
    email: String,
}

/// Lists the operators by email.
#[utoipa::path(get, path = "/v1/operators", tag = "operators", operation_id = "list_operators",
    params(Paging),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "A page", body = Page<Operator>,
        headers(("Link" = String, description = "The next page")))))]
async fn list(asked: WithQuery) -> Result<Response, Problem> {
    let ((limit, cursor), request) = asked.read(|query| (query.limit(), query.text("cursor")))?;
    let found = called(request.service().operators(request.token(), limit, cursor.as_deref())).await?;
    let items = found.items.iter().map(Operator::from).collect();
    Ok(page::page(&request.uri, items, found.next_cursor))
}

/// Adds an operator.
#[utoipa::path(post, path = "/v1/operators", tag = "operators", operation_id = "add_operator",
    request_body = NewOperator,
    params(Key),
    security(("HTTPBearer" = [])),
    responses((status = 201, description = "Added", body = Operator,
        headers(("Location" = String, description = "The operator")))))]
async fn add(request: Request, body: Body) -> Result<Response, Problem> {
    let operation = request.operation()?;
    let mut input = request.input(body).await?;
    let email = input.required_by("email", wrong::email);
    let password = input.required_by("password", wrong::password);
    input.finish()?;
    let call = request.service().add_operator(request.token(), &email, password.into(), operation);
    let added = called(call).await.map_err(|error| Problem::from(error).renaming("admin_email", "email"))?;
    let place = format!("/v1/operators/{}", path_part(&added.email));
    let answer = (StatusCode::CREATED, Json(Operator::from(&added))).into_response();
    Ok(located(&place, answer))
}

/// Removes an operator, perhaps the caller itself, but never the last one. Its sessions end.
#[utoipa::path(delete, path = "/v1/operators/{email}", tag = "operators", operation_id = "remove_operator",
    params(OperatorPath, ("confirm" = String, Query, description = "Its email, exactly"), Key),
    security(("HTTPBearer" = [])),
    responses((status = 204, description = "Removed")))]
async fn remove(asked: WithQuery) -> Result<StatusCode, Problem> {
    let (confirm, request) = asked.read(|query| query.text("confirm").unwrap_or_default())?;
    let (email, operation) = (request.part("email"), request.operation()?);
    called(request.service().remove_operator(request.token(), email, &confirm, operation)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the password of another operator, and ends its sessions. One's own is changed at `/v1/account`.
#[utoipa::path(put, path = "/v1/operators/{email}/password", tag = "operators", operation_id = "set_operator_password",
    request_body = NewPassword,
    params(OperatorPath, Key),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Set", body = Account)))]
async fn set_password(request: Request, body: Body) -> Result<Json<Account>, Problem> {
    let (email, operation) = (request.part("email"), request.operation()?);
    let mut input = request.input(body).await?;
    let password = input.required_by("password", wrong::password);
    input.finish()?;
    let call = request.service().set_operator_password(request.token(), email, password.into(), operation);
    let account = called(call).await?;
    Ok(Json(Account::new(account.email, account.role)))
}
