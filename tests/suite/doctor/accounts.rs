//! Accounts and reservations (I3, I4).

use super::{Clinic, binary, problems, repair, repair_all};
use crate::common::suite::*;
use mongodb::bson::{DateTime, doc};
use tenantry::domain::{Problem, Remedy, RepairOutcome, Severity};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_without_an_organization_are_removed() {
    let clinic = Clinic::new().await;
    let abandoned = doc! {
        "_id": binary(Uuid::new_v4()), "organization_id": binary(Uuid::new_v4()), "email": "gone@x",
        "email_key": "gone@x", "role": "admin", "version": 1_i64, "schema": 2,
    };
    let second = doc! {
        "_id": binary(Uuid::new_v4()), "organization_id": binary(clinic.acme.id.0), "email": "second@x",
        "email_key": "second@x", "role": "admin", "version": 1_i64, "schema": 2,
    };
    let long_ago = DateTime::from_millis(0);
    let pending = doc! {
        "_id": binary(Uuid::new_v4()), "email": "half@x", "email_key": "half@x", "role": "operator",
        "version": 1_i64, "schema": 2, "pending": {"id": binary(Uuid::new_v4()), "at": long_ago},
    };
    clinic.all("admins").insert_many([abandoned, second, pending.clone()]).await.unwrap();
    let reserved = doc! {"_id": "e:half@x", "account_id": pending.get("_id"), "epoch": 1_i64};
    clinic.all("reservations").insert_one(reserved).await.unwrap();
    let mut found = problems(&*clinic.store).await;
    found.sort_by_key(|problem| format!("{problem:?}"));
    let admin = |email: &str| Problem::AdminAbandoned { email: email.into() };
    let wanted = [admin("gone@x"), admin("second@x"), Problem::OperatorPending { email: "half@x".into() }];
    assert_eq!(found, wanted);
    assert_eq!(repair_all(&*clinic.store).await, []);
    assert_eq!(clinic.database.all("admins").await.len(), 3, "the operator and two admins");
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
    assert!(create(&*clinic.store, "Half", "half@x").await.is_ok(), "its email is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_admin_is_reported_until_the_account_is_created_again() {
    let clinic = Clinic::new().await;
    clinic.all("admins").delete_one(doc! {"email_key": "ann@x"}).await.unwrap();
    let left = repair_all(&*clinic.store).await;
    assert_eq!((left.len(), &left[0].problem), (1, &Problem::AdminMissing));
    assert_eq!(left[0].problem.remedy(), Remedy::Account);
    assert_eq!(left[0].repair(), "Give Acme an admin email and a password: that creates the account.");
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    let account = all_of("Acme", "anew@x", "second");
    update(&*clinic.store, &acme, &account).await.unwrap();
    clinic.assert_whole("with a new admin").await;
}

/// Nobody signs in for a deleted organization, and a restore creates the account again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_of_a_deleted_organization_has_no_email_key_or_is_gone() {
    let clinic = Clinic::new().await;
    let deleted = delete(&*clinic.store, &clinic.acme).await.unwrap().organization;
    let admins = clinic.all("admins");
    let this = doc! {"_id": binary(deleted.admin_id.0)};
    admins.update_one(this.clone(), doc! {"$set": {"email_key": "ann@x"}}).await.unwrap();
    let found = problems(&*clinic.store).await;
    assert_eq!(found, [Problem::AdminKeepsEmail { email: "ann@x".into() }]);
    assert_eq!(repair_all(&*clinic.store).await, []);
    admins.update_one(this.clone(), doc! {"$set": {"email": "Ann@y"}}).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, [Problem::AdminEmailDiffers { account: "Ann@y".into() }]);
    assert_eq!(repair_all(&*clinic.store).await, []);
    assert_eq!(by_id(&*clinic.store, deleted.id).await.unwrap().admin_email, "Ann@y");
    admins.delete_one(this).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, []);
}

/// After a change of the rules that make keys: each keeps its own, and none is wrong.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_or_emails_with_one_key_are_reported() {
    let clinic = Clinic::new().await;
    let (admins, reservations) = (clinic.all("admins"), clinic.all("reservations"));
    let older = doc! {"$set": {"email": "ZOE@x", "email_key": "ZOE@x"}};
    admins.update_one(doc! {"email_key": "ann@x"}, older).await.unwrap();
    let older = doc! {
        "admin_email": "ZOE@x", "email_key": "ZOE@x", "organization_name": "ZEPHYR", "name_key": "ZEPHYR",
    };
    clinic.set(doc! {"$set": older}).await;
    for (from, to) in [("e:ann@x", "e:ZOE@x"), ("n:acme", "n:ZEPHYR")] {
        let mut reserved = reservations.find_one_and_delete(doc! {"_id": from}).await.unwrap().unwrap();
        reserved.insert("_id", to);
        reservations.insert_one(reserved).await.unwrap();
    }
    let meets = |shown: &str, key: &str| Problem::KeysMeet { shown: shown.into(), key: key.into() };
    let found = problems(&*clinic.store).await;
    assert_eq!(found, [meets("ZEPHYR", "n:zephyr"), meets("ZOE@x", "e:zoe@x")]);
    assert!(found.iter().all(|problem| problem.severity() == Severity::Warning));
    assert_eq!(repair_all(&*clinic.store).await.len(), 2, "both are left");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_follows_the_email_that_the_admin_signs_in_with() {
    let clinic = Clinic::new().await;
    let ann = doc! {"email_key": "ann@x"};
    let other = doc! {"$set": {"email": "New@x", "email_key": "new@x"}};
    clinic.all("admins").update_one(ann, other).await.unwrap();
    let differs = Problem::AdminEmailDiffers { account: "New@x".into() };
    assert_eq!(problems(&*clinic.store).await, [differs]);
    // Its former email has no owner then.
    let left: Vec<_> = repair_all(&*clinic.store).await.into_iter().map(|finding| finding.problem).collect();
    assert_eq!(left, [Problem::ReservationDead { key: "e:ann@x".into() }]);
    assert_eq!(repair_all(&*clinic.store).await, []);
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert_eq!(acme.admin_email, "New@x");
    assert!(create(&*clinic.store, "Other", "new@x").await.is_err());
    assert!(create(&*clinic.store, "Other", "ann@x").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_accounts_with_one_email_are_left_alone() {
    let clinic = Clinic::new().await;
    let other = doc! {"$set": {"email": "zoe@x", "email_key": "zoe@x"}};
    clinic.all("admins").update_one(doc! {"email_key": "ann@x"}, other).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        repair(&*clinic.store, &found[0]).await,
        RepairOutcome::Skipped("The email is reserved for another account.".into())
    );
    assert_eq!(clinic.record().await.get_str("admin_email").unwrap(), "ann@x");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_operator_count_is_repaired() {
    let clinic = Clinic::new().await;
    let meta = clinic.all("meta");
    for (counted, severity) in [(5_i64, Severity::Error), (0, Severity::Warning)] {
        meta.update_one(doc! {}, doc! {"$set": {"operators": counted}}).await.unwrap();
        let found = problems(&*clinic.store).await;
        assert_eq!(found, [Problem::OperatorCount { counted, there: 1 }]);
        assert_eq!(found[0].severity(), severity);
        assert_eq!(repair_all(&*clinic.store).await, []);
    }
    // One that was added a moment ago may not be counted yet.
    let now = DateTime::now();
    let root = doc! {"email_key": "root@example.com"};
    clinic.all("admins").update_one(root, doc! {"$set": {"created_at": now}}).await.unwrap();
    meta.update_one(doc! {}, doc! {"$set": {"operators": 5_i64}}).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unused_reservations_are_released_and_missing_ones_made() {
    let clinic = Clinic::new().await;
    let reservations = clinic.all("reservations");
    let (collection, database) = (format!("c:{}.org_acme", clinic.database.name), &clinic.database.name);
    for key in ["n:acme", &collection, "e:ann@x", "e:root@example.com"] {
        reservations.delete_one(doc! {"_id": key}).await.unwrap();
        let missing = Problem::ReservationMissing { key: key.into() };
        assert_eq!(problems(&*clinic.store).await, [missing]);
        assert_eq!(repair_all(&*clinic.store).await, [], "{key}");
        assert!(reservations.find_one(doc! {"_id": key}).await.unwrap().is_some());
    }
    let (gone, acme) = (binary(Uuid::new_v4()), binary(clinic.acme.id.0));
    let dead = [
        doc! {"_id": "n:gone", "organization_id": &gone, "epoch": 1_i64},
        doc! {"_id": "n:acme before", "organization_id": &acme, "epoch": 1_i64},
        doc! {"_id": "e:gone@x", "account_id": &gone, "epoch": 1_i64},
        doc! {"_id": format!("c:{database}.org_gone"), "organization_id": &gone, "epoch": 1_i64},
    ];
    reservations.insert_many(dead.clone()).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found.len(), dead.len(), "{found:?}");
    assert!(found.iter().all(|finding| finding.problem.severity() == Severity::Warning));
    assert_eq!(repair_all(&*clinic.store).await, []);
    assert_eq!(clinic.database.all("reservations").await.len(), 7, "of two organizations and an operator");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_reserved_for_another_is_reported() {
    let clinic = Clinic::new().await;
    let zephyr = by_name(&*clinic.store, "Zephyr").await.unwrap();
    let to_zephyr = doc! {"$set": {"organization_id": binary(zephyr.id.0)}};
    clinic.all("reservations").update_one(doc! {"_id": "n:acme"}, to_zephyr).await.unwrap();
    let found = problems(&*clinic.store).await;
    let key = || "n:acme".to_owned();
    // It is also a reservation that Zephyr does not hold: releasing it is safe, and lets Acme have it.
    assert_eq!(
        found,
        [Problem::ReservationOfAnother { key: key() }, Problem::ReservationDead { key: key() }]
    );
    repair_all(&*clinic.store).await;
    assert_eq!(repair_all(&*clinic.store).await, []);
}

/// The admin was created again: it can sign in, and there is no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_account_of_an_organization_is_not_removed() {
    let clinic = Clinic::new().await;
    let admins = clinic.all("admins");
    let mut ann = admins.find_one_and_delete(doc! {"email_key": "ann@x"}).await.unwrap().unwrap();
    ann.insert("_id", binary(Uuid::new_v4()));
    admins.insert_one(&ann).await.unwrap();
    let found = clinic.findings().await;
    let second = found.iter().find(|finding| finding.problem != Problem::AdminMissing).unwrap();
    assert_eq!(second.problem, Problem::AdminAbandoned { email: "ann@x".into() });
    assert!(matches!(repair(&*clinic.store, second).await, RepairOutcome::Skipped(_)));
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
}
