//! A rename, another email with another password, and a delete of one organization at the same moment.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::suite::*;
use std::sync::Arc;
use tenantry::domain::{Account, Organization, OrganizationChange, OrganizationId, State};
use tenantry::service::store::Store;
use tenantry::service::{Error, Result};
use tokio::task::JoinHandle;

const ROUNDS: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Rename,
    Account,
    Delete,
}

impl What {
    const ALL: [Self; 3] = [Self::Rename, Self::Account, Self::Delete];

    fn change(self, store: &dyn Store) -> OrganizationChange {
        match self {
            Self::Rename => to_name(store, "Zephyr"),
            Self::Account | Self::Delete => {
                OrganizationChange { admin_password_hash: Some(hash("second")), ..to_email("zoe@x") }
            }
        }
    }

    async fn on(self, store: &dyn Store, seen: &Organization, admin: &Account) -> Result<()> {
        match self {
            Self::Delete => delete(store, seen).await,
            Self::Rename | Self::Account => change(store, seen, admin, &self.change(store)).await.map(drop),
        }
    }

    /// All look at what is there now, and go at the same time: one of another process each.
    fn started<H: Harness>(self, harness: &H, seen: (Organization, Account)) -> JoinHandle<Result<()>> {
        let store = harness.another();
        tokio::spawn(async move {
            store.store_id().await.unwrap();
            self.on(&*store, &seen.0, &seen.1).await
        })
    }
}

async fn acme<H: Harness>(harness: &H) -> (Organization, Account) {
    let acme = create(harness.store(), "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "kept").await;
    let admin = admin_of(harness.store(), &acme).await.account;
    (acme, admin)
}

/// What is there is what these changes make of it, and nothing else is.
async fn assert_is<H: Harness>(harness: &H, id: OrganizationId, done: &[What], when: &str) {
    let store = harness.store();
    let collections = harness.collections().await;
    let (ann, zoe) = (by_email(store, "ann@x").await, by_email(store, "zoe@x").await);
    let Some(found) = by_id(store, id).await else {
        assert!(done.contains(&What::Delete), "{when}: gone");
        assert!(collections.is_empty() && ann.is_none() && zoe.is_none(), "{when}: {collections:?}");
        return;
    };
    assert!(!done.contains(&What::Delete), "{when}: {found:?}");
    let name = if done.contains(&What::Rename) { "Zephyr" } else { "Acme" };
    assert_eq!((found.name.as_str(), found.state), (name, State::Active), "{when}");
    assert_eq!(collections, [found.collection_name()], "{when}");
    assert_eq!(harness.ids(found.collection_name()).await, ["kept"], "{when}");
    let is_changed = done.contains(&What::Account);
    assert_eq!((ann.is_some(), zoe.is_some()), (!is_changed, is_changed), "{when}");
    let account = ann.or(zoe).unwrap();
    let (word, version) = if is_changed { ("second", 2) } else { ("first", 1) };
    assert_eq!((hash_of(&account), account.account.version), (format!("$2b$04${word}"), version), "{when}");
}

/// All saw the same: one comes through.
async fn of_three_that_saw_the_same_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let mut won = [0; 3];
    for round in 0..ROUNDS {
        let (acme, admin) = acme(&harness).await;
        let mut order = What::ALL;
        order.rotate_left(round % 3);
        let tries = order.map(|what| (what, what.started(&harness, (acme.clone(), admin.clone()))));
        let mut done = Vec::new();
        for (what, answer) in tries {
            match answer.await.unwrap() {
                Ok(()) => done.push(what),
                Err(Error::Changed | Error::Busy(_) | Error::NotFound) => {}
                Err(other) => panic!("{round}: {what:?}: {other}"),
            }
        }
        let when = format!("round {round}: {done:?}");
        assert_eq!(done.len(), 1, "{when}");
        won[What::ALL.iter().position(|what| done.contains(what)).unwrap()] += 1;
        assert_is(&harness, acme.id, &done, &when).await;
        if let Some(left) = by_id(harness.store(), acme.id).await {
            delete(harness.store(), &left).await.unwrap();
        }
    }
    println!("rename, account and delete came first {won:?} times");
}

/// Each looks again until it is done, or there is nothing to do it to.
async fn until_done<H: Harness>(harness: &H, id: OrganizationId, what: What) -> JoinHandle<bool> {
    let store: Arc<dyn Store> = harness.another();
    store.store_id().await.unwrap();
    tokio::spawn(async move {
        loop {
            let Some(seen) = by_id(&*store, id).await else { return false };
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

/// Nobody gives up: the changes come through before the delete, or find it gone; nothing is left of either.
async fn whoever_looks_again_comes_through<H: Harness>() {
    let harness = H::initialized().await;
    let (mut renamed, mut changed) = (0, 0);
    for round in 0..ROUNDS {
        let (acme, _) = acme(&harness).await;
        // Whoever is started first is not always the first to come.
        let gone =
            if round % 3 == 1 { Some(until_done(&harness, acme.id, What::Delete).await) } else { None };
        let rename = until_done(&harness, acme.id, What::Rename).await;
        let account = until_done(&harness, acme.id, What::Account).await;
        if round % 3 == 0 {
            // Without a delete both come through, one after the other.
            let done = (rename.await.unwrap(), account.await.unwrap());
            assert_eq!(done, (true, true), "{round}");
            let both = [What::Rename, What::Account];
            assert_is(&harness, acme.id, &both, &format!("round {round}")).await;
            let left = by_id(harness.store(), acme.id).await.unwrap();
            delete(harness.store(), &left).await.unwrap();
        } else {
            let gone = match gone {
                Some(gone) => gone,
                None => until_done(&harness, acme.id, What::Delete).await,
            };
            assert!(gone.await.unwrap(), "{round}");
            renamed += usize::from(rename.await.unwrap());
            changed += usize::from(account.await.unwrap());
        }
        assert_is(&harness, acme.id, &[What::Delete], &format!("round {round}")).await;
    }
    println!("before the delete came {renamed} renames and {changed} changes of the account");
}

macro_rules! on_both_stores {
    ($($case:ident)+) => {
        mod on_mongo { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { Box::pin(super::$case::<super::OnMongo>()).await; }
        )+ }
        mod on_embedded { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() { Box::pin(super::$case::<super::OnEmbedded>()).await; }
        )+ }
    };
}
on_both_stores! { of_three_that_saw_the_same_one_succeeds whoever_looks_again_comes_through }
