//! The check.

use crate::domain::name::{TRASH_PREFIX, key_of};
use crate::domain::{
    CheckReport, CollectionName, Email, Finding, Organization, OrganizationId, Problem, Progress, State,
};
use crate::store::embedded::failure::{Failure, damaged};
use crate::store::embedded::organizations::{COLUMNS, RECORDS, organization_of};
use crate::store::embedded::rows::readable;
use crate::store::embedded::{accounts, audit, id_text};
use rusqlite::{Connection, Row};
use std::path::Path;
use tokio::sync::watch;

/// Organizations between two progress reports.
const PAGE: u64 = 1_000;

/// Checks everything in one transaction, so that it never sees half of another write.
pub(super) fn check(
    db: &Connection,
    path: &Path,
    database: &str,
    progress: &watch::Sender<Progress>,
) -> Result<CheckReport, Failure> {
    let transaction = db.unchecked_transaction()?;
    check_file(&transaction, path)?;
    let mut so_far = Progress {
        collections: count(&transaction, "SELECT COUNT(*) FROM collections")?,
        ..Progress::default()
    };
    progress.send_replace(so_far);
    let mut findings = Vec::new();
    let organizations = format!("SELECT {COLUMNS}, {COMPANIONS} FROM {RECORDS} {JOINED}");
    each(&transaction, &organizations, |row| {
        findings.extend(of_organization(row, database)?);
        findings.extend(name_that_meets(&transaction, row)?);
        so_far.findings = findings.len() as u64;
        so_far.organizations += 1;
        if so_far.organizations.is_multiple_of(PAGE) {
            progress.send_replace(so_far);
        }
        Ok(())
    })?;
    let mut look = |sql: &str, look: Look| {
        each(&transaction, sql, |row| {
            findings.extend(look(row)?);
            Ok(())
        })
    };
    look(STRAYS, stray)?;
    look(MISCOUNTED, miscounted)?;
    look(ABANDONED, abandoned)?;
    look(accounts::ACCOUNT, of_account)?;
    look(audit::ENTRY, of_entry)?;
    each(&transaction, EMAILS, |row| {
        findings.extend(email_that_meets(&transaction, row)?);
        Ok(())
    })?;
    findings.extend(of_operators(&transaction)?);
    so_far.findings = findings.len() as u64;
    progress.send_replace(so_far);
    Ok(CheckReport { findings, organizations: so_far.organizations, collections: so_far.collections })
}

/// Checks the collection of one organization.
pub(super) fn check_collection(
    db: &Connection,
    id: OrganizationId,
    database: &str,
) -> Result<Option<Finding>, Failure> {
    let sql = format!("SELECT {COLUMNS}, {COMPANIONS} FROM {RECORDS} {JOINED} WHERE o.id = ?1");
    let mut statement = db.prepare(&sql)?;
    let mut rows = statement.query([id_text(id)])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let seen = Seen::of(row)?;
    let found = readable(organization_of(row, database))?.filter(|found| !found.state.has_operation());
    Ok(found.and_then(|found| of_collection(&seen, &found)).map(|problem| seen.with(problem)))
}

type Look = fn(&Row<'_>) -> Result<Option<Finding>, Failure>;

fn each(
    db: &Connection,
    sql: &str,
    mut look: impl FnMut(&Row<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        look(row)?;
    }
    Ok(())
}

/// Checks the pages of the file, and that references between rows are valid.
fn check_file(db: &Connection, path: &Path) -> Result<(), Failure> {
    let said: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if said == "ok" {
        return Ok(());
    }
    tracing::info!(path = %path.display(), said, "the check of the file");
    Err(damaged(path).into())
}

fn count(db: &Connection, sql: &str) -> Result<u64, Failure> {
    Ok(u64::try_from(db.query_row(sql, [], |row| row.get::<_, i64>(0))?).unwrap_or(0))
}

/// Text for display, whatever the column contains.
fn shown_at(row: &Row<'_>, column: usize) -> Result<Option<String>, rusqlite::Error> {
    Ok(row
        .get_ref(column)?
        .as_bytes_or_null()
        .ok()
        .flatten()
        .map(|bytes| String::from_utf8_lossy(bytes).into()))
}

/// The columns after those of an organization: the owner of the collection with the name in its record, a collection of
/// its own with another name, and the account that its record names.
const COMPANIONS: &str = "named.organization_id, named.name,
    (SELECT x.name FROM collections x WHERE x.organization_id = o.id AND x.name IS NOT o.collection_name
        ORDER BY x.name LIMIT 1),
    a.organization_id, a.email, a.email_key";
const JOINED: &str =
    "LEFT JOIN collections named ON named.name = o.collection_name LEFT JOIN admins a ON a.id = o.admin_id";

/// An organization with its companions, as text.
struct Seen {
    finding: Finding,
    id: Option<String>,
    name_key: Option<String>,
    named_of: Option<String>,
    is_named: bool,
    elsewhere: Option<String>,
    admin_of: Option<String>,
    admin_email: Option<String>,
    email_key: Option<String>,
}

impl Seen {
    fn of(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        let id = shown_at(row, 0)?;
        let finding = Finding {
            organization_id: id.as_deref().and_then(|id| id.parse().ok()).map(OrganizationId),
            organization_name: shown_at(row, 1)?,
            collection_name: shown_at(row, 3)?,
            problem: Problem::RecordUnreadable,
        };
        Ok(Self {
            finding,
            id,
            name_key: shown_at(row, 2)?,
            named_of: shown_at(row, 18)?,
            is_named: shown_at(row, 19)?.is_some(),
            elsewhere: shown_at(row, 20)?,
            admin_of: shown_at(row, 21)?,
            admin_email: shown_at(row, 22)?,
            email_key: shown_at(row, 23)?,
        })
    }

    fn with(&self, problem: Problem) -> Finding {
        Finding { problem, ..self.finding.clone() }
    }
}

fn of_organization(row: &Row<'_>, database: &str) -> Result<Vec<Finding>, Failure> {
    let seen = Seen::of(row)?;
    let state = shown_at(row, 7)?.unwrap_or_default();
    let state = match state.parse::<State>().ok() {
        None => return Ok(vec![seen.with(Problem::StateUnknown)]),
        Some(state) if state.has_operation() => {
            return Ok(vec![seen.with(Problem::OperationUnreadable { state })]);
        }
        Some(state) => state,
    };
    if state == State::Active && seen.name_key.is_none() {
        let key = key_of(seen.finding.organization_name.as_deref().unwrap_or_default());
        return Ok(vec![seen.with(Problem::ReservationMissing { key: format!("n:{key}") })]);
    }
    let Some(found) = readable(organization_of(row, database))? else {
        return Ok(vec![seen.finding]);
    };
    let problems = [
        of_collection(&seen, &found),
        of_admin(&seen, &found),
        of_email(&seen, &found),
        of_name(&seen, &found),
    ];
    Ok(problems.into_iter().flatten().map(|problem| seen.with(problem)).collect())
}

fn of_collection(seen: &Seen, found: &Organization) -> Option<Problem> {
    match (&found.collection, &seen.elsewhere) {
        // A delete of an organization without a collection left none.
        (None, None) if found.state == State::Deleted && seen.finding.collection_name.is_none() => None,
        (None, Some(at)) if found.state == State::Deleted && seen.finding.collection_name.is_none() => {
            Some(Problem::CollectionElsewhere { at: at.clone() })
        }
        (None, _) => Some(Problem::RecordUnusable),
        (Some(_), _) if seen.named_of.is_some() && seen.named_of == seen.id => None,
        (Some(_), Some(at)) if seen.is_named => Some(Problem::CollectionDisplaced { at: at.clone() }),
        (Some(_), Some(at)) => Some(Problem::CollectionElsewhere { at: at.clone() }),
        (Some(_), None) if seen.is_named => Some(Problem::CollectionReplaced),
        (Some(_), None) => Some(Problem::CollectionMissing),
    }
}

fn of_admin(seen: &Seen, found: &Organization) -> Option<Problem> {
    let is_there = seen.admin_of.is_some() && seen.admin_of == seen.id;
    match &seen.admin_email {
        Some(account) if is_there && *account != found.admin_email => {
            Some(Problem::AdminEmailDiffers { account: account.clone() })
        }
        Some(_) if is_there => None,
        // The admin of a deleted organization cannot sign in, and a restore creates the account again.
        _ if found.state == State::Deleted => None,
        _ => Some(Problem::AdminMissing),
    }
}

fn of_email(seen: &Seen, found: &Organization) -> Option<Problem> {
    if seen.admin_of.is_none() || seen.admin_of != seen.id {
        return None;
    }
    match (&seen.email_key, found.state == State::Deleted) {
        (Some(_), true) => {
            Some(Problem::AdminKeepsEmail { email: seen.admin_email.clone().unwrap_or_default() })
        }
        (None, false) => {
            let key = Email::key_of(seen.admin_email.as_deref().unwrap_or_default());
            Some(Problem::ReservationMissing { key: format!("e:{key}") })
        }
        (Some(_), false) | (None, true) => None,
    }
}

fn of_name(seen: &Seen, found: &Organization) -> Option<Problem> {
    let key = seen.name_key.as_ref().filter(|_| found.state == State::Deleted)?;
    Some(Problem::ReservationDead { key: format!("n:{key}") })
}

/// A name that equals another one by the current rules and has a key by older rules.
fn name_that_meets(db: &Connection, row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let seen = Seen::of(row)?;
    let (Some(key), Some(shown)) = (&seen.name_key, seen.finding.organization_name.clone()) else {
        return Ok(None);
    };
    let today = key_of(&shown);
    let sql = "SELECT 1 FROM organizations WHERE name_key = ?1";
    let meets = today != *key && db.prepare_cached(sql)?.exists([&today])?;
    Ok(meets.then(|| seen.with(Problem::KeysMeet { shown, key: format!("n:{today}") })))
}

const EMAILS: &str = "SELECT organization_id, email, email_key FROM admins WHERE email_key IS NOT NULL";

/// An email that equals another one by the current rules and has a key by older rules.
fn email_that_meets(db: &Connection, row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let (Some(shown), Some(key)) = (shown_at(row, 1)?, shown_at(row, 2)?) else {
        return Ok(None);
    };
    let today = Email::key_of(&shown);
    let sql = "SELECT 1 FROM admins WHERE email_key = ?1";
    if today == key || !db.prepare_cached(sql)?.exists([&today])? {
        return Ok(None);
    }
    let organization_id = shown_at(row, 0)?.and_then(|id| id.parse().ok()).map(OrganizationId);
    let problem = Problem::KeysMeet { shown, key: format!("e:{today}") };
    Ok(Some(Finding { organization_id, ..of_none(problem) }))
}

/// Collections that no record names and no import fills, and second collections of an organization.
const STRAYS: &str = "SELECT name FROM collections c
    WHERE c.importing_until IS NULL AND NOT EXISTS (SELECT 1 FROM organizations o WHERE o.collection_name = c.name)
    AND (NOT EXISTS (SELECT 1 FROM organizations o WHERE o.id = c.organization_id)
        OR EXISTS (SELECT 1 FROM organizations o JOIN collections own
            ON own.name = o.collection_name AND own.organization_id = o.id WHERE o.id = c.organization_id))";

fn stray(row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let name = shown_at(row, 0)?.unwrap_or_default();
    let is_in_trash = name.starts_with(TRASH_PREFIX) && CollectionName::from_record(&name, "").is_some();
    let problem = if is_in_trash { Problem::LeftInTrash } else { Problem::Orphan };
    Ok(Some(Finding { collection_name: Some(name), ..of_none(problem) }))
}

/// Collections whose counts are not those of their documents.
const MISCOUNTED: &str = "SELECT c.name, c.organization_id, c.documents, COUNT(d.id)
    FROM collections c LEFT JOIN documents d ON d.collection_id = c.id GROUP BY c.id
    HAVING c.documents <> COUNT(d.id) OR c.data_bytes <> COALESCE(SUM(LENGTH(d.doc)), 0)";

fn miscounted(row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let organization = shown_at(row, 1)?;
    Ok(Some(Finding {
        organization_id: organization.and_then(|id| id.parse().ok()).map(OrganizationId),
        organization_name: None,
        collection_name: shown_at(row, 0)?,
        problem: Problem::CollectionCount { counted: row.get(2)?, there: row.get(3)? },
    }))
}

const ABANDONED: &str =
    "SELECT a.organization_id, a.email FROM admins a WHERE a.role = 'admin' AND NOT EXISTS
    (SELECT 1 FROM organizations o WHERE o.id = a.organization_id AND o.admin_id = a.id)";

fn abandoned(row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let organization = shown_at(row, 0)?;
    let problem = Problem::AdminAbandoned { email: shown_at(row, 1)?.unwrap_or_default() };
    let organization_id = organization.and_then(|id| id.parse().ok()).map(OrganizationId);
    Ok(Some(Finding { organization_id, ..of_none(problem) }))
}

/// An unreadable account, or an operator whose email is not reserved.
fn of_account(row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let is_operator = shown_at(row, 2)?.is_some_and(|role| role == "operator");
    if readable(accounts::record_of(row))?.is_none() {
        return Ok(Some(unreadable_in("admins")));
    }
    if !is_operator || shown_at(row, accounts::EMAIL_KEY)?.is_some() {
        return Ok(None);
    }
    let key = Email::key_of(&shown_at(row, 1)?.unwrap_or_default());
    Ok(Some(of_none(Problem::ReservationMissing { key: format!("e:{key}") })))
}

fn of_entry(row: &Row<'_>) -> Result<Option<Finding>, Failure> {
    let is_readable = readable(audit::entry_of(row))?.is_some();
    Ok((!is_readable).then(|| unreadable_in("audit")))
}

fn of_operators(db: &Connection) -> Result<Option<Finding>, Failure> {
    let (counted, there) = operator_counts(db)?;
    Ok((counted != there).then(|| of_none(Problem::OperatorCount { counted, there })))
}

/// A finding without an organization.
fn of_none(problem: Problem) -> Finding {
    Finding { organization_id: None, organization_name: None, collection_name: None, problem }
}

fn unreadable_in(table: &str) -> Finding {
    Finding { collection_name: Some(table.to_owned()), ..of_none(Problem::RecordUnreadable) }
}

/// The stored and the actual number of operators.
pub(super) fn operator_counts(db: &Connection) -> Result<(i64, i64), Failure> {
    let sql = "SELECT operators, (SELECT COUNT(*) FROM admins WHERE role = 'operator') FROM meta";
    Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
