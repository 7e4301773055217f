//! Version 3 of the tables: the last sign-in of an account, the check value of the key, and sessions that end as a
//! whole.

/// The changes to version 2. Tokens of version 2 have no session id, so none is valid any more, and stored revocations
/// are useless.
pub(super) const SQL: &str = "
ALTER TABLE admins ADD COLUMN last_sign_in_at INTEGER;
ALTER TABLE meta ADD COLUMN key_check TEXT;
ALTER TABLE revoked RENAME COLUMN jti TO session_id;
";
