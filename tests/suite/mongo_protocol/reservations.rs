//! Reservations whose holder is gone are cleared away, exactly those; the living ones are not.

use super::{Wire, uuid};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, Document, doc};
use tenantry::domain::{AuditAction, OrganizationId, State};
use tenantry::port::{Doctor, Error, Organizations};
use uuid::Uuid;

impl Wire {
    async fn reserve(&self, key: &str, holder: Document) {
        let mut record = doc! {"_id": key, "epoch": 1_i64};
        record.extend(holder);
        self.database.direct.collection::<Document>("reservations").insert_one(record).await.unwrap();
    }

    async fn reservation(&self, key: &str) -> Document {
        let reservations = self.database.direct.collection::<Document>("reservations");
        reservations.find_one(doc! {"_id": key}).await.unwrap().unwrap()
    }

    /// When a command is held: rolls the organization's operation back, renames it, and releases the command.
    async fn rename_past(&self, id: OrganizationId, display: &str) {
        self.proxy.held().await;
        self.plain.recover_now(id).await.unwrap();
        let now = by_id(&*self.plain, id).await.unwrap();
        update(&*self.plain, &now, &to_name(display)).await.unwrap();
        self.proxy.release();
    }
}

fn of(id: OrganizationId) -> Document {
    doc! {"organization_id": uuid(id.0)}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unused_reservation_does_not_block_a_name() {
    let (wire, acme, _) = Wire::with_acme().await;
    let gone = OrganizationId(Uuid::new_v4());
    wire.reserve("n:zephyr", of(gone)).await;
    // The organization exists with other names: a late insert of an operation that was rolled back.
    wire.reserve(&format!("c:{}.org_zephyr", wire.database.name), of(acme.id)).await;
    wire.reserve("e:zoe@x", doc! {"account_id": uuid(Uuid::new_v4())}).await;
    create(&*wire.store, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(wire.reservations().await.len(), 7);
    wire.assert_clean("created").await;
}

/// Two processes find an unowned reservation and are about to delete it: the slower one does not delete the faster
/// one's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_unused_reservations_are_removed() {
    let wire = Wire::new().await;
    wire.reserve("n:acme", of(OrganizationId(Uuid::new_v4()))).await;
    wire.proxy.on("delete", 1, Act::Hold);
    let faster = async {
        wire.proxy.held().await;
        let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
        wire.proxy.release();
        acme
    };
    let (slower, acme) = tokio::join!(create(&*wire.store, "Acme", "bob@x"), faster);
    assert_eq!(slower, Err(name_taken("Acme")));
    assert_eq!(wire.reservation("n:acme").await.get("organization_id"), Some(&uuid(acme.id.0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservation_of_a_running_operation_is_kept() {
    let (wire, acme, admin) = Wire::with_acme().await;
    // A running rename holds where it goes with its own epoch; with another one it is a late insert.
    let op = doc! {"id": uuid(Uuid::new_v4()), "epoch": 9_i64, "to": {"name_key": "new"}};
    wire.set(acme.id, doc! {"$set": {"op": op}}).await;
    let mut running = of(acme.id);
    running.insert("epoch", 9_i64);
    wire.reserve("n:new", running).await;
    assert_eq!(create(&*wire.store, "New", "g@x").await, Err(name_taken("New")));
    wire.set(acme.id, doc! {"$set": {"op.epoch": 10_i64}}).await;
    create(&*wire.store, "New", "g@x").await.unwrap();
    // An announced email, until the announcement is older than a lease.
    wire.reserve("e:op@x", doc! {"account_id": uuid(admin.id.0)}).await;
    let admins = wire.database.direct.collection::<Document>("admins");
    for (at, is_old) in [(DateTime::now(), false), (DateTime::from_millis(0), true)] {
        let announced = doc! {"$set": {"email_change": {"email_key": "op@x", "at": at}}};
        admins.update_one(doc! {"_id": uuid(admin.id.0)}, announced).await.unwrap();
        assert_eq!(create(&*wire.store, "Other", "op@x").await.is_ok(), is_old);
    }
    let admin_now = admins.find_one(doc! {"_id": uuid(admin.id.0)}).await.unwrap().unwrap();
    assert!(!admin_now.contains_key("email_change"), "taken back, so that who announced it finds out");
}

/// The retry of a create whose first request is unfinished: the name does not count as another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn key_of_an_earlier_attempt_is_busy_not_taken() {
    let wire = Wire::new().await;
    let first = new_organization("Acme", "ann@x");
    wire.proxy.on("listCollections", 1, Act::Cut);
    let entry = entry_of(AuditAction::OrganizationCreate, at(1), first.id, "Acme");
    assert!(wire.store.create(&first, entry.clone()).await.is_err());
    assert_eq!(wire.reservations().await.len(), 4, "its keys, and the operator's");
    let again = new_organization("Acme", "ann@x");
    let repeated = wire.plain.create(&again, entry).await;
    assert_eq!(repeated, Err(Error::Busy(State::Creating)));
    assert_eq!(create(&*wire.plain, "Acme", "ann@x").await, Err(name_taken("Acme")), "another request");
    assert_eq!(wire.reservations().await.len(), 4, "what was refused keeps nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_reservation_of_an_older_operation_is_taken_over() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.reserve("n:zephyr", of(acme.id)).await;
    let zephyr = update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap();
    assert_eq!(wire.reservation("n:zephyr").await.get_i64("epoch").ok(), Some(acme.epoch.0 + 1));
    // There and back again: the release of the first rename must not take the keys of the second.
    let acme = update(&*wire.store, &zephyr, &to_name("Acme")).await.unwrap();
    assert_eq!(wire.reservations().await.len(), 4);
    delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(wire.reservations().await, ["e:root@example.com"]);
}

/// A rename that was rolled back while it was about to reserve meets the reservation of the organization's later
/// rename.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_reservation_of_a_later_operation_is_not_taken_over() {
    for command in ["insert", "update"] {
        let (wire, acme, _) = Wire::with_acme().await;
        if command == "update" {
            wire.reserve("n:zephyr", of(acme.id)).await;
        }
        wire.proxy.on(command, 1, Act::Hold);
        let wanted = to_name("Zephyr");
        let (late, ()) =
            tokio::join!(change(&*wire.store, &acme, None, &wanted), wire.rename_past(acme.id, "Zephyr"));
        assert!(late.unwrap_err().open_operation().is_some(), "{command}");
        let kept = wire.reservation("n:zephyr").await.get_i64("epoch").unwrap();
        assert!(kept > acme.epoch.0 + 1, "{command}: that of the later one");
        wire.assert_clean(command).await;
    }
}

/// Another process is about to delete an unowned reservation when its owner reserves it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reservation_taken_over_by_its_owner_is_not_removed() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.reserve("n:zephyr", of(acme.id)).await;
    wire.proxy.on("delete", 1, Act::Hold);
    let (late, ()) =
        tokio::join!(create(&*wire.store, "Zephyr", "zoe@x"), wire.rename_past(acme.id, "Zephyr"));
    assert_eq!(late, Err(name_taken("Zephyr")));
    wire.assert_clean("renamed").await;
}

/// The operation of x has ended before its first step arrives: its late reservation has no owner.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_reservation_blocks_no_other_organization() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("insert", 1, Act::Hold);
    let undone = async {
        wire.proxy.held().await;
        wire.plain.recover_now(acme.id).await.unwrap();
        wire.proxy.release();
    };
    let wanted = to_name("Zephyr");
    let (late, ()) = tokio::join!(change(&*wire.store, &acme, None, &wanted), undone);
    assert!(late.unwrap_err().open_operation().is_some());
    assert!(wire.reservations().await.contains(&"n:zephyr".to_owned()), "it came late");
    create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    wire.assert_clean("created").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner_with_an_expired_lease_is_recovered_before_its_name_counts_as_taken() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 2, Act::Cut);
    update(&*wire.store, &acme, &to_name("Zephyr")).await.unwrap_err();
    assert_eq!(create(&*wire.plain, "Zephyr", "zoe@x").await, Err(name_taken("Zephyr")), "it is at work");
    wire.age(acme.id).await;
    create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(by_id(&*wire.plain, acme.id).await.unwrap().name, "Acme");
}

/// What says too little to be recovered keeps its names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_that_cannot_be_read_keeps_its_names() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.set(acme.id, doc! {"$set": {"state": "creating", "op": Bson::Null}}).await;
    wire.age(acme.id).await;
    assert_eq!(create(&*wire.store, "Acme", "b@x").await, Err(name_taken("Acme")));
    assert_eq!(create(&*wire.store, "Other", "ann@x").await, Err(Error::EmailTaken("ann@x".into())));
}
