//! Whether records and collections are true to each other, read past tenantry.

use super::mongo::TestDatabase;
use super::suite::{at, entry};
use mongodb::Database;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::collections::{BTreeMap, BTreeSet};
use tenantry::domain::{AuditAction, Finding, Invariant, Problem, Remedy, RepairOutcome, Severity};
use tenantry::port::Doctor;
use tokio::sync::watch;

fn text(record: &Document, field: &str) -> String {
    record.get_str(field).unwrap_or_default().to_owned()
}

fn is_deleted(record: &Document) -> bool {
    text(record, "state") == "deleted"
}

/// A collection as the server lists it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) uuid: Bson,
}

impl TestDatabase {
    /// Whether every organization is at rest with its own collection, its admin and exactly its reservations, and
    /// nothing else is there.
    pub(crate) async fn assert_sound(&self, when: &str) {
        let organizations = self.all("organizations").await;
        let admins = self.all("admins").await;
        let collections = self.collections_with_uuids().await;
        let mut keys: BTreeSet<String> = BTreeSet::new();
        let mut uuids = Vec::new();
        for admin in &admins {
            assert!(!admin.contains_key("pending"), "{when}: {admin}");
            keys.extend(admin.get_str("email_key").ok().map(|key| format!("e:{key}")));
        }
        for record in &organizations {
            self.assert_organization(record, &admins, &collections, when).await;
            uuids.extend(record.get("collection_uuid"));
            keys.extend(self.keys_of(record));
        }
        let of_admins = admins.iter().filter(|admin| text(admin, "role") == "admin").count();
        assert_eq!(of_admins, organizations.len(), "{when}: {admins:?}");
        let reservations = self.all("reservations").await;
        let reserved: BTreeSet<String> = reservations.iter().map(|it| text(it, "_id")).collect();
        assert_eq!(reserved, keys, "{when}");
        for (name, uuid) in &collections {
            let is_stray = !uuids.contains(&uuid) && !self.all(name).await.is_empty();
            assert!(!is_stray, "{when}: {name} is nobody's: {:?}", self.all(name).await);
        }
        assert_eq!(self.findings().await, [], "{when}: the doctor");
    }

    /// Checks that every organization is at rest with its own collection, its admin and its reservations. Unlike
    /// [`TestDatabase::assert_sound`], it allows leftovers of late commands that the doctor repairs: accounts and
    /// reservations of removed organizations, a collection aside or under another name, and stray collections of
    /// tenants.
    pub(crate) async fn assert_true_to_each_other(&self, when: &str) {
        self.repair(when).await;
        let admins = self.all("admins").await;
        let reservations = self.all("reservations").await;
        let collections = self.collections_with_uuids().await;
        let mut names = BTreeSet::new();
        for record in self.all("organizations").await {
            self.assert_organization(&record, &admins, &collections, when).await;
            let name = record.get_str("collection_name").ok().map(str::to_owned);
            assert!(
                name.is_none_or(|name| names.insert(name)),
                "{when}: two have the collection of {record}"
            );
            for key in self.keys_of(&record) {
                let holder = reservations.iter().find(|reservation| text(reservation, "_id") == key);
                let holder = holder.unwrap_or_else(|| panic!("{when}: {key} is not reserved"));
                assert_eq!(holder.get("organization_id"), record.get("_id"), "{when}: {key}");
            }
        }
    }

    /// One organization at rest: its collection, found by its UUID, and its admin.
    async fn assert_organization(
        &self,
        record: &Document,
        admins: &[Document],
        collections: &BTreeMap<String, Bson>,
        when: &str,
    ) {
        assert!(["active", "deleted"].contains(&&*text(record, "state")), "{when}: {record}");
        assert!(!record.contains_key("op"), "{when}: {record}");
        for field in ["name_key", "slug", "email_key"] {
            assert_eq!(record.contains_key(field), !is_deleted(record), "{when}: {field} of {record}");
        }
        assert_eq!(record.contains_key("deleted"), is_deleted(record), "{when}: {record}");
        let id = record.get("_id");
        if let Ok(name) = record.get_str("collection_name") {
            let uuid = collections.get(name);
            assert!(uuid.is_some() && uuid == record.get("collection_uuid"), "{when}: {name} {uuid:?}");
            let prefix = if is_deleted(record) { "tenantry_trash_" } else { "org_" };
            assert!(name.starts_with(prefix), "{when}: {record}");
            let documents = self.all(name).await;
            let marker = documents.iter().find(|document| text(document, "_id") == "_tenantry");
            let owner = marker.and_then(|marker| marker.get("organization_id"));
            assert_eq!(owner, id, "{when}: the marker of {name}");
        } else {
            assert!(is_deleted(record), "{when}: no collection: {record}");
            assert!(!record.contains_key("collection_uuid"), "{when}: {record}");
        }
        let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id"));
        let admin = admin.unwrap_or_else(|| panic!("{when}: no admin: {record}"));
        assert_eq!(admin.get("organization_id"), id, "{when}: {admin}");
        assert_eq!(text(admin, "email"), text(record, "admin_email"), "{when}");
        assert_eq!(admin.get("email_key"), record.get("email_key"), "{when}: {admin}");
    }

    /// The reservations of a record; a deleted one has none.
    fn keys_of(&self, record: &Document) -> Vec<String> {
        if is_deleted(record) {
            return Vec::new();
        }
        let (name, email) = (text(record, "name_key"), text(record, "email_key"));
        let collection = text(record, "collection_name");
        vec![format!("n:{name}"), format!("c:{}.{collection}", self.name), format!("e:{email}")]
    }

    /// The findings of the doctor, without collections that do not exist (see `organization_collections`).
    pub(crate) async fn findings(&self) -> Vec<Finding> {
        let mut findings = self.doctor().check(&watch::Sender::default()).await.unwrap().findings;
        if findings.iter().any(|finding| finding.problem.invariant() == Invariant::I2) {
            let there = self.organization_collections().await;
            findings.retain(|finding| {
                let collection = finding.collection_name.as_ref();
                finding.problem.invariant() != Invariant::I2
                    || collection.is_none_or(|name| there.contains(name))
            });
        }
        findings
    }

    /// Repairs the findings; then only collections of tenants remain. The only errors are a collection under another
    /// name, which a late command may cause, and one with another UUID.
    pub(crate) async fn repair(&self, when: &str) {
        let found = self.findings().await;
        for finding in &found {
            let is_elsewhere =
                matches!(finding.problem, Problem::CollectionElsewhere { .. } | Problem::CollectionRestored);
            let is_allowed = is_elsewhere || finding.problem.severity() == Severity::Warning;
            assert!(is_allowed, "{when}: {finding:?}");
            if finding.problem.remedy() == Remedy::Safe {
                let repaired = self.doctor().repair(finding, entry(AuditAction::Repair, at(900))).await;
                assert_eq!(repaired, Ok(RepairOutcome::Repaired), "{when}: {finding:?}");
            }
        }
        let left = if found.is_empty() { found } else { self.findings().await };
        for finding in left {
            assert_eq!(finding.problem, Problem::Orphan, "{when}: {finding:?}");
        }
    }

    /// The documents of an organization's collection are those it had, and so are its indexes.
    pub(crate) async fn assert_kept(&self, collection: &str, when: &str) {
        let ids: Vec<String> =
            self.all(collection).await.iter().map(|document| text(document, "_id")).collect();
        assert_eq!(ids, ["_tenantry", "kept"], "{when}: {collection}");
        let documents = self.direct.collection::<Document>(collection);
        assert_eq!(documents.list_index_names().await.unwrap(), ["_id_", "n_1"], "{when}: {collection}");
    }

    /// The collections of organizations, and those aside, with their UUIDs.
    pub(crate) async fn collections_with_uuids(&self) -> BTreeMap<String, Bson> {
        let mut listed = self.direct.list_collections().await.unwrap();
        let mut found = BTreeMap::new();
        while listed.advance().await.unwrap() {
            let collection = listed.deserialize_current().unwrap();
            let name = collection.name;
            if let Some(uuid) = collection.info.uuid
                && (name.starts_with("org_") || name.starts_with("tenantry_"))
            {
                found.insert(name, Bson::Binary(uuid));
            }
        }
        found
    }

    pub(crate) async fn collection_uuid(&self, name: &str) -> Option<Bson> {
        self.collections_with_uuids().await.remove(name)
    }

    /// Renames a collection past tenantry, as a late command does.
    pub(crate) async fn move_collection(&self, from: &str, to: &str) {
        let (from, to) = (format!("{}.{from}", self.name), format!("{}.{to}", self.name));
        let rename = doc! {"renameCollection": from, "to": to};
        self.direct.client().database("admin").run_command(rename).await.unwrap();
    }

    /// Whether the doctor only finds collections without an owner.
    pub(crate) async fn assert_only_orphans(&self, when: &str) {
        for finding in self.findings().await {
            assert_eq!(finding.problem, Problem::Orphan, "{when}: {finding:?}");
        }
    }

    /// Collections of documents whose UUID no record has, with at least one document in them.
    ///
    /// Empty ones are left out. Whatever tenantry makes holds the marker from its first moment; but SecantusDB, under
    /// load, lists the source of an acknowledged rename again: empty, with another UUID.
    pub(crate) async fn strays(&self) -> Vec<Listed> {
        let records = self.all("organizations").await;
        let mut strays = Vec::new();
        for one in self.listed().await {
            let is_of_one = records.iter().any(|record| record.get("collection_uuid") == Some(&one.uuid));
            if !is_of_one && !self.all(&one.name).await.is_empty() {
                strays.push(one);
            }
        }
        strays
    }

    /// Drops the empty collections that [`TestDatabase::strays`] leaves out; answers how many. No organization could get
    /// their names: tenantry renames nothing onto a collection that is not its own.
    pub(crate) async fn drop_empty_strays(&self) -> usize {
        let records = self.all("organizations").await;
        let mut dropped = 0;
        for one in self.listed().await {
            let is_of_one = records.iter().any(|record| record.get("collection_uuid") == Some(&one.uuid));
            let is_of_organizations = one.name.starts_with("org_") || one.name.starts_with("tenantry_");
            if is_of_organizations && !is_of_one && self.all(&one.name).await.is_empty() {
                self.direct.collection::<Document>(&one.name).drop().await.unwrap();
                dropped += 1;
            }
        }
        dropped
    }

    /// The collections of organizations, and those aside, sorted by name.
    pub(crate) async fn listed(&self) -> Vec<Listed> {
        let all = self.collections_with_uuids().await;
        all.into_iter().map(|(name, uuid)| Listed { name, uuid }).collect()
    }

    /// Every lease is over, as if one waited for it; answers how many operations were in work. `of` selects some.
    pub(crate) async fn leases_end(&self, of: Document) -> u64 {
        leases_end(&self.direct, of).await
    }
}

/// See [`TestDatabase::leases_end`].
pub(crate) async fn leases_end(database: &Database, mut of: Document) -> u64 {
    let long_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
    of.insert("op", doc! {"$exists": true});
    let records = database.collection::<Document>("organizations");
    let aged = records.update_many(of, doc! {"$set": {"touched_at": long_ago}}).await;
    aged.unwrap().matched_count
}
