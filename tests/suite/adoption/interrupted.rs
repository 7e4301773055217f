//! What is not adopted is never told as adopted: an adoption that is stopped, and records that change while it runs.

use super::old::Old;
use super::{actions_of, adopt, kinds, pattern};
use crate::common::mongo::LEASE;
use crate::common::proxy::{Act, Call, Proxy};
use mongodb::bson::{Document, doc};
use tenantry::domain::{AdoptionProgress, AdoptionReport};
use tenantry::port::{Adoption, Store};
use tokio::sync::watch;

/// Whether a command reads one old record again, right before its adoption.
pub(super) fn is_last_look(call: &Call) -> bool {
    let filter = call.body.get_document("filter");
    call.command == "find"
        && call.target == "organizations"
        && filter.is_ok_and(|filter| filter.get_object_id("_id").is_ok())
}

/// The report of an adoption while which something else happens: after the judgement, before the first write.
async fn interrupted_by(old: &Old, happens: impl AsyncFnOnce()) -> AdoptionReport {
    old.initialized().await;
    let proxy = Proxy::start(&old.database.uri).await;
    let store = old.database.store_at(proxy.uri(), LEASE);
    store.store_id().await.unwrap().unwrap();
    store.warnings().await.unwrap();
    proxy.reset();
    proxy.rule(|call| if is_last_look(call) { Act::Hold } else { Act::Pass });
    let adopting = tokio::spawn(async move { adopt(&store).await });
    proxy.held().await;
    happens().await;
    proxy.release();
    adopting.await.unwrap()
}

/// Changes the record of an organization or an admin.
async fn set(old: &Old, records: &str, name: &str, change: Document) {
    let changed = old.all(records).update_one(doc! {"organization_name": name}, doc! {"$set": change}).await;
    assert_eq!(changed.unwrap().modified_count, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organization_that_changes_after_it_was_judged_is_left_and_told_so() {
    for (is_renamed, name) in [(false, "Beta Co"), (true, "Beta Two")] {
        let old = Old::new().await;
        old.sound("Acme", "ann@x").await;
        old.sound("Beta Co", "ben@x").await;
        old.sound("Trim Me ", "tim@x").await;
        let report = interrupted_by(&old, async || {
            if is_renamed {
                set(&old, "admins", "Beta Co", doc! {"organization_name": name}).await;
                set(&old, "organizations", "Beta Co", doc! {"organization_name": name}).await;
            } else {
                set(&old, "admins", "Beta Co", doc! {"email": "new@x"}).await;
            }
            set(&old, "admins", "Trim Me ", doc! {"email": "tom@x"}).await;
        })
        .await;
        assert_eq!((report.adopted, report.left), (1, 2), "{:#?}", report.findings);
        assert!(!report.is_stopped);
        assert_eq!(actions_of(&report, "Acme"), [("sound", "adopt")]);
        assert_eq!(actions_of(&report, name), [("changed_meanwhile", "leave")]);
        assert_eq!(actions_of(&report, "Trim Me "), [("changed_meanwhile", "leave")], "nothing is trimmed");
        let dates = report.findings.iter().find(|it| it.kind.as_str() == "dates_without_zone").unwrap();
        assert_eq!(dates.count, Some(1), "of what was adopted");
        assert_eq!(old.records_named(&[name]).await.len(), 2, "both records stay");
        let again = adopt(&old.database.store()).await;
        assert_eq!((again.adopted, again.left), (2, 0), "{:#?}", again.findings);
        old.database.assert_sound("run again").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_adopts_at_the_same_time_is_told_by_that_process_alone() {
    let old = Old::new().await;
    old.sound("Acme", "ann@x").await;
    let other = old.database.store();
    let report = interrupted_by(&old, async || assert_eq!(adopt(&other).await.adopted, 1)).await;
    assert_eq!((report.adopted, report.left), (0, 0));
    assert_eq!(kinds(&report), [].into());
}

#[tokio::test]
async fn a_stopped_adoption_tells_what_it_did_not_reach_as_left() {
    let old = Old::new().await;
    // One more than are adopted at the same time.
    for number in 0..9 {
        old.sound(&format!("Org {number}"), &format!("admin{number}@x")).await;
    }
    let store = old.initialized().await;
    let (progress, mut heard) = watch::channel(AdoptionProgress::default());
    let stopping = tokio::spawn(async move {
        heard.wait_for(|so_far| so_far.of > 0).await.unwrap();
    });
    let report = store.adopt(&[], pattern(), &progress).await.unwrap();
    stopping.await.unwrap();
    assert!(report.is_stopped);
    assert_eq!((report.adopted, report.left), (8, 1), "{:#?}", report.findings);
    assert_eq!(kinds(&report), [("dates_without_zone", 1), ("not_reached", 1), ("sound", 8)].into());
    assert_eq!(actions_of(&report, "Org 8"), [("not_reached", "leave")]);
    assert_eq!(old.records_named(&["Org 8"]).await.len(), 2);
    // Before the first one.
    let (progress, heard) = watch::channel(AdoptionProgress::default());
    drop(heard);
    let report = store.adopt(&[], pattern(), &progress).await.unwrap();
    assert_eq!((report.adopted, report.left), (0, 1));
    assert_eq!(kinds(&report), [("not_reached", 1)].into());
    assert_eq!(adopt(&store).await.adopted, 1);
}
