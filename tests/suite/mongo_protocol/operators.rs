//! Operators on MongoDB: each change is stopped at each of its commands, then another process continues.

use super::{LEASE, Wire};
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::sync::Arc;
use tenantry::domain::{Account, AuditAction};
use tenantry::port::{AccountChange, Doctor, Error, OperatorQuery, Operators, Result, Store};
use tenantry::store::mongo::MongoStore;

const ACTS: [Act; 3] = [Act::Cut, Act::DropReply, Act::Refuse(121)];

/// The commands in order; parallel ones may appear in any order. The audit follows the commit: a change that was
/// rolled back never happened.
const ADD: [&str; 6] = [
    "update admins",
    "insert reservations",
    "findAndModify admins",
    "update admins",
    "update audit",
    "update meta",
];
const REMOVE: [&str; 7] = [
    "find meta",
    "find admins",
    "update meta",
    "update audit",
    "delete admins",
    "delete reservations",
    "update meta",
];
const EMAIL: [&str; 7] = [
    "update admins",
    "insert reservations",
    "findAndModify admins",
    "delete reservations",
    "update admins",
    "update audit",
    "update meta",
];

async fn add(store: &dyn Store, address: &str) -> Result<Account> {
    store.add_operator(&new_account(address), entry(AuditAction::OperatorAdd, at(5))).await
}

async fn remove(store: &dyn Store, account: &Account) -> Result<()> {
    store.remove_operator(account.id, entry(AuditAction::OperatorRemove, at(6))).await
}

async fn move_to(store: &dyn Store, account: &Account, address: &str) -> Result<Account> {
    let change = AccountChange { email: Some(email(address)), ..AccountChange::default() };
    store.update_operator(account, &change, entry(AuditAction::OperatorUpdate, at(7))).await
}

async fn to_boss(store: &dyn Store, account: &Account) -> Result<Account> {
    move_to(store, account, "boss@x").await
}

pub(super) async fn emails(store: &dyn Store) -> Vec<String> {
    let all = store.operators(&OperatorQuery { after: None, limit: 100 }).await.unwrap();
    all.rows.into_iter().map(|account| account.email).collect()
}

async fn account(store: &dyn Store, address: &str) -> Account {
    by_email(store, address).await.unwrap().account
}

pub(super) async fn recorded(store: &dyn Store, action: AuditAction) -> usize {
    newest(store, 100).await.iter().filter(|entry| entry.action == action).count()
}

impl Wire {
    /// Another process that comes when every lease is over. What is announced is made old by hand: with a lease short
    /// enough to wait for, a busy machine would end the operations that follow.
    async fn next(&self) -> Arc<MongoStore> {
        let admins = self.database.direct.collection::<Document>("admins");
        for announced in ["pending.at", "email_change.at"] {
            let (made, old) =
                (doc! {announced: {"$exists": true}}, doc! {announced: DateTime::from_millis(0)});
            admins.update_many(made, doc! {"$set": old}).await.unwrap();
        }
        let next = self.database.store();
        next.store_id().await.unwrap().unwrap();
        next
    }

    fn sent(&self) -> Vec<String> {
        let mut sent: Vec<String> = self.proxy.calls().iter().map(Call::label).collect();
        // Commands after the commit run in parallel.
        let committed = sent.iter().position(|label| label == "findAndModify admins");
        let behind = committed.map_or(sent.len(), |at| at + 1);
        sent[behind..].sort();
        sent
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_an_operator_is_complete_or_absent() {
    let wire = Wire::new().await;
    add(&*wire.store, "kim@x").await.unwrap();
    assert_eq!(wire.sent(), ADD);
    for act in ACTS {
        for number in 1..=ADD.len() {
            let when = format!("{act:?} at {number}");
            let wire = Wire::new().await;
            wire.proxy.at(number, act.clone());
            let answer = add(&*wire.store, "kim@x").await;
            assert!(answer.is_err(), "{when}: {answer:?}");
            let next = wire.next().await;
            let is_there = emails(&*next).await.contains(&"kim@x".to_owned());
            assert_eq!(is_there, by_email(&*next, "kim@x").await.is_some(), "{when}");
            if is_there {
                assert_eq!(add(&*next, "kim@x").await, Err(Error::EmailTaken("kim@x".into())), "{when}");
                next.recover().await.unwrap();
                assert_eq!(recorded(&*next, AuditAction::OperatorAdd).await, 1, "{when}: it was done");
            } else {
                assert_eq!(recorded(&*next, AuditAction::OperatorAdd).await, 0, "{when}: it was never done");
                // Nothing is in the way of the email.
                create(&*next, "Acme", "kim@x").await.unwrap_or_else(|error| panic!("{when}: {error:?}"));
            }
            assert_one_stays(&*next, &when).await;
        }
    }
}

/// However they are removed, one operator is left.
async fn assert_one_stays(store: &dyn Store, when: &str) {
    for address in emails(store).await {
        let _ = remove(store, &account(store, &address).await).await;
    }
    assert!(!emails(store).await.is_empty(), "{when}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_finishes_an_interrupted_removal() {
    let wire = Wire::new().await;
    let kim = add(&*wire.plain, "kim@x").await.unwrap();
    remove(&*wire.store, &kim).await.unwrap();
    assert_eq!(wire.sent(), REMOVE);
    for act in ACTS {
        for number in 1..=REMOVE.len() {
            let when = format!("{act:?} at {number}");
            let wire = Wire::new().await;
            // The first operator, because that one could come back.
            let root = account(&*wire.plain, "root@example.com").await;
            add(&*wire.plain, "kim@x").await.unwrap();
            wire.proxy.at(number, act.clone());
            let answer = remove(&*wire.store, &root).await;
            assert!(answer.is_err(), "{when}: {answer:?}");
            let next = wire.next().await;
            let committed = number > 3 || (number == 3 && matches!(act, Act::DropReply));
            let left = emails(&*next).await;
            assert_eq!(left.len(), if committed { 1 } else { 2 }, "{when}: {left:?}");
            if !committed {
                remove(&*next, &root).await.unwrap_or_else(|error| panic!("{when}: {error:?}"));
            }
            assert_eq!(emails(&*next).await, ["kim@x"], "{when}");
            assert_eq!(recorded(&*next, AuditAction::OperatorRemove).await, 1, "{when}");
            let kim = account(&*next, "kim@x").await;
            assert_eq!(remove(&*next, &kim).await, Err(Error::LastOperator), "{when}");
            create(&*next, "Acme", "root@example.com").await.unwrap();
            let meta = wire.database.all("meta").await.remove(0);
            assert!(!meta.contains_key("first_operator"), "{when}");
            let removing = meta.get_document("removing").cloned().unwrap_or_default();
            assert!(removing.is_empty(), "{when}: {removing:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn email_change_is_complete_or_absent() {
    let wire = Wire::new().await;
    let root = account(&*wire.plain, "root@example.com").await;
    to_boss(&*wire.store, &root).await.unwrap();
    assert_eq!(wire.sent(), EMAIL);
    for act in ACTS {
        for number in 1..=EMAIL.len() {
            let when = format!("{act:?} at {number}");
            let wire = Wire::new().await;
            let root = account(&*wire.plain, "root@example.com").await;
            wire.proxy.at(number, act.clone());
            let answer = to_boss(&*wire.store, &root).await;
            assert!(answer.is_err(), "{when}: {answer:?}");
            let next = wire.next().await;
            let now = emails(&*next).await.remove(0);
            let other = if now == "boss@x" { "root@example.com" } else { "boss@x" };
            assert_eq!(add(&*next, &now).await, Err(Error::EmailTaken(now.clone())), "{when}");
            create(&*next, "Acme", other).await.unwrap_or_else(|error| panic!("{when}: {error:?}"));
            assert_eq!(emails(&*next).await, [now], "{when}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_email_change_detects_its_rollback() {
    let wire = Wire::new().await;
    let root = account(&*wire.plain, "root@example.com").await;
    wire.proxy.on("findAndModify", 1, Act::Hold);
    let store = Arc::clone(&wire.store);
    let late = tokio::spawn(async move { to_boss(&*store, &root).await });
    wire.proxy.held().await;
    let next = wire.next().await;
    create(&*next, "Acme", "boss@x").await.unwrap();
    wire.proxy.release();
    assert_eq!(late.await.unwrap(), Err(Error::OperatorChanged));
    assert_eq!(emails(&*next).await, ["root@example.com"]);
    assert!(by_email(&*next, "boss@x").await.unwrap().account.organization_id.is_some());
}

/// Changed and changed back: the first change's late release is of the email that the second one has taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_release_keeps_an_email_that_was_taken_again() {
    let wire = Wire::new().await;
    let root = account(&*wire.plain, "root@example.com").await;
    wire.proxy.on("delete", 1, Act::Hold);
    let back = async {
        wire.proxy.held().await;
        let boss = account(&*wire.plain, "boss@x").await;
        move_to(&*wire.plain, &boss, "root@example.com").await.unwrap();
        wire.proxy.release();
    };
    let (there, ()) = tokio::join!(to_boss(&*wire.store, &root), back);
    there.unwrap();
    assert_eq!(wire.reservations().await, ["e:root@example.com"]);
    let taken = Error::EmailTaken("root@example.com".into());
    assert_eq!(create(&*wire.plain, "Acme", "root@example.com").await, Err(taken));
}

/// Two processes remove the same operator; the one that commits first is stopped after that, so that its removal must
/// be finished.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operator_removed_twice_is_counted_once() {
    let wire = Wire::new().await;
    let kim = add(&*wire.plain, "kim@x").await.unwrap();
    let lee = add(&*wire.plain, "lee@x").await.unwrap();
    wire.proxy.rule(|call| match call.label().as_str() {
        "update meta" => Act::Hold,
        "update audit" => Act::Refuse(121),
        _ => Act::Pass,
    });
    let both_commit = async {
        // Each of them up to the held one.
        wire.proxy.past(6).await;
        wire.proxy.release();
    };
    let (one, other, ()) = tokio::join!(remove(&*wire.store, &lee), remove(&*wire.store, &lee), both_commit);
    assert!(one.is_err() && other.is_err(), "{one:?} {other:?}");
    let next = wire.next().await;
    assert_eq!(emails(&*next).await, ["kim@x", "root@example.com"]);
    remove(&*next, &kim).await.unwrap();
    let root = account(&*next, "root@example.com").await;
    assert_eq!(remove(&*next, &root).await, Err(Error::LastOperator));
}

/// Removes one of two further operators, and holds the commit until another process has removed lee.
async fn overtaken(wire: &Wire, is_lee_too: bool) -> (Result<()>, Account) {
    let kim = add(&*wire.plain, "kim@x").await.unwrap();
    let lee = add(&*wire.plain, "lee@x").await.unwrap();
    wire.proxy.on("update", 1, Act::Hold);
    let faster = async {
        wire.proxy.held().await;
        remove(&*wire.plain, &lee).await.unwrap();
        wire.proxy.release();
    };
    let slower = remove(&*wire.store, if is_lee_too { &lee } else { &kim });
    let (late, ()) = tokio::join!(slower, faster);
    (late, kim)
}

/// The faster one is through, with all that says that a removal was begun.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_removal_of_a_removed_operator_is_not_counted() {
    let wire = Wire::new().await;
    let (late, kim) = overtaken(&wire, true).await;
    assert_eq!(late, Err(Error::OperatorNotFound));
    assert_eq!(recorded(&*wire.plain, AuditAction::OperatorRemove).await, 1);
    remove(&*wire.plain, &kim).await.unwrap();
    let root = account(&*wire.plain, "root@example.com").await;
    assert_eq!(remove(&*wire.plain, &root).await, Err(Error::LastOperator));
}

/// Another one was removed in between, and there are others left: it is no last one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overtaken_removal_starts_again() {
    let wire = Wire::new().await;
    let (late, _) = overtaken(&wire, false).await;
    assert_eq!(late, Ok(()));
    assert_eq!(emails(&*wire.plain).await, ["root@example.com"]);
}

/// They may have been counted again since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_of_a_removal_checks_the_count_again() {
    let wire = Wire::new().await;
    let root = account(&*wire.plain, "root@example.com").await;
    let meta = wire.database.direct.collection::<Document>("meta");
    let counts = |count: i64| meta.update_one(doc! {}, doc! {"$set": {"operators": count}});
    counts(2).await.unwrap();
    wire.proxy.on("update", 1, Act::Hold);
    let mended = async {
        wire.proxy.held().await;
        counts(1).await.unwrap();
        wire.proxy.release();
    };
    let (answer, ()) = tokio::join!(remove(&*wire.store, &root), mended);
    assert_eq!(answer, Err(Error::LastOperator));
    assert_eq!(emails(&*wire.plain).await, ["root@example.com"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_add_detects_its_rollback() {
    let wire = Wire::new().await;
    wire.proxy.on("findAndModify", 1, Act::Hold);
    let store = Arc::clone(&wire.store);
    let late = tokio::spawn(async move { add(&*store, "kim@x").await });
    wire.proxy.held().await;
    let next = wire.next().await;
    assert!(by_email(&*next, "kim@x").await.is_none(), "a pending account does not sign in");
    assert_eq!(emails(&*next).await, ["root@example.com"], "and is none of the operators");
    create(&*next, "Acme", "kim@x").await.unwrap();
    wire.proxy.release();
    assert!(matches!(late.await.unwrap(), Err(Error::Unavailable { .. })));
    assert_eq!(emails(&*next).await, ["root@example.com"]);
    let root = account(&*next, "root@example.com").await;
    assert_eq!(remove(&*next, &root).await, Err(Error::LastOperator), "it was not counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_first_operator_stays_removed() {
    let wire = Wire::new().await;
    // As it is between the commit of the first operator and its account.
    let admins = wire.database.direct.collection::<Document>("admins");
    let root = account(&*wire.plain, "root@example.com").await;
    let whole = admins.find_one_and_delete(doc! {}).await.unwrap().unwrap();
    let meta = wire.database.direct.collection::<Document>("meta");
    meta.update_one(doc! {}, doc! {"$set": {"first_operator": whole}}).await.unwrap();
    let late = wire.database.store_at(wire.proxy.uri(), LEASE);
    wire.proxy.on("insert", 2, Act::Hold);
    let opening = tokio::spawn(async move { late.store_id().await });
    wire.proxy.held().await;
    // Another one completes it, adds kim, and kim removes it.
    let next = wire.next().await;
    add(&*next, "kim@x").await.unwrap();
    remove(&*next, &root).await.unwrap();
    wire.proxy.release();
    opening.await.unwrap().unwrap().unwrap();
    assert_eq!(emails(&*next).await, ["kim@x"]);
    let keys = wire.reservations().await;
    assert_eq!(keys, ["e:kim@x"], "its email is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_old_hash_of_the_first_operator_does_not_stay_in_meta() {
    let wire = Wire::new().await;
    let root = account(&*wire.store, "root@example.com").await;
    let change = AccountChange { password_hash: Some(hash("second")), ..AccountChange::default() };
    let audit = entry(AuditAction::OperatorPassword, at(7));
    wire.store.update_operator(&root, &change, audit).await.unwrap();
    let everything = format!("{:?}", wire.database.all("meta").await);
    assert!(!everything.contains("$2b$"), "{everything}");
    let admins = wire.database.all("admins").await;
    assert_eq!(admins[0].get("password"), Some(&Bson::from("$2b$04$second")));
}
