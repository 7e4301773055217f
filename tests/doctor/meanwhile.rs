//! What runs while the doctor looks is no finding, and what it mends may stop anywhere.

use super::suite::*;
use super::{Clinic, mend};
use mongodb::bson::doc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenantry::domain::{Mended, Problem};
use tenantry::service::store::Store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_under_way_are_no_findings() {
    let clinic = Clinic::new().await;
    let stop = Arc::new(AtomicBool::new(false));
    let working = (0..3).map(|worker| {
        let (stop, store) = (Arc::clone(&stop), clinic.database.store());
        tokio::spawn(async move {
            let mut rounds = 0;
            while !stop.load(Ordering::Relaxed) {
                // Names of their own: SecantusDB may list the source of a rename again.
                let (first, email) = (format!("First {worker} {rounds}"), format!("w{worker}@x"));
                let made = create(&*store, &first, &email).await.unwrap();
                let name = to_name(&*store, &format!("Second {worker} {rounds}"));
                let renamed = update(&*store, &made, &name).await.unwrap();
                let changed = update(&*store, &renamed, &to_email(&format!("v{worker}@x"))).await.unwrap();
                delete(&*store, &changed).await.unwrap();
                rounds += 1;
            }
            rounds
        })
    });
    let working: Vec<_> = working.collect();
    for round in 0..25 {
        assert_eq!(clinic.findings().await, [], "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    for worker in working {
        assert!(worker.await.unwrap() > 0);
    }
}

/// A finding is mended as it is now: what became of it meanwhile is not undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_is_left_alone() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "elsewhere").await;
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::CollectionElsewhere { at: "elsewhere".into() });
    clinic.rename("elsewhere", "org_acme").await;
    assert_eq!(mend(&*clinic.store, &found[0]).await, Mended::Gone);
    clinic.rename("org_acme", "elsewhere").await;
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    delete(&*clinic.store, &acme).await.unwrap();
    assert_eq!(mend(&*clinic.store, &found[0]).await, Mended::Gone);
    assert_eq!(clinic.ids("elsewhere").await, ["_tenantry", "kept"], "never dropped");
}

/// Two doctors mend the same at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_doctors_at_once() {
    for round in 0..10 {
        let clinic = Clinic::new().await;
        clinic.rename("org_acme", "elsewhere").await;
        clinic.all("reservations").delete_one(doc! {"_id": "n:acme"}).await.unwrap();
        let found = clinic.findings().await;
        assert_eq!(found.len(), 2);
        let other = clinic.database.store();
        other.store_id().await.unwrap();
        for finding in &found {
            let (one, two) = tokio::join!(mend(&*clinic.store, finding), mend(&*other, finding));
            assert!([&one, &two].contains(&&Mended::Done), "{round}: {one:?} {two:?}");
        }
        clinic.assert_whole("two of them").await;
    }
}

/// A page whose organizations all have to be looked at one by one is told of while it is looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_is_heard_of_for_each_that_it_looks_at() {
    let clinic = Clinic::new().await;
    for name in ["org_acme", "org_zephyr"] {
        clinic.all(name).drop().await.unwrap();
    }
    let (progress, mut heard) = tokio::sync::watch::channel(tenantry::domain::Progress::default());
    let looking = clinic.store.examine(&progress);
    let hearing = async {
        loop {
            heard.changed().await.unwrap();
            let told = *heard.borrow_and_update();
            if told.findings == 1 && told.organizations == 0 {
                return;
            }
        }
    };
    let (found, heard) =
        tokio::join!(looking, tokio::time::timeout(std::time::Duration::from_secs(10), hearing));
    assert_eq!(found.unwrap().findings.len(), 2);
    assert!(heard.is_ok(), "the first finding was told of before the page was over");
}
