//! `POST /admin/login`.

use super::input::Input;
use super::refusal::Refusal;
use super::shapes::{AdminLogin, HTTPValidationError, Session, Told};
use crate::http::body;
use crate::http::face::{Face, called};
use crate::service::SignedIn;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use secrecy::ExposeSecret;
use std::sync::Arc;

/// Signs in. Tries are throttled.
#[utoipa::path(post, path = "/admin/login", tag = "drop-in", operation_id = "login_admin_login_post",
    request_body = AdminLogin,
    responses(
        (status = 200, description = "Signed in", body = Session),
        (status = 400, description = "The body is broken", body = Told),
        (status = 401, description = "Wrong email or password", body = Told),
        (status = 403, description = "The organization is suspended", body = Told),
        (status = 408, description = "The body did not arrive in time", body = Told),
        (status = 413, description = "More than 64 KiB", body = Told),
        (status = 422, description = "Wrong fields", body = HTTPValidationError),
        (status = 429, description = "Too many tries", body = Told),
        (status = 503, description = "The store does not answer, or too many sign-ins wait", body = Told)))]
pub(super) async fn sign_in(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Session>, Refusal> {
    let mut input = Input::new(body::object(&headers, body).await?);
    let email = input.required("email");
    let password = input.required("password");
    if email.as_deref().is_some_and(|email| !has_two_parts(email.trim())) {
        input.refuse("email", "value_error", "An email needs exactly one @ with text before and after it.");
    }
    input.finish()?;
    let password = password.unwrap_or_default().into();
    let SignedIn { token, principal, warnings } =
        called(face.service.sign_in(&email.unwrap_or_default(), &password)).await?;
    Ok(Json(Session {
        access_token: token.0.expose_secret().to_owned(),
        token_type: "bearer",
        expires_in: principal.claims.exp - face.service.now().as_second(),
        org_name: principal.organization_name,
        organization_id: principal.organization_id,
        warnings: warnings.into_iter().map(|warning| warning.message).collect(),
    }))
}

/// Only the form counts: an account may have an email that a later rule refuses.
fn has_two_parts(email: &str) -> bool {
    email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}
