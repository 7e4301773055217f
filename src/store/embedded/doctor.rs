//! The doctor of the file: whether it is whole, and whether its rows are true to each other.
//!
//! One transaction writes every operation, and keys of the tables keep names, emails and collections apart; so what
//! it finds was done by another program, or by a broken disk. No operation stands still here, nothing is reserved,
//! and a collection names its organization by itself: I4, I5 and I6 cannot be broken.

use super::audit;
use super::failure::Failure;
use super::organizations::find;
use super::schema::foreign;
use crate::domain::{
    CollectionName, Examination, Finding, Mended, Organization, OrganizationId, Problem, Progress, State,
};
use crate::service::Error;
use crate::service::store::{AuditEntry, Lookup};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use std::path::Path;
use tokio::sync::watch;
use uuid::Uuid;

/// Organizations between two words of progress.
const PAGE: u64 = 1_000;

/// Looks at everything, in one transaction: what others write meanwhile is not seen half.
pub(super) fn examine(
    db: &Connection,
    path: &Path,
    progress: &watch::Sender<Progress>,
) -> Result<Examination, Failure> {
    let transaction = db.unchecked_transaction()?;
    check_file(&transaction, path)?;
    let mut so_far = Progress {
        collections: count(&transaction, "SELECT COUNT(*) FROM collections")?,
        ..Progress::default()
    };
    progress.send_replace(so_far);
    let mut findings = Vec::new();
    for (table, look) in LOOKS {
        let mut statement = transaction.prepare(table)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(finding) = look(row)? {
                findings.push(finding);
                so_far.findings += 1;
            }
            if std::ptr::eq(table, ORGANIZATIONS) {
                so_far.organizations += 1;
                if so_far.organizations.is_multiple_of(PAGE) {
                    progress.send_replace(so_far);
                }
            }
        }
    }
    findings.extend(operators(&transaction)?);
    progress.send_replace(so_far);
    Ok(Examination { findings, organizations: so_far.organizations, collections: so_far.collections })
}

/// The pages of the file, and that rows refer to rows that are there.
fn check_file(db: &Connection, path: &Path) -> Result<(), Failure> {
    let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    tracing::error!(path = %path.display(), said, "the check of the file");
    Err(Error::StoreUnusable(format!(
        "{} is damaged. Restore it from a backup; `sqlite3 {} .recover` may save what is left.",
        path.display(),
        path.display()
    ))
    .into())
}

fn count(db: &Connection, sql: &str) -> Result<u64, Failure> {
    Ok(u64::try_from(db.query_row(sql, [], |row| row.get::<_, i64>(0))?).unwrap_or(0))
}

type Look = fn(&Row<'_>) -> Result<Option<Finding>, rusqlite::Error>;

/// An organization with the row of its collection's name, the row of its own collection, and its admin.
const ORGANIZATIONS: &str =
    "SELECT o.id, o.organization_name, o.collection_name, o.state, named.organization_id,
    own.name, named.name, a.organization_id
    FROM organizations o
    LEFT JOIN collections named ON named.name = o.collection_name
    LEFT JOIN collections own ON own.organization_id = o.id AND own.name <> o.collection_name
    LEFT JOIN admins a ON a.id = o.admin_id
    GROUP BY o.id";
const COLLECTIONS: &str = "SELECT name FROM collections c WHERE NOT EXISTS
    (SELECT 1 FROM organizations o WHERE o.id = c.organization_id)
    AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.collection_name = c.name)";
const ADMINS: &str = "SELECT a.organization_id, a.email FROM admins a WHERE a.role = 'admin' AND NOT EXISTS
    (SELECT 1 FROM organizations o WHERE o.id = a.organization_id AND o.admin_id = a.id)";

const LOOKS: [(&str, Look); 3] = [(ORGANIZATIONS, organization), (COLLECTIONS, orphan), (ADMINS, abandoned)];

fn organization(row: &Row<'_>) -> Result<Option<Finding>, rusqlite::Error> {
    let (id, name, collection): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let state: String = row.get(3)?;
    let (named_of, elsewhere): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
    let is_named = row.get::<_, Option<String>>(6)?.is_some();
    let admin_of: Option<String> = row.get(7)?;
    let is_own = named_of.as_deref() == Some(id.as_str());
    let problem = if CollectionName::from_record(&collection, "").is_none() {
        Problem::RecordUnusable
    } else if state != State::Active.as_str() {
        match State::from_word(&state) {
            Some(state) => Problem::OperationUnreadable { state },
            None => return Err(foreign(3)),
        }
    } else if is_own && admin_of.as_deref() == Some(id.as_str()) {
        return Ok(None);
    } else if is_own {
        Problem::AdminMissing
    } else {
        match (elsewhere, is_named) {
            (Some(at), false) => Problem::CollectionElsewhere { at },
            (Some(at), true) => Problem::CollectionDisplaced { at },
            (None, true) => Problem::CollectionReplaced,
            (None, false) => Problem::CollectionMissing,
        }
    };
    Ok(Some(Finding {
        organization_id: id.parse().ok().map(OrganizationId),
        organization_name: Some(name),
        collection_name: Some(collection),
        problem,
    }))
}

fn orphan(row: &Row<'_>) -> Result<Option<Finding>, rusqlite::Error> {
    Ok(Some(Finding {
        organization_id: None,
        organization_name: None,
        collection_name: Some(row.get(0)?),
        problem: Problem::Orphan,
    }))
}

fn abandoned(row: &Row<'_>) -> Result<Option<Finding>, rusqlite::Error> {
    let organization: Option<String> = row.get(0)?;
    Ok(Some(Finding {
        organization_id: organization.and_then(|id| id.parse().ok()).map(OrganizationId),
        organization_name: None,
        collection_name: None,
        problem: Problem::AdminAbandoned { email: row.get(1)? },
    }))
}

fn operators(db: &Connection) -> Result<Option<Finding>, Failure> {
    let (counted, there) = operator_counts(db)?;
    Ok((counted != there).then_some(Finding {
        organization_id: None,
        organization_name: None,
        collection_name: None,
        problem: Problem::OperatorCount { counted, there },
    }))
}

fn operator_counts(db: &Connection) -> Result<(i64, i64), Failure> {
    let sql = "SELECT operators, (SELECT COUNT(*) FROM admins WHERE role = 'operator') FROM meta";
    Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Mends a finding, if it is still so.
pub(super) fn mend(
    tx: &Transaction<'_>,
    finding: &Finding,
    entry: &AuditEntry,
    database: &str,
) -> Result<Mended, Failure> {
    let problem = &finding.problem;
    let is_done = if *problem == Problem::CollectionMissing {
        with_organization(tx, finding, database, insert_collection)?
    } else if *problem == Problem::CollectionReplaced {
        with_organization(tx, finding, database, |tx, found| {
            let sql =
                "UPDATE collections SET organization_id = ?1 WHERE name = ?2 AND (organization_id IS NULL
                OR NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = collections.organization_id))";
            tx.execute(sql, params![found.id.0.to_string(), found.collection_name()])
        })?
    } else if let Problem::CollectionElsewhere { at } = problem {
        with_organization(tx, finding, database, |tx, found| {
            let sql = "UPDATE OR IGNORE collections SET name = ?1 WHERE name = ?2 AND organization_id = ?3";
            tx.execute(sql, params![found.collection_name(), at, found.id.0.to_string()])
        })?
    } else if let Problem::AdminAbandoned { email } = problem {
        if is_only_account(tx, email)? {
            return Ok(Mended::Left(
                "The organization has no other account that could sign in: restore its admin first, then check again."
                    .to_owned(),
            ));
        }
        let sql = "DELETE FROM admins WHERE email = ?1 AND role = 'admin' AND NOT EXISTS
            (SELECT 1 FROM organizations o WHERE o.id = admins.organization_id AND o.admin_id = admins.id)";
        tx.execute(sql, [email])? > 0
    } else if let Problem::OperatorCount { .. } = problem {
        let (counted, there) = operator_counts(tx)?;
        counted != there && tx.execute("UPDATE meta SET operators = ?1", [there])? > 0
    } else {
        // Nothing else is found here, or nothing can be done about it.
        return Ok(Mended::Left(finding.repair()));
    };
    if !is_done {
        return Ok(Mended::Gone);
    }
    audit::insert(tx, entry)?;
    Ok(Mended::Done)
}

/// Whether this is the account of an organization whose admin is not there.
fn is_only_account(db: &Connection, email: &str) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (SELECT 1 FROM admins this JOIN organizations o ON o.id = this.organization_id
        LEFT JOIN admins a ON a.id = o.admin_id AND a.organization_id = o.id
        WHERE this.email = ?1 AND this.role = 'admin' AND a.id IS NULL)";
    Ok(db.query_row(sql, [email], |row| row.get(0))?)
}

/// Does something to the organization of a finding whose collection is not its own; its epoch is raised with it.
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
        let raise = "UPDATE organizations SET epoch = epoch + 1 WHERE id = ?1";
        tx.execute(raise, [found.id.0.to_string()])?;
    }
    Ok(is_done)
}

fn insert_collection(tx: &Transaction<'_>, found: &Organization) -> Result<usize, rusqlite::Error> {
    let there = "SELECT 1 FROM collections WHERE name = ?1";
    let there: Option<i64> = tx.query_row(there, [found.collection_name()], |row| row.get(0)).optional()?;
    if there.is_some() {
        return Ok(0);
    }
    let sql = "INSERT INTO collections (name, uuid, organization_id) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![found.collection_name(), Uuid::new_v4().to_string(), found.id.0.to_string()])
}
