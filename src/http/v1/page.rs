//! Pages of lists: rows, the cursor of the next page, and the same as a link (RFC 8288).

use crate::http::parameters::{pairs, query};
use crate::wire::{Page, PageEnd};
use axum::Json;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Bytes of a link at most: a cursor may be longer than a client takes in a header. The body has it all the same.
const MAX_LINK: usize = 4_096;

/// The parameters of every list.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its description is used: a query is read parameter by parameter")]
pub(super) struct Paging {
    /// Rows at most. A page may be shorter, or empty, although more follow.
    #[param(minimum = 1, maximum = 1000, default = 100, nullable = false)]
    limit: Option<u16>,
    /// Where the page begins: `next_cursor` of the page before, with the same parameters.
    #[param(nullable = false)]
    cursor: Option<String>,
}

/// The answer with a page.
pub(super) fn page<T: Serialize>(uri: &Uri, items: Vec<T>, next_cursor: Option<String>) -> Response {
    let link = next_cursor.as_deref().and_then(|cursor| link(uri, cursor));
    linked(link, Json(Page { items, end: PageEnd::before(next_cursor) }).into_response())
}

/// The answer with a link to the next page.
pub(super) fn linked(link: Option<HeaderValue>, mut response: Response) -> Response {
    if let Some(link) = link {
        response.headers_mut().insert(header::LINK, link);
    }
    response
}

/// The same request with another cursor.
pub(super) fn link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let others = pairs(uri.query()).filter(|(name, _)| name != "cursor");
    let query = query(others.chain([("cursor".into(), cursor.into())]));
    let link = format!("<{}?{query}>; rel=\"next\"", uri.path());
    HeaderValue::from_str(&link).ok().filter(|_| link.len() <= MAX_LINK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_is_the_request_with_the_next_cursor() {
        let uri: Uri = "/v1/organizations?filter=a+b%26c&cursor=old&limit=2".parse().unwrap();
        assert_eq!(
            link(&uri, "new").unwrap(),
            "</v1/organizations?filter=a+b%26c&limit=2&cursor=new>; rel=\"next\""
        );
        assert_eq!(link(&uri, &"x".repeat(MAX_LINK)), None);
    }
}
