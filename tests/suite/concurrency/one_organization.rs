//! Everything that can be done to one organization, done at the same moment.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::suite::*;
use std::sync::Arc;
use tenantry::domain::{Account, Organization, OrganizationId, State};
use tenantry::port::{Error, Result, Store};
use tokio::sync::Barrier;
use tokio::task::JoinHandle;

const ROUNDS: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Rename,
    Account,
    Suspend,
    Delete,
    Purge,
    Restore,
    RestoreAs,
}

impl What {
    async fn on(self, store: &dyn Store, seen: &Organization, admin: &Account) -> Result<()> {
        match self {
            Self::Rename => change(store, seen, Some(admin), &to_name("Zephyr")).await.map(drop),
            Self::Account => {
                let wanted = all_of("Acme", "zoe@x", "second");
                change(store, seen, Some(admin), &wanted).await.map(drop)
            }
            Self::Suspend => suspend(store, seen, "unpaid").await.map(drop),
            Self::Delete => delete(store, seen).await.map(drop),
            Self::Purge => purge(store, seen).await.map(drop),
            Self::Restore => restore(store, seen).await.map(drop),
            Self::RestoreAs => restore_as(store, seen, "Zephyr", "zoe@x", None).await.map(drop),
        }
    }
}

async fn acme<H: Harness>(harness: &H) -> (Organization, Account) {
    let acme = create(harness.store(), "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "kept").await;
    let admin = admin_of(harness.store(), &acme).await.account;
    (acme, admin)
}

/// All go at the same time, one of another process each; answers those that were done.
async fn at_once<H: Harness>(
    harness: &H,
    all: &[What],
    seen: &(Organization, Account),
    when: &str,
) -> Vec<What> {
    let start = Arc::new(Barrier::new(all.len()));
    let mut tries: Vec<(What, JoinHandle<Result<()>>)> = Vec::new();
    for what in all.iter().copied() {
        let (store, seen, start) = (harness.another(), seen.clone(), Arc::clone(&start));
        store.store_id().await.unwrap();
        let ends = async move {
            start.wait().await;
            what.on(&*store, &seen.0, &seen.1).await
        };
        tries.push((what, tokio::spawn(ends)));
    }
    let mut done = Vec::new();
    for (what, answer) in tries {
        match answer.await.unwrap() {
            Ok(()) => done.push(what),
            Err(Error::Changed | Error::Busy(_) | Error::NotFound) => {}
            Err(other) => panic!("{when}: {what:?}: {other}"),
        }
    }
    done
}

/// What is there is what these changes make of it, and nothing else is.
async fn assert_is<H: Harness>(harness: &H, id: OrganizationId, done: &[What], when: &str) {
    let has = |what| done.contains(&what);
    let store = harness.store();
    let collections = harness.collections().await;
    let (ann, zoe) = (by_email(store, "ann@x").await, by_email(store, "zoe@x").await);
    let Some(found) = by_id(store, id).await else {
        assert!(has(What::Purge), "{when}: gone");
        assert!(collections.is_empty() && ann.is_none() && zoe.is_none(), "{when}: {collections:?}");
        return;
    };
    assert!(!has(What::Purge), "{when}: {found:?}");
    assert_eq!(collections, [found.collection_name()], "{when}");
    assert_eq!(harness.ids(found.collection_name()).await, ["kept"], "{when}");
    assert_eq!(found.suspension.is_some(), has(What::Suspend), "{when}: {found:?}");
    let is_back = has(What::Restore) || has(What::RestoreAs);
    if has(What::Delete) && !is_back {
        assert_eq!(found.state, State::Deleted, "{when}");
        assert!(ann.is_none() && zoe.is_none(), "{when}: its email is free");
        return;
    }
    let name = if has(What::Rename) || has(What::RestoreAs) { "Zephyr" } else { "Acme" };
    assert_eq!((found.name.as_str(), found.state), (name, State::Active), "{when}");
    let is_changed = has(What::Account) || has(What::RestoreAs);
    assert_eq!((ann.is_some(), zoe.is_some()), (!is_changed, is_changed), "{when}");
    let word = if has(What::Account) { "second" } else { "first" };
    assert_eq!(hash_of(&ann.or(zoe).unwrap()), format!("$2b$04${word}"), "{when}");
}

async fn clear_away<H: Harness>(harness: &H, id: OrganizationId) {
    if let Some(left) = by_id(harness.store(), id).await {
        purge(harness.store(), &left).await.unwrap();
    }
    assert_eq!(harness.collections().await, [""; 0]);
}

/// All saw the same: one comes through, whatever it is.
async fn of_all_that_saw_the_same_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let all =
        [What::Rename, What::Suspend, What::Delete, What::Account, What::Purge, What::Delete, What::Rename];
    let mut winners = Vec::new();
    for round in 0..ROUNDS {
        let seen = acme(&harness).await;
        let mut order = all;
        order.rotate_left(round % all.len());
        let when = format!("round {round}");
        let done = at_once(&harness, &order, &seen, &when).await;
        assert_eq!(done.len(), 1, "{when}: {done:?}");
        assert_is(&harness, seen.0.id, &done, &when).await;
        winners.extend(done);
        clear_away(&harness, seen.0.id).await;
    }
    println!("first came {winners:?}");
}

/// In the trash: it is back, once, or it is gone for good.
async fn of_restores_and_purges_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let all = [What::Restore, What::Purge, What::RestoreAs, What::Purge, What::Restore];
    let mut winners = Vec::new();
    for round in 0..ROUNDS {
        let (made, _) = acme(&harness).await;
        let deleted = delete(harness.store(), &made).await.unwrap().organization;
        let admin = admin_of(harness.store(), &deleted).await.account;
        let mut order = all;
        order.rotate_left(round % all.len());
        let when = format!("round {round}");
        let mut done = at_once(&harness, &order, &(deleted, admin), &when).await;
        assert_eq!(done.len(), 1, "{when}: {done:?}");
        winners.extend(done.clone());
        done.push(What::Delete);
        assert_is(&harness, made.id, &done, &when).await;
        clear_away(&harness, made.id).await;
    }
    println!("first came {winners:?}");
}

/// Each looks again until it is done, or there is nothing to do it to.
async fn until_done<H: Harness>(harness: &H, id: OrganizationId, what: What) -> JoinHandle<bool> {
    let store: Arc<dyn Store> = harness.another();
    store.store_id().await.unwrap();
    tokio::spawn(async move {
        loop {
            let seen = by_id(&*store, id).await.filter(|seen| seen.state != State::Deleted);
            let Some(seen) = seen else { return false };
            let Some(admin) = store.account(seen.admin_id).await.unwrap() else { continue };
            match what.on(&*store, &seen, &admin.account).await {
                Ok(()) => return true,
                Err(Error::NotFound) => return false,
                Err(Error::Changed | Error::Busy(_)) => tokio::task::yield_now().await,
                Err(other) => panic!("{what:?}: {other}"),
            }
        }
    })
}

/// Each call retries: changes succeed one after the other before the delete, or find the organization gone; no change
/// before the delete is lost.
async fn retry_after_reading_again_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let changes = [What::Rename, What::Suspend];
    let mut before_the_delete = 0;
    for round in 0..ROUNDS {
        let id = acme(&harness).await.0.id;
        let when = format!("round {round}");
        // Without a delete all succeed; the first to start is not always the first to finish.
        let end = [None, Some(What::Delete), Some(What::Purge)][round % 3];
        let mut running = Vec::new();
        let first = if round % 2 == 0 { end } else { None };
        let last = if round % 2 == 0 { None } else { end };
        for what in first.into_iter().chain(changes).chain(last) {
            running.push((what, until_done(&harness, id, what).await));
        }
        let mut done = Vec::new();
        for (what, came_through) in running {
            if came_through.await.unwrap() {
                done.push(what);
            }
        }
        match end {
            None => assert_eq!(done.len(), changes.len(), "{when}: {done:?}"),
            Some(end) => assert!(done.contains(&end), "{when}: {done:?}"),
        }
        before_the_delete += done.len() - usize::from(end.is_some());
        assert_is(&harness, id, &done, &when).await;
        clear_away(&harness, id).await;
    }
    println!("{before_the_delete} changes came through");
}

on_both_stores! {
    of_all_that_saw_the_same_one_succeeds of_restores_and_purges_one_succeeds retry_after_reading_again_succeeds
}
