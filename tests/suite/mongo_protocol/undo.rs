//! The rollback after a refusal: everything before the move; after it an operation can only be finished.

use super::Wire;
use super::calls::count;
use super::op::{Op, prepare};
use crate::common::proxy::Act;
use crate::common::suite::*;
use tenantry::domain::OperationId;
use tenantry::port::Error;

/// The user may not do this.
const UNAUTHORIZED: i32 = 13;
/// A validator refuses the document.
const INVALID_DOCUMENT: i32 = 121;

async fn is_taken_back_or_finished(op: Op) {
    for number in 1..=count(op.steps()) {
        for code in [UNAUTHORIZED, INVALID_DOCUMENT] {
            let prepared = prepare(op).await;
            let before = prepared.everything().await;
            prepared.wire.proxy.at(number, Act::Refuse(code));
            let error = prepared.send().await.unwrap_err();
            let when = format!("{op:?} refused with {code} at {number}: {error:?}");
            if op.taken_back_at().contains(&number) {
                assert!(["store_unusable", "internal"].contains(&error.code()), "{when}");
                assert_eq!(error.code() == "store_unusable", code == UNAUTHORIZED || number == op.moves_at());
                assert_eq!(prepared.everything().await, before, "{when}");
                prepared.send().await.map_or_else(|error| assert_eq!(error, Error::Changed, "{when}"), drop);
                continue;
            }
            assert_eq!(error.open_operation(), Some(OperationId(prepared.audit.id)), "{when}");
            prepared.wire.recover().await;
            if number >= op.moves_at() {
                assert!(prepared.is_done().await, "{when}");
            } else {
                assert_eq!(prepared.everything().await, before, "{when}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_create_leaves_nothing_or_is_finished() {
    is_taken_back_or_finished(Op::Create).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_rename_changes_nothing_or_is_finished() {
    is_taken_back_or_finished(Op::Rename).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_delete_changes_nothing_or_is_finished() {
    is_taken_back_or_finished(Op::Delete).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_restore_changes_nothing_or_is_finished() {
    is_taken_back_or_finished(Op::Restore).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_purge_is_finished_by_recovery() {
    is_taken_back_or_finished(Op::Purge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_created_at_the_last_moment_is_kept() {
    for op in [Op::Create, Op::Rename, Op::Restore] {
        let prepared = prepare(op).await;
        let wire: &Wire = &prepared.wire;
        let before = prepared.everything().await;
        let name = if op == Op::Rename { "org_zephyr" } else { "org_acme" };
        wire.proxy.on("renameCollection", 1, Act::Hold);
        let comes = async {
            wire.proxy.held().await;
            let foreign = wire.with_foreign(name).await;
            wire.proxy.release();
            foreign
        };
        let (answer, foreign) = tokio::join!(prepared.send(), comes);
        assert_eq!(answer, Err(Error::CollectionExists(name.into())), "{op:?}");
        assert_eq!(wire.database.all(name).await.len(), 1, "{op:?}");
        foreign.drop().await.unwrap();
        assert_eq!(prepared.everything().await, before, "{op:?}");
    }
}

/// A swap of two names takes a third one: the other keeps its name until it has moved itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn taken_name_is_refused_and_leaves_nothing() {
    let (wire, acme, _) = Wire::with_acme().await;
    create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    let before = wire.reservations().await;
    assert_eq!(update(&*wire.store, &acme, &to_name("Zephyr")).await, Err(name_taken("Zephyr")));
    let both = all_of("Borealis", "zoe@x", "second");
    let acme = by_id(&*wire.plain, acme.id).await.unwrap();
    assert_eq!(update(&*wire.store, &acme, &both).await, Err(Error::EmailTaken("zoe@x".into())));
    assert_eq!(wire.reservations().await, before);
    wire.assert_clean("refused").await;
}
