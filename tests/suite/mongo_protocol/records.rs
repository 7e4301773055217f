//! Records are not trusted: a forged name leads to no rename and no drop, and what is not ours is not seen.

use super::Wire;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use tenantry::domain::{SortKey, State};
use tenantry::service::Error;
use tenantry::service::store::{PageQuery, Store};

fn first_page() -> PageQuery {
    PageQuery { state: None, sort: SortKey::Name, reverse: false, after: None, limit: 99 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_collection_name_is_never_renamed_or_dropped() {
    let other = doc! {"database_name": "another_database"};
    let missing = doc! {"collection_name": 7};
    let names = [
        "admins",
        "organizations",
        "meta",
        "system.users",
        "org_",
        "org_a.b",
        "org_$x",
        "tenantry_new_x",
        "",
    ];
    let forged = names.map(|name| doc! {"collection_name": name}).into_iter().chain([other, missing]);
    for forged in forged {
        let (wire, acme, admin) = Wire::with_acme().await;
        wire.set(acme.id, doc! {"$set": forged.clone()}).await;
        let seen = by_id(&*wire.store, acme.id).await.unwrap();
        assert_eq!((seen.state, &seen.collection), (State::Damaged, &None), "{forged}");
        assert_eq!(*wire.store.page(&first_page()).await.unwrap()[0], seen, "{forged}");
        assert_eq!(wire.store.figures(&seen).await, Err(Error::CollectionMissing(String::new())));
        wire.proxy.reset();
        let renamed = change(&*wire.store, &seen, &admin, &to_name(&*wire.store, "Zephyr")).await;
        assert_eq!(renamed, Err(Error::Busy(State::Damaged)), "{forged}");
        let collections = wire.database.collections().await;
        delete(&*wire.store, &seen).await.unwrap();
        let sent = wire.proxy.calls();
        assert!(
            !sent.iter().any(|call| ["renameCollection", "drop"].contains(&call.command.as_str())),
            "{sent:?}"
        );
        assert_eq!(wire.database.collections().await, collections, "{forged}");
        assert!(by_email(&*wire.store, "root@example.com").await.is_some(), "{forged}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_names_the_collection_of_another_does_not_get_it() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let zephyr = create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    wire.set(acme.id, doc! {"$set": {"collection_name": "org_zephyr"}}).await;
    let seen = by_id(&*wire.store, acme.id).await.unwrap();
    let renamed = change(&*wire.store, &seen, &admin, &to_name(&*wire.store, "Quartz")).await;
    assert_eq!(renamed, Err(Error::CollectionMissing("org_zephyr".into())));
    let seen = by_id(&*wire.store, acme.id).await.unwrap();
    delete(&*wire.store, &seen).await.unwrap();
    assert_eq!(wire.collections().await, ["org_acme", "org_zephyr"]);
    assert!(wire.plain.figures(&zephyr).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_an_older_service_are_not_seen() {
    let wire = Wire::new().await;
    let organizations = wire.database.direct.collection::<Document>("organizations");
    let old = doc! {"organization_name": "Acme", "name_key": "acme", "collection_name": "org_Acme",
    "created_at": "2024-01-01T00:00:00"};
    organizations.insert_one(old).await.unwrap();
    let admins = wire.database.direct.collection::<Document>("admins");
    let admin = doc! {"email": "ann@x", "email_key": "ann@x", "password": "$2b$12$x", "organization_name": "Acme",
    "role": "admin"};
    admins.insert_one(admin).await.unwrap();
    assert!(wire.store.page(&first_page()).await.unwrap().is_empty());
    assert!(by_name(&*wire.store, "Acme").await.is_none());
    assert!(by_email(&*wire.store, "ann@x").await.is_none());
    let acme = create(&*wire.store, "Acme", "ann@x").await.unwrap();
    assert_eq!(by_name(&*wire.store, "Acme").await, Some(acme.clone()));
    assert_eq!(by_email(&*wire.store, "ann@x").await.unwrap().account.id, acme.admin_id);
    delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(wire.database.all("organizations").await.len(), 1, "the old one stays");
    assert_eq!(wire.database.all("admins").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_records_do_not_break_a_list() {
    let (wire, acme, _) = Wire::with_acme().await;
    let organizations = wire.database.direct.collection::<Document>("organizations");
    organizations.insert_one(doc! {"_id": "text", "schema": 1}).await.unwrap();
    let broken = uuid::Uuid::new_v4();
    organizations
        .insert_one(doc! {"_id": super::uuid(broken), "schema": 1, "state": "odd", "epoch": "x"})
        .await
        .unwrap();
    let rows = wire.store.page(&first_page()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|row| row.id == acme.id));
    assert!(rows.iter().any(|row| row.id.0 == broken && row.state == State::Damaged));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_not_whole_does_not_sign_in() {
    let (wire, acme, _) = Wire::with_acme().await;
    let admins = wire.database.direct.collection::<Document>("admins");
    let this = doc! {"_id": super::uuid(acme.admin_id.0)};
    admins.update_one(this, doc! {"$set": {"pending": {"id": "x"}}}).await.unwrap();
    assert!(by_email(&*wire.store, "ann@x").await.is_none());
    assert!(wire.store.account(acme.admin_id).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_accounts_with_one_email_the_reserved_one_signs_in() {
    let (wire, acme, _) = Wire::with_acme().await;
    let admins = wire.database.direct.collection::<Document>("admins");
    let mut copy = admins.find_one(doc! {"email_key": "ann@x"}).await.unwrap().unwrap();
    copy.insert("_id", super::uuid(uuid::Uuid::nil()));
    copy.insert("organization_id", super::uuid(uuid::Uuid::new_v4()));
    admins.insert_one(copy).await.unwrap();
    assert_eq!(by_email(&*wire.store, "ann@x").await.unwrap().account.id, acme.admin_id);
}
