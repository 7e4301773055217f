//! `/v1/account`: the caller's own.

use super::input::secret;
use super::key::Key;
use super::problem::Problem;
use super::request::Request;
use super::shapes::AccountChange;
use super::wrong;
use crate::http::face::{Face, called};
use crate::service::UpdateOwnAccount;
use crate::wire::Account;
use axum::Json;
use axum::body::Body;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(change))
}

/// Changes the caller's own email or password, all or nothing. A change ends every session of the account.
#[utoipa::path(patch, path = "/v1/account", tag = "sessions", operation_id = "update_account",
    request_body = AccountChange,
    params(Key),
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Changed", body = Account)))]
async fn change(request: Request, body: Body) -> Result<Json<Account>, Problem> {
    let operation = request.operation()?;
    let mut input = request.input(body).await?;
    let new = UpdateOwnAccount {
        email: input.optional_by("email", wrong::email),
        password: secret(input.optional_by("password", wrong::password)),
        current_password: secret(input.optional("current_password")),
    };
    input.finish()?;
    let changed = called(request.service().update_own_account(request.token(), new, operation)).await;
    let changed = changed.map_err(|error| Problem::from(error).renaming("admin_email", "email"))?;
    Ok(Json(Account::new(changed.email, changed.role)))
}
