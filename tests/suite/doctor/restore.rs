//! A database restored from a dump: every collection has another UUID, and one repair brings all of them back.

use super::{Clinic, mend_all};
use crate::common::suite::*;
use mongodb::bson::{DateTime, doc};
use tenantry::domain::{Problem, State};
use tenantry::service::store::Store;

/// A server cannot give a collection another UUID, so the documents go into a new one.
async fn restore(clinic: &Clinic, name: &str) {
    let documents = clinic.database.all(name).await;
    clinic.all(name).drop().await.unwrap();
    clinic.all(name).insert_many(documents).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_uuids_are_new() {
    let clinic = Clinic::new().await;
    for count in 0..20 {
        create(&*clinic.store, &format!("Org {count}"), &format!("a{count}@x")).await.unwrap();
    }
    for name in clinic.database.organization_collections().await {
        restore(&clinic, &name).await;
    }
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert!(update(&*clinic.store, &acme, &to_name(&*clinic.store, "Borealis")).await.is_err());
    let found = clinic.findings().await;
    assert_eq!(found.len(), 22);
    assert!(found.iter().all(|finding| finding.problem == Problem::CollectionRestored));
    assert_eq!(mend_all(&*clinic.store).await, []);
    clinic.assert_whole("restored").await;
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    update(&*clinic.store, &acme, &to_name(&*clinic.store, "Borealis")).await.unwrap();
    for count in 0..20 {
        let organization = by_name(&*clinic.store, &format!("Org {count}")).await.unwrap();
        delete(&*clinic.store, &organization).await.unwrap();
    }
    assert_eq!(clinic.database.organization_collections().await, ["org_borealis", "org_zephyr"]);
}

/// The dump was taken while a rename was under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_was_under_way() {
    for moved in [false, true] {
        let clinic = Clinic::new().await;
        let op = super::to_borealis(2, false);
        let long_ago = DateTime::from_millis(0);
        clinic.set(doc! {"$set": {"state": "renaming", "op": op, "touched_at": long_ago}}).await;
        if moved {
            clinic.rename("org_acme", "org_borealis").await;
        }
        restore(&clinic, if moved { "org_borealis" } else { "org_acme" }).await;
        let another = clinic.database.store();
        another.store_id().await.unwrap();
        let found = by_id(&*clinic.store, clinic.acme.id).await.unwrap();
        assert_eq!(found.state, State::Damaged, "its UUID is at neither name");
        mend_all(&*clinic.store).await;
        mend_all(&*clinic.store).await;
        assert_eq!(clinic.findings().await, [], "{moved}");
        let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
        assert_eq!(borealis.state, State::Active);
        assert_eq!(clinic.ids("org_borealis").await, ["_tenantry", "kept"], "{moved}");
    }
}
