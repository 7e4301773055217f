//! New passwords of operators: set by another operator or, when no operator can sign in any more, by someone with
//! access to the store and its key.

use super::operators::OperatorReference;
use super::repeat::{Write, secret};
use super::writes::Writer;
use super::{Error, Result, TenantService, token};
use crate::domain::{AccessToken, Account, AuditAction, AuditEntry, Email, OperationId, Password, Principal};
use crate::port::{AccountChange, AccountRecord};
use secrecy::SecretString;
use serde_json::Value;

impl TenantService {
    /// Sets the password of another operator, clears the throttle of its email and ends its sessions. For one's own
    /// password see [`TenantService::update_own_account`]. A repeat with the same operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::OperatorNotFound`], the rules of passwords, [`Error::OperatorChanged`],
    /// [`Error::OperationMismatch`], [`Error::WrongCurrentPassword`] for one's own account, those of the session, and the
    /// store's.
    pub async fn set_operator_password(
        &self,
        token: &AccessToken,
        whom: impl Into<OperatorReference>,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let (token, whom) = (token.clone(), whom.into());
        self.write(|writer| async move { writer.set_password(&token, &whom, password, operation).await })
            .await
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
        let principal = self.as_operator(token).await?;
        password.map(Password::new).transpose()?;
        let record = self.operator_to_change(&principal, &email.into()).await?;
        Ok(record.account)
    }

    async fn operator_to_change(
        &self,
        principal: &Principal,
        whom: &OperatorReference,
    ) -> Result<AccountRecord> {
        let record = self.operator(whom).await?;
        if record.account.id == principal.account_id {
            return Err(Error::WrongCurrentPassword);
        }
        Ok(record)
    }

    /// Sets the password of an operator without a session, clears the throttle of its email and ends its sessions.
    /// Allowed for anyone with access to the store and its key: they could sign a token anyway. A repeat with the same
    /// operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::WrongKey`] when operators signed in under another key, [`Error::OperatorNotFound`], the rules of
    /// passwords, [`Error::NotInitialized`], [`Error::OperationMismatch`],
    /// [`Error::OperatorChanged`], and the store's.
    pub async fn recover_operator(
        &self,
        email: &str,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let email = email.to_owned();
        self.write(|writer| async move { writer.recover_operator(&email, password, operation).await }).await
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
        let store_id = self.store_id().await?;
        if self.key.load()?.is_none() {
            return Err(Error::StoreUnusable(
                "The key that signs the sessions of this store is missing.".into(),
            ));
        }
        // A store from an older version has none until the next sign-in.
        let known = self.store.key_check().await?;
        if known.is_some_and(|known| token::key_check(self.key.as_ref(), store_id) != Ok(known)) {
            return Err(Error::WrongKey);
        }
        self.operator(&email.into()).await
    }
}

impl Writer {
    async fn set_password(
        &self,
        token: &AccessToken,
        whom: &OperatorReference,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let principal = self.as_operator(token).await?;
        let password = Password::new(password)?;
        let asked = [("operator", Some(&*whom.normal())), ("password", secret(Some(password.secret())))];
        let write = Write::new(operation, Some(principal.account_id), "operator_password", &asked);
        let earlier = match self.earlier(&write).await? {
            Some(earlier) => earlier,
            None => match self.set_password_now(&principal, whom, &password, &write).await {
                Ok(changed) => return Ok(changed),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            },
        };
        self.operator_as_left(whose_password(&earlier)?, password.secret()).await
    }

    async fn set_password_now(
        &self,
        principal: &Principal,
        whom: &OperatorReference,
        password: &Password,
        write: &Write,
    ) -> Result<Account> {
        let record = self.operator_to_change(principal, whom).await?;
        let audit = AuditEntry {
            changes: password_changes(&record.account),
            ..self.audit_by(principal, AuditAction::OperatorPassword)
        };
        self.replace_password(&record.account, password, write.of(audit)).await
    }

    async fn recover_operator(
        &self,
        email: &str,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let record = self.operator_to_recover(email).await?;
        let password = Password::new(password)?;
        let asked = [("email", Some(&*Email::key_of(email))), ("password", secret(Some(password.secret())))];
        let write = Write::new(operation, None, "operator_recover", &asked);
        if self.earlier(&write).await?.is_none() {
            let audit = AuditEntry {
                changes: password_changes(&record.account),
                ..self.audit_entry(&record.account.email, AuditAction::Recovered)
            };
            match self.replace_password(&record.account, &password, write.of(audit)).await {
                Ok(changed) => return Ok(changed),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            };
        }
        self.operator_as_left(email, password.secret()).await
    }

    async fn replace_password(
        &self,
        account: &Account,
        password: &Password,
        audit: AuditEntry,
    ) -> Result<Account> {
        let password_hash = Some(self.passwords.hash(password).await?);
        let change = AccountChange { email: None, password_hash, clears_throttle: true };
        self.store.update_operator(account, &change, audit).await
    }
}

/// The email of the operator whose password an earlier request changed.
fn whose_password(earlier: &AuditEntry) -> Result<&str> {
    earlier.changes.get("account").and_then(Value::as_str).ok_or(Error::OperationMismatch)
}

/// The account whose password changed, never the password.
fn password_changes(account: &Account) -> serde_json::Map<String, Value> {
    let mut changes = serde_json::Map::new();
    changes.insert("account".into(), Value::from(account.email.as_str()));
    changes.insert("password".into(), Value::from("changed"));
    changes
}
