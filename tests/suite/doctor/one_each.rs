//! Each kind of finding by itself: what was done, what the doctor says, and what becomes of it.

use super::{Clinic, binary, examine, mend, mend_all, problems};
use crate::common::suite::*;
use mongodb::bson::{DateTime, doc};
use tenantry::domain::{Invariant, Mended, Problem, Remedy, Severity, State};
use tenantry::service::store::{AuditAction, AuditQuery, Store};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_store_has_no_finding() {
    let clinic = Clinic::new().await;
    let examination = examine(&*clinic.store).await;
    assert_eq!(examination.findings, []);
    assert_eq!((examination.organizations, examination.collections), (2, 2));
    let zephyr = by_name(&*clinic.store, "Zephyr").await.unwrap();
    let renamed = update(&*clinic.store, &zephyr, &to_name(&*clinic.store, "Borealis")).await.unwrap();
    update(&*clinic.store, &renamed, &to_email("bo@x")).await.unwrap();
    clinic.store.add_operator(&new_account("two@x"), entry(AuditAction::OperatorAdd, at(1))).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_under_another_name_is_renamed_back() {
    let clinic = Clinic::new().await;
    for name in ["backup_acme", "org_other", "tenantry_del_x_1"] {
        clinic.rename("org_acme", name).await;
        let found = problems(&*clinic.store).await;
        assert_eq!(found, [Problem::CollectionElsewhere { at: name.into() }]);
        assert_eq!((found[0].invariant(), found[0].severity()), (Invariant::I1, Severity::Error));
        assert_eq!(mend_all(&*clinic.store).await, []);
        clinic.assert_whole(name).await;
        assert!(clinic.ids(name).await.is_empty());
    }
    let repaired = clinic.store.audit(&AuditQuery::newest(9)).await.unwrap();
    assert_eq!(repaired.iter().filter(|entry| entry.action == AuditAction::Repair).count(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_whose_name_another_collection_has_is_left() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "backup_acme").await;
    clinic.all("org_acme").insert_one(doc! {"_id": "of a tenant"}).await.unwrap();
    let displaced = Problem::CollectionDisplaced { at: "backup_acme".into() };
    assert_eq!(problems(&*clinic.store).await, [displaced]);
    assert_eq!(mend_all(&*clinic.store).await.len(), 1);
    assert_eq!(clinic.ids("org_acme").await, ["of a tenant"], "nothing was renamed over");
    assert_eq!(clinic.ids("backup_acme").await, ["_tenantry", "kept"]);
    clinic.rename("org_acme", "stray").await;
    assert_eq!(mend_all(&*clinic.store).await, []);
    clinic.assert_whole("the other one was moved away").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collections_of_nobody_are_told_and_kept() {
    let clinic = Clinic::new().await;
    let id = Uuid::new_v4();
    let names = [
        "org_nobody".to_owned(),
        format!("tenantry_del_{id}_3"),
        format!("tenantry_new_{}", id.to_string().to_uppercase()),
        format!("tenantry_new_{id}_mine"),
        "tenantry_what".to_owned(),
    ];
    for name in &names {
        clinic.all(name).insert_one(doc! {"_id": "somebody's"}).await.unwrap();
    }
    clinic.all("of_another_program").insert_one(doc! {"_id": 1}).await.unwrap();
    let found = mend_all(&*clinic.store).await;
    let told: Vec<_> = found.iter().map(|finding| finding.collection_name.clone().unwrap()).collect();
    assert_eq!(told, names);
    assert_eq!(found[1].problem, Problem::LeftInTrash);
    for finding in &found {
        assert_eq!(finding.problem.severity(), Severity::Warning);
        assert_eq!(finding.problem.remedy(), Remedy::Leave);
        assert!(matches!(mend(&*clinic.store, finding).await, Mended::Left(_)));
        assert_eq!(clinic.ids(finding.collection_name.as_deref().unwrap()).await, ["somebody's"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_create_left_aside_is_dropped_and_nothing_that_is_used() {
    let clinic = Clinic::new().await;
    let (gone, acme) = (Uuid::new_v4(), clinic.acme.id);
    for id in [gone, acme.0] {
        clinic.all(&format!("tenantry_new_{id}")).insert_one(doc! {"_id": "_tenantry"}).await.unwrap();
    }
    let found = clinic.findings().await;
    assert_eq!(found.iter().filter(|finding| finding.problem == Problem::LeftAside).count(), 2);
    // One that is being created, and one that an organization has.
    clinic.set(doc! {"$set": {"state": "creating", "touched_at": DateTime::now(), "op": {}}}).await;
    let outcomes = [mend(&*clinic.store, &found[0]).await, mend(&*clinic.store, &found[1]).await];
    assert!(outcomes.contains(&Mended::Done) && outcomes.contains(&Mended::Gone), "{outcomes:?}");
    let left = clinic.database.collections().await;
    assert!(!left.contains(&format!("tenantry_new_{gone}")), "{left:?}");
    assert!(left.contains(&format!("tenantry_new_{acme}")), "{left:?}");
}

/// What an organization has by now is not dropped, even under the name where a create had left something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_organization_has_is_not_dropped_as_left_aside() {
    let clinic = Clinic::new().await;
    let aside = format!("tenantry_new_{}", clinic.acme.id);
    clinic.all(&aside).insert_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::LeftAside);
    clinic.all(&aside).drop().await.unwrap();
    clinic.rename("org_acme", &aside).await;
    assert!(matches!(mend(&*clinic.store, &found[0]).await, Mended::Left(_)));
    assert_eq!(clinic.ids(&aside).await, ["_tenantry", "kept"]);
    assert_eq!(mend_all(&*clinic.store).await, []);
    clinic.assert_whole("renamed back").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts() {
    let clinic = Clinic::new().await;
    let abandoned = doc! {
        "_id": binary(Uuid::new_v4()), "organization_id": binary(Uuid::new_v4()), "email": "gone@x",
        "email_key": "gone@x", "role": "admin", "version": 1_i64, "schema": 1,
    };
    let second = doc! {
        "_id": binary(Uuid::new_v4()), "organization_id": binary(clinic.acme.id.0), "email": "second@x",
        "email_key": "second@x", "role": "admin", "version": 1_i64, "schema": 1,
    };
    let long_ago = DateTime::from_millis(0);
    let pending = doc! {
        "_id": binary(Uuid::new_v4()), "email": "half@x", "email_key": "half@x", "role": "operator",
        "version": 1_i64, "schema": 1, "pending": {"id": binary(Uuid::new_v4()), "at": long_ago},
    };
    clinic.all("admins").insert_many([abandoned, second, pending.clone()]).await.unwrap();
    let reserved = doc! {"_id": "e:half@x", "account_id": pending.get("_id"), "epoch": 1_i64};
    clinic.all("reservations").insert_one(reserved).await.unwrap();
    let mut found = problems(&*clinic.store).await;
    found.sort_by_key(|problem| format!("{problem:?}"));
    let admin = |email: &str| Problem::AdminAbandoned { email: email.into() };
    let wanted = [admin("gone@x"), admin("second@x"), Problem::OperatorPending { email: "half@x".into() }];
    assert_eq!(found, wanted);
    assert_eq!(mend_all(&*clinic.store).await, []);
    assert_eq!(clinic.database.all("admins").await.len(), 3, "the operator and two admins");
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
    assert!(create(&*clinic.store, "Half", "half@x").await.is_ok(), "its email is free");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_that_is_gone_is_told() {
    let clinic = Clinic::new().await;
    clinic.all("admins").delete_one(doc! {"email_key": "ann@x"}).await.unwrap();
    let left = mend_all(&*clinic.store).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].problem, Problem::AdminMissing);
    assert_eq!(left[0].organization_name.as_deref(), Some("Acme"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_follows_the_email_that_the_admin_signs_in_with() {
    let clinic = Clinic::new().await;
    let ann = doc! {"email_key": "ann@x"};
    let other = doc! {"$set": {"email": "New@x", "email_key": "new@x"}};
    clinic.all("admins").update_one(ann, other).await.unwrap();
    let differs = Problem::AdminEmailDiffers { account: "New@x".into() };
    assert_eq!(problems(&*clinic.store).await, [differs]);
    // The email it had is reserved for nobody then.
    let left: Vec<_> = mend_all(&*clinic.store).await.into_iter().map(|finding| finding.problem).collect();
    assert_eq!(left, [Problem::ReservationDead { key: "e:ann@x".into() }]);
    assert_eq!(mend_all(&*clinic.store).await, []);
    let acme = by_name(&*clinic.store, "Acme").await.unwrap();
    assert_eq!(acme.admin_email, "New@x");
    assert!(create(&*clinic.store, "Other", "new@x").await.is_err());
    assert!(create(&*clinic.store, "Other", "ann@x").await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_with_one_email_are_left() {
    let clinic = Clinic::new().await;
    let other = doc! {"$set": {"email": "zoe@x", "email_key": "zoe@x"}};
    clinic.all("admins").update_one(doc! {"email_key": "ann@x"}, other).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found.len(), 1);
    assert_eq!(mend(&*clinic.store, &found[0]).await, Mended::Left("Another one has this email.".into()));
    assert_eq!(clinic.record().await.get_str("admin_email").unwrap(), "ann@x");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_are_counted_anew() {
    let clinic = Clinic::new().await;
    let meta = clinic.all("meta");
    for (counted, severity) in [(5_i64, Severity::Error), (0, Severity::Warning)] {
        meta.update_one(doc! {}, doc! {"$set": {"operators": counted}}).await.unwrap();
        let found = problems(&*clinic.store).await;
        assert_eq!(found, [Problem::OperatorCount { counted, there: 1 }]);
        assert_eq!(found[0].severity(), severity);
        assert_eq!(mend_all(&*clinic.store).await, []);
    }
    // One that was added a moment ago may not be counted yet.
    let now = DateTime::now();
    let root = doc! {"email_key": "root@example.com"};
    clinic.all("admins").update_one(root, doc! {"$set": {"created_at": now}}).await.unwrap();
    meta.update_one(doc! {}, doc! {"$set": {"operators": 5_i64}}).await.unwrap();
    assert_eq!(problems(&*clinic.store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservations() {
    let clinic = Clinic::new().await;
    let reservations = clinic.all("reservations");
    let (collection, database) = (format!("c:{}.org_acme", clinic.database.name), &clinic.database.name);
    for key in ["n:acme", &collection, "e:ann@x", "e:root@example.com"] {
        reservations.delete_one(doc! {"_id": key}).await.unwrap();
        let missing = Problem::ReservationMissing { key: key.into() };
        assert_eq!(problems(&*clinic.store).await, [missing]);
        assert_eq!(mend_all(&*clinic.store).await, [], "{key}");
        assert!(reservations.find_one(doc! {"_id": key}).await.unwrap().is_some());
    }
    let (gone, acme) = (binary(Uuid::new_v4()), binary(clinic.acme.id.0));
    let past = DateTime::from_millis(DateTime::now().timestamp_millis() - 1_000);
    let future = DateTime::from_millis(DateTime::now().timestamp_millis() + 600_000);
    let held =
        |key: &str, until| doc! {"_id": key, "organization_id": &gone, "epoch": 1_i64, "held_until": until};
    let dead = [
        doc! {"_id": "n:gone", "organization_id": &gone, "epoch": 1_i64},
        doc! {"_id": "n:acme before", "organization_id": &acme, "epoch": 1_i64},
        doc! {"_id": "e:gone@x", "account_id": &gone, "epoch": 1_i64},
        held(&format!("c:{database}.org_gone"), past),
    ];
    reservations.insert_many(dead.clone()).await.unwrap();
    reservations.insert_one(held(&format!("c:{database}.org_held"), future)).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found.len(), dead.len(), "{found:?}");
    assert!(found.iter().all(|finding| finding.problem.severity() == Severity::Warning));
    assert_eq!(mend_all(&*clinic.store).await, []);
    assert_eq!(clinic.database.all("reservations").await.len(), 8, "and the one that is held stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_is_reserved_for_another_is_told() {
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
    mend_all(&*clinic.store).await;
    assert_eq!(mend_all(&*clinic.store).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_nobody_works_on_is_finished() {
    let clinic = Clinic::new().await;
    let lease = i64::try_from(super::mongo::LEASE.as_millis()).unwrap();
    let silent = |ms: i64| DateTime::from_millis(DateTime::now().timestamp_millis() - ms);
    let op = doc! {
        "id": binary(Uuid::new_v4()), "kind": "update", "phase": "reserve", "epoch": 9_i64, "attempts": [],
        "from": {}, "to": {}, "admin_changes": {}, "admin_version": 1_i64, "unclean": false,
        "audit": {"_id": binary(Uuid::new_v4())},
    };
    let since = silent(lease + 30_000);
    clinic.set(doc! {"$set": {"state": "renaming", "op": &op, "touched_at": since}}).await;
    assert_eq!(problems(&*clinic.store).await, [], "whoever meets it ends it first");
    for touched_at in [Some(silent(lease + 90_000)), None] {
        let time =
            touched_at.map_or(doc! {"$unset": {"touched_at": ""}}, |at| doc! {"$set": {"touched_at": at}});
        clinic.set(time).await;
        clinic.set(doc! {"$set": {"state": "renaming", "op": &op}}).await;
        assert_eq!(problems(&*clinic.store).await, [Problem::Silent { state: State::Renaming }]);
        assert_eq!(mend_all(&*clinic.store).await, [], "{touched_at:?}");
        clinic.assert_whole("finished").await;
    }
    clinic
        .set(doc! {"$set": {"state": "deleting", "op": {"kind": "?"}, "touched_at": silent(9_999_999)}})
        .await;
    let left = mend_all(&*clinic.store).await;
    assert_eq!(left[0].problem, Problem::OperationUnreadable { state: State::Deleting });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn markers() {
    let clinic = Clinic::new().await;
    let documents = clinic.all("org_acme");
    documents.delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let found = problems(&*clinic.store).await;
    assert_eq!(found, [Problem::MarkerMissing]);
    assert_eq!(found[0].severity(), Severity::Warning);
    assert_eq!(mend_all(&*clinic.store).await, []);
    clinic.assert_whole("the marker is back").await;
    let of_another = doc! {"$set": {"organization_id": binary(Uuid::new_v4())}};
    documents.update_one(doc! {"_id": "_tenantry"}, of_another).await.unwrap();
    let left = mend_all(&*clinic.store).await;
    assert_eq!(left[0].problem, Problem::MarkerOfAnother);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_of_an_older_service_are_not_looked_at() {
    let clinic = Clinic::new().await;
    let old = doc! {"_id": 1, "organization_name": "Old", "collection_name": "org_old"};
    clinic.all("organizations").insert_one(old).await.unwrap();
    clinic.all("admins").insert_one(doc! {"_id": 1, "email": "old@x"}).await.unwrap();
    assert_eq!(clinic.findings().await, []);
}

/// A record that lost its schema is left alone, and so are the account and the reservations of its organization.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_belongs_to_a_record_without_a_schema_is_left() {
    let clinic = Clinic::new().await;
    clinic.set(doc! {"$unset": {"schema": ""}}).await;
    mend_all(&*clinic.store).await;
    clinic.set(doc! {"$set": {"schema": 1}}).await;
    clinic.assert_whole("nothing of it was removed").await;
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
}

/// Somebody made the admin anew: it can sign in, and there is no other.
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
    assert!(matches!(mend(&*clinic.store, second).await, Mended::Left(_)));
    assert!(by_email(&*clinic.store, "ann@x").await.is_some());
}

/// It is not made active by the way: somebody may have meant it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_that_is_not_known_is_told_and_kept() {
    let clinic = Clinic::new().await;
    clinic.rename("org_acme", "elsewhere").await;
    let elsewhere = clinic.findings().await.pop().unwrap();
    clinic.set(doc! {"$set": {"state": "suspended"}}).await;
    assert_eq!(mend(&*clinic.store, &elsewhere).await, Mended::Gone);
    let left = mend_all(&*clinic.store).await;
    assert_eq!(left.len(), 1);
    assert_eq!((&left[0].problem, left[0].problem.remedy()), (&Problem::StateUnknown, Remedy::Leave));
    assert_eq!(clinic.record().await.get_str("state").unwrap(), "suspended");
}

/// Ids of another type sort before ours, and a page may end among them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_other_ids_does_not_end_the_check() {
    let clinic = Clinic::new().await;
    let others = (0..500).map(|id| doc! {"_id": id, "schema": 1});
    clinic.all("organizations").insert_many(others).await.unwrap();
    clinic.all("org_acme").drop().await.unwrap();
    let mut found = problems(&*clinic.store).await;
    found.retain(|problem| *problem != Problem::RecordUnreadable);
    assert_eq!(found, [Problem::CollectionMissing]);
}

/// A tenant's validator refuses the marker: the organization is taken up all the same, and nobody waits for a lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collection_that_refuses_the_marker() {
    let clinic = Clinic::new().await;
    let documents = clinic.all("org_acme");
    documents.delete_one(doc! {"_id": "_tenantry"}).await.unwrap();
    let strict = doc! {"collMod": "org_acme", "validator": {"kind": {"$exists": true}}};
    clinic.database.direct.run_command(strict).await.unwrap();
    let found = clinic.findings().await;
    assert_eq!(found[0].problem, Problem::MarkerMissing);
    let Mended::Left(reason) = mend(&*clinic.store, &found[0]).await else { panic!("there is no marker") };
    assert!(reason.contains("validator"), "{reason}");
    assert_eq!(clinic.record().await.get_str("state").unwrap(), "active");
    clinic.rename("org_acme", "elsewhere").await;
    let found = clinic.findings().await;
    assert_eq!(mend(&*clinic.store, &found[0]).await, Mended::Done);
    assert_eq!(clinic.ids("org_acme").await, ["kept"]);
}
