//! `/v1/account`: the caller's own.

use super::input::{Input, secret};
use super::problem::Problem;
use super::query::Query;
use super::session::Session;
use super::shapes::AccountChange;
use super::wrong;
use crate::http::face::Face;
use crate::http::face::called;
use crate::service::UpdateOwnAccount;
use crate::wire::Account;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(change))
}

/// Changes the caller's own email or password, all or nothing. A change ends every session of the account.
#[utoipa::path(patch, path = "/v1/account", tag = "sessions", operation_id = "update_account",
    request_body = AccountChange,
    params(("Idempotency-Key" = Option<String>, Header)),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Changed", body = Account)))]
async fn change(
    State(face): State<Arc<Face>>,
    session: Session,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Account>, Problem> {
    query.finish()?;
    let operation = session.operation(&headers)?;
    let mut input = Input::read(&headers, body).await?;
    let (email, password) = (input.optional("email"), input.optional("password"));
    let current_password = secret(input.optional("current_password"));
    input.check("email", email.as_deref(), wrong::email);
    input.check("password", password.as_deref(), wrong::password);
    input.finish()?;
    let request = UpdateOwnAccount { email, password: secret(password), current_password };
    let changed = called(face.service.update_own_account(&session.token, request, operation)).await;
    let changed = changed.map_err(|error| Problem::from(error).renaming("admin_email", "email"))?;
    Ok(Json(Account::new(changed.email, changed.role)))
}
