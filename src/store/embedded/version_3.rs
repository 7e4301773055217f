//! The third version of the tables: when an account signed in last, which key signs the sessions, and sessions that
//! end as a whole.

/// What it adds to version 2. Tokens of version 2 carry no session id, so none of them is good any more, and what was
/// kept of them ends nothing.
pub(super) const SQL: &str = "
ALTER TABLE admins ADD COLUMN last_sign_in_at INTEGER;
ALTER TABLE meta ADD COLUMN key_check TEXT;
ALTER TABLE revoked RENAME COLUMN jti TO session_id;
";
