//! A refused step is taken back: whichever it is, nothing is left, and the same request succeeds afterwards.

use super::Wire;
use super::calls::{CREATE, DELETE, RENAME, count};
use crate::common::proxy::Act;
use crate::common::suite::*;
use tenantry::domain::State;
use tenantry::service::Error;
use tenantry::service::store::Store;

/// The user may not do this; a clear answer to every command.
const UNAUTHORIZED: i32 = 13;
/// A validator refused the document; clear for documents, not for renames.
const INVALID_DOCUMENT: i32 = 121;
/// C1 to C6, as single commands.
const CREATE_UNTIL_PLACED: usize = 7;
/// R1 to R4.
const RENAME_UNTIL_MOVED: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_create_refused_at_any_step_leaves_nothing() {
    let wire = Wire::new().await;
    for number in 1..=CREATE_UNTIL_PLACED {
        for code in [UNAUTHORIZED, INVALID_DOCUMENT] {
            if number == CREATE_UNTIL_PLACED && code == INVALID_DOCUMENT {
                continue;
            }
            wire.proxy.at(number, Act::Refuse(code));
            let refused = create(&*wire.store, "Acme", "ann@x").await;
            match code {
                UNAUTHORIZED => {
                    assert!(matches!(refused, Err(Error::StoreUnusable(_))), "{number}: {refused:?}");
                }
                _ => assert!(matches!(refused, Err(Error::Internal(_))), "{number}: {refused:?}"),
            }
            wire.assert_nothing_left(&format!("refused with {code} at {number}")).await;
        }
    }
    wire.proxy.reset();
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_after_the_collection_is_placed_can_only_be_finished() {
    for number in CREATE_UNTIL_PLACED + 1..=count(CREATE) {
        let wire = Wire::new().await;
        wire.proxy.at(number, Act::Refuse(INVALID_DOCUMENT));
        let answer = create(&*wire.store, "Acme", "ann@x").await;
        assert!(matches!(answer, Err(Error::Unavailable { operation: Some(_), .. })), "{number}: {answer:?}");
        assert_eq!(wire.proxy.count(), number, "nothing more is sent");
        let found = by_name(&*wire.plain, "Acme").await.unwrap();
        assert_eq!(found.state, State::Creating);
        assert_eq!(wire.collections().await, ["org_acme"]);
        assert_eq!(create(&*wire.plain, "acme", "bob@x").await, Err(name_taken("acme")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rename_refused_at_any_step_changes_nothing() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let before = wire.reservations().await;
    let wanted = all_of(&*wire.store, "Zephyr", "zoe@x", "second");
    for number in 1..=RENAME_UNTIL_MOVED {
        for code in [UNAUTHORIZED, INVALID_DOCUMENT] {
            if number == RENAME_UNTIL_MOVED && code == INVALID_DOCUMENT {
                continue;
            }
            let current = by_id(&*wire.plain, acme.id).await.unwrap();
            wire.proxy.at(number, Act::Refuse(code));
            let refused = change(&*wire.store, &current, &admin, &wanted).await;
            let clear = matches!(refused, Err(Error::StoreUnusable(_) | Error::Internal(_)));
            assert!(clear, "{number}: {refused:?}");
            let after = by_id(&*wire.plain, acme.id).await.unwrap();
            assert_eq!((after.state, &after.name), (State::Active, &acme.name), "{number}");
            assert_eq!((after.collection, after.updated_at), (acme.collection.clone(), acme.updated_at));
            assert_eq!(wire.reservations().await, before, "{number}");
            assert_eq!(wire.collections().await, ["org_acme"], "{number}");
            assert!(!wire.record(acme.id).await.unwrap().contains_key("op"), "{number}");
            assert_eq!(admin_of(&*wire.plain, &acme).await.account, admin, "{number}");
        }
    }
    wire.proxy.reset();
    let current = by_id(&*wire.plain, acme.id).await.unwrap();
    change(&*wire.store, &current, &admin, &wanted).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_after_the_move_can_only_be_finished() {
    for number in RENAME_UNTIL_MOVED + 1..=count(RENAME) {
        let (wire, acme, admin) = Wire::with_acme().await;
        wire.proxy.at(number, Act::Refuse(INVALID_DOCUMENT));
        let answer = change(&*wire.store, &acme, &admin, &to_name(&*wire.store, "Zephyr")).await;
        assert!(matches!(answer, Err(Error::Unavailable { operation: Some(_), .. })), "{number}: {answer:?}");
        let found = by_id(&*wire.plain, acme.id).await.unwrap();
        assert_eq!(found.state, State::Renaming, "{number}");
        assert_eq!(wire.collections().await, ["org_zephyr"]);
        assert_eq!(delete(&*wire.plain, &found).await, Err(Error::Busy(State::Renaming)));
        assert_eq!(create(&*wire.plain, "Zephyr", "zoe@x").await, Err(name_taken("Zephyr")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_delete_deletes_nothing_or_stays_in_deleting() {
    for number in 1..=count(DELETE) {
        let (wire, acme, _) = Wire::with_acme().await;
        wire.proxy.at(number, Act::Refuse(INVALID_DOCUMENT));
        let answer = delete(&*wire.store, &acme).await;
        let Some(found) = by_id(&*wire.plain, acme.id).await else {
            // A refusal that does not say for certain that nothing was moved or dropped: it went on by itself.
            assert!(answer.is_ok() && [4, 6].contains(&number), "{number}: {answer:?}");
            continue;
        };
        match answer {
            Err(Error::Internal(_)) => {
                assert_eq!((found.state, found.epoch), (State::Active, acme.epoch), "{number}");
                assert_eq!(wire.collections().await, ["org_acme"]);
                delete(&*wire.plain, &found).await.unwrap();
            }
            Err(Error::Unavailable { operation: Some(_), .. }) => {
                assert_eq!(found.state, State::Deleting, "{number}");
                assert_eq!(delete(&*wire.plain, &found).await, Err(Error::Busy(State::Deleting)));
                // D6 releases the names beside two other commands: refused there, they may be free or not.
                if !(8..=10).contains(&number) {
                    let again = create(&*wire.plain, "Acme", "bob@x").await;
                    assert_eq!(again.is_ok(), number > 10, "{number}: {again:?}");
                }
            }
            other => panic!("{number}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_comes_at_the_last_moment_is_kept() {
    let wire = Wire::new().await;
    wire.proxy.on("renameCollection", 1, Act::Hold);
    let store = wire.store.clone();
    let creating = tokio::spawn(async move { create(&*store, "Acme", "ann@x").await });
    wire.proxy.held().await;
    let foreign = wire.with_foreign("org_acme").await;
    wire.proxy.release();
    assert_eq!(creating.await.unwrap(), Err(Error::CollectionExists("org_acme".into())));
    assert_eq!(wire.database.all("org_acme").await.len(), 1);
    foreign.drop().await.unwrap();
    wire.assert_nothing_left("after the refusal").await;
    assert!(
        wire.plain.find(&tenantry::service::store::Lookup::NameKey("acme".into())).await.unwrap().is_none()
    );
}
