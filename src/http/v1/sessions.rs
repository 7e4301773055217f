//! `/v1/sessions`.

use super::input::Input;
use super::precondition::located;
use super::problem::Problem;
use super::query::Query;
use super::request::{Request, WithQuery};
use super::shapes::NewSession;
use crate::domain::OrganizationId;
use crate::http::face::{Face, called};
use crate::service::SignedIn;
use crate::wire::{Login, Time};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Face>> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(current, sign_out)).routes(routes!(renew))
}

/// A session that begins.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BegunSession {
    #[serde(flatten)]
    session: Login,
    /// What the account should change, in sentences: an adopted password that is longer than what is verified.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CurrentSession {
    /// The email of the account.
    email: String,
    /// Its role.
    role: crate::domain::Role,
    /// The organization of an admin.
    organization_id: Option<OrganizationId>,
    /// The name of that organization.
    organization_name: Option<String>,
    /// When the session ends.
    expires_at: Time,
    /// Seconds until then.
    expires_in: i64,
}

/// Signs in. Tries are throttled.
#[utoipa::path(post, path = "/v1/sessions", tag = "sessions", operation_id = "create_session",
    request_body = NewSession,
    responses((status = 201, description = "Signed in", body = BegunSession,
        headers(("Location" = String, description = "The session")))))]
async fn sign_in(
    State(face): State<Arc<Face>>,
    query: Query,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    query.finish()?;
    let mut input = Input::read(&headers, body).await?;
    let (email, password) = (input.required("email"), input.required("password"));
    input.finish()?;
    let SignedIn { token, principal, warnings } =
        called(face.service.sign_in(&email, &password.into())).await?;
    let session = Login::new(token, &principal, face.service.now());
    let warnings = warnings.into_iter().map(|warning| warning.message).collect();
    let begun = BegunSession { session, warnings };
    Ok(located("/v1/sessions/current", (StatusCode::CREATED, Json(begun)).into_response()))
}

/// Shows the session.
#[utoipa::path(get, path = "/v1/sessions/current", tag = "sessions", operation_id = "get_session",
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "The session", body = CurrentSession)))]
async fn current(request: Request) -> Result<Json<CurrentSession>, Problem> {
    let now = request.service().now();
    let principal = request.session.principal;
    Ok(Json(CurrentSession {
        expires_at: Time(principal.claims.expires_at()),
        expires_in: principal.claims.exp - now.as_second(),
        email: principal.email,
        role: principal.role,
        organization_id: principal.organization_id,
        organization_name: principal.organization_name,
    }))
}

/// Gives a new token for the same session, valid for the session's length from now, but at most 12 h after the sign-in.
/// The old token stays valid until it expires.
#[utoipa::path(post, path = "/v1/sessions/current/renewal", tag = "sessions", operation_id = "renew_session",
    security(("HTTPBearer" = [])),
    responses((status = 200, description = "Renewed", body = Login)))]
async fn renew(request: Request) -> Result<Json<Login>, Problem> {
    let SignedIn { token, principal, .. } = called(request.service().renew(request.token())).await?;
    Ok(Json(Login::new(token, &principal, request.service().now())))
}

/// Signs out: ends the session with all its tokens.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "sessions", operation_id = "end_session",
    params(("everywhere" = Option<bool>, Query, description = "Ends every session of the account")),
    security(("HTTPBearer" = [])),
    responses((status = 204, description = "Signed out")))]
async fn sign_out(asked: WithQuery) -> Result<StatusCode, Problem> {
    let (everywhere, request) = asked.read(|query| query.flag("everywhere"))?;
    called(request.service().sign_out(request.token(), everywhere)).await?;
    Ok(StatusCode::NO_CONTENT)
}
