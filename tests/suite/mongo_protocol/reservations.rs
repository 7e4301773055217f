//! Reservations whose holder is gone are cleared away, exactly those; the living ones are not.

use super::{
    EXPIRED, Wire,
    proxy::{Act, Call},
};
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::sync::Arc;
use tenantry::domain::{OrganizationId, State};
use tenantry::service::store::{AuditAction, Store};
use tenantry::service::{Error, OperationId};
use uuid::Uuid;

/// A time of the service's clock, as records keep it.
pub(crate) fn date_at(second: i64) -> Bson {
    Bson::DateTime(DateTime::from_millis(at(second).as_millisecond()))
}

/// Whether this moves a collection, or takes such an operation over.
fn is_of_a_move(call: &Call) -> bool {
    let set = call.body.get_document("update").and_then(|update| update.get_document("$set"));
    call.command == "renameCollection" || set.is_ok_and(|set| set.contains_key("op.unclean"))
}

impl Wire {
    pub(crate) async fn reserve(&self, key: &str, holder: Document) {
        let mut record = doc! {"_id": key, "epoch": 1_i64};
        record.extend(holder);
        self.database.direct.collection::<Document>("reservations").insert_one(record).await.unwrap();
    }

    async fn reservation(&self, key: &str) -> Document {
        let reservations = self.database.direct.collection::<Document>("reservations");
        reservations.find_one(doc! {"_id": key}).await.unwrap().unwrap()
    }

    /// The first command of a name is held, and no operation comes past the announcement of its move.
    fn hold_and_stop_at_a_move(&self, command: &'static str) {
        self.proxy.reset();
        self.proxy.rule(move |call| match call {
            late if late.command == command && late.occurrence == 1 => Act::Hold,
            moving if is_of_a_move(moving) => Act::Refuse(EXPIRED),
            _ => Act::Pass,
        });
    }

    /// Once a command is held: has the organization renamed as far as its move, and lets the command go.
    async fn rename_past(&self, id: OrganizationId, display: &str) {
        self.proxy.held().await;
        self.plain.end_operation(id).await.unwrap();
        let now = by_id(&*self.plain, id).await.unwrap();
        update(&*self.store, &now, &to_name(&*self.store, display)).await.unwrap_err();
        self.proxy.rule(|_| Act::Pass);
        self.proxy.release();
    }

    /// That the running rename of the organization has what it reserved.
    async fn assert_is_reserved(&self, id: OrganizationId, display: &str, when: &str) {
        let record = self.record(id).await.unwrap();
        let op = record.get_document("op").unwrap();
        assert_eq!(op.get_str("phase").ok(), Some("moving"), "{when}");
        let reserved = self.reservation(&format!("n:{}", name(display).key())).await;
        assert_eq!(reserved.get("organization_id"), Some(&super::uuid(id.0)), "{when}");
        assert_eq!(reserved.get("epoch"), op.get("epoch"), "{when}");
        assert_eq!(create(&*self.plain, display, "other@x").await, Err(name_taken(display)), "{when}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dead_do_not_block_a_name() {
    let (wire, acme, _) = Wire::with_acme().await;
    let gone = || super::uuid(Uuid::new_v4());
    wire.reserve("n:zephyr", doc! {"organization_id": gone()}).await;
    // There, but with other names: a late insert of an operation that was taken back.
    wire.reserve(
        &format!("c:{}.org_zephyr", wire.database.name),
        doc! {"organization_id": super::uuid(acme.id.0)},
    )
    .await;
    wire.reserve("e:zoe@x", doc! {"account_id": gone()}).await;
    create(&*wire.store, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(wire.reservations().await.len(), 7);
}

/// Two meet a dead one, and both are about to remove it: the slower does not remove what the faster has reserved by then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_dead_is_removed() {
    let wire = Wire::new().await;
    wire.reserve("n:acme", doc! {"organization_id": super::uuid(Uuid::new_v4())}).await;
    wire.proxy.on("delete", 1, Act::Hold);
    let faster = async {
        wire.proxy.held().await;
        let acme = create(&*wire.plain, "Acme", "ann@x").await.unwrap();
        wire.proxy.release();
        acme
    };
    let (slower, acme) = tokio::join!(create(&*wire.store, "Acme", "bob@x"), faster);
    assert_eq!(slower, Err(name_taken("Acme")));
    let reserved = wire.reservation("n:acme").await;
    assert_eq!(reserved.get("organization_id"), Some(&super::uuid(acme.id.0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_living_and_the_held_do() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.reserve("n:held", doc! {"held_until": date_at(3_600)}).await;
    assert_eq!(create(&*wire.store, "Held", "h@x").await, Err(name_taken("Held")));
    wire.reserve("n:over", doc! {"organization_id": super::uuid(Uuid::new_v4()), "held_until": date_at(-1)})
        .await;
    create(&*wire.store, "Over", "o@x").await.unwrap();
    wire.reserve("e:op@x", doc! {"account_id": super::uuid(admin.id.0)}).await;
    let admins = wire.database.direct.collection::<Document>("admins");
    for at in [Bson::DateTime(DateTime::now()), Bson::DateTime(DateTime::from_millis(0))] {
        let announced = doc! {"email_change": {"email_key": "op@x", "at": at.clone()}};
        admins.update_one(doc! {"_id": super::uuid(admin.id.0)}, doc! {"$set": announced}).await.unwrap();
        let created = create(&*wire.store, "Other", "op@x").await;
        let is_old = at == Bson::DateTime(DateTime::from_millis(0));
        assert_eq!(created.is_ok(), is_old, "{created:?}");
    }
    let admin_now = admins.find_one(doc! {"_id": super::uuid(admin.id.0)}).await.unwrap().unwrap();
    assert!(!admin_now.contains_key("email_change"), "taken back, so that who announced it finds out");
    // A running rename holds where it comes from, and where it goes with its own epoch.
    let op = doc! {"epoch": 9_i64, "from": {"name_key": "old"}, "to": {"name_key": "new"}};
    wire.set(acme.id, doc! {"$set": {"op": op}}).await;
    let ours = || doc! {"organization_id": super::uuid(acme.id.0)};
    wire.reserve("n:old", ours()).await;
    assert_eq!(create(&*wire.store, "Old", "f@x").await, Err(name_taken("Old")));
    wire.reserve("n:new", ours()).await;
    create(&*wire.store, "New", "g@x").await.unwrap();
    let raised = doc! {"$set": {"organization_id": super::uuid(acme.id.0), "epoch": 9_i64}};
    let reservations = wire.database.direct.collection::<Document>("reservations");
    reservations.update_one(doc! {"_id": "n:new"}, raised).await.unwrap();
    assert_eq!(create(&*wire.store, "New", "k@x").await, Err(name_taken("New")));
}

/// The repeat of a create whose first request is still being finished or taken back by somebody: the name is not another's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_same_request_has_reserved_is_busy_and_not_taken() {
    let wire = Wire::new().await;
    let first = new_organization(&*wire.plain, "Acme", "ann@x");
    wire.proxy.on("insert", 2, Act::Cut);
    let entry = entry_of(AuditAction::OrganizationCreate, at(1), first.id, "Acme");
    let operation = OperationId(entry.id);
    assert!(wire.store.create(&first, operation, entry).await.is_err());
    assert_eq!(wire.reservations().await.len(), 4, "its keys, and the operator's");
    let create = |operation| {
        let new = new_organization(&*wire.plain, "Acme", "ann@x");
        let entry = entry_of(AuditAction::OrganizationCreate, at(2), new.id, "Acme");
        let plain = Arc::clone(&wire.plain);
        async move { plain.create(&new, operation, entry).await }
    };
    assert_eq!(create(operation).await, Err(Error::Busy(State::Creating)));
    assert_eq!(create(OperationId(Uuid::new_v4())).await, Err(name_taken("Acme")), "another request");
    assert_eq!(wire.reservations().await.len(), 4, "what was refused keeps nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_of_an_older_operation_is_taken_over() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.reserve("n:zephyr", doc! {"organization_id": super::uuid(acme.id.0)}).await;
    let zephyr = change(&*wire.store, &acme, &admin, &to_name(&*wire.store, "Zephyr")).await.unwrap();
    let kept = wire.reservation("n:zephyr").await;
    assert_eq!(kept.get_i64("epoch").ok(), Some(acme.epoch.0 + 1));
    // There and back again: the release of the first rename must not take the keys of the second.
    let acme = change(&*wire.store, &zephyr, &admin, &to_name(&*wire.store, "Acme")).await.unwrap();
    assert_eq!(wire.reservations().await.len(), 4);
    delete(&*wire.store, &acme).await.unwrap();
    assert_eq!(wire.reservations().await, ["e:root@example.com"]);
}

/// A rename that was taken back while it was about to reserve meets what a later one of the same organization has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_of_a_later_operation_is_not_taken_over() {
    for command in ["insert", "update"] {
        let (wire, acme, admin) = Wire::with_acme().await;
        if command == "update" {
            wire.reserve("n:zephyr", doc! {"organization_id": super::uuid(acme.id.0)}).await;
        }
        wire.hold_and_stop_at_a_move(command);
        let wanted = to_name(&*wire.store, "Zephyr");
        let (late, ()) =
            tokio::join!(change(&*wire.store, &acme, &admin, &wanted), wire.rename_past(acme.id, "Zephyr"));
        assert!(matches!(late, Err(Error::Unavailable { operation: Some(_), .. })), "{command}: {late:?}");
        wire.assert_is_reserved(acme.id, "Zephyr", command).await;
    }
}

/// Another is about to remove a dead one when its owner reserves that anew.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_one_that_its_owner_takes_over_is_not_removed() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.reserve("n:zephyr", doc! {"organization_id": super::uuid(acme.id.0)}).await;
    wire.hold_and_stop_at_a_move("delete");
    let (late, ()) =
        tokio::join!(create(&*wire.store, "Zephyr", "zoe@x"), wire.rename_past(acme.id, "Zephyr"));
    assert_eq!(late, Err(name_taken("Zephyr")));
    wire.assert_is_reserved(acme.id, "Zephyr", "delete").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_whose_lease_is_over_is_ended_before_its_name_is_called_taken() {
    let (wire, acme, admin) = Wire::with_acme().await;
    wire.proxy.on("findAndModify", 2, Act::Cut);
    change(&*wire.store, &acme, &admin, &to_name(&*wire.store, "Zephyr")).await.unwrap_err();
    assert_eq!(create(&*wire.plain, "Zephyr", "zoe@x").await, Err(name_taken("Zephyr")), "it is in work");
    wire.set(acme.id, doc! {"$set": {"touched_at": DateTime::from_millis(0)}}).await;
    create(&*wire.plain, "Zephyr", "zoe@x").await.unwrap();
    assert_eq!(by_id(&*wire.plain, acme.id).await.unwrap().name, "Acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_that_looks_like_a_half_written_one_keeps_its_names() {
    let (wire, acme, _) = Wire::with_acme().await;
    wire.set(acme.id, doc! {"$set": {"state": "creating"}}).await;
    assert_eq!(create(&*wire.store, "Acme", "b@x").await, Err(name_taken("Acme")));
    assert_eq!(create(&*wire.store, "Other", "ann@x").await, Err(Error::EmailTaken("ann@x".into())));
}
