//! After a step without a clear answer nothing more is sent, and the organization waits for whoever finishes it. Only
//! after a rename or a drop its executor goes on itself, as whoever takes an operation over would.

use super::calls::{CREATE, DELETE, RENAME};
use super::{EXPIRED, Wire};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, doc};
use std::time::{Duration, Instant};
use tenantry::domain::State;
use tenantry::service::store::Store;
use tenantry::service::{Error, OperationId, Result};
use uuid::Uuid;

/// The last command that may have been sent when the `number`-th had no answer: those beside it were sent with it.
fn end_of_step(steps: &[&[&str]], number: usize) -> usize {
    let mut end = 0;
    for step in steps {
        end += step.len();
        if end >= number {
            break;
        }
    }
    end
}

/// Which command of an operation is the rename or the drop.
fn moves(steps: &[&[&str]], number: usize) -> bool {
    let commands: Vec<&str> = steps.iter().flat_map(|step| step.iter().copied()).collect();
    ["renameCollection", "drop del_"].contains(&commands[number - 1])
}

impl Wire {
    /// No operation is left in work, whatever was held is held, and the names agree.
    async fn assert_settled(&self, name: Option<&str>, when: &str) {
        let records = self.database.all("organizations").await;
        assert!(
            records.iter().all(|record| record.get_str("state").unwrap() == "active"),
            "{when}: {records:?}"
        );
        let names: Vec<_> =
            records.iter().map(|record| record.get_str("organization_name").unwrap()).collect();
        assert_eq!(names, name.as_slice(), "{when}");
        assert_eq!(self.collections().await.len(), records.len(), "{when}");
    }

    async fn assert_silent(&self, steps: &[&[&str]], number: usize) {
        tokio::time::sleep(Duration::from_millis(60)).await;
        let sent: Vec<String> = self.proxy.calls().iter().map(super::proxy::Call::label).collect();
        assert!(sent.len() <= end_of_step(steps, number), "after {number}: {sent:?}");
    }
}

fn assert_unknown<T: std::fmt::Debug>(answer: &Result<T>, operation: Uuid, when: &str) {
    match answer {
        Err(Error::Unavailable { operation: Some(carried), .. }) => {
            assert_eq!(*carried, OperationId(operation), "{when}");
        }
        other => panic!("{when}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create() {
    let last = super::calls::count(CREATE);
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=last {
            let wire = Wire::new().await;
            let when = format!("{act:?} at {number}");
            let new = new_organization(&*wire.store, "Acme", "ann@x");
            let audit = entry(tenantry::service::store::AuditAction::OrganizationCreate, at(1));
            let operation = audit.id;
            wire.proxy.at(number, act.clone());
            let answer = wire.store.create(&new, OperationId(operation), audit).await;
            if moves(CREATE, number) {
                // Placed it is whole; cut off before it is taken back, and nothing is left to be completed.
                let is_placed = matches!(act, Act::DropReply);
                assert_eq!(answer.is_ok(), is_placed, "{when}: {answer:?}");
                let taken_back =
                    Error::Unavailable { place: wire.store.place().host.clone(), operation: None };
                assert!(is_placed || answer == Err(taken_back), "{when}");
                wire.assert_settled(is_placed.then_some("Acme"), &when).await;
                continue;
            }
            assert_unknown(&answer, operation, &when);
            wire.assert_silent(CREATE, number).await;
            let found = by_id(&*wire.plain, new.id).await;
            let Some(found) = found else {
                assert!(number == 1 && matches!(act, Act::Cut), "{when}");
                continue;
            };
            if number == last && matches!(act, Act::DropReply) {
                assert_eq!(found.state, State::Active, "{when}");
                continue;
            }
            assert_eq!(found.state, State::Creating, "{when}");
            assert_eq!(delete(&*wire.plain, &found).await, Err(Error::Busy(State::Creating)), "{when}");
            // What another one needs to finish it is in the record.
            let record = wire.record(new.id).await.unwrap();
            let op = record.get_document("op").unwrap();
            assert_eq!(op.get("id"), Some(&super::uuid(operation)));
            assert_eq!((op.get_str("kind").ok(), op.get_i64("epoch").ok()), (Some("create"), Some(1)));
            assert_eq!(op.get_document("audit").unwrap().get_str("action").ok(), Some("organization_create"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rename() {
    let last = super::calls::count(RENAME);
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=last {
            let (wire, acme, admin) = Wire::with_acme().await;
            let when = format!("{act:?} at {number}");
            let audit = entry(tenantry::service::store::AuditAction::OrganizationUpdate, at(1));
            let operation = audit.id;
            wire.proxy.at(number, act.clone());
            let wanted = to_name(&*wire.store, "Zephyr");
            let answer = wire.store.update(&acme, &admin, &wanted, OperationId(operation), audit).await;
            if moves(RENAME, number) {
                assert_eq!(answer.unwrap().name, "Zephyr", "{when}");
                wire.assert_settled(Some("Zephyr"), &when).await;
                assert_eq!(wire.database.all("org_zephyr").await.len(), 2, "{when}");
                continue;
            }
            assert_unknown(&answer, operation, &when);
            wire.assert_silent(RENAME, number).await;
            let found = by_id(&*wire.plain, acme.id).await.unwrap();
            let untouched = number == 1 && matches!(act, Act::Cut);
            let done = number == last && matches!(act, Act::DropReply);
            if untouched || done {
                assert_eq!(found.state, State::Active, "{when}");
                continue;
            }
            assert_eq!(found.state, State::Renaming, "{when}");
            assert_eq!(delete(&*wire.plain, &found).await, Err(Error::Busy(State::Renaming)), "{when}");
            let again = change(&*wire.plain, &found, &admin, &wanted).await;
            assert_eq!(again, Err(Error::Busy(State::Renaming)), "{when}");
            assert_eq!(
                change(&*wire.plain, &acme, &admin, &wanted).await,
                again,
                "{when}: with what was read before"
            );
            assert_eq!(wire.collections().await.len(), 1, "{when}");
            let record = wire.record(acme.id).await.unwrap();
            let op = record.get_document("op").unwrap();
            assert_eq!(op.get_document("from").unwrap().get_str("collection_name").ok(), Some("org_acme"));
            assert_eq!(op.get_document("to").unwrap().get_str("collection_name").ok(), Some("org_zephyr"));
            assert_eq!(op.get_i64("admin_version").ok(), Some(1));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delete_organization() {
    let last = super::calls::count(DELETE);
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=last {
            let (wire, acme, _) = Wire::with_acme().await;
            let when = format!("{act:?} at {number}");
            let audit = entry(tenantry::service::store::AuditAction::OrganizationDelete, at(1));
            let operation = audit.id;
            wire.proxy.at(number, act.clone());
            let answer = wire.store.delete(&acme, OperationId(operation), audit).await;
            if moves(DELETE, number) {
                assert_eq!(answer, Ok(()), "{when}");
                wire.assert_settled(None, &when).await;
                continue;
            }
            assert_unknown(&answer, operation, &when);
            wire.assert_silent(DELETE, number).await;
            match by_id(&*wire.plain, acme.id).await {
                None => assert!(number == last && matches!(act, Act::DropReply), "{when}"),
                Some(found) if found.state == State::Active => {
                    assert!(number <= 3 && matches!(act, Act::Cut), "{when}");
                    assert_eq!(found, acme, "{when}");
                }
                Some(found) => {
                    assert_eq!(found.state, State::Deleting, "{when}");
                    assert_eq!(
                        delete(&*wire.plain, &found).await,
                        Err(Error::Busy(State::Deleting)),
                        "{when}"
                    );
                    let record = wire.record(acme.id).await.unwrap();
                    let op = record.get_document("op").unwrap();
                    let attempts = op.get_array("attempts").unwrap();
                    assert_eq!(attempts.first().and_then(Bson::as_i64), Some(acme.epoch.0 + 1));
                }
            }
        }
    }
}

/// The drop of what was built aside had no answer: the create takes its own undo over, and it is as with an answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_that_is_being_taken_back_goes_on_with_that() {
    let wire = Wire::new().await;
    let foreign = wire.with_foreign("org_acme").await;
    wire.proxy.on("drop", 1, Act::DropReply);
    let answer = super::suite::create(&*wire.store, "Acme", "ann@x").await;
    assert_eq!(answer, Err(Error::CollectionExists("org_acme".into())));
    assert_eq!(wire.database.all("org_acme").await.len(), 1);
    foreign.drop().await.unwrap();
    wire.assert_nothing_left("taken back").await;
}

/// Another was faster with the operation whose rename had no answer, and the next one is in work: that is not its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_operation_is_not_taken_over_as_the_own_one() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.rule(|call| match (call.label().as_str(), call.occurrence) {
        ("find organizations", _) => Act::Hold,
        // The second write of the next one: it stops there.
        ("renameCollection", 1) | ("findAndModify organizations", 4) => Act::Refuse(EXPIRED),
        _ => Act::Pass,
    });
    let next = async {
        wire.proxy.held().await;
        wire.plain.end_operation(acme.id).await.unwrap();
        let zephyr = by_id(&*wire.plain, acme.id).await.unwrap();
        assert_eq!((zephyr.name.as_str(), zephyr.state), ("Zephyr", State::Active));
        update(&*wire.store, &zephyr, &to_name(&*wire.store, "Borealis")).await.unwrap_err();
        let in_work = wire.record(acme.id).await;
        wire.proxy.release();
        in_work
    };
    let wanted = to_name(&*wire.store, "Zephyr");
    let (answer, in_work) = tokio::join!(change(&*wire.store, &acme, &admin, &wanted), next);
    assert!(matches!(answer, Err(Error::Unavailable { operation: Some(_), .. })), "{answer:?}");
    assert_eq!(by_id(&*wire.plain, acme.id).await.unwrap().state, State::Renaming);
    assert_eq!(wire.record(acme.id).await, in_work);
}

/// A rename that may be late is reckoned with for an hour: what the organization gives up until then is held as well,
/// whoever changes it and however clear the answers are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_up_within_the_hour_is_held_as_well() {
    for is_over in [false, true] {
        let (wire, acme, _) = Wire::with_acme().await;
        wire.proxy.on("renameCollection", 1, Act::DropReply);
        let zephyr = update(&*wire.store, &acme, &to_name(&*wire.store, "Zephyr")).await.unwrap();
        if is_over {
            let past = Bson::DateTime(DateTime::from_millis(0));
            wire.set(acme.id, doc! {"$set": {"hold_until": past}}).await;
        }
        let plain = &*wire.plain;
        let borealis = update(plain, &zephyr, &to_name(plain, "Borealis")).await.unwrap();
        delete(plain, &borealis).await.unwrap();
        for (name, own, other) in
            [("Zephyr", "org_zephyr", "org_zephyr__"), ("Borealis", "org_borealis", "org_borealis__")]
        {
            let next = super::suite::create(plain, name, "next@x").await.unwrap();
            let collection = next.collection_name();
            assert!(if is_over { collection == own } else { collection.starts_with(other) }, "{collection}");
            delete(plain, &next).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_has_nothing_begun() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.down();
    let began = Instant::now();
    let answer = super::suite::create(&*wire.store, "Zephyr", "zoe@x").await;
    let host = wire.store.place().host.clone();
    match answer {
        // Either nothing was sent, or a connection broke that looked good.
        Err(Error::Unavailable { place, .. }) => assert_eq!(place, host),
        other => panic!("{other:?}"),
    }
    let found = wire.store.find(&tenantry::service::store::Lookup::Id(acme.id)).await;
    assert_eq!(found, Err(Error::Unavailable { place: host.clone(), operation: None }));
    let refused = delete(&*wire.store, &acme).await;
    assert_eq!(refused, Err(Error::Unavailable { place: host, operation: None }), "nothing was sent");
    assert!(began.elapsed() < Duration::from_secs(20));
    wire.proxy.up();
    assert_eq!(wire.store.find(&tenantry::service::store::Lookup::Id(acme.id)).await, Ok(Some(acme)));
}
