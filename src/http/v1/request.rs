//! What a handler takes of its request, in the order in which problems are found: the session, the path, the query, what
//! a write demands in its headers, and the body.

use super::input::Input;
use super::key;
use super::precondition::Precondition;
use super::problem::Problem;
use super::query::Query;
use super::session::Session;
use crate::domain::{AccessToken, Epoch, OrganizationId};
use crate::http::body::{self, MAX_BODY};
use crate::http::face::{Face, called};
use crate::http::operation::KeyOf;
use crate::http::places::Place;
use crate::service::{Error, OperationId, OrganizationReference, TenantService};
use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;
use uuid::Uuid;

/// A request in a session, of a route without parameters. It has no `Debug`: its headers are secret.
pub(super) struct Request {
    pub(super) face: Arc<Face>,
    pub(super) session: Session,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    path: Vec<(String, String)>,
}

/// The same of a route with parameters, before they are read.
pub(super) struct WithQuery(Request);

impl WithQuery {
    /// Reads the parameters, and refuses whatever is wrong with them, and any other.
    pub(super) fn read<T>(self, read: impl FnOnce(&mut Query) -> T) -> Result<(T, Request), Problem> {
        let mut query = Query::read(self.0.uri.query());
        let asked = read(&mut query);
        query.finish()?;
        Ok((asked, self.0))
    }

    pub(super) fn service(&self) -> &TenantService {
        self.0.service()
    }
}

impl Request {
    pub(super) fn service(&self) -> &TenantService {
        &self.face.service
    }

    pub(super) fn token(&self) -> &AccessToken {
        &self.session.token
    }

    /// A part of the path, by its name in the route.
    pub(super) fn part(&self, name: &str) -> &str {
        self.path.iter().find(|(own, _)| own == name).map_or("", |(_, part)| part)
    }

    /// The organization of the path. What is no id is the id of none.
    pub(super) fn organization(&self) -> Result<OrganizationReference, Problem> {
        let id = self.part("id").parse().map_err(|_| Error::NotFound)?;
        Ok(OrganizationReference::Id(OrganizationId(id)))
    }

    /// The operation of a write, by its key.
    pub(super) fn operation(&self) -> Result<OperationId, Problem> {
        key::operation(&self.headers, KeyOf::Account(self.session.principal.account_id))
    }

    /// Refuses a key, for a write that keeps none: what a repeat does `instead`.
    pub(super) fn refuse_key(&self, instead: &str) -> Result<(), Problem> {
        key::refuse(&self.headers, instead)
    }

    /// A place for a body that may be bigger than those of most routes. It is held until the body is in memory no more.
    pub(super) fn body_place(&self) -> Result<Option<Place>, Problem> {
        if body::length(&self.headers).is_some_and(|length| length <= MAX_BODY) {
            return Ok(None);
        }
        let place = self.face.big_bodies.take(&self.session.principal);
        place.map(Some).ok_or_else(|| {
            let detail = "Too many big bodies are being read already, of this account or in all.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).waiting(1)
        })
    }

    /// What the caller demands of the thing that it changes.
    pub(super) fn precondition(&self) -> Result<Precondition, Problem> {
        Precondition::of(&self.headers)
    }

    /// What a change of an organization is about.
    pub(super) fn change(&self) -> Result<(OrganizationReference, OperationId, Precondition), Problem> {
        Ok((self.organization()?, self.operation()?, self.precondition()?))
    }

    /// The epoch that a precondition demands of an organization.
    pub(super) async fn expected(
        &self,
        precondition: &Precondition,
        organization: &OrganizationReference,
    ) -> Option<Epoch> {
        let read = self.service().organization(self.token(), organization);
        precondition.epoch(called(read)).await
    }

    /// The fields of a body that has to be there.
    pub(super) async fn input(&self, body: Body) -> Result<Input, Problem> {
        Input::read(&self.headers, body).await
    }

    /// The fields of a body that may be left out.
    pub(super) async fn input_if_any(&self, body: Body) -> Result<Input, Problem> {
        Input::read_if_any(&self.headers, body).await
    }
}

impl FromRequestParts<Arc<Face>> for WithQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        let session = Session::of(face, &parts.headers).await?;
        let path = RawPathParams::from_request_parts(parts, face).await;
        let path = path.map_err(|_| Problem::of_status(StatusCode::BAD_REQUEST, false))?;
        let path = path.iter().map(|(name, part)| (name.to_owned(), part.to_owned())).collect();
        let (face, headers, uri) = (Arc::clone(face), parts.headers.clone(), parts.uri.clone());
        Ok(Self(Request { face, session, headers, uri, path }))
    }
}

impl FromRequestParts<Arc<Face>> for Request {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, face: &Arc<Face>) -> Result<Self, Problem> {
        let asked = WithQuery::from_request_parts(parts, face).await?;
        asked.read(|_| ()).map(|((), request)| request)
    }
}

/// The path of an organization.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct OrganizationPath {
    /// The id of the organization.
    id: Uuid,
}
