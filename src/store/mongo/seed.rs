//! Seeds a store with many organizations: writes the result of creates without their steps.

use super::MongoStore;
use super::collections::{list, listed};
use super::connection::Connection;
use super::failure::{Failure, describe, judge};
use super::names::Names;
use super::record::{MARKER, SCHEMA, binary, date, new_account};
use crate::domain::{AccountId, OrganizationId};
use crate::port::Result;
use crate::store::SeedOrganization;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::future::IntoFuture;
use uuid::Uuid;

/// Organizations inserted with one command per kind of record.
const BATCH: usize = 1_000;
/// Commands that run in parallel.
const AT_ONCE: usize = 16;

impl MongoStore {
    /// Inserts organizations with admins and reservations, all with one password hash. The first `with_collections`
    /// get a collection with its marker.
    ///
    /// # Errors
    /// [`crate::port::Error::NotInitialized`] without a first operator, those of every call of a store, and those of
    /// `organizations`. Earlier batches stay.
    pub async fn seed(
        &self,
        organizations: impl Iterator<Item = Result<SeedOrganization>>,
        with_collections: usize,
        password_hash: &SecretString,
    ) -> Result<()> {
        let connection = self.writable().await?;
        let mut organizations = organizations.map(|seed| Ok(records(connection, seed?, password_hash)));
        let (mut to_fill, mut filled) = (with_collections, Vec::new());
        loop {
            let batch = organizations.by_ref().take(BATCH).collect::<Result<Vec<_>>>()?;
            if batch.is_empty() {
                return identify(connection, &filled).await.map_err(|failure| failure.into_error(connection));
            }
            insert(connection, &batch, to_fill, &mut filled).await?;
            to_fill = to_fill.saturating_sub(batch.len());
        }
    }
}

/// The records that a create would have left.
struct Records {
    id: OrganizationId,
    names: Names,
    organization: Document,
    admin: Document,
    reservations: Vec<Document>,
}

fn records(connection: &Connection, seed: SeedOrganization, password_hash: &SecretString) -> Records {
    let SeedOrganization { id, name, admin_email: email, created_at: at, updated_at, .. } = seed;
    let database = connection.database.name();
    let names = Names::new(&name, &name.collection(database), &email);
    let admin_id = AccountId(Uuid::new_v4());
    let mut organization = doc! {"_id": binary(id.0)};
    organization.extend(names.fields());
    organization.extend(doc! {
        "strategy": "collection",
        "database_name": database,
        "admin_id": binary(admin_id.0),
        "state": "active",
        "epoch": 3_i64,
        "touched_at": date(at),
        "created_at": date(at),
        "updated_at": date(updated_at),
        "schema": SCHEMA,
    });
    let admin = new_account(admin_id, &email, password_hash.expose_secret(), Some(id), at);
    let reservations = names.keys(database).into_iter().map(|key| {
        doc! {"_id": key, "organization_id": binary(id.0), "epoch": 1_i64, "at": date(at)}
    });
    Records { id, reservations: reservations.collect(), names, organization, admin }
}

/// Inserts the records of a batch, and the collections of its first ones.
async fn insert(
    connection: &Connection,
    batch: &[Records],
    with_collections: usize,
    filled: &mut Vec<(OrganizationId, String)>,
) -> Result<()> {
    let fail = |error: mongodb::error::Error| describe(connection, &error);
    for some in batch.get(..with_collections.min(batch.len())).unwrap_or_default().chunks(AT_ONCE) {
        let marking = some.iter().map(|records| mark(connection, records));
        try_join_all(marking).await.map_err(fail)?;
        filled
            .extend(some.iter().filter_map(|records| Some((records.id, records.names.collection.clone()?))));
    }
    connection
        .reservations()
        .insert_many(batch.iter().flat_map(|records| &records.reservations))
        .await
        .map_err(fail)?;
    connection.admins().insert_many(batch.iter().map(|records| &records.admin)).await.map_err(fail)?;
    let organizations = batch.iter().map(|records| &records.organization);
    connection.organizations().insert_many(organizations).await.map(drop).map_err(fail)
}

/// Creates the collection of one organization.
async fn mark(connection: &Connection, records: &Records) -> mongodb::error::Result<()> {
    let name = records.names.collection.as_deref().unwrap_or_default();
    let documents = connection.database.collection::<Document>(name);
    let marker = doc! {"_id": MARKER, "organization_id": binary(records.id.0)};
    documents.insert_one(marker).await.map(drop)
}

/// Writes the UUIDs of the collections into the records; lists all collections once.
async fn identify(connection: &Connection, filled: &[(OrganizationId, String)]) -> Result<(), Failure> {
    let mut uuids = HashMap::new();
    let mut entries = list(connection, doc! {}).await?;
    while let Some(entry) = entries.try_next().await.map_err(judge)? {
        uuids.extend(listed(&entry).map(|listed| (listed.name, listed.uuid.map(binary))));
    }
    let organizations = connection.organizations();
    for some in filled.chunks(AT_ONCE) {
        let writing = some.iter().map(|(id, name)| {
            let uuid = uuids.get(name).cloned().flatten();
            organizations
                .update_one(doc! {"_id": binary(id.0)}, doc! {"$set": {"collection_uuid": uuid}})
                .into_future()
        });
        try_join_all(writing).await.map_err(judge)?;
    }
    Ok(())
}
