//! Access tokens: JWT (RFC 7519) under HS256 and nothing else (RFC 8725, section 3.1).
//!
//! Owns signing and every check that needs no store: signature, algorithm, type, issuer, audience, and the presence
//! and type of every claim. `domain::session` compares times.

use super::{Error, Result};
use crate::domain::{AccessToken, Claims};
use crate::port::SecretKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// The issuer of every token.
pub const ISSUER: &str = "tenantry";
/// Bytes of a token at most; a longer one is not parsed.
pub const MAX_TOKEN_BYTES: usize = 4_096;
const REQUIRED: [&str; 12] =
    ["iss", "aud", "sub", "org", "role", "tv", "iat", "nbf", "exp", "auth_time", "sid", "jti"];

/// Signs the claims of a session.
///
/// # Errors
/// [`Error::StoreUnusable`] without a key, [`Error::Internal`] when signing fails.
pub fn sign(key: &dyn SecretKey, claims: &Claims) -> Result<AccessToken> {
    let key = key.load_or_make()?;
    let key = EncodingKey::from_secret(key.expose_secret().as_bytes());
    encode(&Header::new(Algorithm::HS256), claims, &key)
        .map(|token| AccessToken(token.into()))
        .map_err(|error| Error::internal(&error))
}

/// The claims of a token, if this store's key signed it for this store.
///
/// # Errors
/// [`Error::Unauthenticated`] otherwise, without saying what was wrong.
pub fn verify(key: &dyn SecretKey, token: &AccessToken, store_id: Uuid) -> Result<Claims> {
    let text = token.0.expose_secret();
    if text.len() > MAX_TOKEN_BYTES {
        return Err(Error::Unauthenticated);
    }
    let Some(key) = key.load()? else {
        return Err(Error::Unauthenticated);
    };
    let key = DecodingKey::from_secret(key.expose_secret().as_bytes());
    let mut rules = Validation::new(Algorithm::HS256);
    rules.leeway = 0;
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[store_id]);
    rules.set_required_spec_claims(&REQUIRED);
    let token = decode::<Claims>(text, &key, &rules).map_err(|error| {
        tracing::debug!(%error, "token refused");
        Error::Unauthenticated
    })?;
    if token.header.typ.as_deref() == Some("JWT") { Ok(token.claims) } else { Err(Error::Unauthenticated) }
}

/// The check value that identifies a store's key: HMAC-SHA256 of the store's id under the key. It is not a token:
/// tokens have another shape.
///
/// # Errors
/// [`Error::StoreUnusable`] without a key, [`Error::Internal`] when signing fails.
pub fn key_check(key: &dyn SecretKey, store_id: Uuid) -> Result<String> {
    let key = key.load_or_make()?;
    let key = EncodingKey::from_secret(key.expose_secret().as_bytes());
    let message = format!("tenantry key check {store_id}");
    jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256)
        .map_err(|error| Error::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AccountId, OrganizationId, Role};
    use crate::port::GivenKey;
    use secrecy::SecretString;
    use serde_json::{Value, json};

    const STORE: Uuid = Uuid::from_u128(7);

    fn key() -> GivenKey {
        GivenKey("0123456789abcdef0123456789abcdef".into())
    }

    fn claims() -> Claims {
        Claims {
            iss: ISSUER.into(),
            aud: STORE,
            sub: AccountId(Uuid::from_u128(1)),
            org: Some(OrganizationId(Uuid::from_u128(2))),
            role: Role::Admin,
            tv: 3,
            iat: 10,
            nbf: 10,
            exp: 20,
            auth_time: 10,
            sid: Uuid::from_u128(5),
            jti: Uuid::from_u128(4),
        }
    }

    fn forge(header: &Header, claims: &Value, key: &str) -> AccessToken {
        AccessToken(encode(header, claims, &EncodingKey::from_secret(key.as_bytes())).unwrap().into())
    }

    fn check(token: &AccessToken) -> Result<Claims> {
        verify(&key(), token, STORE)
    }

    #[test]
    fn signed_claims_are_read_back_at_any_time() {
        assert_eq!(check(&sign(&key(), &claims()).unwrap()).unwrap(), claims());
    }

    const GOOD_KEY: &str = "0123456789abcdef0123456789abcdef";

    fn good() -> Value {
        serde_json::to_value(claims()).unwrap()
    }

    /// A validly signed token with another value for a claim, or without it.
    fn with(claim: &str, value: Option<Value>) -> AccessToken {
        let mut claims = good();
        let map = claims.as_object_mut().unwrap();
        match value {
            Some(value) => map.insert(claim.to_owned(), value),
            None => map.remove(claim),
        };
        forge(&Header::new(Algorithm::HS256), &claims, GOOD_KEY)
    }

    #[test]
    fn wrong_or_missing_claims_are_unauthenticated() {
        let wrong = [
            ("iss", json!("evil")),
            ("aud", json!(Uuid::from_u128(8))),
            ("role", json!("root")),
            ("tv", json!("3")),
            ("exp", json!("20")),
            ("exp", json!(20.5)),
            ("sub", json!("1")),
            ("org", json!(2)),
        ];
        for (claim, value) in wrong {
            assert_eq!(
                check(&with(claim, Some(value.clone()))),
                Err(Error::Unauthenticated),
                "{claim} {value}"
            );
        }
        for claim in REQUIRED {
            assert_eq!(check(&with(claim, None)), Err(Error::Unauthenticated), "without {claim}");
        }
    }

    #[test]
    fn forged_and_broken_tokens_are_unauthenticated() {
        let header = Header::new(Algorithm::HS256);
        let signed = sign(&key(), &claims()).unwrap().0.expose_secret().to_owned();
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        let (_, body) = unsigned.split_once('.').unwrap();
        let text = |text: &str| AccessToken(text.into());
        let table = [
            ("other key", forge(&header, &good(), "ffffffffffffffffffffffffffffffff")),
            ("HS512", forge(&Header::new(Algorithm::HS512), &good(), GOOD_KEY)),
            ("no typ", forge(&Header { typ: None, ..header.clone() }, &good(), GOOD_KEY)),
            ("other typ", forge(&Header { typ: Some("at+jwt".into()), ..header.clone() }, &good(), GOOD_KEY)),
            ("empty", text("")),
            ("two dots", text("..")),
            ("not base64", text("ä.ö.ü")),
            ("5 MB", text(&"a".repeat(5_000_000))),
            ("no signature", text(&format!("{unsigned}."))),
            // {"alg":"none","typ":"JWT"}
            ("alg none", text(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}."))),
        ];
        for (what, token) in table {
            assert_eq!(check(&token), Err(Error::Unauthenticated), "{what}");
        }
    }

    #[test]
    fn operator_token_has_a_null_organization() {
        let claims = Claims { org: None, role: Role::Operator, ..claims() };
        assert_eq!(check(&sign(&key(), &claims).unwrap()).unwrap(), claims);
    }

    #[test]
    fn key_checks_differ_by_store_and_key() {
        let check = key_check(&key(), STORE).unwrap();
        assert_eq!(check, key_check(&key(), STORE).unwrap());
        assert_ne!(check, key_check(&key(), Uuid::from_u128(8)).unwrap());
        assert_ne!(check, key_check(&GivenKey("f".repeat(32).into()), STORE).unwrap());
    }

    #[derive(Debug)]
    struct NoKeyYet;

    impl SecretKey for NoKeyYet {
        fn load(&self) -> Result<Option<SecretString>> {
            Ok(None)
        }
        fn load_or_make(&self) -> Result<SecretString> {
            Err(Error::StoreUnusable("read-only".into()))
        }
    }

    #[test]
    fn without_a_key_tokens_are_neither_valid_nor_issued() {
        let token = sign(&key(), &claims()).unwrap();
        assert_eq!(verify(&NoKeyYet, &token, STORE), Err(Error::Unauthenticated));
        assert!(matches!(sign(&NoKeyYet, &claims()), Err(Error::StoreUnusable(_))));
    }
}
