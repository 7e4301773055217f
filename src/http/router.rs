//! All routes, and the layers that every request passes.

use super::face::Face;
use super::{access_log, drop_in, health, metrics, openapi, pages, v1};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long a request may take until its answer begins. A write that takes longer is completed all the same.
const REQUEST_TIME: Duration = Duration::from_mins(1);

/// The routes over a service.
pub(super) fn router(face: Arc<Face>) -> Router {
    let (api, document) = OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(drop_in::routes())
        .merge(v1::routes())
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
        .split_for_parts();
    let mut router = api
        .merge(pages::pages(&document))
        .fallback(fallback)
        .method_not_allowed_fallback(|| async { drop_in::method_not_allowed() })
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn(to_one_host))
        .layer(CatchPanicLayer::custom(|_| drop_in::failed()))
        .layer(middleware::from_fn(v1::finish))
        .layer(middleware::map_response(kept_by_nobody))
        .layer(DefaultBodyLimit::disable());
    if let Some(cors) = cors(&face.options.cors_origins) {
        router = router.layer(cors);
    }
    router.layer(middleware::from_fn_with_state(Arc::clone(&face), access_log::log)).with_state(face)
}

/// A path with a slash too many is redirected with its method and its body.
async fn fallback(request: Request) -> Response {
    let path = request.uri().path();
    let is_known = |path: &&str| drop_in::PATHS.contains(path) || *path == pages::PATH;
    match path.strip_suffix('/').filter(is_known) {
        Some(path) => {
            let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
            Redirect::temporary(&format!("{path}{query}")).into_response()
        }
        None => drop_in::not_found(),
    }
}

/// Answers have names, emails and tokens: neither a cache nor a guess about their type may use them.
async fn kept_by_nobody(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// HTTP/1.1 has one host in every request (RFC 9112, section 3.2): with two, a proxy may have read the other.
async fn to_one_host(request: Request, next: Next) -> Response {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return drop_in::no_host();
    }
    next.run(request).await
}

/// Ends a request that takes too long.
async fn in_time(request: Request, next: Next) -> Response {
    let is_read = request.method().is_safe();
    tokio::time::timeout(REQUEST_TIME, next.run(request)).await.unwrap_or_else(|_| drop_in::too_slow(is_read))
}

/// Lets the pages of some origins call it.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let idempotency_key = HeaderName::from_static(super::operation::IDEMPOTENCY_KEY);
    let headers = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        idempotency_key,
        HeaderName::from_static("last-event-id"),
        access_log::REQUEST_ID,
    ];
    let exposed = [header::ETAG, header::LINK, header::LOCATION, header::RETRY_AFTER, access_log::REQUEST_ID];
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(headers)
            .expose_headers(exposed),
    )
}
