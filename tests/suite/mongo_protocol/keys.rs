//! A store with email keys by older rules, opened by this version.

use super::{LEASE, Wire, uuid};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Document, doc};
use tenantry::domain::{AuditAction, Email, Organization, Problem};
use tenantry::port::{AccountRecord, Accounts, Error, Operators, Store};

/// The letter and its accent as two characters, and as one.
const DECOMPOSED: &str = "jose\u{301}@x";
const COMPOSED: &str = "josé@x";
const WIDE: &str = "ａnn@x";

/// A store of schema 2 with an email of older rules for each of these plain ones.
async fn store_of_schema_2(wire: &Wire, emails: &[(&str, &str)]) -> Vec<Organization> {
    let mut made = Vec::new();
    for (number, (plain, old)) in emails.iter().enumerate() {
        let organization = create(&*wire.plain, &format!("Org {number}"), plain).await.unwrap();
        let key = Email::former_key_of(old);
        wire.set(organization.id, doc! {"$set": {"admin_email": old, "email_key": &key}}).await;
        rename_key(wire, plain, old, &key).await;
        made.push(organization);
    }
    reopen_as_schema_2(wire).await;
    made
}

async fn rename_key(wire: &Wire, plain: &str, old: &str, key: &str) {
    let direct = &wire.database.direct;
    let admins = direct.collection::<Document>("admins");
    let set = doc! {"$set": {"email": old, "email_key": key}};
    assert_eq!(admins.update_one(doc! {"email_key": plain}, set).await.unwrap().matched_count, 1);
    let reservations = direct.collection::<Document>("reservations");
    let reserved = reservations.find_one_and_delete(doc! {"_id": format!("e:{plain}")}).await.unwrap();
    let mut reserved = reserved.unwrap();
    reserved.insert("_id", format!("e:{key}"));
    reservations.insert_one(reserved).await.unwrap();
    let audit = direct.collection::<Document>("audit");
    let entries = doc! {"$set": {"actor": old, "actor_key": key}};
    audit.update_many(doc! {"actor_key": "root@example.com"}, entries).await.unwrap();
}

async fn reopen_as_schema_2(wire: &Wire) {
    let meta = wire.database.direct.collection::<Document>("meta");
    meta.update_one(doc! {}, doc! {"$set": {"schema": 2}}).await.unwrap();
}

async fn open(wire: &Wire) {
    let store = wire.database.store_at(&super::never_twice(&wire.proxy), LEASE);
    store.store_id().await.unwrap().unwrap();
}

/// As sign-in looks for it.
async fn typed(wire: &Wire, email: &str) -> Option<AccountRecord> {
    for key in Email::keys_of(email) {
        if let Some(found) = wire.plain.account_by_email(&key).await.unwrap() {
            return Some(found);
        }
    }
    None
}

async fn organization_of(wire: &Wire, email: &str) -> Option<String> {
    typed(wire, email).await?.organization.map(|organization| organization.name)
}

async fn is_unfinished(wire: &Wire) -> bool {
    wire.database.all("meta").await.remove(0).contains_key("migrating")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_migrated_and_reserved() {
    let wire = Wire::new().await;
    let made = store_of_schema_2(&wire, &[("a@x", WIDE), ("b@x", DECOMPOSED), ("c@x", "c@x")]).await;
    let operator = Email::parse("kim@x").unwrap();
    wire.plain.add_operator(&new_account("kim@x"), entry(AuditAction::OperatorAdd, at(5))).await.unwrap();
    rename_key(&wire, "kim@x", "ｋim@x", "ｋim@x").await;
    open(&wire).await;
    assert!(!is_unfinished(&wire).await);
    wire.assert_clean("migrated").await;
    for (email, name) in
        [("ann@x", "Org 0"), (WIDE, "Org 0"), (COMPOSED, "Org 1"), (DECOMPOSED, "Org 1"), ("c@x", "Org 2")]
    {
        assert_eq!(organization_of(&wire, email).await.as_deref(), Some(name), "{email:?}");
    }
    assert_eq!(
        typed(&wire, "ｋim@x").await.unwrap().account.id,
        typed(&wire, "kim@x").await.unwrap().account.id
    );
    for email in ["ann@x", COMPOSED, operator.as_str()] {
        let refused = create(&*wire.plain, "Another", email).await.unwrap_err();
        assert!(matches!(refused, Error::EmailTaken(_)), "{email:?}: {refused:?}");
    }
    let by_actor = wire.database.all("audit").await;
    assert!(by_actor.iter().all(
        |entry| Email::key_of(entry.get_str("actor_key").unwrap()) == entry.get_str("actor_key").unwrap()
    ));
    // The account is changed and removed as any other.
    let current = by_id(&*wire.plain, made[0].id).await.unwrap();
    let renamed = update(&*wire.plain, &current, &to_name("Renamed")).await.unwrap();
    delete(&*wire.plain, &renamed).await.unwrap();
    wire.assert_clean("deleted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emails_with_one_key_keep_their_keys_and_are_reported() {
    let wire = Wire::new().await;
    let made = store_of_schema_2(&wire, &[("a@x", COMPOSED), ("b@x", DECOMPOSED)]).await;
    open(&wire).await;
    assert!(!is_unfinished(&wire).await);
    assert_eq!(organization_of(&wire, COMPOSED).await.as_deref(), Some("Org 0"));
    assert_eq!(organization_of(&wire, DECOMPOSED).await.as_deref(), Some("Org 1"));
    let findings = wire.findings().await;
    let [only] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(only.organization_id, Some(made[1].id));
    assert!(matches!(&only.problem, Problem::KeysMeet { key, .. } if *key == format!("e:{COMPOSED}")));
    // A write that does not change the email keeps its key, even if it is rolled back.
    let second = by_id(&*wire.plain, made[1].id).await.unwrap();
    let renamed = update(&*wire.plain, &second, &to_name("Renamed")).await.unwrap();
    assert_eq!(organization_of(&wire, DECOMPOSED).await.as_deref(), Some("Renamed"));
    assert_eq!(wire.findings().await.len(), 1);
    // Another email ends it.
    update(&*wire.plain, &renamed, &to_email("other@x")).await.unwrap();
    wire.assert_clean("changed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn record_with_an_operation_is_migrated_later() {
    let wire = Wire::new().await;
    let made = store_of_schema_2(&wire, &[("a@x", WIDE)]).await;
    wire.set(made[0].id, doc! {"$set": {"state": "renaming"}}).await;
    open(&wire).await;
    assert!(is_unfinished(&wire).await);
    assert_eq!(wire.record(made[0].id).await.unwrap().get_str("email_key").unwrap(), WIDE);
    wire.set(made[0].id, doc! {"$set": {"state": "active"}}).await;
    open(&wire).await;
    assert!(!is_unfinished(&wire).await);
    wire.assert_clean("migrated").await;
    assert_eq!(organization_of(&wire, "ann@x").await.as_deref(), Some("Org 0"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_key_migration_is_finished_by_the_next_process() {
    for number in 1.. {
        let wire = Wire::new().await;
        let made = store_of_schema_2(&wire, &[("a@x", WIDE), ("b@x", DECOMPOSED)]).await;
        wire.proxy.gone_at(number, Act::DropReply);
        let store = wire.database.store_at(&super::never_twice(&wire.proxy), LEASE);
        let stopped = store.store_id().await;
        wire.proxy.quiet().await;
        if wire.proxy.count() < number {
            assert!(stopped.is_ok() && number > 12, "{number}: {stopped:?}");
            break;
        }
        wire.proxy.reset();
        open(&wire).await;
        let when = format!("stopped behind {number}");
        wire.assert_clean(&when).await;
        for (id, email) in [(made[0].id, "ann@x"), (made[1].id, COMPOSED)] {
            let record = wire.record(id).await.unwrap();
            assert_eq!(record.get_str("email_key").unwrap(), email, "{when}");
            let reserved = wire.database.all("reservations").await;
            let reserved =
                reserved.iter().find(|row| row.get_str("_id").unwrap() == format!("e:{email}")).unwrap();
            assert_eq!(reserved.get("organization_id"), Some(&uuid(id.0)), "{when}");
            assert!(typed(&wire, email).await.is_some(), "{when}");
        }
    }
}
