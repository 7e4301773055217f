//! Renames, emails and passwords: all or nothing.

use super::Harness;
use crate::common::suite::*;
use futures_util::future::join_all;
use tenantry::domain::{AuditAction, OrganizationChange, State};
use tenantry::port::{Error, Store};

pub(crate) async fn a_rename_keeps_every_document<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    for id in ["a", "b", "c"] {
        harness.put("org_acme", id).await;
    }
    let renamed = update(store, &acme, &to_name("Zephyr Foods")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.collection_name()), ("Zephyr Foods", "org_zephyr_foods"));
    assert_eq!((renamed.id, renamed.collection_uuid), (acme.id, acme.collection_uuid));
    assert_eq!(renamed.state, State::Active);
    assert!(renamed.epoch > acme.epoch);
    assert_eq!(harness.ids("org_zephyr_foods").await, ["a", "b", "c"]);
    assert_eq!(harness.collections().await, ["org_zephyr_foods"]);
    assert_eq!(by_name(store, "zephyr foods").await, Some(renamed.clone()));
    assert!(by_name(store, "Acme").await.is_none());
    let admin = admin_of(store, &renamed).await;
    assert_eq!((admin.account.version, admin.account.token_version), (1, 1), "its sessions go on");
    assert_eq!(admin.organization.unwrap().name, "Zephyr Foods");
    assert_eq!(store.stats(&renamed).await.unwrap().size.documents, 3);
}

pub(crate) async fn change_of_case_only_changes_the_record<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme Corp", "ann@acme.example").await.unwrap();
    harness.put("org_acme_corp", "a").await;
    let renamed = update(store, &acme, &to_name("ACME  corp")).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.collection_name()), ("ACME  corp", "org_acme_corp"));
    assert_eq!(harness.ids("org_acme_corp").await, ["a"]);
    assert!(renamed.epoch > acme.epoch);
    assert_eq!(by_id(store, acme.id).await, Some(renamed));
    assert_eq!(create(store, "Acme Corp", "b@x").await, Err(name_taken("Acme Corp")));
}

pub(crate) async fn old_name_is_free_after_a_rename<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    harness.put("org_acme", "old").await;
    let zephyr = update(store, &acme, &to_name("Zephyr")).await.unwrap();
    let next = create(store, "Acme", "next@acme.example").await.unwrap();
    assert_ne!(next.id, acme.id);
    assert!(harness.ids("org_acme").await.is_empty(), "nobody inherits documents");
    assert_eq!(harness.ids("org_zephyr").await, ["old"]);
    // And back again, over a third name.
    delete(store, &next).await.unwrap();
    let back = update(store, &zephyr, &to_name("Acme")).await.unwrap();
    assert_eq!(back.collection_name(), "org_acme");
    assert_eq!(harness.ids("org_acme").await, ["old"]);
}

/// Two organizations, and the state that a refused change must keep.
async fn refused(harness: &impl Harness, change: impl Fn(&dyn Store) -> OrganizationChange) -> Error {
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    create(store, "Zephyr", "zoe@zephyr.example").await.unwrap();
    harness.put("org_acme", "a").await;
    let (audit, collections) = (newest(store, 99).await, harness.collections().await);
    let admin = admin_of(store, &acme).await;
    let refusal = update(store, &acme, &change(store)).await.unwrap_err();
    let after = by_id(store, acme.id).await.unwrap();
    assert_eq!((after.name.as_str(), after.state), ("Acme", State::Active));
    assert_eq!((after.admin_email.as_str(), after.updated_at), ("ann@acme.example", acme.updated_at));
    assert_eq!(after.collection, acme.collection);
    let same = admin_of(store, &after).await;
    assert_eq!((hash_of(&same), same.account), (hash_of(&admin), admin.account));
    assert_eq!(harness.collections().await, collections);
    assert_eq!(harness.ids("org_acme").await, ["a"]);
    assert_eq!(newest(store, 99).await, audit);
    // However often it is refused: who read it before may still change it.
    assert_eq!(update(store, &after, &change(store)).await, Err(refusal.clone()));
    let after = by_id(store, acme.id).await.unwrap();
    assert!(after.is_unchanged_since(acme.epoch), "{acme:?}: {after:?}");
    // Whatever it had reserved is free again.
    let changed = update(store, &after, &all_of("Free", "free@x.example", "other")).await.unwrap();
    assert!(!changed.is_unchanged_since(after.epoch), "{after:?}: {changed:?}");
    create(store, "Acme", "ann@acme.example").await.unwrap();
    refusal
}

pub(crate) async fn a_taken_name_changes_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let refusal = refused(&harness, |_| to_name("ZEPHYR")).await;
    assert_eq!(refusal, name_taken("ZEPHYR"));
}

pub(crate) async fn a_taken_email_changes_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let refusal = refused(&harness, |_| to_email("Zoe@zephyr.example")).await;
    assert_eq!(refusal, Error::EmailTaken("Zoe@zephyr.example".into()));
}

pub(crate) async fn update_is_all_or_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let refusal = refused(&harness, |_| all_of("Free", "zoe@zephyr.example", "second")).await;
    assert_eq!(refusal, Error::EmailTaken("zoe@zephyr.example".into()));
}

pub(crate) async fn a_foreign_collection_stops_a_rename<H: Harness>() {
    let harness = H::initialized().await;
    harness.put_foreign("org_there").await;
    let refusal = refused(&harness, |_| all_of("There", "new@x", "second")).await;
    assert_eq!(refusal, Error::CollectionExists("org_there".into()));
    assert_eq!(harness.ids("org_there").await, ["foreign"]);
}

pub(crate) async fn a_missing_collection_stops_a_rename<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    harness.drop_collection("org_acme").await;
    let refusal = update(store, &acme, &to_name("Zephyr")).await;
    assert_eq!(refusal, Err(Error::CollectionMissing("org_acme".into())));
    assert_eq!(by_id(store, acme.id).await.unwrap().state, State::Active);
    create(store, "Zephyr", "zoe@x").await.unwrap();
}

pub(crate) async fn email_of_an_admin_can_change<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let moved = update(store, &acme, &to_email("Bob@acme.example")).await.unwrap();
    assert_eq!((moved.admin_email.as_str(), moved.admin_id), ("Bob@acme.example", acme.admin_id));
    assert!(by_email(store, "ann@acme.example").await.is_none());
    let bob = by_email(store, "bob@acme.example").await.unwrap();
    assert_eq!((bob.account.id, bob.account.email.as_str()), (acme.admin_id, "Bob@acme.example"));
    assert_eq!((bob.account.version, bob.account.token_version), (2, 2), "its sessions end");
    assert_eq!(bob.account.updated_at, at(60));
    assert_eq!(
        create(store, "Other", "bob@ACME.example").await,
        Err(Error::EmailTaken("bob@ACME.example".into()))
    );
    create(store, "Other", "ann@acme.example").await.unwrap();
    let case_only = update(store, &moved, &to_email("BOB@acme.example")).await.unwrap();
    assert_eq!(case_only.admin_email, "BOB@acme.example");
    assert_eq!(by_email(store, "bob@acme.example").await.unwrap().account.email, "BOB@acme.example");
}

pub(crate) async fn a_password_raises_both_versions<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let changed = update(store, &acme, &to_password("second")).await.unwrap();
    assert!(changed.epoch > acme.epoch);
    let admin = admin_of(store, &changed).await;
    assert_eq!(hash_of(&admin), "$2b$04$second");
    assert_eq!((admin.account.version, admin.account.token_version), (2, 2));
    update(store, &changed, &to_password("third")).await.unwrap();
    assert_eq!(hash_of(&admin_of(store, &changed).await), "$2b$04$third");
}

pub(crate) async fn name_email_and_password_change_together<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    harness.put("org_acme", "a").await;
    let changed = update(store, &acme, &all_of("Zephyr", "zoe@x", "second")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.admin_email.as_str()), ("Zephyr", "zoe@x"));
    let admin = by_email(store, "zoe@x").await.unwrap();
    assert_eq!((admin.account.version, admin.account.token_version), (2, 2), "one change of the account");
    assert_eq!(hash_of(&admin), "$2b$04$second");
    assert_eq!(harness.ids("org_zephyr").await, ["a"]);
    create(store, "Acme", "ann@acme.example").await.unwrap();
}

pub(crate) async fn update_with_an_old_epoch_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    let renamed = update(store, &acme, &to_name("Zephyr")).await.unwrap();
    assert_eq!(update(store, &acme, &to_name("Other")).await, Err(Error::Changed));
    assert_eq!(update(store, &acme, &to_password("second")).await, Err(Error::Changed));
    assert_eq!(by_id(store, acme.id).await, Some(renamed));
}

pub(crate) async fn only_one_of_many_updates_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let acme = create(harness.store(), "Acme", "ann@acme.example").await.unwrap();
    harness.put("org_acme", "a").await;
    let admin = admin_of(harness.store(), &acme).await.account;
    let changes = (0..16).map(|number| {
        let (store, acme, admin) = (harness.another(), acme.clone(), admin.clone());
        async move {
            let wanted = to_name(&format!("Target {number}"));
            change(&*store, &acme, Some(&admin), &wanted).await
        }
    });
    let (done, refused): (Vec<_>, Vec<_>) = join_all(changes).await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for refusal in refused {
        assert!(matches!(refusal, Err(Error::Changed | Error::Busy(State::Renaming))), "{refusal:?}");
    }
    let now = by_id(harness.store(), acme.id).await.unwrap();
    assert_eq!(done[0].as_ref(), Ok(&now));
    assert_eq!(harness.collections().await, [now.collection_name()]);
    assert_eq!(harness.ids(now.collection_name()).await, ["a"]);
}

pub(crate) async fn only_one_of_many_renames_to_one_name_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let mut renames = Vec::new();
    for number in 0..12 {
        let made =
            create(harness.store(), &format!("Source {number}"), &format!("a{number}@x")).await.unwrap();
        harness.put(made.collection_name(), &format!("d{number}")).await;
        let store = harness.another();
        renames.push(async move {
            let wanted = to_name("Target");
            update(&*store, &made, &wanted).await
        });
    }
    let (done, refused): (Vec<_>, Vec<_>) = join_all(renames).await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for refusal in refused {
        assert_eq!(refusal, Err(name_taken("Target")));
    }
    let target = by_name(harness.store(), "Target").await.unwrap();
    let number = target.admin_email.trim_start_matches('a').trim_end_matches("@x");
    assert_eq!(harness.ids("org_target").await, [format!("d{number}")]);
    assert_eq!(harness.collections().await.len(), 12);
}

pub(crate) async fn two_names_cannot_be_swapped<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let zephyr = create(store, "Zephyr", "zoe@x").await.unwrap();
    let (to_zephyr, to_acme) = (to_name("Zephyr"), to_name("Acme"));
    let (a, z) = tokio::join!(update(store, &acme, &to_zephyr), update(store, &zephyr, &to_acme));
    assert_eq!(a, Err(name_taken("Zephyr")));
    assert_eq!(z, Err(name_taken("Acme")));
    assert_eq!(harness.collections().await, ["org_acme", "org_zephyr"]);
}

pub(crate) async fn the_same_values_change_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let same = OrganizationChange { admin_password_hash: Some(hash("second")), ..to_name("Acme") };
    let changed = update(store, &acme, &same).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.collection_name()), ("Acme", "org_acme"));
    assert_eq!(hash_of(&admin_of(store, &changed).await), "$2b$04$second");
}

pub(crate) async fn a_purged_organization_is_not_found<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let admin = admin_of(store, &acme).await.account;
    purge(store, &acme).await.unwrap();
    assert_eq!(change(store, &acme, Some(&admin), &to_name("Other")).await, Err(Error::NotFound));
    assert_eq!(suspend(store, &acme, "").await, Err(Error::NotFound));
    assert_eq!(delete(store, &acme).await, Err(Error::NotFound));
    assert_eq!(purge(store, &acme).await, Err(Error::NotFound));
}

pub(crate) async fn a_deleted_organization_is_not_changed<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let deleted = in_trash(store, "Acme", "ann@x").await;
    for wanted in [to_name("Other"), to_email("eve@x"), to_password("second")] {
        assert_eq!(update(store, &deleted, &wanted).await, Err(Error::NotFound));
    }
    assert_eq!(suspend(store, &deleted, "").await, Err(Error::NotFound));
    assert_eq!(resume(store, &deleted).await, Err(Error::NotFound));
    assert_eq!(delete(store, &deleted).await, Err(Error::NotFound));
    assert_eq!(by_id(store, deleted.id).await, Some(deleted));
}

pub(crate) async fn audit_says_what_changed<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let changed = update(store, &acme, &to_name("Zephyr")).await.unwrap();
    let changed = update(store, &changed, &to_name("ZEPHYR")).await.unwrap();
    let changed = update(store, &changed, &to_password("second")).await.unwrap();
    let changed = suspend(store, &changed, "unpaid").await.unwrap();
    let changed = resume(store, &changed).await.unwrap();
    let deleted = delete(store, &changed).await.unwrap().organization;
    let restored = restore(store, &deleted).await.unwrap();
    purge(store, &restored).await.unwrap();
    let entries = newest(store, 20).await;
    let mut actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
    actions.sort_unstable();
    let mut expected = [
        AuditAction::Init,
        AuditAction::OrganizationCreate,
        AuditAction::OrganizationRename,
        AuditAction::OrganizationRename,
        AuditAction::OrganizationUpdate,
        AuditAction::OrganizationSuspend,
        AuditAction::OrganizationResume,
        AuditAction::OrganizationDelete,
        AuditAction::OrganizationRestore,
        AuditAction::OrganizationPurge,
    ]
    .map(AuditAction::as_str);
    expected.sort_unstable();
    assert_eq!(actions, expected);
    let newest = &entries[0];
    assert_eq!(newest.action, AuditAction::OrganizationPurge);
    assert_eq!(
        (newest.organization_id, newest.organization_name.as_deref()),
        (Some(acme.id), Some("ZEPHYR"))
    );
    assert_eq!(newest.changes["password"], "changed");
}

pub(crate) async fn audit_records_the_actor_and_the_hash_of_the_request<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let new = new_organization("Acme", "ann@x");
    let mut written = entry_of(AuditAction::OrganizationCreate, at(1), new.id, "Acme");
    written.actor_id = Some(new.admin.id);
    written.request_hash = Some("0123abcd".into());
    store.create(&new, written.clone()).await.unwrap();
    assert_eq!(newest(store, 1).await, [written]);
}
