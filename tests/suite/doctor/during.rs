//! What runs while the doctor checks is no finding, and what changed since is not repaired.

use super::{Clinic, check, repair};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Proxy};
use crate::common::suite::*;
use mongodb::bson::doc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tenantry::domain::{AuditAction, Problem, RepairOutcome};
use tenantry::port::{AccountChange, Doctor, Operators, Store};
use tenantry::store::mongo::MongoStore;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_operations_are_not_findings() {
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
                let name = to_name(&format!("Second {worker} {rounds}"));
                let renamed = update(&*store, &made, &name).await.unwrap();
                let changed = update(&*store, &renamed, &to_email(&format!("v{worker}@x"))).await.unwrap();
                delete(&*store, &changed).await.unwrap();
                rounds += 1;
            }
            rounds
        })
    });
    let working: Vec<_> = working.collect();
    for round in 0..15 {
        assert_eq!(clinic.findings().await, [], "round {round}");
    }
    stop.store(true, Ordering::Relaxed);
    for worker in working {
        assert!(worker.await.unwrap() > 0);
    }
}

impl Clinic {
    /// A store whose commands go through a proxy.
    pub(super) async fn watched(&self) -> (Proxy, Arc<MongoStore>) {
        let proxy = Proxy::start(&self.database.uri).await;
        let store = self.database.store_at(proxy.uri(), LEASE);
        store.store_id().await.unwrap().unwrap();
        (proxy, store)
    }

    /// The same on a server that checks the UUIDs of collections.
    pub(super) async fn checked(&self) -> (Proxy, Arc<MongoStore>) {
        let (proxy, store) = self.watched().await;
        proxy.check_uuids(true);
        (proxy, store)
    }

    /// Whatever can be done to organizations and operators.
    async fn everything_is_done(&self) {
        let store = &*self.store;
        let acme = by_name(store, "Acme").await.unwrap();
        update(store, &acme, &all_of("Borealis", "bo@x", "second")).await.unwrap();
        let zephyr = by_name(store, "Zephyr").await.unwrap();
        delete(store, &zephyr).await.unwrap();
        create(store, "Another", "another@x").await.unwrap();
        let kim = by_email(store, "kim@x").await.unwrap().account;
        let change = AccountChange { email: Some(email("kim@y")), ..AccountChange::default() };
        store.update_operator(&kim, &change, entry(AuditAction::OperatorUpdate, at(7))).await.unwrap();
        let root = by_email(store, "root@example.com").await.unwrap().account;
        store.remove_operator(root.id, entry(AuditAction::OperatorRemove, at(8))).await.unwrap();
        for address in ["new@x", "newer@x"] {
            store.add_operator(&new_account(address), entry(AuditAction::OperatorAdd, at(9))).await.unwrap();
        }
    }
}

/// Whatever begins and ends between any two commands of the doctor is no finding either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_during_a_check_are_not_findings() {
    let mut number = 1;
    loop {
        let clinic = Clinic::new().await;
        let kim = new_account("kim@x");
        clinic.store.add_operator(&kim, entry(AuditAction::OperatorAdd, at(1))).await.unwrap();
        let (proxy, store) = clinic.watched().await;
        proxy.at(number, Act::Hold);
        let checking = tokio::spawn(async move { check(&*store).await });
        while !(proxy.is_holding() || checking.is_finished()) {
            tokio::task::yield_now().await;
        }
        if checking.is_finished() {
            break;
        }
        clinic.everything_is_done().await;
        proxy.release();
        let report = checking.await.unwrap();
        assert_eq!(clinic.without_what_is_gone(report.findings).await, [], "before its {number}. command");
        number += 1;
    }
    assert!(number > 12, "only {number} commands");
}

/// A collection that was listed and is gone before it is read is not a finding either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_dropped_after_the_listing_is_not_a_finding() {
    let clinic = Clinic::new().await;
    clinic.all("org_stray").insert_one(doc! {"_id": 1}).await.unwrap();
    let (proxy, store) = clinic.watched().await;
    proxy.on("find", 1, Act::Hold);
    let (report, ()) = tokio::join!(check(&*store), async {
        proxy.held().await;
        clinic.all("org_stray").drop().await.unwrap();
        proxy.release();
    });
    assert_eq!((report.findings, report.collections), (vec![], 3));
}

/// Its name belongs to another collection in the listing, and to an organization when it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_taken_after_the_records_were_read_is_not_a_finding() {
    let clinic = Clinic::new().await;
    clinic.all("org_stray").insert_one(doc! {"_id": 1}).await.unwrap();
    let (proxy, store) = clinic.watched().await;
    let key = format!("c:{}.org_stray", clinic.database.name);
    proxy.reset();
    proxy.rule(move |call| {
        let looks = call.command == "find" && call.target == "reservations";
        let filter = call.body.get_document("filter");
        let is_its = filter.is_ok_and(|filter| filter.get_str("_id").is_ok_and(|id| id == key));
        if looks && is_its { Act::Hold } else { Act::Pass }
    });
    let (report, ()) = tokio::join!(check(&*store), async {
        proxy.held().await;
        clinic.all("org_stray").drop().await.unwrap();
        let stray = create(&*clinic.store, "Stray", "stray@x").await.unwrap();
        assert_eq!(stray.collection_name(), "org_stray");
        proxy.release();
    });
    assert_eq!((report.findings, report.organizations), (vec![], 2));
}

/// A rename has its new names in the record before it releases the old ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservation_that_a_rename_will_release_is_not_a_finding() {
    let clinic = Clinic::new().await;
    let (proxy, store) = clinic.watched().await;
    proxy.on("delete", 1, Act::Hold);
    let borealis = to_name("Borealis");
    let (renamed, ()) = tokio::join!(update(&*store, &clinic.acme, &borealis), async {
        proxy.held().await;
        assert_eq!(clinic.record().await.get_str("name_key").unwrap(), "borealis");
        assert_eq!(clinic.findings().await, []);
        proxy.release();
    });
    renamed.unwrap();
    clinic.assert_whole("with the old names released").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_that_a_purge_will_drop_is_not_a_finding() {
    let clinic = Clinic::new().await;
    let deleted = delete(&*clinic.store, &clinic.acme).await.unwrap().organization;
    let (proxy, store) = clinic.watched().await;
    proxy.rule(|call| {
        let drops = call.command == "drop" && !call.target.starts_with("tenantry_probe_");
        if drops { Act::Hold } else { Act::Pass }
    });
    let (purged, ()) = tokio::join!(purge(&*store, &deleted), async {
        proxy.held().await;
        let there = clinic.database.organization_collections().await;
        assert!(there.iter().any(|name| name.starts_with("tenantry_purge_")), "{there:?}");
        assert_eq!(clinic.findings().await, []);
        proxy.release();
    });
    purged.unwrap();
    assert_eq!(clinic.findings().await, []);
}

/// A finding is repaired as it is now: what happened to it since is not undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn findings_that_disappeared_are_not_repaired() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "elsewhere").await;
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::CollectionElsewhere { at: "elsewhere".into() });
    clinic.rename("elsewhere", "org_acme").await;
    assert_eq!(repair(&*clinic.store, &found[0]).await, RepairOutcome::NoLongerPresent);
    clinic.rename("org_acme", "elsewhere").await;
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    let deleted = delete(&*clinic.store, &acme).await.unwrap().organization;
    assert_eq!(repair(&*clinic.store, &found[0]).await, RepairOutcome::NoLongerPresent);
    let trash = deleted.collection_name();
    assert_eq!(clinic.ids(trash).await, ["_tenantry", "kept"], "the delete took it from there");
}

/// Two doctors repair the same at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_doctors_can_run_at_the_same_time() {
    for round in 0..5 {
        let clinic = Clinic::new().await;
        clinic.rename("org_acme", "elsewhere").await;
        clinic.all("reservations").delete_one(doc! {"_id": "n:acme"}).await.unwrap();
        let found = clinic.findings().await;
        assert_eq!(found.len(), 2);
        let other = clinic.database.store();
        other.store_id().await.unwrap();
        for finding in &found {
            let (one, two) = tokio::join!(repair(&*clinic.store, finding), repair(&*other, finding));
            assert!([&one, &two].contains(&&RepairOutcome::Repaired), "{round}: {one:?} {two:?}");
        }
        clinic.assert_whole("two of them").await;
    }
}

/// A page whose organizations must all be read one by one reports progress while it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_reports_progress_for_each_organization() {
    let clinic = Clinic::new().await;
    for name in ["org_acme", "org_zephyr"] {
        clinic.all(name).drop().await.unwrap();
    }
    let (progress, mut heard) = tokio::sync::watch::channel(tenantry::domain::Progress::default());
    let checked = Doctor::check(&*clinic.store, &progress);
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
        tokio::join!(checked, tokio::time::timeout(std::time::Duration::from_secs(10), hearing));
    assert_eq!(found.unwrap().findings.len(), 2);
    assert!(heard.is_ok(), "the first finding was told of before the page was over");
}
