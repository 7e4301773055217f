//! The id of a write: what makes a request that is sent twice one write.

use crate::domain::{AccountId, Email};
use crate::service::OperationId;
use axum::http::HeaderMap;
use uuid::Uuid;

/// The header with a client's key, by the IETF draft "The Idempotency-Key HTTP Header Field".
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The namespace of accounts' keys; each account has its own below it.
const KEYS: Uuid = Uuid::from_u128(0x6f2d_9c51_5f0a_4c39_8a54_2f0e_4d1b_7c90);
/// The same of those without a session.
const NOBODYS_KEYS: Uuid = Uuid::from_u128(0x0b7c_41d6_9e35_4a0f_b1a8_63d2_7f94_c5e1);

/// Whether a key, if there is one, is one text that is not empty.
pub(super) fn has_right_key(headers: &HeaderMap) -> bool {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    keys.next().is_none_or(|key| !key.is_empty()) && keys.next().is_none()
}

/// Whose key it is: two who choose the same text mean two writes.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyOf<'a> {
    /// An account's.
    Account(AccountId),
    /// Of somebody without a session, who creates an organization with this email of its admin.
    NewAdmin(&'a str),
}

/// The operation of a request: the same for the same key of the same owner, new without a key.
pub(super) fn operation(headers: &HeaderMap, owner: KeyOf<'_>) -> OperationId {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return OperationId::random();
    };
    let of_owner = match owner {
        KeyOf::Account(account) => Uuid::new_v5(&KEYS, account.0.as_bytes()),
        KeyOf::NewAdmin(email) => Uuid::new_v5(&NOBODYS_KEYS, Email::key_of(email).as_bytes()),
    };
    OperationId(Uuid::new_v5(&of_owner, key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_operation_for_its_account_alone() {
        let with =
            |key: &str| HeaderMap::from_iter([(IDEMPOTENCY_KEY.parse().unwrap(), key.parse().unwrap())]);
        let [one, two] = [1, 2].map(|number| KeyOf::Account(AccountId(Uuid::from_u128(number))));
        let first = operation(&with("order 7"), one);
        assert_eq!(first, operation(&with("order 7"), one));
        assert_ne!(first, operation(&with("order 8"), one));
        assert_ne!(first, operation(&with("order 7"), two));
        assert_ne!(operation(&HeaderMap::new(), one), operation(&HeaderMap::new(), one));
        let [ann, bob] = ["ann@x", "bob@x"].map(|email| operation(&with("order 7"), KeyOf::NewAdmin(email)));
        assert_eq!(ann, operation(&with("order 7"), KeyOf::NewAdmin("ANN@x ")));
        assert!(![first, bob].contains(&ann), "strangers who choose the same key");
    }
}
