//! The first operator, exactly once. The insert of `meta` is the commit; a process that opens the store and does not
//! find the account completes it from there.

use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, code_of, describe, judge};
use super::record::{STORE_SCHEMA, binary, date, email_key, get_number, get_text, get_uuid, new_account};
use super::{audit, index};
use crate::domain::{AuditEntry, OperationId};
use crate::port::{Error, NewAccount, Result};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use uuid::Uuid;

const META: &str = "store";

/// The content of `meta`.
#[derive(Debug)]
pub(super) struct Meta {
    pub(super) store_id: Uuid,
    record: Document,
}

impl Meta {
    /// The whole record.
    pub(super) fn record(&self) -> &Document {
        &self.record
    }
}

/// Reads `meta`; writes nothing.
pub(super) async fn meta(connection: &Connection) -> Result<Option<Meta>> {
    let found = connection.meta().find_one(doc! {"_id": META}).await;
    let Some(record) = found.map_err(|error| connection.of_read(&error))? else {
        return Ok(None);
    };
    let place = &connection.place.full;
    if get_number(&record, "schema") > i64::from(STORE_SCHEMA) {
        return Err(Error::StoreUnusable(format!(
            "{place} was written by a newer tenantry; use that version."
        )));
    }
    match get_uuid(&record, "store_id") {
        Some(store_id) => Ok(Some(Meta { store_id, record })),
        None => Err(Error::StoreUnusable(format!(
            "{place} has no store id in its meta record; restore it from a \
            backup."
        ))),
    }
}

/// Creates the store: indexes, `meta`, then reservation, audit and account.
pub(super) async fn initialize(
    connection: &Connection,
    store_id: Uuid,
    first: &NewAccount,
    entry: &AuditEntry,
) -> Result<()> {
    connection.hello().await?;
    if meta(connection).await?.is_some() {
        return Err(Error::AlreadyInitialized);
    }
    index::create(connection).await.map_err(|error| describe(connection, &error))?;
    let account = new_account(first.id, &first.email, first.password_hash.expose_secret(), None, entry.at);
    let record = doc! {
        "_id": META,
        "schema": STORE_SCHEMA,
        "store_id": binary(store_id),
        "first_operator": account,
        "audit": audit::to_document(entry),
        "operators": 1_i64,
        "initialized_at": date(entry.at),
    };
    let operation = OperationId(entry.id);
    match connection.meta().insert_one(&record).await {
        Ok(_) => {
            let completed = complete(connection, &record, first.id.0).await;
            completed.map_err(|failure| failure.under_way(connection, operation))
        }
        Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => Err(Error::AlreadyInitialized),
        Err(error) => Err(judge(error).at_first(connection, operation)),
    }
}

/// Completes the account of the first operator while `meta` has its hash: the process that created the store was
/// interrupted.
pub(super) async fn complete_if_begun(connection: &Connection, meta: &Meta) -> Result<()> {
    let first = first_operator(&meta.record).filter(|account| account.contains_key("password"));
    match first.and_then(|account| get_uuid(account, "_id")) {
        Some(id) => {
            let completed = complete(connection, &meta.record, id).await;
            completed.map_err(|failure| failure.into_error(connection))
        }
        None => Ok(()),
    }
}

fn first_operator(meta: &Document) -> Option<&Document> {
    meta.get_document("first_operator").ok()
}

async fn complete(connection: &Connection, meta: &Document, id: Uuid) -> Result<(), Failure> {
    let Some(account) = first_operator(meta) else {
        return Ok(());
    };
    let reservation = doc! {
        "_id": email_key(&get_text(account, "email_key")),
        "account_id": account.get("_id"),
        "epoch": 1_i64,
        "at": account.get("created_at"),
    };
    insert_once(connection.reservations().insert_one(reservation).await)?;
    if let Ok(entry) = meta.get_document("audit") {
        audit::write_document(connection, entry.clone()).await?;
    }
    // Last, because a process that finds the account does not look for the rest.
    if insert_once(connection.admins().insert_one(account).await)? {
        withdraw_if_removed(connection, id).await?;
    }
    forget_hash(connection, id).await
}

/// The account is complete, so its hash is removed from `meta`: an account that someone removes by hand must not come
/// back with an old password. Its id stays, so that a late process knows that the account existed.
async fn forget_hash(connection: &Connection, id: Uuid) -> Result<(), Failure> {
    let this = doc! {"_id": META, "first_operator._id": binary(id)};
    let forget = doc! {"$set": {"first_operator": {"_id": binary(id)}}, "$unset": {"audit": ""}};
    connection.meta().update_one(this, forget).await.map(drop).map_err(judge)
}

/// Whether the insert succeeded; another process may have inserted it at the same time.
fn insert_once<T>(inserted: mongodb::error::Result<T>) -> Result<bool, Failure> {
    match inserted {
        Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => Ok(false),
        inserted => inserted.map(|_| true).map_err(judge),
    }
}

/// The operator may have been removed between the read of `meta` and this insert: then it must not come back.
async fn withdraw_if_removed(connection: &Connection, id: Uuid) -> Result<(), Failure> {
    if meta(connection)
        .await
        .map_err(Failure::Rule)?
        .is_some_and(|meta| first_operator(&meta.record).is_some())
    {
        return Ok(());
    }
    let steps = async {
        connection.admins().delete_one(doc! {"_id": binary(id), "version": 1_i64}).await?;
        connection.reservations().delete_one(doc! {"account_id": binary(id)}).await
    };
    steps.await.map(drop).map_err(judge)
}
