//! Which commands each operation sends: steps one after the other, side by side within a step.

use super::{LEASE, Wire, never_twice};
use crate::common::proxy::{Act, Call};
use crate::common::suite::*;
use std::time::Duration;
use tenantry::demo::sample_data::sample;
use tenantry::demo::seed;
use tenantry::domain::AuditAction;
use tenantry::port::{Accounts, Audit, AuditQuery, Lookup, Organizations, Rehash, SignInDone, Store};

pub(super) type Steps = &'static [&'static [&'static str]];

const CAS: &[&str] = &["findAndModify organizations"];
const LOOK: &[&str] = &["listCollections"];
const MOVE: &[&str] = &["renameCollection"];

/// C1 to C8.
pub(super) const CREATE: Steps = &[
    &["update organizations"],
    &["insert reservations"],
    &["insert admins", "insert new_"],
    LOOK,
    CAS,
    MOVE,
    &["update audit"],
    CAS,
];
/// M1 to M7.
pub(super) const RENAME: Steps =
    &[CAS, &["insert reservations"], CAS, MOVE, CAS, &["delete reservations", "update audit"], CAS];
const EVERYTHING: Steps = &[
    CAS,
    &["insert reservations"],
    CAS,
    MOVE,
    CAS,
    &["delete reservations", "update admins", "update audit"],
    CAS,
];
const EMAIL: Steps =
    &[CAS, &["insert reservations"], CAS, &["delete reservations", "update admins", "update audit"], CAS];
const PASSWORD: Steps = &[CAS, &["update admins", "update audit"], CAS];
/// Case only, suspend and resume.
const RECORD_ONLY: Steps = &[CAS, &["update audit"], CAS];
/// M1, M4 to M7.
pub(super) const DELETE: Steps =
    &[CAS, MOVE, CAS, &["delete reservations", "update admins", "update audit"], CAS];
pub(super) const RESTORE: Steps =
    &[CAS, &["insert reservations"], CAS, MOVE, CAS, &["update admins", "update audit"], CAS];
/// P1 to P4.
pub(super) const PURGE: Steps = &[
    CAS,
    &["drop trash_"],
    &["delete admins", "delete reservations", "update audit"],
    &["delete organizations"],
];

/// How many commands.
pub(super) fn count(steps: Steps) -> usize {
    steps.iter().map(|step| step.len()).sum()
}

impl Wire {
    async fn sends<T>(&self, work: impl Future<Output = T>, expected: &[&[&str]]) -> T {
        self.proxy.reset();
        self.proxy.await_steps(expected.iter().map(|step| step.len()));
        let done = work.await;
        self.proxy.await_steps([]);
        assert_eq!(self.proxy.steps(), expected);
        done
    }

    pub(super) fn labels(&self) -> Vec<String> {
        self.proxy.calls().iter().map(Call::label).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn update_sends_the_expected_commands() {
    let wire = Wire::new().await;
    let store = &*wire.store;
    let acme = wire.sends(create(store, "Acme", "ann@x"), CREATE).await.unwrap();
    let zephyr = wire.sends(change(store, &acme, None, &to_name("Zephyr")), RENAME).await.unwrap();
    let upper = wire.sends(change(store, &zephyr, None, &to_name("ZEPHYR")), RECORD_ONLY).await.unwrap();
    let quiet = wire.sends(suspend(store, &upper, "unpaid"), RECORD_ONLY).await.unwrap();
    let zephyr = wire.sends(resume(store, &quiet), RECORD_ONLY).await.unwrap();
    let admin = admin_of(store, &zephyr).await.account;
    let wanted = to_email("zoe@x");
    let zephyr = wire.sends(change(store, &zephyr, Some(&admin), &wanted), EMAIL).await.unwrap();
    let admin = admin_of(store, &zephyr).await.account;
    let wanted = to_password("second");
    let zephyr = wire.sends(change(store, &zephyr, Some(&admin), &wanted), PASSWORD).await.unwrap();
    let admin = admin_of(store, &zephyr).await.account;
    let wanted = all_of("Acme", "ann@x", "third");
    let acme = wire.sends(change(store, &zephyr, Some(&admin), &wanted), EVERYTHING).await.unwrap();
    wire.sends(change(store, &acme, None, &to_name("Acme")), &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trash_operations_send_the_expected_commands() {
    let (wire, acme, _) = Wire::with_acme().await;
    let store = &*wire.store;
    // The admin is read before the first write.
    let behind_admin = |steps: Steps| [&[&["aggregate admins"][..]], steps].concat();
    let deleted = wire.sends(delete(store, &acme), &behind_admin(DELETE)).await.unwrap().organization;
    let restored = wire.sends(restore(store, &deleted), &behind_admin(RESTORE)).await.unwrap();
    let deleted = delete(store, &restored).await.unwrap().organization;
    wire.sends(purge(store, &deleted), PURGE).await.unwrap();
}

/// The server does not look itself, so tenantry does, right before each rename and each drop; and a purge drops only
/// under a name that is the target of one rename ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_without_uuid_checks_is_read_before_each_move_and_drop() {
    let wire = Wire::ignoring().await;
    let store = &*wire.store;
    let created: Steps = &[
        &["update organizations"],
        &["insert reservations"],
        &["insert admins", "insert new_"],
        LOOK,
        CAS,
        LOOK,
        MOVE,
        &["update audit"],
        CAS,
    ];
    let acme = wire.sends(create(store, "Acme", "ann@x"), created).await.unwrap();
    let renamed: Steps =
        &[CAS, &["insert reservations"], CAS, LOOK, MOVE, CAS, &["delete reservations", "update audit"], CAS];
    let zephyr = wire.sends(change(store, &acme, None, &to_name("Zephyr")), renamed).await.unwrap();
    let deleted = delete(store, &zephyr).await.unwrap().organization;
    let purged: Steps = &[
        CAS,
        LOOK,
        MOVE,
        LOOK,
        &["drop purge_"],
        &["delete admins", "delete reservations", "update audit"],
        &["delete organizations"],
    ];
    wire.sends(purge(store, &deleted), purged).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_sends_one_command() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let store = &*wire.store;
    wire.sends(store.find(&Lookup::Id(acme.id)), &[&["find organizations"]]).await.unwrap();
    wire.sends(store.find(&Lookup::NameKey("acme".into())), &[&["find organizations"]]).await.unwrap();
    let rows = wire.sends(store.page(&by_names(1)), &[&["find organizations"]]).await.unwrap().rows;
    assert_eq!(rows.len(), 1);
    wire.sends(store.audit(&AuditQuery::newest(9)), &[&["find audit"]]).await.unwrap();
    wire.sends(store.account_by_email("ann@x"), &[&["aggregate admins"]]).await.unwrap();
    wire.sends(store.account(admin.id), &[&["aggregate admins"]]).await.unwrap();
    let claims = claims_of(&admin_of(store, &acme).await);
    wire.sends(store.session_state(&claims, at(0)), &[&["aggregate admins"]]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_takes_four_round_trips() {
    let (wire, _, admin) = Wire::with_acme().await;
    let store = &*wire.store;
    let place = place_of("ann@x");
    wire.sends(store.take_place(&place, at(0)), &[&["findAndModify throttle"]]).await.unwrap();
    wire.sends(store.turn(at(0)), &[&["find throttle"]]).await.unwrap();
    wire.sends(store.account_by_email("ann@x"), &[&["aggregate admins"]]).await.unwrap();
    let mut done = SignInDone { account_id: admin.id, place, rehash: None, key_check: None };
    let signed_in = store.signed_in(&done, entry(AuditAction::SignIn, at(1)));
    wire.sends(signed_in, &[&["update admins", "update audit", "update throttle"]]).await.unwrap();
    let rehash = Rehash { account_id: admin.id, version: 1, password_hash: hash("second") };
    (done.rehash, done.key_check) = (Some(rehash), Some("check".into()));
    let signed_in = store.signed_in(&done, entry(AuditAction::SignIn, at(1)));
    let all: Steps = &[&["update admins", "update admins", "update audit", "update meta", "update throttle"]];
    wire.sends(signed_in, all).await.unwrap();
}

/// The probe waits for the first operation that moves something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opening_is_two_commands_and_a_read_adds_none() {
    let (wire, acme, _) = Wire::with_acme().await;
    let store = wire.database.store_at(&never_twice(&wire.proxy), LEASE);
    let opened: Steps = &[&["hello"], &["find meta"]];
    wire.sends(store.store_id(), opened).await.unwrap();
    wire.sends(store.page(&by_names(9)), &[&["find organizations"]]).await.unwrap();
    wire.proxy.reset();
    change(&*store, &acme, None, &to_name("Zephyr")).await.unwrap();
    assert_eq!(wire.labels()[..2], ["drop probe_", "findAndModify organizations"]);
    wire.proxy.reset();
    create(&*store, "Acme", "bob@x").await.unwrap();
    assert!(!wire.labels().contains(&"drop probe_".to_owned()), "asked once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn page_sends_one_command() {
    let wire = Wire::new().await;
    seed::mongo(&wire.plain, 2_500, 3, &hash("seed"), at(0)).await.unwrap();
    let rows = wire.sends(wire.store.page(&by_names(2_400)), &[&["find organizations"]]).await.unwrap().rows;
    assert_eq!(rows.len(), 2_400);
    // Seeded organizations are complete: they have a collection and can be changed.
    let with_collection = sample(1, at(0)).unwrap();
    let found = by_name(&*wire.plain, with_collection.name.display()).await.unwrap();
    assert_eq!(wire.plain.stats(&found).await.unwrap().size.documents, 0);
    let renamed = update(&*wire.plain, &found, &to_name("Quite Another")).await.unwrap();
    let signed_in = by_email(&*wire.plain, with_collection.admin_email.as_str()).await.unwrap();
    assert_eq!(signed_in.organization.unwrap().name, "Quite Another");
    delete(&*wire.plain, &renamed).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renames_and_drops_are_bound_to_uuid_and_lease() {
    let (wire, acme, _) = Wire::with_acme().await;
    let deleted = delete(&*wire.store, &acme).await.unwrap().organization;
    let restored = restore(&*wire.store, &deleted).await.unwrap();
    purge(&*wire.store, &restored).await.unwrap();
    let moves = |call: &Call| ["renameCollection", "drop"].contains(&call.command.as_str());
    let bound: Vec<_> = wire.proxy.calls().into_iter().filter(moves).collect();
    assert_eq!(bound.len(), 3);
    for call in bound {
        let meant = acme.collection_uuid.map(super::uuid);
        assert_eq!(call.body.get("collectionUUID"), meant.as_ref(), "{call:?}");
        assert_eq!(call.body.get_i64("maxTimeMS").ok(), Some(2_000), "{call:?}");
        assert_eq!(call.body.get_document("writeConcern").unwrap().get_str("w").ok(), Some("majority"));
        if call.command == "renameCollection" {
            assert_eq!(call.body.get_bool("dropTarget").ok(), Some(false));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nearly_expired_lease_is_renewed_before_a_rename() {
    let wire = Wire::with_lease(Duration::from_secs(3)).await;
    // Counted from before the write was sent: less than a third of the lease is left when it is answered.
    wire.proxy.on("findAndModify", 1, Act::Delay(Duration::from_millis(2_100)));
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
    let labels = wire.labels();
    let place = labels.iter().position(|label| label == "renameCollection").unwrap();
    assert_eq!(labels[place - 2..place], ["findAndModify organizations", "findAndModify organizations"]);
    let limit = wire.proxy.calls()[place].body.get_i64("maxTimeMS").unwrap();
    assert!(limit <= 1_500, "{limit}");
}

/// Without a majority a write to an organization does not wait longer than its lease.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_waits_for_the_majority_and_the_journal() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let all = all_of("Zephyr", "zoe@x", "second");
    let zephyr = change(&*wire.store, &acme, Some(&admin), &all).await.unwrap();
    let deleted = delete(&*wire.store, &zephyr).await.unwrap().organization;
    purge(&*wire.store, &deleted).await.unwrap();
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
    fail(&*wire.store, "ann@x", at(0)).await;
    wire.store.forget_tries("ann@x").await.unwrap();
    for call in wire.proxy.calls() {
        let reads = ["find", "aggregate", "listCollections"].contains(&call.command.as_str());
        match call.body.get_document("writeConcern") {
            Ok(concern) => {
                let waits = (concern.get_str("w").ok(), concern.get_bool("j").ok());
                assert_eq!(waits, (Some("majority"), Some(true)), "{call:?}");
            }
            Err(_) => assert!(reads, "{call:?}"),
        }
        if call.label() == "findAndModify organizations" {
            let limit = call.body.get("maxTimeMS").unwrap();
            assert!(limit.as_i32() == Some(30_000) || limit.as_i64() == Some(30_000), "{call:?}");
        }
    }
}
