//! Creating organizations.

use super::Harness;
use crate::common::suite::*;
use futures_util::future::join_all;
use jiff::SignedDuration;
use tenantry::domain::{AuditAction, CollectionSize, State};
use tenantry::port::Error;

pub(crate) async fn created_organization_is_complete<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme Corp", "Ann@acme.example").await.unwrap();
    assert_eq!((acme.name.as_str(), acme.name_key.as_str()), ("Acme Corp", "acme corp"));
    assert_eq!((acme.collection_name(), acme.state), ("org_acme_corp", State::Active));
    assert_eq!(acme.admin_email, "Ann@acme.example");
    assert!(acme.collection_uuid.is_some());
    assert_eq!(by_id(store, acme.id).await.as_ref(), Some(&acme));
    assert_eq!(by_name(store, "ACME  corp").await.as_ref(), Some(&acme));
    assert_eq!(by_name(&*harness.another(), "acme corp").await.as_ref(), Some(&acme));
    assert!(by_name(store, "Acme").await.is_none());
    assert_eq!(harness.collections().await, ["org_acme_corp"]);
    let entry = newest(store, 1).await.remove(0);
    assert_eq!((entry.action, entry.organization_id), (AuditAction::OrganizationCreate, Some(acme.id)));
    assert_eq!(entry.changes["name"]["to"], "Acme Corp");
}

pub(crate) async fn times_are_cut_to_milliseconds<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let fine = at(1).checked_add(SignedDuration::from_nanos(456_789)).unwrap();
    let acme = try_create(store, &new_organization("Acme", "ann@acme.example"), fine).await.unwrap();
    let read = by_id(store, acme.id).await.unwrap();
    assert_eq!((read.created_at, read.updated_at), (at(1), at(1)));
    assert_eq!(admin_of(store, &acme).await.account.created_at, at(1));
    assert_eq!(newest(store, 1).await[0].at, at(1));
    let renamed = update(store, &read, &to_name("ACME")).await.unwrap();
    assert_eq!((renamed.created_at, renamed.updated_at), (at(1), at(60)));
}

pub(crate) async fn name_is_taken_in_any_case_or_form<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Straße ② Cafe\u{301}", "one@x.example").await.unwrap();
    for typed in ["STRASSE 2 CAFÉ", "straße  ② café", "ｓtraße 2 café"] {
        let refused = create(store, typed, "two@x.example").await;
        assert_eq!(refused, Err(name_taken(name(typed).display())), "{typed}");
    }
    create(store, "Strase 2 Cafe", "two@x.example").await.unwrap();
}

pub(crate) async fn an_email_signs_in_to_one_account<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "ann@acme.example").await.unwrap();
    let taken = |typed: &str| Err(Error::EmailTaken(typed.to_owned()));
    assert_eq!(create(store, "Other", "ANN@acme.example").await, taken("ANN@acme.example"));
    assert_eq!(create(store, "Other", "Root@example.com").await, taken("Root@example.com"), "an operator's");
    assert_eq!(by_email(store, "ann@acme.example").await.unwrap().organization.unwrap().name, "Acme");
}

pub(crate) async fn a_refusal_leaves_nothing_behind<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    create(store, "Acme", "ann@acme.example").await.unwrap();
    let before = newest(store, 9).await;
    create(store, "acme", "free@x.example").await.unwrap_err();
    create(store, "Free", "ann@acme.example").await.unwrap_err();
    assert_eq!(harness.collections().await, ["org_acme"]);
    assert!(by_email(store, "free@x.example").await.is_none());
    assert!(by_name(store, "Free").await.is_none());
    assert_eq!(newest(store, 9).await, before);
    create(store, "Free", "free@x.example").await.unwrap();
}

pub(crate) async fn a_foreign_collection_is_kept<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    harness.put_foreign("org_acme").await;
    let refused = create(store, "Acme", "ann@acme.example").await;
    assert_eq!(refused, Err(Error::CollectionExists("org_acme".into())));
    assert_eq!(harness.collections().await, ["org_acme"]);
    assert_eq!(harness.ids("org_acme").await, ["foreign"]);
    assert!(by_name(store, "Acme").await.is_none());
    assert!(by_email(store, "ann@acme.example").await.is_none());
    create(store, "Acme 2", "ann@acme.example").await.unwrap();
}

pub(crate) async fn only_one_of_64_creates_with_one_name_succeeds<H: Harness>() {
    let harness = H::initialized().await;
    let stores: Vec<_> = (0..4).map(|_| harness.another()).collect();
    let creates = (0..64).map(|number| {
        let store = stores[number % stores.len()].clone();
        async move { create(&*store, "Acme", &format!("ann{number}@acme.example")).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = join_all(creates).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 63));
    for refusal in refused {
        assert_eq!(refusal, Err(name_taken("Acme")));
    }
    let found = by_name(harness.store(), "Acme").await.unwrap();
    assert_eq!(Ok(&found), made[0].as_ref());
    assert_eq!(harness.collections().await, ["org_acme"]);
    let creates = newest(harness.store(), 99).await;
    assert_eq!(creates.len(), 2, "the first operator, one create");
    for number in 0..64 {
        let address = format!("ann{number}@acme.example");
        let there = by_email(harness.store(), &address).await.is_some();
        assert_eq!(there, address == found.admin_email, "{address}");
    }
}

pub(crate) async fn hostile_names_are_returned_unchanged<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let names =
        ["O'Brien & Sons, (x)", "日本", "Ünïcödé", "org_admins", "system.users", "' OR 1 --", "1", "n:a e:b"];
    let emails =
        ["\"><script>@x", "a'--@b", "{\"gt\":1}@x", "%00@x", "日本@x", "$where@x", "a.b.c@x", "e:n:c:@x"];
    for (display, address) in names.into_iter().zip(emails) {
        let made = create(store, display, address).await.unwrap();
        let found = by_name(store, display).await.unwrap();
        assert_eq!(found, made);
        assert_eq!((found.name.as_str(), found.admin_email.as_str()), (display, address));
        assert!(found.collection_name().starts_with("org_"), "{found:?}");
        assert_eq!(by_email(store, address).await.unwrap().organization.unwrap().name, display);
    }
    assert_eq!(harness.collections().await.len(), names.len());
}

pub(crate) async fn stats_count_documents<H: Harness>() {
    let harness = H::initialized().await;
    let store = harness.store();
    let acme = create(store, "Acme", "ann@acme.example").await.unwrap();
    assert_eq!(store.size(&acme).await.unwrap(), CollectionSize::default(), "no marker is counted");
    for number in 0..3 {
        harness.put("org_acme", &format!("d{number}")).await;
    }
    let stats = store.stats(&acme).await.unwrap();
    assert_eq!(stats.size.documents, 3);
    assert!(stats.size.data_bytes > 0);
    assert_eq!(store.size(&acme).await.unwrap(), stats.size);
    let [of_id] = stats.indexes.as_slice() else { panic!("{stats:?}") };
    assert_eq!((of_id.name.as_str(), of_id.unique), ("_id_", true));
    assert_eq!(serde_json::to_string(&of_id.keys).unwrap(), r#"{"_id":1}"#);
    let mut moved = acme.clone();
    moved.collection = Some(store.collection_of(&name("Elsewhere")));
    let missing = Error::CollectionMissing("org_elsewhere".into());
    assert_eq!(store.stats(&moved).await, Err(missing.clone()));
    assert_eq!(store.size(&moved).await, Err(missing));
}
