//! The id of a write: what makes a request that is sent twice one write.

use crate::domain::AccountId;
use crate::service::OperationId;
use axum::http::HeaderMap;
use uuid::Uuid;

/// The header with a client's key, by the IETF draft "The Idempotency-Key HTTP Header Field".
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The namespace of keys; each account has its own below it.
const KEYS: Uuid = Uuid::from_u128(0x6f2d_9c51_5f0a_4c39_8a54_2f0e_4d1b_7c90);

/// Whether a key, if there is one, is one text that is not empty.
pub(super) fn has_right_key(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    keys.next().is_none_or(|key| !key.is_empty()) && keys.next().is_none()
}

/// The operation of a request: the same for the same key of the same account, new without a key.
pub(super) fn operation(headers: &HeaderMap, account: Option<AccountId>) -> OperationId {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return OperationId::random();
    };
    let of_account = Uuid::new_v5(&KEYS, account.map_or(Uuid::nil(), |account| account.0).as_bytes());
    OperationId(Uuid::new_v5(&of_account, key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_operation_for_its_account_alone() {
        let with =
            |key: &str| HeaderMap::from_iter([(IDEMPOTENCY_KEY.parse().unwrap(), key.parse().unwrap())]);
        let (one, two) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let first = operation(&with("order 7"), Some(one));
        assert_eq!(first, operation(&with("order 7"), Some(one)));
        assert_ne!(first, operation(&with("order 8"), Some(one)));
        assert_ne!(first, operation(&with("order 7"), Some(two)));
        assert_ne!(first, operation(&with("order 7"), None));
        assert_ne!(operation(&HeaderMap::new(), Some(one)), operation(&HeaderMap::new(), Some(one)));
    }
}
