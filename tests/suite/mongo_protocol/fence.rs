//! A process that finds a changed epoch stops: another one has the operation.

use super::Wire;
use super::calls::{Steps, count};
use super::op::{Op, prepare};
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use std::time::Duration;
use tenantry::domain::{OperationId, OrganizationId, State};
use tenantry::port::{Doctor, Error};

impl Wire {
    /// Waits for the held command, raises the epoch past it, and lets it go.
    async fn overtake(&self, id: OrganizationId) {
        self.proxy.held().await;
        self.set(id, doc! {"$inc": {"epoch": 1_i64}}).await;
        self.proxy.release();
    }

    /// Checks that from the `number`-th command on, the first write to the organization is the last command.
    async fn assert_stopped(&self, steps: Steps, number: usize, when: &str) {
        self.proxy.quiet().await;
        let mut sent = self.labels();
        let commands: Vec<&[&str]> = steps.to_vec();
        let mut last = 0;
        for step in &commands {
            last += step.len();
            let writes = step.iter().any(|label| is_write_to_organization(label));
            if last >= number && writes {
                break;
            }
        }
        // Why the first write found nothing is looked up.
        if number == 1 {
            assert_eq!(sent.pop().as_deref(), Some("find organizations"));
        }
        let mut expected: Vec<String> =
            commands.concat()[..last].iter().map(|label| (*label).to_owned()).collect();
        // Parallel commands may appear in any order.
        expected.sort();
        sent.sort();
        assert_eq!(sent, expected, "{when}");
    }

    fn has_sent(&self, command: &str) -> bool {
        self.proxy.calls().iter().any(|call| call.command == command)
    }
}

fn is_write_to_organization(label: &str) -> bool {
    ["findAndModify organizations", "delete organizations"].contains(&label)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overtaken_operation_stops_at_its_next_write() {
    for op in Op::ALL {
        // Nothing is there to overtake before the first write of a create.
        for number in if op == Op::Create { 2 } else { 1 }..=count(op.steps()) {
            let prepared = prepare(op).await;
            let wire = &prepared.wire;
            wire.proxy.at(number, Act::Hold);
            let (answer, ()) = tokio::join!(prepared.send(), wire.overtake(prepared.id()));
            let when = format!("{op:?} overtaken at {number}: {answer:?}");
            if number == 1 {
                assert_eq!(answer, Err(Error::Changed), "{when}");
            } else {
                // The process that took over may finish it, so the error is not `busy`, which says that nothing was
                // done.
                assert_eq!(
                    answer.unwrap_err().open_operation(),
                    Some(OperationId(prepared.audit.id)),
                    "{when}"
                );
            }
            wire.assert_stopped(op.steps(), number, &when).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operation_on_an_old_epoch_moves_nothing() {
    let (wire, acme, _) = Wire::with_acme().await;
    let newer = update(&*wire.plain, &acme, &to_name("ACME")).await.unwrap();
    wire.proxy.reset();
    for answer in [
        delete(&*wire.store, &acme).await.map(drop),
        purge(&*wire.store, &acme).await.map(drop),
        update(&*wire.store, &acme, &to_name("Zephyr")).await.map(drop),
    ] {
        assert_eq!(answer, Err(Error::Changed));
    }
    assert!(!wire.has_sent("renameCollection") && !wire.has_sent("drop"));
    assert_eq!(by_id(&*wire.plain, acme.id).await, Some(newer));
}

/// Its place was taken, so it is about to take itself back; by then the place is free and another has finished it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_rollback_of_a_create_keeps_a_finished_one() {
    let wire = Wire::new().await;
    let foreign = wire.with_foreign("org_acme").await;
    wire.proxy.on("drop", 1, Act::Hold);
    let new = new_organization("Acme", "ann@x");
    let finished = async {
        wire.proxy.held().await;
        foreign.drop().await.unwrap();
        wire.plain.recover_now(new.id).await.unwrap();
        wire.proxy.release();
    };
    let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), finished);
    assert!(answer.unwrap_err().open_operation().is_some());
    assert_eq!(by_id(&*wire.plain, new.id).await.unwrap().state, State::Active);
    wire.assert_clean("finished").await;
}

/// The renewal of a lease is a write like every other: who is overtaken at it does not send the rename any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_is_not_renewed_past_another() {
    let wire = Wire::with_lease(Duration::from_secs(3)).await;
    wire.proxy.rule(|call| match (call.command.as_str(), call.occurrence) {
        ("findAndModify", 1) => Act::Delay(Duration::from_millis(2_100)),
        ("findAndModify", 2) => Act::Hold,
        _ => Act::Pass,
    });
    let new = new_organization("Acme", "ann@x");
    let (answer, ()) = tokio::join!(try_create(&*wire.store, &new, at(1)), wire.overtake(new.id));
    assert!(answer.unwrap_err().open_operation().is_some());
    assert_eq!(wire.labels().last().map(String::as_str), Some("findAndModify organizations"));
    assert!(!wire.has_sent("renameCollection"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_to_an_organization_filters_on_its_epoch_and_raises_it() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let all = all_of("Zephyr", "zoe@x", "second");
    let zephyr = change(&*wire.store, &acme, Some(&admin), &all).await.unwrap();
    let deleted = delete(&*wire.store, &zephyr).await.unwrap().organization;
    let restored = restore(&*wire.store, &deleted).await.unwrap();
    let mut epoch = acme.epoch.0;
    let writes = |call: &Call| call.label() == "findAndModify organizations";
    for call in wire.proxy.calls().into_iter().filter(writes) {
        let query = call.body.get_document("query").unwrap();
        assert_eq!(query.get_i64("epoch").ok(), Some(epoch), "{call:?}");
        let update = call.body.get_document("update").unwrap();
        assert_eq!(update.get_document("$inc").unwrap().get_i64("epoch").ok(), Some(1));
        assert_eq!(update.get_document("$currentDate").unwrap().get_bool("touched_at").ok(), Some(true));
        epoch += 1;
    }
    assert_eq!(epoch, restored.epoch.0);
}

/// A late change of the password must not undo an acknowledged one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_late_password_does_not_replace_a_newer_one() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.on("update", 1, Act::Hold);
    let newer = async {
        wire.proxy.held().await;
        let admins = wire.database.direct.collection::<Document>("admins");
        let set = doc! {"$set": {"password": "newer"}, "$inc": {"version": 1_i64}};
        assert_eq!(admins.update_one(doc! {"email_key": "ann@x"}, set).await.unwrap().matched_count, 1);
        wire.proxy.release();
    };
    let late = to_password("late");
    let (_, ()) = tokio::join!(change(&*wire.store, &acme, Some(&admin), &late), newer);
    let record = by_email(&*wire.plain, "ann@x").await.unwrap();
    assert_eq!(hash_of(&record), "newer");
}
