//! Operators manage each other: add, list and remove.

use super::access::UseCase;
use super::repeat::{Write, secret};
use super::writes::Writer;
use super::{Confirms, Error, MAX_LIMIT, Result, TenantService, cursor};
use crate::domain::{
    AccessToken, Account, AuditAction, AuditEntry, Email, OperationId, Password, Principal, Role, text,
};
use crate::port::{AccountRecord, NewAccount, OperatorQuery};
use secrecy::SecretString;
use serde_json::json;

/// Which operator.
#[derive(Debug, Clone)]
pub enum OperatorReference {
    /// The operator with this email.
    Email(String),
    /// An operator as the caller read it. If it has changed since, the call fails with [`Error::OperatorChanged`].
    Shown(Account),
}

impl OperatorReference {
    /// The normalised reference, for the hash of a request.
    pub(super) fn normal(&self) -> String {
        match self {
            Self::Email(email) => format!("email:{}", Email::key_of(email)),
            Self::Shown(shown) => format!("id:{}", shown.id.0),
        }
    }
}

impl From<&str> for OperatorReference {
    fn from(email: &str) -> Self {
        Self::Email(email.to_owned())
    }
}

impl From<&Account> for OperatorReference {
    fn from(shown: &Account) -> Self {
        Self::Shown(shown.clone())
    }
}

/// An operator who was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedOperator {
    /// Its email.
    pub email: String,
    /// Whether the operator removed itself, which ends the acting session.
    pub ends_session: bool,
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

    /// Adds an operator. A repeat with the same operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::Forbidden`], the rules of email and password, [`Error::EmailTaken`], [`Error::OperationMismatch`],
    /// those of the session, and the store's.
    pub async fn add_operator(
        &self,
        token: &AccessToken,
        email: &str,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let (token, email) = (token.clone(), email.to_owned());
        self.write(|writer| async move { writer.add_operator(&token, &email, password, operation).await })
            .await
    }

    /// What [`TenantService::add_operator`] would check, without writing or hashing. Returns the email.
    ///
    /// # Errors
    /// As [`TenantService::add_operator`].
    pub async fn preview_add_operator(
        &self,
        token: &AccessToken,
        email: &str,
        password: Option<SecretString>,
    ) -> Result<String> {
        self.as_operator(token).await?;
        let email = Email::parse(email)?;
        password.map(Password::new).transpose()?;
        self.refuse_taken(&email).await?;
        Ok(email.as_str().to_owned())
    }

    /// Saves a quarter of a second of hashing. The store makes the decision.
    async fn refuse_taken(&self, email: &Email) -> Result<()> {
        match self.store.account_by_email(email.key()).await? {
            Some(_) => Err(Error::EmailTaken(email.as_str().to_owned())),
            None => Ok(()),
        }
    }

    /// Removes an operator, perhaps the caller itself, but never the last one. `confirm` is the email as it is stored.
    /// A repeat with the same operation gives the same outcome.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::OperatorNotFound`], [`Error::ConfirmationRequired`],
    /// [`Error::OperationMismatch`],
    /// [`Error::LastOperator`], those of the session, and the store's.
    pub async fn remove_operator(
        &self,
        token: &AccessToken,
        whom: impl Into<OperatorReference>,
        confirm: &str,
        operation: OperationId,
    ) -> Result<RemovedOperator> {
        let (token, whom, confirm) = (token.clone(), whom.into(), confirm.to_owned());
        self.write(|writer| async move { writer.remove_operator(&token, &whom, &confirm, operation).await })
            .await
    }

    /// What [`TenantService::remove_operator`] would check, without writing. Without a confirmation, none is checked.
    ///
    /// # Errors
    /// As [`TenantService::remove_operator`].
    pub async fn preview_remove_operator(
        &self,
        token: &AccessToken,
        email: &str,
        confirm: Option<&str>,
    ) -> Result<Account> {
        self.as_operator(token).await?;
        let account = self.operator_to_remove(&email.into(), confirm).await?;
        let two = self.store.operators(&OperatorQuery { after: None, limit: 2 }).await?;
        if two.rows.len() < 2 && two.next.is_none() {
            return Err(Error::LastOperator);
        }
        Ok(account)
    }

    async fn operator_to_remove(&self, whom: &OperatorReference, confirm: Option<&str>) -> Result<Account> {
        let account = self.operator(whom).await?.account;
        if confirm.is_some_and(|confirm| !text::is_as_shown(confirm, &account.email)) {
            return Err(Error::ConfirmationRequired(Confirms::Operator));
        }
        Ok(account)
    }

    pub(super) async fn as_operator(&self, token: &AccessToken) -> Result<Principal> {
        let principal = self.authenticate(token).await?;
        self.scope(UseCase::ManageOperators, &principal)?;
        Ok(principal)
    }

    pub(super) async fn operator(&self, whom: &OperatorReference) -> Result<AccountRecord> {
        let found = match whom {
            OperatorReference::Email(email) => self.account_of(email).await?,
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

impl Writer {
    async fn add_operator(
        &self,
        token: &AccessToken,
        email: &str,
        password: SecretString,
        operation: OperationId,
    ) -> Result<Account> {
        let principal = self.as_operator(token).await?;
        let email = Email::parse(email)?;
        let password = Password::new(password)?;
        let asked = [("email", Some(email.as_str())), ("password", secret(Some(password.secret())))];
        let write = Write::new(operation, Some(principal.account_id), "operator_add", &asked);
        if self.earlier(&write).await?.is_none() {
            match self.add_operator_now(&principal, &email, &password, &write).await {
                Ok(added) => return Ok(added),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            };
        }
        self.operator_as_left(email.as_str(), password.secret()).await
    }

    async fn add_operator_now(
        &self,
        principal: &Principal,
        email: &Email,
        password: &Password,
        write: &Write,
    ) -> Result<Account> {
        self.refuse_taken(email).await?;
        let password_hash = self.passwords.hash(password).await?;
        let new = NewAccount { id: write.new_account(), email: email.clone(), password_hash };
        let audit = self.email_audit(principal, AuditAction::OperatorAdd, None, Some(email.as_str()));
        let added = self.store.add_operator(&new, write.of(audit)).await?;
        self.clear_throttle(&added.email).await;
        Ok(added)
    }

    /// The operator as an earlier request left it, if the account has the password that the request set.
    pub(super) async fn operator_as_left(&self, email: &str, password: &SecretString) -> Result<Account> {
        let record = self.operator(&email.into()).await?;
        self.repeats_password(Some(&record), password).await?;
        Ok(record.account)
    }

    async fn remove_operator(
        &self,
        token: &AccessToken,
        whom: &OperatorReference,
        confirm: &str,
        operation: OperationId,
    ) -> Result<RemovedOperator> {
        let principal = self.as_operator(token).await?;
        let asked = [("operator", Some(&*whom.normal()))];
        let write = Write::new(operation, Some(principal.account_id), "operator_remove", &asked);
        let earlier = match self.earlier(&write).await? {
            Some(earlier) => earlier,
            None => match self.remove_operator_now(&principal, whom, confirm, &write).await {
                Ok(removed) => return Ok(removed),
                Err(refusal) => self.earlier_of_account(refusal, &write).await?,
            },
        };
        let email = earlier.changes.get("email").and_then(|email| email.get("from")?.as_str());
        let email = email.ok_or(Error::OperationMismatch)?.to_owned();
        Ok(RemovedOperator { email, ends_session: false })
    }

    async fn remove_operator_now(
        &self,
        principal: &Principal,
        whom: &OperatorReference,
        confirm: &str,
        write: &Write,
    ) -> Result<RemovedOperator> {
        let Account { id, email, .. } = &self.operator_to_remove(whom, Some(confirm)).await?;
        let audit = self.email_audit(principal, AuditAction::OperatorRemove, Some(email), None);
        self.store.remove_operator(*id, write.of(audit)).await?;
        Ok(RemovedOperator { email: email.clone(), ends_session: *id == principal.account_id })
    }
}
