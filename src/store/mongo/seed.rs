//! Many believable organizations at once, for tests and for looking at a long list.
//!
//! Writes what creates would have left behind, without their steps: only into a store that nobody works in.

use super::MongoStore;
use super::connection::Connection;
use super::failure::describe;
use super::record::{MARKER, Names, SCHEMA, binary, date, new_account};
use crate::domain::{AccountId, OrganizationId};
use crate::service::{Error, Result};
use crate::store::believable::believable;
use jiff::Timestamp;
use mongodb::bson::{Bson, Document, doc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// Organizations that are inserted with one command for each kind of record.
const BATCH: usize = 1_000;
impl MongoStore {
    /// Inserts `count` organizations with admins and reservations, all with one password hash; the first
    /// `with_collections` get a collection with its marker. All were made before `now`.
    ///
    /// # Errors
    /// [`Error::NotInitialized`] without a first operator, and those of every call of a store.
    pub async fn seed(
        &self,
        count: usize,
        with_collections: usize,
        password_hash: &SecretString,
        now: Timestamp,
    ) -> Result<()> {
        let connection = self.writable().await?;
        let mut done = 0;
        while done < count {
            let until = count.min(done + BATCH);
            let batch = (done..until)
                .map(|number| seedling(connection, number, password_hash, now))
                .collect::<Result<Vec<_>>>()?;
            insert(connection, &batch, with_collections.saturating_sub(done)).await?;
            done = until;
        }
        Ok(())
    }
}

struct Seedling {
    id: OrganizationId,
    names: Names,
    organization: Document,
    admin: Document,
    reservations: Vec<Document>,
}

fn seedling(
    connection: &Connection,
    number: usize,
    password_hash: &SecretString,
    now: Timestamp,
) -> Result<Seedling> {
    let made = believable(number, now)?;
    let (name, email, at) = (made.name, made.admin_email, made.created_at);
    let database = connection.database.name();
    let names = Names::new(&name, &name.collection(database), &email);
    let (id, admin_id) = (OrganizationId(Uuid::new_v4()), AccountId(Uuid::new_v4()));
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
        "updated_at": date(made.updated_at),
        "schema": SCHEMA,
    });
    let admin = new_account(admin_id, &email, password_hash.expose_secret(), Some(id), at);
    let reservations = names.keys(database).map(|key| {
        doc! {"_id": key, "organization_id": binary(id.0), "epoch": 1_i64, "at": date(at)}
    });
    Ok(Seedling { id, names, organization, admin, reservations: reservations.into() })
}

async fn insert(connection: &Connection, batch: &[Seedling], with_collections: usize) -> Result<()> {
    let fail = |error: mongodb::error::Error| describe(&connection.place, &error, None);
    let mut made = Vec::new();
    for seedling in batch.iter().take(with_collections) {
        made.push((seedling.id, collection(connection, seedling).await?));
    }
    let organizations = batch.iter().map(|seedling| {
        let mut record = seedling.organization.clone();
        if let Some((_, uuid)) = made.iter().find(|(id, _)| *id == seedling.id) {
            record.insert("collection_uuid", uuid);
        }
        record
    });
    connection
        .reservations()
        .insert_many(batch.iter().flat_map(|seedling| &seedling.reservations))
        .await
        .map_err(fail)?;
    connection.admins().insert_many(batch.iter().map(|seedling| &seedling.admin)).await.map_err(fail)?;
    connection.organizations().insert_many(organizations).await.map(drop).map_err(fail)
}

/// Makes the collection of one and returns its UUID.
async fn collection(connection: &Connection, seedling: &Seedling) -> Result<Bson> {
    let name = seedling.names.collection.as_str();
    let made = async {
        let documents = connection.database.collection::<Document>(name);
        documents.insert_one(doc! {"_id": MARKER, "organization_id": binary(seedling.id.0)}).await?;
        let mut listed = connection.database.list_collections().filter(doc! {"name": name}).await?;
        if listed.advance().await? { listed.deserialize_current().map(Some) } else { Ok(None) }
    };
    let listed = made.await.map_err(|error| describe(&connection.place, &error, None))?;
    let uuid = listed.and_then(|listed| listed.info.uuid).map(Bson::Binary);
    uuid.ok_or_else(|| Error::CollectionMissing(name.to_owned()))
}
