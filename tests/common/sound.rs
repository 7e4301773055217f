//! Whether records and collections are true to each other, read past tenantry.

use super::mongo::TestDatabase;
use super::suite::{at, entry};
use mongodb::bson::{Bson, Document};
use std::collections::BTreeSet;
use tenantry::domain::{Finding, Invariant, Mended, Problem, Remedy, Severity};
use tenantry::service::store::{AuditAction, Store};
use tokio::sync::watch;

fn text(record: &Document, field: &str) -> String {
    record.get_str(field).unwrap_or_default().to_owned()
}

impl TestDatabase {
    /// Whether every organization is active with its own collection, its admin and exactly its reservations, and
    /// nothing else is there but what is held for late renames.
    pub(crate) async fn assert_sound(&self, when: &str) {
        let organizations = self.all("organizations").await;
        let admins = self.all("admins").await;
        let mut expected: BTreeSet<String> = BTreeSet::new();
        let mut collections: BTreeSet<String> = BTreeSet::new();
        for admin in &admins {
            assert!(!admin.contains_key("pending"), "{when}: {admin}");
            expected.insert(format!("e:{}", text(admin, "email_key")));
        }
        for record in &organizations {
            assert_eq!(text(record, "state"), "active", "{when}: {record}");
            assert!(!record.contains_key("op"), "{when}: {record}");
            let (name, id) = (text(record, "collection_name"), record.get("_id"));
            expected.insert(format!("n:{}", text(record, "name_key")));
            expected.insert(format!("c:{}.{name}", self.name));
            let uuid = self.collection_uuid(&name).await;
            assert!(
                uuid.is_some() && uuid.as_ref() == record.get("collection_uuid"),
                "{when}: {name} {uuid:?}"
            );
            let documents = self.all(&name).await;
            let marker = documents.iter().find(|document| text(document, "_id") == "_tenantry").unwrap();
            assert_eq!(marker.get("organization_id"), id, "{when}: the marker of {name}");
            let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id")).unwrap();
            assert_eq!(admin.get("organization_id"), id, "{when}");
            assert_eq!(text(admin, "email"), text(record, "admin_email"), "{when}");
            collections.insert(name);
        }
        let of_admins = admins.iter().filter(|admin| text(admin, "role") == "admin").count();
        assert_eq!(of_admins, organizations.len(), "{when}: {admins:?}");
        let reservations = self.all("reservations").await;
        let alive: BTreeSet<String> = reservations
            .iter()
            .filter(|reservation| !reservation.contains_key("held_until"))
            .map(|reservation| text(reservation, "_id"))
            .collect();
        assert_eq!(alive, expected, "{when}");
        for held in reservations.iter().filter(|reservation| reservation.contains_key("held_until")) {
            assert!(
                text(held, "_id").starts_with("c:"),
                "{when}: only names of collections are held: {held}"
            );
        }
        let there: BTreeSet<String> = self.organization_collections().await.into_iter().collect();
        assert_eq!(there, collections, "{when}");
        assert_eq!(self.findings().await, [], "{when}: the doctor");
    }

    /// What the doctor finds, without collections that are not there (see `organization_collections`).
    pub(crate) async fn findings(&self) -> Vec<Finding> {
        let mut findings = self.store().examine(&watch::Sender::default()).await.unwrap().findings;
        let there = self.organization_collections().await;
        findings.retain(|finding| {
            let collection = finding.collection_name.as_ref();
            finding.problem.invariant() != Invariant::I2
                || collection.is_some_and(|name| there.contains(name))
        });
        findings
    }

    /// The doctor finds no error; what it can mend is mended, and then nothing is left but what tenants made.
    async fn assert_mendable(&self, when: &str) {
        for finding in self.findings().await {
            assert_eq!(finding.problem.severity(), Severity::Warning, "{when}: {finding:?}");
            if finding.problem.remedy() == Remedy::Safe {
                let mended = self.store().mend(&finding, entry(AuditAction::Repair, at(900))).await.unwrap();
                assert_eq!(mended, Mended::Done, "{when}: {finding:?}");
            }
        }
        for finding in self.findings().await {
            assert_eq!(finding.problem, Problem::Orphan, "{when}");
        }
    }

    /// Whether every organization is active with its own collection, its admin and its reservations. Unlike
    /// [`TestDatabase::assert_sound`] it allows what a late command may leave behind and the doctor removes: accounts and
    /// reservations of organizations that are gone, a collection aside, strays that tenants made.
    pub(crate) async fn assert_true_to_each_other(&self, when: &str) {
        let admins = self.all("admins").await;
        let reservations = self.all("reservations").await;
        let mut names = BTreeSet::new();
        for record in self.all("organizations").await {
            assert_eq!(text(&record, "state"), "active", "{when}: {record}");
            let (name, id) = (text(&record, "collection_name"), record.get("_id"));
            assert!(names.insert(name.clone()), "{when}: two organizations have {name}");
            let uuid = self.collection_uuid(&name).await;
            assert!(
                uuid.is_some() && uuid.as_ref() == record.get("collection_uuid"),
                "{when}: {name} {uuid:?}"
            );
            let documents = self.all(&name).await;
            let marker = documents.iter().find(|document| text(document, "_id") == "_tenantry");
            assert_eq!(marker.and_then(|marker| marker.get("organization_id")), id, "{when}: {name}");
            let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id"));
            let admin = admin.unwrap_or_else(|| panic!("{when}: {name} has no admin"));
            assert_eq!(text(admin, "email"), text(&record, "admin_email"), "{when}");
            let (key, email) = (text(&record, "name_key"), text(&record, "email_key"));
            for wanted in [format!("n:{key}"), format!("c:{}.{name}", self.name), format!("e:{email}")] {
                let holder = reservations.iter().find(|reservation| text(reservation, "_id") == wanted);
                let holder = holder.unwrap_or_else(|| panic!("{when}: {wanted} is not reserved"));
                assert_eq!(holder.get("organization_id"), id, "{when}: {wanted}");
            }
        }
        self.assert_mendable(when).await;
    }

    /// The documents of an organization's collection are those it had, and so are its indexes.
    pub(crate) async fn assert_kept(&self, collection: &str, when: &str) {
        let ids: Vec<String> =
            self.all(collection).await.iter().map(|document| text(document, "_id")).collect();
        assert_eq!(ids, ["_tenantry", "kept"], "{when}");
        let documents = self.direct.collection::<Document>(collection);
        assert_eq!(documents.list_index_names().await.unwrap(), ["_id_", "n_1"], "{when}");
    }

    pub(crate) async fn collection_uuid(&self, name: &str) -> Option<Bson> {
        let filter = mongodb::bson::doc! {"name": name};
        let mut found = self.direct.list_collections().filter(filter).await.unwrap();
        let mut uuid = None;
        while found.advance().await.unwrap() {
            let collection = found.deserialize_current().unwrap();
            if collection.name == name {
                uuid = collection.info.uuid.map(Bson::Binary);
            }
        }
        uuid
    }

    /// How often the audit has an action.
    pub(crate) async fn audited(&self, action: &str) -> usize {
        let all = self.all("audit").await;
        all.iter().filter(|entry| text(entry, "action") == action).count()
    }
}
