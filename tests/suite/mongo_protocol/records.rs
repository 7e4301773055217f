//! Records are not trusted: foreign ones are ignored, and unreadable ones do not affect others.

use super::{Wire, uuid};
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use tenantry::port::{Accounts, Error, Organizations};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_cannot_claim_the_collection_of_another() {
    for wire in [Wire::new().await, Wire::ignoring().await] {
        let (wire, acme, _) = wire.and_acme().await;
        let zephyr = create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
        wire.set(acme.id, doc! {"$set": {"collection_name": "org_zephyr"}}).await;
        let seen = by_id(&*wire.store, acme.id).await.unwrap();
        // Its own collection is identified by its UUID, wherever it is.
        update(&*wire.store, &seen, &to_name("Quartz")).await.unwrap();
        assert_eq!(wire.collections().await, ["org_quartz", "org_zephyr"]);
        assert_eq!(wire.database.all("org_quartz").await.len(), 2);
        assert!(wire.plain.stats(&zephyr).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_without_our_schema_are_not_seen() {
    let wire = Wire::new().await;
    let organizations = wire.database.direct.collection::<Document>("organizations");
    let old = doc! {"organization_name": "Acme", "name_key": "acme", "collection_name": "org_Acme",
    "created_at": "2024-01-01T00:00:00"};
    organizations.insert_one(old).await.unwrap();
    let admins = wire.database.direct.collection::<Document>("admins");
    let admin = doc! {"email": "ann@x", "email_key": "ann@x", "password": "$2b$12$x", "organization_name": "Acme",
    "role": "admin"};
    admins.insert_one(admin).await.unwrap();
    assert!(wire.store.page(&by_names(9)).await.unwrap().rows.is_empty());
    assert!(by_name(&*wire.store, "Acme").await.is_none());
    assert!(by_email(&*wire.store, "ann@x").await.is_none());
    let acme = create(&*wire.store, "Acme", "ann@x").await.unwrap();
    assert_eq!(by_name(&*wire.store, "Acme").await, Some(acme.clone()));
    assert_eq!(by_email(&*wire.store, "ann@x").await.unwrap().account.id, acme.admin_id);
    purge(&*wire.store, &acme).await.unwrap();
    assert_eq!(wire.database.all("organizations").await.len(), 1, "the old one stays");
    assert_eq!(wire.database.all("admins").await.len(), 2);
}

/// Whether more follow is counted before a record is judged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_record_does_not_break_lists() {
    let (wire, acme, _) = Wire::with_acme().await;
    create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    let organizations = wire.database.direct.collection::<Document>("organizations");
    for broken in
        [doc! {"_id": "text"}, doc! {"_id": uuid(uuid::Uuid::new_v4()), "state": "odd", "epoch": "x"}]
    {
        let mut record = doc! {"schema": 2, "name_key": "borealis"};
        record.extend(broken);
        organizations.insert_one(record).await.unwrap();
    }
    let mut query = by_names(2);
    let mut names = Vec::new();
    loop {
        let page = wire.store.page(&query).await.unwrap();
        names.extend(page.rows.iter().map(|row| row.name.clone()));
        let Some(next) = page.next else { break };
        query.after = Some(next);
    }
    assert_eq!(names, ["Acme", "Zephyr"]);
    assert!(by_name(&*wire.store, "Borealis").await.is_none());
    assert_eq!(by_id(&*wire.store, acme.id).await, Some(acme));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incomplete_account_cannot_sign_in() {
    let (wire, acme, _) = Wire::with_acme().await;
    let admins = wire.database.direct.collection::<Document>("admins");
    let this = doc! {"_id": uuid(acme.admin_id.0)};
    admins.update_one(this, doc! {"$set": {"pending": {"id": "x"}}}).await.unwrap();
    assert!(by_email(&*wire.store, "ann@x").await.is_none());
    assert!(wire.store.account(acme.admin_id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_accounts_with_one_email_the_reserved_one_signs_in() {
    let (wire, acme, _) = Wire::with_acme().await;
    let admins = wire.database.direct.collection::<Document>("admins");
    let mut copy = admins.find_one(doc! {"email_key": "ann@x"}).await.unwrap().unwrap();
    copy.insert("_id", uuid(uuid::Uuid::nil()));
    copy.insert("organization_id", uuid(uuid::Uuid::new_v4()));
    admins.insert_one(copy).await.unwrap();
    assert_eq!(by_email(&*wire.store, "ann@x").await.unwrap().account.id, acme.admin_id);
}

/// Somebody dropped it by hand: nothing is changed, and the name is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn update_without_a_collection_is_rolled_back() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.database.direct.collection::<Document>("org_acme").drop().await.unwrap();
    let missing = Err(Error::CollectionMissing("org_acme".into()));
    assert_eq!(update(&*wire.store, &acme, &to_name("Zephyr")).await, missing);
    let found = by_id(&*wire.store, acme.id).await.unwrap();
    assert_eq!((found.name.as_str(), found.updated_at), ("Acme", acme.updated_at));
    assert_eq!(wire.store.stats(&found).await.unwrap_err(), Error::CollectionMissing("org_acme".into()));
    let deleted = delete(&*wire.store, &found).await.unwrap();
    assert_eq!((deleted.collection_left, deleted.organization.collection), (None, None));
    wire.assert_clean("deleted").await;
}
