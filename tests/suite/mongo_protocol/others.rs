//! Others on the same server: the driver that sends again by itself, and a tenant's own application.

use super::Wire;
use super::calls::{CREATE, count};
use crate::common::mongo::LEASE;
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use tenantry::domain::State;
use tenantry::service::Error;
use tenantry::service::store::Store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_driver_sends_again_counts_once() {
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=count(CREATE) {
            let wire = Wire::new().await;
            let store = wire.database.store_at(wire.proxy.uri(), LEASE);
            store.store_id().await.unwrap();
            wire.proxy.at(number, act.clone());
            let new = new_organization(&*store, "Acme", "ann@x");
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
                    assert!(
                        found.is_none_or(|found| found.state == State::Creating || number == 9),
                        "{when}"
                    );
                }
                // The placing was cut off: its executor took everything back.
                Err(Error::Unavailable { operation: None, .. }) if number == 7 => {
                    wire.assert_nothing_left(&when).await;
                }
                Err(error) => panic!("{when}: {error}"),
            }
        }
    }
}

/// What a killed server forgot that it had done is done twice, when the driver sends it again. No operation calls that a
/// refusal: it goes on, or says that it may be done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_twice_is_not_refused() {
    for number in 1..=count(CREATE) {
        let wire = Wire::new().await;
        wire.proxy.rule(move |call| {
            // The driver sends no rename again.
            if call.number == number && call.command != "renameCollection" { Act::Twice } else { Act::Pass }
        });
        let new = new_organization(&*wire.store, "Acme", "ann@x");
        let answer = try_create(&*wire.store, &new, at(1)).await;
        match answer {
            Ok(made) => assert_eq!(by_id(&*wire.plain, new.id).await, Some(made), "{number}"),
            Err(Error::Unavailable { operation: Some(_), .. }) => {
                assert!(wire.proxy.calls()[number - 1].command == "findAndModify", "{number}");
            }
            Err(error) => panic!("{number}: {error}"),
        }
    }
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.at(1, Act::Twice);
    let changed = change(&*wire.store, &acme, &admin, &to_name(&*wire.store, "Zephyr")).await;
    assert!(matches!(changed, Err(Error::Unavailable { operation: Some(_), .. })), "{changed:?}");
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 1, Act::Twice);
    let deleted = delete(&*wire.store, &acme).await;
    assert!(matches!(deleted, Err(Error::Unavailable { operation: Some(_), .. })), "{deleted:?}");
}

/// MongoDB asks for a command again that it was too busy for. The driver must not send a rename again by itself: its
/// executor takes the operation over first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rename_that_a_busy_server_refused_is_not_sent_again_by_the_driver() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let store = wire.database.store_at(wire.proxy.uri(), LEASE);
    store.store_id().await.unwrap();
    let busy = doc! {
        "ok": 0.0, "errmsg": "too busy", "code": 462, "codeName": "IngressRequestRateLimitExceeded",
        "errorLabels": ["SystemOverloadedError", "RetryableError"],
    };
    wire.proxy.on("renameCollection", 1, Act::Answer(busy));
    change(&*store, &acme, &admin, &to_name(&*store, "Zephyr")).await.unwrap();
    let labels: Vec<String> = wire.proxy.calls().iter().map(super::proxy::Call::label).collect();
    let refused = labels.iter().position(|label| label == "renameCollection").unwrap();
    assert_eq!(labels[refused + 1..refused + 3], ["find organizations", "findAndModify organizations"]);
}

/// Inserts by name, as an application does that knows nothing of tenantry.
async fn write_by_name(wire: &Wire, collection: &str, numbers: std::ops::Range<i32>) {
    let documents = wire.database.direct.collection::<Document>(collection);
    for number in numbers {
        documents.insert_one(doc! {"_id": format!("t{number:04}")}).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_document_is_lost_when_a_tenant_writes_through_a_rename() {
    for round in 0..5 {
        let (wire, acme, admin) = Wire::with_acme().await;
        let wanted = to_name(&*wire.store, "Zephyr");
        let (renamed, ()) = tokio::join!(
            change(&*wire.store, &acme, &admin, &wanted),
            write_by_name(&wire, "org_acme", 0..40)
        );
        renamed.unwrap();
        let moved = wire.database.all("org_zephyr").await.len();
        let stray = wire.database.all("org_acme").await.len();
        // The marker, one document from before, and forty.
        assert_eq!(moved + stray, 42, "round {round}: {moved} and {stray}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_organization_can_be_deleted_and_keeps_what_it_was_in() {
    let (wire, acme, _) = Wire::with_acme().await;
    let op = doc! {"epoch": 7_i64, "from": {"name_key": "old"}, "to": {"name_key": "new"}, "unclean": true};
    wire.set(acme.id, doc! {"$set": {"state": "damaged", "op": op}}).await;
    wire.reserve("n:new", doc! {"organization_id": super::uuid(acme.id.0), "epoch": 7_i64}).await;
    let seen = by_id(&*wire.store, acme.id).await.unwrap();
    assert_eq!(seen.state, State::Damaged);
    let renamed = update(&*wire.store, &seen, &to_name(&*wire.store, "Zephyr")).await;
    assert_eq!(renamed, Err(Error::Busy(State::Damaged)));
    // From the rename on nothing comes through: it cannot go on with its own operation either.
    wire.proxy.reset();
    wire.proxy.rule(|call| if call.number < 4 { Act::Pass } else { Act::Cut });
    delete(&*wire.store, &seen).await.unwrap_err();
    let record = wire.record(acme.id).await.unwrap();
    let op = record.get_document("op").unwrap();
    assert_eq!((op.get_str("kind").ok(), op.get_str("phase").ok()), (Some("delete"), Some("trash")));
    assert_eq!((op.get_i64("epoch").ok(), op.get_bool("unclean").ok()), (Some(7), Some(true)));
    assert_eq!(op.get_document("from").unwrap().get_str("name_key").ok(), Some("old"));
    assert_eq!(op.get_document("to").unwrap().get_str("name_key").ok(), Some("new"));
    assert_eq!(op.get_array("attempts").unwrap().len(), 1);
    let create_new = async || create(&*wire.plain, "New", "new@x").await;
    assert_eq!(create_new().await, Err(name_taken("New")));
    wire.plain.end_operation(acme.id).await.unwrap();
    create_new().await.unwrap();
}

/// A record that was copied by hand, under another name and id, leads to the collection of the one it was copied from:
/// neither a delete nor a rename of the copy touches that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_copy_of_a_record_has_no_collection() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let mut copy = wire.record(acme.id).await.unwrap();
    let id = tenantry::domain::OrganizationId(uuid::Uuid::new_v4());
    copy.extend(doc! {"_id": super::uuid(id.0), "organization_name": "Copy", "name_key": "copy"});
    wire.database.direct.collection("organizations").insert_one(copy).await.unwrap();
    let copied = by_id(&*wire.plain, id).await.unwrap();
    let its = tenantry::domain::Account { organization_id: Some(id), ..admin };
    let renamed = change(&*wire.store, &copied, &its, &to_name(&*wire.store, "Zephyr")).await;
    assert_eq!(renamed, Err(Error::CollectionMissing("org_acme".into())));
    let copied = by_id(&*wire.plain, id).await.unwrap();
    delete(&*wire.store, &copied).await.unwrap();
    assert_eq!(wire.collections().await, ["org_acme"]);
    assert_eq!(wire.database.all("org_acme").await.len(), 2);
    // Cut off behind its commit, a recoverer leaves it as well.
    let mut copy = wire.record(acme.id).await.unwrap();
    copy.extend(doc! {"_id": super::uuid(id.0), "organization_name": "Copy", "name_key": "copy"});
    wire.database.direct.collection("organizations").insert_one(copy).await.unwrap();
    let copied = by_id(&*wire.plain, id).await.unwrap();
    wire.proxy.reset();
    wire.proxy.rule(|call| if call.number < 4 { Act::Pass } else { Act::Cut });
    assert!(delete(&*wire.store, &copied).await.is_err());
    assert!(wire.plain.end_operation(id).await.is_ok());
    assert!(by_id(&*wire.plain, id).await.is_none());
    assert_eq!(wire.database.all("org_acme").await.len(), 2);
}
