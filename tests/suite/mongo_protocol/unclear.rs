//! After a step without a clear answer nothing more is sent, and the organization waits for recovery. Only after a
//! rename or a drop does the process continue itself, like one that takes over.

use super::Wire;
use super::calls::{Steps, count};
use super::op::{Op, prepare};
use crate::common::proxy::Act;
use crate::common::suite::*;
use tenantry::domain::{OperationId, State};
use tenantry::port::{Error, Lookup, Organizations, Store};

/// The last command that may have been sent when the `number`-th had no answer: those beside it were sent with it.
fn end_of_step(steps: Steps, number: usize) -> usize {
    let mut end = 0;
    for step in steps {
        end += step.len();
        if end >= number {
            break;
        }
    }
    end
}

async fn no_answer_ends_it(op: Op) {
    for act in [Act::Cut, Act::DropReply] {
        for number in 1..=count(op.steps()) {
            let prepared = prepare(op).await;
            let wire = &prepared.wire;
            let before = prepared.everything().await;
            wire.proxy.at(number, act.clone());
            let answer = prepared.send().await;
            wire.proxy.quiet().await;
            let when = format!("{op:?}, {act:?} at {number}: {answer:?}");
            if number == op.moves_at() {
                assert_eq!(answer, Ok(()), "{when}");
                assert!(prepared.is_done().await, "{when}");
                continue;
            }
            let open = answer.unwrap_err().open_operation();
            assert_eq!(open, Some(OperationId(prepared.audit.id)), "{when}");
            assert!(wire.proxy.count() <= end_of_step(op.steps(), number), "{when}: {:?}", wire.labels());
            // What another one needs to end it is in the record.
            wire.recover().await;
            assert!(prepared.is_done().await || prepared.everything().await == before, "{when}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_without_an_answer_waits_for_recovery() {
    no_answer_ends_it(Op::Create).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rename_without_an_answer_waits_for_recovery() {
    no_answer_ends_it(Op::Rename).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_without_an_answer_waits_for_recovery() {
    no_answer_ends_it(Op::Delete).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_without_an_answer_waits_for_recovery() {
    no_answer_ends_it(Op::Restore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_without_an_answer_waits_for_recovery() {
    no_answer_ends_it(Op::Purge).await;
}

/// The drop of the collection aside had no answer: the rollback continues, with the same result.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rollback_continues_after_an_unanswered_drop() {
    for act in [Act::Cut, Act::DropReply] {
        let wire = Wire::new().await;
        let foreign = wire.with_foreign("org_acme").await;
        wire.proxy.on("drop", 1, act.clone());
        let answer = create(&*wire.store, "Acme", "ann@x").await;
        assert_eq!(answer, Err(Error::CollectionExists("org_acme".into())), "{act:?}");
        assert_eq!(wire.database.all("org_acme").await.len(), 1);
        foreign.drop().await.unwrap();
        wire.assert_nothing_left("taken back").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organization_with_an_operation_is_busy_for_others() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 2, Act::Cut);
    update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
    let found = by_id(&*wire.plain, acme.id).await.unwrap();
    let busy = Error::Busy(State::Renaming);
    for current in [&found, &acme] {
        assert_eq!(delete(&*wire.plain, current).await, Err(busy.clone()));
        assert_eq!(purge(&*wire.plain, current).await, Err(busy.clone()));
        assert_eq!(update(&*wire.plain, current, &to_name("Other")).await, Err(busy.clone()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_server_leaves_no_operation_begun() {
    let (wire, acme, _) = Wire::with_acme().await;
    let uri =
        crate::common::mongo::with_options(&super::never_twice(&wire.proxy), "serverSelectionTimeoutMS=700");
    let store = wire.database.store_at(&uri, super::LEASE);
    store.warnings().await.unwrap();
    wire.proxy.down();
    let host = store.place().host.clone();
    // Either nothing was sent, or a connection broke that looked good.
    let answer = create(&*store, "Zephyr", "zoe@x").await;
    assert!(
        matches!(&answer, Err(Error::Unavailable { place, .. }) if place.starts_with(&host)),
        "{answer:?}"
    );
    for answer in [store.find(&Lookup::Id(acme.id)).await.map(drop), purge(&*store, &acme).await.map(drop)] {
        let gone =
            matches!(&answer, Err(Error::Unavailable { place, operation: None }) if place.starts_with(&host));
        assert!(gone, "nothing was sent: {answer:?}");
    }
    wire.proxy.up();
    assert_eq!(store.find(&Lookup::Id(acme.id)).await, Ok(Some(acme)));
}
