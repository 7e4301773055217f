//! Changing an organization and its admin.

use super::{move_collection, raise_epoch, refuse_taken_collection, refuse_taken_name, unchanged, written};
use crate::domain::{
    Account, AccountId, AuditEntry, Email, Organization, OrganizationName, Role, State, SuspensionChange,
};
use crate::port::{Error, NewAccount, UpdateRequest};
use crate::store::embedded::failure::Failure;
use crate::store::embedded::{accounts, audit, id_text};
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use secrecy::SecretString;
use uuid::Uuid;

pub(super) fn update(
    tx: &Transaction<'_>,
    request: &UpdateRequest,
    entry: &AuditEntry,
    database: &str,
) -> Result<Organization, Failure> {
    let now = unchanged(tx, &request.current, &[State::Active], database)?;
    let change = &request.change;
    if let Some(name) = &change.name {
        rename(tx, &now, name, database)?;
    }
    if change.admin_email.is_some() || change.admin_password_hash.is_some() {
        let admin = AdminChange {
            seen: request.admin.as_ref(),
            email: change.admin_email.as_ref(),
            password_hash: change.admin_password_hash.as_ref(),
        };
        change_admin(tx, &now, &admin, entry.at)?;
    }
    if let Some(change) = &change.suspension {
        suspend(tx, &now, change, entry)?;
    }
    raise_epoch(tx, now.id, entry.at)?;
    audit::insert_operation(tx, entry)?;
    written(tx, now.id, database)
}

/// The collection is renamed only if the key changes: a name from another version is kept.
fn rename(
    tx: &Transaction<'_>,
    now: &Organization,
    name: &OrganizationName,
    database: &str,
) -> Result<(), Failure> {
    let id = id_text(now.id);
    if name.key() != now.name_key {
        refuse_taken_name(tx, name, now.id)?;
        let to = name.collection(database);
        refuse_taken_collection(tx, &to, now.id)?;
        if !move_collection(tx, now, &to)? {
            return Err(Error::CollectionMissing(now.collection_name().to_owned()).into());
        }
        tx.prepare_cached("UPDATE organizations SET name_key = ?1, collection_name = ?2 WHERE id = ?3")?
            .execute(params![name.key(), to.as_str(), id])?;
    }
    tx.prepare_cached("UPDATE organizations SET organization_name = ?1 WHERE id = ?2")?
        .execute(params![name.display(), id])?;
    Ok(())
}

/// A change of the admin's account.
pub(super) struct AdminChange<'a> {
    /// The account as it was read; `None` if it did not exist.
    pub(super) seen: Option<&'a Account>,
    pub(super) email: Option<&'a Email>,
    pub(super) password_hash: Option<&'a SecretString>,
}

/// Changes the admin's account, or creates it again if it is gone. Its sessions end.
pub(super) fn change_admin(
    tx: &Transaction<'_>,
    now: &Organization,
    change: &AdminChange<'_>,
    at: Timestamp,
) -> Result<(), Failure> {
    let Some(seen) = change.seen else {
        let (Some(email), Some(password_hash)) = (change.email, change.password_hash) else {
            return Err(Error::AdminMissing(now.name.clone()).into());
        };
        return make_admin(tx, now, email, password_hash, at);
    };
    let is_admin = seen.id == now.admin_id;
    if !is_admin || !accounts::change(tx, seen, change.email, change.password_hash, at)? {
        return Err(Error::Changed.into());
    }
    if let Some(email) = change.email {
        tx.prepare_cached("UPDATE organizations SET admin_email = ?1 WHERE id = ?2")?
            .execute([email.as_str(), &id_text(now.id)])?;
    }
    Ok(())
}

/// The account gets another id, so that no token of the lost account is valid again. Accounts of the organization that
/// its record does not name are removed: none of them can sign in, and one may occupy the email.
fn make_admin(
    tx: &Transaction<'_>,
    now: &Organization,
    email: &Email,
    password_hash: &SecretString,
    at: Timestamp,
) -> Result<(), Failure> {
    let there = accounts::by_id(tx, now.admin_id)?;
    if there.is_some_and(|there| there.account.organization_id == Some(now.id)) {
        return Err(Error::Changed.into());
    }
    let (id, organization) = (AccountId(Uuid::new_v4()), id_text(now.id));
    tx.prepare_cached("DELETE FROM admins WHERE organization_id = ?1")?.execute([&organization])?;
    accounts::refuse_taken_email(tx, email, None)?;
    let new = NewAccount { id, email: email.clone(), password_hash: password_hash.clone() };
    accounts::insert(tx, &new, Role::Admin, Some(now.id), at)?;
    tx.prepare_cached("UPDATE organizations SET admin_id = ?1, admin_email = ?2 WHERE id = ?3")?
        .execute([id.0.to_string().as_str(), email.as_str(), &organization])?;
    Ok(())
}

fn suspend(
    tx: &Transaction<'_>,
    now: &Organization,
    change: &SuspensionChange,
    entry: &AuditEntry,
) -> Result<(), Failure> {
    let id = id_text(now.id);
    match change {
        SuspensionChange::Suspend { reason } => tx
            .prepare_cached(
                "UPDATE organizations SET suspended_at = ?1, suspended_by = ?2, suspended_reason = ?3,
                 sessions_end_at = ?1 WHERE id = ?4",
            )?
            .execute(params![entry.at.as_millisecond(), entry.actor, reason, id])?,
        SuspensionChange::Resume => tx
            .prepare_cached(
                "UPDATE organizations SET suspended_at = NULL, suspended_by = NULL, suspended_reason = NULL
                 WHERE id = ?1",
            )?
            .execute([id])?,
    };
    Ok(())
}
