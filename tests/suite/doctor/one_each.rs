//! Each kind of finding alone: its cause, the doctor's sentences, and the result of the repair.

use super::{Clinic, check, problems, repair, repair_all};
use crate::common::suite::*;
use mongodb::bson::{DateTime, doc};
use tenantry::domain::{AuditAction, Invariant, Problem, Remedy, RepairOutcome, Severity};
use tenantry::port::Operators;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_store_has_no_finding() {
    let clinic = Clinic::new().await;
    let report = check(&*clinic.store).await;
    assert_eq!(report.findings, []);
    assert_eq!((report.organizations, report.collections), (2, 2));
    let zephyr = by_name(&*clinic.store, "Zephyr").await.unwrap();
    let renamed = update(&*clinic.store, &zephyr, &to_name("Borealis")).await.unwrap();
    update(&*clinic.store, &renamed, &to_email("bo@x")).await.unwrap();
    clinic.store.add_operator(&new_account("two@x"), entry(AuditAction::OperatorAdd, at(1))).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_under_another_name_is_renamed_back() {
    let clinic = Clinic::new().await;
    for name in ["backup_acme", "org_other", "tenantry_trash_x_1"] {
        clinic.rename("org_acme", name).await;
        let found = problems(&*clinic.store).await;
        assert_eq!(found, [Problem::CollectionElsewhere { at: name.into() }]);
        assert_eq!((found[0].invariant(), found[0].severity()), (Invariant::I1, Severity::Error));
        assert_eq!(repair_all(&*clinic.store).await, []);
        clinic.assert_whole(name).await;
        assert!(clinic.ids(name).await.is_empty());
    }
    let repaired = newest(&*clinic.store, 9).await;
    assert_eq!(repaired.iter().filter(|entry| entry.action == AuditAction::Repair).count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn displaced_collection_is_left_alone() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "backup_acme").await;
    clinic.all("org_acme").insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    let displaced = Problem::CollectionDisplaced { at: "backup_acme".into() };
    assert_eq!(problems(&*clinic.store).await, [displaced]);
    assert_eq!(repair_all(&*clinic.store).await.len(), 1);
    assert_eq!(clinic.ids("org_acme").await, ["of a tenant"], "nothing was renamed over");
    assert_eq!(clinic.ids("backup_acme").await, ["_tenantry", "kept"]);
    clinic.rename("org_acme", "stray").await;
    assert_eq!(repair_all(&*clinic.store).await, []);
    clinic.assert_whole("the other one was moved away").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orphaned_collections_are_reported_and_kept() {
    let clinic = Clinic::new().await;
    let id = Uuid::new_v4();
    let names = [
        "org_nobody".to_owned(),
        format!("tenantry_trash_{id}_3"),
        format!("tenantry_new_{}", id.to_string().to_uppercase()),
        format!("tenantry_new_{id}_mine"),
        format!("tenantry_purge_{id}_3"),
        "tenantry_what".to_owned(),
    ];
    for name in &names {
        clinic.all(name).insert_one(doc! {"_id": "somebody's"}).await.unwrap();
    }
    clinic.all("of_another_program").insert_one(doc! {"_id": 1}).await.unwrap();
    let found = repair_all(&*clinic.store).await;
    let mut told: Vec<_> = found.iter().map(|finding| finding.collection_name.clone().unwrap()).collect();
    told.sort();
    let mut wanted = names.to_vec();
    wanted.sort();
    assert_eq!(told, wanted);
    let in_trash = found.iter().filter(|finding| finding.problem == Problem::LeftInTrash);
    assert_eq!(in_trash.count(), 4, "of a delete, of a purge, and two that are only like a new one");
    for finding in &found {
        assert_eq!(finding.problem.severity(), Severity::Warning);
        assert_eq!(finding.problem.remedy(), Remedy::Leave);
        assert!(matches!(repair(&*clinic.store, finding).await, RepairOutcome::Skipped(_)));
        assert_eq!(clinic.ids(finding.collection_name.as_deref().unwrap()).await, ["somebody's"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_leftovers_of_a_create_are_dropped() {
    let clinic = Clinic::new().await;
    let (gone, acme) = (Uuid::new_v4(), clinic.acme.id);
    for id in [gone, acme.0] {
        clinic.all(&format!("tenantry_new_{id}")).insert_one(doc! {"_id": "_tenantry"}).await.unwrap();
    }
    let found = clinic.findings().await;
    assert_eq!(found.iter().filter(|finding| finding.problem == Problem::LeftAside).count(), 2);
    // One that is being created, and one that belongs to an organization.
    clinic.set(doc! {"$set": {"state": "creating", "touched_at": DateTime::now(), "op": {}}}).await;
    let outcomes = [repair(&*clinic.store, &found[0]).await, repair(&*clinic.store, &found[1]).await];
    assert!(
        outcomes.contains(&RepairOutcome::Repaired) && outcomes.contains(&RepairOutcome::NoLongerPresent),
        "{outcomes:?}"
    );
    let left = clinic.database.collections().await;
    assert!(!left.contains(&format!("tenantry_new_{gone}")), "{left:?}");
    assert!(left.contains(&format!("tenantry_new_{acme}")), "{left:?}");
}

/// A collection that an organization owns by now is not dropped, even under the name of a create's leftover.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_of_an_organization_is_never_dropped_as_a_leftover() {
    let clinic = Clinic::new().await;
    let aside = format!("tenantry_new_{}", clinic.acme.id);
    clinic.all(&aside).insert_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::LeftAside);
    clinic.all(&aside).drop().await.unwrap();
    clinic.rename("org_acme", &aside).await;
    assert!(matches!(repair(&*clinic.store, &found[0]).await, RepairOutcome::Skipped(_)));
    assert_eq!(clinic.ids(&aside).await, ["_tenantry", "kept"]);
    assert_eq!(repair_all(&*clinic.store).await, []);
    clinic.assert_whole("renamed back").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_without_our_schema_are_counted_and_left_alone() {
    let clinic = Clinic::new().await;
    let old = doc! {"_id": 1, "organization_name": "Old", "collection_name": "org_old"};
    clinic.all("organizations").insert_one(old).await.unwrap();
    clinic.all("admins").insert_one(doc! {"_id": 1, "email": "old@x"}).await.unwrap();
    let problems: Vec<_> = clinic.findings().await.into_iter().map(|finding| finding.problem).collect();
    assert_eq!(problems, [Problem::NotAdopted { records: 2 }]);
}

/// A record that lost its schema is left alone, and so are the account and the reservations of its organization.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_a_record_without_a_schema_is_left_alone() {
    let clinic = Clinic::new().await;
    clinic.set(doc! {"$unset": {"schema": ""}}).await;
    repair_all(&*clinic.store).await;
    clinic.set(doc! {"$set": {"schema": 2}}).await;
    clinic.assert_whole("nothing of it was removed").await;
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
}

/// It is not made active: the state may be intended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_state_is_reported_and_kept() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "elsewhere").await;
    let elsewhere = clinic.findings().await.pop().unwrap();
    clinic.set(doc! {"$set": {"state": "suspended"}}).await;
    assert_eq!(repair(&*clinic.store, &elsewhere).await, RepairOutcome::NoLongerPresent);
    let left = repair_all(&*clinic.store).await;
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0].problem, left[0].problem.remedy()), (&Problem::StateUnknown, Remedy::Leave));
    assert_eq!(clinic.record().await.get_str("state").unwrap(), "suspended");
}

/// Ids of another type sort before ours, and a page may end among them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_other_ids_does_not_end_the_check() {
    let clinic = Clinic::new().await;
    let others = (0..500).map(|id| doc! {"_id": id, "schema": 2});
    clinic.all("organizations").insert_many(others).await.unwrap();
    clinic.all("org_acme").drop().await.unwrap();
    let mut found = problems(&*clinic.store).await;
    found.retain(|problem| *problem != Problem::RecordUnreadable);
    assert_eq!(found, [Problem::CollectionMissing]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_marker_that_is_missing_or_names_another_is_written_again() {
    let clinic = Clinic::new().await;
    let documents = clinic.all("org_acme");
    documents.delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let found = problems(&*clinic.store).await;
    assert_eq!(found, [Problem::MarkerMissing]);
    assert_eq!(found[0].severity(), Severity::Warning);
    assert_eq!(repair_all(&*clinic.store).await, []);
    clinic.assert_whole("the marker is back").await;
    for of_another in [doc! {"$set": {"organization_id": "?"}}, doc! {"$unset": {"organization_id": ""}}] {
        documents.update_one(doc! {"_id": "_tenantry"}, of_another).await.unwrap();
        let found = problems(&*clinic.store).await;
        assert_eq!(found, [Problem::MarkerOfAnother]);
        assert_eq!(found[0].severity(), Severity::Warning);
        assert_eq!(repair_all(&*clinic.store).await, []);
        clinic.assert_whole("the marker is ours again").await;
    }
}

/// A tenant's validator refuses the marker: the collection belongs to the organization all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_marker_is_reported_and_blocks_nothing() {
    let clinic = Clinic::new().await;
    let documents = clinic.all("org_acme");
    documents.delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let strict = doc! {"collMod": "org_acme", "validator": {"kind": {"$exists": true}}};
    clinic.database.direct.run_command(strict).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::MarkerMissing);
    let RepairOutcome::Skipped(reason) = repair(&*clinic.store, &found[0]).await else {
        panic!("there is no marker")
    };
    assert!(reason.contains("validator"), "{reason}");
    assert_eq!(clinic.record().await.get_str("state").unwrap(), "active");
    clinic.rename("org_acme", "elsewhere").await;
    let found = clinic.findings().await;
    assert_eq!(repair(&*clinic.store, &found[0]).await, RepairOutcome::Repaired);
    assert_eq!(clinic.ids("org_acme").await, ["kept"]);
}
