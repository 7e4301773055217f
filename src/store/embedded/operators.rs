//! Operators: rows of `admins` without an organization; each change is one transaction that includes its checks.

use super::failure::Failure;
use super::{EmbeddedStore, accounts, audit, rows, throttle};
use crate::domain::{Account, AccountId, AuditEntry, Email, Role};
use crate::port::{AccountChange, Error, NewAccount, OperatorQuery, Operators, Page, Result};
use async_trait::async_trait;
use rusqlite::{Connection, Transaction};

#[async_trait]
impl Operators for EmbeddedStore {
    async fn operators(&self, query: &OperatorQuery) -> Result<Page<Account, String>> {
        let query = query.clone();
        self.read(move |db| list(db, &query)).await
    }

    async fn add_operator(&self, new: &NewAccount, audit: AuditEntry) -> Result<Account> {
        let new = new.clone();
        self.write_as(&audit.clone(), move |tx| add(tx, &new, &audit)).await
    }

    async fn remove_operator(&self, id: AccountId, audit: AuditEntry) -> Result<()> {
        self.write_as(&audit.clone(), move |tx| remove(tx, id, &audit)).await
    }

    async fn update_operator(
        &self,
        current: &Account,
        change: &AccountChange,
        audit: AuditEntry,
    ) -> Result<Account> {
        let (current, change) = (current.clone(), change.clone());
        self.write_as(&audit.clone(), move |tx| update(tx, &current, &change, &audit)).await
    }
}

fn list(db: &Connection, query: &OperatorQuery) -> Result<Page<Account, String>, Failure> {
    let mut statement = db.prepare_cached(&format!(
        "{} WHERE a.role = 'operator' AND a.email_key > ?1 ORDER BY a.email_key",
        accounts::ACCOUNT
    ))?;
    let after = query.after.as_deref().unwrap_or("");
    let found = statement.query([after])?;
    rows::page(
        found,
        query.limit,
        |row| row.get(accounts::EMAIL_KEY),
        |row| Ok(accounts::record_of(row)?.account),
    )
}

fn add(tx: &Transaction<'_>, new: &NewAccount, entry: &AuditEntry) -> Result<Account, Failure> {
    accounts::refuse_taken_email(tx, &new.email, None)?;
    accounts::insert(tx, new, Role::Operator, None, entry.at)?;
    tx.execute("UPDATE meta SET operators = operators + 1", [])?;
    audit::insert(tx, entry)?;
    stored(tx, new.id)
}

fn remove(tx: &Transaction<'_>, id: AccountId, entry: &AuditEntry) -> Result<(), Failure> {
    stored(tx, id)?;
    let others: i64 = tx
        .prepare_cached("SELECT COUNT(*) FROM admins WHERE role = 'operator' AND id <> ?1")?
        .query_row([id.0.to_string()], |row| row.get(0))?;
    if others == 0 {
        return Err(Error::LastOperator.into());
    }
    tx.prepare_cached("DELETE FROM admins WHERE id = ?1")?.execute([id.0.to_string()])?;
    tx.execute("UPDATE meta SET operators = ?1", [others])?;
    audit::insert(tx, entry)
}

fn update(
    tx: &Transaction<'_>,
    current: &Account,
    change: &AccountChange,
    entry: &AuditEntry,
) -> Result<Account, Failure> {
    let found = stored(tx, current.id)?;
    if !accounts::change(tx, current, change.email.as_ref(), change.password_hash.as_ref(), entry.at)? {
        return Err(Error::OperatorChanged.into());
    }
    if change.clears_throttle {
        throttle::forget(tx, &Email::key_of(&found.email))?;
    }
    audit::insert(tx, entry)?;
    stored(tx, current.id)
}

/// An operator's current account.
fn stored(tx: &Transaction<'_>, id: AccountId) -> Result<Account, Failure> {
    let found = accounts::by_id(tx, id)?.filter(|found| found.account.role == Role::Operator);
    Ok(found.ok_or(Error::OperatorNotFound)?.account)
}
