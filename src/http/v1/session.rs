//! The session of a request, which is looked at before anything else of it.

use super::problem::Problem;
use crate::domain::{AccessToken, Principal};
use crate::http::bearer::bearer;
use crate::http::face::{Face, called};
use axum::http::HeaderMap;

/// A checked session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) token: AccessToken,
    pub(super) principal: Principal,
}

impl Session {
    /// The session of a request.
    pub(super) async fn of(face: &Face, headers: &HeaderMap) -> Result<Self, Problem> {
        let token = bearer(headers).ok_or_else(Problem::no_bearer)?;
        let principal = called(face.service.who_am_i(&token)).await?;
        Ok(Self { token, principal })
    }
}
