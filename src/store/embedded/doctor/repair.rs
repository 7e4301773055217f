//! Repairs: each is one transaction that checks the finding again first.

use super::check::operator_counts;
use crate::domain::{
    AuditEntry, CollectionName, Email, Epoch, Finding, Organization, OrganizationId, Problem, RepairOutcome,
};
use crate::port::Lookup;
use crate::store::embedded::failure::Failure;
use crate::store::embedded::organizations::{find, raised};
use crate::store::embedded::{audit, documents, id_text};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

/// Repairs a finding, if it is still present.
pub(super) fn repair(
    tx: &Transaction<'_>,
    finding: &Finding,
    entry: &AuditEntry,
    database: &str,
) -> Result<RepairOutcome, Failure> {
    let problem = &finding.problem;
    let is_done = if *problem == Problem::CollectionMissing {
        with_organization(tx, finding, database, insert_collection)?
    } else if *problem == Problem::CollectionReplaced {
        with_organization(tx, finding, database, take_collection)?
    } else if let Problem::CollectionElsewhere { at } = problem {
        with_organization(tx, finding, database, |tx, found| put_back(tx, found, at))?
    } else if let Problem::AdminEmailDiffers { .. } = problem {
        correct_email(tx, finding.organization_id)?
    } else if let Problem::AdminKeepsEmail { .. } = problem {
        free_email(tx, finding.organization_id)?
    } else if let Problem::AdminAbandoned { email } = problem {
        if is_only_account(tx, email)? {
            return Ok(RepairOutcome::Skipped(
                "The organization has no other account. Give it a new admin first, then check again."
                    .to_owned(),
            ));
        }
        let sql = "DELETE FROM admins WHERE email = ?1 AND role = 'admin' AND NOT EXISTS
            (SELECT 1 FROM organizations o WHERE o.id = admins.organization_id AND o.admin_id = admins.id)";
        tx.execute(sql, [email])? > 0
    } else if let Problem::OperatorCount { .. } = problem {
        let (counted, there) = operator_counts(tx)?;
        counted != there && tx.execute("UPDATE meta SET operators = ?1", [there])? > 0
    } else if let Problem::CollectionCount { .. } = problem {
        documents::recount(tx, finding.collection_name.as_deref().unwrap_or_default())?
    } else if let Problem::ReservationDead { key } = problem {
        release(tx, key)?
    } else if let Problem::ReservationMissing { key } = problem {
        match reserve(tx, key, finding.organization_id)? {
            Reserved::Done => true,
            Reserved::NotMissing => false,
            Reserved::Taken => {
                return Ok(RepairOutcome::Skipped(
                    "The same name or email is in use elsewhere now. Change one of them, then check again."
                        .to_owned(),
                ));
            }
        }
    } else {
        // Other kinds do not occur here, or cannot be repaired.
        return Ok(RepairOutcome::Skipped(finding.repair()));
    };
    if !is_done {
        return Ok(RepairOutcome::NoLongerPresent);
    }
    audit::insert(tx, entry)?;
    Ok(RepairOutcome::Repaired)
}

/// Whether this is the account of an organization whose admin does not exist.
fn is_only_account(db: &Connection, email: &str) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (SELECT 1 FROM admins this JOIN organizations o ON o.id = this.organization_id
        LEFT JOIN admins a ON a.id = o.admin_id AND a.organization_id = o.id
        WHERE this.email = ?1 AND this.role = 'admin' AND a.id IS NULL)";
    Ok(db.query_row(sql, [email], |row| row.get(0))?)
}

/// Changes the organization of a finding whose collection is not its own, and raises its epoch.
fn with_organization(
    tx: &Transaction<'_>,
    finding: &Finding,
    database: &str,
    work: impl FnOnce(&Transaction<'_>, &Organization) -> Result<usize, rusqlite::Error>,
) -> Result<bool, Failure> {
    let found = match finding.organization_id {
        Some(id) => find(tx, &Lookup::Id(id), database)?,
        None => None,
    };
    let Some(found) = found.filter(|found| found.collection_uuid.is_none()) else {
        return Ok(false);
    };
    let is_done = work(tx, &found)? > 0;
    if is_done {
        raise_epoch(tx, found.id)?;
    }
    Ok(is_done)
}

/// Every write to an organization raises its epoch; a repair does not change `updated_at`.
fn raise_epoch(tx: &Transaction<'_>, id: OrganizationId) -> Result<(), rusqlite::Error> {
    tx.execute(&format!("UPDATE organizations SET {} WHERE id = ?1", raised()), [id_text(id)])?;
    Ok(())
}

fn insert_collection(tx: &Transaction<'_>, found: &Organization) -> Result<usize, rusqlite::Error> {
    let there = "SELECT 1 FROM collections WHERE name = ?1 OR organization_id = ?2";
    let values = params![found.collection_name(), id_text(found.id)];
    let there: Option<i64> = tx.query_row(there, values, |row| row.get(0)).optional()?;
    if there.is_some() {
        return Ok(0);
    }
    let sql = "INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![found.collection_name(), Uuid::new_v4().to_string(), id_text(found.id)])
}

/// Takes the collection with its name, if it belongs to no organization.
fn take_collection(tx: &Transaction<'_>, found: &Organization) -> Result<usize, rusqlite::Error> {
    let sql = "UPDATE collections SET organization_id = ?1 WHERE name = ?2 AND (organization_id IS NULL
        OR NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = collections.organization_id))";
    tx.execute(sql, params![id_text(found.id), found.collection_name()])
}

/// Renames its own collection back to the name in its record; in the trash to a new name if the record has none.
fn put_back(tx: &Transaction<'_>, found: &Organization, at: &str) -> Result<usize, rusqlite::Error> {
    let aside = CollectionName::in_trash(found.id, Epoch(found.epoch.0 + 1));
    let to = found.collection.as_ref().unwrap_or(&aside).as_str();
    let sql = "UPDATE OR IGNORE collections SET name = ?1 WHERE name = ?2 AND organization_id = ?3";
    let moved = tx.execute(sql, params![to, at, id_text(found.id)])?;
    if moved > 0 {
        let sql = "UPDATE organizations SET collection_name = ?1 WHERE id = ?2";
        tx.execute(sql, params![to, id_text(found.id)])?;
    }
    Ok(moved)
}

fn correct_email(tx: &Transaction<'_>, id: Option<OrganizationId>) -> Result<bool, Failure> {
    let Some(id) = id else { return Ok(false) };
    let sql = format!(
        "UPDATE organizations SET admin_email = a.email, {} FROM admins a
        WHERE organizations.id = ?1 AND a.id = organizations.admin_id AND a.organization_id = organizations.id
        AND a.email <> organizations.admin_email",
        raised()
    );
    Ok(tx.execute(&sql, [id_text(id)])? > 0)
}

/// Releases the name of a deleted organization.
fn release(tx: &Transaction<'_>, key: &str) -> Result<bool, Failure> {
    let Some(("n", key)) = key.split_once(':') else { return Ok(false) };
    let sql = format!(
        "UPDATE organizations SET name_key = NULL, {} WHERE name_key = ?1 AND state = 'deleted'",
        raised()
    );
    Ok(tx.execute(&sql, [key])? > 0)
}

/// Releases the email of a deleted organization's admin.
fn free_email(tx: &Transaction<'_>, id: Option<OrganizationId>) -> Result<bool, Failure> {
    let Some(id) = id else { return Ok(false) };
    let sql = "UPDATE admins SET email_key = NULL, version = version + 1
        WHERE organization_id = ?1 AND email_key IS NOT NULL AND EXISTS
        (SELECT 1 FROM organizations o WHERE o.id = admins.organization_id AND o.state = 'deleted')";
    Ok(tx.execute(sql, [id_text(id)])? > 0)
}

/// The outcome for a missing key.
enum Reserved {
    Done,
    NotMissing,
    Taken,
}

/// Gives an organization its name back, or an account its email, after the key was lost.
fn reserve(
    tx: &Transaction<'_>,
    key: &str,
    organization: Option<OrganizationId>,
) -> Result<Reserved, Failure> {
    let (key, without_key, taken, set) = match (key.split_once(':'), organization) {
        (Some(("n", key)), Some(id)) => (
            key,
            organization_without_key(tx, id)?,
            "SELECT 1 FROM organizations WHERE name_key = ?1",
            format!("UPDATE organizations SET name_key = ?1, {} WHERE id = ?2", raised()),
        ),
        (Some(("e", key)), organization) => (
            key,
            account_without_key(tx, key, organization)?,
            "SELECT 1 FROM admins WHERE email_key = ?1",
            "UPDATE admins SET email_key = ?1 WHERE id = ?2".to_owned(),
        ),
        _ => return Ok(Reserved::NotMissing),
    };
    let Some(id) = without_key else { return Ok(Reserved::NotMissing) };
    if tx.prepare(taken)?.exists([key])? {
        return Ok(Reserved::Taken);
    }
    tx.execute(&set, [key, &id])?;
    Ok(Reserved::Done)
}

/// The organization, if it is active and its name has no key.
fn organization_without_key(tx: &Transaction<'_>, id: OrganizationId) -> Result<Option<String>, Failure> {
    let sql = "SELECT id FROM organizations WHERE id = ?1 AND name_key IS NULL AND state = 'active'";
    Ok(tx.query_row(sql, [id_text(id)], |row| row.get(0)).optional()?)
}

/// The operator, or the admin of an active organization, whose email has no key and would have this one.
fn account_without_key(
    tx: &Transaction<'_>,
    key: &str,
    organization: Option<OrganizationId>,
) -> Result<Option<String>, Failure> {
    let mut statement = tx.prepare(
        "SELECT a.id, a.email FROM admins a LEFT JOIN organizations o ON o.id = a.organization_id
         WHERE a.email_key IS NULL AND a.organization_id IS ?1
         AND (a.role = 'operator' OR (o.state = 'active' AND o.admin_id = a.id))",
    )?;
    let mut rows = statement.query([organization.map(id_text)])?;
    while let Some(row) = rows.next()? {
        let (id, email): (String, String) = (row.get(0)?, row.get(1)?);
        if Email::key_of(&email) == key {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
