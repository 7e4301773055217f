//! Records and names that lead nowhere: views, epochs that are no numbers, times to come, operations without words.

use super::{Clinic, examine, mend, mend_all, problems};
use crate::common::suite::*;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Bson, DateTime, doc};
use tenantry::domain::{Mended, Problem, State};
use tenantry::service::Error;
use tenantry::service::store::Store;

/// A view has no UUID: nothing can be moved to its name, and it is nobody's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_told_and_kept() {
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
        assert!(matches!(mend(&*clinic.store, finding).await, Mended::Left(_)), "{finding:?}");
    }
    let orphans = examine(&*clinic.store).await.findings;
    assert!(orphans.iter().any(|it| it.collection_name.as_deref() == Some("org_view")), "{orphans:?}");
    let acme = clinic.record().await;
    assert_eq!(acme.get_str("state").unwrap(), "active", "nothing was begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_without_an_epoch_is_told_and_left() {
    let clinic = Clinic::new().await;
    for epoch in [doc! {"$unset": {"epoch": ""}}, doc! {"$set": {"epoch": "7"}}] {
        clinic.set(epoch).await;
        assert_eq!(problems(&*clinic.store).await, [Problem::RecordUnreadable]);
        assert_eq!(mend_all(&*clinic.store).await.len(), 1);
    }
    clinic.set(doc! {"$set": {"epoch": 7_i32}}).await;
    clinic.assert_whole("another width of number is one").await;
}

/// Copied by hand, or made by another program, with the rest of it as tenantry writes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_whose_id_is_no_uuid_is_told_and_left() {
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
        assert!(matches!(mend(&*clinic.store, found).await, Mended::Left(_)), "{id}");
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

/// A clock was put back: the time of the last write is to come, and no lease would end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_of_the_future_is_finished() {
    let clinic = Clinic::new().await;
    let tomorrow = DateTime::from_millis(DateTime::now().timestamp_millis() + 86_400_000);
    let mut op = super::to_borealis(9, false);
    op.insert("phase", "reserve");
    clinic.set(doc! {"$set": {"state": "renaming", "op": op, "touched_at": tomorrow}}).await;
    assert_eq!(problems(&*clinic.store).await, [Problem::Silent { state: State::Renaming }]);
    assert_eq!(mend_all(&*clinic.store).await, []);
    clinic.assert_whole("taken back").await;
}

/// What an operator asks for: the end of an operation before its lease, and a plain word where the record says too little.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_is_ended_at_once() {
    let clinic = Clinic::new().await;
    let now = doc! {"state": "renaming", "op": super::to_borealis(9, false), "touched_at": DateTime::now()};
    clinic.set(doc! {"$set": now}).await;
    assert!(clinic.store.end_operation(clinic.acme.id).await.is_ok());
    let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
    assert_eq!(borealis.state, State::Active);
    assert_eq!(clinic.ids("org_borealis").await, ["_tenantry", "kept"]);
    assert!(clinic.store.end_operation(clinic.acme.id).await.is_ok(), "none on it is nothing to do");
    clinic
        .set(doc! {"$set": {"state": "deleting", "op": {"kind": "?"}, "touched_at": DateTime::now()}})
        .await;
    match clinic.store.end_operation(clinic.acme.id).await {
        Err(Error::StoreUnusable(why)) => assert!(why.contains("backup"), "{why}"),
        other => panic!("{other:?}"),
    }
}
