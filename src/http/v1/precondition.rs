//! `ETag`, `If-Match` and `If-None-Match` (RFC 9110, section 13): a change is only made to what the caller read.

use super::problem::Problem;
use crate::domain::document::RawDocumentBuf;
use crate::domain::document::raw::revision;
use crate::domain::{Epoch, Organization};
use crate::service::Error;
use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The header of a write that is made only to what the caller read.
pub(super) const IF_MATCH: &str = "If-Match";
/// An epoch that no organization has.
const NONE: Epoch = Epoch(i64::MIN);

/// The header of a change that is made only to what was read.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct IfMatch {
    /// The ETag that was read: the change is made only to that.
    #[param(rename = "If-Match", nullable = false, pattern = r#"^(\*|"[^"]*"(, "[^"]*")*)$"#)]
    tags: Option<String>,
}

/// The header of a read of what may be known.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct IfNoneMatch {
    /// The ETag that is known: without a change the answer is 304.
    #[param(rename = "If-None-Match", nullable = false)]
    tags: Option<String>,
}

/// The strong tags of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    /// `*`
    Any,
    /// The texts between the quotes; weak ones are left out, because they never match strongly.
    These(Vec<String>),
}

/// What a caller demands of the thing that it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Precondition(Option<Tags>);

impl Precondition {
    /// Reads `If-Match`.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let values: Vec<&HeaderValue> = headers.get_all(header::IF_MATCH).iter().collect();
        if values.is_empty() {
            return Ok(Self(None));
        }
        let malformed = || {
            Problem::new(StatusCode::BAD_REQUEST, "invalid_request", "If-Match is not a list of tags.")
                .hinted("Send the ETag of an answer as it is, with its quotes.")
                .about(IF_MATCH)
        };
        let tags = tags(&values, false).ok_or_else(malformed)?;
        Ok(Self(Some(tags)))
    }

    /// Whether the header was sent, so that [`Problem::in_precondition`] says why a change was refused.
    pub(super) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    /// The epoch that the change expects. If the header has several, this reads the organization and returns one at which
    /// it was as it is. If there is none, or it cannot be read, this returns the last one, and the change fails with the
    /// reason.
    pub(super) async fn epoch(
        &self,
        read: impl Future<Output = Result<Organization, Error>>,
    ) -> Option<Epoch> {
        let Tags::These(tags) = self.0.as_ref()? else { return None };
        let epochs: Vec<Epoch> = tags.iter().filter_map(|tag| epoch_of(tag)).collect();
        let is = |found: &Organization, epoch: &Epoch| found.is_unchanged_since(*epoch);
        Some(expected(epochs, read, is).await.unwrap_or(NONE))
    }

    /// The revision that is expected, in the same way.
    pub(super) async fn revision(
        &self,
        read: impl Future<Output = Result<RawDocumentBuf, Error>>,
    ) -> Option<String> {
        let Tags::These(tags) = self.0.as_ref()? else { return None };
        let is = |found: &RawDocumentBuf, tag: &String| revision(found.as_bytes()) == *tag;
        Some(expected(tags.clone(), read, is).await.unwrap_or_default())
    }

    /// The problem of a refused write.
    pub(super) fn explain(&self, error: Error) -> Problem {
        let problem = Problem::from(error);
        if self.is_set() { problem.in_precondition() } else { problem }
    }
}

/// The tag of what is read, if it is one of several; else the last.
async fn expected<T, R>(
    mut tags: Vec<T>,
    read: impl Future<Output = Result<R, Error>>,
    is: impl Fn(&R, &T) -> bool,
) -> Option<T> {
    if tags.len() > 1
        && let Ok(current) = read.await
        && let Some(found) = tags.iter().position(|tag| is(&current, tag))
    {
        return Some(tags.swap_remove(found));
    }
    tags.pop()
}

/// A tag is the number as it is written, so that `"07"` is another one.
fn epoch_of(tag: &str) -> Option<Epoch> {
    let epoch = tag.parse().ok()?;
    (tag_of(Epoch(epoch)) == tag).then_some(Epoch(epoch))
}

fn tag_of(epoch: Epoch) -> String {
    epoch.0.to_string()
}

/// The tags of a header; with `weak` also weak ones. `None` if it is malformed.
fn tags(values: &[&HeaderValue], weak: bool) -> Option<Tags> {
    let mut found = Vec::new();
    for value in values {
        let mut rest = value.to_str().ok()?.trim();
        if rest == "*" {
            return (values.len() == 1).then_some(Tags::Any);
        }
        loop {
            let is_weak = rest.starts_with("W/");
            let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
            let (tag, after) = quoted.split_once('"')?;
            if weak || !is_weak {
                found.push(tag.to_owned());
            }
            let after = after.trim_start();
            if after.is_empty() {
                break;
            }
            rest = after.strip_prefix(',')?.trim_start();
        }
    }
    Some(Tags::These(found))
}

/// Whether the caller already has this tag. A malformed header has none.
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let values: Vec<&HeaderValue> = headers.get_all(header::IF_NONE_MATCH).iter().collect();
    match tags(&values, true) {
        Some(Tags::Any) => !values.is_empty(),
        Some(Tags::These(tags)) => tags.iter().any(|known| known == tag),
        None => false,
    }
}

fn with(name: HeaderName, value: &str, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The answer with a tag.
pub(super) fn tagged(tag: &str, response: Response) -> Response {
    with(header::ETAG, &format!("\"{tag}\""), response)
}

/// A record with its epoch as the tag.
pub(super) fn record(status: StatusCode, epoch: Epoch, body: &impl Serialize) -> Response {
    tagged(&tag_of(epoch), (status, Json(body)).into_response())
}

/// The answer to a read: 304 if the caller has this tag.
pub(super) fn unless_known(headers: &HeaderMap, tag: &str, answer: impl FnOnce() -> Response) -> Response {
    let response = if has(headers, tag) { StatusCode::NOT_MODIFIED.into_response() } else { answer() };
    tagged(tag, response)
}

/// The same for a record.
pub(super) fn read(headers: &HeaderMap, epoch: Epoch, body: &impl Serialize) -> Response {
    unless_known(headers, &tag_of(epoch), || Json(body).into_response())
}

/// A header with a place.
pub(super) fn located(place: &str, response: Response) -> Response {
    with(header::LOCATION, place, response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use std::future::poll_fn;
    use std::task::Poll;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn only_a_list_of_quoted_tags_is_a_precondition() {
        let of = |value: &str| Precondition::of(&headers(header::IF_MATCH, value)).ok();
        let unread = || poll_fn(|_| -> Poll<Result<Organization, Error>> { panic!("it was read") });
        let epoch = |value: &str| of(value).unwrap().epoch(unread()).now_or_never().unwrap();
        assert_eq!(epoch("*"), None);
        assert_eq!(epoch("\"7\""), Some(Epoch(7)));
        assert_eq!(epoch("W/\"6\" , \"7\""), Some(Epoch(7)));
        for never in ["W/\"7\"", "\"abc\"", "\"07\"", "\"\"", "\"+7\""] {
            assert_eq!(epoch(never), Some(NONE), "{never}");
        }
        for malformed in ["7", "\"7", "7\"", "", "\"7\",", "\"7\" \"8\"", "*, \"7\"", "w/\"7\""] {
            assert_eq!(of(malformed), None, "{malformed}");
        }
        assert!(!Precondition::of(&HeaderMap::new()).unwrap().is_set());
    }

    #[test]
    fn of_several_tags_the_one_that_is_there_is_expected() {
        let several = || vec![6, 7, 8];
        let is = |current: &i32, tag: &i32| current == tag;
        let expected = |current| expected(several(), std::future::ready(current), is).now_or_never().unwrap();
        assert_eq!(expected(Ok(6)), Some(6));
        assert_eq!(expected(Ok(9)), Some(8));
        assert_eq!(expected(Err(Error::NotFound)), Some(8));
    }

    #[test]
    fn known_tag_is_compared_weakly() {
        let has = |value: &str| has(&headers(header::IF_NONE_MATCH, value), "7");
        assert!(["\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"].into_iter().all(has));
        assert!(!["\"8\"", "7", ""].into_iter().any(has));
        assert!(!super::has(&HeaderMap::new(), "7"));
    }
}
