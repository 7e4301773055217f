//! An organization whose admin's account is gone: it is still listed, and can be given a new one.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{Claims, Organization, OrganizationChange};
use tenantry::port::Error;

async fn without_admin<H: Harness>(harness: &H) -> (Organization, Claims) {
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    create(store, "Zephyr", "zoe@x").await.unwrap();
    harness.put("org_acme", "a").await;
    let claims = claims_of(&admin_of(store, &acme).await);
    harness.remove_account(acme.admin_id).await;
    (acme, claims)
}

pub(crate) async fn organization_without_an_admin_is_listed_and_found<H: Harness>() {
    let harness = H::initialized().await;
    let (acme, claims) = without_admin(&harness).await;
    let store = harness.store();
    assert_eq!(by_id(store, acme.id).await, Some(acme.clone()));
    assert_eq!(by_name(store, "acme").await, Some(acme.clone()));
    let page = store.page(&by_names(9)).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["Acme", "Zephyr"]);
    assert_eq!(store.stats(&acme).await.unwrap().size.documents, 1);
    assert!(store.account(acme.admin_id).await.unwrap().is_none());
    assert!(store.session_state(&claims, at(9)).await.unwrap().account.is_none());
}

pub(crate) async fn email_and_password_create_the_account_again<H: Harness>() {
    let harness = H::initialized().await;
    let (acme, claims) = without_admin(&harness).await;
    let store = harness.store();
    let wanted = OrganizationChange { admin_email: Some(email("ann@x")), ..to_password("second") };
    let changed = update(store, &acme, &wanted).await.unwrap();
    assert_ne!(changed.admin_id, acme.admin_id, "no token of the old account is good again");
    assert_eq!((changed.admin_email.as_str(), changed.collection_name()), ("ann@x", "org_acme"));
    assert!(changed.epoch > acme.epoch);
    let admin = by_email(store, "ann@x").await.unwrap();
    assert_eq!((admin.account.id, admin.account.organization_id), (changed.admin_id, Some(acme.id)));
    assert_eq!((admin.account.version, admin.account.token_version), (1, 1));
    assert_eq!(hash_of(&admin), "$2b$04$second");
    assert!(admin.organization.unwrap().lets_in());
    assert!(store.session_state(&claims, at(9)).await.unwrap().account.is_none());
    assert_eq!(harness.ids("org_acme").await, ["a"]);
    // From now on it is an account as any other.
    let moved = update(store, &changed, &all_of("Beta", "bob@x", "third")).await.unwrap();
    assert_eq!(hash_of(&by_email(store, "bob@x").await.unwrap()), "$2b$04$third");
    purge(store, &moved).await.unwrap();
    create(store, "Acme", "ann@x").await.unwrap();
}

pub(crate) async fn email_or_password_alone_creates_no_account<H: Harness>() {
    let harness = H::initialized().await;
    let (acme, _) = without_admin(&harness).await;
    let store = harness.store();
    for wanted in [to_email("new@x"), to_password("second")] {
        assert_eq!(update(store, &acme, &wanted).await, Err(Error::AdminMissing("Acme".into())));
    }
    let taken = OrganizationChange { admin_email: Some(email("zoe@x")), ..to_password("second") };
    assert_eq!(update(store, &acme, &taken).await, Err(Error::EmailTaken("zoe@x".into())));
    let now = by_id(store, acme.id).await.unwrap();
    assert_eq!((now.admin_id, now.admin_email.as_str()), (acme.admin_id, "ann@x"));
    assert!(by_email(store, "new@x").await.is_none());
}

pub(crate) async fn existing_account_is_not_created_again<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let wanted = OrganizationChange { admin_email: Some(email("new@x")), ..to_password("second") };
    assert_eq!(change(store, &acme, None, &wanted).await, Err(Error::Changed));
    let admin = admin_of(store, &acme).await;
    assert_eq!((admin.account.email.as_str(), hash_of(&admin).as_str()), ("ann@x", "$2b$04$first"));
}

pub(crate) async fn organization_without_an_admin_can_be_renamed_suspended_and_deleted<H: Harness>() {
    let harness = H::initialized().await;
    let (acme, _) = without_admin(&harness).await;
    let store = harness.store();
    let renamed = update(store, &acme, &to_name("Beta")).await.unwrap();
    let suspended = suspend(store, &renamed, "").await.unwrap();
    let resumed = resume(store, &suspended).await.unwrap();
    let deleted = delete(store, &resumed).await.unwrap().organization;
    assert_eq!(deleted.admin_email, "ann@x");
    assert_eq!(restore(store, &deleted).await, Err(Error::AdminMissing("Beta".into())));
    let deleted = by_id(store, acme.id).await.unwrap();
    let restored = restore_as(store, &deleted, "Beta", "ann@x", Some("second")).await.unwrap();
    assert_ne!(restored.admin_id, acme.admin_id);
    let admin = by_email(store, "ann@x").await.unwrap();
    assert_eq!((admin.account.id, hash_of(&admin).as_str()), (restored.admin_id, "$2b$04$second"));
    assert_eq!(harness.ids("org_beta").await, ["a"]);
    purge(store, &restored).await.unwrap();
    create(store, "Beta", "ann@x").await.unwrap();
}
