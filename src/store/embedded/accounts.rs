//! Accounts, sessions and attempts.

use super::failure::Failure;
use super::rows::readable;
use super::schema::{foreign, optional_time_at, optional_uuid_at, time_at, uuid_at};
use super::{EmbeddedStore, audit, throttle};
use crate::domain::throttle::Place;
use crate::domain::{
    Account, AccountId, AuditEntry, Claims, Email, Ended, OrganizationId, PasswordRule, Role, State,
    Suspension,
};
use crate::port::{
    AccountRecord, Accounts, Error, NewAccount, OrganizationOfAccount, PlaceAnswer, Result, SessionState,
    SignInDone, Turn,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, Transaction, params};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use uuid::Uuid;

#[async_trait]
impl Accounts for EmbeddedStore {
    async fn session_state(&self, claims: &Claims, now: Timestamp) -> Result<SessionState> {
        let claims = claims.clone();
        self.read(move |db| session_state(db, &claims, now)).await
    }

    async fn take_place(&self, place: &Place, now: Timestamp) -> Result<PlaceAnswer> {
        let place = place.clone();
        self.write(move |tx| throttle::take_place(tx, &place, now)).await
    }

    async fn try_failed(&self, place: &Place, audit: AuditEntry) -> Result<()> {
        let place = place.clone();
        self.write(move |tx| {
            throttle::failed(tx, &place, audit.at)?;
            audit::insert(tx, &audit)
        })
        .await
    }

    async fn give_back(&self, place: &Place, clears: bool) -> Result<()> {
        let place = place.clone();
        self.write(move |tx| throttle::give_back(tx, &place, clears)).await
    }

    async fn turn(&self, now: Timestamp) -> Result<Turn> {
        self.write(move |tx| throttle::turn(tx, now)).await
    }

    async fn count_registration(&self, now: Timestamp) -> Result<Option<Timestamp>> {
        self.write(move |tx| throttle::count_registration(tx, now)).await
    }

    async fn account_by_email(&self, email_key: &str) -> Result<Option<AccountRecord>> {
        let email_key = email_key.to_owned();
        self.read(move |db| by_email(db, &email_key)).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<AccountRecord>> {
        self.read(move |db| by_id(db, id)).await
    }

    async fn last_sign_ins(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>> {
        let ids = ids.to_vec();
        self.read(move |db| last_sign_ins(db, &ids)).await
    }

    async fn signed_in(&self, done: &SignInDone, audit: AuditEntry) -> Result<()> {
        let done = done.clone();
        self.write(move |tx| signed_in(tx, &done, &audit)).await
    }

    async fn forget_tries(&self, email_key: &str) -> Result<()> {
        let email_key = email_key.to_owned();
        self.write(move |tx| throttle::forget(tx, &email_key)).await
    }

    async fn key_check(&self) -> Result<Option<String>> {
        self.read(|db| {
            Ok(db.query_row("SELECT key_check FROM meta", [], |row| row.get(0)).optional()?.flatten())
        })
        .await
    }

    async fn revoke(&self, session: Uuid, until: Timestamp, audit: Option<AuditEntry>) -> Result<()> {
        self.write(move |tx| revoke(tx, session, until, audit.as_ref())).await
    }

    async fn revoke_all(&self, account: AccountId, audit: AuditEntry) -> Result<()> {
        self.write_as(&audit.clone(), move |tx| revoke_all(tx, account, &audit)).await
    }
}

fn last_sign_ins(db: &Connection, ids: &[AccountId]) -> Result<HashMap<AccountId, Timestamp>, Failure> {
    let mut statement = db.prepare_cached("SELECT last_sign_in_at FROM admins WHERE id = ?1")?;
    let mut found = HashMap::new();
    for id in ids {
        let at = statement.query_row([id.0.to_string()], |row| optional_time_at(row, 0)).optional()?;
        found.extend(at.flatten().map(|at| (*id, at)));
    }
    Ok(found)
}

/// An account with the state that its sessions depend on: whether its organization names it and has its email. The
/// last column but one is its key, which sorts lists.
pub(super) const ACCOUNT: &str =
    "SELECT a.id, a.email, a.role, a.organization_id, a.version, a.token_version, a.created_at, a.updated_at,
    a.password, o.organization_name, o.state, o.admin_id = a.id AND o.admin_email = a.email, o.sessions_end_at,
    o.suspended_at, o.suspended_by, o.suspended_reason, a.email_key,
    a.last_sign_in_at FROM admins a LEFT JOIN organizations o ON o.id = a.organization_id";

/// The column of the key in [`ACCOUNT`].
pub(super) const EMAIL_KEY: usize = 16;

pub(super) fn record_of(row: &Row<'_>) -> Result<AccountRecord, rusqlite::Error> {
    let role: String = row.get(2)?;
    Ok(AccountRecord {
        account: Account {
            id: AccountId(uuid_at(row, 0)?),
            email: row.get(1)?,
            role: role.parse::<Role>().ok().ok_or_else(|| foreign(2))?,
            organization_id: optional_uuid_at(row, 3)?.map(OrganizationId),
            version: row.get(4)?,
            token_version: row.get(5)?,
            created_at: time_at(row, 6)?,
            updated_at: time_at(row, 7)?,
        },
        password_hash: row.get::<_, String>(8)?.into(),
        password_rule: PasswordRule::Own,
        organization: organization_at(row, 9)?,
        last_sign_in_at: optional_time_at(row, EMAIL_KEY + 1)?,
    })
}

/// The organization of an account, from this column on: its name, its state, whether the account is its admin, the end
/// of its sessions, and its suspension. `None` if it does not exist or its state allows no session.
fn organization_at(row: &Row<'_>, first: usize) -> Result<Option<OrganizationOfAccount>, rusqlite::Error> {
    let (name, state): (Option<String>, Option<String>) = (row.get(first)?, row.get(first + 1)?);
    let Some((name, state)) = name.zip(state.as_deref().and_then(|word| word.parse::<State>().ok())) else {
        return Ok(None);
    };
    Ok(Some(OrganizationOfAccount {
        name,
        state,
        is_own_admin: row.get::<_, Option<bool>>(first + 2)?.unwrap_or(false),
        sessions_end_at: optional_time_at(row, first + 3)?,
        suspension: suspension_at(row, first + 4)?,
    }))
}

/// A suspension: its time, its actor and its reason, from this column on.
pub(super) fn suspension_at(row: &Row<'_>, first: usize) -> Result<Option<Suspension>, rusqlite::Error> {
    let Some(at) = optional_time_at(row, first)? else { return Ok(None) };
    let text = |column: usize| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    Ok(Some(Suspension { at, by: text(first + 1)?, reason: text(first + 2)? }))
}

fn one(db: &Connection, condition: &str, value: impl ToSql) -> Result<Option<AccountRecord>, Failure> {
    let mut statement = db.prepare_cached(&format!("{ACCOUNT} WHERE {condition} = ?1"))?;
    Ok(readable(statement.query_row([value], record_of).optional())?.flatten())
}

pub(super) fn by_email(db: &Connection, email_key: &str) -> Result<Option<AccountRecord>, Failure> {
    one(db, "a.email_key", email_key)
}

pub(super) fn by_id(db: &Connection, id: AccountId) -> Result<Option<AccountRecord>, Failure> {
    one(db, "a.id", id.0.to_string())
}

/// Whether another account signs in with this email, including an unreadable one.
pub(super) fn refuse_taken_email(
    tx: &Transaction<'_>,
    email: &Email,
    own: Option<AccountId>,
) -> Result<(), Failure> {
    let own = own.map(|id| id.0.to_string()).unwrap_or_default();
    if tx
        .prepare_cached("SELECT 1 FROM admins WHERE email_key = ?1 AND id <> ?2")?
        .exists([email.key(), &own])?
    {
        return Err(Error::EmailTaken(email.as_str().to_owned()).into());
    }
    Ok(())
}

fn session_state(db: &Connection, claims: &Claims, now: Timestamp) -> Result<SessionState, Failure> {
    let account = by_id(db, claims.sub)?.map(|record| record.account);
    let organization = match claims.org {
        Some(id) => {
            let mut statement = db.prepare_cached(
                "SELECT o.organization_name, o.state, o.admin_email = a.email, o.sessions_end_at, o.suspended_at,
                o.suspended_by, o.suspended_reason
                FROM organizations o LEFT JOIN admins a ON a.id = o.admin_id AND a.id = ?2 WHERE o.id = ?1",
            )?;
            let found = statement
                .query_row([id.to_string(), claims.sub.0.to_string()], |row| organization_at(row, 0))
                .optional();
            readable(found)?.flatten().flatten()
        }
        None => None,
    };
    let revoked = db
        .prepare_cached("SELECT 1 FROM revoked WHERE session_id = ?1 AND expire_at > ?2")?
        .exists(params![claims.sid.to_string(), now.as_millisecond()])?;
    Ok(SessionState { account, organization, revoked })
}

pub(super) fn insert(
    tx: &Transaction<'_>,
    new: &NewAccount,
    role: Role,
    organization: Option<OrganizationId>,
    at: Timestamp,
) -> Result<(), Failure> {
    tx.prepare_cached(
        "INSERT INTO admins (id, organization_id, email, email_key, password, role, version, token_version,
         created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, 1, ?7, ?7)",
    )?
    .execute(params![
        new.id.0.to_string(),
        organization.map(|id| id.to_string()),
        new.email.as_str(),
        new.email.key(),
        new.password_hash.expose_secret(),
        role.as_str(),
        at.as_millisecond(),
    ])?;
    Ok(())
}

/// Changes email, password or both in one step that raises both versions, which ends the account's sessions. Returns
/// false if the account is gone or has another version.
pub(super) fn change(
    tx: &Transaction<'_>,
    seen: &Account,
    email: Option<&Email>,
    password_hash: Option<&SecretString>,
    at: Timestamp,
) -> Result<bool, Failure> {
    if let Some(email) = email {
        refuse_taken_email(tx, email, Some(seen.id))?;
    }
    let changed = tx
        .prepare_cached(
            "UPDATE admins SET email = COALESCE(?1, email), email_key = COALESCE(?2, email_key),
             password = COALESCE(?3, password), version = version + 1, token_version = token_version + 1,
             updated_at = ?4 WHERE id = ?5 AND version = ?6",
        )?
        .execute(params![
            email.map(Email::as_str),
            email.map(Email::key),
            password_hash.map(ExposeSecret::expose_secret),
            at.as_millisecond(),
            seen.id.0.to_string(),
            seen.version,
        ])?;
    Ok(changed == 1)
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
        "INSERT INTO meta (id, store_id, operators, initialized_at) VALUES (1, ?1, 1, ?2)",
        params![store_id.to_string(), audit.at.as_millisecond()],
    )?;
    insert(tx, first, Role::Operator, None, audit.at)?;
    audit::insert(tx, audit)
}

fn signed_in(tx: &Transaction<'_>, done: &SignInDone, audit: &AuditEntry) -> Result<(), Failure> {
    throttle::give_back(tx, &done.place, true)?;
    tx.prepare_cached("UPDATE admins SET last_sign_in_at = ?1 WHERE id = ?2")?
        .execute(params![audit.at.as_millisecond(), done.account_id.0.to_string()])?;
    if let Some(rehash) = &done.rehash {
        tx.prepare_cached("UPDATE admins SET password = ?1 WHERE id = ?2 AND version = ?3")?.execute(
            params![rehash.password_hash.expose_secret(), rehash.account_id.0.to_string(), rehash.version],
        )?;
    }
    if let Some(check) = &done.key_check {
        tx.prepare_cached("UPDATE meta SET key_check = ?1 WHERE key_check IS NOT ?1")?.execute([check])?;
    }
    audit::insert(tx, audit)
}

/// The session may have ended since it was checked: hashing takes a while.
pub(super) fn refuse_ended_session(
    tx: &Transaction<'_>,
    account: AccountId,
    token_version: i64,
) -> Result<(), Failure> {
    let is_good = tx
        .prepare_cached("SELECT 1 FROM admins WHERE id = ?1 AND token_version = ?2")?
        .exists(params![account.0.to_string(), token_version])?;
    if is_good { Ok(()) } else { Err(Error::SessionExpired(Ended::Ended).into()) }
}

fn revoke(
    tx: &Transaction<'_>,
    session: Uuid,
    until: Timestamp,
    audit: Option<&AuditEntry>,
) -> Result<(), Failure> {
    tx.prepare_cached("INSERT OR IGNORE INTO revoked (session_id, expire_at) VALUES (?1, ?2)")?
        .execute(params![session.to_string(), until.as_millisecond()])?;
    audit.map_or(Ok(()), |entry| audit::insert(tx, entry))
}

fn revoke_all(tx: &Transaction<'_>, account: AccountId, audit: &AuditEntry) -> Result<(), Failure> {
    tx.prepare_cached("UPDATE admins SET token_version = token_version + 1 WHERE id = ?1")?
        .execute([account.0.to_string()])?;
    audit::insert(tx, audit)
}
