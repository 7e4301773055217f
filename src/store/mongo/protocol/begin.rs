//! Update, delete and restore: their changes, and their first write.

use super::movement::Ended;
use super::{Change, Run, why_not};
use crate::domain::{
    Account, AccountId, AuditEntry, CollectionName, Email, Epoch, OperationId, Organization, State,
    SuspensionChange,
};
use crate::port::{DeleteRequest, Deleted, Error, RestoreRequest, Result, UpdateRequest};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::names::Names;
use crate::store::mongo::operation::{AdminChange, Kind, Operation, Phase};
use crate::store::mongo::record::{self, binary, date, new_account};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// The beginning of an operation.
struct Beginning {
    op: Operation,
    /// The state before it.
    from: State,
    /// The state during it.
    at_work: State,
    /// Further changes of its first write.
    set: Document,
    unset: Vec<&'static str>,
}

/// Changes an organization and its admin, or nothing.
pub(in crate::store::mongo) async fn update(
    connection: &Connection,
    request: &UpdateRequest,
    entry: &AuditEntry,
) -> Result<Organization> {
    let current = &request.current;
    at_rest(current, State::Active)?;
    if let Some(admin) = &request.admin
        && admin.organization_id != Some(current.id)
    {
        return Err(Error::Changed);
    }
    let from = Names::of(current);
    let to = names_after(connection, request, &from);
    let mut op = Operation::new(Kind::Update, Phase::Reserve, entry, connection.lease);
    op.admin = admin_change(request, entry)?;
    let (mut set, mut unset) = (Document::new(), Vec::new());
    match &request.change.suspension {
        Some(SuspensionChange::Suspend { reason }) => {
            set.insert("suspended", doc! {"at": date(entry.at), "by": &entry.actor, "reason": reason});
            set.extend(Run::ends_sessions(entry));
        }
        Some(SuspensionChange::Resume) => unset.push("suspended"),
        None => {}
    }
    if to == from && op.admin.is_none() && set.is_empty() && unset.is_empty() {
        return Ok(current.clone());
    }
    if to.keys_beside(&from, connection.database.name()).is_empty() && to.collection == from.collection {
        // Without new keys nothing can be refused, so the first write already sets the names.
        op.phase = Phase::Apply;
        set.extend(to.fields());
        if let Some(account) = &op.admin.insert {
            set.insert("admin_id", account.get("_id").cloned());
        }
    }
    (op.from, op.to) = (from, to);
    if op.admin.insert.is_some() && account_is_there(connection, current).await? {
        return Err(Error::Changed);
    }
    let beginning = Beginning { op, from: State::Active, at_work: State::Renaming, set, unset };
    run(connection, current, beginning).await.map(|(organization, _)| organization)
}

/// Deletes an organization to the trash.
pub(in crate::store::mongo) async fn delete(
    connection: &Connection,
    request: &DeleteRequest,
    entry: &AuditEntry,
) -> Result<Deleted> {
    let current = &request.current;
    at_rest(current, State::Active)?;
    let mut op = Operation::new(Kind::Delete, Phase::Moving, entry, connection.lease);
    let epoch = Epoch(current.epoch.0 + 1);
    op.from = Names::of(current);
    op.to = Names {
        name: current.name.clone(),
        collection: Some(CollectionName::in_trash(current.id, epoch).as_str().to_owned()),
        email: current.admin_email.clone(),
        ..Names::default()
    };
    op.admin = AdminChange {
        version: request.admin.as_ref().map(|admin| admin.version),
        unset_email: true,
        ends_sessions: true,
        ..AdminChange::default()
    };
    op.to_deleted = Some(doc! {
        "at": date(entry.at),
        "by": &entry.actor,
        "purge_at": date(request.purge_at),
        "name_key": &current.name_key,
    });
    let set = Run::ends_sessions(entry);
    let beginning = Beginning { op, from: State::Active, at_work: State::Deleting, set, unset: Vec::new() };
    let (organization, collection_left) = run(connection, current, beginning).await?;
    Ok(Deleted { organization, collection_left })
}

/// Restores an organization from the trash.
pub(in crate::store::mongo) async fn restore(
    connection: &Connection,
    request: &RestoreRequest,
    entry: &AuditEntry,
) -> Result<Organization> {
    let current = &request.current;
    at_rest(current, State::Deleted)?;
    if current.collection.is_none() || current.collection_uuid.is_none() {
        let lost = request.name.collection(connection.database.name());
        return Err(Error::CollectionMissing(lost.as_str().to_owned()));
    }
    let mut op = Operation::new(Kind::Restore, Phase::Reserve, entry, connection.lease);
    op.from = Names::of(current);
    op.to = Names::new(&request.name, &request.name.collection(connection.database.name()), &request.email);
    op.admin = match (&request.admin, &request.password_hash) {
        (Some(admin), hash) => {
            let mut set = email_fields(&request.email);
            if let Some(hash) = hash {
                set.insert("password", hash.expose_secret());
            }
            AdminChange { version: Some(admin.version), set, ends_sessions: true, ..AdminChange::default() }
        }
        (None, Some(hash)) => new_admin(current, &request.email, hash.expose_secret(), entry),
        (None, None) => return Err(without_admin(connection, current, op.id).await),
    };
    if op.admin.insert.is_some() && account_is_there(connection, current).await? {
        return Err(Error::Changed);
    }
    let beginning = Beginning {
        op,
        from: State::Deleted,
        at_work: State::Restoring,
        set: Document::new(),
        unset: Vec::new(),
    };
    run(connection, current, beginning).await.map(|(organization, _)| organization)
}

/// M1 and all later steps.
async fn run(
    connection: &Connection,
    current: &Organization,
    beginning: Beginning,
) -> Result<(Organization, Option<String>)> {
    connection.probe().await?;
    let Beginning { mut op, from, at_work, mut set, unset } = beginning;
    op.epoch = current.epoch.0 + 1;
    let operation: OperationId = op.id;
    set.extend(op.fields());
    set.insert("state", at_work.as_str());
    let mut run = Run::begin(connection, current.id, current.epoch.0, op);
    let only = doc! {"state": from.as_str()};
    match run.cas(Change { only, set, unset, now: vec!["op.began_at"] }).await {
        Ok(()) => {}
        Err(Failure::Lost) => return Err(why_not(connection, current.id, operation).await),
        Err(failure) => return Err(failure.at_first(connection, operation)),
    }
    match Box::pin(run.execute()).await {
        Ok(Ended::Done) => {
            let left = run.collection_left();
            record::organization(&run.record, connection.database.name())
                .map(|organization| (organization, left))
                .ok_or_else(|| {
                    Error::internal(&"the record of an organization cannot be read after its own write")
                })
        }
        Ok(Ended::Undone(refusal)) => Err(refusal),
        Err(failure) => Err(run.under_way(failure)),
    }
}

/// Refuses an organization that has another operation, or is not in the required state.
fn at_rest(current: &Organization, wanted: State) -> Result<()> {
    match current.state {
        state if state == wanted => Ok(()),
        state if state.has_operation() => Err(Error::Busy(state)),
        _ => Err(Error::NotFound),
    }
}

/// The names after an update. The collection stays unless the slug of the name changes, so that a different name from
/// an older version is kept.
fn names_after(connection: &Connection, request: &UpdateRequest, from: &Names) -> Names {
    let mut to = from.clone();
    if let Some(name) = request.change.name.as_ref().filter(|name| name.display() != from.name) {
        let database = connection.database.name();
        name.display().clone_into(&mut to.name);
        to.name_key = Some(name.key().to_owned());
        to.slug = Some(name.slug().to_owned());
        let before = crate::domain::OrganizationName::stored(request.current.name.clone());
        if before.slug() != name.slug() {
            to.collection = Some(name.collection(database).as_str().to_owned());
        }
    }
    if let Some(email) = &request.change.admin_email {
        email.as_str().clone_into(&mut to.email);
        to.email_key = Some(email.key().to_owned());
    }
    to
}

fn admin_change(request: &UpdateRequest, entry: &AuditEntry) -> Result<AdminChange> {
    let change = &request.change;
    let hash = change.admin_password_hash.as_ref().map(ExposeSecret::expose_secret);
    match (&request.admin, &change.admin_email, hash) {
        (_, None, None) => Ok(AdminChange::default()),
        (Some(admin), email, hash) => {
            let email = email.as_ref().filter(|email| email.as_str() != request.current.admin_email);
            Ok(with_account(admin, email, hash))
        }
        (None, Some(email), Some(hash)) => Ok(new_admin(&request.current, email, hash, entry)),
        (None, ..) => Err(Error::AdminMissing(request.current.name.clone())),
    }
}

fn with_account(admin: &Account, email: Option<&Email>, hash: Option<&str>) -> AdminChange {
    let mut set = email.map(email_fields).unwrap_or_default();
    if let Some(hash) = hash {
        set.insert("password", hash);
    }
    AdminChange { version: Some(admin.version), set, ..AdminChange::default() }
}

fn email_fields(email: &Email) -> Document {
    doc! {"email": email.as_str(), "email_key": email.key()}
}

/// The error when the admin's account was not found: the organization may have been removed since it was read.
async fn without_admin(connection: &Connection, current: &Organization, operation: OperationId) -> Error {
    let unchanged = doc! {"_id": binary(current.id.0), "epoch": current.epoch.0};
    match connection.organizations().find_one(unchanged).await {
        Ok(Some(_)) => Error::AdminMissing(current.name.clone()),
        Ok(None) => why_not(connection, current.id, operation).await,
        Err(error) => connection.of_read(&error),
    }
}

/// Whether the account in the record exists after all: then it is not created again.
async fn account_is_there(connection: &Connection, current: &Organization) -> Result<bool> {
    let this = doc! {"_id": binary(current.admin_id.0)};
    let found = connection.admins().find_one(this).await;
    Ok(found.map_err(|error| connection.of_read(&error))?.is_some())
}

/// Creates the account again, with a new id: no token of the lost account is valid for it.
fn new_admin(current: &Organization, email: &Email, hash: &str, entry: &AuditEntry) -> AdminChange {
    let id = AccountId(Uuid::new_v4());
    let mut account = new_account(id, email, hash, Some(current.id), entry.at);
    account.insert("_id", binary(id.0));
    AdminChange { insert: Some(account), ..AdminChange::default() }
}
