//! Accounts, sessions and the throttle.

use super::audit;
use super::failure::Failure;
use super::schema::{foreign, optional_uuid_at, time_at, uuid_at};
use crate::domain::{Account, AccountId, Claims, OrganizationId, Role, State};
use crate::service::Error;
use crate::service::store::{AccountRecord, AuditEntry, NewAccount, Rehash, SessionState, SignInTry};
use crate::service::throttle::{FORGET_AFTER, is_waiting, throttle_id, wait_after};
use crate::service::token::REVOKED_KEPT;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use secrecy::ExposeSecret;
use uuid::Uuid;

pub(super) const ACCOUNT: &str =
    "SELECT a.id, a.email, a.role, a.organization_id, a.version, a.token_version, a.created_at,
    a.updated_at, a.password, o.organization_name, o.state
    FROM admins a LEFT JOIN organizations o ON o.id = a.organization_id";

pub(super) fn record_of(row: &Row<'_>) -> Result<AccountRecord, rusqlite::Error> {
    let (role, name, state): (String, Option<String>, Option<String>) =
        (row.get(2)?, row.get(9)?, row.get(10)?);
    Ok(AccountRecord {
        account: Account {
            id: AccountId(uuid_at(row, 0)?),
            email: row.get(1)?,
            role: Role::from_word(&role).ok_or_else(|| foreign(2))?,
            organization_id: optional_uuid_at(row, 3)?.map(OrganizationId),
            version: row.get(4)?,
            token_version: row.get(5)?,
            created_at: time_at(row, 6)?,
            updated_at: time_at(row, 7)?,
        },
        password_hash: row.get::<_, String>(8)?.into(),
        organization: name.zip(state.as_deref().and_then(State::from_word)),
    })
}

pub(super) fn by_email(db: &Connection, email_key: &str) -> Result<Option<AccountRecord>, Failure> {
    let mut statement = db.prepare_cached(&format!("{ACCOUNT} WHERE a.email_key = ?1"))?;
    Ok(statement.query_row([email_key], record_of).optional()?)
}

pub(super) fn by_id(db: &Connection, id: AccountId) -> Result<Option<AccountRecord>, Failure> {
    let mut statement = db.prepare_cached(&format!("{ACCOUNT} WHERE a.id = ?1"))?;
    Ok(statement.query_row([id.0.to_string()], record_of).optional()?)
}

pub(super) fn session_state(
    db: &Connection,
    claims: &Claims,
    now: Timestamp,
) -> Result<SessionState, Failure> {
    let account = by_id(db, claims.sub)?;
    let organization = match claims.org {
        Some(id) => db
            .prepare_cached("SELECT organization_name, state FROM organizations WHERE id = ?1")?
            .query_row([id.to_string()], |row| {
                let state: String = row.get(1)?;
                Ok((row.get(0)?, State::from_word(&state).ok_or_else(|| foreign(1))?))
            })
            .optional()?,
        None => None,
    };
    let revoked = db
        .prepare_cached("SELECT 1 FROM revoked WHERE jti = ?1 AND expire_at > ?2")?
        .exists(params![claims.jti.to_string(), now.as_millisecond()])?;
    Ok(SessionState { account: account.map(|record| record.account), organization, revoked })
}

pub(super) fn insert(
    tx: &Transaction<'_>,
    new: &NewAccount,
    role: Role,
    organization: Option<OrganizationId>,
    at: Timestamp,
) -> Result<(), Failure> {
    let at = at.as_millisecond();
    tx.prepare_cached("INSERT INTO admins VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?7)")?.execute(
        params![
            new.id.0.to_string(),
            organization.map(|id| id.to_string()),
            new.email.as_str(),
            new.email.key(),
            new.password_hash.expose_secret(),
            role.as_str(),
            at,
        ],
    )?;
    Ok(())
}

pub(super) fn initialize(
    tx: &Transaction<'_>,
    store_id: Uuid,
    first: &NewAccount,
    audit: &AuditEntry,
) -> Result<(), Failure> {
    if tx.prepare_cached("SELECT 1 FROM meta")?.exists([])? {
        return Err(Error::AlreadyInitialized.into());
    }
    tx.execute(
        "INSERT INTO meta VALUES (1, ?1, 1, ?2)",
        params![store_id.to_string(), audit.at.as_millisecond()],
    )?;
    insert(tx, first, Role::Operator, None, audit.at)?;
    audit::insert(tx, audit)
}

pub(super) fn try_sign_in(
    tx: &Transaction<'_>,
    email_key: &str,
    now: Timestamp,
) -> Result<SignInTry, Failure> {
    let (id, now_ms) = (throttle_id(email_key), now.as_millisecond());
    tx.prepare_cached("DELETE FROM throttle WHERE expire_at <= ?1")?.execute([now_ms])?;
    let (count, until): (i64, i64) = tx
        .prepare_cached("SELECT count, until FROM throttle WHERE id = ?1")?
        .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or((0, 0));
    let until = Timestamp::from_millisecond(until).map_err(|_| foreign(1))?;
    if is_waiting(until, now) {
        return Ok(SignInTry::Throttled { until });
    }
    let count = count + 1;
    let until = now.saturating_add(wait_after(count)).unwrap_or(now).as_millisecond();
    let expire_at = now.saturating_add(FORGET_AFTER).unwrap_or(now).as_millisecond();
    tx.prepare_cached("INSERT OR REPLACE INTO throttle VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id, count, until, expire_at])?;
    Ok(SignInTry::Counted)
}

pub(super) fn signed_in(
    tx: &Transaction<'_>,
    email_key: &str,
    rehash: Option<&Rehash>,
    audit: &AuditEntry,
) -> Result<(), Failure> {
    forget_tries(tx, email_key)?;
    if let Some(rehash) = rehash {
        tx.prepare_cached("UPDATE admins SET password = ?1 WHERE id = ?2 AND version = ?3")?.execute(
            params![rehash.password_hash.expose_secret(), rehash.account_id.0.to_string(), rehash.version],
        )?;
    }
    audit::insert(tx, audit)
}

pub(super) fn forget_tries(tx: &Transaction<'_>, email_key: &str) -> Result<(), Failure> {
    tx.prepare_cached("DELETE FROM throttle WHERE id = ?1")?.execute([throttle_id(email_key)])?;
    Ok(())
}

pub(super) fn revoke(
    tx: &Transaction<'_>,
    jti: Uuid,
    expires_at: Timestamp,
    audit: Option<&AuditEntry>,
) -> Result<(), Failure> {
    if let Some(entry) = audit {
        let kept = i64::try_from(REVOKED_KEPT.as_millis()).unwrap_or(i64::MAX);
        tx.prepare_cached("DELETE FROM revoked WHERE expire_at <= ?1")?
            .execute([entry.at.as_millisecond().saturating_sub(kept)])?;
    }
    tx.prepare_cached("INSERT OR IGNORE INTO revoked VALUES (?1, ?2)")?
        .execute(params![jti.to_string(), expires_at.as_millisecond()])?;
    audit.map_or(Ok(()), |entry| audit::insert(tx, entry))
}

pub(super) fn revoke_all(
    tx: &Transaction<'_>,
    account: AccountId,
    audit: &AuditEntry,
) -> Result<(), Failure> {
    tx.prepare_cached("UPDATE admins SET token_version = token_version + 1 WHERE id = ?1")?
        .execute([account.0.to_string()])?;
    audit::insert(tx, audit)
}
