//! Deleting to the trash: names are released, and nothing is lost.

use super::Harness;
use crate::common::suite::*;
use tenantry::domain::{AuditAction, CollectionName, Deletion, State, Status};
use tenantry::port::{Error, Lookup, OrganizationQuery};

pub(crate) async fn deleted_organization_is_complete_in_the_trash<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "Ann@x").await.unwrap();
    let zephyr = create(store, "Zephyr", "zoe@x").await.unwrap();
    harness.put("org_acme", "a").await;
    harness.put("org_zephyr", "z").await;
    let purge_at = at(1_000);
    let deleted = delete_until(store, &acme, purge_at).await.unwrap();
    assert_eq!(deleted.collection_left, None);
    let deleted = deleted.organization;
    assert_eq!(by_id(&*harness.another(), acme.id).await, Some(deleted.clone()));
    assert_eq!((deleted.state, deleted.status()), (State::Deleted, Status::Deleted));
    let wanted = Deletion { at: at(120), by: "root@example.com".into(), purge_at, name_key: "acme".into() };
    assert_eq!(deleted.deletion, Some(wanted));
    assert_eq!((deleted.name.as_str(), deleted.admin_email.as_str()), ("Acme", "Ann@x"), "as they were");
    assert_eq!((deleted.name_key.as_str(), deleted.admin_id), ("", acme.admin_id));
    assert_eq!((deleted.created_at, deleted.updated_at), (at(1), at(120)));
    assert!(deleted.epoch > acme.epoch);

    let aside = deleted.collection.clone().unwrap();
    assert!(aside.as_str().starts_with(&format!("tenantry_trash_{}_", acme.id)), "{aside}");
    assert!(CollectionName::from_record(aside.as_str(), "").is_some());
    assert_eq!(deleted.collection_uuid, acme.collection_uuid, "the same collection");
    assert_eq!(harness.collections().await, ["org_zephyr", aside.as_str()]);
    assert_eq!(harness.ids(aside.as_str()).await, ["a"], "nothing is lost");
    assert_eq!(store.stats(&deleted).await.unwrap().size.documents, 1);
    assert_eq!(harness.ids("org_zephyr").await, ["z"], "another's is not touched");
    assert_eq!(by_id(store, zephyr.id).await, Some(zephyr));
}

pub(crate) async fn no_name_email_or_list_finds_a_deleted_organization<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let deleted = in_trash(store, "Acme", "ann@x").await;
    assert_eq!(store.find(&Lookup::NameKey("acme".into())).await, Ok(None));
    assert_eq!(store.find(&Lookup::NameKey(String::new())).await, Ok(None));
    assert!(by_email(store, "ann@x").await.is_none());
    assert!(store.page(&by_names(9)).await.unwrap().rows.is_empty());
    let trash = OrganizationQuery { status: Some(Status::Deleted), ..by_names(9) };
    let listed = store.page(&trash).await.unwrap();
    let listed: Vec<_> = listed.rows.iter().map(|row| (**row).clone()).collect();
    assert_eq!(listed, std::slice::from_ref(&deleted));
    assert_eq!(store.deleted_with_name("acme", 9).await, Ok(vec![deleted]));
    assert_eq!(store.deleted_with_name("zephyr", 9).await, Ok(Vec::new()));
}

pub(crate) async fn name_email_and_collection_are_free_after_a_delete<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let mut deleted = Vec::new();
    for number in 0..3 {
        let acme = create(store, "Acme", "ann@x").await.unwrap();
        assert!(harness.ids("org_acme").await.is_empty(), "nobody inherits documents");
        harness.put("org_acme", &format!("d{number}")).await;
        deleted.push(delete(store, &acme).await.unwrap().organization);
    }
    for (number, deleted) in deleted.iter().enumerate() {
        assert_eq!(
            harness.ids(deleted.collection_name()).await,
            [format!("d{number}")],
            "each keeps its own"
        );
    }
    let mut ids: Vec<_> = deleted.iter().map(|deleted| deleted.id).collect();
    ids.sort();
    let found: Vec<_> = store.deleted_with_name("acme", 9).await.unwrap().iter().map(|one| one.id).collect();
    assert_eq!(found, ids, "all of one name, in the order of their ids");
    assert_eq!(store.deleted_with_name("acme", 2).await.unwrap().len(), 2);
    // An operator and another organization can take the email, a rename the name.
    let other = create(store, "Other", "ann@x").await.unwrap();
    assert_eq!(update(store, &other, &to_name("ACME")).await.unwrap().collection_name(), "org_acme");
}

pub(crate) async fn delete_ends_sessions<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let admin = admin_of(store, &acme).await;
    let claims = claims_of(&admin);
    let deleted = delete(store, &acme).await.unwrap().organization;
    let state = store.session_state(&claims, at(200)).await.unwrap();
    let of_session = state.organization.unwrap();
    assert!(!of_session.lets_in());
    assert_eq!((of_session.state, of_session.sessions_end_at), (State::Deleted, Some(at(120))));
    let after = admin_of(store, &deleted).await;
    assert_eq!((after.account.version, after.account.token_version), (2, 2));
    assert_eq!(hash_of(&after), hash_of(&admin), "a restore gives the password back");
    assert_eq!(after.account.email, "ann@x");
}

pub(crate) async fn delete_with_an_old_epoch_is_refused<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let renamed = update(store, &acme, &to_name("Zephyr")).await.unwrap();
    assert_eq!(delete(store, &acme).await, Err(Error::Changed));
    assert_eq!(by_id(store, acme.id).await, Some(renamed));
    assert_eq!(harness.collections().await, ["org_zephyr"]);
    let deleted = in_trash(store, "Beta", "b@x").await;
    assert_eq!(delete(store, &deleted).await, Err(Error::NotFound), "it is deleted already");
}

pub(crate) async fn only_one_of_a_rename_and_a_delete_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    for round in 0..6 {
        let acme = create(store, &format!("Acme {round}"), "ann@x").await.unwrap();
        let admin = admin_of(store, &acme).await.account;
        let wanted = to_name(&format!("Zephyr {round}"));
        let (one, two) = (harness.another(), harness.another());
        let (renamed, deleted) =
            tokio::join!(change(&*one, &acme, Some(&admin), &wanted), delete(&*two, &acme));
        let left = by_id(store, acme.id).await.unwrap();
        match (&renamed, &deleted) {
            (Ok(renamed), Err(Error::Changed | Error::Busy(State::Renaming))) => assert_eq!(left, *renamed),
            (Err(Error::Changed | Error::NotFound | Error::Busy(State::Deleting)), Ok(deleted)) => {
                assert_eq!(left, deleted.organization);
            }
            both => panic!("{both:?}"),
        }
        assert_eq!(harness.collections().await, [left.collection_name()]);
        purge(store, &left).await.unwrap();
        assert!(harness.collections().await.is_empty());
    }
}

pub(crate) async fn a_missing_collection_does_not_stop_a_delete<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.drop_collection("org_acme").await;
    let deleted = delete(store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left, None);
    let deleted = deleted.organization;
    assert_eq!((deleted.collection.as_ref(), deleted.collection_uuid), (None, None));
    assert!(matches!(restore(store, &deleted).await, Err(Error::CollectionMissing(_))));
    assert_eq!(by_id(store, acme.id).await, Some(deleted.clone()), "a refused restore changes nothing");
    let next = create(store, "Acme", "ann@x").await.unwrap();
    purge(store, &deleted).await.unwrap();
    assert_eq!(by_id(store, next.id).await, Some(next), "the next owner is not touched");
    assert_eq!(harness.collections().await, ["org_acme"]);
}

/// A foreign collection under its name is left alone, and the delete reports it.
pub(crate) async fn foreign_collection_is_left_alone_and_reported<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    harness.drop_collection("org_acme").await;
    harness.put_foreign("org_acme").await;
    let deleted = delete(store, &acme).await.unwrap();
    assert_eq!(deleted.collection_left.as_deref(), Some("org_acme"));
    assert_eq!(deleted.organization.collection, None);
    assert_eq!(harness.ids("org_acme").await, ["foreign"]);
    let entry = newest(store, 1).await.remove(0);
    assert_eq!(entry.action, AuditAction::OrganizationDelete);
    assert_eq!(entry.changes["collection_left"], "org_acme");
    assert_eq!(entry.changes["password"], "changed", "beside what the entry said");
    assert_eq!(create(store, "Acme", "b@x").await, Err(Error::CollectionExists("org_acme".into())));
}
