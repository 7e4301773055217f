//! Deleting organizations.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{Claims, State};
use tenantry::service::Error;
use tenantry::service::store::Lookup;
use uuid::Uuid;

pub(crate) async fn everything_is_gone<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let zephyr = create(store, "Zephyr", "zoe@x").await.unwrap();
    harness.put("org_acme", "a").await;
    harness.put("org_zephyr", "z").await;
    delete(store, &acme).await.unwrap();
    assert!(by_id(store, acme.id).await.is_none());
    assert!(by_name(store, "Acme").await.is_none());
    assert!(by_email(store, "ann@x").await.is_none());
    assert!(store.account(acme.admin_id).await.unwrap().is_none());
    assert_eq!(harness.collections().await, ["org_zephyr"]);
    assert_eq!(harness.ids("org_zephyr").await, ["z"], "another's stays");
    assert_eq!(by_id(store, zephyr.id).await, Some(zephyr));
}

pub(crate) async fn name_and_email_are_free_again<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for _ in 0..3 {
        let acme = create(store, "Acme", "ann@x").await.unwrap();
        delete(store, &acme).await.unwrap();
    }
    assert!(harness.collections().await.is_empty());
}

pub(crate) async fn a_new_owner_sees_no_old_documents<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let old = create(store, "Acme", "ann@x").await.unwrap();
    harness.put("org_acme", "secret").await;
    delete(store, &old).await.unwrap();
    let new = create(store, "Acme", "ann@x").await.unwrap();
    assert_ne!((new.id, new.collection_uuid), (old.id, old.collection_uuid));
    assert!(harness.ids("org_acme").await.is_empty());
    assert_eq!(store.figures(&new).await.unwrap().documents, 0);
}

pub(crate) async fn an_old_epoch_deletes_nothing<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let renamed = update(store, &acme, &to_name(store, "Zephyr")).await.unwrap();
    assert_eq!(delete(store, &acme).await, Err(Error::Changed));
    assert_eq!(by_id(store, acme.id).await, Some(renamed));
    assert_eq!(harness.collections().await, ["org_zephyr"]);
}

pub(crate) async fn of_a_rename_and_a_delete_one_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for round in 0..6 {
        let acme = create(store, &format!("Acme {round}"), "ann@x").await.unwrap();
        let admin = admin_of(store, &acme).await.account;
        let wanted = to_name(store, &format!("Zephyr {round}"));
        let (one, two) = (harness.another(), harness.another());
        let (renamed, deleted) = tokio::join!(change(&*one, &acme, &admin, &wanted), delete(&*two, &acme));
        let left = store.find(&Lookup::Id(acme.id)).await.unwrap();
        match (&renamed, &deleted) {
            (Ok(renamed), Err(Error::Changed | Error::Busy(State::Renaming))) => {
                assert_eq!(left.as_ref(), Some(renamed));
                assert_eq!(harness.collections().await, [renamed.collection_name()]);
                delete(store, renamed).await.unwrap();
            }
            (Err(Error::Changed | Error::NotFound | Error::Busy(State::Deleting)), Ok(())) => {
                assert_eq!(left, None);
            }
            both => panic!("{both:?}"),
        }
        assert!(harness.collections().await.is_empty());
    }
}

pub(crate) async fn a_missing_collection_does_not_stop_a_delete<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.drop_collection("org_acme").await;
    delete(store, &acme).await.unwrap();
    create(store, "Acme", "ann@x").await.unwrap();
}

pub(crate) async fn the_session_ends<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let account = admin_of(store, &acme).await.account;
    let claims = Claims {
        iss: "tenantry".into(),
        aud: Uuid::nil(),
        sub: account.id,
        org: Some(acme.id),
        role: account.role,
        tv: 1,
        iat: 0,
        nbf: 0,
        exp: 0,
        auth_time: 0,
        jti: Uuid::new_v4(),
    };
    delete(store, &acme).await.unwrap();
    let state = store.session_state(&claims, at(200)).await.unwrap();
    assert!(state.account.is_none() && state.organization.is_none());
}
