//! Operators manage each other: add, list, remove, a new password, and the way back in when none is left that can
//! sign in.

use super::access::UseCase;
use super::error::{Confirms, Error, Result};
use super::store::{AccountChange, AccountRecord, AuditAction, AuditEntry, NewAccount, OperatorQuery};
use super::{MAX_LIMIT, TenantService, cursor};
use crate::domain::{AccessToken, Account, AccountId, Email, Password, Principal, Role};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

/// Which operator.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    /// Whoever has this email.
    Email(&'a str),
    /// The one that was looked at, as it was then: since then changed is [`Error::OperatorChanged`].
    Shown(&'a Account),
}

impl<'a> From<&'a str> for Whom<'a> {
    fn from(email: &'a str) -> Self {
        Self::Email(email)
    }
}

impl<'a> From<&'a Account> for Whom<'a> {
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
        let mut items = self.store.operators(&OperatorQuery { after, limit: limit + 1 }).await?;
        let has_more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = match items.last().filter(|_| has_more) {
            Some(last) => Some(cursor::encode(hash, Email::key_of(&last.email))?),
            None => None,
        };
        Ok(OperatorPage { items, next_cursor })
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
        whom: impl Into<Whom<'_>>,
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
        let (_, record) = self.operator_to_remove(token, Whom::Email(email), confirm).await?;
        if self.store.operators(&OperatorQuery { after: None, limit: 2 }).await?.len() < 2 {
            return Err(Error::LastOperator);
        }
        Ok(record.account)
    }

    async fn operator_to_remove(
        &self,
        token: &AccessToken,
        whom: Whom<'_>,
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
        whom: impl Into<Whom<'_>>,
        password: SecretString,
    ) -> Result<Account> {
        let (principal, record) = self.operator_to_change(token, whom.into()).await?;
        let audit = AuditEntry {
            changes: password_changes(&record.account),
            ..self.audit_entry(&principal.email, AuditAction::OperatorPassword)
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
        let (_, record) = self.operator_to_change(token, Whom::Email(email)).await?;
        password.map(Password::new).transpose()?;
        Ok(record.account)
    }

    async fn operator_to_change(
        &self,
        token: &AccessToken,
        whom: Whom<'_>,
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
        self.operator(Whom::Email(email)).await
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
        self.reach(UseCase::ManageOperators, &principal)?;
        Ok(principal)
    }

    async fn operator(&self, whom: Whom<'_>) -> Result<AccountRecord> {
        let found = match whom {
            Whom::Email(email) => self.store.account_by_email(Email::parse(email)?.key()).await?,
            Whom::Shown(shown) => self.store.account(shown.id).await?,
        };
        let found = found.filter(|found| found.account.role == Role::Operator);
        let found = found.ok_or(Error::OperatorNotFound)?;
        match whom {
            Whom::Shown(shown) if shown.version != found.account.version => Err(Error::OperatorChanged),
            Whom::Shown(_) | Whom::Email(_) => Ok(found),
        }
    }

    fn email_audit(
        &self,
        principal: &Principal,
        action: AuditAction,
        from: Option<&str>,
        to: Option<&str>,
    ) -> AuditEntry {
        let mut audit = self.audit_entry(&principal.email, action);
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
