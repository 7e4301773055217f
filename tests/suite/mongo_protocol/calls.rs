//! Which commands each operation sends: steps one after the other, side by side within a step.

use super::Wire;
use crate::common::proxy::Act;
use crate::common::suite::*;
use std::time::Duration;
use tenantry::domain::{Claims, SortKey};
use tenantry::service::store::{AuditAction, AuditQuery, Lookup, PageQuery, Rehash, Store};
use uuid::Uuid;

type Steps = &'static [&'static [&'static str]];

const CAS: &[&str] = &["findAndModify organizations"];

/// C1 to C8.
pub(crate) const CREATE: Steps = &[
    &["update organizations"],
    &["insert reservations"],
    &["insert admins", "insert new_"],
    &["listCollections"],
    CAS,
    &["renameCollection"],
    &["update audit"],
    CAS,
];
/// R1 to R7.
pub(crate) const RENAME: Steps = &[
    CAS,
    &["find org_", "insert reservations", "listCollections"],
    CAS,
    &["renameCollection"],
    CAS,
    &["delete reservations", "update audit"],
    CAS,
];
const EVERYTHING: Steps = &[
    CAS,
    &["find org_", "insert reservations", "listCollections"],
    CAS,
    &["renameCollection"],
    CAS,
    &["delete reservations", "update admins", "update audit"],
    CAS,
];
const EMAIL: Steps =
    &[CAS, &["insert reservations"], CAS, &["delete reservations", "update admins", "update audit"], CAS];
const PASSWORD: Steps = &[CAS, &["update admins", "update audit"], CAS];
const CASE_ONLY: Steps = &[CAS, &["update audit"], CAS];
/// D1 to D7.
pub(crate) const DELETE: Steps = &[
    &["find org_", "findAndModify organizations", "listCollections"],
    &["renameCollection"],
    &["listCollections"],
    &["drop del_"],
    CAS,
    &["delete admins", "delete reservations", "update audit"],
    &["delete organizations"],
];

/// How many commands.
pub(crate) fn count(steps: Steps) -> usize {
    steps.iter().map(|step| step.len()).sum()
}

/// Long enough that what is sent together is under way together.
pub(crate) const TOGETHER: Duration = Duration::from_millis(60);

impl Wire {
    async fn sends<T>(&self, work: impl Future<Output = T>, expected: Steps) -> T {
        self.proxy.reset();
        self.proxy.delay_replies(TOGETHER);
        let done = work.await;
        self.proxy.delay_replies(Duration::ZERO);
        assert_eq!(self.proxy.steps(), expected);
        done
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_to_organizations() {
    let wire = Wire::new().await;
    let store = &*wire.store;
    let acme = wire.sends(create(store, "Acme", "ann@x"), CREATE).await.unwrap();
    let admin = admin_of(store, &acme).await.account;
    let change_to = to_name(store, "Zephyr");
    let zephyr = wire.sends(change(store, &acme, &admin, &change_to), RENAME).await.unwrap();
    let upper = to_name(store, "ZEPHYR");
    let zephyr = wire.sends(change(store, &zephyr, &admin, &upper), CASE_ONLY).await.unwrap();
    let zephyr = wire.sends(change(store, &zephyr, &admin, &to_email("zoe@x")), EMAIL).await.unwrap();
    let admin = admin_of(store, &zephyr).await.account;
    let zephyr = wire.sends(change(store, &zephyr, &admin, &to_password("second")), PASSWORD).await.unwrap();
    let admin = admin_of(store, &zephyr).await.account;
    let all = all_of(store, "Acme", "ann@x", "third");
    let acme = wire.sends(change(store, &zephyr, &admin, &all), EVERYTHING).await.unwrap();
    wire.sends(delete(store, &acme), DELETE).await.unwrap();
    let acme = create(store, "Acme", "ann@x").await.unwrap();
    let admin = admin_of(store, &acme).await.account;
    let nothing = to_name(store, "Acme");
    wire.sends(change(store, &acme, &admin, &nothing), &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads() {
    let (wire, acme, _) = Wire::with_acme().await;
    let store = &*wire.store;
    wire.sends(store.find(&Lookup::Id(acme.id)), &[&["find organizations"]]).await.unwrap();
    wire.sends(store.find(&Lookup::NameKey("acme".into())), &[&["find organizations"]]).await.unwrap();
    let page = PageQuery { state: None, sort: SortKey::Name, reverse: false, after: None, limit: 1 };
    assert_eq!(wire.sends(store.page(&page), &[&["find organizations"]]).await.unwrap().len(), 1);
    wire.sends(store.figures(&acme), &[&["aggregate org_", "find org_"]]).await.unwrap();
    wire.sends(store.audit(&AuditQuery::newest(9)), &[&["find audit"]]).await.unwrap();
    wire.sends(store.store_id(), &[&["find meta"]]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_and_sessions() {
    let (wire, acme, admin) = Wire::with_acme().await;
    let store = &*wire.store;
    wire.sends(store.try_sign_in("ann@x", at(0)), &[&["findAndModify throttle"]]).await.unwrap();
    wire.sends(store.account_by_email("ann@x"), &[&["aggregate admins"]]).await.unwrap();
    wire.sends(store.account(admin.id), &[&["aggregate admins"]]).await.unwrap();
    let rehash = Rehash { account_id: admin.id, version: 1, password_hash: hash("second") };
    let signed_in = store.signed_in("ann@x", Some(rehash), entry(AuditAction::SignIn, at(1)));
    wire.sends(signed_in, &[&["delete throttle", "update admins", "update audit"]]).await.unwrap();
    let claims = Claims {
        iss: "tenantry".into(),
        aud: Uuid::nil(),
        sub: admin.id,
        org: Some(acme.id),
        role: admin.role,
        tv: 1,
        iat: 0,
        nbf: 0,
        exp: 0,
        auth_time: 0,
        jti: Uuid::new_v4(),
    };
    let checked: Steps = &[&["find admins", "find organizations", "find revoked"]];
    wire.sends(store.session_state(&claims, at(0)), checked).await.unwrap();
    wire.sends(store.record(entry(AuditAction::SignInFailed, at(2))), &[&["update audit"]]).await.unwrap();
    let sign_out = entry(AuditAction::SignOut, at(3));
    let revoked = store.revoke(claims.jti, at(9), Some(sign_out));
    wire.sends(revoked, &[&["update audit", "update revoked"]]).await.unwrap();
    let everywhere = store.revoke_all(admin.id, entry(AuditAction::SignOut, at(4)));
    wire.sends(everywhere, &[&["update admins", "update audit"]]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_many_is_one_command() {
    let wire = Wire::new().await;
    wire.plain.seed(2_500, 3, &hash("seed"), at(0)).await.unwrap();
    let page = PageQuery { state: None, sort: SortKey::Updated, reverse: true, after: None, limit: 2_400 };
    let rows = wire.sends(wire.store.page(&page), &[&["find organizations"]]).await.unwrap();
    assert_eq!(rows.len(), 2_400);
    // What was seeded is whole: it signs in, has figures, and can be changed.
    let with_collection = tenantry::store::believable::believable(1, at(0)).unwrap();
    let found = by_name(&*wire.plain, with_collection.name.display()).await.unwrap();
    assert_eq!(wire.plain.figures(&found).await.unwrap().documents, 0);
    let renamed = update(&*wire.plain, &found, &to_name(&*wire.plain, "Quite Another")).await.unwrap();
    let signed_in = by_email(&*wire.plain, with_collection.admin_email.as_str()).await.unwrap();
    assert_eq!(signed_in.organization.unwrap().0, "Quite Another");
    delete(&*wire.plain, &renamed).await.unwrap();
    let taken = tenantry::store::believable::believable(2, at(0)).unwrap();
    assert_eq!(
        create(&*wire.plain, taken.name.display(), "new@x").await,
        Err(name_taken(taken.name.display()))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renames_and_drops_are_bound_to_uuid_and_lease() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.reset();
    let zephyr = change(&*wire.store, &acme, &admin, &to_name(&*wire.store, "Zephyr")).await.unwrap();
    delete(&*wire.store, &zephyr).await.unwrap();
    let bound: Vec<_> = wire
        .proxy
        .calls()
        .into_iter()
        .filter(|call| ["renameCollection", "drop"].contains(&call.command.as_str()))
        .collect();
    assert_eq!(bound.len(), 3);
    for call in bound {
        assert_eq!(
            call.body.get("collectionUUID"),
            acme.collection_uuid.map(super::uuid).as_ref(),
            "{call:?}"
        );
        let limit = call.body.get_i64("maxTimeMS").unwrap();
        assert!((5_000..=15_000).contains(&limit), "{limit}");
        assert_eq!(call.body.get_document("writeConcern").unwrap().get_str("w").ok(), Some("majority"));
        if call.command == "renameCollection" {
            assert_eq!(call.body.get_bool("dropTarget").ok(), Some(false));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_nearly_over_is_renewed_before_a_rename() {
    let wire = Wire::with_lease(Duration::from_secs(3)).await;
    // Counted from before the write was sent: less than a third of the lease is left when it is answered.
    wire.proxy.on("findAndModify", 1, Act::Delay(Duration::from_millis(2_100)));
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
    let labels: Vec<String> = wire.proxy.calls().iter().map(super::proxy::Call::label).collect();
    let place = labels.iter().position(|label| label == "renameCollection").unwrap();
    assert_eq!(labels[place - 2..place], ["findAndModify organizations", "findAndModify organizations"]);
    let limit = wire.proxy.calls()[place].body.get_i64("maxTimeMS").unwrap();
    assert!(limit <= 1_500, "{limit}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_know_uuids_is_asked_without() {
    let wire = Wire::new().await;
    wire.proxy.on("renameCollection", 1, Act::Refuse(40_415));
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
    let asked: Vec<bool> = wire
        .proxy
        .calls()
        .iter()
        .filter(|call| call.command == "renameCollection")
        .map(|call| call.body.contains_key("collectionUUID"))
        .collect();
    assert_eq!(asked, [true, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_waits_for_the_majority_and_the_journal() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.reset();
    let all = all_of(&*wire.store, "Zephyr", "zoe@x", "second");
    let zephyr = change(&*wire.store, &acme, &admin, &all).await.unwrap();
    delete(&*wire.store, &zephyr).await.unwrap();
    create(&*wire.store, "Acme", "ann@x").await.unwrap();
    wire.store.try_sign_in("ann@x", at(0)).await.unwrap();
    for call in wire.proxy.calls() {
        let reads = ["find", "aggregate", "listCollections"].contains(&call.command.as_str());
        match call.body.get_document("writeConcern") {
            Ok(concern) => {
                assert_eq!(
                    (concern.get_str("w").ok(), concern.get_bool("j").ok()),
                    (Some("majority"), Some(true)),
                    "{call:?}"
                );
            }
            Err(_) => assert!(reads, "{call:?}"),
        }
    }
}
