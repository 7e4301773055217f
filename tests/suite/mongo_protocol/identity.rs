//! The owner of a collection: by its UUID, or by the marker if the UUID changed; never by data of a tenant or a
//! forger.

use super::{Wire, listing, uuid};
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use mongodb::bson::{Bson, Document, doc};
use tenantry::domain::{OrganizationId, State};
use tenantry::port::{Doctor, Error, Organizations};

const CONTROL: [&str; 5] = ["admins", "audit", "meta", "organizations", "reservations"];

impl Wire {
    /// Writes another id into the marker, as a tenant can.
    async fn forge_marker(&self, collection: &str, id: uuid::Uuid) {
        let documents = self.database.direct.collection::<Document>(collection);
        let set = doc! {"$set": {"organization_id": uuid(id)}};
        assert_eq!(documents.update_one(doc! {"_id": "_tenantry"}, set).await.unwrap().matched_count, 1);
    }

    /// Checks that the record has the UUID of the collection at its name, with both documents.
    async fn assert_has(&self, id: OrganizationId, name: &str, when: &str) {
        let record = self.record(id).await.unwrap();
        assert_eq!(record.get_str("collection_name").ok(), Some(name), "{when}");
        assert_eq!(record.get("collection_uuid"), self.uuid_of(name).await.as_ref(), "{when}");
        assert_eq!(self.database.all(name).await.len(), 2, "{when}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_whose_uuid_changed_is_adopted_by_the_next_operation() {
    for wire in [Wire::new().await, Wire::ignoring().await] {
        let (wire, acme, _) = wire.and_acme().await;
        let store = &*wire.store;
        wire.with_new_uuid("org_acme").await;
        let zephyr = update(store, &acme, &to_name("Zephyr")).await.unwrap();
        wire.assert_has(acme.id, "org_zephyr", "renamed").await;
        wire.with_new_uuid("org_zephyr").await;
        let deleted = delete(store, &zephyr).await.unwrap();
        assert_eq!(deleted.collection_left, None);
        let trash = deleted.organization.collection_name().to_owned();
        wire.assert_has(acme.id, &trash, "deleted").await;
        wire.with_new_uuid(&trash).await;
        let restored = restore(store, &deleted.organization).await.unwrap();
        wire.assert_has(acme.id, "org_zephyr", "restored").await;
        wire.assert_clean("restored").await;
        wire.with_new_uuid("org_zephyr").await;
        purge(store, &restored).await.unwrap();
        assert!(wire.collections().await.is_empty());
    }
}

/// A tenant that forges its own marker while its UUID is the record's hinders nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uuid_takes_precedence_over_a_forged_marker() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.forge_marker("org_acme", uuid::Uuid::nil()).await;
    let deleted = delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left, None);
    assert_eq!(wire.collections().await, [deleted.organization.collection_name()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_collection_is_left_and_reported() {
    let (wire, acme, _) = Wire::with_acme().await;
    // Its UUID changed and its marker names another: the tie is cut.
    wire.with_new_uuid("org_acme").await;
    wire.forge_marker("org_acme", uuid::Uuid::nil()).await;
    let renamed = update(&*wire.store, &acme, &to_name("Zephyr")).await;
    assert_eq!(renamed, Err(Error::CollectionMissing("org_acme".into())));
    wire.assert_untouched(&acme, "refused").await;
    let acme = by_id(&*wire.plain, acme.id).await.unwrap();
    let deleted = delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left.as_deref(), Some("org_acme"));
    assert_eq!((&deleted.organization.collection, deleted.organization.collection_uuid), (&None, None));
    let told = newest(&*wire.plain, 1).await.remove(0);
    assert_eq!(told.changes.get("collection_left").and_then(|it| it.as_str()), Some("org_acme"));
    assert_eq!(wire.database.all("org_acme").await.len(), 2);
    let lost = Err(Error::CollectionMissing("org_acme".into()));
    assert_eq!(restore(&*wire.store, &deleted.organization).await, lost);
    purge(&*wire.store, &deleted.organization).await.unwrap();
    assert_eq!(wire.collections().await, ["org_acme"], "a purge skips it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purge_leaves_a_foreign_collection_and_reports_it() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.database.direct.collection::<Document>("org_acme").drop().await.unwrap();
    wire.with_foreign("org_acme").await;
    let purged = purge(&*wire.store, &acme).await.unwrap();
    assert_eq!(purged.collection_left.as_deref(), Some("org_acme"));
    assert_eq!(wire.collections().await, ["org_acme"]);
}

/// Another organization's id in the marker, and its own collection at that one's name: that one does not take it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_marker_does_not_take_another_collection() {
    let (wire, acme, _) = Wire::with_acme().await;
    let zephyr = create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    wire.forge_marker("org_zephyr", acme.id.0).await;
    wire.database.direct.collection::<Document>("org_acme").drop().await.unwrap();
    wire.move_by_hand("org_zephyr", "org_acme").await;
    let deleted = delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left.as_deref(), Some("org_acme"));
    // It goes to where its own organization moves next.
    update(&*wire.store, &zephyr, &to_name("Borealis")).await.unwrap();
    assert_eq!(wire.collections().await, ["org_borealis"]);
}

/// 361 tells where the collection is, or nothing, also where it is not gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uuid_mismatch_is_checked_before_a_collection_counts_as_gone() {
    // The server tells its place: somebody moved it.
    for gone_to in ["org_elsewhere", "elsewhere"] {
        let (wire, acme, _) = Wire::with_acme().await;
        wire.move_by_hand("org_acme", gone_to).await;
        update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap();
        wire.assert_has(acme.id, "org_zephyr", gone_to).await;
    }
    // The server says that it is nowhere, though it is there (an older router, a moved collection).
    let nowhere = doc! {
        "ok": 0.0, "errmsg": "mismatch", "code": 361, "codeName": "CollectionUUIDMismatch", "actualCollection": Bson::Null,
    };
    let (wire, acme, _) = Wire::with_acme().await;
    for answer in [nowhere, doc! {"ok": 0.0, "errmsg": "no", "code": 26, "codeName": "NamespaceNotFound"}] {
        let current = by_id(&*wire.plain, acme.id).await.unwrap();
        wire.proxy.on("renameCollection", 1, Act::Answer(answer));
        let deleted = delete(&*wire.store, &current).await.unwrap().organization;
        wire.assert_has(acme.id, deleted.collection_name(), "deleted").await;
        restore(&*wire.store, &deleted).await.unwrap();
        wire.assert_has(acme.id, "org_acme", "restored").await;
    }
}

/// A primary that is being deposed returns old data, or is rolled back later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stale_read_is_detected_by_the_read_after_the_write() {
    // It has its old name; the recovering process's first read says that it has the new one, or is gone.
    for says in ["at its target", "gone"] {
        for op in ["rename", "delete"] {
            let (wire, acme, _) = Wire::with_acme().await;
            wire.proxy.from("renameCollection", Act::Cut);
            match op {
                "rename" => update(&*wire.store, &acme, &to_name("Zephyr")).await.map(drop).unwrap_err(),
                _ => delete(&*wire.store, &acme).await.map(drop).unwrap_err(),
            };
            let record = wire.record(acme.id).await.unwrap();
            let to = record.get_document("op").unwrap().get_document("to").unwrap();
            let target = to.get_str("collection_name").unwrap().to_owned();
            let own = uuid(acme.collection_uuid.unwrap());
            let stale = if says == "gone" { listing(&[]) } else { listing(&[(&target, &own)]) };
            let recoverer = wire.another(super::LEASE).await;
            let mut written = false;
            // Stale until the write by the majority.
            wire.proxy.rule(move |call: &Call| {
                written |= call.command == "findAndModify";
                if call.command == "listCollections" && !written {
                    Act::Answer(stale.clone())
                } else {
                    Act::Pass
                }
            });
            recoverer.recover_now(acme.id).await.unwrap();
            let when = format!("{op}, {says}");
            wire.assert_has(acme.id, &target, &when).await;
            wire.assert_clean(&when).await;
        }
    }
}

/// Options that the driver does not know (MongoDB 8.1).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_collection_option_is_ignored() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.rule(|call| match call.command.as_str() {
        "listCollections" => Act::Alter(|answer| {
            let batch = answer.get_document_mut("cursor").unwrap().get_array_mut("firstBatch").unwrap();
            for entry in batch {
                let options = doc! {"validationAction": "errorAndLog", "validationLevel": "odd"};
                entry.as_document_mut().unwrap().insert("options", options);
            }
        }),
        // So that the collection is looked for.
        "renameCollection" if call.occurrence == 1 => Act::Refuse(361),
        _ => Act::Pass,
    });
    let deleted = delete(&*wire.store, &acme).await.unwrap().organization;
    let report = wire.store.check(&tokio::sync::watch::Sender::default()).await.unwrap();
    assert!(report.collections > 0);
    purge(&*wire.store, &deleted).await.unwrap();
    assert!(wire.collections().await.is_empty());
}

/// A view at its name is no collection, and its reading may fail.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_is_never_read_through_a_view() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.database.direct.collection::<Document>("org_acme").drop().await.unwrap();
    let view = doc! {"create": "org_acme", "viewOn": "nowhere", "pipeline": []};
    wire.database.direct.run_command(view).await.unwrap();
    let deleted = delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left.as_deref(), Some("org_acme"));
    let sent = wire.labels();
    assert!(!sent.contains(&"find org_".to_owned()), "{sent:?}");
}

/// Whatever a record says, no control collection is renamed or dropped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_operation_never_leads_to_a_control_collection() {
    for kind in ["create", "update", "delete", "restore", "purge"] {
        for target in ["admins", "reservations", "system.users"] {
            let (wire, acme, _) = Wire::with_acme().await;
            let deleting = delete(&*wire.plain, &acme).await.unwrap().organization;
            // A real operation of that kind, forged afterwards.
            let (state, phase) = match kind {
                "create" => ("creating", "moving"),
                "update" => ("renaming", "moving"),
                "delete" => ("deleting", "moving"),
                "restore" => ("restoring", "moving"),
                _ => ("purging", "purge"),
            };
            let stolen = wire.uuid_of(target).await.unwrap_or(uuid(uuid::Uuid::nil()));
            let names = doc! {"organization_name": "Acme", "admin_email": "ann@x", "collection_name": target};
            let op = doc! {
                "id": uuid(uuid::Uuid::new_v4()), "kind": kind, "phase": phase, "epoch": 1_i64,
                "from": names.clone(), "to": names, "admin_changes": {}, "admin_version": Bson::Null,
                "lease_seconds": 30_i64, "audit": {"_id": uuid(uuid::Uuid::new_v4()), "changes": {}},
            };
            let set = doc! {"state": state, "op": op, "collection_name": target, "collection_uuid": stolen};
            wire.set(deleting.id, doc! {"$set": set}).await;
            let before = wire.control().await;
            let when = format!("{kind} {target}");
            let recoverer = wire.another(super::LEASE).await;
            let _ = recoverer.recover_now(deleting.id).await;
            wire.assert_control_untouched(&before, &when).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_record_never_leads_to_a_control_collection() {
    for wire in [Wire::new().await, Wire::ignoring().await] {
        for target in CONTROL.into_iter().chain(["system.users", "org_", "org_$x", "tenantry_new_x", ""]) {
            for is_uuid_too in [false, true] {
                let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
                let mut forged = doc! {"collection_name": target};
                if is_uuid_too && let Some(stolen) = wire.uuid_of(target).await {
                    forged.insert("collection_uuid", stolen);
                }
                wire.set(acme.id, doc! {"$set": forged}).await;
                let before = wire.control().await;
                wire.proxy.reset();
                let when = format!("{target:?} {is_uuid_too}");
                let seen = by_id(&*wire.store, acme.id).await.unwrap();
                let missing = Err(Error::CollectionMissing(String::new()));
                assert!(target.starts_with("org_") || wire.store.stats(&seen).await == missing, "{when}");
                let _ = update(&*wire.store, &seen, &to_name("Zephyr")).await;
                let seen = by_id(&*wire.store, acme.id).await.unwrap();
                assert_eq!(seen.state, State::Active, "{when}");
                let deleted = delete(&*wire.store, &seen).await.unwrap().organization;
                purge(&*wire.store, &deleted).await.unwrap();
                wire.assert_control_untouched(&before, &when).await;
                for left in wire.collections().await {
                    wire.database.direct.collection::<Document>(&left).drop().await.unwrap();
                }
            }
        }
    }
}

impl Wire {
    /// The UUIDs of the control collections.
    async fn control(&self) -> Vec<Option<Bson>> {
        let mut uuids = Vec::new();
        for name in CONTROL {
            uuids.push(self.uuid_of(name).await);
        }
        uuids
    }

    async fn assert_control_untouched(&self, before: &[Option<Bson>], when: &str) {
        assert_eq!(self.control().await, before, "{when}");
        for call in self.proxy.calls() {
            let named =
                [call.body.get_str("renameCollection"), call.body.get_str("to"), call.body.get_str("drop")];
            for name in named.into_iter().flatten() {
                let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
                assert!(!CONTROL.contains(&name) && !name.starts_with("system"), "{when}: {call:?}");
            }
        }
        assert!(by_email(&*self.plain, "root@example.com").await.is_some(), "{when}");
    }
}
