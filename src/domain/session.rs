//! Sessions: what a token says, who acts, and when a session is over. Times are passed in, never read.

use super::{AccountId, OrganizationId, Role};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// A session never outlives its sign-in by more than this, however often it is renewed.
pub const MAX_SESSION: SignedDuration = SignedDuration::from_hours(12);

/// Times are compared with this much leeway: clocks of two machines differ (RFC 7519, sections 4.1.4 and 4.1.5).
pub const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// How long a store keeps an ended session beyond its absolute end: a clock that ran ahead for a day must not make it
/// good again when it is put right.
pub const REVOKED_KEPT: SignedDuration = SignedDuration::from_hours(48);

/// A signed token as it travels; not looked into, not printed.
#[derive(Debug, Clone)]
pub struct AccessToken(pub SecretString);

/// Why a session that once was good is not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its time ran out.
    Expired,
    /// Its time has not come: the clock here is behind that of the sign-in.
    NotYet,
    /// It was ended: signed out, password or email changed, account or organization gone.
    Ended,
}

/// What a token says (RFC 7519 registered claims, OpenID Connect's `auth_time` and `sid`, and three of our own). All
/// are required; times are whole seconds since 1970.
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
    /// The account's `token_version` when the token was made.
    pub tv: i64,
    /// When the session was issued. A renewal keeps it, so that whatever ends the sessions before a time ends their
    /// renewals too.
    pub iat: i64,
    /// Not before.
    pub nbf: i64,
    /// Good until.
    pub exp: i64,
    /// When the password was given.
    pub auth_time: i64,
    /// What identifies the session. A renewal keeps it; a sign-out ends every token that carries it.
    pub sid: Uuid,
    /// What identifies this token.
    pub jti: Uuid,
}

/// Without this serde would read a missing field as `None`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

impl Claims {
    /// Compares the token's times with `now`, with [`LEEWAY`].
    ///
    /// # Errors
    /// [`Ended::NotYet`] before `nbf`; [`Ended::Expired`] from `exp` on, and from 12 h after `auth_time` on.
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

    /// From when on no token of this session can be good any more, however often it was renewed.
    pub fn absolute_end(&self) -> Timestamp {
        let end = self.auth_time.saturating_add((MAX_SESSION + LEEWAY).as_secs());
        Timestamp::from_second(end).unwrap_or(Timestamp::MAX)
    }

    /// When this token is over.
    pub fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.exp).unwrap_or(Timestamp::MIN)
    }
}

/// The end of a session that is signed in, or renewed, now: `session` from now, but never more than
/// [`MAX_SESSION`] after the password was given. In whole seconds.
pub fn end_of_session(now: Timestamp, session: SignedDuration, auth_time: i64) -> i64 {
    let by_use = now.as_second().saturating_add(session.as_secs());
    by_use.min(auth_time.saturating_add(MAX_SESSION.as_secs()))
}

/// Who acts in a call: what a checked session says.
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
    /// The token it came with.
    pub claims: Claims,
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
    fn a_session_is_good_from_nbf_to_exp_with_a_minute_of_leeway() {
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
    fn a_renewal_is_due_in_the_second_half_unless_it_brings_nothing() {
        let half_hour = SignedDuration::from_mins(30);
        for (second, due) in [(1_000, false), (1_899, false), (1_901, true), (2_830, true)] {
            assert_eq!(claims().is_renewal_due(at(second), half_hour), due, "{second}");
        }
        let at_the_cap = Claims { exp: 1_000 + 43_200, ..claims() };
        assert!(!at_the_cap.is_renewal_due(at(1_000 + 43_000), half_hour));
    }

    #[test]
    fn twelve_hours_after_the_password_it_is_over() {
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
