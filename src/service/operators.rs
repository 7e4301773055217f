//! Operators manage each other: add, list, remove, a new password, and the way back in when none is left that can
//! sign in.

use super::access::UseCase;
use super::{Confirms, Error, MAX_LIMIT, Result, TenantService, cursor};
use crate::domain::{
    AccessToken, Account, AccountId, AuditAction, AuditEntry, Email, Password, Principal, Role,
};
use crate::port::{AccountChange, AccountRecord, NewAccount, OperatorQuery};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

/// Which operator.
#[derive(Debug, Clone, Copy)]
pub enum OperatorReference<'a> {
    /// Whoever has this email.
    Email(&'a str),
    /// The one that was looked at, as it was then: since then changed is [`Error::OperatorChanged`].
    Shown(&'a Account),
}

impl<'a> From<&'a str> for OperatorReference<'a> {
    fn from(email: &'a str) -> Self {
        Self::Email(email)
    }
}

impl<'a> From<&'a Account> for OperatorReference<'a> {
    fn from(shown: &'a Account) -> Self {
        Self::Shown(shown)
    }
}

/// A page of operators, by email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorPage {
    /// The operators.
    pub items: Vec<Account>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
}

impl TenantService {
    /// A page of operators, 1 to [`MAX_LIMIT`] rows.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::InvalidCursor`], those of the session, and the store's.
    pub async fn operators(
        &self,
        token: &AccessToken,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<OperatorPage> {
        self.as_operator(token).await?;
        let hash = cursor::query_hash(&["operators"]);
        let after = cursor.map(|text| cursor::decode(text, &hash)).transpose()?;
        let limit = limit.clamp(1, MAX_LIMIT);
        let page = self.store.operators(&OperatorQuery { after, limit }).await?;
        let next_cursor = page.next.map(|next| cursor::encode(hash, next)).transpose()?;
        Ok(OperatorPage { items: page.rows, next_cursor })
    }

    /// Adds an operator.
    ///
    /// # Errors
    /// [`Error::Forbidden`], the rules of email and password, [`Error::EmailTaken`], those of the session, and the
    /// store's.
    pub async fn add_operator(
        &self,
        token: &AccessToken,
        email: &str,
        password: SecretString,
    ) -> Result<Account> {
        let (principal, email) = self.plan_operator(token, email).await?;
        let password = Password::new(password)?;
        let password_hash = self.passwords.hash(&password).await?;
        let new = NewAccount { id: AccountId(Uuid::new_v4()), email, password_hash };
        let audit = self.email_audit(&principal, AuditAction::OperatorAdd, None, Some(new.email.as_str()));
        self.store.add_operator(&new, audit).await
    }

    /// What [`TenantService::add_operator`] would check, without writing or hashing. Answers the email.
    ///
    /// # Errors
    /// As [`TenantService::add_operator`].
    pub async fn preview_add_operator(
        &self,
        token: &AccessToken,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<String> {
        let (_, email) = self.plan_operator(token, email).await?;
        password.map(Password::new).transpose()?;
        Ok(email.as_str().to_owned())
    }

    async fn plan_operator(&self, token: &AccessToken, email: &str) -> Result<(Principal, Email)> {
        let principal = self.as_operator(token).await?;
        let email = Email::parse(email)?;
        // Before a quarter of a second of hashing; what decides is the store.
        if self.store.account_by_email(email.key()).await?.is_some() {
            return Err(Error::EmailTaken(email.as_str().to_owned()));
        }
        Ok((principal, email))
    }

    /// Removes an operator, who may be the one that asks; the last one stays. `confirm` is the email as it is
    /// stored.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::OperatorNotFound`], [`Error::ConfirmationRequired`],
    /// [`Error::LastOperator`], those of the session, and the store's.
    pub async fn remove_operator(
        &self,
        token: &AccessToken,
        whom: impl Into<OperatorReference<'_>>,
        confirm: &str,
    ) -> Result<Account> {
        let (principal, record) = self.operator_to_remove(token, whom.into(), Some(confirm)).await?;
        let audit =
            self.email_audit(&principal, AuditAction::OperatorRemove, Some(&record.account.email), None);
        self.store.remove_operator(&record.account, audit).await?;
        Ok(record.account)
    }

    /// What [`TenantService::remove_operator`] would check, without writing; no confirmation is none refused.
    ///
    /// # Errors
    /// As [`TenantService::remove_operator`].
    pub async fn preview_remove_operator(
        &self,
        token: &AccessToken,
        email: &str,
        confirm: Option<&str>,
    ) -> Result<Account> {
        let (_, record) = self.operator_to_remove(token, OperatorReference::Email(email), confirm).await?;
        let two = self.store.operators(&OperatorQuery { after: None, limit: 2 }).await?;
        if two.rows.len() < 2 && two.next.is_none() {
            return Err(Error::LastOperator);
        }
        Ok(record.account)
    }

    async fn operator_to_remove(
        &self,
        token: &AccessToken,
        whom: OperatorReference<'_>,
        confirm: Option<&str>,
    ) -> Result<(Principal, AccountRecord)> {
        let principal = self.as_operator(token).await?;
        let record = self.operator(whom).await?;
        if confirm.is_some_and(|confirm| confirm != record.account.email) {
            return Err(Error::ConfirmationRequired(Confirms::Operator));
        }
        Ok((principal, record))
    }

    /// Gives another operator a new password; ends that account's sessions. For the own one see
    /// [`TenantService::update_own_account`].
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::OperatorNotFound`], the rules of passwords, [`Error::OperatorChanged`],
    /// [`Error::WrongCurrentPassword`] for the own account, those of the session, and the store's.
    pub async fn set_operator_password(
        &self,
        token: &AccessToken,
        whom: impl Into<OperatorReference<'_>>,
        password: SecretString,
    ) -> Result<Account> {
        let (principal, record) = self.operator_to_change(token, whom.into()).await?;
        let audit = AuditEntry {
            changes: password_changes(&record.account),
            ..self.audit_by(&principal, AuditAction::OperatorPassword)
        };
        self.replace_password(&record.account, password, false, audit).await
    }

    /// What [`TenantService::set_operator_password`] would check, without writing or hashing.
    ///
    /// # Errors
    /// As [`TenantService::set_operator_password`].
    pub async fn preview_operator_password(
        &self,
        token: &AccessToken,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<Account> {
        let (_, record) = self.operator_to_change(token, OperatorReference::Email(email)).await?;
        password.map(Password::new).transpose()?;
        Ok(record.account)
    }

    async fn operator_to_change(
        &self,
        token: &AccessToken,
        whom: OperatorReference<'_>,
    ) -> Result<(Principal, AccountRecord)> {
        let principal = self.as_operator(token).await?;
        let record = self.operator(whom).await?;
        if record.account.id == principal.account_id {
            return Err(Error::WrongCurrentPassword);
        }
        Ok((principal, record))
    }

    /// Gives an operator a new password without a session, clears the throttle of its email and ends its sessions.
    /// For whoever holds the store and its key: they could sign a token anyway.
    ///
    /// # Errors
    /// [`Error::OperatorNotFound`], the rules of passwords, [`Error::NotInitialized`],
    /// [`Error::OperatorChanged`], and the store's.
    pub async fn recover_operator(&self, email: &str, password: SecretString) -> Result<Account> {
        let record = self.operator_to_recover(email).await?;
        let audit = AuditEntry {
            changes: password_changes(&record.account),
            ..self.audit_entry(&record.account.email, AuditAction::Recovered)
        };
        self.replace_password(&record.account, password, true, audit).await
    }

    /// What [`TenantService::recover_operator`] would check, without writing or hashing.
    ///
    /// # Errors
    /// As [`TenantService::recover_operator`].
    pub async fn preview_recover_operator(
        &self,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<Account> {
        let record = self.operator_to_recover(email).await?;
        password.map(Password::new).transpose()?;
        Ok(record.account)
    }

    async fn operator_to_recover(&self, email: &str) -> Result<AccountRecord> {
        self.store_id().await?;
        if self.key.load()?.is_none() {
            return Err(Error::StoreUnusable(
                "The key that signs sessions of this store is not here.".into(),
            ));
        }
        self.operator(OperatorReference::Email(email)).await
    }

    async fn replace_password(
        &self,
        account: &Account,
        password: SecretString,
        clears_throttle: bool,
        audit: AuditEntry,
    ) -> Result<Account> {
        let password_hash = Some(self.passwords.hash(&Password::new(password)?).await?);
        let change = AccountChange { email: None, password_hash, clears_throttle };
        self.store.update_operator(account, &change, audit).await
    }

    async fn as_operator(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::ManageOperators, &principal)?;
        Ok(principal)
    }

    async fn operator(&self, whom: OperatorReference<'_>) -> Result<AccountRecord> {
        let found = match whom {
            OperatorReference::Email(email) => {
                self.store.account_by_email(Email::parse(email)?.key()).await?
            }
            OperatorReference::Shown(shown) => self.store.account(shown.id).await?,
        };
        let found = found.filter(|found| found.account.role == Role::Operator);
        let found = found.ok_or(Error::OperatorNotFound)?;
        match whom {
            OperatorReference::Shown(shown) if shown.version != found.account.version => {
                Err(Error::OperatorChanged)
            }
            OperatorReference::Shown(_) | OperatorReference::Email(_) => Ok(found),
        }
    }

    fn email_audit(
        &self,
        principal: &Principal,
        action: AuditAction,
        from: Option<&str>,
        to: Option<&str>,
    ) -> AuditEntry {
        let mut audit = self.audit_by(principal, action);
        audit.changes.insert("email".into(), json!({"from": from, "to": to}));
        audit
    }
}

/// Whose password it was; never a word of it.
fn password_changes(account: &Account) -> serde_json::Map<String, Value> {
    let mut changes = serde_json::Map::new();
    changes.insert("account".into(), Value::from(account.email.as_str()));
    changes.insert("password".into(), Value::from("changed"));
    changes
}
