//! Others on the same server: the driver that sends again by itself, and a tenant's own application.

use super::calls::{CREATE, count};
use super::{LEASE, Wire};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use tenantry::domain::State;
use tenantry::port::{Error, Store};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_retried_by_the_driver_count_once() {
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=count(CREATE) {
            let wire = Wire::new().await;
            let store = wire.database.store_at(wire.proxy.uri(), LEASE);
            store.warnings().await.unwrap();
            store.store_id().await.unwrap();
            wire.proxy.at(number, act.clone());
            let new = new_organization("Acme", "ann@x");
            let answer = try_create(&*store, &new, at(1)).await;
            let when = format!("{act:?} at {number}: {answer:?}");
            match answer {
                Ok(made) => {
                    assert_eq!(by_id(&*wire.plain, new.id).await, Some(made), "{when}");
                    assert_eq!(wire.database.all("admins").await.len(), 2, "{when}");
                    assert_eq!(wire.reservations().await.len(), 4, "{when}");
                    assert_eq!(wire.collections().await, ["org_acme"], "{when}");
                }
                Err(Error::Unavailable { operation: Some(_), .. }) => {
                    let found = by_id(&*wire.plain, new.id).await;
                    let is_last = number == count(CREATE);
                    assert!(found.is_none_or(|found| found.state == State::Creating || is_last), "{when}");
                }
                Err(error) => panic!("{when}: {error}"),
            }
        }
    }
}

/// A command that a killed server has lost is executed twice if the driver retries it. No operation treats that as a
/// refusal: it continues, or says that it may have been done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_executed_twice_is_not_refused() {
    for number in 1..=count(CREATE) {
        let wire = Wire::new().await;
        wire.proxy.rule(move |call| {
            // The driver sends no rename again.
            if call.number == number && call.command != "renameCollection" { Act::Twice } else { Act::Pass }
        });
        let new = new_organization("Acme", "ann@x");
        match try_create(&*wire.store, &new, at(1)).await {
            Ok(made) => assert_eq!(by_id(&*wire.plain, new.id).await, Some(made), "{number}"),
            Err(Error::Unavailable { operation: Some(_), .. }) => {
                assert_eq!(wire.proxy.calls()[number - 1].command, "findAndModify", "{number}");
            }
            Err(error) => panic!("{number}: {error}"),
        }
    }
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 1, Act::Twice);
    for answer in [
        update(&*wire.store, &acme, &to_name("Zephyr")).await.map(drop),
        delete(&*wire.store, &acme).await.map(drop),
    ] {
        assert!(
            matches!(answer, Err(Error::Unavailable { operation: Some(_), .. } | Error::Busy(_))),
            "{answer:?}"
        );
    }
}

/// A busy server asks for a command again. The driver must not send a rename again by itself: its executor looks where
/// the collection is, and writes, before it sends another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn driver_does_not_retry_a_refused_rename() {
    let (wire, acme, _) = Wire::with_acme().await;
    let store = wire.database.store_at(wire.proxy.uri(), LEASE);
    store.warnings().await.unwrap();
    let busy = doc! {
        "ok": 0.0, "errmsg": "too busy", "code": 462, "codeName": "IngressRequestRateLimitExceeded",
        "errorLabels": ["SystemOverloadedError", "RetryableError"],
    };
    wire.proxy.on("renameCollection", 1, Act::Answer(busy));
    update(&*store, &acme, &to_name("Zephyr")).await.unwrap();
    let labels = wire.labels();
    let refused = labels.iter().position(|label| label == "renameCollection").unwrap();
    let next = ["listCollections", "findAndModify organizations", "renameCollection"];
    assert_eq!(labels[refused + 1..refused + 4], next);
}

/// Inserts by name, as an application does that knows nothing of tenantry.
async fn write_by_name(wire: &Wire, collection: &str, numbers: std::ops::Range<i32>) {
    let documents = wire.database.direct.collection::<Document>(collection);
    for number in numbers {
        documents.insert_one(doc! {"_id": format!("t{number:04}")}).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_document_is_lost_when_a_tenant_writes_through_a_move() {
    for round in 0..5 {
        let (wire, acme, _) = Wire::with_acme().await;
        let (deleted, ()) =
            tokio::join!(delete(&*wire.store, &acme), write_by_name(&wire, "org_acme", 0..40));
        let deleted = deleted.unwrap().organization;
        let moved = wire.database.all(deleted.collection_name()).await.len();
        let stray = wire.database.all("org_acme").await.len();
        // The marker, one document from before, and forty.
        assert_eq!(moved + stray, 42, "round {round}: {moved} and {stray}");
    }
}
