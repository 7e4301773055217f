//! Whether records and collections are true to each other, read past tenantry. The test that uses it has a `Ground` with
//! a database.
#![allow(dead_code, reason = "each test file uses its part")]

use super::Ground;
use mongodb::bson::{Bson, Document};
use std::collections::BTreeSet;

fn text(record: &Document, field: &str) -> String {
    record.get_str(field).unwrap_or_default().to_owned()
}

impl Ground {
    /// Whether every organization is active with its own collection, its admin and exactly its reservations, and
    /// nothing else is there but what is held for late renames.
    pub(crate) async fn assert_sound(&self, when: &str) {
        let organizations = self.database.all("organizations").await;
        let admins = self.database.all("admins").await;
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
            expected.insert(format!("c:{}.{name}", self.database.name));
            let uuid = self.collection_uuid(&name).await;
            assert!(
                uuid.is_some() && uuid.as_ref() == record.get("collection_uuid"),
                "{when}: {name} {uuid:?}"
            );
            let documents = self.database.all(&name).await;
            let marker = documents.iter().find(|document| text(document, "_id") == "_tenantry").unwrap();
            assert_eq!(marker.get("organization_id"), id, "{when}: the marker of {name}");
            let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id")).unwrap();
            assert_eq!(admin.get("organization_id"), id, "{when}");
            assert_eq!(text(admin, "email"), text(record, "admin_email"), "{when}");
            collections.insert(name);
        }
        let of_admins = admins.iter().filter(|admin| text(admin, "role") == "admin").count();
        assert_eq!(of_admins, organizations.len(), "{when}: {admins:?}");
        let reservations = self.database.all("reservations").await;
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
        let there: BTreeSet<String> = self.database.organization_collections().await.into_iter().collect();
        assert_eq!(there, collections, "{when}");
    }

    /// Whether every organization is active with its own collection, its admin and its reservations. Unlike
    /// [`Ground::assert_sound`] it allows what a late command may leave behind and the doctor removes: accounts and
    /// reservations of organizations that are gone, a collection aside, strays that tenants made.
    pub(crate) async fn assert_true_to_each_other(&self, when: &str) {
        let admins = self.database.all("admins").await;
        let reservations = self.database.all("reservations").await;
        let mut names = BTreeSet::new();
        for record in self.database.all("organizations").await {
            assert_eq!(text(&record, "state"), "active", "{when}: {record}");
            let (name, id) = (text(&record, "collection_name"), record.get("_id"));
            assert!(names.insert(name.clone()), "{when}: two organizations have {name}");
            let uuid = self.collection_uuid(&name).await;
            assert!(
                uuid.is_some() && uuid.as_ref() == record.get("collection_uuid"),
                "{when}: {name} {uuid:?}"
            );
            let documents = self.database.all(&name).await;
            let marker = documents.iter().find(|document| text(document, "_id") == "_tenantry");
            assert_eq!(marker.and_then(|marker| marker.get("organization_id")), id, "{when}: {name}");
            let admin = admins.iter().find(|admin| admin.get("_id") == record.get("admin_id"));
            let admin = admin.unwrap_or_else(|| panic!("{when}: {name} has no admin"));
            assert_eq!(text(admin, "email"), text(&record, "admin_email"), "{when}");
            let (key, email) = (text(&record, "name_key"), text(&record, "email_key"));
            for wanted in
                [format!("n:{key}"), format!("c:{}.{name}", self.database.name), format!("e:{email}")]
            {
                let holder = reservations.iter().find(|reservation| text(reservation, "_id") == wanted);
                let holder = holder.unwrap_or_else(|| panic!("{when}: {wanted} is not reserved"));
                assert_eq!(holder.get("organization_id"), id, "{when}: {wanted}");
            }
        }
    }

    /// The documents of an organization's collection are those it had, and so are its indexes.
    pub(crate) async fn assert_kept(&self, collection: &str, when: &str) {
        let ids: Vec<String> =
            self.database.all(collection).await.iter().map(|document| text(document, "_id")).collect();
        assert_eq!(ids, ["_tenantry", "kept"], "{when}");
        let documents = self.database.direct.collection::<Document>(collection);
        assert_eq!(documents.list_index_names().await.unwrap(), ["_id_", "n_1"], "{when}");
    }

    pub(crate) async fn collection_uuid(&self, name: &str) -> Option<Bson> {
        let filter = mongodb::bson::doc! {"name": name};
        let mut found = self.database.direct.list_collections().filter(filter).await.unwrap();
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
        let all = self.database.all("audit").await;
        all.iter().filter(|entry| text(entry, "action") == action).count()
    }
}
