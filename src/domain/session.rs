//! Sessions: the content of a token, the caller, and when a session ends. Times are passed in, never read.

use super::{AccountId, Email, OrganizationId, Role};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// A session ends this long after its sign-in, however often it is renewed.
pub const MAX_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Times are compared with this leeway, since clocks of two machines differ (RFC 7519, sections 4.1.4 and 4.1.5).
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// How long a store keeps an ended session after its absolute end: when a clock that ran a day ahead is corrected, the
/// session must not become valid again.
pub const REVOKED_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// A signed token; never parsed or printed outside the token module.
#[derive(Debug, Clone)]
pub struct AccessToken(pub SecretString);

/// Why a session is no longer valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It has expired.
    Expired,
    /// It is not valid yet: the clock here is behind the clock of the sign-in.
    NotYet,
    /// It was ended: sign-out, a new password or email, or the account or the organization is gone.
    Ended,
}

/// The claims of a token (registered claims of RFC 7519, `auth_time` and `sid` of OpenID Connect, and three private
/// ones). All are required; times are whole seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Issuer: always `tenantry`.
    pub iss: String,
    /// Audience: the id of the store.
    pub aud: Uuid,
    /// Subject: the account.
    pub sub: AccountId,
    /// The organization of an admin; `null` for an operator, but never missing.
    #[serde(deserialize_with = "present")]
    pub org: Option<OrganizationId>,
    /// The account's role.
    pub role: Role,
    /// The account's `token_version` when the token was issued.
    pub tv: i64,
    /// When the session was issued. A renewal keeps it, so that ending all sessions before a time ends their renewals
    /// too.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// Expiry.
    pub exp: i64,
    /// When the password was verified.
    pub auth_time: i64,
    /// Identifies the session. A renewal keeps it; a sign-out ends every token that has it.
    pub sid: Uuid,
    /// Identifies this token.
    pub jti: Uuid,
}

/// Without this, serde would read a missing field as `None`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl Claims {
    /// Compares the token's times with `now`, with [`LEEWAY`].
    ///
    /// # Errors
    /// [`Ended::NotYet`] before `nbf`; [`Ended::Expired`] from `exp` on, and 12 h after `auth_time`.
    pub fn check_times(&self, now: Timestamp) -> Result<(), Ended> {
        let (now, leeway) = (now.as_second(), LEEWAY.as_secs());
        let end = self.exp.min(self.auth_time.saturating_add(MAX_SESSION.as_secs()));
        if now < self.nbf.saturating_sub(leeway) {
            Err(Ended::NotYet)
        } else if now >= end.saturating_add(leeway) {
            Err(Ended::Expired)
        } else {
            Ok(())
        }
    }

    /// Whether a session of this length should be renewed at `now`: less than half of it is left, and the 12 h allow
    /// more time.
    pub fn is_renewal_due(&self, now: Timestamp, session: SignedDuration) -> bool {
        let left = self.exp.saturating_sub(now.as_second());
        left < session.as_secs() / 2 && end_of_session(now, session, self.auth_time) > self.exp
    }

    /// The time from which no token of this session is valid, however often it was renewed.
    pub fn absolute_end(&self) -> Timestamp {
        let end = self.auth_time.saturating_add((MAX_SESSION + LEEWAY).as_secs());
        Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
    }

    /// When this token expires.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.exp).unwrap_or(Timestamp::MIN)
    }
}

/// The end of a session that is signed in or renewed now: `session` from now, but at most [`MAX_SESSION`] after the
/// password was verified. In whole seconds.
pub fn end_of_session(now: Timestamp, session: SignedDuration, auth_time: i64) -> i64 {
    let by_use = now.as_second().saturating_add(session.as_secs());
    by_use.min(auth_time.saturating_add(MAX_SESSION.as_secs()))
}

/// The caller, from a checked session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub account_id: AccountId,
    /// Its email as typed.
    pub email: String,
    /// Its role.
    pub role: Role,
    /// The organization of an admin.
    pub organization_id: Option<OrganizationId>,
    /// The name of that organization.
    pub organization_name: Option<String>,
    /// The claims of its token.
    pub claims: Claims,
}

impl Principal {
    /// Whether an admin's organization has this name already.
    pub fn has_name(&self, name: &str) -> bool {
        self.organization_name.as_deref() == Some(name)
    }

    /// Whether an admin, and so its organization, has this email already, in any case.
    pub fn has_email(&self, email: &str) -> bool {
        self.role == Role::Admin && Email::key_of(email) == Email::key_of(&self.email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            iss: "tenantry".into(),
            aud: Uuid::nil(),
            sub: AccountId(Uuid::nil()),
            org: None,
            role: Role::Operator,
            tv: 1,
            iat: 1_000,
            nbf: 1_000,
            exp: 2_800,
            auth_time: 1_000,
            sid: Uuid::nil(),
            jti: Uuid::nil(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn session_is_valid_from_nbf_to_exp_with_a_minute_of_leeway() {
        for second in [940, 999, 1_000, 2_799, 2_800, 2_859] {
            assert_eq!(claims().check_times(at(second)), Ok(()), "{second}");
        }
        for (second, why) in
            [(0, Ended::NotYet), (939, Ended::NotYet), (2_860, Ended::Expired), (90_000, Ended::Expired)]
        {
            assert_eq!(claims().check_times(at(second)), Err(why), "{second}");
        }
    }

    #[test]
    fn renewal_is_due_in_the_second_half_if_it_adds_time() {
        let half_hour = SignedDuration::from_mins(30);
        for (second, due) in [(1_000, false), (1_899, false), (1_901, true), (2_830, true)] {
            assert_eq!(claims().is_renewal_due(at(second), half_hour), due, "{second}");
        }
        let at_the_cap = Claims { exp: 1_000 + 43_200, ..claims() };
        assert!(!at_the_cap.is_renewal_due(at(1_000 + 43_000), half_hour));
    }

    #[test]
    fn session_ends_twelve_hours_after_the_password() {
        let forged_long = Claims { exp: 1_000_000, ..claims() };
        assert!(forged_long.check_times(at(1_000 + 43_259)).is_ok());
        assert_eq!(forged_long.check_times(at(1_000 + 43_260)), Err(Ended::Expired));
        assert_eq!(forged_long.absolute_end(), at(1_000 + 43_260));
        let absurd = Claims { auth_time: i64::MAX, exp: i64::MAX, ..claims() };
        assert!(absurd.check_times(at(1_000)).is_ok());
    }

    #[test]
    fn renewal_does_not_outlive_twelve_hours() {
        let half_hour = SignedDuration::from_mins(30);
        assert_eq!(end_of_session(at(1_000), half_hour, 1_000), 2_800);
        assert_eq!(end_of_session(at(43_000), half_hour, 1_000), 44_200);
    }

    #[test]
    fn the_organization_of_an_operator_is_null_not_missing() {
        let mut json = serde_json::to_value(claims()).unwrap();
        assert!(json["org"].is_null());
        json.as_object_mut().unwrap().remove("org");
        assert!(serde_json::from_value::<Claims>(json).is_err());
    }
}
