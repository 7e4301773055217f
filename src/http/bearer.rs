//! The session of a request: RFC 6750, section 2.1, in the header alone.

use crate::domain::AccessToken;
use axum::http::{HeaderMap, header};

/// The token of a request. `None` without a bearer: no header, another scheme, or a scheme without a token. Of two headers
/// none is taken: what stands before it may have read the other.
pub(super) fn bearer(headers: &HeaderMap) -> Option<AccessToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let text = String::from_utf8_lossy(value.as_bytes());
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| AccessToken(token.to_owned().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn only_a_bearer_with_a_token_is_one() {
        let of = |value: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            bearer(&headers).map(|token| token.0.expose_secret().to_owned())
        };
        for none in ["", "Bearer", "Bearer ", "Basic abc", "Token abc", "abc"] {
            assert_eq!(of(none), None, "{none}");
        }
        for some in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert_eq!(of(some).as_deref(), Some("abc"), "{some}");
        }
        assert!(bearer(&HeaderMap::new()).is_none());
        let mut twice = HeaderMap::new();
        for token in ["Bearer abc", "Bearer def"] {
            twice.append(header::AUTHORIZATION, token.parse().unwrap());
        }
        assert!(bearer(&twice).is_none());
    }
}
