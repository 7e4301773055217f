//! Invalid records and names: views, ids that are not UUIDs, epochs that are not numbers; and cluster layouts that
//! break promises.

use super::{Clinic, check, problems, repair, repair_all};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, doc};
use tenantry::domain::{Problem, RepairOutcome};
use tenantry::port::Store;

/// A view has no UUID: nothing can be renamed to its name, and it belongs to no organization.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_reported_and_kept() {
    let clinic = Clinic::new().await;
    clinic.all("org_acme").drop().await.unwrap();
    for name in ["org_acme", "org_view"] {
        let view = doc! {"create": name, "viewOn": "somewhere", "pipeline": []};
        clinic.database.direct.run_command(view).await.unwrap();
    }
    let found = clinic.findings().await;
    let told: Vec<_> = found.iter().map(|finding| finding.problem.clone()).collect();
    assert!(told.contains(&Problem::CollectionBlocked { at: "org_acme".into() }), "{told:?}");
    for finding in &found {
        assert!(matches!(repair(&*clinic.store, finding).await, RepairOutcome::Skipped(_)), "{finding:?}");
    }
    let orphans = check(&*clinic.store).await.findings;
    assert!(orphans.iter().any(|it| it.collection_name.as_deref() == Some("org_view")), "{orphans:?}");
    let acme = clinic.record().await;
    assert_eq!(acme.get_str("state").unwrap(), "active", "nothing was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_without_epoch_is_reported_and_left() {
    let clinic = Clinic::new().await;
    for epoch in [doc! {"$unset": {"epoch": ""}}, doc! {"$set": {"epoch": "7"}}] {
        clinic.set(epoch).await;
        assert_eq!(problems(&*clinic.store).await, [Problem::RecordUnreadable]);
        assert_eq!(repair_all(&*clinic.store).await.len(), 1);
    }
    clinic.set(doc! {"$set": {"epoch": 7_i32}}).await;
    clinic.assert_whole("another width of number is one").await;
}

/// Copied by hand, or written by another program, with otherwise valid content.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_whose_id_is_no_uuid_is_reported_and_left() {
    let clinic = Clinic::new().await;
    let old_uuid = Binary { subtype: BinarySubtype::UuidOld, bytes: vec![7; 16] };
    clinic.all("org_copy").insert_one(doc! {"_id": "a document"}).await.unwrap();
    for id in [Bson::from("acme"), Bson::from(7_i32), Bson::ObjectId(ObjectId::new()), Bson::Binary(old_uuid)]
    {
        let mut copy = clinic.record().await;
        copy.extend(doc! {"_id": &id, "organization_name": "Copy", "collection_name": "org_copy"});
        let records = clinic.all("organizations");
        records.insert_one(&copy).await.unwrap();
        let [found] = &clinic.findings().await[..] else { panic!("{id}: {:?}", clinic.findings().await) };
        assert_eq!(found.problem, Problem::RecordUnreadable, "{id}");
        assert_eq!((found.organization_name.as_deref(), found.organization_id), (Some("Copy"), None), "{id}");
        assert!(matches!(repair(&*clinic.store, found).await, RepairOutcome::Skipped(_)), "{id}");
        assert_eq!(
            records.find_one(doc! {"_id": &id}).await.unwrap(),
            Some(copy),
            "{id}: it stays as it was"
        );
        records.delete_one(doc! {"_id": &id}).await.unwrap();
    }
    assert_eq!(clinic.all("org_copy").count_documents(doc! {}).await.unwrap(), 1);
    clinic.all("org_copy").drop().await.unwrap();
    clinic.assert_whole("without the copies").await;
}

/// A router, where each shard of a collection answers for itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sharded_control_collections_are_a_warning() {
    let clinic = Clinic::new().await;
    for (is_router, sharded) in [(true, true), (true, false), (false, true)] {
        let proxy = Proxy::start(&clinic.database.uri).await;
        proxy.check_uuids(true);
        proxy.rule(move |call| match (call.command.as_str(), call.target.as_str()) {
            ("hello", _) if is_router => Act::Alter(|answer| drop(answer.insert("msg", "isdbgrid"))),
            ("aggregate", "admins") if sharded => Act::Alter(|answer| {
                let cursor = answer.get_document_mut("cursor").unwrap();
                let shards = cursor.get_array_mut("firstBatch").unwrap();
                shards.push(shards[0].clone());
            }),
            _ => Act::Pass,
        });
        let store = clinic.database.store_at(proxy.uri(), LEASE);
        let warnings = store.warnings().await.unwrap();
        let is_told = warnings.iter().any(|warning| warning.contains("sharded control collections: admins."));
        assert_eq!(is_told, is_router && sharded, "{is_router} {sharded} {warnings:?}");
        assert!(is_told || warnings.is_empty(), "{warnings:?}");
    }
}
