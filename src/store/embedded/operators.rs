//! Operators: rows of `admins` without an organization, each change one transaction with its checks inside.

use super::failure::Failure;
use super::{accounts, audit};
use crate::domain::{Account, Role};
use crate::service::Error;
use crate::service::store::{AccountChange, AuditEntry, NewAccount, OperatorQuery};
use crate::service::throttle::throttle_id;
use rusqlite::{Connection, Transaction, params};
use secrecy::ExposeSecret;

pub(super) fn list(db: &Connection, query: &OperatorQuery) -> Result<Vec<Account>, Failure> {
    let mut statement = db.prepare_cached(&format!(
        "{} WHERE a.role = 'operator' AND a.email_key > ?1 ORDER BY a.email_key LIMIT ?2",
        accounts::ACCOUNT
    ))?;
    let (after, limit) =
        (query.after.as_deref().unwrap_or(""), i64::try_from(query.limit).unwrap_or(i64::MAX));
    let rows = statement.query_map(params![after, limit], accounts::record_of)?;
    Ok(rows.map(|row| row.map(|record| record.account)).collect::<Result<_, _>>()?)
}

pub(super) fn add(tx: &Transaction<'_>, new: &NewAccount, entry: &AuditEntry) -> Result<Account, Failure> {
    check_email(tx, new.email.key(), new.email.as_str())?;
    accounts::insert(tx, new, Role::Operator, None, entry.at)?;
    tx.execute("UPDATE meta SET operators = operators + 1", [])?;
    audit::insert(tx, entry)?;
    stored(tx, new.email.key())
}

pub(super) fn remove(tx: &Transaction<'_>, current: &Account, entry: &AuditEntry) -> Result<(), Failure> {
    let still = accounts::by_id(tx, current.id)?.filter(|found| found.account.role == Role::Operator);
    if still.is_none() {
        return Err(Error::OperatorNotFound.into());
    }
    let others: i64 = tx
        .prepare_cached("SELECT COUNT(*) FROM admins WHERE role = 'operator' AND id <> ?1")?
        .query_row([current.id.0.to_string()], |row| row.get(0))?;
    if others == 0 {
        return Err(Error::LastOperator.into());
    }
    tx.prepare_cached("DELETE FROM admins WHERE id = ?1")?.execute([current.id.0.to_string()])?;
    tx.execute("UPDATE meta SET operators = ?1", [others])?;
    audit::insert(tx, entry)
}

pub(super) fn update(
    tx: &Transaction<'_>,
    current: &Account,
    change: &AccountChange,
    entry: &AuditEntry,
) -> Result<Account, Failure> {
    let found = accounts::by_id(tx, current.id)?.filter(|found| found.account.role == Role::Operator);
    let found = found.ok_or(Error::OperatorNotFound)?;
    if found.account.version != current.version {
        return Err(Error::OperatorChanged.into());
    }
    let before = crate::domain::Email::key_of(&found.account.email);
    let (email, key) = match &change.email {
        Some(email) => (email.as_str(), email.key()),
        None => (found.account.email.as_str(), before.as_str()),
    };
    if key != before {
        check_email(tx, key, email)?;
    }
    let hash = change.password_hash.as_ref().unwrap_or(&found.password_hash);
    tx.prepare_cached(
        "UPDATE admins SET email = ?1, email_key = ?2, password = ?3, version = version + 1,
         token_version = token_version + 1, updated_at = ?4 WHERE id = ?5",
    )?
    .execute(params![
        email,
        key,
        hash.expose_secret(),
        entry.at.as_millisecond(),
        current.id.0.to_string()
    ])?;
    if change.clears_throttle {
        tx.prepare_cached("DELETE FROM throttle WHERE id = ?1")?.execute([throttle_id(&before)])?;
    }
    audit::insert(tx, entry)?;
    stored(tx, key)
}

fn check_email(tx: &Transaction<'_>, key: &str, shown: &str) -> Result<(), Failure> {
    match accounts::by_email(tx, key)? {
        Some(_) => Err(Error::EmailTaken(shown.to_owned()).into()),
        None => Ok(()),
    }
}

fn stored(tx: &Transaction<'_>, key: &str) -> Result<Account, Failure> {
    let found = accounts::by_email(tx, key)?;
    Ok(found.ok_or(Error::OperatorNotFound)?.account)
}
