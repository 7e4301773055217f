//! What a person sees in a browser: the document of the API, its page, and the root.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::json;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

/// The page with the document of the API.
pub(super) const PATH: &str = "/docs";

/// The page loads its own files alone.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'self'";

/// `/`, `/openapi.json`, `/docs` and its files.
pub(super) fn pages<S: Clone + Send + Sync + 'static>(document: &OpenApi) -> Router<S> {
    let text: Arc<str> = document.to_json().unwrap_or_default().into();
    let config = Arc::new(Config::new(["/openapi.json"]));
    let (index, files) = (Arc::clone(&config), config);
    Router::new()
        .route("/", routing::get(root))
        .route("/openapi.json", routing::get(move || async move { json_text(&text) }))
        .route(PATH, routing::get(move || async move { file("index.html", index) }))
        .route(
            "/docs/{*file}",
            // A path that is no text is the path of no file.
            routing::get(move |path: Result<Path<String>, PathRejection>| async move {
                path.map_or_else(|_| super::drop_in::not_found(), |Path(name)| file(&name, files))
            }),
        )
}

/// Monitors look at the message.
async fn root() -> Json<serde_json::Value> {
    Json(json!({"message": "Server is up and running!", "docs": PATH}))
}

fn json_text(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response()
}

/// A file of the page, which is in the binary.
fn file(name: &str, config: Arc<Config<'static>>) -> Response {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(name, config) else {
        return super::drop_in::not_found();
    };
    let mut bytes = file.bytes.into_owned();
    if name == "index.html" {
        // The page is at /docs, its files below it.
        let text = String::from_utf8_lossy(&bytes).replacen("<head>", "<head><base href=\"/docs/\">", 1);
        bytes = text.into_bytes();
    }
    let mut response = (
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, file.content_type),
            (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
            (header::CACHE_CONTROL, "max-age=3600".to_owned()),
        ],
        bytes,
    )
        .into_response();
    if file.gzpipped {
        response.headers_mut().insert(header::CONTENT_ENCODING, axum::http::HeaderValue::from_static("gzip"));
    }
    response
}
