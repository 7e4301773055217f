//! Accounts and sessions as JSON.

use super::Time;
use crate::domain::{self, AccessToken, OrganizationId, Principal, Role};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Account {
    /// Its email.
    pub email: String,
    /// Its role.
    pub role: Role,
}

impl Account {
    /// The account of this email.
    pub fn new(email: impl Into<String>, role: Role) -> Self {
        Self { email: email.into(), role }
    }
}

/// An operator in a list.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Operator {
    /// Its email.
    pub email: String,
    /// Always operator.
    pub role: Role,
    /// When the account was created.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

impl From<&domain::Account> for Operator {
    fn from(account: &domain::Account) -> Self {
        Self {
            email: account.email.clone(),
            role: account.role,
            created_at: Time(account.created_at),
            updated_at: Time(account.updated_at),
        }
    }
}

/// An operator that was removed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct RemovedOperator {
    /// Its email.
    pub email: String,
    /// Always true.
    pub removed: bool,
}

impl RemovedOperator {
    /// The operator of this email.
    pub fn new(email: impl Into<String>) -> Self {
        Self { email: email.into(), removed: true }
    }
}

/// A new session, with its token.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "http", derive(utoipa::ToSchema))]
pub struct Login {
    /// The token: a secret, which only JSON shows.
    #[serde(serialize_with = "exposed")]
    pub access_token: AccessToken,
    /// Always bearer.
    pub token_type: &'static str,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// When it ends.
    pub expires_at: Time,
    /// Who is signed in.
    pub email: String,
    /// The role of the account.
    pub role: Role,
    /// The organization of an admin.
    pub organization_id: Option<OrganizationId>,
    /// The name of that organization.
    pub organization_name: Option<String>,
}

impl Login {
    /// The session of this token.
    pub fn new(token: AccessToken, principal: &Principal, now: Timestamp) -> Self {
        Self {
            access_token: token,
            token_type: "bearer",
            expires_in: expires_in(principal, now),
            expires_at: Time(principal.claims.expires_at()),
            email: principal.email.clone(),
            role: principal.role,
            organization_id: principal.organization_id,
            organization_name: principal.organization_name.clone(),
        }
    }
}

fn exposed<S: Serializer>(token: &AccessToken, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(token.0.expose_secret())
}

/// In whole seconds on both sides, as the token counts them.
fn expires_in(principal: &Principal, now: Timestamp) -> i64 {
    principal.claims.exp - now.as_second()
}

/// Who is signed in, and to which store.
#[derive(Debug, Clone, Serialize)]
pub struct WhoAmI {
    /// Who is signed in.
    pub email: String,
    /// The role of the account.
    pub role: Role,
    /// The organization of an admin.
    pub organization_id: Option<OrganizationId>,
    /// The name of that organization.
    pub organization_name: Option<String>,
    /// When the session ends.
    pub expires_at: Time,
    /// Seconds until then.
    pub expires_in: i64,
    /// Kind and place of the store.
    pub store: String,
    /// The source of the setting of the store.
    pub store_from: &'static str,
    /// What the store cannot promise, in sentences; absent where another output says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<String>>,
}

impl WhoAmI {
    /// The session of a principal, on this store.
    pub fn new(principal: &Principal, now: Timestamp, store: String, store_from: &'static str) -> Self {
        Self {
            email: principal.email.clone(),
            role: principal.role,
            organization_id: principal.organization_id,
            organization_name: principal.organization_name.clone(),
            expires_at: Time(principal.claims.expires_at()),
            expires_in: expires_in(principal, now),
            store,
            store_from,
            warnings: None,
        }
    }
}

/// The result of a sign-out.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Logout {
    /// Whether there was a session to end.
    pub ended: bool,
    /// Whether every session of the account was ended.
    pub everywhere: bool,
}
