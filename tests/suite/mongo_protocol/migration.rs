//! A store that the first edition wrote, in each phase in which one could stop, opened by this one.

use super::{LEASE, Wire, uuid};
use crate::common::proxy::Act;
use crate::common::suite::*;
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::time::Duration;
use tenantry::domain::{Organization, OrganizationId, Problem, State};
use tenantry::port::{Doctor, Store};
use uuid::Uuid;

/// What only records of the first edition have.
const OF_THE_FIRST: [&str; 6] = ["held_until", "hold_until", "attempts", "unclean", "elsewhere", "damaged"];

/// Names as they stood in a record and in an operation.
fn names(display: &str) -> Document {
    let key = name(display).key().to_owned();
    doc! {
        "organization_name": display, "name_key": &key, "slug": &key, "collection_name": format!("org_{key}"),
        "admin_email": email_of(display), "email_key": email_of(display),
    }
}

fn email_of(display: &str) -> String {
    format!("{}@x", name(display).key())
}

/// A store of the first edition, and how each organization in it has to end: its name, or none if it is gone.
struct FirstEdition {
    wire: Wire,
    expected: Vec<(OrganizationId, Option<&'static str>)>,
}

impl FirstEdition {
    async fn new() -> Self {
        Self { wire: Wire::new().await, expected: Vec::new() }
    }

    /// One with a document in its collection, whole; it is to end under this name, or not at all.
    async fn whole(&mut self, display: &str, ends: Option<&'static str>) -> Organization {
        let made = create(&*self.wire.plain, display, &email_of(display)).await.unwrap();
        let documents = self.wire.database.direct.collection::<Document>(made.collection_name());
        documents.insert_one(doc! {"_id": "kept"}).await.unwrap();
        self.expected.push((made.id, ends));
        made
    }

    /// Puts an operation of the first edition into a record; its lease is over.
    async fn at_work(&self, id: OrganizationId, state: &str, op: Document) {
        let set = doc! {"state": state, "op": op, "touched_at": DateTime::from_millis(0)};
        self.wire.set(id, doc! {"$set": set}).await;
    }

    async fn op(&self, id: OrganizationId, kind: &str, phase: &str, to: Option<Document>) -> Document {
        let record = self.wire.record(id).await.unwrap();
        let epoch = record.get_i64("epoch").unwrap();
        let display = record.get_str("organization_name").unwrap();
        let operation = uuid(Uuid::new_v4());
        let audit = doc! {
            "_id": operation.clone(), "at": DateTime::now(), "actor": "root@example.com",
            "actor_key": "root@example.com", "action": format!("organization_{kind}"), "outcome": "done",
            "organization_id": uuid(id.0), "organization_name": display, "name_key": record.get("name_key"),
            "changes": {},
        };
        let attempts = if kind == "delete" { vec![Bson::Int64(epoch)] } else { Vec::new() };
        doc! {
            "id": operation, "kind": kind, "phase": phase, "epoch": epoch,
            "from": if kind == "create" { doc! {} } else { names(display) }, "to": to.unwrap_or_default(),
            "admin_changes": {}, "admin_version": Bson::Null, "attempts": attempts, "unclean": phase == "moving",
            "actor": "root@example.com", "audit": audit,
        }
    }

    async fn reserve(&self, key: String, id: OrganizationId, epoch: i64) -> Document {
        let record = doc! {"_id": key, "organization_id": uuid(id.0), "epoch": epoch, "at": DateTime::now()};
        self.wire.database.direct.collection("reservations").insert_one(record.clone()).await.unwrap();
        record
    }

    async fn hold(&self, key: &str) {
        let reservations = self.wire.database.direct.collection::<Document>("reservations");
        let held = doc! {"$set": {"held_until": DateTime::now()}};
        assert_eq!(reservations.update_one(doc! {"_id": key}, held).await.unwrap().matched_count, 1);
    }

    fn collection_key(&self, name: &str) -> String {
        format!("c:{}.{name}", self.wire.database.name)
    }

    /// An interrupted change of name and email, with its reservations.
    async fn renaming(&mut self, display: &str, phase: &str, to: &str, ends: &'static str) -> Organization {
        let made = self.whole(display, Some(ends)).await;
        let mut op = self.op(made.id, "update", phase, Some(names(to))).await;
        op.insert("admin_changes", doc! {"email": email_of(to), "email_key": email_of(to)});
        op.insert("admin_version", 1_i64);
        let (key, epoch) = (name(to).key().to_owned(), op.get_i64("epoch").unwrap());
        for key in
            [format!("n:{key}"), self.collection_key(&format!("org_{key}")), format!("e:{}", email_of(to))]
        {
            self.reserve(key, made.id, epoch).await;
        }
        self.at_work(made.id, "renaming", op).await;
        made
    }

    /// A create whose reservations, admin and new collection are there.
    async fn creating(&mut self, display: &str, phase: &str, ends: Option<&'static str>) -> Organization {
        let made = self.whole(display, ends).await;
        let op = self.op(made.id, "create", phase, Some(names(display))).await;
        self.at_work(made.id, "creating", op).await;
        made
    }

    async fn deleting(&mut self, display: &str, phase: &str) -> Organization {
        let made = self.whole(display, None).await;
        let op = self.op(made.id, "delete", phase, None).await;
        self.at_work(made.id, "deleting", op).await;
        made
    }

    async fn drop_collection(&self, name: &str) {
        self.wire.database.direct.collection::<Document>(name).drop().await.unwrap();
    }

    /// Everything becomes of schema 1.
    async fn finish(&self) {
        for name in ["organizations", "admins"] {
            let records = self.wire.database.direct.collection::<Document>(name);
            records.update_many(doc! {}, doc! {"$set": {"schema": 1}}).await.unwrap();
        }
        let admins = self.wire.database.direct.collection::<Document>("admins");
        let first = admins.find_one(doc! {"role": "operator"}).await.unwrap().unwrap();
        let meta = doc! {"$set": {"schema": 1, "first_operator": first}};
        self.wire.database.direct.collection::<Document>("meta").update_one(doc! {}, meta).await.unwrap();
    }

    /// Nothing of the first edition is left, and every organization ended as it has to.
    async fn assert_migrated(&self, when: &str) {
        let database = &self.wire.database;
        let meta = database.all("meta").await.remove(0);
        assert_eq!(meta.get_i32("schema").ok(), Some(3), "{when}");
        assert!(!meta.contains_key("migrating") && !meta.to_string().contains("$2b$"), "{when}: {meta}");
        for (id, ends) in &self.expected {
            let record = self.wire.record(*id).await;
            let Some(record) = record else {
                assert_eq!(*ends, None, "{when}: {id} is gone");
                continue;
            };
            let found = by_id(&*self.wire.plain, *id).await.unwrap();
            assert_eq!((Some(found.name.as_str()), found.state), (*ends, State::Active), "{when}");
            assert_eq!(found.admin_email, email_of(&found.name), "{when}");
            assert_eq!(database.all(found.collection_name()).await.len(), 2, "{when}: {record}");
        }
        for name in ["organizations", "admins", "reservations"] {
            for record in database.all(name).await {
                assert!(
                    name == "reservations" || record.get_i32("schema").ok() == Some(2),
                    "{when}: {record}"
                );
                let left = OF_THE_FIRST.iter().find(|field| record.to_string().contains(**field));
                assert_eq!(left, None, "{when}: {record}");
            }
        }
        self.wire.assert_clean(when).await;
    }
}

/// Opened and recovered by one process.
async fn open(wire: &Wire) {
    let store = wire.database.store_at(&super::never_twice(&wire.proxy), LEASE);
    store.store_id().await.unwrap().unwrap();
    store.recover().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operation_of_schema_1_ends_complete_or_absent() {
    let mut first = FirstEdition::new().await;
    let rest = first.whole("Rest", Some("Rest")).await;
    first.wire.set(rest.id, doc! {"$set": {"hold_until": DateTime::now()}}).await;
    // Nothing but its record and its reservations; the reservation of its collection was held before.
    let begun = first.creating("Begun", "reserve", None).await;
    first.drop_collection("org_begun").await;
    first.wire.set(begun.id, doc! {"$unset": {"collection_uuid": ""}}).await;
    first.hold(&first.collection_key("org_begun")).await;
    first.creating("Placed", "place", Some("Placed")).await;
    let aside = first.creating("Aside", "place", Some("Aside")).await;
    first.wire.move_by_hand("org_aside", &format!("tenantry_new_{}", aside.id)).await;
    let undone = first.creating("Undone", "undo", None).await;
    first.wire.move_by_hand("org_undone", &format!("tenantry_new_{}", undone.id)).await;
    first.renaming("Reserved", "reserve", "Reserved2", "Reserved").await;
    first.renaming("Moving", "moving", "Moving2", "Moving2").await;
    first.renaming("There", "moving", "There2", "There2").await;
    first.wire.move_by_hand("org_there", "org_there2").await;
    let applied = first.renaming("Applied", "apply", "Applied2", "Applied2").await;
    first.wire.move_by_hand("org_applied", "org_applied2").await;
    first.wire.set(applied.id, doc! {"$set": names("Applied2")}).await;
    first.renaming("Undo", "undo", "Undo2", "Undo").await;
    // At neither name; found by its UUID.
    let lost = first.renaming("Lost", "moving", "Lost2", "Lost2").await;
    first.wire.move_by_hand("org_lost", "org_lost_elsewhere").await;
    first.wire.set(lost.id, doc! {"$set": {"state": "damaged", "op.elsewhere": "org_lost_elsewhere"}}).await;
    let damaged = first.whole("Resting", Some("Resting")).await;
    first.wire.set(damaged.id, doc! {"$set": {"state": "damaged"}}).await;
    first.deleting("Trash", "trash").await;
    let dropped = first.deleting("Dropped", "trash").await;
    let epoch = dropped.epoch.0;
    first.wire.move_by_hand("org_dropped", &format!("tenantry_del_{}_{epoch}", dropped.id)).await;
    first.deleting("Released", "release").await;
    first.drop_collection("org_released").await;
    // Held for a late rename: without an owner, and by an organization that has the name again.
    first.reserve(first.collection_key("org_held"), OrganizationId(Uuid::new_v4()), 3).await;
    first.hold(&first.collection_key("org_held")).await;
    first.hold(&first.collection_key("org_rest")).await;
    first.finish().await;
    open(&first.wire).await;
    first.assert_migrated("opened").await;
    open(&first.wire).await;
    first.assert_migrated("opened again").await;
    create(&*first.wire.plain, "Held", "held@x").await.unwrap();
}

/// Its organization is active, and reports the missing collection when it is read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_organization_without_a_collection_is_active_and_missing_it() {
    let mut first = FirstEdition::new().await;
    let gone = first.renaming("Gone", "moving", "Gone2", "Gone").await;
    first.drop_collection("org_gone").await;
    first.wire.set(gone.id, doc! {"$set": {"state": "damaged"}}).await;
    first.finish().await;
    open(&first.wire).await;
    let found = by_id(&*first.wire.plain, gone.id).await.unwrap();
    assert_eq!((found.name.as_str(), found.state), ("Gone", State::Active));
    let findings = first.wire.findings().await;
    assert!(
        matches!(findings.as_slice(), [one] if one.problem == Problem::CollectionMissing),
        "{findings:?}"
    );
}

/// A name that the first edition gave because another one was held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collection_keeps_its_name_from_schema_1() {
    let mut first = FirstEdition::new().await;
    let acme = first.whole("Acme", Some("Acme")).await;
    let own = format!("org_acme__{}", acme.id.0.simple());
    first.wire.move_by_hand("org_acme", &own).await;
    first.wire.set(acme.id, doc! {"$set": {"collection_name": &own}}).await;
    let reservations = first.wire.database.direct.collection::<Document>("reservations");
    reservations.delete_one(doc! {"_id": first.collection_key("org_acme")}).await.unwrap();
    first.reserve(first.collection_key(&own), acme.id, 1).await;
    first.finish().await;
    open(&first.wire).await;
    first.assert_migrated("opened").await;
    let found = by_id(&*first.wire.plain, acme.id).await.unwrap();
    let upper = update(&*first.wire.store, &found, &to_name("ACME")).await.unwrap();
    assert_eq!(upper.collection_name(), own);
    let zephyr = update(&*first.wire.store, &upper, &to_name("Zephyr")).await.unwrap();
    assert_eq!(zephyr.collection_name(), "org_zephyr");
    first.wire.assert_clean("renamed").await;
}

/// After its first write no older process opens the store; one that is running then finishes, and late commands lose.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migration_waits_for_a_running_lease_and_a_late_writer_loses() {
    let mut first = FirstEdition::new().await;
    let running = first.renaming("Running", "reserve", "Running2", "Running").await;
    let paused = first.renaming("Paused", "reserve", "Paused2", "Paused").await;
    first.finish().await;
    let now = doc! {"$currentDate": {"touched_at": true}};
    first.wire.set(running.id, now).await;
    let paused_epoch = first.wire.record(paused.id).await.unwrap().get_i64("epoch").unwrap();
    let store = first.wire.database.store_at(&super::never_twice(&first.wire.proxy), Duration::from_secs(20));
    first.wire.proxy.reset();
    let opening = tokio::spawn(async move { store.store_id().await });
    let meta = async || first.wire.database.all("meta").await.remove(0).get_i32("schema").unwrap();
    let schema = async |id| first.wire.record(id).await.unwrap().get_i32("schema").unwrap();
    while schema(paused.id).await == 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!((meta().await, schema(running.id).await), (2, 1), "it is waited for");
    assert!(!opening.is_finished());
    let organizations = first.wire.database.direct.collection::<Document>("organizations");
    // Their writes filter on the epoch that they know.
    let epoch = first.wire.record(running.id).await.unwrap().get_i64("epoch").unwrap();
    let ended = doc! {"$set": {"state": "active"}, "$unset": {"op": ""}, "$inc": {"epoch": 1_i64}};
    let this = doc! {"_id": uuid(running.id.0), "epoch": epoch};
    assert_eq!(organizations.update_one(this, ended.clone()).await.unwrap().matched_count, 1);
    let late = doc! {"_id": uuid(paused.id.0), "epoch": paused_epoch};
    assert_eq!(organizations.update_one(late, ended).await.unwrap().matched_count, 0);
    opening.await.unwrap().unwrap().unwrap();
    assert_eq!(schema(running.id).await, 2);
}

/// By a clock that was corrected since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lease_in_the_future_is_not_waited_for_longer() {
    let mut first = FirstEdition::new().await;
    let late = first.renaming("Moving", "moving", "Moving2", "Moving2").await;
    first.finish().await;
    let next_century = DateTime::from_millis(4_000_000_000_000);
    first.wire.set(late.id, doc! {"$set": {"touched_at": next_century}}).await;
    let store = first.wire.database.store_at(&first.wire.database.uri, Duration::from_secs(1));
    let opened = tokio::time::timeout(Duration::from_secs(20), store.store_id()).await;
    opened.unwrap().unwrap().unwrap();
    first.wire.recover().await;
    first.assert_migrated("recovered").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_migration_is_finished_by_the_next_process() {
    // Command 3 is the first of six createIndexes.
    for number in [1, 2, 3].into_iter().chain(8..) {
        let mut first = FirstEdition::new().await;
        first.renaming("Moving", "moving", "Moving2", "Moving2").await;
        first.deleting("Trash", "trash").await;
        first.hold(&first.collection_key("org_trash")).await;
        first.finish().await;
        first.wire.proxy.gone_at(number, Act::DropReply);
        let store = first.wire.database.store_at(&super::never_twice(&first.wire.proxy), LEASE);
        let stopped = store.store_id().await;
        first.wire.proxy.quiet().await;
        if first.wire.proxy.count() < number {
            assert!(stopped.is_ok() && number > 12, "{number}: {stopped:?}");
            break;
        }
        first.wire.proxy.reset();
        open(&first.wire).await;
        first.assert_migrated(&format!("stopped behind {number}")).await;
    }
}
