//! Before a repair, even between its last read and its first write, another process may repair the finding or take
//! what it is about: then nothing is done.

use super::{Clinic, binary, repair, repair_all};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::doc;
use std::future::Future;
use tenantry::domain::{AuditAction, Finding, Problem, RepairOutcome};
use tenantry::port::Operators;
use uuid::Uuid;

impl Clinic {
    /// The only finding, which is this one.
    async fn only(&self, problem: Problem) -> Finding {
        let found = self.findings().await;
        assert_eq!(found.len(), 1, "{found:?}");
        let only = found.into_iter().next().unwrap();
        assert_eq!(only.problem, problem);
        only
    }

    /// Repairs while the first command of this name is held, until something else is done.
    async fn repair_beside(
        &self,
        finding: &Finding,
        command: &'static str,
        other: impl Future<Output = ()>,
    ) -> RepairOutcome {
        let (proxy, store) = self.watched().await;
        proxy.on(command, 1, Act::Hold);
        let (mended, ()) = tokio::join!(repair(&*store, finding), async {
            proxy.held().await;
            other.await;
            proxy.release();
        });
        mended
    }

    /// Acme without its marker, which is found.
    async fn unmarked(&self) -> Finding {
        self.all("org_acme").delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
        self.only(Problem::MarkerMissing).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_is_being_deleted_gets_no_collection() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    let finding = clinic.only(Problem::CollectionMissing).await;
    let (proxy, store) = clinic.watched().await;
    proxy.on("findAndModify", 2, Act::Hold);
    let (deleted, ()) = tokio::join!(delete(&*store, &clinic.acme), async {
        proxy.held().await;
        assert_eq!(clinic.record().await.get_str("state").unwrap(), "deleting");
        assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::NoLongerPresent);
        proxy.release();
    });
    assert_eq!(deleted.unwrap().organization.collection, None);
    assert_eq!(clinic.database.organization_collections().await, ["org_zephyr"], "nothing came back");
    assert_eq!(clinic.findings().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unused_reservation_that_was_taken_since_is_not_released() {
    let clinic = Clinic::new().await;
    let dead = doc! {"_id": "n:borealis", "organization_id": binary(Uuid::new_v4()), "epoch": 1_i64};
    clinic.all("reservations").insert_one(dead).await.unwrap();
    let finding = clinic.only(Problem::ReservationDead { key: "n:borealis".into() }).await;
    let borealis = create(&*clinic.store, "Borealis", "bo@x").await.unwrap();
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::NoLongerPresent);
    let reserved = clinic.all("reservations").find_one(doc! {"_id": "n:borealis"}).await.unwrap();
    assert_eq!(reserved.unwrap().get("organization_id"), Some(&binary(borealis.id.0)), "it has its name");
    assert_eq!(clinic.findings().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_is_not_given_to_an_organization_that_was_changed_since_it_was_read() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "elsewhere").await;
    let elsewhere = Problem::CollectionElsewhere { at: "elsewhere".into() };
    let finding = clinic.only(elsewhere.clone()).await;
    let repaired = clinic.repair_beside(&finding, "findAndModify", async {
        update(&*clinic.store, &clinic.acme, &to_email("ann@y")).await.unwrap();
    });
    assert_eq!(repaired.await, RepairOutcome::NoLongerPresent);
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert_eq!(acme.admin_email, "ann@y", "as the update left it");
    assert_eq!(clinic.ids("elsewhere").await, ["_tenantry", "kept"], "where it was");
    clinic.only(elsewhere).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marker_is_not_written_to_the_former_name() {
    let clinic = Clinic::new().await;
    let finding = clinic.unmarked().await;
    let repaired = clinic.repair_beside(&finding, "findAndModify", async {
        update(&*clinic.store, &clinic.acme, &to_name("Borealis")).await.unwrap();
    });
    assert_eq!(repaired.await, RepairOutcome::NoLongerPresent);
    let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
    assert_eq!(borealis.collection_name(), "org_borealis");
    assert_eq!(clinic.ids("org_borealis").await, ["kept"], "as the update left it");
    assert_eq!(clinic.database.organization_collections().await, ["org_borealis", "org_zephyr"]);
    clinic.only(Problem::MarkerMissing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_does_not_copy_an_outdated_email() {
    let clinic = Clinic::new().await;
    let other = doc! {"$set": {"email": "old@x", "email_key": "old@x"}};
    clinic.all("admins").update_one(doc! {"email_key": "ann@x"}, other).await.unwrap();
    let finding = clinic.only(Problem::AdminEmailDiffers { account: "old@x".into() }).await;
    let repaired = clinic.repair_beside(&finding, "findAndModify", async {
        update(&*clinic.store, &clinic.acme, &to_email("ann@y")).await.unwrap();
    });
    assert_eq!(repaired.await, RepairOutcome::NoLongerPresent);
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert_eq!(acme.admin_email, "ann@y", "as the update left it");
    clinic.assert_whole("by the update").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operator_added_during_the_count_is_counted() {
    let clinic = Clinic::new().await;
    let meta = clinic.all("meta");
    meta.update_one(doc! {}, doc! {"$set": {"operators": 5_i64}}).await.unwrap();
    let finding = clinic.only(Problem::OperatorCount { counted: 5, there: 1 }).await;
    let repaired = clinic.repair_beside(&finding, "update", async {
        let added = entry(AuditAction::OperatorAdd, at(1));
        clinic.store.add_operator(&new_account("kim@x"), added).await.unwrap();
    });
    assert_eq!(repaired.await, RepairOutcome::NoLongerPresent);
    clinic.only(Problem::OperatorCount { counted: 6, there: 2 }).await;
    assert_eq!(repair_all(&*clinic.store).await, []);
    assert_eq!(meta.find_one(doc! {}).await.unwrap().unwrap().get_i64("operators").unwrap(), 2);
}

/// Its name was free when the empty one was created: the operator has to choose again, about the collection that is
/// there now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_collection_whose_name_is_taken_is_dropped() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    let finding = clinic.only(Problem::CollectionMissing).await;
    let repaired = clinic.repair_beside(&finding, "renameCollection", async {
        clinic.all("org_acme").insert_one(doc! {"_id": "foreign"}).await.unwrap();
    });
    assert!(matches!(repaired.await, RepairOutcome::Skipped(_)));
    assert_eq!(clinic.ids("org_acme").await, ["foreign"], "nothing was renamed over");
    assert_eq!(clinic.database.organization_collections().await, ["org_acme", "org_zephyr"]);
    clinic.only(Problem::CollectionReplaced).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn existing_marker_is_not_written_again() {
    let clinic = Clinic::new().await;
    let finding = clinic.unmarked().await;
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::Repaired);
    let repaired = clinic.record().await;
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::NoLongerPresent);
    assert_eq!(clinic.record().await, repaired, "its epoch is as it was");
}

/// By the name alone a write would create another collection there if that one was dropped or renamed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marker_is_only_written_to_the_collection_that_was_seen() {
    let clinic = Clinic::new().await;
    let finding = clinic.unmarked().await;
    let (proxy, store) = clinic.checked().await;
    assert_eq!(repair(&*store, &finding).await, RepairOutcome::Repaired);
    let calls = proxy.calls();
    let marker = calls.iter().find(|call| call.label() == "update org_").unwrap();
    let record = clinic.record().await;
    assert!(record.contains_key("collection_uuid"));
    assert_eq!(marker.body.get("collectionUUID"), record.get("collection_uuid"));
}
