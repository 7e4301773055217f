//! The end for good, from the trash or at once.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{AuditAction, Organization, State, Status};
use tenantry::port::{Error, Lookup, OrganizationQuery, Store};

/// Nothing of it is left: no record, no account, no document, no name, no email.
async fn assert_gone<H: Harness>(harness: &H, gone: &Organization) {
    let store = harness.store();
    assert_eq!(by_id(&*harness.another(), gone.id).await, None);
    assert_eq!(store.find(&Lookup::NameKey("acme".into())).await, Ok(None));
    assert_eq!(store.deleted_with_name("acme", 9).await, Ok(Vec::new()));
    assert!(store.account(gone.admin_id).await.unwrap().is_none());
    assert!(by_email(store, &gone.admin_email).await.is_none());
    assert_eq!(harness.collections().await, ["org_zephyr"]);
    assert_eq!(harness.ids("org_zephyr").await, ["z"], "another's stays");
    let trash = OrganizationQuery { status: Some(Status::Deleted), ..by_names(9) };
    assert!(store.page(&trash).await.unwrap().rows.is_empty());
    let entry = newest(store, 1).await.remove(0);
    assert_eq!((entry.action, entry.organization_id), (AuditAction::OrganizationPurge, Some(gone.id)));
    // The next owner of the name inherits nothing.
    let next = create(store, "Acme", &gone.admin_email).await.unwrap();
    assert_ne!((next.id, next.collection_uuid), (gone.id, gone.collection_uuid));
    assert_eq!(store.stats(&next).await.unwrap().size.documents, 0);
}

async fn two<H: Harness>(harness: &H) -> Organization {
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    create(store, "Zephyr", "zoe@x").await.unwrap();
    harness.put("org_acme", "secret").await;
    harness.put("org_zephyr", "z").await;
    acme
}

pub(crate) async fn a_purge_from_the_trash_leaves_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let acme = two(&harness).await;
    let deleted = delete(harness.store(), &acme).await.unwrap().organization;
    assert_eq!(purge(harness.store(), &deleted).await.unwrap().collection_left, None);
    assert_gone(&harness, &deleted).await;
}

pub(crate) async fn a_purge_without_the_trash_leaves_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let acme = two(&harness).await;
    let claims = claims_of(&admin_of(harness.store(), &acme).await);
    assert_eq!(purge(harness.store(), &acme).await.unwrap().collection_left, None);
    let state = harness.store().session_state(&claims, at(300)).await.unwrap();
    assert!(state.account.is_none() && state.organization.is_none());
    assert_gone(&harness, &acme).await;
}

pub(crate) async fn a_suspended_organization_is_purged<H: Harness>() {
    let harness = H::initialized().await;
    let acme = two(&harness).await;
    let suspended = suspend(harness.store(), &acme, "abuse").await.unwrap();
    purge(harness.store(), &suspended).await.unwrap();
    assert_gone(&harness, &suspended).await;
}

pub(crate) async fn purge_with_an_old_epoch_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let deleted = delete(store, &acme).await.unwrap().organization;
    assert_eq!(purge(store, &acme).await, Err(Error::Changed));
    let restored = restore(store, &deleted).await.unwrap();
    assert_eq!(purge(store, &deleted).await, Err(Error::Changed));
    assert_eq!(by_id(store, acme.id).await, Some(restored));
    assert_eq!(harness.ids("org_acme").await, ["a"]);
}

pub(crate) async fn purge_removes_only_one_of_two_with_one_name<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let first = in_trash(store, "Acme", "ann@x").await;
    let second = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "second").await;
    let second = delete(store, &second).await.unwrap().organization;
    purge(store, &first).await.unwrap();
    assert_eq!(by_id(store, first.id).await, None);
    assert_eq!(store.deleted_with_name("acme", 9).await, Ok(vec![second.clone()]));
    assert_eq!(harness.ids(second.collection_name()).await, ["second"]);
    assert_eq!(restore(store, &second).await.unwrap().name, "Acme");
}

/// A foreign collection under its name is left alone, and the purge reports it.
pub(crate) async fn foreign_collection_is_left_alone_and_reported<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.drop_collection("org_acme").await;
    harness.put_foreign("org_acme").await;
    let purged = purge(store, &acme).await.unwrap();
    assert_eq!(purged.collection_left.as_deref(), Some("org_acme"));
    assert_eq!(harness.ids("org_acme").await, ["foreign"]);
    assert_eq!(newest(store, 1).await[0].changes["collection_left"], "org_acme");
    assert!(store.account(acme.admin_id).await.unwrap().is_none());
}

pub(crate) async fn expired_organizations_are_purged_a_few_at_a_time<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    // A server uses its own clock, so due dates are years in the past or in the future.
    let (long_ago, long_after) =
        ("2020-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap());
    let mut due = Vec::new();
    for number in 0..3 {
        let made = create(store, "Acme", &format!("a{number}@x")).await.unwrap();
        harness.put("org_acme", "a").await;
        due.push(delete_until(store, &made, long_ago).await.unwrap().organization);
    }
    let kept = create(store, "Kept", "kept@x").await.unwrap();
    let kept = delete_until(store, &kept, long_after).await.unwrap().organization;
    let active = create(store, "Active", "active@x").await.unwrap();
    let now = at(2 * 24 * 60 * 60);
    assert_eq!(store.purge_expired(now, 0).await, Ok(0));
    assert_eq!(store.purge_expired(now, 2).await, Ok(2));
    assert_eq!(store.purge_expired(now, 2).await, Ok(1));
    assert_eq!(store.purge_expired(now, 2).await, Ok(0));
    for gone in &due {
        assert_eq!(by_id(store, gone.id).await, None);
        assert!(store.account(gone.admin_id).await.unwrap().is_none());
    }
    assert_eq!(by_id(store, kept.id).await, Some(kept.clone()));
    assert_eq!(by_id(store, active.id).await, Some(active));
    assert_eq!(harness.collections().await, ["org_active", kept.collection_name()]);
    let entries = newest(store, 20).await;
    let purges: Vec<_> =
        entries.iter().filter(|entry| entry.action == AuditAction::OrganizationPurge).collect();
    assert_eq!(purges.len(), 3);
    for entry in purges {
        assert_eq!((entry.actor.as_str(), entry.actor_id), ("expired", None));
        assert_eq!(entry.organization_name.as_deref(), Some("Acme"));
        assert!(due.iter().any(|gone| Some(gone.id) == entry.organization_id));
    }
}

pub(crate) async fn parallel_purges_of_expired_organizations_do_not_overlap<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let long_ago = "2020-01-01T00:00:00Z".parse().unwrap();
    for number in 0..4 {
        let made = create(store, &format!("Acme {number}"), &format!("a{number}@x")).await.unwrap();
        delete_until(store, &made, long_ago).await.unwrap();
    }
    let (one, two) = (harness.another(), harness.another());
    let now = at(2 * 24 * 60 * 60);
    let (first, second) = tokio::join!(one.purge_expired(now, 9), two.purge_expired(now, 9));
    assert_eq!(first.unwrap() + second.unwrap(), 4);
    assert_eq!(purges(store).await, 4, "each once");
    assert!(harness.collections().await.is_empty());
}

async fn purges(store: &dyn Store) -> usize {
    let entries = newest(store, 50).await;
    entries.iter().filter(|entry| entry.action == AuditAction::OrganizationPurge).count()
}

pub(crate) async fn only_one_of_many_purges_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let deleted = in_trash(harness.store(), "Acme", "ann@x").await;
    let tries = (0..6).map(|_| {
        let (store, deleted) = (harness.another(), deleted.clone());
        async move { purge(&*store, &deleted).await }
    });
    let ends = futures_util::future::join_all(tries).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1, "{ends:?}");
    for refused in ends.into_iter().filter_map(Result::err) {
        let expected = matches!(refused, Error::NotFound | Error::Changed | Error::Busy(State::Purging));
        assert!(expected, "{refused:?}");
    }
    assert_eq!(purges(harness.store()).await, 1);
    assert!(harness.collections().await.is_empty());
}
