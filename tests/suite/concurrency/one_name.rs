//! Many calls that need one name or one email at the same moment: one gets it, the others get an error that names the
//! holder, and leave nothing.

use crate::common::harness::{Harness, OnEmbedded, OnMongo};
use crate::common::suite::*;
use std::sync::Arc;
use tenantry::domain::Organization;
use tenantry::port::{Error, Result, Store};
use tokio::sync::Barrier;

const CREATES: usize = 64;
const MOVES: usize = 12;
/// Processes that share the work.
const PROCESSES: usize = 8;

/// All of these at the same time, by several processes; their answers in the same order.
async fn at_once<H, F, R>(harness: &H, count: usize, each: F) -> Vec<Result<Organization>>
where
    H: Harness,
    F: Fn(Arc<dyn Store>, usize) -> R,
    R: Future<Output = Result<Organization>> + Send + 'static,
{
    let mut stores = Vec::new();
    for _ in 0..PROCESSES {
        let store = harness.another();
        store.store_id().await.unwrap();
        stores.push(store);
    }
    let start = Arc::new(Barrier::new(count));
    let running: Vec<_> = (0..count)
        .map(|number| {
            let (start, one) = (Arc::clone(&start), each(Arc::clone(&stores[number % PROCESSES]), number));
            tokio::spawn(async move {
                start.wait().await;
                one.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in running {
        answers.push(one.await.unwrap());
    }
    answers
}

/// The call that succeeded; each of the others got exactly this error.
fn winner(answers: Vec<Result<Organization>>, refusal: &Error) -> Organization {
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1, "{done:?}");
    for answer in refused {
        assert_eq!(answer.as_ref(), Err(refusal));
    }
    done.into_iter().next().unwrap().unwrap()
}

/// Only this call left a create, an account and a name.
async fn assert_alone<H: Harness>(harness: &H, won: &Organization, others: usize) {
    let store = harness.store();
    assert_eq!(store.page(&by_names(100)).await.unwrap().rows.len(), 1 + others);
    assert_eq!(harness.collections().await.len(), 1 + others);
    let found = by_name(store, &won.name).await.unwrap();
    assert_eq!((&found, &found.collection_uuid), (won, &won.collection_uuid));
    assert_eq!(by_email(store, &won.admin_email).await.unwrap().account.organization_id, Some(won.id));
}

async fn only_one_of_64_creates_with_one_name_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let answers = at_once(&harness, CREATES, |store, number| async move {
        create(&*store, "Acme", &format!("a{number}@x")).await
    });
    let won = winner(answers.await, &name_taken("Acme"));
    assert_alone(&harness, &won, 0).await;
    // Every email that came too late is free.
    for number in (0..CREATES).filter(|number| format!("a{number}@x") != won.admin_email).take(8) {
        create(harness.store(), &format!("Next {number}"), &format!("a{number}@x")).await.unwrap();
    }
}

async fn of_64_creates_with_one_email_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let answers = at_once(&harness, CREATES, |store, number| async move {
        create(&*store, &format!("Org {number}"), "ann@x").await
    });
    let won = winner(answers.await, &Error::EmailTaken("ann@x".into()));
    assert_alone(&harness, &won, 0).await;
}

async fn of_renames_onto_one_name_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let mut made = Vec::new();
    for number in 0..MOVES {
        let one = create(harness.store(), &format!("Org {number}"), &format!("a{number}@x")).await.unwrap();
        harness.put(one.collection_name(), &one.id.to_string()).await;
        made.push(one);
    }
    let answers = at_once(&harness, MOVES, |store, number| {
        let one = made[number].clone();
        async move { update(&*store, &one, &to_name("Acme")).await }
    });
    let won = winner(answers.await, &name_taken("Acme"));
    assert_alone(&harness, &won, MOVES - 1).await;
    for one in made {
        let now = by_id(harness.store(), one.id).await.unwrap();
        assert_eq!(harness.ids(now.collection_name()).await, [one.id.to_string()], "{now:?}");
        assert_eq!(now.collection_uuid, one.collection_uuid);
    }
}

/// Each had the name once; a create needs it as well.
async fn of_restores_to_one_name_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let mut deleted = Vec::new();
    for number in 0..MOVES {
        deleted.push(in_trash(harness.store(), "Acme", &format!("a{number}@x")).await);
    }
    let answers = at_once(&harness, MOVES + 1, |store, number| {
        let one = deleted.get(number).cloned();
        async move {
            match one {
                Some(one) => restore(&*store, &one).await,
                None => create(&*store, "Acme", "new@x").await,
            }
        }
    });
    let won = winner(answers.await, &name_taken("Acme"));
    let in_trash = deleted.iter().filter(|one| one.id != won.id).count();
    assert_eq!(harness.collections().await.len(), 1 + in_trash);
    // The others are where they were, and come back under another name.
    for (number, one) in deleted.iter().filter(|one| one.id != won.id).enumerate() {
        let now = by_id(harness.store(), one.id).await.unwrap();
        assert_eq!((&now.collection, now.collection_uuid), (&one.collection, one.collection_uuid));
        let back =
            restore_as(harness.store(), &now, &format!("Other {number}"), &one.admin_email, None).await;
        assert_eq!(back.unwrap().collection_uuid, one.collection_uuid);
    }
    assert_alone(&harness, &won, in_trash).await;
}

on_both_stores! {
    only_one_of_64_creates_with_one_name_succeeds of_64_creates_with_one_email_one_succeeds
    of_renames_onto_one_name_one_succeeds of_restores_to_one_name_one_succeeds
}
