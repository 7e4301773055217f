//! Everything that the judgement needs, read without a write: the old records, the collections, and what tenantry
//! itself already has. Records are small, so they are kept; documents of tenants are not read, only looked for.

use super::old::{OldAdmin, OldOrganization};
use crate::domain::adoption::{AdoptionProgress, Resolution};
use crate::domain::name::{COLLECTION_PREFIX, key_of};
use crate::domain::{Email, State};
use crate::store::mongo::collections::{list, listed};
use crate::store::mongo::connection::Connection;
use crate::store::mongo::failure::{Failure, judge};
use crate::store::mongo::record::{
    binary, collection_key, email_key, get_text, get_uuid, name_key, not_ours, ours,
};
use crate::store::mongo::reservation::Owner;
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};
use std::collections::{BTreeMap, HashMap, HashSet};
use tokio::sync::watch;
use uuid::Uuid;

/// Keys that are looked up with one command.
const AT_ONCE: usize = 500;
/// Collections whose initial documents are looked for at the same time.
const COLLECTIONS_AT_ONCE: usize = 16;
/// Records between two reports of the progress.
const REPORTED: u64 = 500;

/// What is in the database.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// In natural order, as the earlier service read them.
    pub(super) organizations: Vec<OldOrganization>,
    /// In natural order too.
    pub(super) admins: Vec<OldAdmin>,
    /// Every `org_*` by name; without a UUID it is a view or a time series.
    pub(super) collections: BTreeMap<String, Option<Uuid>>,
    /// Collections with more than one initial document.
    pub(super) mixed: HashSet<String>,
    /// The owner of each key that is reserved in tenantry.
    owners: HashMap<String, Option<Uuid>>,
    /// Organizations of tenantry with the id of an adopted one, and whether they have an operation.
    pub(super) adopted: HashMap<Uuid, bool>,
    /// UUIDs of collections that organizations of tenantry have.
    pub(super) own: HashSet<Uuid>,
}

impl Survey {
    pub(super) async fn read(
        connection: &Connection,
        resolutions: &[Resolution],
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<Self, Failure> {
        let mut survey = Self::default();
        let (records, fields) = (connection.organizations(), OldOrganization::fields());
        stream(&records, fields, progress, |record| survey.organizations.push(OldOrganization::read(record)))
            .await?;
        let (records, fields) = (connection.admins(), OldAdmin::fields());
        stream(&records, fields, progress, |record| survey.admins.push(OldAdmin::read(record))).await?;
        let mut entries = list(connection, doc! {}).await?;
        while let Some(entry) = entries.try_next().await.map_err(judge)? {
            if let Some(found) = listed(&entry).filter(|found| found.name.starts_with(COLLECTION_PREFIX)) {
                survey.collections.insert(found.name, found.uuid);
            }
        }
        survey.read_owners(connection, resolutions).await?;
        survey.read_adopted(connection).await?;
        survey.read_own(connection).await?;
        survey.read_mixed(connection, progress).await?;
        Ok(survey)
    }

    /// Whether a key is reserved for another organization or account than this one.
    pub(super) fn is_taken(&self, key: &str, own: Uuid) -> bool {
        self.owners.get(key).is_some_and(|owner| *owner != Some(own))
    }

    /// Whether tenantry has a collection.
    pub(super) fn is_own(&self, key: &str, uuid: Option<Uuid>) -> bool {
        self.owners.contains_key(key) || uuid.is_some_and(|uuid| self.own.contains(&uuid))
    }

    async fn read_owners(
        &mut self,
        connection: &Connection,
        resolutions: &[Resolution],
    ) -> Result<(), Failure> {
        let database = connection.database.name();
        let names = self.organizations.iter().filter_map(|old| old.name.as_deref()).map(key_of);
        let names =
            names.chain(resolutions.iter().map(|it| it.name.key().to_owned())).map(|key| name_key(&key));
        let emails = self.admins.iter().filter_map(|old| old.email.as_deref()).map(Email::key_of);
        let emails =
            emails.chain(resolutions.iter().map(|it| it.email.key().to_owned())).map(|key| email_key(&key));
        let collections = self.collections.keys().map(|name| collection_key(database, name));
        let keys: HashSet<String> = names.chain(emails).chain(collections).collect();
        let keys = keys.into_iter().map(Bson::String).collect();
        for reservation in with_any(&connection.reservations(), "_id", keys, doc! {}).await? {
            let owner = reservation_owner(&reservation);
            self.owners.insert(get_text(&reservation, "_id"), owner);
        }
        Ok(())
    }

    async fn read_adopted(&mut self, connection: &Connection) -> Result<(), Failure> {
        let ids = self.organizations.iter().map(|old| binary(old.organization_id().0)).collect();
        let fields = doc! {"state": 1};
        for record in with_any(&connection.organizations(), "_id", ids, fields).await? {
            let has_operation = get_text(&record, "state").parse().is_ok_and(State::has_operation);
            self.adopted.extend(get_uuid(&record, "_id").map(|id| (id, has_operation)));
        }
        Ok(())
    }

    async fn read_own(&mut self, connection: &Connection) -> Result<(), Failure> {
        let uuids = self.collections.values().filter_map(|uuid| uuid.map(binary)).collect();
        let fields = doc! {"collection_uuid": 1};
        for record in with_any(&connection.organizations(), "collection_uuid", uuids, fields).await? {
            self.own.extend(get_uuid(&record, "collection_uuid"));
        }
        Ok(())
    }

    async fn read_mixed(
        &mut self,
        connection: &Connection,
        progress: &watch::Sender<AdoptionProgress>,
    ) -> Result<(), Failure> {
        let named = self.organizations.iter().filter_map(|old| old.collection.clone());
        let named: HashSet<String> =
            named.filter(|name| matches!(self.collections.get(name), Some(Some(_)))).collect();
        let named: Vec<String> = named.into_iter().collect();
        for some in named.chunks(COLLECTIONS_AT_ONCE) {
            let looks = some.iter().map(|name| initial_documents(connection, name));
            let found = try_join_all(looks).await?;
            let mixed = some.iter().zip(found).filter(|(_, count)| *count > 1);
            self.mixed.extend(mixed.map(|(name, _)| name.clone()));
            progress.send_modify(|so_far| so_far.read += some.len() as u64);
        }
        Ok(())
    }
}

/// How many documents of a collection are those that the earlier service wrote first; no more than two.
async fn initial_documents(connection: &Connection, name: &str) -> Result<usize, Failure> {
    let documents = connection.database.collection::<Document>(name);
    let initial = doc! {"info": "Collection Initialized"};
    let found = async {
        documents.find(initial).projection(doc! {"_id": 1}).limit(2).await?.try_collect::<Vec<_>>().await
    };
    Ok(found.await.map_err(judge)?.len())
}

fn reservation_owner(reservation: &Document) -> Option<Uuid> {
    Owner::of(reservation).map(|owner| match owner {
        Owner::Organization(id) => id.0,
        Owner::Account(id) => id.0,
    })
}

/// Reads every record of the earlier service, one after the other.
async fn stream(
    records: &Collection<Document>,
    fields: Document,
    progress: &watch::Sender<AdoptionProgress>,
    mut each: impl FnMut(&Document) + Send,
) -> Result<(), Failure> {
    let mut found = records.find(doc! {"schema": not_ours()}).projection(fields).await.map_err(judge)?;
    let mut count = 0;
    while let Some(record) = found.try_next().await.map_err(judge)? {
        each(&record);
        count += 1;
        if count == REPORTED {
            progress.send_modify(|so_far| so_far.read += count);
            count = 0;
        }
    }
    progress.send_modify(|so_far| so_far.read += count);
    Ok(())
}

/// The records of tenantry that have one of these values in a field. Reservations have no schema.
async fn with_any(
    records: &Collection<Document>,
    field: &str,
    values: Vec<Bson>,
    fields: Document,
) -> Result<Vec<Document>, Failure> {
    let mut found = Vec::new();
    for values in values.chunks(AT_ONCE) {
        let mut filter = doc! {field: {"$in": values}};
        if records.name() != "reservations" {
            filter.insert("schema", ours());
        }
        let some = async {
            records.find(filter).projection(fields.clone()).await?.try_collect::<Vec<Document>>().await
        };
        found.extend(some.await.map_err(judge)?);
    }
    Ok(found)
}
