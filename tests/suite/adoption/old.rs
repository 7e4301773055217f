//! A database as the earlier service filled it.

use crate::common::mongo::TestDatabase;
use crate::common::suite::initialize;
use mongodb::IndexModel;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use std::sync::Arc;
use tenantry::port::{Doctor, Store};
use tenantry::store::mongo::MongoStore;
use tokio::sync::watch;

/// When everything was created, in UTC; the earlier service wrote it without the zone.
pub(crate) const CREATED: &str = "2025-03-01T09:30:00.250Z";

/// A hash that no test verifies.
pub(crate) const HASH: &str = "$2b$04$abcdefghijklmnopqrstuuW2GZ9B1mQ6nQbT4m8sJ1Q5m0c0b1n2K";

/// The database.
pub(crate) struct Old {
    pub(crate) database: TestDatabase,
}

impl Old {
    pub(crate) async fn new() -> Self {
        Self { database: TestDatabase::new().await }
    }

    /// A store with its first operator, beside the old records.
    pub(crate) async fn initialized(&self) -> Arc<MongoStore> {
        let store = self.database.store();
        initialize(&*store).await;
        store.store_id().await.unwrap().unwrap();
        store
    }

    pub(crate) fn all(&self, name: &str) -> mongodb::Collection<Document> {
        self.database.direct.collection(name)
    }

    /// A record, whatever else is missing.
    pub(crate) async fn record(&self, name: &str, collection: &str) -> ObjectId {
        let id = ObjectId::new();
        self.record_as(id, name, collection).await;
        id
    }

    /// A record with an `_id` of any type.
    pub(crate) async fn record_as(&self, id: impl Into<Bson>, name: &str, collection: &str) {
        let record = doc! {
            "_id": id,
            "organization_name": name,
            "collection_name": collection,
            "created_at": CREATED.trim_end_matches('Z'),
        };
        self.all("organizations").insert_one(record).await.unwrap();
    }

    /// An admin, whatever else is missing.
    pub(crate) async fn admin(&self, email: &str, organization: &str, hash: &str) -> ObjectId {
        let id = ObjectId::new();
        let admin = doc! {
            "_id": id,
            "email": email,
            "password": hash,
            "organization_name": organization,
            "role": "admin",
        };
        self.all("admins").insert_one(admin).await.unwrap();
        id
    }

    /// A collection with some initial documents.
    pub(crate) async fn collection(&self, name: &str, initial: usize) {
        for _ in 0..initial {
            let document =
                doc! {"info": "Collection Initialized", "created_at": CREATED.trim_end_matches('Z')};
            self.all(name).insert_one(document).await.unwrap();
        }
    }

    /// An organization without any damage.
    pub(crate) async fn sound(&self, name: &str, email: &str) -> ObjectId {
        self.with_hash(name, email, HASH).await
    }

    pub(crate) async fn with_hash(&self, name: &str, email: &str, hash: &str) -> ObjectId {
        let collection = format!("org_{name}");
        self.admin(email, name, hash).await;
        self.collection(&collection, 1).await;
        self.record(name, &collection).await
    }

    /// What a tenant's own application wrote.
    pub(crate) async fn application(&self, collection: &str) {
        self.all(collection).insert_one(doc! {"_id": "kept", "n": 1}).await.unwrap();
        let index = IndexModel::builder().keys(doc! {"n": 1}).build();
        self.all(collection).create_index(index).await.unwrap();
    }

    /// The documents of a collection without the marker.
    pub(crate) async fn documents(&self, collection: &str) -> Vec<Document> {
        let mut documents = self.database.all(collection).await;
        documents.retain(|document| document.get_str("_id").ok() != Some("_tenantry"));
        documents
    }

    pub(crate) async fn indexes(&self, collection: &str) -> Vec<String> {
        self.all(collection).list_index_names().await.unwrap()
    }

    /// The old records with these names, of organizations and of admins.
    pub(crate) async fn records_named(&self, names: &[&str]) -> Vec<Document> {
        let mut records = self.database.all("organizations").await;
        records.extend(self.database.all("admins").await);
        records.retain(|record| {
            let is_old = !record.contains_key("schema");
            is_old && record.get_str("organization_name").is_ok_and(|name| names.contains(&name))
        });
        records
    }

    /// Tenantry's record of an organization.
    pub(crate) async fn new_record(&self, name: &str) -> Document {
        let records = self.database.all("organizations").await;
        let its = |record: &Document| {
            record.contains_key("schema") && record.get_str("organization_name").is_ok_and(|its| its == name)
        };
        records.into_iter().find(its).unwrap_or_else(|| panic!("{name} is not adopted"))
    }

    /// All old records and all documents of tenants.
    pub(crate) async fn everything(&self) -> Vec<Document> {
        let mut all = Vec::new();
        for name in self.database.collections().await {
            let mut documents = self.database.all(&name).await;
            documents.retain(|document| !document.contains_key("schema"));
            let is_theirs = name.starts_with("org_") || ["organizations", "admins"].contains(&name.as_str());
            all.extend(documents.into_iter().filter(|_| is_theirs));
        }
        all
    }
}

impl TestDatabase {
    /// What the doctor says, in sentences.
    pub(crate) async fn doctor_findings(&self) -> Vec<String> {
        let report = self.doctor().check(&watch::Sender::default()).await.unwrap();
        report.findings.iter().map(tenantry::domain::Finding::message).collect()
    }
}
