//! What the service needs of a store for operators.

use super::{NewAccount, Page, Result};
use crate::domain::{Account, AccountId, AuditEntry, Email};
use async_trait::async_trait;
use secrecy::SecretString;
use std::fmt::Debug;

/// A page of operators in the order of their email keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorQuery {
    /// Only those after this email key.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// A change of an operator's account; `None` keeps a value.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The new email.
    pub email: Option<Email>,
    /// The bcrypt hash of the new password.
    pub password_hash: Option<SecretString>,
    /// Whether to clear the throttle of its email too.
    pub clears_throttle: bool,
}

/// The accounts that manage every organization.
#[async_trait]
pub trait Operators: Send + Sync + Debug {
    /// A page of operators; the next one begins after an email key.
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>>;

    /// Adds an operator.
    ///
    /// # Errors
    /// [`super::Error::EmailTaken`]; nothing is left behind.
    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account>;

    /// Removes an operator permanently; its sessions end.
    ///
    /// # Errors
    /// [`super::Error::LastOperator`], [`super::Error::OperatorNotFound`]; nothing is removed.
    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()>;

    /// Changes email or password of an operator, all or nothing; its sessions end.
    ///
    /// # Errors
    /// [`super::Error::OperatorChanged`] when its version has changed, [`super::Error::OperatorNotFound`],
    /// [`super::Error::EmailTaken`]; nothing is changed.
    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account>;

    /// Writes the audit entries of committed changes whose process ended before it could write them. A store that
    /// commits both together has none.
    async fn record_operator_writes(&self) -> Result<()> {
        Ok(())
    }
}
