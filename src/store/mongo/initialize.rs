//! The first operator, exactly once: the insert of `meta` is the commit; whoever opens the store and misses the
//! account completes it from there.

use super::accounts::plain;
use super::connection::Connection;
use super::failure::{DUPLICATE_KEY, Failure, code_of, describe, judge, of_read};
use super::record::{SCHEMA, binary, date, email_key, get_number, get_text, get_uuid, new_account};
use super::{audit, index};
use crate::service::store::{AuditEntry, NewAccount};
use crate::service::{Error, Result};
use mongodb::bson::{Document, doc};
use secrecy::ExposeSecret;
use uuid::Uuid;

const META: &str = "store";

/// What `meta` says of a store.
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
    let Some(record) = found.map_err(|error| of_read(&connection.place, &error))? else {
        return Ok(None);
    };
    let place = &connection.place.full;
    if get_number(&record, "schema") != i64::from(SCHEMA) {
        return Err(Error::StoreUnusable(format!("{place} was written by a newer tenantry; use that one.")));
    }
    match get_uuid(&record, "store_id") {
        Some(store_id) => Ok(Some(Meta { store_id, record })),
        None => Err(Error::StoreUnusable(format!("{place} has no store id in its meta record; restore it."))),
    }
}

/// Makes the store: indexes, `meta`, then reservation, audit and account.
pub(super) async fn initialize(
    connection: &Connection,
    store_id: Uuid,
    first: &NewAccount,
    entry: &AuditEntry,
) -> Result<()> {
    connection.check_server().await?;
    if meta(connection).await?.is_some() {
        return Err(Error::AlreadyInitialized);
    }
    index::create(connection).await.map_err(|error| describe(&connection.place, &error, None))?;
    let account = new_account(first.id, &first.email, first.password_hash.expose_secret(), None, entry.at);
    let record = doc! {
        "_id": META,
        "schema": SCHEMA,
        "store_id": binary(store_id),
        "first_operator": account,
        "audit": audit::to_document(entry),
        "operators": 1_i64,
        "initialized_at": date(entry.at),
    };
    match connection.meta().insert_one(&record).await {
        Ok(_) => complete(connection, &record, first.id.0).await,
        Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => Err(Error::AlreadyInitialized),
        Err(error) => Err(describe(&connection.place, &error, None)),
    }
}

/// Completes the account of the first operator when it is missing: whoever made the store stopped in between.
pub(super) async fn complete_if_missing(connection: &Connection, meta: &Meta) -> Result<()> {
    let Some(id) = first_operator(&meta.record).and_then(|account| get_uuid(account, "_id")) else {
        return Ok(());
    };
    let found = connection.admins().find_one(doc! {"_id": binary(id)}).await;
    if found.map_err(|error| of_read(&connection.place, &error))?.is_some() {
        return Ok(());
    }
    complete(connection, &meta.record, id).await
}

fn first_operator(meta: &Document) -> Option<&Document> {
    meta.get_document("first_operator").ok()
}

async fn complete(connection: &Connection, meta: &Document, id: Uuid) -> Result<()> {
    let Some(account) = first_operator(meta) else {
        return Ok(());
    };
    let steps = async {
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
        // Last: whoever finds the account need not look for the rest.
        insert_once(connection.admins().insert_one(account).await)
    };
    let is_inserted = steps.await.map_err(|failure| plain(connection, failure))?;
    if is_inserted { withdraw_if_removed(connection, id).await } else { Ok(()) }
}

/// Whether it went in; another one may have completed it at the same time.
fn insert_once<T>(inserted: mongodb::error::Result<T>) -> Result<bool, Failure> {
    match inserted {
        Err(error) if code_of(&error) == Some(DUPLICATE_KEY) => Ok(false),
        inserted => inserted.map(|_| true).map_err(judge),
    }
}

/// The operator may have been removed between the read of `meta` and this insert: then it must not come back.
async fn withdraw_if_removed(connection: &Connection, id: Uuid) -> Result<()> {
    if meta(connection).await?.is_some_and(|meta| first_operator(&meta.record).is_some()) {
        return Ok(());
    }
    let steps = async {
        connection.admins().delete_one(doc! {"_id": binary(id), "version": 1_i64}).await?;
        connection.reservations().delete_one(doc! {"account_id": binary(id)}).await
    };
    steps.await.map(drop).map_err(|error| describe(&connection.place, &error, None))
}
