//! Restore from the trash, with the old values or with new ones.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{AuditAction, Organization, State, Status};
use tenantry::port::{Error, Store};

pub(crate) async fn restored_organization_has_its_old_values<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "Ann@x").await.unwrap();
    let claims = claims_of(&admin_of(store, &acme).await);
    harness.put("org_acme", "a").await;
    harness.put("org_acme", "b").await;
    let deleted = delete(store, &acme).await.unwrap().organization;
    let restored = restore(store, &deleted).await.unwrap();
    assert!(restored.epoch > deleted.epoch);
    let (epoch, updated_at) = (restored.epoch, at(180));
    let written = Organization { epoch, unchanged_since: epoch, updated_at, ..acme.clone() };
    assert_eq!(restored, written);
    assert_eq!(by_name(&*harness.another(), "acme").await, Some(restored.clone()));
    assert_eq!(harness.collections().await, ["org_acme"]);
    assert_eq!(harness.ids("org_acme").await, ["a", "b"]);
    assert_eq!(store.deleted_with_name("acme", 9).await, Ok(Vec::new()));

    let admin = by_email(store, "ann@x").await.unwrap();
    assert_eq!((admin.account.id, admin.account.email.as_str()), (acme.admin_id, "Ann@x"));
    assert_eq!(hash_of(&admin), "$2b$04$first", "the old password signs in again");
    assert_eq!((admin.account.version, admin.account.token_version), (3, 3), "no old token does");
    let of_session = of_session(store, &claims).await.unwrap();
    assert!(of_session.lets_in());
    assert_eq!(of_session.sessions_end_at, Some(at(120)), "sessions from before the delete stay ended");
    let entry = newest(store, 1).await.remove(0);
    assert_eq!((entry.action, entry.organization_id), (AuditAction::OrganizationRestore, Some(acme.id)));
    assert_eq!(create(store, "Acme", "c@x").await, Err(name_taken("Acme")), "the name is taken again");
}

pub(crate) async fn organization_can_be_restored_with_new_values<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let deleted = delete(store, &acme).await.unwrap().organization;
    let restored = restore_as(store, &deleted, "Zephyr", "zoe@x", Some("second")).await.unwrap();
    assert_eq!(
        (restored.id, restored.name.as_str(), restored.name_key.as_str()),
        (acme.id, "Zephyr", "zephyr")
    );
    assert_eq!((restored.collection_name(), restored.collection_uuid), ("org_zephyr", acme.collection_uuid));
    assert_eq!((restored.admin_id, restored.admin_email.as_str()), (acme.admin_id, "zoe@x"));
    assert_eq!(harness.ids("org_zephyr").await, ["a"]);
    let admin = by_email(store, "zoe@x").await.unwrap();
    assert_eq!(hash_of(&admin), "$2b$04$second");
    assert_eq!(admin.account.email, "zoe@x");
    assert!(admin.organization.unwrap().lets_in());
    create(store, "Acme", "ann@x").await.unwrap();
}

/// A deleted organization, and the state that a refused restore must keep.
async fn refused(store: &dyn Store, deleted: &Organization, display: &str, address: &str) -> Error {
    let (admin, audit) = (admin_of(store, deleted).await, newest(store, 99).await);
    let refusal = restore_as(store, deleted, display, address, Some("second")).await.unwrap_err();
    assert_eq!(by_name(store, display).await.filter(|found| found.id == deleted.id), None);
    let after = by_id(store, deleted.id).await.unwrap();
    assert_eq!((after.state, &after.deletion), (State::Deleted, &deleted.deletion));
    assert_eq!(
        (after.collection.as_ref(), &after.admin_email),
        (deleted.collection.as_ref(), &deleted.admin_email)
    );
    let same = admin_of(store, &after).await;
    assert_eq!((hash_of(&same), same.account), (hash_of(&admin), admin.account));
    assert_eq!(newest(store, 99).await, audit);
    refusal
}

pub(crate) async fn restore_with_a_taken_value_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let deleted = delete(store, &acme).await.unwrap().organization;
    create(store, "ACME", "new@x").await.unwrap();
    create(store, "Other", "Ann@x").await.unwrap();
    harness.put_foreign("org_foreign").await;
    assert_eq!(refused(store, &deleted, "Acme", "free@x").await, name_taken("Acme"));
    let deleted = by_id(store, acme.id).await.unwrap();
    assert_eq!(refused(store, &deleted, "Free", "ann@x").await, Error::EmailTaken("ann@x".into()));
    let deleted = by_id(store, acme.id).await.unwrap();
    assert_eq!(
        refused(store, &deleted, "Foreign", "free@x").await,
        Error::CollectionExists("org_foreign".into())
    );
    // Whatever it had reserved is free again, and the documents are where they were.
    let deleted = by_id(store, acme.id).await.unwrap();
    assert_eq!(harness.ids(deleted.collection_name()).await, ["a"]);
    create(store, "Free", "free@x").await.unwrap();
    let restored = restore_as(store, &deleted, "Acme again", "ann2@x", None).await.unwrap();
    assert_eq!(harness.ids(restored.collection_name()).await, ["a"]);
    assert_eq!(harness.ids("org_foreign").await, ["foreign"]);
}

pub(crate) async fn second_restore_with_one_name_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let first = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "first").await;
    let first = delete(store, &first).await.unwrap().organization;
    let second = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "second").await;
    let second = delete(store, &second).await.unwrap().organization;
    let restored = restore(store, &second).await.unwrap();
    assert_eq!(restored.id, second.id);
    assert_eq!(harness.ids("org_acme").await, ["second"]);
    assert_eq!(restore(store, &first).await, Err(name_taken("Acme")));
    let first = by_id(store, first.id).await.unwrap();
    assert_eq!(
        restore_as(store, &first, "Acme 1", "ann@x", None).await,
        Err(Error::EmailTaken("ann@x".into()))
    );
    let first = by_id(store, first.id).await.unwrap();
    let renamed = restore_as(store, &first, "Acme 1", "ann1@x", None).await.unwrap();
    assert_eq!(harness.ids(renamed.collection_name()).await, ["first"]);
}

pub(crate) async fn only_deleted_organizations_can_be_restored<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    assert_eq!(restore(store, &acme).await, Err(Error::NotFound));
    let deleted = delete(store, &acme).await.unwrap().organization;
    let restored = restore(store, &deleted).await.unwrap();
    assert_eq!(restore(store, &deleted).await, Err(Error::Changed), "an old epoch");
    assert_eq!(by_id(store, acme.id).await, Some(restored.clone()));
    // Deleted again, its collection has another name in the trash.
    let again = delete(store, &restored).await.unwrap().organization;
    assert_ne!(again.collection, deleted.collection);
    assert_eq!(restore(store, &again).await.unwrap().status(), Status::Active);
    assert_eq!(harness.collections().await, ["org_acme"]);
}

pub(crate) async fn only_one_of_a_restore_and_a_purge_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for round in 0..6 {
        let acme = create(store, "Acme", "ann@x").await.unwrap();
        harness.put("org_acme", "a").await;
        let deleted = delete(store, &acme).await.unwrap().organization;
        let (one, two) = (harness.another(), harness.another());
        let (restored, purged) = tokio::join!(restore(&*one, &deleted), purge(&*two, &deleted));
        let left = by_id(store, acme.id).await;
        match (&restored, &purged) {
            (Ok(restored), Err(Error::Changed | Error::Busy(State::Restoring))) => {
                assert_eq!(left.as_ref(), Some(restored), "{round}");
                assert_eq!(harness.ids("org_acme").await, ["a"], "{round}");
                purge(store, restored).await.unwrap();
            }
            (Err(Error::Changed | Error::NotFound | Error::Busy(State::Purging)), Ok(_)) => {
                assert_eq!(left, None, "{round}");
            }
            both => panic!("{round}: {both:?}"),
        }
        assert!(harness.collections().await.is_empty(), "{round}");
    }
}
