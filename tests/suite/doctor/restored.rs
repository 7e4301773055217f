//! A database restored from a dump: every collection has another UUID, and one repair takes all of them up again.

use super::{Clinic, binary, repair_all};
use crate::common::suite::*;
use mongodb::bson::doc;
use tenantry::domain::{Problem, State};

impl Clinic {
    /// A server cannot give a collection another UUID, so the documents go into a new one.
    async fn restore_dump(&self) {
        for name in self.database.organization_collections().await {
            let documents = self.database.all(&name).await;
            self.all(&name).drop().await.unwrap();
            self.all(&name).insert_many(documents).await.unwrap();
        }
    }
}

/// The dump was taken while Acme was renamed, before its collection was moved or after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_repair_adopts_all_new_uuids() {
    for moved in [false, true] {
        let clinic = Clinic::new().await;
        for count in 0..12 {
            create(&*clinic.store, &format!("Org {count}"), &format!("a{count}@x")).await.unwrap();
        }
        let deleted = in_trash(&*clinic.store, "Deleted", "del@x").await;
        clinic.interrupt("moving").await;
        if moved {
            clinic.rename("org_acme", "org_borealis").await;
        }
        clinic.restore_dump().await;
        let found = clinic.findings().await;
        assert!(found.iter().all(|finding| finding.problem == Problem::CollectionRestored), "{found:?}");
        assert_eq!(found.len(), 14, "Acme was adopted by the recovery that the check began");
        assert_eq!(repair_all(&*clinic.store).await, []);
        let borealis = by_name(&*clinic.store, "Borealis").await.unwrap();
        assert_eq!((borealis.id, borealis.state), (clinic.acme.id, State::Active));
        assert_eq!(clinic.ids("org_borealis").await, ["_tenantry", "kept"], "{moved}");
        update(&*clinic.store, &borealis, &to_name("Acme")).await.unwrap();
        restore(&*clinic.store, &by_id(&*clinic.store, deleted.id).await.unwrap()).await.unwrap();
        clinic.assert_whole("as before the dump").await;
    }
}

/// A marker counts only at the names that an organization holds, and not for a collection that has an owner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marker_elsewhere_does_not_lead_to_its_collection() {
    let clinic = Clinic::new().await;
    let marker = doc! {"_id": "_tenantry", "organization_id": binary(clinic.acme.id.0)};
    clinic.all("org_acme").drop().await.unwrap();
    clinic.all("org_copied").insert_one(&marker).await.unwrap();
    let left: Vec<_> = repair_all(&*clinic.store).await.into_iter().map(|found| found.problem).collect();
    assert_eq!(left, [Problem::CollectionMissing, Problem::Orphan]);
    // Zephyr's collection is brought to Acme's name, with Acme's id in its marker.
    clinic.all("org_zephyr").delete_many(doc! {}).await.unwrap();
    clinic.all("org_zephyr").insert_one(&marker).await.unwrap();
    clinic.rename("org_zephyr", "org_acme").await;
    clinic.all("org_copied").drop().await.unwrap();
    let mut found: Vec<_> = clinic.findings().await.into_iter().map(|found| found.problem).collect();
    found.sort_by_key(|problem| format!("{problem:?}"));
    let at = || "org_acme".to_owned();
    let wanted = [Problem::CollectionElsewhere { at: at() }, Problem::CollectionOfAnother { at: at() }];
    assert_eq!(found, wanted, "the UUID in the record is proof enough");
    let left: Vec<_> = repair_all(&*clinic.store).await.into_iter().map(|found| found.problem).collect();
    assert_eq!(left, [Problem::CollectionMissing], "Zephyr has its own again, with its own marker");
    let zephyr = by_name(&*clinic.store, "Zephyr").await.unwrap();
    let marker = clinic.all("org_zephyr").find_one(doc! {"_id": "_tenantry"}).await.unwrap().unwrap();
    assert_eq!(marker.get("organization_id"), Some(&binary(zephyr.id.0)));
}
