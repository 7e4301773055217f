//! An organization whose collection is gone: it gets another one only when an operator decides so.

use super::{Clinic, binary, problems, repair, repair_all};
use crate::common::suite::*;
use futures_util::TryStreamExt;
use mongodb::bson::doc;
use tenantry::domain::{Finding, Problem, Remedy, RepairOutcome};
use tenantry::port::{Error, Organizations};
use uuid::Uuid;

impl Clinic {
    /// The only finding, which needs a decision.
    async fn choice(&self) -> Finding {
        repair_all(&*self.store).await;
        let left = self.findings().await;
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0].problem.remedy(), Remedy::Choose);
        left.into_iter().next().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_collection_is_replaced_by_an_empty_one() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    let finding = clinic.choice().await;
    assert_eq!(finding.problem, Problem::CollectionMissing);
    assert!(finding.message().contains("org_acme") && finding.repair().contains("backup"));
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::Repaired);
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::NoLongerPresent, "once");
    clinic.assert_holds(&["_tenantry"], "an empty one").await;
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    let renamed = update(&*clinic.store, &acme, &to_name("Borealis")).await.unwrap();
    delete(&*clinic.store, &renamed).await.unwrap();
    assert_eq!(clinic.findings().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_collection_is_taken_with_what_it_contains() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    clinic.all("org_acme").insert_one(doc! {"_id": "made anew"}).await.unwrap();
    let finding = clinic.choice().await;
    assert_eq!(finding.problem, Problem::CollectionReplaced);
    let missing = Error::CollectionMissing("org_acme".into());
    assert_eq!(clinic.store.stats(&clinic.acme).await, Err(missing), "it is not Acme's");
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::Repaired);
    clinic.assert_holds(&["_tenantry", "made anew"], "that one").await;
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert_eq!(clinic.store.stats(&acme).await.unwrap().size.documents, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn choice_for_one_finding_does_not_apply_to_another() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    let finding = clinic.choice().await;
    clinic.all("org_acme").insert_one(doc! {"_id": "of another program"}).await.unwrap();
    assert!(matches!(repair(&*clinic.store, &finding).await, RepairOutcome::Skipped(_)));
    assert_eq!(clinic.ids("org_acme").await, ["of another program"]);
    assert_eq!(problems(&*clinic.store).await, [Problem::CollectionReplaced]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_organization_has_its_collection_in_the_trash_or_none() {
    let clinic = Clinic::new().await;
    let deleted = delete(&*clinic.store, &clinic.acme).await.unwrap().organization;
    assert_eq!(clinic.findings().await, [], "in the trash");
    let trash = deleted.collection_name().to_owned();
    clinic.rename(&trash, "org_stray").await;
    let elsewhere = Problem::CollectionElsewhere { at: "org_stray".into() };
    assert_eq!(problems(&*clinic.store).await, [elsewhere]);
    assert_eq!(repair_all(&*clinic.store).await, []);
    assert_eq!(clinic.ids(&trash).await, ["_tenantry", "kept"], "put back by a delete");

    clinic.all(&trash).drop().await.unwrap();
    let finding = clinic.choice().await;
    assert_eq!(finding.problem, Problem::CollectionMissing);
    assert!(finding.message().contains("cannot be restored") && finding.repair().contains("purge"));
    assert_eq!(repair(&*clinic.store, &finding).await, RepairOutcome::Repaired);
    assert_eq!(clinic.ids(&trash).await, ["_tenantry"]);
    let deleted = by_id(&*clinic.store, deleted.id).await.unwrap();
    let restored = restore(&*clinic.store, &deleted).await.unwrap();
    assert_eq!(restored.collection_name(), "org_acme");

    clinic.all("org_acme").drop().await.unwrap();
    let gone = delete(&*clinic.store, &restored).await.unwrap().organization;
    assert_eq!(gone.collection, None);
    assert_eq!(clinic.findings().await, [], "none in its record");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_with_a_foreign_collection_name_is_left_alone() {
    let clinic = Clinic::new().await;
    clinic.set(doc! {"$set": {"collection_name": "organizations"}}).await;
    let left = repair_all(&*clinic.store).await;
    assert!(left.iter().any(|finding| finding.problem == Problem::RecordUnusable), "{left:?}");
    assert_eq!(clinic.ids("org_acme").await, ["_tenantry", "kept"]);
    assert!(!clinic.database.all("organizations").await.is_empty());
}

/// A copy of a record has the UUID of the other's collection: that one is neither renamed to the copy's name nor, when
/// the names meet, given to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_of_another_organization_is_neither_moved_nor_taken() {
    let clinic = Clinic::new().await;
    let mut copy = clinic.record().await;
    let id = Uuid::new_v4();
    copy.extend(doc! {
        "_id": binary(id), "organization_name": "Copy", "name_key": "copy", "collection_name": "org_copy",
    });
    clinic.all("organizations").insert_one(copy).await.unwrap();
    let of_another = Problem::CollectionOfAnother { at: "org_acme".into() };
    let is_left = |found: &[Finding]| {
        let told = found.iter().find(|finding| finding.problem == of_another);
        told.is_some_and(|told| told.problem.remedy() == Remedy::Leave)
    };
    assert!(is_left(&repair_all(&*clinic.store).await));
    assert_eq!(clinic.ids("org_acme").await, ["_tenantry", "kept"]);
    // Its name is Acme's, and its own UUID is nowhere.
    let names_acme = doc! {"$set": {"collection_name": "org_acme", "collection_uuid": binary(id)}};
    clinic.all("organizations").update_one(doc! {"_id": binary(id)}, names_acme).await.unwrap();
    let found = clinic.findings().await;
    assert!(is_left(&found), "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_control_collection_is_not_renamed() {
    let clinic = Clinic::new().await;
    let listed: Vec<_> =
        clinic.database.direct.list_collections().await.unwrap().try_collect().await.unwrap();
    let admins = listed.iter().find(|listed| listed.name == "admins").unwrap();
    clinic.rename("org_acme", "stash").await;
    clinic.set(doc! {"$set": {"collection_uuid": admins.info.uuid.clone().unwrap()}}).await;
    let left = repair_all(&*clinic.store).await;
    assert_eq!(left[0].problem, Problem::CollectionOfAnother { at: "admins".into() });
    assert!(clinic.database.collections().await.contains(&"admins".to_owned()));
}

/// Between the check and the choice somebody found the collection and renamed it, but not to its own name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_that_reappeared_is_not_replaced() {
    let clinic = Clinic::new().await;
    let uuid = clinic.record().await.get("collection_uuid").cloned().unwrap();
    clinic.set(doc! {"$set": {"collection_uuid": binary(Uuid::new_v4())}}).await;
    clinic.rename("org_acme", "org_acme_old").await;
    let found = clinic.findings().await;
    let finding = found.into_iter().find(|finding| finding.problem.remedy() == Remedy::Choose).unwrap();
    assert_eq!(finding.problem, Problem::CollectionMissing);
    clinic.set(doc! {"$set": {"collection_uuid": &uuid}}).await;
    assert!(matches!(repair(&*clinic.store, &finding).await, RepairOutcome::Skipped(_)));
    assert_eq!(clinic.record().await.get("collection_uuid"), Some(&uuid));
    assert!(!clinic.database.collections().await.contains(&"org_acme".to_owned()), "no empty one was made");
    repair_all(&*clinic.store).await;
    clinic.assert_whole("it is renamed back").await;
}
