//! Operators as a store keeps them.

use super::{NewAccount, Page, Result};
use crate::domain::{Account, AccountId, AuditEntry, Email};
use async_trait::async_trait;
use secrecy::SecretString;
use std::fmt::Debug;

/// Which operators, in the order of their email keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorQuery {
    /// Only those behind this email key.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// What becomes of an operator's account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The new email.
    pub email: Option<Email>,
    /// The bcrypt hash of the new password.
    pub password_hash: Option<SecretString>,
    /// Whether the throttle of its email is cleared too.
    pub clears_throttle: bool,
}

/// The accounts that manage every organization.
#[async_trait]
pub trait Operators: Send + Sync + Debug {
    /// A page of operators; the next one begins behind an email key.
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>>;

    /// Adds an operator.
    ///
    /// # Errors
    /// [`super::Error::EmailTaken`]; nothing is left behind.
    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account>;

    /// Removes an operator; its sessions end. It never comes back.
    ///
    /// # Errors
    /// [`super::Error::LastOperator`], [`super::Error::OperatorNotFound`]; nothing is removed.
    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()>;

    /// Changes email or password of an operator, all or nothing; its sessions end.
    ///
    /// # Errors
    /// [`super::Error::OperatorChanged`] when its version moved on, [`super::Error::OperatorNotFound`],
    /// [`super::Error::EmailTaken`]; nothing is changed.
    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account>;

    /// Writes the audit entries of changes that were committed by a process that ended before it could write them. A
    /// store that commits both at once has none.
    async fn record_operator_writes(&self) -> Result<()> {
        Ok(())
    }
}
