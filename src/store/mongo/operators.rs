//! Operators: accounts without an organization. Their emails are reserved like those of admins, and `meta` counts
//! them, so that the last one stays.
//!
//! Add: the account, `pending`; the reservation of its email; remove `pending` (commit); the count ‖ the audit. The id
//! of the account comes from the operation, so that a retry continues an unanswered add.
//! Remove: read `meta`; check that the account exists; the count and the entry of the removal, if no other removal has
//! begun since (commit); the audit; the account; the reservation; remove the entry from `meta`. A process that opens
//! the store finishes an interrupted removal.
//! New email: `email_change` on the account announces it; the reservation; one write by version sets email and
//! password (commit); the release of the old reservation ‖ the audit. An announcement or a `pending` that is older
//! than a lease is rolled back by the next process that needs the email.
//!
//! The commits of an add and of a change keep their audit entry in `unrecorded` until it is written: if the process
//! ends in between, a retry or the next recovery writes it.

use super::connection::Connection;
use super::failure::{Failure, both, judge};
use super::protocol::reserve;
use super::record::{self, binary, date, email_key, get_number, get_uuid, new_account, ours};
use super::reservation::{Holder, Owner, release_old};
use super::rows::Listing;
use super::{audit, throttle};
use crate::domain::{Account, AccountId, AuditEntry, Email, OperationId, Role};
use crate::port::{AccountChange, Error, NewAccount, OperatorQuery, Page, Result};
use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use secrecy::ExposeSecret;
use uuid::Uuid;

const META: &str = "store";
/// How often a removal starts again because others were faster.
const ROUNDS: usize = 32;

fn operator(id: AccountId) -> Document {
    doc! {"_id": binary(id.0), "role": Role::Operator.as_str(), "schema": ours()}
}

/// A page of operators by email key. Whether more follow is decided before a record is parsed.
pub(super) async fn list(connection: &Connection, query: &OperatorQuery) -> Result<Page<Account, String>> {
    let mut filter = doc! {
        "role": Role::Operator.as_str(),
        "schema": ours(),
        "pending": {"$exists": false},
    };
    if let Some(after) = &query.after {
        filter.insert("email_key", doc! {"$gt": after});
    }
    let listing = Listing { records: connection.admins(), filter, sort: doc! {"email_key": 1} };
    let position = |record: &Document| record.get_str("email_key").ok().map(str::to_owned);
    listing.page(connection, query.limit, position, record::account).await
}

/// Adds an operator.
pub(super) async fn add(connection: &Connection, new: &NewAccount, entry: &AuditEntry) -> Result<Account> {
    let added = try_add(connection, new, entry).await;
    added.unwrap_or_else(|failure| Err(failure.at_first(connection, OperationId(entry.id))))
}

/// The entry of a change, as part of the write that commits it.
fn unrecorded(entry: &AuditEntry) -> Document {
    doc! {format!("unrecorded.{}", entry.id): audit::to_document(entry)}
}

/// Writes the audit entry of a committed change.
async fn recorded(connection: &Connection, account: Bson, entry: Document) -> Result<(), Failure> {
    let Some(id) = get_uuid(&entry, "_id") else {
        return Ok(());
    };
    audit::write_document(connection, entry).await?;
    let forget = doc! {"$unset": {format!("unrecorded.{id}"): ""}};
    connection.admins().update_one(doc! {"_id": account}, forget).await.map(drop).map_err(judge)
}

/// Writes the audit entries of changes whose process ended after the commit.
pub(super) async fn record_writes(connection: &Connection) -> Result<(), Failure> {
    let meta = connection.meta().find_one(doc! {"_id": META}).await.map_err(judge)?.unwrap_or_default();
    finish_removals(connection, &meta).await?;
    let committed = doc! {
        "role": Role::Operator.as_str(),
        "schema": ours(),
        "unrecorded": {"$exists": true, "$ne": {}},
    };
    let admins = connection.admins();
    let found = admins.find(committed).projection(doc! {"unrecorded": 1}).await.map_err(judge)?;
    let found: Vec<Document> = found.try_collect().await.map_err(judge)?;
    for account in &found {
        let id = account.get("_id").cloned().unwrap_or(Bson::Null);
        let entries = account.get_document("unrecorded").into_iter().flat_map(Document::values);
        for entry in entries.filter_map(Bson::as_document) {
            recorded(connection, id.clone(), entry.clone()).await?;
        }
    }
    Ok(())
}

async fn try_add(
    connection: &Connection,
    new: &NewAccount,
    entry: &AuditEntry,
) -> Result<Result<Account>, Failure> {
    let pending = entry.id;
    let mut record = new_account(new.id, &new.email, new.password_hash.expose_secret(), None, entry.at);
    record.remove("_id");
    record.insert("pending.id", binary(pending));
    let insert = doc! {"$setOnInsert": record, "$currentDate": {"pending.at": true}};
    connection
        .admins()
        .update_one(doc! {"_id": binary(new.id.0)}, insert)
        .upsert(true)
        .await
        .map_err(judge)?;
    let key = email_key(new.email.key());
    let holder = Holder { owner: Owner::Account(new.id), epoch: 1, at: entry.at };
    if reserve(connection, holder, std::slice::from_ref(&key)).await?.is_some() {
        connection.admins().delete_one(pending_as(new.id, pending)).await.map_err(judge)?;
        return Ok(Err(Error::EmailTaken(new.email.as_str().to_owned())));
    }
    let whole = connection
        .admins()
        .find_one_and_update(
            pending_as(new.id, pending),
            doc! {"$unset": {"pending": ""}, "$set": unrecorded(entry)},
        )
        .return_document(ReturnDocument::After)
        .await
        .map_err(judge)?;
    let Some(account) = whole.as_ref().and_then(record::account) else {
        // It took longer than a lease, and another process that needed the email rolled it back.
        return Ok(Err(Error::Unavailable { place: connection.place.host.clone(), operation: None }));
    };
    // After the commit: an operator that was rolled back was never added.
    let counted = async {
        let more = doc! {"$inc": {"operators": 1_i64}};
        connection.meta().update_one(doc! {"_id": META}, more).await.map_err(judge)
    };
    let (counted, audited) =
        tokio::join!(counted, recorded(connection, binary(new.id.0), audit::to_document(entry)));
    both(counted, audited)?;
    Ok(Ok(account))
}

fn pending_as(id: AccountId, pending: Uuid) -> Document {
    doc! {"_id": binary(id.0), "pending.id": binary(pending)}
}

/// Removes an operator; refuses the last one.
pub(super) async fn remove(connection: &Connection, id: AccountId, entry: &AuditEntry) -> Result<()> {
    for _ in 0..ROUNDS {
        let removed = try_remove(connection, id, entry).await;
        if let Some(removed) =
            removed.map_err(|failure| failure.at_first(connection, OperationId(entry.id)))?
        {
            return removed;
        }
    }
    Err(Error::OperatorChanged)
}

/// Returns `None` if another removal began in between: then the state may have changed.
async fn try_remove(
    connection: &Connection,
    id: AccountId,
    entry: &AuditEntry,
) -> Result<Option<Result<()>>, Failure> {
    let removing = format!("removing.{}", id.0);
    let meta = connection.meta().find_one(doc! {"_id": META}).await.map_err(judge)?.unwrap_or_default();
    let found = connection.admins().find_one(operator(id)).await.map_err(judge)?;
    if found.is_none() {
        return Ok(Some(Err(Error::OperatorNotFound)));
    }
    let begun =
        meta.get_document("removing").ok().and_then(|all| all.get_document(id.0.to_string()).ok()).cloned();
    if begun.is_none() {
        if get_number(&meta, "operators") <= 1 {
            return Ok(Some(Err(Error::LastOperator)));
        }
        // If no removal has begun since `meta` was read, the account still existed after that.
        let seen = meta.get("removals").cloned().unwrap_or(Bson::Null);
        let as_read = doc! {"_id": META, "operators": {"$gt": 1_i64}, "removals": seen};
        let mut commit = doc! {"$inc": {"operators": -1_i64, "removals": 1_i64}};
        commit.insert("$set", doc! {removing: audit::to_document(entry)});
        if meta.get_document("first_operator").is_ok_and(|first| get_uuid(first, "_id") == Some(id.0)) {
            // From now on, no process that opens the store completes it.
            commit.insert("$unset", doc! {"first_operator": "", "audit": ""});
        }
        if connection.meta().update_one(as_read, commit).await.map_err(judge)?.matched_count == 0 {
            return Ok(None);
        }
    }
    let entry = begun.unwrap_or_else(|| audit::to_document(entry));
    finish_removal(connection, id, entry).await.map(|()| Some(Ok(())))
}

/// Finishes interrupted removals.
pub(super) async fn finish_removals(connection: &Connection, meta: &Document) -> Result<(), Failure> {
    let Ok(removing) = meta.get_document("removing") else {
        return Ok(());
    };
    for (id, entry) in removing {
        let (Ok(id), Some(entry)) = (id.parse().map(AccountId), entry.as_document()) else {
            continue;
        };
        finish_removal(connection, id, entry.clone()).await?;
    }
    Ok(())
}

async fn finish_removal(connection: &Connection, id: AccountId, entry: Document) -> Result<(), Failure> {
    audit::write_document(connection, entry).await?;
    connection.admins().delete_one(operator(id)).await.map_err(judge)?;
    connection.reservations().delete_many(doc! {"account_id": binary(id.0)}).await.map_err(judge)?;
    let forget = doc! {"$unset": {format!("removing.{}", id.0): ""}};
    connection.meta().update_one(doc! {"_id": META}, forget).await.map(drop).map_err(judge)
}

/// Changes an operator's email or password.
pub(super) async fn update(
    connection: &Connection,
    current: &Account,
    change: &AccountChange,
    entry: &AuditEntry,
) -> Result<Account> {
    let updated = Update { connection, current, change, entry }.run().await;
    updated.unwrap_or_else(|failure| Err(failure.at_first(connection, OperationId(entry.id))))
}

struct Update<'a> {
    connection: &'a Connection,
    current: &'a Account,
    change: &'a AccountChange,
    entry: &'a AuditEntry,
}

impl Update<'_> {
    /// The account's version after the change; its reservations have it.
    fn version(&self) -> i64 {
        self.current.version + 1
    }

    fn old_key(&self) -> String {
        Email::key_of(&self.current.email)
    }

    /// The email to reserve, if its key changes.
    fn new_email(&self) -> Option<&Email> {
        self.change.email.as_ref().filter(|email| email.key() != self.old_key())
    }

    async fn run(self) -> Result<Result<Account>, Failure> {
        if let Some(email) = self.new_email() {
            if !self.announce(email).await? {
                return Ok(Err(self.why_not().await?));
            }
            let key = email_key(email.key());
            let holder =
                Holder { owner: Owner::Account(self.current.id), epoch: self.version(), at: self.entry.at };
            if reserve(self.connection, holder, &[key]).await?.is_some() {
                let this = self.announced_as();
                let forget = doc! {"$unset": {"email_change": ""}};
                self.connection.admins().update_one(this, forget).await.map_err(judge)?;
                return Ok(Err(Error::EmailTaken(email.as_str().to_owned())));
            }
        }
        let Some(account) = self.commit().await? else {
            return Ok(Err(self.why_not().await?));
        };
        self.clear_away().await?;
        Ok(Ok(account))
    }

    fn this(&self) -> Document {
        let mut this = operator(self.current.id);
        this.extend(doc! {"version": self.current.version, "pending": {"$exists": false}});
        this
    }

    fn announced_as(&self) -> Document {
        doc! {"_id": binary(self.current.id.0), "email_change.id": binary(self.entry.id)}
    }

    async fn announce(&self, email: &Email) -> Result<bool, Failure> {
        let announce = doc! {
            "$set": {"email_change.id": binary(self.entry.id), "email_change.email_key": email.key()},
            "$currentDate": {"email_change.at": true},
        };
        let announced = self.connection.admins().update_one(self.this(), announce).await.map_err(judge)?;
        Ok(announced.matched_count == 1)
    }

    async fn commit(&self) -> Result<Option<Account>, Failure> {
        let mut this = self.this();
        if self.new_email().is_some() {
            this.extend(self.announced_as());
        }
        let mut set = unrecorded(self.entry);
        set.insert("updated_at", date(self.entry.at));
        if let Some(email) = &self.change.email {
            set.extend(doc! {"email": email.as_str(), "email_key": email.key()});
        }
        if let Some(hash) = &self.change.password_hash {
            set.insert("password", hash.expose_secret());
        }
        let update = doc! {
            "$set": set,
            "$inc": {"version": 1_i64, "token_version": 1_i64},
            "$unset": {"email_change": ""},
        };
        let admins = self.connection.admins();
        let after = admins.find_one_and_update(this, update).return_document(ReturnDocument::After).await;
        let after = after.map_err(judge)?;
        Ok(after.as_ref().and_then(record::account))
    }

    /// Cleans up after the change: the old reservation, the throttle, and the first operator's old hash in `meta`.
    async fn clear_away(&self) -> Result<(), Failure> {
        let id = self.current.id;
        let released = async {
            match self.new_email() {
                Some(_) => {
                    let kept = self.new_email().map(|email| email_key(email.key())).into_iter().collect();
                    release_old(self.connection, Owner::Account(id), kept, self.version(), true).await
                }
                None => Ok(()),
            }
        };
        let forgotten = async {
            if !self.change.clears_throttle {
                return Ok(());
            }
            throttle::forget(self.connection, &self.old_key()).await
        };
        let first = async {
            let this = doc! {"_id": META, "first_operator._id": binary(id.0)};
            let forget = doc! {"$unset": {"first_operator": "", "audit": ""}};
            self.connection.meta().update_one(this, forget).await.map(drop).map_err(judge)
        };
        let audited = recorded(self.connection, binary(id.0), audit::to_document(self.entry));
        let (released, forgotten, first, audited) = tokio::join!(released, forgotten, first, audited);
        both(both(released, forgotten), both(first, audited)).map(drop)
    }

    async fn why_not(&self) -> Result<Error, Failure> {
        let found = self.connection.admins().find_one(operator(self.current.id)).await.map_err(judge)?;
        Ok(if found.is_some() { Error::OperatorChanged } else { Error::OperatorNotFound })
    }
}
